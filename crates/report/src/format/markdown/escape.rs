//! Text that means nothing but itself.

use std::fmt::Write;

use crate::escape::terminal;

/// The report's own words. A log may stand in them where nobody thought of it, so they are escaped all the same.
pub(super) fn words(text: &str) -> String {
    let text = terminal(text);
    let mut safe = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        match c {
            // A reference to a character is none of the marks that it stands for, and GitHub sees no name behind it.
            '@' => safe.push_str("&#64;&#8203;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' => safe.extend(['\\', c]),
            // Addresses are links even without brackets.
            ':' if next == Some('/') => safe.push_str("\\:"),
            '.' if before.eq_ignore_ascii_case(&'w') => safe.push_str("\\."),
            // Marks that begin a heading or a list, or underline one.
            '#' | '+' | '-' | '=' if safe.is_empty() => safe.extend(['\\', c]),
            '.' | ')' if !safe.is_empty() && safe.bytes().all(|byte| byte.is_ascii_digit()) => safe.extend(['\\', c]),
            c => safe.push(c),
        }
        before = c;
    }
    safe
}

/// The text as a code span, whatever it holds.
pub(super) fn code(text: &str) -> String {
    let text = terminal(text);
    let fence = "`".repeat(longest_fence(&text) + 1);
    // A space on either side is taken off again, and keeps what is inside apart from the fence.
    let pad = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The text as code inside of a table. A bar would end the cell even in a code span, and not every reader takes a
/// backslash before it for an escape.
pub(super) fn cell_code(text: &str) -> String {
    if !text.contains('|') {
        return code(text);
    }
    let mut safe = String::new();
    for c in terminal(text).chars() {
        if c.is_ascii_alphanumeric() || c == ' ' || !c.is_ascii() {
            safe.push(c);
        } else {
            // Writing to a string does not fail.
            let _ = write!(safe, "&#{};", u32::from(c));
        }
    }
    format!("<code>{safe}</code>")
}

/// The text as a block of code.
pub(super) fn fenced(text: &str) -> String {
    let text = terminal(text);
    let fence = "`".repeat((longest_fence(&text) + 1).max(3));
    format!("{fence}\n{text}\n{fence}")
}

fn longest_fence(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_end_where_they_should() {
        assert_eq!(code("s3:GetObject"), "`s3:GetObject`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\n# <b>"), r"`a\n# <b>`");
        assert_eq!(code(""), "`  `");
    }

    #[test]
    fn no_cell_ends_inside_of_a_name() {
        assert_eq!(cell_code("a`b"), "``a`b``");
        assert_eq!(cell_code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(cell_code("</code>|<img>"), "<code>&#60;&#47;code&#62;&#124;&#60;img&#62;</code>");
    }

    #[test]
    fn words_are_neither_marks_nor_links_nor_mentions() {
        assert_eq!(words("role AWSReservedSSO_*, [x](y) <b> a|b"), r"role AWSReservedSSO\_\*, \[x\](y) \<b\> a\|b");
        assert_eq!(words("see https://x.example and www.x.example"), r"see https\://x.example and www\.x.example");
        assert_eq!(words("@all"), "&#64;&#8203;all");
        assert_eq!(words("# one"), r"\# one");
        assert_eq!(words("12. May"), r"12\. May");
        assert_eq!(words("12 of 13 calls - all"), "12 of 13 calls - all");
    }

    #[test]
    fn blocks_of_code_end_where_they_should() {
        assert_eq!(fenced("{}"), "```\n{}\n```");
        assert_eq!(fenced("```\nx"), "````\n```\\nx\n````");
    }
}
