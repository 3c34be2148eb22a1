//! Sets of days.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

const SECONDS: i64 = 24 * 60 * 60;

/// A set of days in UTC, one bit a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// 64 days each, by the number of days since 1970 divided by 64.
    words: BTreeMap<i32, u64>,
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

fn date_of(day: i32) -> Date {
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

    pub(crate) fn insert_day(&mut self, day: i32) {
        *self.words.entry(day.div_euclid(64)).or_default() |= 1 << day.rem_euclid(64);
    }

    /// Adds all days of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (word, bits) in &other.words {
            *self.words.entry(*word).or_default() |= bits;
        }
    }

    /// Whether the day is in the set.
    pub fn contains(&self, date: Date) -> bool {
        let day = number_of(date);
        self.words.get(&day.div_euclid(64)).is_some_and(|bits| bits & (1 << day.rem_euclid(64)) != 0)
    }

    /// How many days there are.
    pub fn len(&self) -> usize {
        self.words.values().map(|bits| bits.count_ones() as usize).sum()
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
        let (word, bits) = self.words.last_key_value()?;
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

    fn numbers(&self) -> impl Iterator<Item = i32> {
        self.words
            .iter()
            .flat_map(|(word, bits)| (0..64).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| word * 64 + bit))
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
            let epoch: Date = "1970-01-01".parse().unwrap();
            prop_assert!(set.iter().all(|day| date_of(*day) == epoch.checked_add(day.days()).unwrap()));
        }
    }
}
