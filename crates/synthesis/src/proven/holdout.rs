//! The last days, which a proof out of sample does not learn from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tighten_usage::{DayWindow, Usage};

use crate::narrow::NarrowOptions;

/// The days that policies are held against which were narrowed by the days before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldoutDays {
    /// The first of them: whole days of UTC.
    pub since: Date,
    /// How many there are up to the last record.
    pub days: usize,
}

/// The usage on both sides of a midnight.
#[derive(Debug, Clone, Copy)]
pub struct HoldoutUsage<'a> {
    /// Where it was cut.
    pub days: HoldoutDays,
    /// What was used before.
    pub before: &'a Usage,
    /// What was used from then on.
    pub after: &'a Usage,
}

/// Why there is no proof out of sample, in words that follow "not possible: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoHoldout {
    /// Nobody asked for it.
    NotAsked,
    /// There would be no day to learn from.
    TooFewDays,
    /// No record is from a day to learn from.
    NothingBefore,
}

impl NoHoldout {
    /// The reason, as a sentence goes on.
    pub fn why(self) -> &'static str {
        match self {
            Self::NotAsked => "the last days were not looked at by themselves",
            Self::TooFewDays => {
                "the records span too few days: the days held out (`--holdout`) need records of an earlier day"
            }
            Self::NothingBefore => "there are no records before the last days",
        }
    }
}

/// From how many days on the last [`FORTNIGHT`] of them are held out; of fewer, a fifth.
const SIX_WEEKS: usize = 42;
const FORTNIGHT: usize = 14;

impl HoldoutDays {
    /// The last `days` of records that are from the first to the last of the `span`; by default a fortnight of six weeks and
    /// more, or a fifth of fewer.
    pub fn of(span: Option<(Date, Date)>, days: Option<usize>) -> Result<Self, NoHoldout> {
        span.and_then(|span| Self::cut(span, days)).ok_or(NoHoldout::TooFewDays)
    }

    fn cut((first, last): (Date, Date), days: Option<usize>) -> Option<Self> {
        let span = usize::try_from(first.until(last).ok()?.get_days()).ok()?;
        let days = days.unwrap_or(if span >= SIX_WEEKS { FORTNIGHT } else { (span / 5).max(1) });
        let before_last = i64::try_from(days.checked_sub(1)?).ok()?;
        let since = last.checked_sub(jiff::Span::new().try_days(before_last).ok()?).ok()?;
        (since > first).then_some(Self { since, days })
    }

    /// The days before them.
    pub fn before(self) -> DayWindow {
        DayWindow { since: None, until: Some(self.since) }
    }

    /// These days.
    pub fn after(self) -> DayWindow {
        DayWindow { since: Some(self.since), until: None }
    }

    /// The midnight at which they begin.
    pub fn start(self) -> Timestamp {
        // A day before the last record is in range.
        self.since.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |midnight| midnight.timestamp())
    }
}

impl HoldoutUsage<'_> {
    /// The guard rails for the days before. There are fewer of these: what they are too few for would stay, and the proof
    /// would prove nothing. IAM's records tell the last use alone, of which nobody knew then.
    pub(super) fn options(self, options: &NarrowOptions) -> NarrowOptions {
        options.before(self.days.start())
    }
}

impl NarrowOptions {
    /// The same as they would have been at that midnight, but for what there would have been too few days for.
    pub(super) fn before(&self, midnight: Timestamp) -> Self {
        Self { as_of: Some(midnight), min_window: 0, last_accessed: BTreeMap::new(), ..self.clone() }
    }
}

/// The last moment that has a record.
pub(super) fn last(usage: &Usage) -> Option<Timestamp> {
    usage.coverage.accounts.values().flat_map(BTreeMap::values).filter_map(|place| place.last).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_at_least_one_is_left_to_learn_from() {
        let between = |first: &str, last: &str, days| {
            let found = HoldoutDays::of(Some((first.parse().unwrap(), last.parse().unwrap())), days);
            found.ok().map(|found| (found.since.to_string(), found.days))
        };
        let found = |since: &str, days| Some((since.to_owned(), days));
        assert_eq!(between("2026-05-01", "2026-05-30", None), found("2026-05-26", 5));
        assert_eq!(between("2026-05-01", "2026-06-12", None), found("2026-05-30", 14));
        assert_eq!(between("2026-05-01", "2026-05-02", None), found("2026-05-02", 1));
        assert_eq!(between("2026-05-01", "2026-05-01", None), None);
        assert_eq!(between("2026-05-01", "2026-05-30", Some(29)), found("2026-05-02", 29));
        assert_eq!(between("2026-05-01", "2026-05-30", Some(30)), None);
        assert_eq!(between("2026-05-01", "2026-05-30", Some(usize::MAX)), None);
        assert_eq!(between("2026-05-01", "2026-05-30", Some(0)), None);
    }
}
