//! What the narrowed policies of each holder were held against.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{ActionName, Principal, ResourcePattern};
use tighten_mapping::Certainty;
use tighten_synthesis::ConditionKeys;
use tighten_synthesis::narrow::{HolderProof, Inclusion, Narrowed, NotGranted};
use tighten_synthesis::replay::{Group, GroupKey, Tally, Verdict};
use tighten_usage as usage;

use super::{Holdout, ProofOf, Replayed};
use crate::narrowing::model::{HoldoutReport, LostReport, NotGrantedReport, ProofReport, ProvenNeeds, ReplayCounts};
use crate::shared::Evidence;

/// Each holder, those with the most calls first.
pub(super) fn principals(
    narrowed: &[Narrowed],
    proofs: &[ProofOf<'_>],
    shows: &dyn Fn(&Principal) -> bool,
) -> Vec<ProofReport> {
    let by_principal: BTreeMap<&Principal, &ProofOf<'_>> =
        proofs.iter().map(|proof| (proof.principal, proof)).collect();
    let mut principals: Vec<ProofReport> = Vec::new();
    for narrowed in narrowed {
        for holder in narrowed.holders.iter().filter(|holder| shows(&holder.principal)) {
            principals.push(principal(holder, narrowed, by_principal.get(&holder.principal).copied()));
        }
    }
    principals.sort_by(|a, b| {
        let calls = |proof: &ProofReport| Reverse(proof.replay.as_ref().map_or(0, |replay| replay.calls));
        (calls(a), &a.principal).cmp(&(calls(b), &b.principal))
    });
    principals
}

fn principal(holder: &HolderProof, narrowed: &Narrowed, proof: Option<&ProofOf<'_>>) -> ProofReport {
    let policies = || holder.policies.iter().filter_map(|at| narrowed.policies.get(*at));
    let missing = |all: &[NotGranted]| all.iter().map(not_granted).collect();
    ProofReport {
        principal: holder.principal.to_string(),
        account: holder.principal.account().to_owned(),
        name: holder.principal.name().to_owned(),
        policies: policies().map(|policy| policy.name.clone()).collect(),
        needs: ProvenNeeds {
            needed: holder.needed,
            allowed: holder.allowed,
            open: holder.open,
            forbidden: missing(&holder.forbidden),
            not_granted: missing(&holder.not_granted),
        },
        replay: proof.map(|proof| counts(&proof.replay)),
        included: weakest(policies().map(|policy| policy.inclusion)),
        holdout: proof.map(|proof| holdout(&proof.holdout)),
    }
}

fn weakest(inclusions: impl Iterator<Item = Inclusion>) -> Inclusion {
    let rank = |inclusion: &Inclusion| match inclusion {
        Inclusion::Same => 0,
        Inclusion::Documents => 1,
        Inclusion::Statements => 2,
    };
    inclusions.max_by_key(rank).unwrap_or(Inclusion::Same)
}

fn not_granted(missing: &NotGranted) -> NotGrantedReport {
    NotGrantedReport {
        action: missing.action.to_string(),
        resource: missing.resource.to_string(),
        evidence: Evidence::from(&missing.seen),
    }
}

fn holdout(holdout: &Holdout) -> HoldoutReport {
    match holdout {
        Holdout::Replayed { since, days, replayed } => {
            HoldoutReport::Replayed { since: *since, days: *days, replay: counts(replayed) }
        }
        Holdout::NotPossible { why } => HoldoutReport::NotPossible { why },
    }
}

fn counts(replayed: &Replayed) -> ReplayCounts {
    let (before, after) = (replayed.before.calls, replayed.after.calls);
    ReplayCounts {
        calls: before.known(),
        allowed_before: before.let_through(),
        allowed_after: after.let_through(),
        denied_before: before.denied,
        open_before: before.depends + before.partly,
        unmapped: before.unmapped,
        left_out: before.denied + before.depends + before.partly + before.unmapped,
        lost: lost(replayed),
    }
}

/// A permission, whatever the documents say to it.
type Permission<'a> = (&'a ActionName, &'a ResourcePattern, Certainty, &'a ConditionKeys, Option<&'a str>);

/// What one side says to a permission.
#[derive(Default)]
struct Said<'a> {
    /// How often it is surely allowed.
    allowed: u64,
    /// The other verdicts.
    others: Vec<(&'a Verdict, &'a Group)>,
}

fn said(tally: &Tally) -> BTreeMap<Permission<'_>, Said<'_>> {
    let mut said: BTreeMap<Permission<'_>, Said<'_>> = BTreeMap::new();
    for (key, group) in &tally.groups {
        let GroupKey { verdict, action, resource, certainty, context, via } = key;
        let said = said.entry((action, resource, *certainty, context, via.as_deref())).or_default();
        if verdict.is_allowed() {
            said.allowed += group.evidence.count;
        } else {
            said.others.push((verdict, group));
        }
    }
    said
}

/// The permissions that are less often surely allowed than before.
fn lost(replayed: &Replayed) -> Vec<LostReport> {
    let (before, after) = (said(&replayed.before), said(&replayed.after));
    let mut all = Vec::new();
    for ((action, resource, certainty, context, via), after) in &after {
        let Some(before) = before.get(&(*action, *resource, *certainty, *context, *via)) else { continue };
        let count = before.allowed.saturating_sub(after.allowed);
        // The groups are in the order of verdicts, the worst first.
        let Some((verdict, _)) = after.others.first().filter(|_| count > 0) else { continue };
        let mut seen = usage::Evidence::default();
        let mut calls = BTreeSet::new();
        for (_, group) in &after.others {
            seen.merge(group.evidence.clone());
            calls.extend(group.calls.iter());
        }
        let mut evidence = Evidence::recorded(&seen, calls.into_iter());
        evidence.count = count;
        let known: BTreeSet<&str> =
            before.others.iter().flat_map(|(_, group)| group.evidence.events.iter()).map(|event| &*event.id).collect();
        evidence.event_ids.retain(|id| !known.contains(id.as_str()));
        all.push(LostReport {
            verdict: verdict.code(),
            action: action.to_string(),
            resource: resource.to_string(),
            via: via.map(str::to_owned),
            evidence,
        });
    }
    // The map was in order, and the sort is stable.
    all.sort_by_key(|lost| Reverse(lost.evidence.count));
    all
}
