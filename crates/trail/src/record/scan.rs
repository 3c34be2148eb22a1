//! The end of a JSON value, and the beginning of the next record, found without reading the value.

use memchr::memmem;

/// Finds the end of a JSON value by its brackets and quotes alone, over any number of pieces.
///
/// Needs no more memory for deep values than for flat ones, and takes what is no JSON: it ends somewhere too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scan {
    kind: Option<Kind>,
    braces: i64,
    brackets: i64,
    in_text: bool,
    escaped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The braces decide, whatever the brackets say.
    Object,
    /// The brackets decide.
    List,
    Text,
    Scalar,
}

impl Scan {
    /// A scan that begins inside of an object.
    pub(crate) fn inside_object() -> Self {
        Self { kind: Some(Kind::Object), braces: 1, ..Self::default() }
    }

    /// Goes on with the next piece. At the value's end: how many of the piece's bytes belong to it.
    pub(crate) fn next(&mut self, piece: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(byte) = piece.get(at) {
            if self.in_text {
                at = self.text(piece, at)?;
                if !self.in_text && self.kind == Some(Kind::Text) {
                    return Some(at);
                }
                continue;
            }
            let Some(kind) = self.kind.or_else(|| Kind::of(*byte)) else {
                at += 1;
                continue;
            };
            // A scalar has no end of its own: what follows it ends it. Its first byte belongs to it in any case.
            if self.kind == Some(Kind::Scalar) && is_end_of_scalar(*byte) {
                return Some(at);
            }
            self.kind = Some(kind);
            at += 1;
            if kind == Kind::Scalar {
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' => self.braces += 1,
                b'[' => self.brackets += 1,
                b'}' => {
                    self.braces -= 1;
                    if kind == Kind::Object && self.braces == 0 {
                        return Some(at);
                    }
                }
                b']' => {
                    self.brackets -= 1;
                    if kind == Kind::List && self.brackets == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Whether all brackets were in pairs. If not, the end that was found is a guess.
    pub(crate) fn is_balanced(&self) -> bool {
        self.braces == 0 && self.brackets == 0
    }

    /// Goes on within a text; `None` when the piece ends first.
    fn text(&mut self, piece: &[u8], at: usize) -> Option<usize> {
        if self.escaped {
            self.escaped = false;
            return Some(at + 1);
        }
        let rest = piece.get(at..)?;
        let found = memchr::memchr2(b'"', b'\\', rest)?;
        let is_escape = rest.get(found) == Some(&b'\\');
        self.escaped = is_escape;
        self.in_text = is_escape;
        Some(at + found + 1)
    }
}

impl Kind {
    fn of(first: u8) -> Option<Self> {
        match first {
            b'{' => Some(Self::Object),
            b'[' => Some(Self::List),
            b'"' => Some(Self::Text),
            _ if is_space(first) => None,
            _ => Some(Self::Scalar),
        }
    }
}

/// JSON's white space.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Where the next record seems to begin: an object that begins with `eventVersion`, as CloudTrail writes them, or that begins
/// a line. If there is none: how many bytes need not be looked at again.
pub(crate) fn next_record(data: &[u8]) -> Result<usize, usize> {
    // In windows that double, so that the cost is that of the way to the nearest, of either kind, and many bad records
    // do not each cost a look at all that is at hand.
    let mut window = 1 << 10;
    loop {
        let part = data.get(..window).unwrap_or(data);
        let line = memmem::find(part, b"\n{").map(|at| at + 1);
        let native = memmem::find_iter(part, b"\"eventVersion\"").find_map(|at| brace_before(part, at));
        match (line, native) {
            (Some(line), Some(native)) => return Ok(line.min(native)),
            (Some(found), None) | (None, Some(found)) => return Ok(found),
            (None, None) if part.len() == data.len() => return Err(data.len().saturating_sub(2 * INDENT)),
            (None, None) => window *= 2,
        }
    }
}

/// How much white space is looked for between a brace and the first key.
const INDENT: usize = 64;

fn brace_before(data: &[u8], key: usize) -> Option<usize> {
    let before = data.get(key.saturating_sub(INDENT)..key)?;
    let spaces = before.iter().rev().take_while(|byte| is_space(**byte)).count();
    let brace = key.checked_sub(spaces + 1)?;
    (data.get(brace) == Some(&b'{')).then_some(brace)
}

/// How many bytes of white space the bytes begin with.
pub(crate) fn leading_spaces(bytes: &[u8]) -> usize {
    /// Much space is blanks, and blocks of them are compared at once.
    const BLANKS: [u8; 64] = [b' '; 64];
    let blanks = bytes.chunks_exact(BLANKS.len()).take_while(|block| *block == BLANKS).count() * BLANKS.len();
    let rest = bytes.get(blanks..).unwrap_or_default();
    blanks + rest.iter().take_while(|byte| is_space(**byte)).count()
}

/// How many bytes of white space and commas the bytes begin with.
pub(crate) fn leading_separators(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_space(**byte) || **byte == b',').count()
}

fn is_end_of_scalar(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b',' | b':' | b']' | b'}' | b'[' | b'{' | b'"')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In one piece and in pieces of one byte.
    fn end(text: &str) -> Option<usize> {
        let whole = Scan::default().next(text.as_bytes());
        let mut scan = Scan::default();
        let bytewise = text.bytes().enumerate().find_map(|(at, byte)| scan.next(&[byte]).map(|length| at + length));
        assert_eq!(whole, bytewise, "{text}");
        whole
    }

    #[test]
    fn values_end_where_their_brackets_close() {
        assert_eq!(end(r#"{"a":[{}]},"#), Some(10));
        assert_eq!(end(" [1,[2],{}] "), Some(11));
        assert_eq!(end(r#"{"}\"]":"{"}x"#), Some(12));
        assert_eq!(end(r#""a\\"b"#), Some(5));
        assert_eq!(end(r#""a\"b"#), None);
        assert_eq!(end("{"), None);
        assert_eq!(end("  "), None);
        assert_eq!(end(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))), Some(200_000));
    }

    #[test]
    fn scalars_end_at_what_follows() {
        for (text, length) in [("1,", 1), ("null]", 4), ("NaN}", 3), ("true\n", 4), ("}}", 1), ("],", 1)] {
            assert_eq!(end(text), Some(length), "{text}");
        }
        assert_eq!(end("12"), None);
    }

    #[test]
    fn brackets_without_their_pair_are_noticed() {
        let balanced = |text: &str| {
            let mut scan = Scan::default();
            scan.next(text.as_bytes()).map(|_| scan.is_balanced())
        };
        assert_eq!(balanced(r#"{"a":[1]}"#), Some(true));
        assert_eq!(balanced(r#"{"a":[1}"#), Some(false));
        assert_eq!(balanced(r#"{"a":1]}"#), Some(false));
        assert_eq!(balanced(r#"{"a":{"b":1},{"c":2}]}"#), Some(false));
        assert_eq!(balanced(r#"{"a":{"b":1},{"c":2}"#), None);
    }

    #[test]
    fn white_space_is_counted() {
        for length in [0, 1, 63, 64, 65, 200] {
            let spaces = " ".repeat(length);
            assert_eq!(leading_spaces(format!("{spaces}x ").as_bytes()), length);
            assert_eq!(leading_spaces(format!("{spaces}\n\t\r{spaces}").as_bytes()), 2 * length + 3);
        }
    }

    #[test]
    fn a_scan_can_begin_inside_of_an_object() {
        assert_eq!(Scan::inside_object().next(br#","a":{}}x"#), Some(8));
    }
}
