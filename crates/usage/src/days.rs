//! Sets of days.

use std::cmp::Ordering;
use std::ops::{AddAssign, Range};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::by_day::ByDay;

/// How many seconds a day has.
pub(crate) const SECONDS: i64 = 24 * 60 * 60;

/// A set of days in UTC, one bit a day. Two months take no memory beside the set itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(i32, u64)>", into = "Vec<(i32, u64)>")]
pub struct Days {
    /// 64 days each, by the number of days since 1970 divided by 64; sorted, and none is empty.
    words: ByDay<u64>,
}

/// Whole days in UTC, from `since`, inclusive, to `until`, exclusive. An end that is `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct DayWindow {
    /// The first day that is inside.
    pub since: Option<Date>,
    /// The first day after `since` that is outside again.
    pub until: Option<Date>,
}

/// Days without a record between days that have some. Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hole {
    /// The first day without a record.
    pub from: Date,
    /// The last day without a record.
    pub to: Date,
}

/// The day of a moment in UTC, as days since 1970.
pub(crate) fn day_of(moment: Timestamp) -> i32 {
    // Timestamps end with the year 9999, four million days from 1970.
    i32::try_from(moment.as_second().div_euclid(SECONDS)).unwrap_or_default()
}

pub(crate) fn date_of(day: i32) -> Date {
    Timestamp::from_second(i64::from(day) * SECONDS).unwrap_or_default().to_zoned(TimeZone::UTC).date()
}

pub(crate) fn number_of(date: Date) -> i32 {
    date.to_zoned(TimeZone::UTC).map_or(0, |midnight| day_of(midnight.timestamp()))
}

impl Days {
    /// Adds the day of a moment.
    pub fn insert(&mut self, moment: Timestamp) {
        self.insert_day(day_of(moment));
    }

    #[inline]
    pub(crate) fn insert_day(&mut self, day: i32) {
        self.insert_bits(day.div_euclid(64), 1 << day.rem_euclid(64));
    }

    #[inline]
    fn insert_bits(&mut self, word: i32, new: u64) {
        if new != 0 {
            self.words.add(word, new, |own, new| *own |= new);
        }
    }

    /// Adds a day, as days since 1970.
    pub fn insert_number(&mut self, day: i32) {
        self.insert_day(day);
    }

    /// Adds all days of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (word, bits) in other.words.iter() {
            self.insert_bits(word, *bits);
        }
    }

    /// Whether the day is in the set.
    pub fn contains(&self, date: Date) -> bool {
        let day = number_of(date);
        let word = day.div_euclid(64);
        self.words.iter().any(|(own, bits)| own == word && bits & (1 << day.rem_euclid(64)) != 0)
    }

    /// The days that are inside a window.
    #[must_use]
    pub fn within(&self, window: &DayWindow) -> Self {
        let inside = window.numbers();
        let mut days = Self::default();
        for (word, bits) in self.words.iter() {
            let first = i64::from(word) * 64;
            // Of the bits of this word, those from the window's first day on and those before its last.
            let from = (i64::from(inside.start) - first).clamp(0, 64);
            let to = (i64::from(inside.end) - first).clamp(0, 64);
            days.insert_bits(word, bits & below(to) & !below(from));
        }
        days
    }

    /// How many days there are.
    pub fn len(&self) -> usize {
        self.words.iter().map(|(_, bits)| bits.count_ones() as usize).sum()
    }

    /// Whether there is no day.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The days, in order.
    pub fn iter(&self) -> impl Iterator<Item = Date> {
        self.numbers().map(date_of)
    }

    /// The first day.
    pub fn first(&self) -> Option<Date> {
        self.iter().next()
    }

    /// The last day.
    pub fn last(&self) -> Option<Date> {
        let (word, bits) = self.words.iter().next_back()?;
        Some(date_of(word * 64 + 63 - bits.leading_zeros().cast_signed()))
    }

    /// The stretches of missing days between the first and the last day.
    pub fn holes(&self) -> Vec<Hole> {
        self.numbers()
            .zip(self.numbers().skip(1))
            .filter(|(day, next)| day + 1 < *next)
            .map(|(day, next)| Hole { from: date_of(day + 1), to: date_of(next - 1) })
            .collect()
    }

    /// The days, in order, as days since 1970.
    pub fn numbers(&self) -> impl Iterator<Item = i32> {
        self.words
            .iter()
            .flat_map(|(word, bits)| (0..64).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| word * 64 + bit))
    }
}

