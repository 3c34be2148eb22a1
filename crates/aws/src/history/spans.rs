//! Spans of time, in whole seconds, and which of them are there already.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// From its first second to the one after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimeSpan {
    from: Timestamp,
    to: Timestamp,
}

/// Spans that neither overlap nor touch, the earliest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Covered(Vec<TimeSpan>);

impl TimeSpan {
    /// The span between two moments; nothing if it is empty.
    pub(super) fn new(from: i64, to: i64) -> Option<Self> {
        let moment = |second| Timestamp::from_second(second).ok();
        (from < to).then_some(Self { from: moment(from)?, to: moment(to)? })
    }

    /// The first second.
    pub(super) fn from(self) -> i64 {
        self.from.as_second()
    }

    /// The second after the last.
    pub(super) fn to(self) -> i64 {
        self.to.as_second()
    }

    /// How many seconds it has.
    pub(super) fn seconds(self) -> i64 {
        self.to() - self.from()
    }

    /// Its first moment.
    pub fn since(self) -> Timestamp {
        self.from
    }

    /// The moment after its last.
    pub fn until(self) -> Timestamp {
        self.to
    }
}

impl Covered {
    /// Adds a span.
    pub(super) fn add(&mut self, span: TimeSpan) {
        self.0.push(span);
        self.0.sort_unstable();
        let mut joined: Vec<TimeSpan> = Vec::with_capacity(self.0.len());
        for span in self.0.drain(..) {
            match joined.last_mut() {
                Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
                _ => joined.push(span),
            }
        }
        self.0 = joined;
    }

    /// What of a span is not there, the latest first.
    pub(super) fn missing(&self, wanted: TimeSpan) -> Vec<TimeSpan> {
        let mut missing = Vec::new();
        let mut from = wanted.from();
        for span in self.0.iter().filter(|span| span.to() > wanted.from() && span.from() < wanted.to()) {
            missing.extend(TimeSpan::new(from, span.from()));
            from = from.max(span.to());
        }
        missing.extend(TimeSpan::new(from, wanted.to()));
        missing.reverse();
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> TimeSpan {
        TimeSpan::new(from, to).unwrap()
    }

    fn covered(spans: &[(i64, i64)]) -> Covered {
        let mut covered = Covered::default();
        for &(from, to) in spans {
            covered.add(span(from, to));
        }
        covered
    }

    #[test]
    fn spans_that_touch_are_one() {
        assert_eq!(covered(&[(20, 30), (0, 10), (10, 15), (25, 40)]).0, [span(0, 15), span(20, 40)]);
        assert_eq!(TimeSpan::new(5, 5), None);
    }

    /// Against every second by itself.
    #[test]
    fn what_is_missing_and_what_is_there_make_the_whole() {
        let covered = covered(&[(3, 6), (8, 9), (12, 20)]);
        for from in 0..22 {
            for to in from + 1..23 {
                let missing = covered.missing(span(from, to));
                assert!(missing.windows(2).all(|pair| pair[1].to() < pair[0].from()), "the latest first");
                for second in from..to {
                    let is_missing = missing.iter().any(|span| span.from() <= second && second < span.to());
                    let is_there = covered.0.iter().any(|span| span.from() <= second && second < span.to());
                    assert!(is_missing != is_there, "{second} of {from}..{to}");
                }
            }
        }
    }
}
