//! Files and directories that fail while they are read: what was read counts, what was not is told.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail like tests")]

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tighten_trail::{FileReport, Limits, LogObject, Reader, TrailError, Weight, Window, list};

/// So many records, each of which says its number.
fn records(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| {
            format!(
                "{{\"eventVersion\":\"1.09\",\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"Call{number}\",\
                 \"requestParameters\":{{\"key\":\"{}\"}}}}",
                "k".repeat(number % 90)
            )
        })
        .collect()
}

fn envelope(count: usize) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", records(count).join(",")).into_bytes()
}

fn lines(count: usize) -> Vec<u8> {
    records(count).join("\n").into_bytes()
}

/// Stored in blocks, so that what comes before a fault can be inflated up to it.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for part in content.chunks(512) {
        encoder.write_all(part).unwrap();
        encoder.flush().unwrap();
    }
    encoder.finish().unwrap()
}

/// The ways in which the same records are stored.
fn stored(count: usize) -> Vec<(&'static str, Vec<u8>)> {
    let two_members = [gzip(&lines(count)[..]), gzip(b"\n")].concat();
    vec![
        ("envelope", envelope(count)),
        ("lines", lines(count)),
        ("gzip", gzip(&envelope(count))),
        ("gzip of lines", gzip(&lines(count))),
        ("two members", two_members),
    ]
}

/// What one call of `read` does.
#[derive(Clone, Copy)]
enum Step {
    /// Gives at most so many bytes.
    Give(usize),
    Fail(ErrorKind),
}

/// A reader that does as told, again and again, until its bytes have ended.
struct Faulty<'b> {
    rest: &'b [u8],
    steps: Vec<Step>,
    next: usize,
    /// What comes after the last byte, if that is not the end.
    at_end: Option<ErrorKind>,
}

impl<'b> Faulty<'b> {
    fn new(bytes: &'b [u8], steps: &[Step]) -> Self {
        Self { rest: bytes, steps: steps.to_vec(), next: 0, at_end: None }
    }

    /// Gives so many bytes and then always fails.
    fn failing_at(bytes: &'b [u8], at: usize, kind: ErrorKind) -> Self {
        Self { at_end: Some(kind), ..Self::new(&bytes[..at], &[Step::Give(usize::MAX)]) }
    }
}

impl Read for Faulty<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            return self.at_end.map_or(Ok(0), |kind| Err(kind.into()));
        }
        self.next += 1;
        match self.steps[(self.next - 1) % self.steps.len()] {
            Step::Give(most) => {
                let (now, rest) = self.rest.split_at(most.min(buffer.len()).min(self.rest.len()));
                buffer[..now.len()].copy_from_slice(now);
                self.rest = rest;
                Ok(now.len())
            }
            Step::Fail(kind) => Err(kind.into()),
        }
    }
}

fn read(input: &mut dyn Read) -> (Vec<String>, FileReport) {
    let mut names = Vec::new();
    let report = Reader::new().read_from("x.json.gz", input, &Limits::default(), &mut |event| {
        names.push(event.event_name.to_string());
    });
    assert_eq!(report.records, names.len() as u64);
    (names, report)
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("Call{number}")).collect()
}

#[test]
fn short_and_interrupted_reads_change_nothing() {
    for (form, bytes) in stored(60) {
        let whole = read(&mut bytes.as_slice());
        assert_eq!(whole.0, names(60), "{form}");
        for size in [1, 2, 3, 7, 100] {
            let steps = [Step::Give(size), Step::Fail(ErrorKind::Interrupted), Step::Give(1), Step::Give(size)];
            assert_eq!(read(&mut Faulty::new(&bytes, &steps)), whole, "{form}, {size} bytes at a time");
        }
    }
}

#[test]
fn records_before_an_error_count_and_the_file_is_told() {
    for (form, bytes) in stored(60) {
        let mut most = 0;
        for at in (0..bytes.len()).step_by(97) {
            let (found, report) = read(&mut Faulty::failing_at(&bytes, at, ErrorKind::Other));
            assert_eq!(report.skips.count("unreadable"), 1, "{form}, at {at}: {report:?}");
            assert_eq!(found, names(found.len()), "{form}, at {at}: a record is missing before the fault");
            assert_eq!(report.bytes_compressed, at as u64, "{form}");
            assert!(found.len() >= most, "{form}, at {at}: fewer records than with less of the file");
            most = found.len();
        }
        assert!(most > 50, "{form}: only {most} records before the last fault");
    }
}

#[test]
fn an_error_costs_at_most_the_record_that_it_hits() {
    let (all, bytes) = (records(60), lines(60));
    let mut end = 0;
    for (number, record) in all.iter().enumerate() {
        // The record's own bytes are whole, but its end may not be known yet.
        let (found, _) = read(&mut Faulty::failing_at(&bytes, end + record.len(), ErrorKind::Other));
        assert!(found.len() >= number, "{} records of {number} before byte {}", found.len(), end + record.len());
        end += record.len() + 1;
    }
}

