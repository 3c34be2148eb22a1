//! Reads one log object.

use std::io::Read;

use crate::inflate::buffer::{Buffer, SlidingBuffer};
use crate::inflate::{Content, Inflater, ahead};
use crate::limits::Limits;
use crate::list::object::{LogObject, ObjectName};
use crate::list::window::Window;
use crate::record::event::Event;
use crate::record::found::Found;
use crate::record::json::NotJson;
use crate::record::outline::{Record, Visit};
use crate::record::records::Records;
use crate::record::skim::Skimmer;
use crate::shape::Shapes;
use crate::skipped::{SkipReason, Skipped, Skips};

/// The result of reading one log object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileReport {
    /// Bytes as stored.
    pub bytes_compressed: u64,
    /// Bytes of JSON.
    pub bytes_json: u64,
    /// Records that were handed out.
    pub records: u64,
    /// Good records outside the window, which were not handed out.
    pub outside_window: u64,
    /// Handed-out records whose time is missing or unreadable.
    pub without_time: u64,
    /// What was not read.
    pub skips: Skips,
}

/// Reads log objects, one after the other, in the same buffers. Each thread has its own.
#[derive(Debug, Default)]
pub struct Reader {
    window: Window,
    buffer: Buffer,
    inflater: Inflater,
    skimmer: Skimmer,
    shapes: Shapes,
    /// Objects from this size on are inflated on a thread of their own.
    ahead_from: Option<u64>,
}

impl Reader {
    /// How large an object is as stored that takes so long that others may have nothing left to do.
    const LARGE: u64 = 8 << 20;

    /// A reader of all records.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader of the records inside a window. Records outside are counted; records without a readable time are
    /// skipped.
    pub fn within(window: Window) -> Self {
        Self { window, ..Self::default() }
    }

    /// The same reader, which inflates large objects on a thread of their own. Then a large one that is left at the end is
    /// done sooner; what is read is the same.
    #[must_use]
    pub fn inflating_ahead(self) -> Self {
        self.inflating_ahead_from(Self::LARGE)
    }

    fn inflating_ahead_from(self, size: u64) -> Self {
        Self { ahead_from: Some(size), ..self }
    }

    /// A reader that takes this many bytes at a time.
    #[cfg(test)]
    pub(crate) fn with_chunk(chunk: usize) -> Self {
        Self { buffer: Buffer::with_chunk(chunk), ..Self::default() }
    }

