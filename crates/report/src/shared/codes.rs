//! Codes of small values.

use tighten_catalog::AccessLevel;
use tighten_synthesis::RiskSource;
use tighten_synthesis::narrow::GrantVerdict;

/// What decided beside the records: the reason of a rule, the name of a boundary, or a second witness.
pub(crate) fn reason(verdict: &GrantVerdict) -> Option<String> {
    match verdict {
        GrantVerdict::KeptByRule { reason } => Some(reason.clone()),
        GrantVerdict::NeverGranted { reason } => reason.clone(),
        GrantVerdict::LastAccessed { on } => Some(format!("last accessed {on} by IAM's records")),
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
