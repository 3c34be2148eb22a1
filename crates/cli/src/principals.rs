//! Choosing the principals that a command is about.

use std::collections::BTreeSet;

use anyhow::Result;
use tighten_iam::{Principal, PrincipalKind};
use tighten_inventory::Inventory;
use tighten_usage::Usage;

use crate::config::InputConfig;
use crate::current::Current;
use crate::error::Explained;
use crate::near::near;
use crate::terminal::Terminal;

/// How many principals an error lists.
const LISTED: usize = 10;

/// Leaves the principals that were asked for. Asking for nobody is an error: a mistyped name must not read as "needs
/// nothing".
pub(crate) fn choose(usage: &mut Usage, input: &InputConfig) -> Result<()> {
    let known: Vec<Principal> = usage.principals.keys().cloned().collect();
    usage.principals.retain(|principal, _| input.principals.admits(principal));
    if input.principals.is_all() || !usage.principals.is_empty() {
        return Ok(());
    }
    let names = |pattern: &String| -> Vec<String> {
        let by_arn = pattern.starts_with("arn:");
        let of = |principal: &'_ Principal| if by_arn { principal.to_string() } else { principal.name().to_owned() };
        let all: Vec<String> = known.iter().map(of).collect();
        near(pattern, all.iter().map(String::as_str), 5).into_iter().map(|name| format!("`{name}`")).collect()
    };
    let suggestions: Vec<String> = input.patterns.iter().flat_map(names).collect();
    let message = format!("no principal in these logs matches {}", quoted(&input.patterns));
    let tip = if suggestions.is_empty() {
        format!("there are {} principals; without `--principal` they are listed", known.len())
    } else {
        format!("did you mean {}?", suggestions.join(", "))
    };
    Err(Explained::new(message, tip).into())
}

/// Leaves the roles of these permission sets, if some are asked for. One without a role is an error, as in [`choose`].
pub(crate) fn choose_sets(usage: &mut Usage, sets: &[String]) -> Result<()> {
    if sets.is_empty() {
        return Ok(());
    }
    let known: BTreeSet<String> =
        usage.principals.keys().filter_map(Principal::permission_set).map(str::to_owned).collect();
    if let Some(missing) = sets.iter().find(|set| !known.contains(*set)) {
        let nearest: Vec<String> =
            near(missing, known.iter().map(String::as_str), 5).into_iter().map(|name| format!("`{name}`")).collect();
        let tip = match (nearest.is_empty(), known.is_empty()) {
            (false, _) => format!("did you mean {}?", nearest.join(", ")),
            (true, false) => {
                let all: Vec<String> = known.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
                format!("there are roles of {}", all.join(", "))
            }
            (true, true) => {
                "no role in these logs is one that IAM Identity Center keeps, `AWSReservedSSO_…`".to_owned()
            }
        };
        return Err(Explained::new(
            format!("no role of the permission set `{missing}` made a call in these logs"),
            tip,
        )
        .into());
    }
    usage
        .principals
        .retain(|principal, _| principal.permission_set().is_some_and(|own| sets.iter().any(|set| set == own)));
    Ok(())
}

/// Whom policies from files bind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoundPrincipals {
    /// Everyone who was asked for, be it several.
    pub(crate) several: bool,
    /// Root users too, as the policies of an organisation do.
    pub(crate) root: bool,
}

/// Leaves the principals that policies from files bind, which have to be one unless all are wanted.
pub(crate) fn choose_bound(
    usage: &mut Usage,
    input: &InputConfig,
    bound: BoundPrincipals,
    terminal: Terminal,
) -> Result<()> {
    choose(usage, input)?;
    prefer_exact(usage, &input.patterns);
    only_one(usage, bound, terminal)
}

/// The principals whose policies are narrowed. Files say nothing of whom they are attached to, so there they have to be
/// one, unless all are wanted; `usage` keeps those alone.
pub(crate) fn choose_holders(
    current: &Current,
    usage: &mut Usage,
    input: &InputConfig,
    all: bool,
    terminal: Terminal,
) -> Result<BTreeSet<Principal>> {
    match current {
        Current::Files(_) => {
            choose_bound(usage, input, BoundPrincipals { several: all, root: false }, terminal)?;
            Ok(usage.principals.keys().filter(|principal| has_policies(principal)).cloned().collect())
        }
        Current::Accounts(inventory) => holding(inventory, input),
    }
}

