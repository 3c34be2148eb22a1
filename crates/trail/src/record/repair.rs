//! Text that is nearly JSON, made JSON.

use std::fmt::Write;

/// The text with what no JSON reader takes replaced: bytes that are not UTF-8 and halves of surrogate pairs by U+FFFD,
/// bare control characters in texts by their escapes.
///
/// The bytes stand for one record; what is wrong in a field that nobody needs must not lose it.
pub(crate) fn repair(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut repaired = String::with_capacity(text.len() + 8);
    let mut rest = text.as_ref();
    let mut in_text = false;
    while let Some(next) = rest.chars().next() {
        let mut length = next.len_utf8();
        match next {
            '\\' if in_text => {
                length = escape(rest, &mut repaired);
            }
            control if in_text && control < ' ' => {
                // Writing to a `String` does not fail.
                let _ = write!(repaired, "\\u{:04x}", u32::from(control));
            }
            _ => {
                in_text ^= next == '"';
                repaired.push(next);
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    repaired
}

/// Copies the escape that the text begins with, and says how long it is.
fn escape(text: &str, repaired: &mut String) -> usize {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let is_high = |unit: u16| (0xd800..0xdc00).contains(&unit);
    let is_low = |unit: u16| (0xdc00..0xe000).contains(&unit);
    let length = match (unit(0), unit(6)) {
        (Some(high), Some(low)) if is_high(high) && is_low(low) => 12,
        (Some(half), _) if is_high(half) || is_low(half) => {
            repaired.push_str("\\ufffd");
            return 6;
        }
        (Some(_), _) => 6,
        // The escaped character may be longer than a byte, which is an error for the reader to report.
        (None, _) => 1 + text.chars().nth(1).map_or(0, char::len_utf8),
    };
    repaired.push_str(text.get(..length).unwrap_or(text));
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(bytes: &[u8]) -> serde_json::Value {
        serde_json::from_str(&repair(bytes)).unwrap()
    }

    #[test]
    fn good_json_stays_as_it_is() {
        for text in [r#"{"a\\":"\"é\u00e9\ud83d\ude00😀"}"#, "{\n\t\"a\": [1, null]}", r#""\\""#, ""] {
            assert_eq!(repair(text.as_bytes()), text);
        }
    }

    #[test]
    fn what_no_reader_takes_is_replaced() {
        assert_eq!(value(b"\"a\xff\xfe\xc0b\""), "a\u{fffd}\u{fffd}\u{fffd}b");
        assert_eq!(value(br#""\ud800""#), "\u{fffd}");
        assert_eq!(value(br#""\ude00x\ud83d""#), "\u{fffd}x\u{fffd}");
        assert_eq!(value(br#""\ud83d\ud83d\ude00""#), "\u{fffd}\u{1f600}");
        assert_eq!(value(br#""\ud83d\u0041""#), "\u{fffd}A");
        assert_eq!(value(b"\"a\nb\x01\""), "a\nb\u{1}");
    }

    #[test]
    fn unfinished_escapes_do_not_matter() {
        for text in ["\"\\", "\"\\u", "\"\\ud8", "\"\\é", "\"\\uéééé"] {
            assert_eq!(repair(text.as_bytes()), text);
        }
    }
}
