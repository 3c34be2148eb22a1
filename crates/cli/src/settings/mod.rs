//! `tighten.toml` and the flags of the same names, made into one validated whole.
//!
//! A flag wins over the file where there can be one value; lists add up. The policies of today are the exception: those
//! on the command line are all that is narrowed.

mod fields;
mod file;
#[cfg(test)]
mod tests;
mod values;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tighten_catalog::Catalog;
use tighten_synthesis::narrow::{Granularity, Keep, NarrowOptions, NeverGrant, Unobservable, WithoutKnownCall};
use tighten_usage::PrincipalFilter;
use toml::Spanned;

use self::file::{KeepKeys, List, NeverGrantKeys, SettingsFile};
use self::written::Written;
use crate::args::{GranularityLevel, NarrowArgs, OutputArgs, UnobservableChoice, WithoutKnownCallChoice};
use crate::config::OutputConfig;
use crate::error::Explained;

/// The name of the file in the current directory that is read unasked.
pub(crate) const FILE_NAME: &str = "tighten.toml";

/// What `tighten init` writes.
pub(crate) const TEMPLATE: &str = include_str!("template.toml");

/// What to narrow, by what, and within which guard rails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NarrowSettings {
    /// The guard rails. Their moment, `as_of`, is for the caller to choose.
    pub(crate) options: NarrowOptions,
    /// Files with one policy of today each.
    pub(crate) current: Vec<PathBuf>,
    /// A file with the policies of whole accounts; never beside `current`.
    pub(crate) account_authorization_details: Option<PathBuf>,
    /// The policies of the account are read from IAM; never beside the other two.
    #[cfg(feature = "aws")]
    pub(crate) from_iam: bool,
    /// What is asked of the account beside.
    #[cfg(feature = "aws")]
    pub(crate) asked: crate::args::LiveArgs,
    /// Whether `current` is for every principal.
    pub(crate) all: bool,
    /// Files with event selectors.
    pub(crate) event_selectors: Vec<PathBuf>,
    /// How many days at the end are replayed and not learnt from; never 0.
    pub(crate) holdout: Option<usize>,
    /// Prefixes of the services whose calls on a principal's behalf get a policy of their own, in order and each once.
    pub(crate) service_roles: Vec<String>,
    /// Whether every action is named.
    pub(crate) details: bool,
}

impl NarrowSettings {
    /// Whether there are policies to narrow.
    pub(crate) fn has_current(&self) -> bool {
        !self.current.is_empty() || self.account_authorization_details.is_some() || self.is_from_iam()
    }

    #[cfg(feature = "aws")]
    pub(crate) fn is_from_iam(&self) -> bool {
        self.from_iam
    }

    #[cfg(not(feature = "aws"))]
    #[expect(clippy::unused_self, reason = "the same question as where there is AWS")]
    fn is_from_iam(&self) -> bool {
        false
    }
}

/// Brings the file of settings and the flags together: what is to be narrowed and what is written.
pub(crate) fn settings(args: NarrowArgs, output: OutputArgs) -> Result<(NarrowSettings, OutputConfig)> {
    let file = find(args.config.as_deref())?;
    merge(Catalog::embedded(), args, output, &file)
}

/// The file of settings: the given one, which has to be there, or the usual one, or nothing.
fn find(given: Option<&Path>) -> Result<SettingsFile> {
    let path = given.unwrap_or(Path::new(FILE_NAME));
    match SettingsFile::read(path)? {
        Some(file) => {
            tracing::info!(file = %path.display(), "settings read");
            Ok(file)
        }
        None if given.is_none() => Ok(SettingsFile::default()),
        None => {
            let tip = "`tighten init` writes `tighten.toml` into the current directory";
            Err(Explained::new(format!("there are no settings at `{}`", path.display()), tip).into())
        }
    }
}

