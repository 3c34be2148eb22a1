//! `tighten init`: a file of settings to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};

use crate::error::Explained;
use crate::exit::Exit;
use crate::settings::{FILE_NAME, TEMPLATE};
use crate::terminal::{Terminal, write_out};
use crate::write::OutDir;

/// Write a `tighten.toml` to start from: the guard rails of narrowing, each with its default and its meaning.
///
/// It goes into the current directory, where `tighten analyze` finds it.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct InitArgs {
    /// Replace a `tighten.toml` that is there.
    #[arg(long, conflicts_with = "print")]
    force: bool,
    /// Print it to stdout, and write nothing.
    #[arg(long)]
    print: bool,
}

/// Runs the command.
pub(crate) fn run(args: InitArgs, terminal: Terminal) -> Result<Exit> {
    if args.print {
        write_out(|out| out.write_all(TEMPLATE.as_bytes()))?;
        return Ok(Exit::Done);
    }
    if args.force {
        OutDir::open(Path::new("."))?.write(FILE_NAME, TEMPLATE.as_bytes())?;
    } else {
        write_new()?;
    }
    terminal.note(&format!(
        "wrote {FILE_NAME}: nothing is taken away before 30 days of records, or 14 days after a change"
    ));
    terminal.note("next: read it, then run `tighten analyze --trail-dir DIR --current FILE` in this directory");
    Ok(Exit::Done)
}

/// Writes the file unless there is something of that name, be it a link that leads nowhere.
fn write_new() -> Result<()> {
    let mut file = match OpenOptions::new().write(true).create_new(true).open(FILE_NAME) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let tip = "`--force` replaces it; `--print` shows what would be written";
            return Err(Explained::new(format!("there is a `{FILE_NAME}` here already"), tip).into());
        }
        file => file.with_context(|| format!("cannot write `{FILE_NAME}`"))?,
    };
    file.write_all(TEMPLATE.as_bytes()).with_context(|| format!("cannot write `{FILE_NAME}`"))
}
