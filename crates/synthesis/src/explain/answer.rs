//! The short answer.

use std::collections::BTreeSet;

use tighten_iam::Principal;

use super::model::{Answer, AnswerCode, Explanation, Fit, OnResource, Reason, StatementFor, UseOf};
use crate::narrow::GrantVerdict;
use crate::observe::Gap;
use crate::replay::{Outcome, Verdict};
use crate::used::Seen;

pub(super) fn answer(explanation: &Explanation) -> Answer {
    if !explanation.has_policies {
        return Answer { code: AnswerCode::NotGranted, reason: Reason::NoPolicies };
    }
    match (&explanation.resource, explanation.is_current) {
        (Some(on), true) => current_on(explanation, on),
        (None, true) => current(explanation),
        (Some(on), false) => generated_on(explanation, on),
        (None, false) => generated(explanation),
    }
}

/// Of policies of today, and any resource.
fn current(explanation: &Explanation) -> Answer {
    if let Some(denial) = explanation.denials.iter().find(|denial| denial.always) {
        let by = crate::replay::StatementAt { document: denial.grant.document, statement: denial.grant.statement };
        return Answer { code: AnswerCode::Denied, reason: Reason::DeniedBy(by) };
    }
    if explanation.statements.is_empty() {
        return Answer { code: AnswerCode::NotGranted, reason: not_allowed(explanation) };
    }
    let all: Vec<&StatementFor> = explanation.statements.iter().collect();
    let code = match (all.iter().any(|one| one.is_kept()), all.iter().all(|one| is_same(one))) {
        (false, _) => AnswerCode::Removed,
        (true, true) => AnswerCode::Kept,
        (true, false) => AnswerCode::Narrowed,
    };
    Answer { code, reason: by_statements(explanation, &all) }
}

/// Of policies of today, and the asked resource.
fn current_on(explanation: &Explanation, on: &OnResource) -> Answer {
    let before = on.before.as_ref().unwrap_or(&on.after);
    match before {
        Verdict::ExplicitDeny { by } => {
            return Answer { code: AnswerCode::Denied, reason: Reason::DeniedBy(*by) };
        }
        Verdict::ImplicitDeny => {
            return Answer { code: AnswerCode::NotGranted, reason: not_allowed(explanation) };
        }
        _ => {}
    }
    let concerned: Vec<&StatementFor> = explanation.statements.iter().filter(|one| one.concerns).collect();
    let reason = reason_on(explanation, &concerned);
    let (was, is) = (before.outcome(), on.after.outcome());
    let code = match (was, is) {
        (_, Outcome::Denied) => AnswerCode::Removed,
        (was, is) if is < was => AnswerCode::Narrowed,
        (Outcome::Allowed, _) => AnswerCode::Kept,
        _ if explanation.uses.iter().any(UseOf::is_on) || concerned.iter().all(|one| !is_same(one)) => AnswerCode::Kept,
        (Outcome::Depends, _) => {
            let keys = keys(before);
            return Answer { code: AnswerCode::Open, reason: Reason::Conditions { keys } };
        }
        _ => return Answer { code: AnswerCode::Open, reason: Reason::Partly },
    };
    Answer { code, reason }
}

/// Of a proposal.
fn generated(explanation: &Explanation) -> Answer {
    if explanation.grants.is_empty() {
        return Answer { code: AnswerCode::NotGranted, reason: not_seen(explanation) };
    }
    Answer { code: AnswerCode::Granted, reason: used(explanation) }
}

fn generated_on(explanation: &Explanation, on: &OnResource) -> Answer {
    let on_it = explanation.uses.iter().any(UseOf::is_on);
    match &on.after {
        Verdict::Allowed { .. } => Answer { code: AnswerCode::Granted, reason: used(explanation) },
        Verdict::Depends { .. } if on_it => Answer { code: AnswerCode::Granted, reason: used(explanation) },
        Verdict::Depends { .. } => {
            Answer { code: AnswerCode::Open, reason: Reason::Conditions { keys: keys(&on.after) } }
        }
        Verdict::Partly { .. } => Answer { code: AnswerCode::Open, reason: Reason::Partly },
        Verdict::ImplicitDeny | Verdict::Withheld { .. } | Verdict::ExplicitDeny { .. } => {
            let reason = match seen(explanation.uses.iter()) {
                Some(seen) if !on_it => Reason::UsedElsewhere { seen },
                _ => not_seen(explanation),
            };
            Answer { code: AnswerCode::NotGranted, reason }
        }
    }
}

/// Whether all that the statement gives of the action stays in it.
fn is_same(one: &StatementFor) -> bool {
    let [only] = one.becomes.as_slice() else { return false };
    only.resources == one.resources && only.conditions == one.conditions
}