fn merge(
    catalog: &Catalog,
    args: NarrowArgs,
    output: OutputArgs,
    file: &SettingsFile,
) -> Result<(NarrowSettings, OutputConfig)> {
    let output = merge_output(output, file)?;
    let needs_current = needs_current(&args);
    let (current, account_authorization_details) = merge_current(&args, file)?;
    let (keys, one) = (&file.keys, One { file });
    let mut event_selectors = file.paths(&keys.event_selectors);
    event_selectors.extend(args.event_selectors);
    let mut service_roles = file.all("service-role", &keys.service_role);
    service_roles.extend(args.service_roles.into_iter().map(|service| Written::flag("--service-role", service)));
    let mut service_roles =
        service_roles.iter().map(|service| values::service(catalog, service)).collect::<Result<Vec<_>>>()?;
    service_roles.sort_unstable();
    service_roles.dedup();
    let granularity = one.of(args.granularity, "granularity", keys.granularity.as_ref(), values::choice)?;
    let unobservable = one.of(args.unobservable, "unobservable", keys.unobservable.as_ref(), values::choice)?;
    let without_known_call =
        one.of(args.without_known_call, "without-known-call", keys.without_known_call.as_ref(), values::choice)?;
    let min_window = one.of(args.min_window, "min-window", keys.min_window.as_ref(), values::whole_days)?;
    let grace = one.of(args.grace, "grace", keys.grace.as_ref(), values::whole_days)?;
    let holdout = one.of(args.holdout, "holdout", keys.holdout.as_ref(), values::some_days)?;
    let mut defines: BTreeMap<_, _> =
        keys.define.iter().map(|(name, value)| (name.clone(), value.get_ref().clone())).collect();
    defines.extend(args.defines);
    let settings = NarrowSettings {
        options: NarrowOptions {
            generate: output.options.clone(),
            granularity: granularity.map_or_else(Granularity::default, Granularity::from),
            unobservable: unobservable.map_or_else(Unobservable::default, Unobservable::from),
            without_known_call: without_known_call.map_or_else(WithoutKnownCall::default, WithoutKnownCall::from),
            keep: keeps(catalog, file, args.keep)?,
            siblings: args.siblings,
            never_grant: never_grants(catalog, file, args.never_grant)?,
            min_window: min_window.unwrap_or_default(),
            grace: grace.unwrap_or_default(),
            defines,
            last_accessed: BTreeMap::new(),
            as_of: None,
        },
        current,
        account_authorization_details,
        #[cfg(feature = "aws")]
        from_iam: args.from_iam,
        #[cfg(feature = "aws")]
        asked: args.asked,
        all: args.all,
        event_selectors,
        holdout,
        service_roles,
        details: args.details,
    };
    match needs_current {
        Some(flag) if !settings.has_current() => {
            let tip = if cfg!(feature = "aws") {
                "give them with `--current FILE`, `--account-authorization-details FILE` or `--from-iam`"
            } else {
                "give them with `--current FILE` or `--account-authorization-details FILE`"
            };
            Err(Explained::new(format!("`{flag}` is about policies of today, and there are none"), tip).into())
        }
        _ => Ok((settings, output)),
    }
}

/// A flag that would have no effect without policies of today, and would seem to have one.
fn needs_current(args: &NarrowArgs) -> Option<&'static str> {
    [
        (args.all, "--all"),
        (args.holdout.is_some(), "--holdout"),
        (args.granularity.is_some(), "--granularity"),
        (args.unobservable.is_some(), "--unobservable"),
        (args.without_known_call.is_some(), "--without-known-call"),
        (args.min_window.is_some(), "--min-window"),
        (args.grace.is_some(), "--grace"),
        (!args.defines.is_empty(), "--define"),
        (!args.keep.is_empty(), "--keep"),
        #[cfg(feature = "aws")]
        (args.asked.last_accessed, "--last-accessed"),
        #[cfg(feature = "aws")]
        (args.asked.simulate, "--simulate"),
        #[cfg(feature = "aws")]
        (args.asked.check_no_new_access, "--check-no-new-access"),
    ]
    .into_iter()
    .find_map(|(is_given, flag)| is_given.then_some(flag))
}

fn merge_output(mut output: OutputArgs, file: &SettingsFile) -> Result<OutputConfig> {
    let keys = &file.keys;
    output.resources = One { file }.of(output.resources, "resources", keys.resources.as_ref(), values::choice)?;
    output.risk = One { file }.of(output.risk, "risk", keys.risk.as_ref(), values::risk)?;
    for prefix in file.all("name-prefix", &keys.name_prefix) {
        if prefix.text.trim_end_matches('*').len() < 2 {
            return Err(prefix.wrong("a prefix is too short", "give at least two characters"));
        }
        output.name_prefixes.push(prefix.text);
    }
    OutputConfig::new(output)
}

/// The policies of today, of the command line or else of the file.
fn merge_current(args: &NarrowArgs, file: &SettingsFile) -> Result<(Vec<PathBuf>, Option<PathBuf>)> {
    if !args.current.is_empty() || args.account_authorization_details.is_some() {
        return Ok((args.current.clone(), args.account_authorization_details.clone()));
    }
    #[cfg(feature = "aws")]
    if args.from_iam {
        return Ok((Vec::new(), None));
    }
    let keys = &file.keys;
    match &keys.account_authorization_details {
        Some(details) if !keys.current.is_empty() || args.all => {
            let other = if args.all { "`--all`" } else { "`current`" };
            let details = file.written("account-authorization-details", details);
            let tip = "the details tell who holds which policy; leave one of the two out";
            Err(details.wrong(format!("stands beside {other}, which excludes it"), tip))
        }
        details => Ok((file.paths(&keys.current), details.as_ref().map(|details| file.path(details)))),
    }
}

/// Settings that have one value.
#[derive(Clone, Copy)]
struct One<'a> {
    file: &'a SettingsFile,
}

