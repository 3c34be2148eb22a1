//! Where output goes and what can be shown there.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anyhow::{Context, Result};
use serde::Serialize;
use tighten_report::Style;
use tighten_report::format::{json, markdown, text};
use tighten_report::page::Page;

use crate::args::{Format, GlobalArgs, When};

/// What is known about stdout and stderr.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    /// How text on stdout may look.
    pub(crate) style: Style,
    quiet: bool,
    /// Whether somebody watches stderr.
    watched: bool,
}

impl Terminal {
    pub(crate) fn new(args: GlobalArgs) -> Self {
        let on_terminal = io::stdout().is_terminal();
        let colour = match args.color {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                on_terminal && !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        let width =
            if on_terminal { terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)) } else { None };
        Self { style: Style { colour, width }, quiet: args.quiet, watched: io::stderr().is_terminal() }
    }

    /// Whether progress is worth drawing.
    pub(crate) fn shows_progress(self) -> bool {
        self.watched && !self.quiet
    }

    /// Says something beside the result.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            // Nobody is left to be told when stderr is gone.
            let _ = writeln!(io::stderr(), "{}", tighten_report::escape::terminal(text));
        }
    }
}

/// By convention a variable that is set but empty counts as not set.
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Writes a document to stdout: its model as JSON, its page in any other format.
pub(crate) fn print<M: Serialize>(
    model: &M,
    page: impl FnOnce(&M) -> Page,
    format: Format,
    terminal: Terminal,
) -> Result<()> {
    write_out(|out| match format {
        Format::Text => text::write(&page(model), terminal.style, out),
        Format::Json => json::write_pretty(model, out),
        Format::Markdown => markdown::write(&page(model), out),
    })
}

/// Writes the result to stdout.
pub(crate) fn write_out(write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let result = write(&mut out).and_then(|()| out.flush());
    if result.is_err() {
        // What is still buffered would be written on drop, into the same failure.
        let _ = out.into_parts();
    }
    result.context("cannot write to stdout")
}
