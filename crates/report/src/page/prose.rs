//! Sentences of which it is known what is said and what is quoted.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::format::Ink;
use crate::words::count;

/// A sentence, or a part of one. What it quotes from logs and policies is kept apart from its own words, so that each
/// format can set it as it must; it is escaped there, and not before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose(Vec<Span>);

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Whose words they are.
    pub voice: Voice,
    /// How it looks where there are colours.
    pub ink: Ink,
    /// The text, not escaped.
    pub text: Cow<'static, str>,
}

/// Whose words a piece of a sentence is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The report's own.
    Words,
    /// Something to type or to look for, set apart in plain text as well: `` `--details` ``.
    Quoted,
    /// From a log or a policy, which may be hostile.
    Data,
}

impl Prose {
    /// Text from a log or a policy.
    pub fn data(text: impl Into<String>) -> Self {
        Self::of(Voice::Data, Cow::Owned(text.into()))
    }

    /// Text that stands between backticks.
    pub fn quoted(text: impl Into<String>) -> Self {
        Self::of(Voice::Quoted, Cow::Owned(text.into()))
    }

    fn of(voice: Voice, text: Cow<'static, str>) -> Self {
        if text.is_empty() { Self::default() } else { Self(vec![Span { voice, ink: Ink::Plain, text }]) }
    }

    /// The same in this ink.
    #[must_use]
    pub fn ink(mut self, ink: Ink) -> Self {
        for span in &mut self.0 {
            span.ink = ink;
        }
        self
    }

    /// Its pieces.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first few of some names, and how many more there are: `a, b and 4 more`.
    pub fn some<T: Into<String>>(names: impl IntoIterator<Item = T>, most: usize) -> Self {
        let mut names = names.into_iter();
        let shown = Self::list(names.by_ref().take(most).map(Self::data));
        match names.count() {
            0 => shown,
            rest => crate::prose![shown, format!(" and {} more", count(rest))],
        }
    }

    /// Parts with commas between them.
    pub fn list(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(parts, ", ")
    }

    /// Parts with something between them.
    pub fn joined(parts: impl IntoIterator<Item = Self>, between: &'static str) -> Self {
        let mut all = Self::default();
        for part in parts {
            if !all.is_empty() {
                all.push(between);
            }
            all.push(part);
        }
        all
    }

    /// Adds a part at the end.
    pub fn push(&mut self, part: impl Into<Self>) {
        for span in part.into().0 {
            match self.0.last_mut() {
                Some(last) if last.voice == Voice::Words && span.voice == Voice::Words && last.ink == span.ink => {
                    last.text.to_mut().push_str(&span.text);
                }
                _ => self.0.push(span),
            }
        }
    }
}

/// One sentence of several parts.
#[macro_export]
macro_rules! prose {
    ($($part:expr),* $(,)?) => {
        $crate::page::Prose::joined([$(::std::convert::Into::<$crate::page::Prose>::into($part)),*], "")
    };
}

impl From<&'static str> for Prose {
    fn from(words: &'static str) -> Self {
        Self::of(Voice::Words, Cow::Borrowed(words))
    }
}

impl From<String> for Prose {
    fn from(words: String) -> Self {
        Self::of(Voice::Words, Cow::Owned(words))
    }
}

impl From<Span> for Prose {
    fn from(span: Span) -> Self {
        Self(vec![span])
    }
}

/// The plain sentence. It is not escaped.
impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|span| match span.voice {
            Voice::Quoted => write!(f, "`{}`", span.text),
            Voice::Words | Voice::Data => f.write_str(&span.text),
        })
    }
}

impl Serialize for Prose {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_reads_as_one_and_remembers_what_it_quotes() {
        let who = Prose::data("x");
        let said = prose![who, " called ", Prose::quoted("s3:GetObject"), " ", format!("{} times", 3)];
        assert_eq!(said.to_string(), "x called `s3:GetObject` 3 times");
        assert_eq!(serde_json::to_value(&said).unwrap(), "x called `s3:GetObject` 3 times");
        let voices: Vec<Voice> = said.spans().iter().map(|span| span.voice).collect();
        assert_eq!(voices, [Voice::Data, Voice::Words, Voice::Quoted, Voice::Words]);
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(Prose::some(["a", "b", "c"], 3).to_string(), "a, b, c");
        assert_eq!(Prose::some(["a", "b", "c"], 1).to_string(), "a and 2 more");
        assert!(Prose::some([""; 0], 1).is_empty());
    }
}