/// The lowest bits, so many of them.
fn below(count: i64) -> u64 {
    u32::try_from(count).ok().and_then(|count| 1u64.checked_shl(count)).map_or(u64::MAX, |bit| bit - 1)
}

impl PartialOrd for Days {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Days {
    /// By the days, in their order.
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers().cmp(other.numbers())
    }
}

impl AddAssign for Days {
    fn add_assign(&mut self, other: Self) {
        self.merge(&other);
    }
}

impl From<Vec<(i32, u64)>> for Days {
    fn from(words: Vec<(i32, u64)>) -> Self {
        let mut days = Self::default();
        for (word, bits) in words {
            days.insert_bits(word, bits);
        }
        days
    }
}

impl From<Days> for Vec<(i32, u64)> {
    fn from(days: Days) -> Self {
        days.words.iter().map(|(word, bits)| (word, *bits)).collect()
    }
}

impl DayWindow {
    /// Every day, and what has none.
    pub const ALL: Self = Self { since: None, until: None };

    /// Whether every day is inside. Then what has no day is, too.
    pub fn is_all(&self) -> bool {
        *self == Self::ALL
    }

    /// Whether the day is inside.
    pub fn contains(&self, date: Date) -> bool {
        self.since.is_none_or(|since| date >= since) && self.until.is_none_or(|until| date < until)
    }

    /// The days inside, as days since 1970.
    pub(crate) fn numbers(&self) -> Range<i32> {
        self.since.map_or(i32::MIN, number_of)..self.until.map_or(i32::MAX, number_of)
    }
}

impl Hole {
    /// How many days are missing.
    pub fn days(&self) -> i64 {
        i64::from(number_of(self.to)) - i64::from(number_of(self.from)) + 1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::ToSpan;
    use proptest::prelude::*;

    use super::*;

    fn days(dates: &[&str]) -> Days {
        let mut days = Days::default();
        for date in dates {
            days.insert(format!("{date}T23:59:59Z").parse().unwrap());
        }
        days
    }

    #[test]
    fn holes_are_the_days_between() {
        let seen = days(&["2026-02-27", "2026-03-02", "2026-03-03", "2026-03-05", "2025-12-31"]);
        let hole = |from: &str, to: &str| Hole { from: from.parse().unwrap(), to: to.parse().unwrap() };
        assert_eq!(
            seen.holes(),
            [hole("2026-01-01", "2026-02-26"), hole("2026-02-28", "2026-03-01"), hole("2026-03-04", "2026-03-04")]
        );
        assert_eq!(seen.holes().iter().map(Hole::days).collect::<Vec<_>>(), [57, 2, 1]);
        assert_eq!(seen.first(), Some("2025-12-31".parse().unwrap()));
        assert_eq!(seen.last(), Some("2026-03-05".parse().unwrap()));
        assert!(days(&["2026-01-01"]).holes().is_empty());
        assert!(Days::default().holes().is_empty() && Days::default().last().is_none());
    }

    proptest! {
        #[test]
        fn is_a_set_of_days(left in prop::collection::vec(-200i32..200, 0..20), right in prop::collection::vec(-200i32..200, 0..20)) {
            let of = |numbers: &[i32]| {
                let mut days = Days::default();
                for day in numbers {
                    days.insert_day(*day);
                }
                days
            };
            let mut merged = of(&right);
            merged.merge(&of(&left));
            let set: BTreeSet<i32> = left.iter().chain(&right).copied().collect();
            prop_assert_eq!(merged.numbers().collect::<Vec<_>>(), set.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(merged.len(), set.len());
            prop_assert_eq!(merged.last(), set.last().map(|day| date_of(*day)));
            prop_assert!(set.iter().all(|day| merged.contains(date_of(*day))));
            let (since, until) = (date_of(-70), date_of(130));
            for window in [DayWindow { since: Some(since), until: Some(until) }, DayWindow { since: Some(since), until: None },
                DayWindow { since: None, until: Some(until) }, DayWindow::ALL] {
                let inside: Vec<Date> = merged.within(&window).iter().collect();
                prop_assert_eq!(inside, merged.iter().filter(|day| window.contains(*day)).collect::<Vec<_>>());
            }
            prop_assert_eq!(Days::from(Vec::from(merged.clone())), merged.clone());
            let epoch: Date = "1970-01-01".parse().unwrap();
            prop_assert!(set.iter().all(|day| date_of(*day) == epoch.checked_add(day.days()).unwrap()));
        }
    }
}
