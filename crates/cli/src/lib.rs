//! The command line of tighten: arguments become a validated configuration, each command is one file, and every way to
//! end has a documented exit code (see [`exit`]).

#[cfg(feature = "aws")]
mod account;
mod args;
mod backtest;
mod commands;
mod config;
mod current;
mod days;
mod error;
pub mod exit;
mod input;
#[cfg(feature = "aws")]
mod live;
mod logging;
mod narrowing;
mod near;
mod principals;
mod progress;
mod read;
mod settings;
mod size;
mod sources;
mod terminal;
#[cfg(feature = "aws")]
mod trails;
mod write;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use mimalloc::MiMalloc;

use crate::args::GlobalArgs;
use crate::commands::{Analyze, Tighten, analyze};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Mapping calls and writing policies make many small things; `docs/dependencies.md` says what this saves and costs.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Runs `tighten` with these arguments, the first of which is the program's name.
pub fn tighten(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run(args, |Tighten { command, global }| (global, move |terminal| command.run(terminal)))
}

/// Runs `analyze`, which is `tighten analyze`, with these arguments.
pub fn analyze(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run(args, |Analyze { analyze: args, global }| (global, move |terminal| analyze::run(args, terminal)))
}

/// The commands with all their options, for documentation and completions: `tighten`, then `analyze`.
pub fn commands() -> [clap::Command; 2] {
    commands::programs()
}

fn run<P, F>(args: impl IntoIterator<Item = OsString>, command: impl FnOnce(P) -> (GlobalArgs, F)) -> ExitCode
where
    P: Parser,
    F: FnOnce(Terminal) -> Result<Exit>,
{
    let (global, command) = match P::try_parse_from(args) {
        Ok(parsed) => command(parsed),
        Err(error) => {
            // Help and version come this way, too; nobody is left to be told when the reader is gone.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(exit::FAILED) } else { ExitCode::from(exit::DONE) };
        }
    };
    logging::start(global);
    match command(Terminal::new(global)) {
        Ok(exit) => exit.into(),
        Err(error) if error::is_broken_pipe(&error) => ExitCode::from(exit::DONE),
        Err(error) => {
            let mut message = Vec::new();
            let _ = error::print(&error, &mut message).and_then(|()| io::stderr().write_all(&message));
            ExitCode::from(exit::FAILED)
        }
    }
}
