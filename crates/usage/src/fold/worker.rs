//! One thread's part of a fold.

use std::path::Path;

use tighten_trail::{Event, NotJson, Outline, Reader, Record};

use super::Fold;
use super::sums::Sums;
use crate::deliveries::Delivered;
use crate::progress::Progress;
use crate::usage::Usage;

/// After how many records progress is shown.
const STEP: u64 = 4_096;

/// One thread's part of a [`Fold`]: its own buffers and its own sums.
#[derive(Debug)]
pub struct Worker<'f> {
    reader: Reader,
    sums: Sums<'f>,
    /// What is counted by the file.
    files: Usage,
}

impl<'f> Worker<'f> {
    pub(super) fn new(fold: &'f Fold<'_>) -> Self {
        let reader = Reader::within(fold.options.window);
        // Who asks for one thread gets one.
        let is_alone = fold.options.threads.is_some_and(|threads| threads.get() == 1);
        let reader = if is_alone { reader } else { reader.inflating_ahead() };
        Self { reader, sums: Sums::new(fold), files: Usage::default() }
    }

    /// Reads a file.
    pub fn read(&mut self, file: &Path, progress: &Progress) {
        self.read_delivered(file, Delivered::Whenever, progress);
    }

    /// Reads a file that was delivered then.
    pub(super) fn read_delivered(&mut self, file: &Path, delivered: Delivered, progress: &Progress) {
        self.sums.delivered(delivered);
        let limits = self.sums.limits();
        let mut shown = self.sums.records();
        let report = self.reader.read_unchecked(file, &limits, &mut |record| {
            self.sums.record(record)?;
            if self.sums.records() - shown >= STEP {
                shown += STEP;
                progress.add_records(STEP);
            }
            Ok(())
        });
        progress.add_records(self.sums.records() - shown);
        progress.add_file(report.bytes_compressed, report.bytes_json);
        self.files.add_file(report);
    }

    /// Reads a file's content from memory; `file` only names it.
    pub fn read_bytes(&mut self, file: &Path, mut bytes: &[u8]) {
        self.sums.delivered(Delivered::Whenever);
        let limits = self.sums.limits();
        let report = self.reader.read_unchecked_from(file, &mut bytes, &limits, &mut |record| self.sums.record(record));
        self.files.add_file(report);
    }

    /// Takes one record into account, wherever it is from. The window is the caller's to apply. A record whose
    /// parameters or resources are not JSON is refused.
    pub fn record(&mut self, event: &Event<'_>) -> Result<(), NotJson> {
        self.sums.record(Record::decoded(&Outline::of(event), event))
    }

    /// The sum.
    pub fn finish(self) -> Usage {
        let mut usage = self.sums.into_usage();
        usage += self.files;
        usage
    }
}
