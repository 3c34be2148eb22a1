//! What the narrowed policies of each holder were held against.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tighten_iam::Principal;
use tighten_synthesis::narrow::{HolderProof, Inclusion, Narrowed, NotGranted};
use tighten_synthesis::replay::{LostNeed, NeedReplay};
use tighten_synthesis::{HoldoutReplay, NoHoldout, PrincipalProof};

use crate::narrowing::model::{HoldoutReport, LostReport, NotGrantedReport, ProofReport, ProvenNeeds, ReplayCounts};
use crate::shared::Evidence;

/// Each holder, those with the most calls first.
pub(super) fn principals(
    narrowed: &[Narrowed],
    proofs: &[PrincipalProof],
    shows: &dyn Fn(&Principal) -> bool,
) -> Vec<ProofReport> {
    let by_principal: BTreeMap<&Principal, &PrincipalProof> =
        proofs.iter().map(|proof| (&proof.principal, proof)).collect();
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

fn principal(holder: &HolderProof, narrowed: &Narrowed, proof: Option<&PrincipalProof>) -> ProofReport {
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

fn holdout(holdout: &Result<HoldoutReplay, NoHoldout>) -> HoldoutReport {
    match holdout {
        Ok(HoldoutReplay { days, replay }) => {
            HoldoutReport::Replayed { since: days.start(), days: days.days, replay: counts(replay) }
        }
        Err(why) => HoldoutReport::NotPossible { why: why.why() },
    }
}

fn counts(replay: &NeedReplay) -> ReplayCounts {
    let NeedReplay { calls, before, after, lost } = replay;
    ReplayCounts {
        calls: calls.authorised,
        unmapped: calls.unmapped,
        some_not_judged: calls.some_not_judged,
        needs: before.total(),
        allowed_before: before.allowed,
        allowed_after: after.allowed,
        denied_before: before.denied,
        open_before: before.open(),
        left_out: before.denied + before.open(),
        lost: lost_needs(lost),
    }
}

/// Those with the most calls first.
fn lost_needs(lost: &[LostNeed]) -> Vec<LostReport> {
    let report = |lost: &LostNeed| LostReport {
        verdict: lost.verdict.code(),
        action: lost.action.to_string(),
        resource: lost.resource.to_string(),
        via: lost.via.clone(),
        shared: lost.shared,
        evidence: Evidence::from(&lost.seen),
    };
    let mut all: Vec<LostReport> = lost.iter().map(report).collect();
    // They came in order, and the sort is stable.
    all.sort_by_key(|lost| Reverse(lost.evidence.count));
    all
}
