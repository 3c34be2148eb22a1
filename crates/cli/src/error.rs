//! What went wrong, and the way out.

use std::fmt;
use std::io::{self, Write};

use tighten_report::escape;

/// An error that knows what to do about it.
#[derive(Debug)]
pub(crate) struct Explained {
    message: Option<String>,
    tip: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Explained {
    pub(crate) fn new(message: impl Into<String>, tip: impl Into<String>) -> Self {
        Self { message: Some(message.into()), tip: tip.into(), source: None }
    }

    /// An error of a library, which says what went wrong itself.
    pub(crate) fn of(error: impl std::error::Error + Send + Sync + 'static, tip: impl Into<String>) -> Self {
        Self { message: None, tip: tip.into(), source: Some(Box::new(error)) }
    }

    /// A proof failed, or something that cannot be. Nothing was written before it is told.
    pub(crate) fn defect(message: impl Into<String>) -> Self {
        Self::new(message, "this is a defect of tighten, please report it; nothing was written")
    }

    /// Says what it comes from.
    pub(crate) fn because(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.message, &self.source) {
            (Some(message), _) => f.write_str(message),
            (None, Some(source)) => source.fmt(f),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Explained {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match (&self.message, self.source.as_deref()) {
            // What the source says stands in the place of a message.
            (None, Some(source)) => source.source(),
            (_, source) => source.map(|source| source as _),
        }
    }
}

/// Whether the reader of our output has gone away, which is its right: `tighten … | head`.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Writes the error, its causes and its tip.
pub(crate) fn print(error: &anyhow::Error, out: &mut dyn Write) -> io::Result<()> {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    // File names may be as hostile as anything else that is read.
    writeln!(out, "error: {}", escape::terminal(&causes.join(": ")))?;
    for explained in error.chain().filter_map(|cause| cause.downcast_ref::<Explained>()) {
        for line in explained.tip.lines() {
            writeln!(out, "  {}", escape::terminal(line))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn errors_show_their_causes_and_the_way_out() {
        let cause = io::Error::other("broken");
        let result: Result<(), _> = Err(Explained::new("no `\u{1b}[2J`", "try this").because(cause));
        let error = result.context("cannot analyse").unwrap_err();
        let mut out = Vec::new();
        print(&error, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "error: cannot analyse: no `\\u{1b}[2J`: broken\n  try this\n");
    }

    #[test]
    fn an_error_of_a_library_is_said_once() {
        #[derive(Debug)]
        struct Failure(io::Error);
        impl fmt::Display for Failure {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cannot read `p`")
            }
        }
        impl std::error::Error for Failure {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let mut out = Vec::new();
        print(&Explained::of(Failure(io::Error::other("broken")), "try this").into(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "error: cannot read `p`: broken\n  try this\n");
    }

    #[test]
    fn a_broken_pipe_is_found_below_its_context() {
        let result: Result<(), _> = Err(io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(is_broken_pipe(&result.context("cannot write").unwrap_err()));
        let result: Result<(), _> = Err(io::Error::from(io::ErrorKind::NotFound));
        assert!(!is_broken_pipe(&result.context("cannot read").unwrap_err()));
    }
}
