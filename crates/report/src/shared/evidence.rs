//! What stands behind something.

use jiff::Timestamp;
use serde::Serialize;
use tighten_synthesis::narrow::NarrowedTo;
use tighten_synthesis::{Behind, Granted, How, Seen, Want};
use tighten_usage::{self as usage, ApiCall};

/// The records behind something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// How many events.
    pub count: u64,
    /// The time of the first.
    pub first_seen: Option<Timestamp>,
    /// The time of the last.
    pub last_seen: Option<Timestamp>,
    /// The ids of the first few.
    pub event_ids: Vec<String>,
    /// The regions they were in.
    pub regions: Vec<String>,
    /// The API calls, `eventSource/eventName`; the first few by name.
    pub calls: Vec<String>,
}

/// A granted pattern and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wildcard {
    /// The pattern.
    pub pattern: String,
    /// Why it is a pattern.
    pub why: &'static str,
    /// The first few values.
    pub samples: Vec<String>,
    /// How many distinct values; at least so many if `more`.
    pub count: u64,
    /// Whether there were more than could be counted.
    pub more: bool,
    /// How many resources it reaches that only other principals used.
    #[serde(skip_serializing_if = "is_zero")]
    pub others: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Something that was wanted and denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeniedReport {
    /// The action.
    pub action: String,
    /// How the action is known: `message`, `call` or `both`.
    pub known_from: &'static str,
    /// What it was wanted on, as far as the call tells.
    pub resources: Vec<String>,
    /// What the error messages name as the resource.
    pub named: Vec<String>,
    /// The error's code.
    pub error_code: String,
    /// Which policy refused, as far as the message tells.
    pub reason: Option<String>,
    /// The service that made the calls with the principal's permissions.
    pub via: Option<String>,
    /// The records behind it.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// A call without known needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnmappedReport {
    /// `eventSource`.
    pub event_source: String,
    /// `eventName`.
    pub event_name: String,
    /// Why: `unknown-call`, `unknown-source`, `undecided`.
    pub reason: &'static str,
    /// How many events.
    pub count: u64,
    /// The ids of the first few.
    pub event_ids: Vec<String>,
}

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
        let Granted { pattern, how, respelled, others, behind, .. } = granted;
        wildcard(pattern.to_string(), (*how, *respelled), *others, behind)
    }
}

impl From<&NarrowedTo> for Wildcard {
    fn from(narrowed: &NarrowedTo) -> Self {
        wildcard(narrowed.pattern.to_string(), (narrowed.how, false), narrowed.others, &narrowed.behind)
    }
}

fn wildcard(pattern: String, (how, respelled): (How, bool), others: u64, behind: &Behind) -> Wildcard {
    Wildcard {
        pattern,
        why: match how {
            How::Exact if respelled => "respelled",
            How::Exact => "exact",
            How::Minted => "minted",
            How::Dated => "dated",
            How::Counted => "counted",
            How::Turning => "turning",
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
        others,
    }
}

impl Evidence {
    /// What was recorded, by these calls.
    pub(crate) fn recorded<'a>(seen: &usage::Evidence, calls: impl Iterator<Item = &'a ApiCall>) -> Self {
        Self {
            count: seen.count,
            first_seen: seen.first,
            last_seen: seen.last,
            event_ids: event_ids(seen),
            regions: seen.regions.iter().map(ToString::to_string).collect(),
            calls: calls.map(ToString::to_string).collect(),
        }
    }
}

/// The ids of the first few events.
pub(crate) fn event_ids(seen: &usage::Evidence) -> Vec<String> {
    seen.events.iter().map(|event| event.id.to_string()).collect()
}
