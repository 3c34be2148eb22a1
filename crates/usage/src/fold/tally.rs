//! Records that are like others in everything but time and id.

use jiff::Timestamp;

use crate::evidence::Evidence;

/// Where a record is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Frame(u32),
    Site(u32),
}

/// What records of one likeness came to that changed nothing but the counts where they belong.
///
/// It is small, so that the tallies of all that is common stay close to the processor.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) known: Known,
    /// The hash of everything that decides where its events are counted.
    pub(super) content: u64,
    pub(super) place: u32,
    /// What is later than this is not among the first events.
    horizon: Timestamp,
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

impl Tally {
    pub(super) fn new(known: Known, place: u32, content: u64) -> Self {
        let (first, last) = (Timestamp::MAX, Timestamp::MIN);
        Self { known, content, place, horizon: Timestamp::MAX, count: 0, first, last }
    }

    /// Whether a record of that time changes nothing but counts.
    #[inline]
    pub(super) fn takes(&self, time: Timestamp) -> bool {
        time > self.horizon
    }

    /// Takes such a record. `counts` is false for a further copy of an event.
    #[inline]
    pub(super) fn take(&mut self, time: Timestamp, counts: bool) {
        self.count += u64::from(counts);
        self.first = self.first.min(time);
        self.last = self.last.max(time);
    }

    /// What is later than this is not among the first events, of which there are enough.
    pub(super) fn follow(&mut self, horizon: Timestamp) {
        self.horizon = horizon;
    }

    /// Adds what it came to.
    pub(super) fn add_to(&self, evidence: &mut Evidence) {
        if self.first <= self.last {
            evidence.see_many(self.count, self.first, self.last);
        }
    }
}
