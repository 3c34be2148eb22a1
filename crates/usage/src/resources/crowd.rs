//! What is kept of values that are no longer kept apart.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::Samples;
use crate::dated::Dated;
use crate::days::{DayWindow, Days};

/// How many values of a [`Crowd`] are drawn at most.
const DRAWN: usize = 64;

/// The values behind one wildcard: when any of them was seen, and some of them with their own days.
///
/// The values that are drawn are those with the smallest hashes, whatever their order: a fair sample of the distinct
/// values, whose days are complete, because a value that is drawn from the whole is drawn from every part. What such names
/// have in common (dates, counters, ids made anew) and how fast they turn over is read from them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crowd {
    pub(super) samples: Samples,
    days: Days,
    drawn: Dated<Drawn, DRAWN>,
}

/// A value, ordered by its hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Drawn {
    /// XXH3 of the text. It is part of what is stored, so it never changes.
    hash: u64,
    text: Box<str>,
}

impl Crowd {
    /// Takes a value into account.
    #[inline]
    pub(super) fn see(&mut self, text: &str, days: &Days) {
        self.samples.see(text, days, || text.into());
        self.days.merge(days);
        let hash = xxh3_64(text.as_bytes());
        let compare = |kept: &Drawn| kept.hash.cmp(&hash).then_with(|| (*kept.text).cmp(text));
        self.drawn.see_by(compare, days, || Drawn { hash, text: text.into() });
    }

    /// Takes everything that `other` has seen into account.
    pub(super) fn merge(&mut self, other: Self) {
        self.samples.merge(other.samples);
        self.days.merge(&other.days);
        self.drawn.merge(other.drawn);
    }

    /// What was seen on the days of a window.
    pub(super) fn within(&self, window: &DayWindow) -> Option<Self> {
        let days = self.days.within(window);
        (!days.is_empty() || window.is_all()).then(|| Self {
            samples: self.samples.within(window),
            days,
            drawn: self.drawn.within(window),
        })
    }

    /// The days on which any of the values was seen.
    pub fn days(&self) -> &Days {
        &self.days
    }

    /// A fair sample of the distinct values, each with the days on which it was seen; all of them where there are few.
    pub fn drawn(&self) -> impl Iterator<Item = (&str, &Days)> {
        self.drawn.dated().map(|(drawn, days)| (&*drawn.text, days))
    }

    /// How many distinct values there were: exact where all are drawn, else estimated by how close together the hashes of
    /// those that are drawn lie, which is off by some 13 % (one standard deviation).
    pub fn distinct(&self) -> u64 {
        match self.drawn.iter().last() {
            Some(last) if self.drawn.more() => {
                let below_last = self.drawn.len() as u128 - 1;
                let estimate = below_last * u128::from(u64::MAX) / u128::from(last.hash.max(1));
                u64::try_from(estimate).unwrap_or(u64::MAX).max(DRAWN as u64)
            }
            _ => self.drawn.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_values_is_estimated() {
        let mut crowd = Crowd::default();
        let mut day = Days::default();
        day.insert_day(20_000);
        for number in 0..50 {
            crowd.see(&format!("arn:aws:s3:::lake/{number}"), &day);
        }
        assert_eq!(crowd.distinct(), 50);
        for number in 0..10_000 {
            crowd.see(&format!("arn:aws:s3:::lake/{number}"), &day);
        }
        let estimate = crowd.distinct();
        assert!((7_000..13_000).contains(&estimate), "{estimate}");
    }

    #[test]
    fn values_that_are_drawn_have_all_their_days() {
        let mut parts = [Crowd::default(), Crowd::default()];
        for number in 0..5_000 {
            for (part, day) in parts.iter_mut().zip([number % 7, 10 + number % 5]) {
                let mut days = Days::default();
                days.insert_day(day);
                part.see(&format!("arn:aws:s3:::lake/{number}"), &days);
            }
        }
        let [mut whole, other] = parts;
        whole.merge(other);
        assert_eq!(whole.drawn().count(), DRAWN);
        for (text, days) in whole.drawn() {
            let number: i32 = text.rsplit('/').next().unwrap().parse().unwrap();
            assert_eq!(days.numbers().collect::<Vec<_>>(), [number % 7, 10 + number % 5], "{text}");
        }
    }
}
