//! Values that conditions compare as something else than text.

use std::cmp::Ordering;
use std::net::IpAddr;

/// Compares two decimal numbers; nothing if one of them is none.
pub(super) fn compare_numbers(left: &str, right: &str) -> Option<Ordering> {
    if let (Ok(left), Ok(right)) = (left.parse::<i128>(), right.parse::<i128>()) {
        return Some(left.cmp(&right));
    }
    let number = |text: &str| {
        // Rust reads more than decimal notation: `inf`, `nan`, `1e3`.
        let decimal = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
        if decimal { text.parse::<f64>().ok() } else { None }
    };
    number(left)?.partial_cmp(&number(right)?)
}

/// Compares two points in time; nothing if one of them is none.
pub(super) fn compare_dates(left: &str, right: &str) -> Option<Ordering> {
    Some(nanoseconds(left)?.cmp(&nanoseconds(right)?))
}

/// Whether the address lies in the range; nothing if the range is none.
pub(super) fn in_range(range: &str, address: IpAddr) -> Option<bool> {
    let (base, length) = match range.split_once('/') {
        Some((base, length)) => (base.parse().ok()?, Some(length.parse::<u32>().ok()?)),
        None => (range.parse().ok()?, None),
    };
    let (base, address, width) = match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            (u128::from(u32::from(base)), u128::from(u32::from(address)), 32_u32)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => (u128::from(base), u128::from(address), 128),
        _ => return Some(false),
    };
    let host = width.checked_sub(length.unwrap_or(width))?;
    let network = |bits: u128| bits.checked_shr(host).unwrap_or(0);
    Some(network(base) == network(address))
}

/// Reads `2026-01-02`, `2026-01-02T03:04:05.678Z`, an offset instead of `Z`, or seconds since 1970.
fn nanoseconds(text: &str) -> Option<i128> {
    const SECOND: i128 = 1_000_000_000;
    // A number of four digits may as well be a year.
    if text.len() > 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse::<i64>().ok().map(|seconds| i128::from(seconds) * SECOND);
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
