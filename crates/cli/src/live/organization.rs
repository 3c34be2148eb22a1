//! The policies by which the organisation binds its accounts.

use std::collections::BTreeSet;

use anyhow::Result;
use tighten_aws::{ControlPolicy, Organization, Problem, organization};

use crate::account::{Account, explained};
use crate::terminal::Terminal;

/// What was found out about the organisation.
pub(crate) enum Found {
    /// It, as far as it binds the accounts.
    Organization(Organization),
    /// The account is in none.
    None,
    /// It may not be read.
    Denied,
}

/// Reads the policies that bind these accounts. That they may not be read is said, and is an error if `alone`: then there would be
/// nothing to judge by, and everything would pass for allowed.
pub(crate) fn read_organization(
    account: &Account,
    accounts: &BTreeSet<String>,
    alone: bool,
    terminal: Terminal,
) -> Result<Found> {
    let found = match organization(account.connection()?, accounts) {
        Ok(Some(found)) => found,
        Ok(None) => {
            terminal.note("the account is in no organisation, so no SCP and no RCP binds it");
            return Ok(Found::None);
        }
        Err(error) if *error.problem() == Problem::Denied && !alone => {
            terminal.note(&format!("warning: judged without the SCPs and RCPs of the organisation: {error}"));
            terminal.note(&format!("  {}", error.tip()));
            return Ok(Found::Denied);
        }
        Err(error) => return Err(explained(error).into()),
    };
    let count = |of: fn(&tighten_aws::OrganizationLevel) -> &[ControlPolicy]| {
        found.levels.iter().flat_map(of).map(|policy| &policy.id).collect::<BTreeSet<_>>().len()
    };
    terminal.note(&format!(
        "organisation of {}: {} at {}, {} in force",
        found.management_account,
        counted(count(|level| &level.service_control), "SCP", "SCPs"),
        counted(found.levels.len(), "level", "levels"),
        counted(count(|level| &level.resource_control), "RCP", "RCPs"),
    ));
    for kind in &found.disabled {
        let name = if kind == "SERVICE_CONTROL_POLICY" { "SCPs" } else { "RCPs" };
        terminal.note(&format!("{name} are not enabled in the organisation"));
    }
    if !found.strangers.is_empty() {
        let strangers = found.strangers.join(", ");
        terminal.note(&format!("not in the organisation, so its policies do not bind them: {strangers}"));
    }
    Ok(Found::Organization(found))
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
