//! What can be written on the command line. Values are made into validated configurations once, in `config`.

mod input;
mod narrow;
mod output;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use input::InputArgs;
pub(crate) use narrow::{GranularityLevel, NarrowArgs, UnobservableChoice, WithoutKnownCallChoice};
pub(crate) use output::{Format, OutputArgs, ResourceLevel};

use crate::commands::analyze::AnalyzeArgs;
use crate::commands::catalog::CatalogCommand;
use crate::commands::completions::CompletionsArgs;
use crate::commands::diff::DiffArgs;
use crate::commands::explain::ExplainArgs;
use crate::commands::init::InitArgs;
use crate::commands::needs::NeedsArgs;
use crate::commands::replay::ReplayArgs;

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
    pub(crate) analyze: AnalyzeArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// One command each.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it, once")]
pub(crate) enum Command {
    /// Write the IAM policies that cover what principals did.
    #[command(after_help = ANALYZE_EXIT_CODES)]
    Analyze(AnalyzeArgs),
    /// Print which permissions each record needed, as JSON lines.
    Needs(NeedsArgs),
    /// Judge every observed call against policies: which ones would they have denied?
    ///
    /// The policies are taken for all that is attached to the principal: boundaries, organisation policies and the
    /// policies of resources have no say. Calls that were denied at the time are not replayed; they are listed where the
    /// policies would allow them.
    #[command(after_help = EXIT_CODES)]
    Replay(ReplayArgs),
    /// Compare what two policies allow.
    #[command(after_help = crate::commands::diff::EXIT_CODES)]
    Diff(DiffArgs),
    /// Tell why a principal has an action, keeps it or loses it: statements, records, and what decided.
    #[command(after_help = EXIT_CODES)]
    Explain(Box<ExplainArgs>),
    /// Write a `tighten.toml` to start from: the guard rails of narrowing, each with its default and its meaning.
    Init(InitArgs),
    /// Look up what is known about AWS services, actions, resources and API calls.
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
}

/// What every command takes.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct GlobalArgs {
    /// Print nothing on stderr but errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Print on stderr what is being done; twice for more.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to use colours. `auto` does so on a terminal, unless `NO_COLOR` is set.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
}

/// When to do something that suits terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
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
