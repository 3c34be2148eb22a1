//! Where the values of JSON text stand.
//!
//! The text has been read by `serde_json` before, so that the scanner only has to find ends, not to judge.

use std::ops::Range;

/// A value and its place in the text.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A string, number, boolean or null.
    Scalar,
    Array(Vec<Node>),
    Object(Vec<Member>),
}

#[derive(Debug, Clone)]
pub(super) struct Member {
    /// The key, without quotes and escapes.
    pub(super) name: String,
    /// The key with its quotes.
    pub(super) key: Range<usize>,
    pub(super) value: Node,
}

/// The spans of a whole text; nothing if it is not JSON.
pub(super) fn scan(text: &str) -> Option<Node> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    Scanner { text, at }.value()
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn value(&mut self) -> Option<Node> {
        self.skip_white_space();
        let start = self.at;
        let kind = match self.peek()? {
            b'{' => Kind::Object(self.members()?),
            b'[' => Kind::Array(self.items()?),
            b'"' => {
                self.string()?;
                Kind::Scalar
            }
            _ => {
                while self.peek().is_some_and(|byte| !matches!(byte, b',' | b']' | b'}') && !is_white_space(byte)) {
                    self.at += 1;
                }
                Kind::Scalar
            }
        };
        Some(Node { span: start..self.at, kind })
    }

    fn items(&mut self) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        while self.next_part(b']')? {
            items.push(self.value()?);
        }
        Some(items)
    }

    fn members(&mut self) -> Option<Vec<Member>> {
        let mut members = Vec::new();
        while self.next_part(b'}')? {
            let key = self.string()?;
            let name = serde_json::from_str(self.text.get(key.clone())?).ok()?;
            self.skip_white_space();
            (self.peek()? == b':').then_some(())?;
            self.at += 1;
            members.push(Member { name, key, value: self.value()? });
        }
        Some(members)
    }

    /// Steps over the opening bracket or a comma to what follows, or over the closing bracket.
    fn next_part(&mut self, closing: u8) -> Option<bool> {
        self.skip_white_space();
        if self.peek()? != closing {
            self.at += 1;
            self.skip_white_space();
        }
        let closed = self.peek()? == closing;
        self.at += usize::from(closed);
        Some(!closed)
    }

    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        (self.peek()? == b'"').then_some(())?;
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(start..self.at)
    }

    fn skip_white_space(&mut self) {
        while self.peek().is_some_and(is_white_space) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
