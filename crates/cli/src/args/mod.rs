//! What can be written on the command line, but the commands themselves. Values are made into validated configurations
//! once, in `config`.

#[cfg(feature = "aws")]
mod account;
#[cfg(feature = "aws")]
mod aws;
mod input;
#[cfg(feature = "aws")]
mod live;
mod narrow;
mod output;
mod places;

use clap::{Args, ValueEnum};

#[cfg(feature = "aws")]
pub(crate) use account::AccountArgs;
#[cfg(feature = "aws")]
pub(crate) use aws::AwsArgs;
pub(crate) use input::InputArgs;
#[cfg(feature = "aws")]
pub(crate) use live::LiveArgs;
pub(crate) use narrow::{GranularityLevel, NarrowArgs, UnobservableChoice, WithoutKnownCallChoice};
pub(crate) use output::{Format, OutputArgs, ResourceLevel};
pub(crate) use places::PlaceArgs;

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
