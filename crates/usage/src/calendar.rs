//! How often something was seen on each day.

use std::ops::AddAssign;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::by_day::ByDay;
use crate::days::{DayWindow, Days, SECONDS, date_of, day_of};

/// How many distinct events there were on each day, and when on that day.
///
/// A day takes 16 bytes. Calendars add up day by day; from one of them that of any window of whole days follows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Calendar {
    /// Events without a time.
    undated: u64,
    days: ByDay<OnDay>,
}

/// What was seen on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OnDay {
    count: u32,
    first: u32,
    last: u32,
}

/// One day of a [`Calendar`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DayCount {
    /// As days since 1970.
    pub(crate) day: i32,
    /// How many distinct events; at most 2³²−1.
    pub(crate) count: u32,
    /// The first of the day, in seconds since midnight.
    pub(crate) first: u32,
    /// The last.
    pub(crate) last: u32,
}

impl DayCount {
    /// An event, or (`count` 0) a further copy of one.
    pub(crate) fn at(time: Timestamp, count: u32) -> Self {
        let second = u32::try_from(time.as_second().rem_euclid(SECONDS)).unwrap_or_default();
        Self { day: day_of(time), count, first: second, last: second }
    }

    /// The times of the first and the last.
    pub(crate) fn times(self) -> (Option<Timestamp>, Option<Timestamp>) {
        (moment(self.day, self.first), moment(self.day, self.last))
    }
}

impl Calendar {
    /// Takes events of one day into account.
    #[inline]
    pub(crate) fn see(&mut self, seen: DayCount) {
        let DayCount { day, count, first, last } = seen;
        self.days.add(day, OnDay { count, first, last }, add);
    }

    /// Takes events without a time into account.
    pub(crate) fn see_undated(&mut self, count: u64) {
        self.undated += count;
    }

    /// An event of that day that was counted was a copy of one that was counted, too.
    pub(crate) fn take_back(&mut self, day: i32) {
        if let Some(own) = self.days.get_mut(day) {
            own.count = own.count.saturating_sub(1);
        }
    }

    /// Takes everything that `other` has seen into account.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.undated += other.undated;
        for (day, seen) in other.days.iter() {
            self.days.add(day, *seen, add);
        }
    }

    /// How many distinct events there were.
    pub fn count(&self) -> u64 {
        self.undated + self.days.iter().map(|(_, day)| u64::from(day.count)).sum::<u64>()
    }

    /// How many of them there were on the days of a window.
    pub fn count_within(&self, window: &DayWindow) -> u64 {
        let inside = window.numbers();
        self.days.iter().filter(|(day, _)| inside.contains(day)).map(|(_, day)| u64::from(day.count)).sum()
    }

    /// The days of a window on which there were some, and how many.
    pub fn by_day(&self, window: &DayWindow) -> impl Iterator<Item = (Date, u64)> {
        let inside = window.numbers();
        let days = self.days.iter().filter(move |(day, _)| inside.contains(day));
        days.map(|(day, seen)| (date_of(day), u64::from(seen.count)))
    }

    /// How many distinct events there were on each day; `None`: without a time.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (Option<i32>, u64)> {
        let undated = (self.undated > 0).then_some((None, self.undated));
        undated.into_iter().chain(self.days.iter().map(|(day, seen)| (Some(day), u64::from(seen.count))))
    }

    /// The days on which there were some.
    pub fn days(&self) -> Days {
        let mut days = Days::default();
        for (day, _) in self.days.iter() {
            days.insert_day(day);
        }
        days
    }

    /// The time of the first event, to the second.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.days.iter().next().and_then(|(day, seen)| moment(day, seen.first))
    }

    /// The time of the last event, to the second.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.days.iter().next_back().and_then(|(day, seen)| moment(day, seen.last))
    }

    /// Whether nothing was ever seen.
    pub(crate) fn is_empty(&self) -> bool {
        self.undated == 0 && self.days.is_empty()
    }

    /// What was seen on the days of a window. Events without a time are in the window of all days alone.
    pub(crate) fn within(&self, window: &DayWindow) -> Self {
        if window.is_all() {
            return self.clone();
        }
        let inside = window.numbers();
        let days = self.days.iter().filter(|(day, _)| inside.contains(day));
        Self { undated: 0, days: days.map(|(day, seen)| (day, *seen)).collect() }
    }
}

