//! Lines of a time stamp and a record, as `CloudWatch` Logs exports them.

use super::Records;
use crate::skipped::SkipReason;

/// The longest time stamp, and what follows it up to the record.
const LONGEST: usize = 48;

impl Records<'_> {
    /// Steps over the time stamp that a line begins with. `false`: there is none.
    pub(super) fn stamp(&mut self) -> bool {
        while self.json.data().len() < LONGEST && self.json.more() {}
        let Some(length) = stamp_length(self.json.data()) else { return false };
        self.is_stamped = true;
        self.json.consume(length);
        // Log groups hold anything.
        if self.peek() != Some(b'{') {
            self.other_line();
        }
        true
    }

    /// Leaves out the rest of a line that holds no record.
    pub(super) fn other_line(&mut self) {
        self.found.skip_record(SkipReason::NotARecord);
        self.seek(|data| memchr::memchr(b'\n', data).ok_or(data.len()));
    }
}

/// How long the time stamp is that the bytes begin with: `2026-05-01T12:00:00.000Z` and a blank.
pub(crate) fn stamp_length(bytes: &[u8]) -> Option<usize> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let is_alike = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    let (seconds, rest) = bytes.split_at_checked(SHAPE.len())?;
    if !seconds.iter().zip(SHAPE).all(is_alike) {
        return None;
    }
    let fraction = match rest.strip_prefix(b".") {
        Some(digits) => 1 + digits.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count(),
        None => 0,
    };
    let zone = rest.get(fraction..)?;
    matches!(zone, [b'Z', b' ' | b'\t', ..]).then_some(SHAPE.len() + fraction + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stamps_are_told_from_other_numbers() {
        assert_eq!(stamp_length(b"2026-05-01T12:00:00.000Z {"), Some(25));
        assert_eq!(stamp_length(b"2026-05-01T12:00:00Z\t{"), Some(21));
        for text in [
            "2026-05-01",
            "2026-05-01 12:00:00.000Z {",
            "2026-05-01T12:00:00.000Z",
            "12",
            "2026-05-01T12:00:00+02:00 {",
        ] {
            assert_eq!(stamp_length(text.as_bytes()), None, "{text}");
        }
    }
}
