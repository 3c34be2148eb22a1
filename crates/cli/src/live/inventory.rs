//! The policies of today, as IAM has them.

use std::collections::BTreeSet;

use anyhow::Result;
use tighten_aws::{AuthorizationDetails, authorization_details};
use tighten_inventory::{Inventory, InventoryError};
use tighten_usage::Usage;

use crate::account::{Account, explained};
use crate::error::Explained;
use crate::principals::has_policies;
use crate::terminal::Terminal;

/// Reads the policies of the account that there are credentials for.
pub(crate) fn read(account: &Account, terminal: Terminal) -> Result<Inventory> {
    let pages = |count| tracing::info!(pages = count, "authorization details");
    let details = authorization_details(account.connection()?, pages).map_err(explained)?;
    let AuthorizationDetails { account, text } = details;
    let name = account.map_or_else(|| "the account".to_owned(), |account| format!("account {account}"));
    let inventory = Inventory::parse(&text, &name).map_err(unusable)?;
    let (holders, policies) =
        (counted(inventory.holders.len(), "user or role", "users and roles"), &inventory.policies);
    terminal.note(&format!("IAM: {holders} with {} in {name}", counted(policies.len(), "policy", "policies")));
    Ok(inventory)
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// The lists do not fit together, though nobody left anything out.
fn unusable(error: InventoryError) -> Explained {
    use InventoryError::{DocumentMissing, GroupMissing, HoldersMissing, Twice};
    let tip = match &error {
        DocumentMissing { .. } | GroupMissing { .. } | HoldersMissing { .. } | Twice { .. } => {
            "IAM changed while it was read: try again"
        }
        _ => "IAM answered with what `aws iam get-account-authorization-details` would not print",
    };
    Explained::of(error, tip)
}

/// Says which accounts have principals in the logs, and none among the policies.
pub(crate) fn note_other_accounts(inventory: &Inventory, usage: &Usage, terminal: Terminal) {
    let own: BTreeSet<&str> = inventory.holders.keys().map(tighten_iam::Principal::account).collect();
    let callers = usage.principals.keys().filter(|principal| has_policies(principal));
    let others: BTreeSet<&str> =
        callers.map(tighten_iam::Principal::account).filter(|one| !own.contains(one)).collect();
    if others.is_empty() {
        return;
    }
    let named: Vec<&str> = others.iter().copied().take(NAMED).collect();
    let more = others.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    terminal.note(&format!(
        "note: the logs hold calls from {} ({}{more}), whose policies `--from-iam` does not read: give `--role-arn` or \
         `--profile` of that account",
        counted(others.len(), "other account", "other accounts"),
        named.join(", "),
    ));
}

/// How many accounts are named.
const NAMED: usize = 5;