    /// Reads an object and hands out its records, in the object's order.
    pub fn read(&mut self, object: &LogObject, limits: &Limits, visit: &mut dyn FnMut(Event<'_>)) -> FileReport {
        self.read_unchecked(object, limits, &mut Checked(visit))
    }

    /// Reads content from memory; `name` names it in the report.
    pub fn read_bytes(
        &mut self,
        name: &str,
        mut bytes: &[u8],
        limits: &Limits,
        visit: &mut dyn FnMut(Event<'_>),
    ) -> FileReport {
        self.read_from(name, &mut bytes, limits, visit)
    }

    /// Reads content from anywhere; `name` names it in the report.
    pub fn read_from(
        &mut self,
        name: &str,
        input: &mut dyn Read,
        limits: &Limits,
        visit: &mut dyn FnMut(Event<'_>),
    ) -> FileReport {
        self.read_unchecked_from(name, input, limits, &mut Checked(visit))
    }

    /// Reads an object for somebody who need not look at every record's parameters, because the same ones were looked at
    /// before. Whoever does look at them and finds that they are no JSON refuses the record, as [`Event::check`]
    /// does.
    pub fn read_unchecked(&mut self, object: &LogObject, limits: &Limits, visit: &mut dyn Visit) -> FileReport {
        let mut input = match object.open() {
            Ok(input) => input,
            Err(error) => {
                let reason = SkipReason::Unreadable(error.to_string());
                let mut report = FileReport::default();
                report.skips.push(Skipped { object: object.name.clone(), record: None, reason });
                return report;
            }
        };
        // Whether another thread is worth its while.
        if self.ahead_from.is_some_and(|least| object.size >= least) {
            if let Some(report) = self.read_ahead(&object.name, &mut input, limits, visit) {
                return report;
            }
            // There are no more threads to be had.
            self.ahead_from = None;
        }
        self.read_here(&object.name, &mut input, limits, visit)
    }

    /// Reads content from anywhere, as [`Self::read_unchecked`] does.
    pub fn read_unchecked_from(
        &mut self,
        name: &str,
        input: &mut dyn Read,
        limits: &Limits,
        visit: &mut dyn Visit,
    ) -> FileReport {
        self.read_here(&name.into(), input, limits, visit)
    }

    /// Reads what a thread of its own inflates. `None`, and nothing is read, if that cannot be started.
    fn read_ahead(
        &mut self,
        name: &ObjectName,
        input: &mut (dyn Read + Send),
        limits: &Limits,
        visit: &mut dyn Visit,
    ) -> Option<FileReport> {
        let (producer, ahead) = ahead::ends(*limits);
        std::thread::scope(|scope| {
            let inflating = std::thread::Builder::new().spawn_scoped(scope, || producer.run(input)).ok()?;
            let found = Found::new(name, self.window, visit);
            let json = SlidingBuffer::new(Content::Ahead(ahead), &mut self.buffer, limits);
            let mut report = Records::new(json, *limits, found, &mut self.skimmer, &mut self.shapes).read();
            report.bytes_compressed = inflating.join().unwrap_or_default();
            self.buffer.shrink(limits);
            Some(report)
        })
    }

    fn read_here(
        &mut self,
        name: &ObjectName,
        input: &mut dyn Read,
        limits: &Limits,
        visit: &mut dyn Visit,
    ) -> FileReport {
        let mut stored = 0;
        let found = Found::new(name, self.window, visit);
        let mut report = match self.inflater.open(input, &mut stored, &mut self.buffer, limits) {
            Ok(content) => {
                let json = SlidingBuffer::new(content, &mut self.buffer, limits);
                Records::new(json, *limits, found, &mut self.skimmer, &mut self.shapes).read()
            }
            Err(fault) => found.finish(Some(fault)),
        };
        report.bytes_compressed = stored;
        self.buffer.shrink(limits);
        report
    }
}

/// Looks at all of each record.
struct Checked<'v, 'c>(&'v mut (dyn FnMut(Event<'_>) + 'c));

impl Visit for Checked<'_, '_> {
    fn record(&mut self, record: Record<'_>) -> Result<(), NotJson> {
        let event = record.event()?;
        event.check()?;
        (self.0)(event);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread::{self, ThreadId};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::list::object::Open;

    /// What a reader makes of an object: the names of its records and the report.
    fn read(mut reader: Reader, object: &LogObject, limits: &Limits) -> (Vec<String>, FileReport) {
        let mut names = Vec::new();
        let report = reader.read(object, limits, &mut |event| names.push(event.event_name.into()));
        (names, report)
    }

    /// Bytes that come in small pieces, as from a network. It counts how often it is opened and read by another thread.
    #[derive(Debug)]
    struct Remote {
        bytes: Arc<[u8]>,
        owner: ThreadId,
        opens: AtomicUsize,
        elsewhere: Arc<AtomicUsize>,
    }

    impl Remote {
        fn new(bytes: &[u8]) -> Arc<Self> {
            let (opens, elsewhere) = (AtomicUsize::default(), Arc::default());
            Arc::new(Self { bytes: bytes.into(), owner: thread::current().id(), opens, elsewhere })
        }
    }

    impl Open for Remote {
        fn open(&self, _: &LogObject) -> io::Result<Box<dyn Read + Send>> {
            self.opens.fetch_add(1, Ordering::Relaxed);
            let (owner, elsewhere) = (self.owner, Arc::clone(&self.elsewhere));
            Ok(Box::new(Download { bytes: Arc::clone(&self.bytes), at: 0, owner, elsewhere }))
        }
    }

    struct Download {
        bytes: Arc<[u8]>,
        at: usize,
        owner: ThreadId,
        elsewhere: Arc<AtomicUsize>,
    }

    impl Read for Download {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if thread::current().id() != self.owner {
                self.elsewhere.fetch_add(1, Ordering::Relaxed);
            }
            let rest = &self.bytes[self.at..];
            let count = rest.len().min(buffer.len()).min(10_007);
            buffer[..count].copy_from_slice(&rest[..count]);
            self.at += count;
            Ok(count)
        }
    }

    #[test]
    fn inflating_ahead_reads_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let records: Vec<String> = (0..20_000)
            .map(|number| {
                format!(r#"{{"eventVersion":"1","eventSource":"s3","eventName":"n{number}","x":"{number:0100}"}}"#)
            })
            .collect();
        let json = format!("{{\"Records\":[{}]}}", records.join(","));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(json.as_bytes()).unwrap();
        let whole = gzip.finish().unwrap();
        let cut = whole[..whole.len() / 2].to_vec();
        let garbage = [&whole[..], b"garbage"].concat();
        let twice = [&whole[..], &whole[..]].concat();
        let mut damaged = whole.clone();
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        // Records longer than what is read at a time, so that the two come to the damage with different reads.
        let long = format!(r#"{{"eventSource":"s3","eventName":"n","x":"{}"}}"#, "z".repeat(300_000));
        let long = format!("{{\"Records\":[{}]}}", vec![long; 30].join(","));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
        gzip.write_all(long.as_bytes()).unwrap();
        let mut damaged_within = gzip.finish().unwrap();
        let middle = damaged_within.len() / 2;
        damaged_within[middle..].fill(0xff);
        let damaged_twice = [&damaged[..], &whole[..]].concat();
        let no_second = [&whole[..], &[0, 0, 0x1f, 0x8b, 9, 9, 9]].concat();
        // Members that end where a record does not, empty ones among them.
        let mut pieces = Vec::new();
        for piece in json.as_bytes().chunks(7_777).chain(std::iter::repeat_n(&b""[..], 1_500)) {
            let mut gzip = GzEncoder::new(pieces, Compression::fast());
            gzip.write_all(piece).unwrap();
            pieces = gzip.finish().unwrap();
        }
        let limits = [Limits::default(), Limits { max_file_size: 1 << 20, ..Limits::default() }];
        let stored = [
            ("whole", whole),
            ("cut", cut),
            ("garbage", garbage),
            ("twice", twice),
            ("damaged", damaged),
            ("damaged twice", damaged_twice),
            ("damaged within", damaged_within),
            ("no second", no_second),
            ("pieces", pieces),
            ("plain", json.into_bytes()),
        ];
        for (name, bytes) in stored {
            let path = dir.path().join(format!("{name}.json.gz"));
            std::fs::write(&path, &bytes).unwrap();
            let size = bytes.len() as u64;
            let file = LogObject::file(&path, size);
            for limits in &limits {
                let (names, mut report) = read(Reader::new(), &file, limits);
                assert!(!names.is_empty(), "{name}");
                // How much was read beyond what was needed depends on how far ahead the other thread was.
                report.bytes_compressed = 0;
                let remote = Remote::new(&bytes);
                let object = LogObject::new(file.name.clone(), size, remote.clone());
                for (object, least, by_another) in
                    [(&file, 1, false), (&object, size, true), (&object, size + 1, false)]
                {
                    let opens = remote.opens.load(Ordering::Relaxed);
                    let (own, mut other) = read(Reader::new().inflating_ahead_from(least), object, limits);
                    assert_eq!(own, names, "{name}");
                    other.bytes_compressed = 0;
                    assert_eq!(other, report, "{name}");
                    assert_eq!(remote.opens.load(Ordering::Relaxed) - opens, usize::from(object.path().is_none()));
                    assert_eq!(remote.elsewhere.swap(0, Ordering::Relaxed) > 0, by_another, "{name}");
                }
            }
        }
        let all = |name: &str| read(Reader::new(), &LogObject::file(dir.path().join(name), 0), &limits[0]).0.len();
        assert_eq!((all("pieces.json.gz"), all("twice.json.gz")), (records.len(), 2 * records.len()));
        let missing = LogObject::file(dir.path().join("missing.json.gz"), 1);
        assert_eq!(read(Reader::new().inflating_ahead_from(0), &missing, &limits[0]).1.records, 0);
    }
}
