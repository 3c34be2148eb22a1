//! Numbers, times and lists as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `12,345`.
pub(crate) fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 record`, `12,345 records`, `2 policies`.
pub(crate) fn counted(number: impl TryInto<u64>, one: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    if number == 1 { format!("1 {one}") } else { format!("{} {}", count(number), plural(one)) }
}

/// The plural of a noun, or of a phrase that ends with one.
fn plural(one: &str) -> String {
    let vowel_before_y = ["ay", "ey", "oy", "uy"].iter().any(|end| one.ends_with(end));
    match one.strip_suffix('y') {
        Some(stem) if !vowel_before_y => format!("{stem}ies"),
        _ if one.ends_with(['s', 'x']) || one.ends_with("ch") || one.ends_with("sh") => format!("{one}es"),
        _ => format!("{one}s"),
    }
}

/// `once`, `3 times`.
pub(crate) fn times(number: u64) -> String {
    if number == 1 { "once".to_owned() } else { counted(number, "time") }
}

/// `The first letter is a capital`, unless the first word is a name that is spelled as it is.
pub(crate) fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default().trim_end_matches([',', ':']);
    if first.contains(|c: char| !c.is_alphabetic()) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

/// `12.3 MiB`.
pub(crate) fn bytes(number: u64) -> String {
    let mut unit = "B";
    let (mut whole, mut tenths) = (number, 0);
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if whole < 1024 {
            break;
        }
        tenths = (whole % 1024) * 10 / 1024;
        whole /= 1024;
        unit = next;
    }
    if unit == "B" { format!("{whole} {unit}") } else { format!("{whole}.{tenths} {unit}") }
}

/// `2026-05-01 12:00`, in UTC.
pub(crate) fn minute(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The text in lines of at most `width` columns, broken at spaces where there are some.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthStr;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(0u64), "0");
        assert_eq!(count(999u64), "999");
        assert_eq!(count(1_000u64), "1,000");
        assert_eq!(count(12_345_678u64), "12,345,678");
        assert_eq!(counted(0u64, "record"), "0 records");
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(1u64, "record"), "1 record");
        let many = ["file", "policy", "policy document", "day", "principal", "access", "match"];
        let many = many.map(|one| counted(2u64, one));
        assert_eq!(
            many,
            ["2 files", "2 policies", "2 policy documents", "2 days", "2 principals", "2 accesses", "2 matches"]
        );
        assert_eq!(
            (capital("no, it is"), capital("docs/risk.md tells")),
            ("No, it is".into(), "docs/risk.md tells".into())
        );
        assert_eq!((times(1), times(0)), ("once".to_owned(), "0 times".to_owned()));
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024), "1.0 KiB");
        assert_eq!(bytes(1_600_000), "1.5 MiB");
        assert_eq!(bytes(u64::MAX), "16777215.9 TiB");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("arn:aws:s3:::very-long x", 5), ["arn:aws:s3:::very-long", "x"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
