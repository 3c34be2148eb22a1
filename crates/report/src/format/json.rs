//! JSON for machines, safe on terminals, too.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::escape;

/// Writes `value` over several lines, with a line end.
///
/// Characters that a terminal acts on, or that hide or reorder others, are written as `\u` escapes, which mean the same.
pub fn write_pretty<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    write(value, Safe(PrettyFormatter::new()), out)
}

/// Writes `value` on one line, with a line end. Escapes as [`write_pretty`] does.
pub fn write_line<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    write(value, Safe(CompactFormatter), out)
}

fn write<T: Serialize + ?Sized>(value: &T, formatter: impl Formatter, out: &mut dyn Write) -> io::Result<()> {
    let mut pieces = Pieces { text: Vec::with_capacity(1 << 10), out };
    value.serialize(&mut Serializer::with_formatter(&mut pieces, formatter))?;
    pieces.write_all(b"\n")?;
    pieces.flush()
}

/// Brings what is written piece by piece together before it is handed over.
struct Pieces<'o> {
    text: Vec<u8>,
    out: &'o mut dyn Write,
}

impl Pieces<'_> {
    /// How much is brought together, but for the last piece.
    const MANY: usize = 64 << 10;
}

impl Write for Pieces<'_> {
    #[inline]
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.write_all(piece).map(|()| piece.len())
    }

    #[inline]
    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        self.text.extend_from_slice(piece);
        if self.text.len() >= Self::MANY { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.text);
        self.text.clear();
        written
    }
}

/// A formatter that escapes more than JSON asks for.
struct Safe<F>(F);

macro_rules! as_before {
    ($($name:ident($($arg:ident: $type:ty),*);)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $arg: $type)*) -> io::Result<()> {
            self.0.$name(writer $(, $arg)*)
        })*
    };
}

impl<F: Formatter> Formatter for Safe<F> {
    as_before! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all texts are plain, which is seen faster than which characters they have.
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| escape::is_hostile(*c)) {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            writer.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn hostile_text_is_escaped_and_means_the_same() {
        let value =
            json!({ "a\u{9b}": ["\u{1b}[2J\u{7f}", "x\u{202e}y\u{e0041}z", "plain ü \" \\ 日本"], "b": {}, "c": [] });
        for write in [write_pretty::<Value>, write_line::<Value>] {
            let mut out = Vec::new();
            write(&value, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(!text.trim_end().replace('\n', "").contains(escape::is_hostile), "{text}");
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }

    #[test]
    fn long_text_goes_out_whole() {
        let value: Vec<String> = (0..20_000).map(|number| format!("number {number}")).collect();
        let mut out = Vec::new();
        write_pretty(&value, &mut out).unwrap();
        assert!(out.len() > 4 * Pieces::MANY);
        assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string_pretty(&value).unwrap() + "\n");
    }

    #[test]
    fn pretty_text_is_laid_out_as_usual() {
        let value = json!({ "a": [1, { "b": null }], "c": [] });
        let mut out = Vec::new();
        write_pretty(&value, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string_pretty(&value).unwrap() + "\n");
    }
}
