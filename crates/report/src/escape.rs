//! Strings that stem from logs, made safe to show.
//!
//! Whoever can make an API call chooses names, user agents and error messages that end up in the log. On a terminal
//! such text could move the cursor, hide what follows, or reorder what is read.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` on one line, without any character that a terminal acts on or that hides or reorders others.
///
/// Such characters appear as `\n`, `\t` or `\u{1b}`.
///
/// ```
/// assert_eq!(tighten_report::escape::terminal("deploy"), "deploy");
/// assert_eq!(tighten_report::escape::terminal("a\u{1b}[2Jb\nc"), r"a\u{1b}[2Jb\nc");
/// ```
pub fn terminal(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if is_hostile(c) => {
                // Writing to a string does not fail.
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Whether a terminal may act on the character, or show the text around it as something else than it is.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Marks, embeddings, overrides and isolates of the bidirectional algorithm.
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Separators that some programs take for the end of a line.
            | '\u{2028}' | '\u{2029}'
            // Characters without width, behind which two different names look the same.
            | '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_left_alone() {
        for name in ["deploy", "arn:aws:s3:::a b/ü/日本/é", "a\\b", "=,.@_-+", "👩"] {
            assert!(matches!(terminal(name), Cow::Borrowed(same) if same == name), "{name}");
        }
    }

    #[test]
    fn whatever_a_terminal_acts_on_is_spelled_out() {
        let hostile = "\u{1b}]0;x\u{7}\u{9b}2J\u{7f}\r\n\t\u{0}\u{85}";
        assert_eq!(terminal(hostile), r"\u{1b}]0;x\u{7}\u{9b}2J\u{7f}\r\n\t\u{0}\u{85}");
    }

    #[test]
    fn reordering_and_hidden_characters_are_spelled_out() {
        assert_eq!(terminal("adm\u{202e}nimda"), r"adm\u{202e}nimda");
        assert_eq!(terminal("ad\u{200b}min\u{2066}\u{feff}\u{e0041}"), r"ad\u{200b}min\u{2066}\u{feff}\u{e0041}");
    }

    #[test]
    fn nothing_hostile_is_left_in_any_text() {
        let all: String = (0..=0x1_1000).chain(0xe_0000..0xe_1000).filter_map(char::from_u32).collect();
        assert!(!terminal(&all).contains(is_hostile));
    }
}
