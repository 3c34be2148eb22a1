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
    /// Ask IAM's policy simulator whether what was used is allowed with the narrowed policies in the place of the present ones.
    ///
    /// Needs on single resources alone. With --current, the documents are simulated by themselves. It takes
    /// iam:SimulatePrincipalPolicy, or with --current iam:SimulateCustomPolicy.
    #[arg(long)]
    pub(crate) simulate: bool,
    /// Ask Access Analyzer whether the narrowed policies allow nothing new, and whether they are sound.
    ///
    /// A second opinion on what is proven in any case. It takes access-analyzer:CheckNoNewAccess and access-analyzer:ValidatePolicy.
    #[arg(long)]
    pub(crate) check_no_new_access: bool,
}
