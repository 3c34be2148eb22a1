//! Reads times.

use jiff::Timestamp;

use crate::decode::moment;

/// How many days each month has in any year.
const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// How many days there are from the first of March of the year 0 to 1970.
const EPOCH: i64 = 719_468;

/// Reads times of which most are of one day.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// A day, as `2026-05-01T`.
    day: [u8; 11],
    /// When it began, in seconds since 1970.
    midnight: i64,
}

impl Clock {
    /// The time that a text is.
    #[inline]
    pub(crate) fn read(&mut self, text: &[u8]) -> Option<Timestamp> {
        if let Some((day, rest)) = text.split_first_chunk()
            && let Some(second) = second_of_day(rest)
        {
            if *day != self.day
                && let Some(midnight) = midnight(day)
            {
                (self.day, self.midnight) = (*day, midnight);
            }
            if *day == self.day {
                return Timestamp::from_second(self.midnight + second).ok();
            }
        }
        std::str::from_utf8(text).ok().and_then(moment)
    }
}

/// The time that a text is. CloudTrail writes whole seconds in UTC.
pub(crate) fn time_of(text: &str) -> Option<Timestamp> {
    Clock::default().read(text.as_bytes())
}

fn number(tens: u8, ones: u8) -> Option<i64> {
    let digit = |byte: u8| Some(i64::from(byte.wrapping_sub(b'0'))).filter(|digit| *digit < 10);
    Some(10 * digit(tens)? + digit(ones)?)
}

/// How many seconds of its day have passed at a time like `12:00:00Z`. Leap seconds are for the calendar.
#[inline]
fn second_of_day(text: &[u8]) -> Option<i64> {
    let [h1, h2, b':', n1, n2, b':', s1, s2, b'Z'] = *text else { return None };
    let (hour, minute, second) = (number(h1, h2)?, number(n1, n2)?, number(s1, s2)?);
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3_600 + minute * 60 + second)
}

/// The second since 1970 at which a day like `2026-05-01T` begins. Days that only some years have are for the calendar.
fn midnight(text: &[u8; 11]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T'] = *text else { return None };
    let (year, month, day) = (100 * number(y1, y2)? + number(y3, y4)?, number(m1, m2)?, number(d1, d2)?);
    let length = LENGTHS.get(usize::try_from(month - 1).ok()?)?;
    if !(1..=*length).contains(&day) {
        return None;
    }
    // Counted from March, so that the day that only some years have is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (month * 153 + 2) / 5 + day - 1;
    Some((days - EPOCH) * 86_400)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn times_are_what_a_calendar_says_whatever_was_read_before(
            texts in prop::collection::vec(
                prop_oneof![
                    "(2026-05-01|2024-02-29|2023-02-29|0000-03-01|9999-12-31)T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z",
                    "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z",
                    "2026-05-01[T ][0-9:]{8}(Z|\\.5Z|\\+01:00|)",
                ],
                1..8,
            ),
        ) {
            let mut clock = Clock::default();
            for text in texts {
                prop_assert_eq!(clock.read(text.as_bytes()), moment(&text), "{}", text);
            }
        }
    }
}
