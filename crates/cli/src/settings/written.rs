//! What was written, and where.

use std::fmt;

use anyhow::Error;

use crate::error::Explained;
use crate::near::near;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// On the command line, with this flag.
    Flag(&'static str),
    /// In a file.
    File {
        /// `tighten.toml:12`
        place: String,
        /// `keep.action`
        key: String,
    },
}

/// A setting as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) origin: Origin,
}

impl Written {
    pub(super) fn flag(flag: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), origin: Origin::Flag(flag) }
    }

    /// The error that says what is wrong here, and what would be right.
    pub(super) fn wrong(&self, problem: impl fmt::Display, tip: impl Into<String>) -> Error {
        Explained::new(format!("{}: {problem}", self.origin), tip).into()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "`{flag}`"),
            Self::File { place, key } => write!(f, "{place}: `{key}`"),
        }
    }
}

/// What may have been meant, or where to look.
pub(super) fn did_you_mean<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    suggest(near(wanted, names, SUGGESTIONS), otherwise)
}

/// Says that these may have been meant, or where to look if there are none.
pub(super) fn suggest<T: fmt::Display>(found: Vec<T>, otherwise: &str) -> String {
    if found.is_empty() {
        return otherwise.to_owned();
    }
    let found: Vec<String> = found.into_iter().map(|name| format!("`{name}`")).collect();
    format!("did you mean {}?", found.join(", "))
}

pub(super) const SUGGESTIONS: usize = 5;
