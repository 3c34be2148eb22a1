//! The span of time that is asked for.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A span of time: from `since`, inclusive, to `until`, exclusive. An end that is `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Window {
    /// The first moment that is inside.
    pub since: Option<Timestamp>,
    /// The first moment after `since` that is outside again.
    pub until: Option<Timestamp>,
}

/// Why a window could not be made of what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The text is none of the accepted forms.
    #[error(
        "`{0}` is neither a date (2026-05-01), nor a time (2026-05-01T12:00:00Z), nor a span back from now (90d, 12h)"
    )]
    Unreadable(String),
    /// The window ends before it begins.
    #[error("the window is empty: it ends at {until}, not after its beginning at {since}")]
    Empty {
        /// Where it begins.
        since: Timestamp,
        /// Where it ends.
        until: Timestamp,
    },
}

/// Which end of a window a text stands for: a bare date is the start of that day for the beginning, and the end of
/// that day for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Since,
    Until,
}

impl Window {
    /// A window that holds every moment.
    pub const ALL: Self = Self { since: None, until: None };

    /// Reads the two ends of a window, in any of these forms: RFC 3339 (`2026-05-01T12:00:00Z`, `…+02:00`; without an
    /// offset it is UTC), a date (`2026-05-01`: the whole of that day in UTC belongs to the window), a span back
    /// from `now` (`90d`, `12h`, `2w`, `30m`, `45s`), `now`.
    pub fn parse(since: Option<&str>, until: Option<&str>, now: Timestamp) -> Result<Self, WindowError> {
        let window = Self {
            since: since.map(|text| moment(text, End::Since, now)).transpose()?,
            until: until.map(|text| moment(text, End::Until, now)).transpose()?,
        };
        match (window.since, window.until) {
            (Some(since), Some(until)) if until <= since => Err(WindowError::Empty { since, until }),
            _ => Ok(window),
        }
    }

    /// Whether the moment is inside.
    pub fn contains(&self, moment: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= moment) && self.until.is_none_or(|until| moment < until)
    }

    /// Whether every moment is inside.
    pub fn is_all(&self) -> bool {
        *self == Self::ALL
    }

    /// Whether a file that was delivered on this day (UTC) may hold records of the window.
    pub fn may_hold_file_of(&self, delivered: Date) -> bool {
        let (first, last) = self.deliveries();
        first.is_none_or(|first| first <= delivered) && last.is_none_or(|last| delivered <= last)
    }

    /// The first and the last day (UTC) on which files are delivered that may hold records of the window. An end that is
    /// `None` is open.
    ///
    /// CloudTrail delivers a record typically within 15 minutes of the call, so a file may hold records of the day
    /// before its own, and never of a later day. One day is allowed on both sides: a file is left unread only if
    /// it was delivered before the day before `since`, or after the day after `until`.
    pub fn deliveries(&self) -> (Option<Date>, Option<Date>) {
        let day = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).date();
        let first = self.since.and_then(|since| day(since).yesterday().ok());
        (first, self.until.and_then(|until| day(until).tomorrow().ok()))
    }
}

fn moment(text: &str, end: End, now: Timestamp) -> Result<Timestamp, WindowError> {
    let unreadable = || WindowError::Unreadable(text.to_owned());
    let text = text.trim();
    if text.eq_ignore_ascii_case("now") {
        return Ok(now);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if let Some(span) = back(text) {
        return now.checked_sub(span).map_err(|_| unreadable());
    }
    let in_utc = |time: DateTime| time.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|_| unreadable());
    // The length decides, because a date alone also reads as the midnight that it starts with.
    if text.len() == "2026-05-01".len() {
        let date: Date = text.parse().map_err(|_| unreadable())?;
        let date = match end {
            End::Since => date,
            End::Until => date.tomorrow().map_err(|_| unreadable())?,
        };
        return in_utc(date.at(0, 0, 0, 0));
    }
    in_utc(text.parse().map_err(|_| unreadable())?)
}

/// `90d`, `12h`, `2w`, `30m`, `45s`.
fn back(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().next_back()?;
    let count = text.strip_suffix(unit)?;
    if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: i64 = match unit.to_ascii_lowercase() {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return None,
    };
    Some(SignedDuration::from_secs(count.parse::<i64>().ok()?.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn parse(since: Option<&str>, until: Option<&str>) -> Result<Window, WindowError> {
        Window::parse(since, until, at("2026-05-10T12:00:00Z"))
    }

    #[test]
    fn spans_count_back_from_now() {
        assert_eq!(parse(Some("90d"), None).unwrap().since, Some(at("2026-02-09T12:00:00Z")));
        assert_eq!(parse(Some("12h"), Some("30m")).unwrap().until, Some(at("2026-05-10T11:30:00Z")));
        assert_eq!(parse(Some("2w"), Some("now")).unwrap().since, Some(at("2026-04-26T12:00:00Z")));
        assert_eq!(parse(Some(" 45S "), None).unwrap().since, Some(at("2026-05-10T11:59:15Z")));
    }

    #[test]
    fn a_date_stands_for_the_whole_day_at_both_ends() {
        let day = parse(Some("2026-05-01"), Some("2026-05-01")).unwrap();
        assert_eq!(day.since, Some(at("2026-05-01T00:00:00Z")));
        assert_eq!(day.until, Some(at("2026-05-02T00:00:00Z")));
        assert!(day.contains(at("2026-05-01T23:59:59.999Z")));
        assert!(!day.contains(at("2026-05-02T00:00:00Z")));
    }

    #[test]
    fn times_carry_their_offset_or_are_utc() {
        assert_eq!(parse(Some("2026-05-01T02:00:00+02:00"), None).unwrap().since, Some(at("2026-05-01T00:00:00Z")));
        assert_eq!(parse(Some("2026-05-01T02:00:00"), None).unwrap().since, Some(at("2026-05-01T02:00:00Z")));
        assert_eq!(parse(Some("2026-05-01 02:00"), None).unwrap().since, Some(at("2026-05-01T02:00:00Z")));
    }

    #[test]
    fn what_is_no_time_is_named() {
        for text in [
            "",
            "d",
            "yesterday",
            "-5d",
            "90x",
            "9223372036854775807w",
            "99999999999999999999d",
            "2026-13-01",
            "5",
            "日",
            "1e3d",
        ] {
            assert_eq!(parse(Some(text), None), Err(WindowError::Unreadable(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn an_empty_window_is_an_error() {
        assert!(matches!(parse(Some("2026-05-02"), Some("2026-05-01")), Err(WindowError::Empty { .. })));
        assert!(matches!(parse(Some("1d"), Some("1d")), Err(WindowError::Empty { .. })));
    }

    #[test]
    fn files_of_the_days_around_the_window_are_read() {
        let window = parse(Some("2026-05-01T00:05:00Z"), Some("2026-05-03T10:00:00Z")).unwrap();
        let kept = |day: &str| window.may_hold_file_of(day.parse().unwrap());
        assert!(!kept("2026-04-29"));
        assert!(kept("2026-04-30"));
        assert!(kept("2026-05-04"));
        assert!(!kept("2026-05-05"));
        assert!(Window::ALL.may_hold_file_of(Date::MIN) && Window::ALL.may_hold_file_of(Date::MAX));
    }
}