impl AddAssign for Calendar {
    fn add_assign(&mut self, other: Self) {
        self.merge(&other);
    }
}

fn moment(day: i32, second: u32) -> Option<Timestamp> {
    Timestamp::from_second(i64::from(day) * SECONDS + i64::from(second)).ok()
}

fn add(own: &mut OnDay, other: OnDay) {
    own.count = own.count.saturating_add(other.count);
    own.first = own.first.min(other.first);
    own.last = own.last.max(other.last);
}

/// How a calendar is stored. What is read need not be sorted.
#[derive(Serialize, Deserialize)]
struct Stored(u64, Vec<DayCount>);

impl From<Stored> for Calendar {
    fn from(Stored(undated, days): Stored) -> Self {
        let mut calendar = Self { undated, ..Self::default() };
        for day in days {
            calendar.see(day);
        }
        calendar
    }
}

impl From<Calendar> for Stored {
    fn from(calendar: Calendar) -> Self {
        let days =
            calendar.days.iter().map(|(day, &OnDay { count, first, last })| DayCount { day, count, first, last });
        Self(calendar.undated, days.collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equals_a_map_by_day(seen in prop::collection::vec((-3i32..140, 0u32..3, 0u32..86_400), 0..40), cut in 0usize..40) {
            let of = |seen: &[(i32, u32, u32)]| {
                let mut calendar = Calendar::default();
                for (day, count, second) in seen {
                    calendar.see(DayCount { day: *day, count: *count, first: *second, last: *second });
                }
                calendar
            };
            let mut naive: BTreeMap<i32, (u32, u32, u32)> = BTreeMap::new();
            for (day, count, second) in &seen {
                let own = naive.entry(*day).or_insert((0, *second, *second));
                *own = (own.0 + count, own.1.min(*second), own.2.max(*second));
            }
            let (left, right) = seen.split_at(cut.min(seen.len()));
            let mut merged = of(right);
            merged.merge(&of(left));
            prop_assert_eq!(&merged, &of(&seen));
            let own: Vec<_> = merged.days.iter().map(|(day, seen)| (day, (seen.count, seen.first, seen.last))).collect();
            prop_assert_eq!(own, naive.into_iter().collect::<Vec<_>>());
            let window = DayWindow { since: Some("1970-01-03".parse().unwrap()), until: Some("1970-03-20".parse().unwrap()) };
            let inside: Vec<_> = seen.iter().filter(|(day, ..)| (2..78).contains(day)).copied().collect();
            prop_assert_eq!(merged.within(&window), of(&inside));
            prop_assert_eq!(merged.days().within(&window), merged.within(&window).days());
            prop_assert_eq!(merged.count_within(&window), merged.within(&window).count());
            let by_day: Vec<_> = merged.by_day(&window).collect();
            prop_assert_eq!(by_day.iter().map(|(_, count)| count).sum::<u64>(), merged.count_within(&window));
            prop_assert_eq!(by_day.iter().map(|(day, _)| *day).collect::<Vec<_>>(), merged.within(&window).days().iter().collect::<Vec<_>>());
            let stored = postcard::to_allocvec(&merged).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Calendar>(&stored).unwrap(), merged);
        }
    }

    #[test]
    fn an_event_that_is_taken_back_leaves_its_day() {
        let time = "2026-05-01T12:00:00Z".parse().unwrap();
        let mut calendar = Calendar::default();
        calendar.see(DayCount::at(time, 2));
        calendar.take_back(day_of(time));
        assert_eq!((calendar.count(), calendar.days().len()), (1, 1));
        assert_eq!((calendar.first(), calendar.last()), (Some(time), Some(time)));
    }
}