/// Why the action stays in the statements, or goes from all of them: what weighs most.
fn by_statements(explanation: &Explanation, statements: &[&StatementFor]) -> Reason {
    let kept = statements.iter().any(|one| one.is_kept());
    let of_interest = || statements.iter().filter(move |one| one.is_kept() == kept);
    let verdicts = || of_interest().filter_map(|one| one.verdict.as_ref());
    if verdicts().any(|verdict| matches!(verdict, GrantVerdict::Used { .. })) {
        return used(explanation);
    }
    let strongest = verdicts().find_map(|verdict| match verdict {
        GrantVerdict::KeptByRule { reason } => Some(Reason::KeptByRule { reason: reason.clone() }),
        GrantVerdict::LastAccessed { on } => Some(Reason::LastAccessed { on: *on }),
        GrantVerdict::OutsideBoundary { boundary } => Some(Reason::OutsideBoundary { boundary: boundary.clone() }),
        GrantVerdict::NeverGranted { reason } => Some(Reason::NeverGranted {
            reason: reason.clone(),
            used: own(explanation).map(|one| one.need.seen.count).sum(),
        }),
        _ => None,
    });
    let young = || {
        verdicts().find_map(|verdict| match verdict {
            GrantVerdict::TooYoung(young) => Some(Reason::TooYoung(*young)),
            _ => None,
        })
    };
    let gaps: BTreeSet<Gap> = verdicts().flat_map(GrantVerdict::gaps).cloned().collect();
    if let Some(reason) = strongest.or_else(young) {
        return reason;
    }
    if of_interest().all(|one| one.verdict.is_none()) {
        return Reason::NotInCatalog;
    }
    if !gaps.is_empty() {
        return Reason::NotObservable { gaps: gaps.into_iter().collect() };
    }
    if of_interest().any(|one| one.with_service) {
        return Reason::WithService;
    }
    // Some other policy let these through.
    if let Some(seen) = seen(explanation.uses.iter().filter(|one| one.principal == explanation.principal)) {
        return Reason::UsedElsewhere { seen };
    }
    Reason::Unused { days: explanation.days.days }
}

/// Why the asked resource stays or goes.
fn reason_on(explanation: &Explanation, concerned: &[&StatementFor]) -> Reason {
    let reason = by_statements(explanation, concerned);
    match reason {
        Reason::Used { .. } | Reason::UsedByOthers { .. } | Reason::UsedElsewhere { .. }
            if !explanation.uses.iter().any(UseOf::is_on) =>
        {
            // What stays as wide as it was for want of records stays for that reason, however it was used elsewhere.
            let for_want_of_records = |one: &&&StatementFor| {
                let gaps = one.verdict.as_ref().map(GrantVerdict::gaps).unwrap_or_default();
                one.is_kept() && !one.as_written && one.narrowed.is_empty() && !gaps.is_empty()
            };
            let gaps = explanation.visibility.gaps();
            let scoped = concerned.iter().any(|one| one.is_kept() && one.as_written);
            if !gaps.is_empty() && !scoped && concerned.iter().any(|one| for_want_of_records(&one)) {
                return Reason::NotObservable { gaps: gaps.to_vec() };
            }
            match seen(explanation.uses.iter()) {
                Some(seen) => Reason::UsedElsewhere { seen },
                None => reason,
            }
        }
        other => other,
    }
}

fn own(explanation: &Explanation) -> impl Iterator<Item = &UseOf> {
    explanation.uses.iter().filter(|one| one.principal == explanation.principal && one.is_on())
}

/// Who used it, and how often.
fn used(explanation: &Explanation) -> Reason {
    let answered = |one: &&UseOf| !explanation.is_current || one.resources.iter().any(|one| !one.by.is_empty());
    if let Some(seen) = seen(own(explanation).filter(answered)) {
        let is_one = |one: &UseOf| {
            one.resources.iter().all(|one| one.fit.is_none_or(|fit| matches!(fit, Fit::Same | Fit::Within)))
        };
        return Reason::Used { seen, among: !own(explanation).filter(answered).all(is_one) };
    }
    let others: BTreeSet<&Principal> =
        explanation.uses.iter().filter(|one| one.is_on()).map(|one| &one.principal).collect();
    if others.is_empty() {
        let seen = seen(explanation.uses.iter()).unwrap_or_default();
        return Reason::UsedElsewhere { seen };
    }
    Reason::UsedByOthers { principals: others.into_iter().cloned().collect() }
}

/// Why policies of today do not give it.
fn not_allowed(explanation: &Explanation) -> Reason {
    match seen(own(explanation)) {
        Some(seen) => Reason::UsedNotAllowed { seen },
        None => refused(explanation).unwrap_or(Reason::NotAllowed),
    }
}

fn refused(explanation: &Explanation) -> Option<Reason> {
    let mut all = explanation.refused.iter().map(|want| &want.seen);
    let mut seen = all.next()?.clone();
    all.for_each(|other| seen.merge(other));
    Some(Reason::Refused { seen })
}

/// Why a proposal does not give it.
fn not_seen(explanation: &Explanation) -> Reason {
    if let Some(reason) = refused(explanation) {
        return reason;
    }
    let mut suspected = explanation.suspected.iter().map(|need| &need.seen);
    if let Some(first) = suspected.next() {
        let mut seen = first.clone();
        suspected.for_each(|other| seen.merge(other));
        return Reason::Suspected { seen };
    }
    match explanation.visibility.gaps() {
        [] if explanation.visibility.is_full() => Reason::Unused { days: explanation.days.days },
        gaps => Reason::NotObservable { gaps: gaps.to_vec() },
    }
}

fn seen<'u>(uses: impl Iterator<Item = &'u UseOf>) -> Option<Seen> {
    let mut uses = uses.map(|one| &one.need.seen);
    let mut sum = uses.next()?.clone();
    uses.for_each(|other| sum.merge(other));
    Some(sum)
}

fn keys(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Depends { keys } => keys.iter().cloned().collect(),
        _ => Vec::new(),
    }
}
