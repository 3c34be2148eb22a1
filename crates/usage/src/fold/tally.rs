//! Records that are like others in everything but time and id.

use jiff::Timestamp;

use crate::calendar::DayCount;
use crate::days::SECONDS;

/// Where a record is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Frame(u32),
    Site(u32),
}

/// The records of one likeness on one day, but for which events were the first.
///
/// It is small, so that the tallies of all that is common stay close to the processor. Times are in whole seconds, which
/// is as exactly as nearly all records tell them.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) known: Known,
    /// The hash of everything that decides where its events are counted.
    pub(super) content: u64,
    /// Whether the account and the region of its events are asked for.
    is_asked_for: bool,
    /// What is later than this is not among the first events.
    horizon: i64,
    day: DayCount,
}

impl Tally {
    pub(super) fn new(known: Known, content: u64, is_asked_for: bool) -> Self {
        Self { known, content, is_asked_for, horizon: i64::MAX, day: NO_DAY }
    }

    /// Whether records of that time are counted here.
    #[inline]
    pub(super) fn takes(&self, time: Timestamp) -> bool {
        self.is_asked_for && time.subsec_nanosecond() == 0
    }

    /// Takes such a record of that day, as of an event that was not seen before. What was taken of another day is handed
    /// over.
    #[inline]
    pub(super) fn take(&mut self, day: i32, second: i64) -> Option<DayCount> {
        let within = u32::try_from(second - i64::from(day) * SECONDS).unwrap_or_default();
        let own = &mut self.day;
        if own.day != day || own.count == u32::MAX {
            let new = DayCount { day, count: 1, first: within, last: within };
            return Some(std::mem::replace(own, new)).filter(is_day);
        }
        own.count += 1;
        own.first = own.first.min(within);
        own.last = own.last.max(within);
        None
    }

    /// Whether an event of that second may be one of the first.
    #[inline]
    pub(super) fn may_be_first(&self, second: i64) -> bool {
        second <= self.horizon
    }

    /// An event of that day that was taken had been seen before. `false`: it was handed over already.
    pub(super) fn was_copy(&mut self, day: i32) -> bool {
        let is_here = self.day.day == day && self.day.count > 0;
        if is_here {
            self.day.count -= 1;
        }
        is_here
    }

    /// What is later than this is not among the first events, of which there are enough.
    pub(super) fn follow(&mut self, horizon: Timestamp) {
        // A second is later than a time with a fraction if it is later than the whole seconds of that.
        self.horizon = horizon.as_second();
    }

    /// What was not handed over yet.
    pub(super) fn rest(&self) -> Option<DayCount> {
        Some(self.day).filter(is_day)
    }
}

/// No moment is on this day.
const NO_DAY: DayCount = DayCount { day: i32::MIN, count: 0, first: 0, last: 0 };

fn is_day(day: &DayCount) -> bool {
    day.day != NO_DAY.day
}
