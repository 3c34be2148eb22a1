//! Reads times.

use jiff::Timestamp;

use crate::record::decode::moment;

/// Reads times of which most are of one day, as CloudTrail writes them: whole seconds in UTC.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// A day, as `2026-05-01T`, and when it began, in seconds since 1970.
    last: Option<([u8; 11], i64)>,
}

impl Clock {
    /// The time that a text is.
    #[inline]
    pub(crate) fn read(&mut self, text: &[u8]) -> Option<Timestamp> {
        if let Some((day, rest)) = text.split_first_chunk()
            && let Some(second) = second_of_day(rest)
        {
            if self.last.is_none_or(|(last, _)| last != *day) {
                self.last = midnight(day).map(|midnight| (*day, midnight));
            }
            if let Some((_, midnight)) = self.last {
                return Timestamp::from_second(midnight + second).ok();
            }
        }
        std::str::from_utf8(text).ok().and_then(moment)
    }
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

/// The second since 1970 at which a day like `2026-05-01T` begins.
fn midnight(day: &[u8; 11]) -> Option<i64> {
    let day = std::str::from_utf8(day).ok().filter(|day| day.ends_with('T'))?;
    moment(&format!("{day}00:00:00Z")).map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_without_an_offset_are_in_utc_but_those_of_a_zone() {
        let read = |text: &str| Clock::default().read(text.as_bytes()).map(|time| time.to_string());
        for text in ["2026-05-15T12:00:00Z", "2026-05-15T12:00:00", "2026-05-15 14:00:00+02:00"] {
            assert_eq!(read(text).as_deref(), Some("2026-05-15T12:00:00Z"), "{text}");
        }
        for text in ["2026-05-15T12:00:00[T12]", "2026-05-15T12:00:00[Europe/Berlin]", "2026-05-15", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn times_are_what_a_calendar_says_whatever_was_read_before(
            texts in prop::collection::vec(
                prop_oneof![
                    "(2026-05-01|2024-02-29|2023-02-29|0000-03-01|9999-12-31)T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z",
                    "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z",
                    "2026-05-01[T ][0-9:]{8}(Z|\\.5Z|\\+01:00|)",
                    "(\0{11}|.{11}|.{10}T)12:00:0[0-9]Z",
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
