//! Edits of bytes that know nothing about their meaning.

use crate::Choices;

/// What hostile or unlucky files hold: brackets without a pair, escapes cut off, marks of encodings, huge numbers.
pub const ODD: [&str; 36] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "\\u0000",
    "\u{feff}",
    "\u{0}",
    "\u{1b}[2J",
    "\u{202e}",
    "null",
    "true",
    "NaN",
    "-",
    "1e999",
    "0x1",
    "{}",
    "[]",
    "[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
    "}}}}",
    "]}",
    "\n",
    "\r\n",
    " ",
    "//",
    "\u{1f}\u{8b}",
    "Records",
    "\"Records\":[",
    "\"eventName\":",
    "é日😀",
];

/// The bytes after a few edits: some changed, left out, moved, repeated, cut off, or with something odd between.
pub fn mangle(choices: &mut Choices<'_>, bytes: &[u8], most: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..choices.below(most + 1) {
        let at = choices.below(bytes.len() + 1);
        let end = (at + choices.below(40)).min(bytes.len());
        match choices.below(7) {
            0 => {
                let new = choices.byte();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = new;
                }
            }
            1 => drop(bytes.splice(at..at, choices.word(&ODD).bytes())),
            2 => drop(bytes.splice(at..end, choices.word(&ODD).bytes())),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes.get(at..end).unwrap_or_default().to_vec();
                let to = choices.below(bytes.len() + 1);
                drop(bytes.splice(to..to, copy));
            }
            5 => bytes.truncate(at),
            _ => {
                let bit = 1 << choices.below(8);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= bit;
                }
            }
        }
    }
    bytes
}

/// Text after a few edits; what is no UTF-8 any more is replaced.
pub fn mangle_text(choices: &mut Choices<'_>, text: &str, most: usize) -> String {
    String::from_utf8_lossy(&mangle(choices, text.as_bytes(), most)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_choices_nothing_changes() {
        assert_eq!(mangle(&mut Choices::new(&[]), b"abc", 8), b"abc");
    }

    #[test]
    fn every_kind_of_edit_comes_up_and_none_fails() {
        let mut seen = std::collections::BTreeSet::new();
        for first in 0..=255 {
            let bytes: Vec<u8> = (0..24).map(|number: u8| number.wrapping_mul(first).wrapping_add(first)).collect();
            seen.insert(mangle_text(&mut Choices::new(&bytes), "{\"Records\":[{\"a\":1}]}", 4));
        }
        assert!(seen.len() > 100, "{}", seen.len());
    }
}