#[test]
fn an_error_at_once_and_one_at_the_end_are_told() {
    for (form, bytes) in stored(3) {
        let (found, report) = read(&mut Faulty::failing_at(&bytes, 0, ErrorKind::PermissionDenied));
        assert_eq!((found.len(), report.skips.count("unreadable")), (0, 1), "{form}");
        // All records are there, but whether more would have come is not known.
        let (found, report) = read(&mut Faulty::failing_at(&bytes, bytes.len(), ErrorKind::Other));
        assert_eq!((found, report.skips.weighing(Weight::Lost)), (names(3), 1), "{form}: {report:?}");
    }
}

#[test]
fn a_file_that_ends_early_is_told() {
    for (form, bytes) in stored(60).into_iter().filter(|(form, _)| *form != "lines") {
        for at in (1..bytes.len()).step_by(89) {
            let (found, report) = read(&mut Faulty::new(&bytes[..at], &[Step::Give(10)]));
            assert_eq!(found, names(found.len()), "{form}, at {at}");
            // A cut behind the last record of a member cannot be seen.
            assert!(found.len() == 60 || report.skips.weighing(Weight::Lost) > 0, "{form}, at {at}: {report:?}");
        }
    }
}

#[test]
fn the_next_file_is_read_after_a_fault() {
    let bytes = gzip(&envelope(60));
    let mut reader = Reader::new();
    let mut read = |input: &mut dyn Read| reader.read_from("x.gz", input, &Limits::default(), &mut |_| {});
    let alone = read(&mut bytes.as_slice());
    for at in [0, 1, 10, bytes.len() / 2, bytes.len() - 1] {
        read(&mut Faulty::failing_at(&bytes, at, ErrorKind::Other));
        assert_eq!(read(&mut bytes.as_slice()), alone, "after a fault at {at}");
    }
}

fn folder(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..count {
        fs::write(folder.path().join(format!("{number}.json.gz")), gzip(&envelope(10))).unwrap();
    }
    folder
}

fn read_file(path: &Path) -> FileReport {
    Reader::new().read(&LogObject::file(path, 0), &Limits::default(), &mut |_| {})
}

#[test]
fn a_file_that_vanishes_after_listing_is_told() {
    let folder = folder(3);
    let listing = list(&[folder.path().to_owned()], &Window::ALL).unwrap();
    fs::remove_file(listing.objects[1].path().unwrap()).unwrap();
    let read = |object: &LogObject| Reader::new().read(object, &Limits::default(), &mut |_| {});
    let reports: Vec<FileReport> = listing.objects.iter().map(read).collect();
    assert_eq!(reports.iter().map(|report| report.records).collect::<Vec<_>>(), [10, 0, 10]);
    assert_eq!(reports[1].skips.count("unreadable"), 1);
    assert_eq!(reports[1].skips.examples().next().unwrap().object, listing.objects[1].name);
}

#[test]
fn what_became_something_else_after_listing_is_told() {
    let folder = folder(2);
    let listing = list(&[folder.path().to_owned()], &Window::ALL).unwrap();
    let [directory, dangling] = [0, 1].map(|at: usize| listing.objects[at].path().unwrap());
    fs::remove_file(directory).unwrap();
    fs::create_dir(directory).unwrap();
    fs::remove_file(dangling).unwrap();
    symlink("nowhere", dangling).unwrap();
    for path in [directory, dangling] {
        let report = read_file(path);
        assert_eq!((report.records, report.skips.count("unreadable")), (0, 1), "{}: {report:?}", path.display());
    }
}

#[test]
fn a_file_that_gives_errors_is_told() {
    // The first page of a process is never mapped, so reading it is an input/output error, also for root.
    let path = Path::new("/proc/self/mem");
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return;
    }
    let report = read_file(path);
    assert_eq!((report.records, report.skips.count("unreadable")), (0, 1), "{report:?}");
}

#[test]
fn a_file_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(2);
    let path = folder.path().join("0.json.gz");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        println!("skipped: permissions do not stop this user");
        return;
    }
    let listing = list(&[folder.path().to_owned()], &Window::ALL).unwrap();
    assert_eq!(listing.objects.len(), 2, "a name is enough to be listed");
    let report = read_file(&path);
    assert_eq!((report.records, report.skips.count("unreadable")), (0, 1), "{report:?}");
}

