//! Arguments, validated. What comes after need not check them again.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::PathBuf;

use anyhow::{Context, Result};
use jiff::Timestamp;
#[cfg(feature = "aws")]
use tighten_aws::{AddressError, S3Address};
use tighten_iam::Arn;
use tighten_synthesis::{Finding, Options, ResourceMode};
use tighten_trail::selectors::Selectors;
use tighten_trail::{Limits, Window};
use tighten_usage::{FoldOptions, LEAST_MEMORY, PrincipalFilter};

#[cfg(feature = "aws")]
use crate::account::Account;
#[cfg(feature = "aws")]
use crate::args::AccountArgs;
use crate::args::{Format, InputArgs, OutputArgs, ResourceLevel};
use crate::error::Explained;
use crate::sources::Sources;
use crate::terminal::Terminal;

/// Which records to read, and from where.
#[derive(Debug, Clone)]
pub(crate) struct InputConfig {
    pub(crate) sources: Sources,
    /// Everything but the principals, which are chosen when all are known, so that a name that fits none can be
    /// answered with those that are near.
    pub(crate) fold: FoldOptions,
    pub(crate) principals: PrincipalFilter,
    /// The patterns as they were written.
    pub(crate) patterns: Vec<String>,
    pub(crate) allow_partial: bool,
    /// What the account says is recorded.
    pub(crate) selectors: Option<Selectors>,
    /// What there is to know of the account's trails and its event history.
    pub(crate) findings: Vec<Finding>,
    /// The account, for what is read from there.
    #[cfg(feature = "aws")]
    pub(crate) account: Account,
    /// What of it is read.
    #[cfg(feature = "aws")]
    pub(crate) from_account: AccountArgs,
}

/// What to make of them, and how to show it.
#[derive(Debug, Clone)]
pub(crate) struct OutputConfig {
    pub(crate) options: Options,
    pub(crate) out: Option<PathBuf>,
    pub(crate) format: Option<Format>,
    pub(crate) exit_code: bool,
}

impl InputConfig {
    #[cfg_attr(not(feature = "aws"), expect(unused_variables, reason = "only AWS has something to say meanwhile"))]
    pub(crate) fn new(args: InputArgs, terminal: Terminal) -> Result<Self> {
        let window = Window::parse(args.since.as_deref(), args.until.as_deref(), Timestamp::now())
            .context("invalid value for `--since` or `--until`")?;
        if let Some(limit) = args.memory_limit.filter(|limit| *limit < LEAST_MEMORY) {
            let message = format!("`--memory-limit` of {limit} bytes is too little");
            let tip = format!("give at least {}MiB", LEAST_MEMORY >> 20);
            return Err(Explained::new(message, tip).into());
        }
        let fold = FoldOptions {
            window,
            accounts: args.accounts.iter().map(|text| account(text)).collect::<Result<_>>()?,
            regions: args.regions.iter().map(|text| region(text)).collect::<Result<_>>()?,
            limits: Limits { max_file_size: args.max_file_size, ..Limits::default() },
            memory_limit: args.memory_limit,
            threads: args.threads.and_then(|threads| NonZero::new(usize::from(threads))),
            ..FoldOptions::default()
        };
        for pattern in &args.principals {
            if pattern.trim().is_empty() {
                return Err(Explained::new("`--principal` is empty", "give a role's or user's name or ARN").into());
            }
        }
        let principals = PrincipalFilter::new(args.principals.iter().flat_map(|pattern| of_session(pattern)));
        let sources = Sources {
            roots: args.trail_dirs,
            #[cfg(feature = "aws")]
            buckets: buckets(&args.s3)?,
            ..Sources::default()
        };
        #[cfg(feature = "aws")]
        let is_of_account = !args.from_account.trails.is_empty() || args.from_account.event_history;
        #[cfg(not(feature = "aws"))]
        let is_of_account = false;
        if sources.is_empty() && !is_of_account {
            return Err(Explained::new("there is nothing to read", NO_SOURCE).into());
        }
        let config = Self {
            sources,
            fold,
            principals,
            patterns: args.principals,
            allow_partial: args.allow_partial,
            selectors: None,
            findings: Vec::new(),
            #[cfg(feature = "aws")]
            account: Account::new(args.aws.into(), terminal),
            #[cfg(feature = "aws")]
            from_account: args.from_account,
        };
        #[cfg(feature = "aws")]
        let config = crate::trails::find(config, terminal)?;
        Ok(config)
    }

    /// Asks the account for what of it is to be read, if anything is. `whole_accounts` says that it matters, too, what principals do
    /// who were not asked for.
    #[cfg_attr(
        not(feature = "aws"),
        expect(unused_variables, clippy::unnecessary_wraps, clippy::unused_self, reason = "there is no account")
    )]
    pub(crate) fn ask_account(&mut self, whole_accounts: bool, terminal: Terminal) -> Result<()> {
        #[cfg(feature = "aws")]
        crate::trails::ask(self, whole_accounts, terminal)?;
        Ok(())
    }

    /// What is recorded, by the account and by these selectors.
    pub(crate) fn recorded(&self, given: Option<Selectors>) -> Option<Selectors> {
        match (self.selectors.clone(), given) {
            (Some(own), Some(given)) => Some(own.merge(given)),
            (own, given) => own.or(given),
        }
    }
}

