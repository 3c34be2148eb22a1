//! Records that are like others in everything but time and id.

use jiff::Timestamp;

use crate::evidence::Evidence;

/// Where a record is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Frame(u32),
    Site(u32),
}

/// What records of one likeness came to, but for which events were the first.
///
/// It is small, so that the tallies of all that is common stay close to the processor. Times are in whole seconds, which
/// is as exactly as nearly all records tell them.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) known: Known,
    /// The hash of everything that decides where its events are counted.
    pub(super) content: u64,
    pub(super) place: u32,
    /// Whether the account and the region of its events are asked for.
    is_asked_for: bool,
    /// What is later than this is not among the first events.
    horizon: i64,
    count: u64,
    first: i64,
    last: i64,
}

impl Tally {
    pub(super) fn new(known: Known, place: u32, content: u64, is_asked_for: bool) -> Self {
        Self { known, content, place, is_asked_for, horizon: i64::MAX, count: 0, first: i64::MAX, last: i64::MIN }
    }

    /// Whether records of that time are counted here.
    #[inline]
    pub(super) fn takes(&self, time: Timestamp) -> bool {
        self.is_asked_for && time.subsec_nanosecond() == 0
    }

    /// Takes such a record, as of an event that was not seen before. Says whether it may be one of the first events.
    #[inline]
    pub(super) fn take(&mut self, time: Timestamp) -> bool {
        let second = time.as_second();
        self.count += 1;
        self.first = self.first.min(second);
        self.last = self.last.max(second);
        second <= self.horizon
    }

    /// An event that was taken had been seen before.
    pub(super) fn was_copy(&mut self) {
        self.count -= 1;
    }

    /// What is later than this is not among the first events, of which there are enough.
    pub(super) fn follow(&mut self, horizon: Timestamp) {
        // A second is later than a time with a fraction if it is later than the whole seconds of that.
        self.horizon = horizon.as_second();
    }

    /// Adds what it came to.
    pub(super) fn add_to(&self, evidence: &mut Evidence) {
        if let (Ok(first), Ok(last)) = (Timestamp::from_second(self.first), Timestamp::from_second(self.last)) {
            evidence.see_many(self.count, first, last);
        }
    }
}
