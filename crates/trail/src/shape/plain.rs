//! Steps over texts and numbers that need no second look.

use crate::shape::lanes::{Any, Lanes, PART};

/// How far the text goes that the bytes begin with, behind its opening quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) length: usize,
    pub(crate) has_escapes: bool,
}

/// The text that the bytes begin with. `None`: it has a wrong escape, one that has to be looked at closely (`\u`), a
/// control character or anything but ASCII before its end, or its end is not at hand.
#[inline(always)]
pub(crate) fn text(lanes: impl Lanes, bytes: &[u8]) -> Option<Text> {
    ended(bytes, plain_length(lanes, bytes)?)
}

/// The text that is plain up to a place.
#[inline(always)]
fn ended(bytes: &[u8], length: usize) -> Option<Text> {
    if bytes.get(length) == Some(&b'"') {
        return Some(Text { length, has_escapes: false });
    }
    escaped_length(bytes, length).map(|length| Text { length, has_escapes: true })
}

/// How long the texts in one place are, as long as all of them are equally long.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usual(u8);

impl Usual {
    /// How long texts are at most whose length can be foreseen, and one more.
    const LONG: usize = 2 * PART;

    /// The length of the first text.
    pub(crate) fn new(length: usize) -> Self {
        Self(u8::try_from(length.min(Self::LONG)).unwrap_or_default())
    }

    /// The [`text`] that the bytes begin with.
    #[inline(always)]
    pub(crate) fn text(&mut self, lanes: impl Lanes, bytes: &[u8]) -> Option<Text> {
        let Some((first, rest)) = bytes.split_first_chunk() else { return text(lanes, bytes) };
        let Some(second) = rest.first_chunk() else { return text(lanes, bytes) };
        let odd = u64::from(lanes.odd(first)) | u64::from(lanes.odd(second)) << PART;
        let length = usize::from(self.0);
        // Nothing has to wait for the text to be looked at if it is as long as it was before. That it was not is
        // remembered, because a wrong guess costs more than to wait.
        if length < Self::LONG
            && odd << (Self::LONG - 1 - length) == 1 << (Self::LONG - 1)
            && bytes.get(length) == Some(&b'"')
        {
            return Some(Text { length, has_escapes: false });
        }
        *self = Self::new(Self::LONG);
        if odd == 0 { text(lanes, bytes) } else { ended(bytes, odd.trailing_zeros() as usize) }
    }
}

/// The length of the text that goes on with what is not plain at a place.
#[inline(never)]
fn escaped_length(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at..)? {
            [b'"', ..] => return Some(at),
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => {
                at += 2 + plain_length(Any, rest)?;
            }
            _ => return None,
        }
    }
}

/// How many bytes there are before the first that is no plain part of a text.
#[inline(always)]
fn plain_length(lanes: impl Lanes, bytes: &[u8]) -> Option<usize> {
    let (parts, rest) = bytes.as_chunks::<PART>();
    for (number, part) in parts.iter().enumerate() {
        let odd = lanes.odd(part);
        if odd != 0 {
            return Some(number * PART + odd.trailing_zeros() as usize);
        }
    }
    let more = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ' | 0x80..))?;
    Some(parts.len() * PART + more)
}

/// How many digits a number has at most that every reader of JSON can tell.
const DIGITS: usize = 18;

/// The length of the whole number that the bytes begin with, as JSON writes them. `None`: there is none, it is so long
/// that it has to be looked at, or its end is not at hand.
#[inline(always)]
pub(crate) fn number_length(bytes: &[u8]) -> Option<usize> {
    let length = bytes.iter().take(DIGITS + 1).position(|byte| !byte.is_ascii_digit())?;
    (length == 1 || length > 1 && bytes.first() != Some(&b'0')).then_some(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_ends_at_its_quote(
            bytes in prop::collection::vec(prop::sample::select(b"abcdefnrtu/ ~aaaaaaaaaaaaaaaaa\"\\\x1f\x7f\x80\xff".to_vec()), 0..200),
            length in 0_usize..80,
        ) {
            // The first quote after which what is before it is a text.
            let whole = (0..bytes.len()).find(|end| {
                bytes[*end] == b'"' && serde_json::from_slice::<String>(&[b"\"", &bytes[..=*end]].concat()).is_ok()
            });
            let simple = whole.filter(|end| {
                let unescaped = String::from_utf8_lossy(&bytes[..*end]).replace("\\\\", "");
                bytes[..*end].is_ascii() && !unescaped.contains("\\u")
            });
            let expected = simple.map(|length| Text { length, has_escapes: bytes[..length].contains(&b'\\') });
            prop_assert_eq!(text(Any, &bytes), expected);
            let mut usual = Usual::new(length);
            for _ in 0..2 {
                prop_assert_eq!(usual.text(Any, &bytes), expected);
            }
        }

        #[test]
        fn a_whole_number_is_one_of_json(text in "[0-9]{0,4}([0-9]{12,16})?[-.,e }]?") {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let is_number = serde_json::from_slice::<u64>(&text.as_bytes()[..digits]).is_ok();
            prop_assert_eq!(number_length(text.as_bytes()), Some(digits).filter(|_| is_number && digits < text.len() && digits <= DIGITS));
        }
    }
}
