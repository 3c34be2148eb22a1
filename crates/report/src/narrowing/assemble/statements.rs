//! The statements of a policy, with what is known of each grant.

use std::sync::Arc;

use tighten_synthesis::narrow::{GrantGroup, StatementReport, UsedGrant};

use super::lists::Lists;
use crate::narrowing::model::{GrantReport, NarrowedStatement, NoEffect, UsedReport};
use crate::shared::{Wildcard, level, reason};

/// `names` are those of the policies that were narrowed together.
pub(super) fn statement<'n>(
    statement: &'n StatementReport,
    names: &[&str],
    lists: &mut Lists<'n>,
) -> NarrowedStatement {
    NarrowedStatement {
        index: statement.index,
        sid: statement.sid.clone(),
        change: statement.change,
        into: statement.into,
        used: statement.used.iter().map(|one| used(one, lists)).collect(),
        grants: statement.groups.services().iter().flat_map(|groups| of_service(groups, names, lists)).collect(),
        common: None,
        unknown: statement.unknown.clone(),
    }
}

fn used<'n>(used: &'n UsedGrant, lists: &mut Lists<'n>) -> UsedReport {
    UsedReport {
        action: used.action.to_string(),
        narrowed_to: used.narrowed.iter().map(Wildcard::from).collect(),
        as_written: used.as_written,
        gaps: lists.gaps.of(&used.verdict),
    }
}

/// The places of a service's grants. What many statements share is looked at once.
fn of_service<'n>(groups: &'n Arc<[GrantGroup]>, names: &[&str], lists: &mut Lists<'n>) -> Vec<usize> {
    // The name of a policy that gives the same is one of those that were narrowed together.
    let is_shared = groups.iter().all(|group| group.no_effect.is_none());
    let address = Arc::as_ptr(groups).cast::<GrantGroup>();
    if let Some(known) = lists.services.get(&address).filter(|_| is_shared) {
        return known.clone();
    }
    let places: Vec<usize> = groups.iter().map(|group| grants(group, names, lists)).collect();
    if is_shared {
        lists.services.insert(address, places.clone());
    }
    places
}

fn grants<'n>(group: &'n GrantGroup, names: &[&str], lists: &mut Lists<'n>) -> usize {
    let no_effect = group.no_effect.map(|giver| NoEffect {
        policy: names.get(giver.policy).copied().unwrap_or_default().to_owned(),
        statement: giver.statement,
    });
    let gaps = if group.level.is_some() { lists.gaps.of(&group.verdict) } else { lists.gaps.codes(&group.verdict) };
    lists.grants.place(GrantReport {
        service: group.service.clone(),
        access_level: group.level.map(level),
        verdict: group.verdict.code(),
        gaps,
        reason: reason(&group.verdict),
        kept: group.kept,
        with_service: group.with_service,
        no_effect,
        count: group.count,
        actions: group.actions.iter().map(ToString::to_string).collect(),
    })
}
