//! What stands between a use and its record.

use serde::Serialize;
use tighten_synthesis::{Gap, GapKind, Remedy, Wanted};
use tighten_usage::Access;

use crate::page::Prose;
use crate::prose;

/// One reason why a use may not be in the records.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GapReport {
    /// The stable code.
    pub code: &'static str,
    /// The reason in words.
    pub message: Prose,
    /// Concluded from the records, for want of the trail's selectors.
    pub inferred: bool,
    /// What would close it; nothing where nothing is known that would.
    pub remedy: Option<Remedy>,
}

impl From<&Gap> for GapReport {
    fn from(gap: &Gap) -> Self {
        let message = message(&gap.what);
        Self { code: gap.what.code(), message, inferred: gap.inferred, remedy: gap.what_would_help() }
    }
}

/// What may have gone unrecorded.
pub(crate) fn gaps(gaps: &[Gap]) -> Vec<GapReport> {
    gaps.iter().map(GapReport::from).collect()
}

fn message(what: &GapKind) -> Prose {
    match what {
        GapKind::NeverRecorded { why } => prose!["CloudTrail does not record it: ", why.clone()],
        GapKind::ParentCall { call } => prose![said(call), " was called, which may have asked for it"],
        GapKind::UnnamedRoles { actions } => prose![
            list(actions),
            " may pass roles that no record names: of task definitions, launch templates, documents or bodies, or in \
             requests that are not understood"
        ],
        GapKind::UnsettledTypes { types } => {
            prose!["calls may have been checked on this, and their records do not tell: ", list(types)]
        }
        GapKind::Unclear { why } => (*why).into(),
        GapKind::NoKnownCall => "no call is known whose record would show it".into(),
        GapKind::UnknownRecording => "nobody says what would record it".into(),
        GapKind::DataEvents(wanted) => prose![events(wanted), " are not recorded"],
        GapKind::DataEventsPartly(wanted) => {
            prose![events(wanted), " are recorded for some resources, or it is not known for which"]
        }
        GapKind::ReadEvents => "management events that read are not recorded".into(),
        GapKind::WriteEvents => "management events that write are not recorded".into(),
        GapKind::ExcludedSource { sources, wanted } => prose![events(wanted), " of ", list(sources), " are left out"],
        GapKind::Region { region } => prose!["nothing was recorded in ", said(region)],
        GapKind::RegionFilter { regions } => prose!["only ", list(regions), " was looked at"],
        GapKind::Account { account } => prose!["nothing was recorded in account ", said(account)],
        GapKind::IdentityFilter(wanted) => prose![events(wanted), " are recorded for some callers only"],
        GapKind::EventFilter { field, wanted } => {
            prose!["the selectors choose among ", events(wanted), " by ", Prose::quoted(field.to_string())]
        }
    }
}

/// Which events.
fn events(wanted: &Wanted) -> Prose {
    let access = match wanted.access {
        Access::Read => " that read",
        Access::Write => " that write",
        Access::Unstated => "",
    };
    match (&wanted.resource_type, &wanted.arn_prefix) {
        (None, _) => prose!["management events", access],
        (Some(kind), None) => prose!["data events of ", said(kind), access],
        (Some(kind), Some(prefix)) => prose!["data events of ", said(kind), access, " below ", said(prefix)],
    }
}

fn list<T: ToString>(names: impl IntoIterator<Item = T>) -> Prose {
    Prose::list(names.into_iter().map(|name| Prose::data(name.to_string())))
}

fn said(text: &impl ToString) -> Prose {
    Prose::data(text.to_string())
}
