//! Reads one file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::event::Event;
use crate::found::Found;
use crate::inflate::Content;
use crate::records::Records;
use crate::skipped::{SkipReason, Skipped, Skips};
use crate::source::{Buffer, Source};
use crate::window::Window;

/// What a reader may spend on one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes of JSON are read from one file. Memory does not depend on it: it bounds the time that a file
    /// made to inflate without end can cost. The records before the limit are read, and the file is reported.
    pub max_file_size: u64,
    /// How large one record may be; the buffer grows as far. A larger record is skipped.
    pub max_record_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_file_size: 16 << 30, max_record_size: 96 << 20 }
    }
}

/// What reading one file came to.
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

/// Reads files, one after the other, in the same buffers. Each thread has its own.
#[derive(Debug, Default)]
pub struct Reader {
    window: Window,
    buffer: Buffer,
}

impl Reader {
    /// A reader of all records.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader of the records inside a window. Records outside are counted; records without a readable time are
    /// skipped.
    pub fn within(window: Window) -> Self {
        Self { window, ..Self::default() }
    }

    /// A reader that takes this many bytes at a time.
    #[cfg(test)]
    pub(crate) fn with_chunk(chunk: usize) -> Self {
        Self { buffer: Buffer::with_chunk(chunk), ..Self::default() }
    }

    /// Reads a file and hands out its records, in the file's order.
    pub fn read(&mut self, file: &Path, limits: &Limits, visit: &mut dyn FnMut(Event<'_>)) -> FileReport {
        match File::open(file) {
            Ok(mut opened) => self.read_from(file, &mut opened, limits, visit),
            Err(error) => {
                let mut report = FileReport::default();
                let reason = SkipReason::Unreadable(error.to_string());
                report.skips.push(Skipped { file: file.to_path_buf(), record: None, reason });
                report
            }
        }
    }

    /// Reads a file's content from memory; `file` names it in the report.
    pub fn read_bytes(
        &mut self,
        file: &Path,
        mut bytes: &[u8],
        limits: &Limits,
        visit: &mut dyn FnMut(Event<'_>),
    ) -> FileReport {
        self.read_from(file, &mut bytes, limits, visit)
    }

    /// Reads a file's content from anywhere; `file` names it in the report.
    pub fn read_from(
        &mut self,
        file: &Path,
        input: &mut dyn Read,
        limits: &Limits,
        visit: &mut dyn FnMut(Event<'_>),
    ) -> FileReport {
        let mut stored = 0;
        let found = Found::new(file, self.window, visit);
        let mut report = match Content::open(input, &mut stored) {
            Ok(content) => {
                let source = Source::new(content, &mut self.buffer, limits);
                Records::new(source, *limits, found).read()
            }
            Err(fault) => found.finish(Some(fault)),
        };
        report.bytes_compressed = stored;
        self.buffer.shrink();
        report
    }
}
