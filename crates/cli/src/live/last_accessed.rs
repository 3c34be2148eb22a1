//! IAM's own records of what principals last used.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use tighten_aws::{AccessedService, AwsError, last_accessed};
use tighten_iam::{ActionName, Principal};
use tighten_synthesis::narrow::{LastAccessed, ServiceAccess};

use crate::account::Account;
use crate::config::InputConfig;
use crate::current::Current;
use crate::principals::{has_policies, holding};
use crate::settings::NarrowSettings;
use crate::terminal::Terminal;

/// Asks about those whose policies are narrowed, before the logs are read, so that what is denied is known before the hour that
/// this may take. Whom policies from files belong to, only the logs tell.
pub(crate) fn ask_holders(
    settings: &mut NarrowSettings,
    current: Option<&Current>,
    input: &InputConfig,
    terminal: Terminal,
) -> Result<()> {
    match current {
        Some(current @ Current::Accounts(inventory)) if settings.asked.last_accessed => {
            ask(settings, current, &holding(inventory, input)?, &input.account, terminal)
        }
        _ => Ok(()),
    }
}

/// Asks about those who turned out to be whom policies from files are narrowed for.
pub(crate) fn ask_callers(
    settings: &mut NarrowSettings,
    current: &Current,
    chosen: &BTreeSet<Principal>,
    account: &Account,
    terminal: Terminal,
) -> Result<()> {
    match current {
        Current::Files(_) if settings.asked.last_accessed => ask(settings, current, chosen, account, terminal),
        _ => Ok(()),
    }
}

/// Asks about these principals and everybody who holds one of their policies.
pub(crate) fn ask(
    settings: &mut NarrowSettings,
    current: &Current,
    chosen: &BTreeSet<Principal>,
    account: &Account,
    terminal: Terminal,
) -> Result<()> {
    let sets = current.sets(chosen);
    let holders = sets.iter().flat_map(|set| set.holders.iter().map(|holder| holder.principal));
    let principals: Vec<&Principal> =
        holders.filter(|principal| has_policies(principal)).collect::<BTreeSet<_>>().into_iter().collect();
    let arns: Vec<String> = principals.iter().map(ToString::to_string).collect();
    let count = arns.len();
    let reports =
        last_accessed(account.connection()?, &arns, |done| tracing::info!(done, of = count, "service last accessed"));
    let (mut known, mut failed) = (BTreeMap::new(), Vec::new());
    for (principal, report) in principals.into_iter().zip(reports) {
        match report {
            Ok(services) => drop(known.insert(principal.clone(), records(services))),
            Err(error) => failed.push(error),
        }
    }
    warn(&failed, count, terminal);
    settings.options.last_accessed = known;
    Ok(())
}

/// How many reports that failed are told.
const TOLD: usize = 3;

/// Without a report, narrowing does as if nobody had asked: that takes more away, so it is said.
fn warn(failed: &[AwsError], count: usize, terminal: Terminal) {
    let Some(first) = failed.first() else { return };
    terminal.note(&format!(
        "warning: {} of {count} reports of what was last accessed failed; for these principals the logs alone decide",
        failed.len()
    ));
    for error in failed.iter().take(TOLD) {
        terminal.note(&format!("  {error}"));
    }
    for line in first.tip().lines() {
        terminal.note(&format!("  {line}"));
    }
}

fn records(services: Vec<AccessedService>) -> LastAccessed {
    LastAccessed::new(services.into_iter().map(|AccessedService { service, at, actions }| {
        let action =
            |(name, at): (String, Option<Timestamp>)| Some((ActionName::new(&service, &name).ok()?, at.map(day)));
        let actions = actions.into_iter().filter_map(action).collect();
        (service.clone(), ServiceAccess { on: day(at), actions })
    }))
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
