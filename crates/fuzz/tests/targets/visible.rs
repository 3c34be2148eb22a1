//! What is shown to people.

use tighten_fuzz::{Choices, text};
use tighten_report::{component, escape};

/// No text moves a cursor, hides or reorders what is around it, or leaves its folder.
pub(crate) fn terminal(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let start = choices.word(&["arn:aws:s3:::b/k", "deploy", "../../etc/passwd", "a\u{1b}]0;x\u{7}", "CON", ".", ""]);
    let start = text::mangle_text(&mut choices, start, 4);
    let rest: String = choices.rest().chunks(3).filter_map(character).collect();
    let name = format!("{start}{rest}");

    let shown = escape::terminal(&name);
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert_eq!(escape::terminal(&shown), shown, "{name:?}");
    let hidden = ['\u{202e}', '\u{200b}', '\u{2066}', '\u{feff}', '\u{2028}', '\u{e0041}'];
    assert!(!shown.contains(hidden), "{shown:?}");

    let file = component(&name);
    assert!(!file.is_empty() && file != "." && file != ".." && file.len() <= 255, "{file:?} of {name:?}");
    assert!(!file.contains(['/', '\\', '\0', ':']), "{file:?} of {name:?}");
    assert_eq!(file, component(&name));
}

fn character(bytes: &[u8]) -> Option<char> {
    let number = bytes.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    // Of all planes, those in which characters are.
    char::from_u32(number % 0x2_0000).or_else(|| char::from_u32(number % 0x250))
}
