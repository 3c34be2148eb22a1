//! How text may look: colours and width.

use std::fmt;

/// What the place that text is written to can show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether escape sequences for colours are understood and wanted.
    pub colour: bool,
    /// Columns of the terminal; `None` where lines may be of any length, as in a file.
    pub width: Option<usize>,
}

/// What a piece of text is, which decides its colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ink {
    /// As everything around it.
    #[default]
    Plain,
    /// A heading.
    Heading,
    /// Of less importance than what is around it.
    Faint,
    /// All is well.
    Good,
    /// Worth a look.
    Warning,
    /// Wrong.
    Error,
}

impl Style {
    /// Plain text of any width.
    pub const PLAIN: Self = Self { colour: false, width: None };

    /// `text` in this ink. The text itself must be safe already.
    pub fn paint<T: fmt::Display>(self, ink: Ink, text: T) -> Painted<T> {
        Painted { ink: if self.colour { ink } else { Ink::Plain }, text }
    }
}

/// Text with its colour, to be displayed.
#[derive(Debug, Clone, Copy)]
pub struct Painted<T> {
    ink: Ink,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = match self.ink {
            Ink::Plain => return self.text.fmt(f),
            Ink::Heading => "1",
            Ink::Faint => "2",
            Ink::Good => "32",
            Ink::Warning => "33",
            Ink::Error => "31",
        };
        write!(f, "\u{1b}[{code}m")?;
        self.text.fmt(f)?;
        f.write_str("\u{1b}[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_only_used_where_it_is_wanted() {
        let coloured = Style { colour: true, width: None };
        assert_eq!(coloured.paint(Ink::Error, "no").to_string(), "\u{1b}[31mno\u{1b}[0m");
        assert_eq!(coloured.paint(Ink::Plain, "no").to_string(), "no");
        assert_eq!(Style::PLAIN.paint(Ink::Error, "no").to_string(), "no");
    }
}
