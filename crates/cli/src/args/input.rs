//! Which records are asked for.

use std::path::PathBuf;

use clap::Args;

#[cfg(feature = "aws")]
use super::{AccountArgs, AwsArgs};
use crate::size;

/// Where the logs are and which of their records count.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// A directory of CloudTrail logs, searched through, or a single log file. Repeatable.
    ///
    /// Files ending in .json, .jsonl or .ndjson are read, plain or with .gz, and any other file that begins like one
    /// of these. Their layout does not matter: a synchronised S3 bucket, JSON lines, a bare list of records, EventBridge
    /// events, log exports, SNS and SQS messages, and what searches answer: `aws cloudtrail
    /// lookup-events`, Logs Insights, CloudTrail Lake, Splunk, Elastic.
    #[arg(long = "trail-dir", value_name = "PATH")]
    pub(crate) trail_dirs: Vec<PathBuf>,
    /// An address in S3: a bucket, or a folder of it, as `s3://bucket/AWSLogs`. Repeatable.
    ///
    /// Objects are listed day by day and fetched while others are read; nothing is stored. Folders outside of --since, --until,
    /// --account and --region are not listed. Organisation trails, Control Tower's buckets and copies of folders are known.
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) s3: Vec<String>,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(crate) from_account: AccountArgs,
    /// Only records from this time on: 2026-05-01, 2026-05-01T12:00:00Z, or back from now: 90d, 12h.
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only records before this time; a date includes its whole day.
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// Only records of this account's trail (12 digits). Repeatable.
    #[arg(long = "account", value_name = "ID")]
    pub(crate) accounts: Vec<String>,
    /// Only records of this region. Repeatable.
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// Only this principal: a role's or user's name or ARN, `*` and `?` allowed. Repeatable.
    #[arg(long = "principal", value_name = "PATTERN")]
    pub(crate) principals: Vec<String>,
    /// Read at most this much JSON from one file, such as 512MiB or 2GB.
    #[arg(long, value_name = "SIZE", default_value = "16GiB", value_parser = size::parse)]
    pub(crate) max_file_size: u64,
    /// How many threads read, 256 at most; by default one per processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
    /// Keep within about this much memory, 64MiB at least, with smaller buffers and fewer threads.
    ///
    /// Without it, reading takes some 100 MiB and 50 MiB a thread at most, unless single records are huge. What principals used
    /// has to be kept in any case; and of logs whose files do not tell their day, 16 bytes an event.
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    pub(crate) memory_limit: Option<u64>,
    /// End with 0 even if some input could not be read.
    #[arg(long)]
    pub(crate) allow_partial: bool,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}
