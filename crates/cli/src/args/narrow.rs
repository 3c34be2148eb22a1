//! What narrows the policies of today.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::days;

/// The policies of today, and the guard rails of narrowing them. All but `config`, `details` and `all` can also stand in
/// `tighten.toml`, which is why none has a default of its own.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Narrowing")]
#[cfg_attr(feature = "aws", expect(clippy::struct_excessive_bools, reason = "each is a flag of its own"))]
pub(crate) struct NarrowArgs {
    /// A policy that the principal has today, to be narrowed to what it used. Repeatable: several count together, as
    /// attached policies do.
    ///
    /// As JSON or URL-encoded, alone or as the AWS CLI prints it. There has to be exactly one principal, unless --all is
    /// given.
    #[arg(long, value_name = "FILE", conflicts_with = "account_authorization_details")]
    pub(crate) current: Vec<PathBuf>,
    /// The policies of all principals of an account, to be narrowed: the output of `aws iam
    /// get-account-authorization-details`.
    ///
    /// Without --filter, so that whoever else holds a policy is known. Several accounts may follow each other in one file.
    #[arg(long, value_name = "FILE")]
    pub(crate) account_authorization_details: Option<PathBuf>,
    /// The policies of all principals of the account that there are credentials for, read from IAM.
    ///
    /// The whole of it, whoever is asked for, so that whoever else holds a policy is known. It takes
    /// iam:GetAccountAuthorizationDetails.
    #[cfg(feature = "aws")]
    #[arg(long, conflicts_with_all = ["current", "account_authorization_details", "all"])]
    pub(crate) from_iam: bool,
    /// Narrow the policies of --current for every principal, each by what it used.
    #[arg(long, conflicts_with = "account_authorization_details")]
    pub(crate) all: bool,
    /// What a trail records: the output of `aws cloudtrail get-event-selectors`. Repeatable, one for each trail.
    ///
    /// Tells which grants are unused and which the trail could not have shown. Without it, that is concluded from the
    /// records.
    #[arg(long, value_name = "FILE")]
    pub(crate) event_selectors: Vec<PathBuf>,
    /// For the proof out of sample: how many of the last days, such as 14d, a policy made from the records before them is
    /// held against. By default a fortnight if there are six weeks of records, else a fifth of them.
    #[arg(long, value_name = "DAYS", value_parser = days::parse_some)]
    pub(crate) holdout: Option<usize>,
    /// What is taken away as a whole or not at all; `resource` unless the settings say otherwise.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) granularity: Option<GranularityLevel>,
    /// What becomes of grants whose use the logs could not have shown; `keep-used-services` unless the settings say
    /// otherwise.
    #[arg(long, value_name = "HOW")]
    pub(crate) unobservable: Option<UnobservableChoice>,
    /// What becomes of grants of used services of which no call is known that would show their use, where only `*` or
    /// `NotAction` reaches them; `drop` unless the settings say otherwise.
    #[arg(long, value_name = "HOW")]
    pub(crate) without_known_call: Option<WithoutKnownCallChoice>,
    /// Take nothing away from principals of accounts that have fewer days with records than this, such as 30d.
    #[arg(long, value_name = "DAYS", value_parser = days::parse)]
    pub(crate) min_window: Option<usize>,
    /// Leave principals and policies as they are for this long after they were made or changed, such as 14d.
    #[arg(long, value_name = "DAYS", value_parser = days::parse)]
    pub(crate) grace: Option<usize>,
    /// What a placeholder in the policies of today stands for. Repeatable.
    #[arg(long = "define", value_name = "NAME=VALUE", value_parser = definition)]
    pub(crate) defines: Vec<(String, String)>,
    /// Actions that stay granted, used or not, such as `iam:CreateServiceLinkedRole` or `s3:Get*`. Repeatable.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) keep: Vec<String>,
    /// Grant what goes with creating things, too, where something was created: reading, changing, tagging and deleting it, on the
    /// same resources. It is marked as inferred; of policies of today it keeps what they allow.
    #[arg(long)]
    pub(crate) siblings: bool,
    /// Actions that no proposal grants, used or not. Repeatable.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) never_grant: Vec<String>,
    /// Put what this service did on the principal's behalf into a policy for a service role: `cloudformation`. Repeatable.
    #[arg(long = "service-role", value_name = "SERVICE")]
    pub(crate) service_roles: Vec<String>,
    /// A file with these settings and the reasons for them. Flags win over it, and lists add up.
    ///
    /// By default `tighten.toml` in the current directory, if there is one. `tighten init` writes one to start from.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Name every action, instead of counting them by service.
    #[arg(long)]
    pub(crate) details: bool,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(crate) asked: super::LiveArgs,
}

/// What is taken away as a whole or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GranularityLevel {
    /// Services that were not used at all.
    Service,
    /// Actions; the resources of those that were used stay as they are.
    Action,
    /// Actions, and the resources that those in use were not used on.
    Resource,
}

/// What becomes of grants whose use the logs could not have shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnobservableChoice {
    /// They stay where the service was used, or where the policy names it; what only `*` or `NotAction` reaches goes.
    KeepUsedServices,
    /// They stay.
    Keep,
    /// They go, as if they were unused.
    Drop,
}

/// What becomes of grants of which no call is known that would show their use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WithoutKnownCallChoice {
    /// They go, and a warning counts them.
    Drop,
    /// They stay where the service was used.
    Keep,
}

fn definition(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` is not a name and its value, such as `REGION=eu-west-1`")),
    }
}
