//! The statements of a policy, with what is known of each grant.

use tighten_synthesis::narrow::{GrantGroup, GrantVerdict, StatementReport, UsedGrant};

use crate::narrowing::model::{GrantReport, NarrowedStatement, NoEffect, UsedReport};
use crate::shared::{GapReport, Wildcard, gaps, level, reason};

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
        narrowed_to: used.narrowed.iter().map(Wildcard::from).collect(),
        as_written: used.as_written,
        gaps: gaps(used.verdict.gaps()),
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
        gaps: if group.level.is_some() { gaps(group.verdict.gaps()) } else { codes(&group.verdict) },
        reason: reason(&group.verdict),
        kept: group.kept,
        with_service: group.with_service,
        no_effect,
        count: group.count,
        actions: group.actions.iter().map(ToString::to_string).collect(),
    }
}

/// What is missing where the grants go and details are not asked for: each reason once, and no remedies.
fn codes(verdict: &GrantVerdict) -> Vec<GapReport> {
    let mut gaps = gaps(verdict.gaps());
    for gap in &mut gaps {
        gap.remedy = None;
    }
    gaps.dedup_by(|one, other| one.code == other.code);
    gaps
}
