//! What is made of the records.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tighten_synthesis::AcceptedRisk;

/// What is written, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// How far the resources of policies are generalised; `auto` unless the settings say otherwise.
    #[arg(long, value_name = "LEVEL")]
    pub(crate) resources: Option<ResourceLevel>,
    /// Names that start with this become one pattern, `PREFIX*`, in any region and account. Repeatable.
    #[arg(long = "name-prefix", value_name = "PREFIX")]
    pub(crate) name_prefixes: Vec<String>,
    /// The share of the calls of the next 30 days that may fall outside of a policy; `0.5%` unless the settings say otherwise.
    ///
    /// Less of it makes policies wider, more of it narrower.
    #[arg(long, value_name = "PERCENT")]
    pub(crate) risk: Option<AcceptedRisk>,
    /// Write DIR/policies/ACCOUNT/KIND/NAME.json and DIR/report.json.
    ///
    /// KIND is `role`, `user`, `root` or `federated-user`; a policy that does not fit one document becomes NAME.1.json and
    /// so on. Documents that an earlier run listed in DIR/report.json and this one does not write are removed.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What stdout carries.
    ///
    /// Without this option, and without --out, a --principal that matches one principal prints that principal's policy
    /// alone, ready to be piped into a file; otherwise the summary is printed.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// End with 1 if there are findings of severity `warning` or above.
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// What stdout carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A summary to read.
    Text,
    /// Everything, field by field as in the documentation.
    Json,
    /// The summary, for a comment on a change.
    Markdown,
}

/// How far resources are generalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResourceLevel {
    /// Every resource as it was used.
    Exact,
    /// As used, with names that AWS or programs make up, and long lists, as patterns.
    Auto,
    /// All resources of the types that were used.
    Type,
    /// `*` everywhere.
    Any,
}
