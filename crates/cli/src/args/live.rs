//! What is asked of the account beside the logs and the policies.

use clap::Args;

/// Questions to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Args)]
#[command(next_help_heading = "Narrowing")]
pub(crate) struct LiveArgs {
    /// Ask IAM when the principals last used services and actions, and keep what it saw in use and the logs do not show.
    ///
    /// It never takes anything away. It takes iam:GenerateServiceLastAccessedDetails and iam:GetServiceLastAccessedDetails.
    #[arg(long)]
    pub(crate) last_accessed: bool,
}
