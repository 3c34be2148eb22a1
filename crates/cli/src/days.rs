//! Numbers of days as people write them.

/// Reads `30d`, `4w`, `0d`: whole days or weeks.
pub(crate) fn parse(text: &str) -> Result<usize, String> {
    let wrong = || format!("`{text}` is not a number of days such as `30d` or `4w`");
    let written = text.trim();
    let digits = written.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match written.strip_prefix(digits) {
        Some("d" | "D") => 1,
        Some("w" | "W") => 7,
        _ => return Err(wrong()),
    };
    // A sign would be read as well.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: usize = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).filter(|days| *days <= LONGEST).ok_or_else(|| format!("`{text}` is out of range"))
}

/// Reads a number of days that is not 0.
pub(crate) fn parse_some(text: &str) -> Result<usize, String> {
    match parse(text)? {
        0 => Err(format!("`{text}` is no time at all")),
        days => Ok(days),
    }
}

/// A hundred years. Dates that far back are still dates.
const LONGEST: usize = 36_525;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_weeks_are_read() {
        assert_eq!(parse("30d"), Ok(30));
        assert_eq!(parse(" 2W "), Ok(14));
        assert_eq!((parse("0d"), parse_some("1d")), (Ok(0), Ok(1)));
    }

    #[test]
    fn what_is_no_number_of_days_is_refused() {
        for text in ["", "d", "30", "30 days", "1.5d", "-1d", "+1d", "12h", "36526d", "99999999999999999999d"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse_some("0w").is_err());
    }
}
