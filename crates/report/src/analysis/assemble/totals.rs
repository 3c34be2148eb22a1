//! Sums over principals.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::quota;
use tighten_mapping::NoNeed;
use tighten_synthesis::SetProposal;
use tighten_usage::{ApiCall, Evidence, PrincipalUsage, Usage};

use crate::analysis::model::{PermissionSet, PrincipalReport, SetPolicy, Totals};
use crate::paths::Paths;

pub(super) fn totals(
    principals: &[PrincipalReport],
    usage: &Usage,
    unmapped: &BTreeMap<(ApiCall, NoNeed), Evidence>,
) -> Totals {
    let actions: BTreeSet<&str> = principals.iter().flat_map(PrincipalReport::actions).collect();
    let mut totals = Totals { principals: principals.len(), actions: actions.len(), ..Totals::default() };
    for outcomes in usage.principals.values().map(PrincipalUsage::outcomes) {
        totals.calls += outcomes.total();
        totals.authorised += outcomes.authorised;
        totals.denied += outcomes.denied;
    }
    for principal in principals {
        totals.needs += principal.needs.len();
        totals.exact += principal.needs_known("exact");
        totals.by_type += principal.needs_known("by-type");
        totals.unresolved += principal.needs_known("unresolved");
        totals.documents += principal.documents.len();
    }
    for ((_, reason), seen) in unmapped {
        match reason {
            NoNeed::NoPermission => totals.no_permission += seen.count,
            _ => totals.unmapped += seen.count,
        }
    }
    totals
}

/// The roles of permission sets by set, those with the most calls first.
pub(super) fn permission_sets(
    principals: &[PrincipalReport],
    proposals: &[SetProposal],
    paths: &mut Paths,
) -> Vec<PermissionSet> {
    let mut roles: BTreeMap<&str, Vec<&PrincipalReport>> = BTreeMap::new();
    for principal in principals {
        if let Some(set) = &principal.permission_set {
            roles.entry(set).or_default().push(principal);
        }
    }
    let mut sets: Vec<PermissionSet> = roles
        .into_iter()
        .map(|(name, roles)| PermissionSet {
            name: name.to_owned(),
            accounts: sorted(roles.iter().map(|role| role.account.as_str())),
            calls: roles.iter().map(|role| role.calls).sum(),
            denied_calls: roles.iter().map(|role| role.denied_calls).sum(),
            actions: sorted(roles.iter().flat_map(|role| role.actions())),
            roles: sorted(roles.iter().map(|role| role.principal.as_str())),
            policy: proposals.iter().find(|proposal| proposal.name == name).and_then(|set| policy(set, paths)),
        })
        .collect();
    sets.sort_by_key(|set| std::cmp::Reverse(set.calls));
    sets
}

fn policy(set: &SetProposal, paths: &mut Paths) -> Option<SetPolicy> {
    let document = set.document.as_ref()?;
    Some(SetPolicy {
        path: paths.of_set(&set.name),
        size: quota::size(document),
        limit: quota::limit(quota::PolicyKind::PermissionSet),
        document: document.to_value(),
    })
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.collect::<BTreeSet<&str>>().into_iter().map(str::to_owned).collect()
}