#[test]
fn directories_that_vanish_while_listing_stop_nothing() {
    let root = tempfile::tempdir().unwrap();
    let make = |number: usize| -> PathBuf {
        let folder = root.path().join(format!("{:02}/a", number % 40));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("x.json"), envelope(1)).unwrap();
        folder
    };
    fs::create_dir(root.path().join("99")).unwrap();
    fs::write(root.path().join("99/last.json"), envelope(1)).unwrap();
    (0..40).for_each(|number| drop(make(number)));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                fs::remove_dir_all(make(number).parent().unwrap()).unwrap();
            }
        });
        for _ in 0..100 {
            let listing = list(&[root.path().to_owned()], &Window::ALL).unwrap();
            assert!(
                listing.objects.last().unwrap().name.as_str().ends_with("/99/last.json"),
                "the listing stopped early"
            );
            for skipped in listing.skips.examples() {
                assert_eq!(skipped.reason.code(), "unreadable", "{skipped}");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    let gone = root.path().join("gone");
    let Err(TrailError::Root { path, .. }) = list(std::slice::from_ref(&gone), &Window::ALL) else {
        panic!("a root that is not there has to be an error")
    };
    assert_eq!(path, gone);
}

#[test]
fn a_file_that_is_truncated_while_it_is_read_gives_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.jsonl");
    let bytes = lines(20_000);
    for keep in [0, bytes.len() as u64 / 2] {
        fs::write(&path, &bytes).unwrap();
        let mut names_seen = Vec::new();
        let report = Reader::new().read(&LogObject::file(&path, 0), &Limits::default(), &mut |event| {
            if names_seen.is_empty() {
                File::options().write(true).open(&path).unwrap().set_len(keep).unwrap();
            }
            names_seen.push(event.event_name.to_string());
        });
        assert_eq!(report.records, names_seen.len() as u64);
        assert_eq!(names_seen, names(names_seen.len()));
        assert!(!names_seen.is_empty() && names_seen.len() < 20_000, "{} records", names_seen.len());
        assert!(report.bytes_json < bytes.len() as u64);
        // The cut lies within a record, so it shows.
        assert!(report.skips.weighing(Weight::Lost) > 0, "{:?}", report.skips);
    }
}

#[test]
fn a_file_that_grows_while_it_is_read_comes_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.jsonl");
    fs::write(&path, [lines(3_000), b"\n".to_vec()].concat()).unwrap();
    let mut log = File::options().append(true).open(&path).unwrap();
    let more = [&records(1)[0], "\n"].concat();
    let mut left = 500;
    let report = Reader::new().read(&LogObject::file(&path, 0), &Limits::default(), &mut |_| {
        if left > 0 {
            left -= 1;
            log.write_all(more.as_bytes()).unwrap();
        }
    });
    // What comes while the file is open may be read or not, but never half.
    assert!((3_000..=3_500).contains(&report.records), "{} records", report.records);
    assert!(report.skips.is_empty(), "{:?}", report.skips);
}

#[test]
fn a_file_that_grows_without_end_is_read_up_to_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.jsonl");
    fs::write(&path, [lines(5_000), b"\n".to_vec()].concat()).unwrap();
    let mut log = File::options().append(true).open(&path).unwrap();
    let more = [&records(1)[0], "\n"].concat().repeat(50);
    let limits = Limits { max_file_size: 4 << 20, ..Limits::default() };
    let report =
        Reader::new().read(&LogObject::file(&path, 0), &limits, &mut |_| log.write_all(more.as_bytes()).unwrap());
    assert_eq!(report.skips.count("file-too-large"), 1, "{:?}", report.skips);
    assert!(report.bytes_json <= 4 << 20);
}

#[test]
fn a_pipe_that_is_closed_early_gives_what_came() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    if !Command::new("mkfifo").arg(&path).status().is_ok_and(|status| status.success()) {
        println!("skipped: no pipe can be made");
        return;
    }
    let bytes = gzip(&envelope(60));
    let cut = bytes.len() / 2;
    let (sender, receiver) = mpsc::channel();
    let reading = path.clone();
    thread::spawn(move || sender.send(read_file(&reading)));
    let mut pipe = File::options().write(true).open(&path).unwrap();
    pipe.write_all(&bytes[..cut]).unwrap();
    drop(pipe);
    let report = receiver.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!((1..60).contains(&report.records), "{report:?}");
    assert_eq!((report.skips.count("truncated-file"), report.bytes_compressed), (1, cut as u64));
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_read_as_it_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json.gz");
    fs::write(&path, gzip(&envelope(5_000))).unwrap();
    let mut seen = 0;
    let report = Reader::new().read(&LogObject::file(&path, 0), &Limits::default(), &mut |_| {
        if seen == 0 {
            let new = folder.path().join("new");
            fs::write(&new, b"nothing of that kind").unwrap();
            fs::rename(new, &path).unwrap();
        }
        seen += 1;
    });
    assert_eq!((report.records, report.skips.is_empty()), (5_000, true));
    assert_eq!(read_file(&path).records, 0);
}

#[test]
fn a_sparse_file_of_zeros_costs_no_more_than_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    let mut file = File::create(&path).unwrap();
    file.write_all(&envelope(3)).unwrap();
    file.seek(SeekFrom::Start(64 << 20)).unwrap();
    file.write_all(b"x").unwrap();
    let limits = Limits { max_file_size: 8 << 20, ..Limits::default() };
    let report = Reader::new().read(&LogObject::file(&path, 0), &limits, &mut |_| {});
    assert_eq!(report.records, 3, "{report:?}");
    assert!(report.bytes_json <= 8 << 20 && !report.skips.is_empty(), "{report:?}");
}
