//! `tighten completions`: scripts for shells.

use std::io::Write;

use anyhow::Result;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::terminal::write_out;

/// Print a completion script for a shell, for both `tighten` and `analyze`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Runs the command.
pub(crate) fn run(args: CompletionsArgs) -> Result<Exit> {
    let mut script = Vec::new();
    for mut command in super::programs() {
        let name = command.get_name().to_owned();
        clap_complete::generate(args.shell, &mut command, name, &mut script);
    }
    write_out(|out| out.write_all(&script))?;
    Ok(Exit::Done)
}
