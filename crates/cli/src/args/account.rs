//! Sources of records in the account itself.

use std::path::PathBuf;

use clap::Args;

/// What of the account is read.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct AccountArgs {
    /// A trail, by its name or ARN: its bucket is read, and what it records is known. Repeatable.
    ///
    /// A trail of several regions is found from each of them, and one of an organisation from each of its accounts. Its event selectors
    /// count as if they were given with --event-selectors.
    #[arg(long = "trail", value_name = "NAME|ARN")]
    pub(crate) trails: Vec<String>,
    /// The event history: management events of the last 90 days, which every account has without a trail.
    ///
    /// All regions are read, or those of --region, from --since to --until. AWS answers two requests a second in each region, of 50
    /// events each: 100,000 events take 17 minutes. If --principal is the ARN of one user, only that user's events are fetched, unless
    /// the policies of whole accounts are narrowed.
    #[arg(long)]
    pub(crate) event_history: bool,
    /// Keep what is fetched of the event history in this directory; the next run fetches what is new or missing.
    #[arg(long, value_name = "DIR", requires = "event_history")]
    pub(crate) event_history_dir: Option<PathBuf>,
}
