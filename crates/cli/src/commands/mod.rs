//! One file per command: its arguments, and one function that runs it.

pub(crate) mod analyze;
mod catalog;
mod completions;
mod diff;
mod explain;
mod init;
mod needs;
#[cfg(feature = "aws")]
mod permissions;
mod replay;
mod template;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::args::GlobalArgs;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Which of the permissions that AWS principals hold do they need? Reads CloudTrail logs and writes the IAM policies
/// that cover what was done, with the evidence for every line.
#[derive(Debug, Parser)]
#[command(name = "tighten", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Tighten {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// Writes the IAM policies that cover what principals did, from CloudTrail logs. The same as `tighten analyze`.
#[derive(Debug, Parser)]
#[command(name = "analyze", version, after_help = ANALYZE_EXIT_CODES, max_term_width = 100)]
pub(crate) struct Analyze {
    #[command(flatten)]
    pub(crate) analyze: analyze::AnalyzeArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// One command each.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the IAM policies that cover what principals did.
    #[command(after_help = ANALYZE_EXIT_CODES)]
    Analyze(Box<analyze::AnalyzeArgs>),
    /// Print which permissions each record needed, as JSON lines.
    Needs(needs::NeedsArgs),
    /// Judge every observed call against policies: which ones would they have denied?
    ///
    /// The policies are taken for all that is attached to the principal. A boundary and an organisation's policies have a
    /// say where they are given, and then decide alone if there are no policies of the principal; policies of resources
    /// have none. Calls that were denied at the time are not replayed; they are listed where the policies would allow them.
    #[command(after_help = EXIT_CODES)]
    Replay(replay::ReplayArgs),
    /// Compare what two policies allow.
    #[command(after_help = diff::EXIT_CODES)]
    Diff(diff::DiffArgs),
    /// Tell why a principal has an action, keeps it or loses it: statements, records, and what decided.
    #[command(after_help = EXIT_CODES)]
    Explain(Box<explain::ExplainArgs>),
    /// Write a `tighten.toml` to start from: the guard rails of narrowing, each with its default and its meaning.
    Init(init::InitArgs),
    /// Print the permissions that tighten itself takes in an account, and why: a table, a policy, or a job's role.
    #[cfg(feature = "aws")]
    Permissions(permissions::PermissionsArgs),
    /// Print the policy that deploying, updating and destroying a stack takes, before it was ever deployed.
    #[command(after_help = EXIT_CODES)]
    Template(Box<template::TemplateArgs>),
    /// Look up what is known about AWS services, actions, resources and API calls.
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// Print a completion script for a shell.
    Completions(completions::CompletionsArgs),
}

/// The programs with all their options.
pub(crate) fn programs() -> [clap::Command; 2] {
    [Tighten::command(), Analyze::command()]
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(self, terminal: Terminal) -> Result<Exit> {
        match self {
            Self::Analyze(args) => analyze::run(*args, terminal),
            Self::Needs(args) => needs::run(args, terminal),
            Self::Replay(args) => replay::run(args, terminal),
            Self::Diff(args) => diff::run(args, terminal),
            Self::Explain(args) => explain::run(*args, terminal),
            Self::Init(args) => init::run(args, terminal),
            #[cfg(feature = "aws")]
            Self::Permissions(args) => permissions::run(args, terminal),
            Self::Template(args) => template::run(*args, terminal),
            Self::Catalog(command) => catalog::run(command, terminal),
            Self::Completions(args) => completions::run(args),
        }
    }
}

const ANALYZE_EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  done, and there are findings (only with --exit-code), or a file is larger than IAM takes
  2  failed: wrong arguments, missing input, an error on the way, or the policy is too large
  3  done, but some input could not be read (0 with --allow-partial)";

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  done, and there are findings (only with --exit-code)
  2  failed: wrong arguments, missing input, or an error on the way
  3  done, but some input could not be read (0 with --allow-partial)";
