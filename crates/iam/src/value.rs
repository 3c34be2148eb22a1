//! Values that conditions compare as something else than text.

use std::cmp::Ordering;
use std::net::IpAddr;

/// A decimal number as it is written, without what says nothing. Compared digit by digit, so that none is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    /// Without leading zeros.
    whole: &'a str,
    /// Without trailing zeros.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Reads `1`, `-1.50`, `.5`; nothing else that a programming language would take for a number.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let decimal = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !decimal(whole) || !decimal(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: text.starts_with('-') && !zero, whole, fraction })
    }

    /// The number of digits after the point.
    pub(crate) fn scale(self) -> usize {
        self.fraction.len()
    }

    /// The number times ten to the power of `scale`; nothing if that is no whole number or too large.
    pub(crate) fn scaled(self, scale: usize) -> Option<i128> {
        let zeros = scale.checked_sub(self.fraction.len())?;
        let digits = [self.whole, self.fraction, &"0".repeat(zeros)].concat();
        let digits = if digits.is_empty() { 0 } else { digits.parse::<i128>().ok()? };
        Some(if self.negative { -digits } else { digits })
    }

    /// Writes what `scaled` reads.
    pub(crate) fn text(scaled: i128, scale: usize) -> String {
        let digits = format!("{:0width$}", scaled.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
        let fraction = fraction.trim_end_matches('0');
        let (sign, point) = (if scaled < 0 { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
        [sign, whole, point, fraction].concat()
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |number: &Self| (number.whole.len(), number.whole.to_owned(), number.fraction.to_owned());
        match (self.negative, other.negative) {
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
            (negative, _) => {
                if negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares two decimal numbers; nothing if one of them is none.
pub(crate) fn compare_numbers(left: &str, right: &str) -> Option<Ordering> {
    Some(Decimal::parse(left)?.cmp(&Decimal::parse(right)?))
}

/// Compares two points in time; nothing if one of them is none.
pub(crate) fn compare_dates(left: &str, right: &str) -> Option<Ordering> {
    Some(nanoseconds(left)?.cmp(&nanoseconds(right)?))
}

/// Whether the address lies in the range; nothing if the range is none.
pub(crate) fn in_range(text: &str, address: IpAddr) -> Option<bool> {
    let (base, host) = range(text)?;
    let network = |bits: u128| bits.checked_shr(host).unwrap_or(0);
    Some(match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            network(u32::from(base).into()) == network(u32::from(address).into())
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => network(base.into()) == network(address.into()),
        _ => false,
    })
}

/// An address of the range, and by how many bits its addresses differ.
pub(crate) fn range(text: &str) -> Option<(IpAddr, u32)> {
    let (base, length) = match text.split_once('/') {
        Some((base, length)) => (base, Some(length.parse::<u32>().ok()?)),
        None => (text, None),
    };
    let base: IpAddr = base.parse().ok()?;
    let width: u32 = if base.is_ipv4() { 32 } else { 128 };
    Some((base, width.checked_sub(length.unwrap_or(width))?))
}

/// The bytes that base64 text stands for; nothing if it is none, or not spelled as an encoder spells it.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}

pub(crate) const SECOND: i128 = 1_000_000_000;

/// Reads `2026-01-02`, `2026-01-02T03:04:05.678Z`, an offset instead of `Z`, or seconds since 1970.
pub(crate) fn nanoseconds(text: &str) -> Option<i128> {
    // A number of four digits may as well be a year.
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if whole.len() > 4 && whole.bytes().all(|b| b.is_ascii_digit()) {
        return Decimal::parse(text)?.scaled(9);
    }
    let (date, time) = text.split_once(['T', 't']).map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-');
    let mut number = |width: usize| parts.next().and_then(|part| digits(part, width));
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = i128::from(days(year, month, day)) * 86_400 * SECOND;
    let Some(time) = time else { return Some(midnight) };
    let (clock, offset) = split_offset(time)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let mut number = || parts.next().and_then(|part| digits(part, 2));
    let (hour, minute, second) = (number()?, number()?, number().unwrap_or(0));
    if parts.next().is_some() || hour > 24 || minute > 59 || second > 60 || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let scale = 10_i128.pow(9 - u32::try_from(fraction.len()).ok()?);
    let fraction = i128::from(digits(fraction, fraction.len())?) * scale;
    Some(midnight + i128::from(hour * 3_600 + minute * 60 + second - offset) * SECOND + fraction)
}

/// Splits `03:04:05+02:00` into its clock and the seconds that it is ahead.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let (clock, offset) = time.split_at_checked(time.find(['+', '-'])?)?;
    let (sign, offset) = match offset.strip_prefix('-') {
        Some(behind) => (-1, behind),
        None => (1, offset.strip_prefix('+')?),
    };
    let (hours, minutes) = offset.split_once(':')?;
    Some((clock, sign * (digits(hours, 2)? * 3_600 + digits(minutes, 2)? * 60)))
}

/// Writes a point in time between the years 1 and 9999, as `2026-01-02T03:04:05Z`.
pub(crate) fn date_text(nanoseconds: i128) -> Option<String> {
    let (seconds, fraction) = (nanoseconds.div_euclid(SECOND), nanoseconds.rem_euclid(SECOND));
    let seconds = i64::try_from(seconds).ok()?;
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    if !(days(1, 1, 1)..days(10_000, 1, 1)).contains(&day) {
        return None;
    }
    // Years of mean length come within one of the year.
    let near = 1970 + (day * 400).div_euclid(146_097);
    let year = (near - 1..=near + 1).rev().find(|year| days(*year, 1, 1) <= day)?;
    let month = (1..=12).rev().find(|month| days(year, *month, 1) <= day)?;
    let day = day - days(year, month, 1) + 1;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let fraction = format!("{fraction:09}");
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{point}{fraction}Z"))
}

fn digits(text: &str, width: usize) -> Option<i64> {
    let decimal = text.len() == width && text.bytes().all(|b| b.is_ascii_digit());
    if decimal { text.parse().ok() } else { None }
}

/// Days since 1970-01-01 in the Gregorian calendar. Counts years from March, so that a leap day ends its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_notation() {
        let seconds = |text| nanoseconds(text).map(|n| n / 1_000_000_000);
        assert_eq!(seconds("1970-01-01"), Some(0));
        assert_eq!(seconds("2000-02-29T12:00:00Z"), Some(951_825_600));
        assert_eq!(seconds("2000-02-29T14:00:00+02:00"), Some(951_825_600));
        assert_eq!(seconds("2000-02-29T07:30:00-04:30"), Some(951_825_600));
        assert_eq!(seconds("951825600"), Some(951_825_600));
        assert_eq!(nanoseconds("951825600.5"), Some(951_825_600_500_000_000));
        assert_eq!(nanoseconds("1970-01-01T00:00:00.25Z"), Some(250_000_000));
        for odd in ["", "2026", "2026-13-01", "2026-01-01T", "2026-01-01T01:02:03", "soon", "2026-01-01T00:00:00.Z"] {
            assert_eq!(nanoseconds(odd), None, "{odd}");
        }
    }

    #[test]
    fn numbers_compare_exactly_beyond_what_a_double_holds() {
        assert_eq!(compare_numbers("9007199254740993", "9007199254740992"), Some(Ordering::Greater));
        assert_eq!(compare_numbers("1.50", "1.5"), Some(Ordering::Equal));
        assert_eq!(compare_numbers("-2", "1.5"), Some(Ordering::Less));
        assert_eq!(compare_numbers("1e1", "10"), None);
        assert_eq!(compare_numbers("nan", "1"), None);
        assert_eq!(compare_numbers("", "1"), None);
        assert_eq!(compare_numbers("1.2.3", "1"), None);
        assert_eq!(compare_numbers("-", "."), None);
        assert_eq!(compare_numbers("-0", "0.0"), Some(Ordering::Equal));
        assert_eq!(compare_numbers("-1.5", "-1.25"), Some(Ordering::Less));
        assert_eq!(compare_numbers("1.10", "1.2"), Some(Ordering::Less));
        assert_eq!(compare_numbers("0010", "9.99999999999999999999"), Some(Ordering::Greater));
    }

    #[test]
    fn decimals_are_written_as_they_are_read() {
        for (text, scale, scaled) in [("1.2", 1, 12), ("-0.05", 3, -50), ("7", 2, 700), (".5", 1, 5), ("0", 0, 0)] {
            assert_eq!(Decimal::parse(text).unwrap().scaled(scale), Some(scaled), "{text}");
            let written = Decimal::text(scaled, scale);
            assert_eq!(compare_numbers(&written, text), Some(Ordering::Equal), "{text}: {written}");
        }
        assert_eq!(Decimal::text(-50, 3), "-0.05");
        assert_eq!(Decimal::parse("1.25").unwrap().scaled(1), None);
    }

    #[test]
    fn dates_are_written_as_they_are_read() {
        let leap = ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z", "2000-02-29T12:00:00Z", "2100-03-01T00:00:00Z"];
        for text in leap.into_iter().chain(["9999-12-31T23:59:59.999999999Z", "2026-12-31T23:59:59Z"]) {
            assert_eq!(date_text(nanoseconds(text).unwrap()).as_deref(), Some(text));
        }
        assert_eq!(date_text(nanoseconds("9999-12-31T23:59:59Z").unwrap() + SECOND), None);
        assert_eq!(date_text(nanoseconds("0001-01-01").unwrap() - 1), None);
    }

    #[test]
    fn base64_is_read_by_its_bytes_and_no_other_spelling_of_them() {
        assert_eq!(bytes("QmluYXJ5").as_deref(), Some(&b"Binary"[..]));
        assert_eq!(bytes("QQ==").as_deref(), Some(&b"A"[..]));
        assert_eq!(bytes("+/8=").as_deref(), Some(&[0xfb, 0xff][..]));
        assert_eq!(bytes("").as_deref(), Some(&b""[..]));
        for odd in ["QQ", "QR==", "Q===", "====", "Q=Q=", "QQ==QQ==", "-_8=", "QmluYXJ5\n"] {
            assert_eq!(bytes(odd), None, "{odd}");
        }
    }

    #[test]
    fn ranges_hold_their_own_family_alone() {
        let check = |range, address: &str| in_range(range, address.parse().unwrap());
        assert_eq!(check("203.0.113.0/24", "203.0.113.255"), Some(true));
        assert_eq!(check("203.0.113.0/24", "203.0.114.0"), Some(false));
        assert_eq!(check("203.0.113.7", "203.0.113.7"), Some(true));
        assert_eq!(check("0.0.0.0/0", "198.51.100.1"), Some(true));
        assert_eq!(check("0.0.0.0/0", "2001:db8::1"), Some(false));
        assert_eq!(check("2001:db8::/32", "2001:db8:1::1"), Some(true));
        assert_eq!(check("::/0", "2001:db8:1::1"), Some(true));
        assert_eq!(check("203.0.113.0/33", "203.0.113.0"), None);
        assert_eq!(check("anywhere", "203.0.113.0"), None);
    }
}
