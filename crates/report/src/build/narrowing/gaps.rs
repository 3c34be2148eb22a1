//! What stands between a use and its record, in words.

use tighten_synthesis::{Gap, GapKind, Wanted};
use tighten_usage::Access;

use crate::model::GapReport;

impl From<&Gap> for GapReport {
    fn from(gap: &Gap) -> Self {
        let message = message(&gap.what);
        Self { code: gap.what.code(), message, inferred: gap.inferred, remedy: gap.what_would_help() }
    }
}

fn message(what: &GapKind) -> String {
    match what {
        GapKind::NeverRecorded { why } => format!("CloudTrail does not record it: {why}"),
        GapKind::ParentCall { call } => format!("{call} was called, which may have asked for it"),
        GapKind::UnnamedRoles { actions } => format!(
            "{} may pass roles that no record names: of task definitions, launch templates, documents or bodies, or in \
             requests that are not understood",
            actions.join(", ")
        ),
        GapKind::UnsettledTypes { types } => {
            format!("calls may have been checked on this, and their records do not tell: {}", types.join(", "))
        }
        GapKind::Unclear { why } => (*why).to_owned(),
        GapKind::NoKnownCall => "no call is known whose record would show it".to_owned(),
        GapKind::UnknownRecording => "nobody says what would record it".to_owned(),
        GapKind::DataEvents(wanted) => format!("{} are not recorded", events(wanted)),
        GapKind::DataEventsPartly(wanted) => {
            format!("{} are recorded for some resources, or it is not known for which", events(wanted))
        }
        GapKind::ReadEvents => "management events that read are not recorded".to_owned(),
        GapKind::WriteEvents => "management events that write are not recorded".to_owned(),
        GapKind::ExcludedSource { sources, wanted } => {
            format!("{} of {} are left out", events(wanted), sources.join(", "))
        }
        GapKind::Region { region } => format!("nothing was recorded in {region}"),
        GapKind::RegionFilter { regions } => format!("only {} was looked at", regions.join(", ")),
        GapKind::Account { account } => format!("nothing was recorded in account {account}"),
        GapKind::IdentityFilter(wanted) => format!("{} are recorded for some callers only", events(wanted)),
        GapKind::EventFilter { field, wanted } => {
            format!("the selectors choose among {} by `{field}`", events(wanted))
        }
    }
}

/// Which events.
fn events(wanted: &Wanted) -> String {
    let access = match wanted.access {
        Access::Read => " that read",
        Access::Write => " that write",
        Access::Unstated => "",
    };
    match (&wanted.resource_type, &wanted.arn_prefix) {
        (None, _) => format!("management events{access}"),
        (Some(kind), None) => format!("data events of {kind}{access}"),
        (Some(kind), Some(prefix)) => format!("data events of {kind}{access} below {prefix}"),
    }
}