/// The one principal that an explanation is about.
pub(crate) fn choose_one(current: Option<&Current>, usage: &mut Usage, input: &InputConfig) -> Result<Principal> {
    let mut matching: Vec<Principal> = if let Some(Current::Accounts(inventory)) = current {
        holding(inventory, input)?.into_iter().collect()
    } else {
        let admitted = usage.principals.keys().filter(|principal| input.principals.admits(principal));
        admitted.cloned().collect()
    };
    let exact = |one: &Principal| input.patterns.iter().any(|pattern| pattern.trim() == one.as_str());
    if matching.iter().any(exact) {
        matching.retain(exact);
    }
    if matching.is_empty() {
        // It says so, and what may have been meant.
        choose(usage, input)?;
    }
    if matching.len() == 1
        && let Some(only) = matching.pop()
    {
        return Ok(only);
    }
    let message = format!("{} principals match {}", matching.len(), quoted(&input.patterns));
    Err(Explained::new(message, format!("give the ARN of one:\n{}", listed(matching.iter()))).into())
}

/// Whether policies can be attached to the principal.
pub(crate) fn has_policies(principal: &Principal) -> bool {
    matches!(principal.kind(), PrincipalKind::Role | PrincipalKind::User) && !principal.is_service_linked_role()
}

/// Those who were asked for and hold a policy.
pub(crate) fn holding(inventory: &Inventory, input: &InputConfig) -> Result<BTreeSet<Principal>> {
    let holders = inventory.holders.iter().filter(|(_, held)| !held.policies.is_empty());
    let chosen = holders.map(|(principal, _)| principal).filter(|one| input.principals.admits(one));
    let chosen: BTreeSet<Principal> = chosen.cloned().collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let message = if input.patterns.is_empty() {
        "nobody in the account authorization details holds a policy".to_owned()
    } else {
        format!("nobody of {} holds a policy by the account authorization details", quoted(&input.patterns))
    };
    let tip = "`aws iam get-account-authorization-details` without `--filter` tells who holds what";
    Err(Explained::new(message, tip).into())
}

/// Where ARNs were given in full, leaves these: names that differ in case alone are matched by the same pattern.
fn prefer_exact(usage: &mut Usage, patterns: &[String]) {
    let given = |principal: &Principal| patterns.iter().any(|pattern| pattern.trim() == principal.as_str());
    if patterns.iter().all(|pattern| usage.principals.keys().any(|principal| principal.as_str() == pattern.trim())) {
        usage.principals.retain(|principal, _| patterns.is_empty() || given(principal));
    }
}

/// Leaves the principals that policies bind, which have to be one unless all are wanted: a policy says nothing about
/// those that it is not attached to.
fn only_one(usage: &mut Usage, bound: BoundPrincipals, terminal: Terminal) -> Result<()> {
    let is_root = |principal: &Principal| principal.kind() == PrincipalKind::Root && !bound.root;
    let unbound = |principal: &Principal| is_root(principal) || principal.is_service_linked_role();
    let left_out: Vec<Principal> = usage.principals.keys().filter(|principal| unbound(principal)).cloned().collect();
    usage.principals.retain(|principal, _| !unbound(principal));
    match (usage.principals.len(), left_out.as_slice()) {
        (0, []) => {
            let tip = "records of services, sign-ins and the like are nobody's calls; `tighten needs` tells them";
            Err(Explained::new("no principal in these logs made a call", tip).into())
        }
        (0, [first, ..]) => {
            let tip = "root users and service-linked roles are not bound by policies that are attached to them";
            Err(Explained::new(format!("there is nothing to replay for `{first}`"), tip).into())
        }
        (several @ 2.., _) if !bound.several => {
            let tip = format!(
                "a policy is judged by the calls of one: choose it with `--principal`, or take `--all`\n{}",
                listed(usage.principals.keys())
            );
            Err(Explained::new(format!("{several} principals made these calls"), tip).into())
        }
        _ => {
            for principal in left_out {
                terminal.note(&format!("note: `{principal}` is left out, because no attached policy binds it"));
            }
            Ok(())
        }
    }
}

/// The first few principals, a line each.
fn listed<'p>(principals: impl ExactSizeIterator<Item = &'p Principal>) -> String {
    let more = principals.len().saturating_sub(LISTED);
    let mut names: Vec<String> = principals.take(LISTED).map(|principal| format!("  {principal}")).collect();
    if more > 0 {
        names.push(format!("  and {more} more"));
    }
    names.join("\n")
}

fn quoted(patterns: &[String]) -> String {
    patterns.iter().map(|pattern| format!("`{pattern}`")).collect::<Vec<_>>().join(" or ")
}