#[cfg(feature = "aws")]
const NO_SOURCE: &str = "name a directory of CloudTrail logs (`--trail-dir ./logs`), a bucket (`--s3 s3://bucket/AWSLogs`), a trail of the \
                         account (`--trail NAME`) or its event history (`--event-history`)";
#[cfg(not(feature = "aws"))]
const NO_SOURCE: &str = "name a directory of CloudTrail logs (`--trail-dir ./logs`)";

/// In order, and without those that are inside of another.
#[cfg(feature = "aws")]
pub(crate) fn disjoint(addresses: &mut Vec<S3Address>) {
    addresses.sort_unstable();
    // What holds another comes before it.
    addresses.dedup_by(|next, before| before.holds(next));
}

/// The addresses; what is inside of another is not read twice.
#[cfg(feature = "aws")]
fn buckets(texts: &[String]) -> Result<Vec<S3Address>> {
    let read = |text: &String| -> Result<S3Address> {
        Ok(text.parse().map_err(|error: AddressError| Explained::of(error, "addresses begin with `s3://`"))?)
    };
    let mut addresses: Vec<S3Address> = texts.iter().map(read).collect::<Result<_>>()?;
    disjoint(&mut addresses);
    Ok(addresses)
}

pub(crate) fn account(text: &str) -> Result<String> {
    // Terraform and spreadsheets like to write accounts with dashes.
    let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
    if digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(digits);
    }
    let message = format!("`--account {text}` is not an account id");
    Err(Explained::new(message, "account ids have 12 digits, such as 111122223333").into())
}

pub(crate) fn region(text: &str) -> Result<String> {
    let name = text.trim().to_ascii_lowercase();
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.is_empty() && name.bytes().all(legal) {
        return Ok(name);
    }
    let message = format!("`--region {text}` is not a region");
    Err(Explained::new(message, "regions are written like eu-west-1").into())
}

/// The pattern, or where it is the ARN of a role's session, as `aws sts get-caller-identity` prints it, the patterns of
/// that role, whose path a session does not tell.
pub(crate) fn of_session(pattern: &str) -> Vec<String> {
    let role = || {
        let arn: Arn = pattern.parse().ok()?;
        let name = arn.resource().strip_prefix("assumed-role/")?.split('/').next()?;
        let iam = format!("arn:{}:iam::{}:role", arn.partition(), arn.account());
        (arn.service() == "sts").then(|| vec![format!("{iam}/{name}"), format!("{iam}/*/{name}")])
    };
    role().unwrap_or_else(|| vec![pattern.trim().to_owned()])
}

impl OutputConfig {
    pub(crate) fn new(args: OutputArgs) -> Result<Self> {
        let mode = match args.resources.unwrap_or(ResourceLevel::Auto) {
            ResourceLevel::Exact => ResourceMode::Exact,
            ResourceLevel::Auto => ResourceMode::Auto,
            ResourceLevel::Type => ResourceMode::Type,
            ResourceLevel::Any => ResourceMode::Any,
        };
        let name_prefixes = name_prefixes(&args.name_prefixes)?;
        let risk = args.risk.unwrap_or_default();
        let options = Options { resources: mode, name_prefixes, risk, ..Options::default() };
        Ok(Self { options, out: args.out, format: args.format, exit_code: args.exit_code })
    }
}

/// Prefixes of names, in order and each once.
fn name_prefixes(prefixes: &[String]) -> Result<Vec<String>> {
    let unique: BTreeSet<&str> = prefixes.iter().map(|prefix| prefix.trim_end_matches('*')).collect();
    if unique.iter().any(|prefix| prefix.len() < 2) {
        let tip = "give at least two characters; `--resources any` generalises everything";
        return Err(Explained::new("`--name-prefix` is too short", tip).into());
    }
    Ok(unique.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_and_regions_are_checked() {
        assert_eq!(account("1111-2222-3333").unwrap(), "111122223333");
        assert!(account("11112222333").is_err());
        assert_eq!(region(" EU-West-1").unwrap(), "eu-west-1");
        assert!(region("eu_west").is_err());
    }

    #[test]
    fn a_sessions_arn_stands_for_its_role() {
        assert_eq!(
            of_session("arn:aws:sts::111122223333:assumed-role/deploy/me@example.com"),
            ["arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::111122223333:role/*/deploy"]
        );
        assert_eq!(of_session("deploy-*"), ["deploy-*"]);
        assert_eq!(of_session("arn:aws:iam::111122223333:role/x"), ["arn:aws:iam::111122223333:role/x"]);
    }

    #[test]
    fn prefixes_are_sorted_and_not_trivial() {
        assert_eq!(name_prefixes(&["my-*".into(), "app".into(), "my-".into()]).unwrap(), ["app", "my-"]);
        assert!(name_prefixes(&["*".into()]).is_err());
    }
}
