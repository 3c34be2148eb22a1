//! The midnights at which the input is cut.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tighten_usage::DayWindow;

/// A midnight: a policy is made from the days before it, and held against the days from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CutPoint {
    /// The first day that the policy does not know.
    pub midnight: Date,
    /// How many days there are from the first record up to it.
    pub days_before: usize,
    /// How many days the policy is held against.
    pub days_after: usize,
}

/// Why there is no backtest, in words that follow "not possible: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoBacktest {
    /// Too few days between the first record and the last.
    TooFewDays,
}

/// The days that are estimated, and no more are held against a policy where there are many.
const AHEAD: usize = 30;
/// As few days tell something of those that follow, and as few can be held against.
const WEEK: usize = 7;

impl NoBacktest {
    /// The reason, as a sentence goes on.
    pub fn why(self) -> &'static str {
        match self {
            Self::TooFewDays => "the records span fewer than 14 days",
        }
    }
}

impl CutPoint {
    /// Up to three midnights for records from the first to the last day of the `span`: one with half of the days or, of more
    /// than two months, the last 30 behind it, one with the last week behind it, and one in the middle between the two.
    pub fn of(span: Option<(Date, Date)>) -> Result<Vec<Self>, NoBacktest> {
        span.and_then(Self::cut).ok_or(NoBacktest::TooFewDays)
    }

    fn cut((first, last): (Date, Date)) -> Option<Vec<Self>> {
        let days = usize::try_from(first.until(last).ok()?.get_days()).ok()?.checked_add(1)?;
        let latest = days.checked_sub(WEEK).filter(|latest| *latest >= WEEK)?;
        let earliest = days.div_ceil(2).max(days.saturating_sub(AHEAD)).min(latest);
        let mut before = vec![earliest, earliest.midpoint(latest), latest];
        before.dedup();
        let cut = |days_before: usize| {
            let midnight = first.checked_add(i64::try_from(days_before).ok()?.days()).ok()?;
            Some(Self { midnight, days_before, days_after: days - days_before })
        };
        before.into_iter().map(cut).collect()
    }

    /// The midnight, in UTC.
    pub fn start(self) -> Timestamp {
        // A day before the last record is in range.
        self.midnight.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |midnight| midnight.timestamp())
    }

    /// The days before it.
    pub fn before(self) -> DayWindow {
        DayWindow { since: None, until: Some(self.midnight) }
    }

    /// The days from then on.
    pub fn after(self) -> DayWindow {
        DayWindow { since: Some(self.midnight), until: None }
    }

    /// The first day without a record after it.
    pub(super) fn end(self) -> Date {
        let days = i64::try_from(self.days_after).unwrap_or_default();
        self.midnight.checked_add(days.days()).unwrap_or(Date::MAX)
    }

    /// The midnight a week after the first day of somebody, for as many days as there are.
    pub(super) fn a_week_after(self, start: Date) -> Option<Self> {
        let midnight = start.checked_add(i64::try_from(WEEK).ok()?.days()).ok()?;
        let days_after = usize::try_from(midnight.until(self.end()).ok()?.get_days()).ok()?;
        (days_after >= WEEK).then_some(Self { midnight, days_before: WEEK, days_after })
    }

    /// The first day of somebody of whom enough was known at the midnight.
    pub(super) fn latest_start(self) -> Option<Date> {
        self.midnight.checked_sub(i64::try_from(WEEK).ok()?.days()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(days: i64) -> Option<Vec<(String, usize, usize)>> {
        let first: Date = "2026-05-01".parse().unwrap();
        let cuts = CutPoint::of(Some((first, first.checked_add((days - 1).days()).unwrap()))).ok()?;
        Some(cuts.iter().map(|cut| (cut.midnight.to_string(), cut.days_before, cut.days_after)).collect())
    }

    #[test]
    fn there_are_a_week_and_half_of_the_days_on_each_side() {
        let cut = |midnight: &str, before, after| (midnight.to_owned(), before, after);
        assert_eq!(cuts(1), None);
        assert_eq!(cuts(13), None);
        assert_eq!(cuts(14), Some(vec![cut("2026-05-08", 7, 7)]));
        assert_eq!(cuts(16), Some(vec![cut("2026-05-09", 8, 8), cut("2026-05-10", 9, 7)]));
        let month = vec![cut("2026-05-16", 15, 15), cut("2026-05-20", 19, 11), cut("2026-05-24", 23, 7)];
        assert_eq!(cuts(30), Some(month));
        let half_a_year = vec![cut("2026-09-28", 150, 30), cut("2026-10-09", 161, 19), cut("2026-10-21", 173, 7)];
        assert_eq!(cuts(180), Some(half_a_year));
        assert_eq!(CutPoint::of(None), Err(NoBacktest::TooFewDays));
    }
}