impl One<'_> {
    /// The flag, or else what the file says. That is checked in any case, so that a typo does not wait for the day on
    /// which the flag is left out.
    fn of<T>(
        self,
        flag: Option<T>,
        key: &str,
        value: Option<&Spanned<String>>,
        read: impl FnOnce(&Written) -> Result<T>,
    ) -> Result<Option<T>> {
        let of_file = value.map(|value| read(&self.file.written(key, value))).transpose()?;
        Ok(flag.or(of_file))
    }
}

fn keeps(catalog: &Catalog, file: &SettingsFile, flags: Vec<String>) -> Result<Vec<Keep>> {
    let mut all = Vec::new();
    for row in &file.keys.keep {
        keep(catalog, file, row, &mut all)?;
    }
    for pattern in flags {
        all.push(Keep {
            action: values::action(catalog, &Written::flag("--keep", &pattern))?,
            resource: None,
            principals: PrincipalFilter::default(),
            reason: format!("--keep {pattern}"),
            expires: None,
        });
    }
    Ok(all)
}

/// One rule for each action and resource of the section.
fn keep(catalog: &Catalog, file: &SettingsFile, row: &Spanned<KeepKeys>, all: &mut Vec<Keep>) -> Result<()> {
    let keys = row.get_ref();
    let principals = values::principals(&file.all("keep.principal", &keys.principal))?;
    let Some(reason) = &keys.reason else {
        let problem = format!("{}: `[[keep]]` has no `reason`", file.place(row.span().start));
        let tip = "say why the grant stays, such as reason = \"first deploy to a new region\"";
        return Err(Explained::new(problem, tip).into());
    };
    let reason = values::reason(&file.written("keep.reason", reason))?;
    let expires = keys.expires.as_ref().map(|expires| values::date(&expiry(file, expires))).transpose()?;
    let resources = file.all("keep.resource", &keys.resource);
    let resources = resources.iter().map(|pattern| values::resource(pattern).map(Some)).collect::<Result<Vec<_>>>()?;
    let resources = if resources.is_empty() { vec![None] } else { resources };
    for action in actions(catalog, file, "keep", &keys.action, row)? {
        for resource in &resources {
            all.push(Keep {
                action: action.clone(),
                resource: resource.clone(),
                principals: principals.clone(),
                reason: reason.clone(),
                expires,
            });
        }
    }
    Ok(())
}

fn never_grants(catalog: &Catalog, file: &SettingsFile, flags: Vec<String>) -> Result<Vec<NeverGrant>> {
    let mut all = Vec::new();
    for row in &file.keys.never_grant {
        let keys: &NeverGrantKeys = row.get_ref();
        let principals = values::principals(&file.all("never-grant.principal", &keys.principal))?;
        let reason = keys.reason.as_ref().map(|reason| values::reason(&file.written("never-grant.reason", reason)));
        let reason = reason.transpose()?;
        for action in actions(catalog, file, "never-grant", &keys.action, row)? {
            all.push(NeverGrant { action, principals: principals.clone(), reason: reason.clone() });
        }
    }
    for pattern in flags {
        let action = values::action(catalog, &Written::flag("--never-grant", pattern))?;
        all.push(NeverGrant { action, principals: PrincipalFilter::default(), reason: None });
    }
    Ok(all)
}

fn actions<T>(
    catalog: &Catalog,
    file: &SettingsFile,
    section: &str,
    patterns: &List,
    row: &Spanned<T>,
) -> Result<Vec<tighten_iam::ActionPattern>> {
    if patterns.is_empty() {
        let problem = format!("{}: `[[{section}]]` has no `action`", file.place(row.span().start));
        return Err(Explained::new(problem, "name the actions, such as action = \"iam:Get*\"").into());
    }
    let patterns = file.all(&format!("{section}.action"), patterns);
    patterns.iter().map(|pattern| values::action(catalog, pattern)).collect()
}

/// TOML has dates of its own, and people write them in quotes, too.
fn expiry(file: &SettingsFile, value: &Spanned<toml::Value>) -> Written {
    let text = match value.get_ref() {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Written { text, origin: file.origin("keep.expires", value.span()) }
}

impl From<GranularityLevel> for Granularity {
    fn from(level: GranularityLevel) -> Self {
        match level {
            GranularityLevel::Service => Self::Service,
            GranularityLevel::Action => Self::Action,
            GranularityLevel::Resource => Self::Resource,
        }
    }
}

impl From<WithoutKnownCallChoice> for WithoutKnownCall {
    fn from(choice: WithoutKnownCallChoice) -> Self {
        match choice {
            WithoutKnownCallChoice::Drop => Self::Drop,
            WithoutKnownCallChoice::Keep => Self::Keep,
        }
    }
}

impl From<UnobservableChoice> for Unobservable {
    fn from(choice: UnobservableChoice) -> Self {
        match choice {
            UnobservableChoice::KeepUsedServices => Self::KeepUsedServices,
            UnobservableChoice::Keep => Self::Keep,
            UnobservableChoice::Drop => Self::Drop,
        }
    }
}
