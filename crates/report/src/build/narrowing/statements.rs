//! The statements of a policy, with what is known of each grant.

use tighten_synthesis::How;
use tighten_synthesis::narrow::{GrantGroup, GrantVerdict, NarrowedTo, StatementReport, UsedGrant};

use crate::build::principal::why;
use crate::diff::level;
use crate::model::{GapReport, GrantReport, NarrowedStatement, NoEffect, UsedReport, Wildcard};

/// `names` are those of the policies that were narrowed together.
pub(super) fn statement(statement: &StatementReport, names: &[&str]) -> NarrowedStatement {
    NarrowedStatement {
        index: statement.index,
        sid: statement.sid.clone(),
        change: statement.change,
        into: statement.into,
        used: statement.used.iter().map(used).collect(),
        grants: statement.groups.iter().map(|group| grants(group, names)).collect(),
        unknown: statement.unknown.clone(),
    }
}

fn used(used: &UsedGrant) -> UsedReport {
    UsedReport {
        action: used.action.to_string(),
        narrowed_to: used.narrowed.iter().map(wildcard).collect(),
        as_written: used.as_written,
        gaps: gaps(&used.verdict),
    }
}

fn wildcard(narrowed: &NarrowedTo) -> Wildcard {
    Wildcard {
        pattern: narrowed.pattern.to_string(),
        why: if narrowed.how == How::Exact { "exact" } else { why(narrowed.how) },
        samples: narrowed.behind.samples.clone(),
        count: narrowed.behind.count,
        more: narrowed.behind.more,
    }
}

fn grants(group: &GrantGroup, names: &[&str]) -> GrantReport {
    let no_effect = group.no_effect.map(|giver| NoEffect {
        policy: names.get(giver.policy).copied().unwrap_or_default().to_owned(),
        statement: giver.statement,
    });
    GrantReport {
        service: group.service.clone(),
        access_level: group.level.map(level),
        verdict: group.verdict.code(),
        gaps: if group.level.is_some() { gaps(&group.verdict) } else { codes(&group.verdict) },
        reason: match &group.verdict {
            GrantVerdict::KeptByRule { reason } => Some(reason.clone()),
            GrantVerdict::NeverGranted { reason } => reason.clone(),
            GrantVerdict::OutsideBoundary { boundary } => Some(boundary.clone()),
            _ => None,
        },
        kept: group.kept,
        with_service: group.with_service,
        no_effect,
        count: group.count,
        actions: group.actions.iter().map(ToString::to_string).collect(),
    }
}

/// What is missing where the grants go and details are not asked for: each reason once, and no remedies.
fn codes(verdict: &GrantVerdict) -> Vec<GapReport> {
    let mut gaps = gaps(verdict);
    for gap in &mut gaps {
        gap.remedy = None;
    }
    gaps.dedup_by(|one, other| one.code == other.code);
    gaps
}

fn gaps(verdict: &GrantVerdict) -> Vec<GapReport> {
    verdict.gaps().iter().map(GapReport::from).collect()
}
