//! One thread's part of a fold.

use tighten_trail::{Again, Event, FileReport, LogObject, NotJson, Outline, Reader, Record, Visit};

use super::Fold;
use super::sums::Sums;
use crate::deliveries::Delivered;
use crate::ledger::{Ledger, Sum};
use crate::progress::Progress;
use crate::usage::Counts;

/// After how many records progress is shown.
const STEP: u64 = 4_096;

/// One thread's part of a [`Fold`]: its own buffers and its own sums.
#[derive(Debug)]
pub struct Worker<'f> {
    reader: Reader,
    sums: Sums<'f>,
    /// What is counted by the object.
    files: Sum,
    fold: &'f Fold<'f>,
}

impl<'f> Worker<'f> {
    pub(super) fn new(fold: &'f Fold<'_>) -> Self {
        let reader = Reader::within(fold.options.window);
        // Who asks for one thread gets one.
        let is_alone = fold.budget.threads == 1;
        let reader = if is_alone { reader } else { reader.inflating_ahead() };
        Self { reader, sums: Sums::new(fold), files: Sum::default(), fold }
    }

    /// Reads an object that was delivered then.
    pub(super) fn read_delivered(&mut self, object: &LogObject, delivered: Delivered, progress: &Progress) {
        self.sums.delivered(delivered);
        let limits = self.sums.limits();
        let mut shown = Shown { sums: &mut self.sums, progress, records: 0 };
        let report = self.reader.read_unchecked(object, &limits, &mut shown);
        shown.show();
        // Once an object is read, its day may be forgotten.
        self.sums.settle();
        progress.add_file(report.bytes_compressed, report.bytes_json);
        self.add_file(report, object.size);
    }

    /// Reads content from memory; `name` only names it.
    pub fn read_bytes(&mut self, name: &str, mut bytes: &[u8]) {
        self.sums.delivered(Delivered::Whenever);
        let limits = self.sums.limits();
        let report = self.reader.read_unchecked_from(name, &mut bytes, &limits, &mut self.sums);
        self.add_file(report, 0);
    }

    /// Takes one record into account, wherever it is from. The window is the caller's to apply. A record whose
    /// parameters or resources are not JSON is refused.
    pub fn record(&mut self, event: &Event<'_>) -> Result<(), NotJson> {
        self.sums.record(Record::decoded(&Outline::of(event), event))
    }

    /// The sum.
    pub fn finish(self) -> Ledger {
        let fold = self.fold;
        fold.ledger(self.into_sum())
    }

    /// How many kinds of calls it knows.
    #[cfg(test)]
    pub(super) fn sites(&self) -> usize {
        self.sums.sites()
    }

    pub(super) fn into_sum(self) -> Sum {
        let mut sum = self.sums.into_sum();
        sum.merge(self.files);
        sum
    }

    /// Counts an object that was read, or should have been. `size` is what it has as stored, as far as that is known.
    fn add_file(&mut self, report: FileReport, size: u64) {
        self.files.files += Counts::of_file(&report, size);
        self.files.skips += report.skips;
    }
}

/// Sums that show how far they are.
struct Shown<'s, 'f> {
    sums: &'s mut Sums<'f>,
    progress: &'s Progress,
    /// How many records were not shown yet.
    records: u64,
}

impl Shown<'_, '_> {
    fn took(&mut self) {
        self.records += 1;
        if self.records >= STEP {
            self.show();
        }
    }

    fn show(&mut self) {
        self.progress.add_records(std::mem::take(&mut self.records));
    }
}

impl Visit for Shown<'_, '_> {
    fn record(&mut self, record: Record<'_>) -> Result<(), NotJson> {
        self.sums.record(record)?;
        self.took();
        Ok(())
    }

    fn again(&mut self, again: &Again<'_>) -> bool {
        let known = self.sums.again(again);
        if known {
            self.took();
        }
        known
    }

    fn is_opaque(&self, event_source: &str, parameter: &str) -> bool {
        self.sums.is_opaque(event_source, parameter)
    }

    fn remembers(&self) -> bool {
        self.sums.remembers()
    }
}
