//! Small values that several reports show.

use tighten_catalog::AccessLevel;
use tighten_synthesis::narrow::{GrantVerdict, NarrowedTo};
use tighten_synthesis::{Behind, Gap, Granted, How, RiskSource, Seen, Want};

use crate::model::{DeniedReport, Evidence, GapReport, Wildcard};

impl From<&Seen> for Evidence {
    fn from(seen: &Seen) -> Self {
        Self {
            count: seen.count,
            first_seen: seen.first,
            last_seen: seen.last,
            event_ids: seen.event_ids.clone(),
            regions: seen.regions.clone(),
            calls: seen.calls.clone(),
        }
    }
}

impl From<&Want> for DeniedReport {
    fn from(want: &Want) -> Self {
        Self {
            action: want.action.clone(),
            known_from: want.origin,
            resources: want.resources.iter().map(ToString::to_string).collect(),
            named: want.named.clone(),
            error_code: want.error_code.clone(),
            reason: want.reason.clone(),
            via: want.via.clone(),
            evidence: Evidence::from(&want.seen),
        }
    }
}

impl From<&Granted> for Wildcard {
    fn from(granted: &Granted) -> Self {
        wildcard(granted.pattern.to_string(), granted.how, granted.respelled, &granted.behind)
    }
}

impl From<&NarrowedTo> for Wildcard {
    fn from(narrowed: &NarrowedTo) -> Self {
        wildcard(narrowed.pattern.to_string(), narrowed.how, false, &narrowed.behind)
    }
}

fn wildcard(pattern: String, how: How, respelled: bool, behind: &Behind) -> Wildcard {
    Wildcard {
        pattern,
        why: match how {
            How::Exact if respelled => "respelled",
            How::Exact => "exact",
            How::Minted => "minted",
            How::Crowded => "crowded",
            How::Regions => "regions",
            How::NamePrefix => "name-prefix",
            How::Type => "type",
            How::Any => "any",
            How::Unsettled => "unsettled",
        },
        samples: behind.samples.clone(),
        count: behind.count,
        more: behind.more,
    }
}

/// What may have gone unrecorded.
pub(crate) fn gaps(gaps: &[Gap]) -> Vec<GapReport> {
    gaps.iter().map(GapReport::from).collect()
}

/// What decided beside the records: the reason of a rule, or the name of a boundary.
pub(crate) fn reason(verdict: &GrantVerdict) -> Option<String> {
    match verdict {
        GrantVerdict::KeptByRule { reason } => Some(reason.clone()),
        GrantVerdict::NeverGranted { reason } => reason.clone(),
        GrantVerdict::OutsideBoundary { boundary } => Some(boundary.clone()),
        _ => None,
    }
}

/// The code of what a class of risk rests on, and where that is known from.
pub(crate) fn risk_source(source: RiskSource) -> (&'static str, Option<&'static str>) {
    match source {
        RiskSource::Escalation(evidence) => ("escalation", Some(evidence)),
        RiskSource::Listed(evidence) => ("listed", Some(evidence)),
        RiskSource::DataEvent => ("data-event", None),
        RiskSource::Name => ("name", None),
        RiskSource::AccessLevel => ("access-level", None),
        RiskSource::Unknown => ("unknown", None),
    }
}

/// The stable spelling of an access level.
pub(crate) fn level(level: AccessLevel) -> &'static str {
    match level {
        AccessLevel::List => "list",
        AccessLevel::Read => "read",
        AccessLevel::Write => "write",
        AccessLevel::Tagging => "tagging",
        AccessLevel::PermissionsManagement => "permissions-management",
    }
}
