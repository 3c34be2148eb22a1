//! How often, when and where something was seen.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, DayCount};
use crate::dated::Dated;
use crate::days::{DayWindow, day_of};
use crate::smallest::Smallest;

/// The records that stand behind something.
///
/// The count is of distinct events; everything else is the same however often an event was delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// How many distinct events.
    pub count: u64,
    /// The time of the first.
    pub first: Option<Timestamp>,
    /// The time of the last.
    pub last: Option<Timestamp>,
    /// The first few by time.
    pub events: Smallest<EventRef, 3>,
    /// The regions they were in.
    pub regions: Dated<Box<str>, 64>,
    /// How many there were on each day.
    pub calendar: Calendar,
}

/// One event, by time and id. Events without a time come last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// `eventTime`.
    pub time: Option<Timestamp>,
    /// `eventID`.
    pub id: Box<str>,
}

impl Evidence {
    /// Takes one record into account. `counts` is false for a further copy of an event.
    pub fn see(&mut self, time: Option<Timestamp>, id: Option<&str>, counts: bool) {
        self.see_bytes(time, id.map(str::as_bytes), counts);
    }

    /// The same with an id that is text, but need not be looked at unless it is kept.
    #[inline]
    pub(crate) fn see_bytes(&mut self, time: Option<Timestamp>, id: Option<&[u8]>, counts: bool) {
        self.count += u64::from(counts);
        self.see_time(time, time);
        match time {
            Some(time) => self.calendar.see(DayCount::at(time, u32::from(counts))),
            None => self.calendar.see_undated(u64::from(counts)),
        }
        if let Some(id) = id {
            self.see_event(time, id);
        }
    }

    /// Takes a region into account, as that of all events so far.
    pub fn see_region(&mut self, region: &str) {
        self.regions.see(region, &self.calendar.days(), || region.into());
    }

    /// Takes an event into account as one of the first, without its count and its time. This may be left out if it is later
    /// than the [horizon](Self::horizon).
    #[inline]
    pub(crate) fn see_event(&mut self, time: Option<Timestamp>, id: &[u8]) {
        if self.events.wants_by(|kept| EventRef::order((kept.time, kept.id.as_bytes()), (time, id)))
            && let Ok(id) = std::str::from_utf8(id)
        {
            self.events.insert(EventRef { time, id: id.into() });
        }
    }

    /// Takes the count and the times of the events of one day into account.
    pub(crate) fn see_day(&mut self, day: DayCount) {
        let (first, last) = day.times();
        self.count += u64::from(day.count);
        self.see_time(first, last);
        self.calendar.see(day);
    }

    /// An event of that day that was counted was a copy of one that was counted, too.
    pub(crate) fn take_back(&mut self, day: i32) {
        self.count = self.count.saturating_sub(1);
        self.calendar.take_back(day);
    }

    /// What is later than this is not among the first events, of which there are more than are kept.
    pub(crate) fn horizon(&self) -> Option<Timestamp> {
        self.events.as_slice().last().filter(|_| self.events.more())?.time
    }

    /// Takes everything that `other` has seen into account.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.see_time(other.first, other.last);
        self.events.merge(other.events);
        self.regions.merge(other.regions);
        self.calendar.merge(&other.calendar);
    }

    /// The same without the events and the regions.
    pub(crate) fn merge_counts(&mut self, other: &Self) {
        self.count += other.count;
        self.see_time(other.first, other.last);
        self.calendar.merge(&other.calendar);
    }

    /// What was seen on the days of a window, if anything was. The first events are those of the whole that are inside, so
    /// there may be none.
    pub(crate) fn within(&self, window: &DayWindow) -> Option<Self> {
        if window.is_all() {
            return Some(self.clone());
        }
        let calendar = self.calendar.within(window);
        if calendar.is_empty() {
            return None;
        }
        let inside = window.numbers();
        // A time with a fraction is known where it is the first or the last of all.
        let is_inside = |time: &Timestamp| inside.contains(&day_of(*time));
        let events = self.events.iter().filter(|event| event.time.as_ref().is_some_and(is_inside));
        Some(Self {
            count: calendar.count(),
            first: self.first.filter(is_inside).or_else(|| calendar.first()),
            last: self.last.filter(is_inside).or_else(|| calendar.last()),
            events: events.cloned().collect(),
            regions: self.regions.within(window),
            calendar,
        })
    }

    fn see_time(&mut self, first: Option<Timestamp>, last: Option<Timestamp>) {
        // `None` is less than any time, which suits the last but not the first.
        self.first = match (self.first, first) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self.last = self.last.max(last);
    }
}

impl EventRef {
    #[inline]
    fn order(left: (Option<Timestamp>, &[u8]), right: (Option<Timestamp>, &[u8])) -> Ordering {
        let key = |(time, _): (Option<Timestamp>, _)| (time.is_none(), time);
        key(left).cmp(&key(right)).then_with(|| left.1.cmp(right.1))
    }
}

impl Ord for EventRef {
    fn cmp(&self, other: &Self) -> Ordering {
        Self::order((self.time, self.id.as_bytes()), (other.time, other.id.as_bytes()))
    }
}

impl PartialOrd for EventRef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_first_events_are_kept_by_time_and_those_without_time_last() {
        let mut evidence = Evidence::default();
        for (time, id) in [(0, "a"), (5, "e"), (3, "c"), (5, "d"), (9, "i"), (3, "c")] {
            evidence.see((time > 0).then(|| at(time)), Some(id), true);
        }
        let ids: Vec<&str> = evidence.events.iter().map(|event| &*event.id).collect();
        assert_eq!(ids, ["c", "d", "e"]);
        assert_eq!((evidence.first, evidence.last, evidence.count), (Some(at(3)), Some(at(9)), 6));
        let untimed = evidence.events.as_slice().first().cloned().map(|event| EventRef { time: None, ..event });
        assert!(untimed > evidence.events.as_slice().last().cloned());
    }

    #[test]
    fn another_copy_changes_nothing() {
        let mut evidence = Evidence::default();
        evidence.see(Some(at(1)), Some("x"), true);
        let once = evidence.clone();
        evidence.see(Some(at(1)), Some("x"), false);
        assert_eq!(evidence, once);
    }
}
