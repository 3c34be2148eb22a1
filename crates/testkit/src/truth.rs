//! What a generated trail says, known because it was made so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Call, Verdict};

/// Action → resource pattern → number of distinct events.
pub type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// The truth about one principal. Only the caller's own copy of an event counts, and each event once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrincipalTruth {
    /// Distinct API calls, whatever they tell; sign-ins and console actions are none.
    pub calls: u64,
    /// What authorised calls needed.
    pub needs: Counts,
    /// Those of the needs that a service met on the caller's behalf: service → action → events.
    pub through: Counts,
    /// What refused calls wanted.
    pub denied: Counts,
    /// Calls that no catalog knows: source/name → events.
    pub unmapped: BTreeMap<String, u64>,
}

/// Figures about the files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Log files, the broken one included; digest and Insight files are none.
    pub files: u64,
    /// Bytes of JSON in the readable log files.
    pub bytes: u64,
    /// Readable records, duplicates included.
    pub records: u64,
    /// Distinct event ids among them.
    pub distinct_events: u64,
    /// Records whose event id another record has too: `records - distinct_events`.
    pub duplicates: u64,
    /// What cannot be read: a kind of damage → occurrences.
    pub unreadable: BTreeMap<String, u64>,
    /// Why distinct events have no needs: reason → events.
    pub without_needs: BTreeMap<String, u64>,
}

/// When one account was recorded in one region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoverageTruth {
    /// The time of the first event.
    pub first: String,
    /// The time of the last event.
    pub last: String,
    /// Distinct times of events.
    pub times: u64,
    /// Spans of a day and more without an event: the events on both sides.
    pub holes: Vec<(String, String)>,
}

/// The truth about a trail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Truth {
    /// Figures about the files.
    pub totals: Totals,
    /// By account and region.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub coverage: BTreeMap<String, BTreeMap<String, CoverageTruth>>,
    /// By the principal's ARN.
    pub principals: BTreeMap<String, PrincipalTruth>,
}

impl Truth {
    /// Counts one distinct event.
    pub fn record(&mut self, call: &Call) {
        self.record_times(call, 1);
    }

    /// Counts `times` distinct events that differ in nothing but ids and time.
    pub fn record_times(&mut self, call: &Call, times: u64) {
        if let Verdict::Nothing(why) = call.verdict {
            *self.totals.without_needs.entry(why.to_owned()).or_default() += times;
        }
        let event = &call.event;
        let counts = event.is_api_call() && event.recorded_in() == event.caller().account();
        let (Some(principal), true) = (event.caller().principal(), counts) else { return };
        // A service-linked role is the service itself: nobody called through it.
        let through = event.invoked_by().filter(|_| !principal.contains(":role/aws-service-role/"));
        let truth = self.principals.entry(principal).or_default();
        truth.calls += times;
        match call.verdict {
            Verdict::Authorised => {
                add(&mut truth.needs, call, times);
                if let Some(service) = through {
                    let actions = truth.through.entry(service.to_owned()).or_default();
                    for need in &call.needs {
                        *actions.entry(need.action.clone()).or_default() += times;
                    }
                }
            }
            Verdict::Denied => add(&mut truth.denied, call, times),
            Verdict::Nothing("unknown-call" | "unknown-source") => {
                let name = format!("{}/{}", event.source(), event.name());
                *truth.unmapped.entry(name).or_default() += times;
            }
            Verdict::Nothing(_) => {}
        }
    }

    /// Adds what another part of the same trail says.
    pub fn merge(&mut self, other: Self) {
        let totals = &mut self.totals;
        totals.files += other.totals.files;
        totals.bytes += other.totals.bytes;
        totals.records += other.totals.records;
        totals.distinct_events += other.totals.distinct_events;
        totals.duplicates += other.totals.duplicates;
        add_counts(&mut totals.unreadable, other.totals.unreadable);
        add_counts(&mut totals.without_needs, other.totals.without_needs);
        self.coverage.extend(other.coverage);
        for (arn, theirs) in other.principals {
            let ours = self.principals.entry(arn).or_default();
            ours.calls += theirs.calls;
            for (mine, yours) in [
                (&mut ours.needs, theirs.needs),
                (&mut ours.through, theirs.through),
                (&mut ours.denied, theirs.denied),
            ] {
                for (action, resources) in yours {
                    add_counts(mine.entry(action).or_default(), resources);
                }
            }
            add_counts(&mut ours.unmapped, theirs.unmapped);
        }
    }
}

fn add(counts: &mut Counts, call: &Call, times: u64) {
    for need in &call.needs {
        let resources = counts.entry(need.action.clone()).or_default();
        for resource in &need.resources {
            *resources.entry(resource.clone()).or_default() += times;
        }
    }
}

fn add_counts(ours: &mut BTreeMap<String, u64>, theirs: BTreeMap<String, u64>) {
    for (key, count) in theirs {
        *ours.entry(key).or_default() += count;
    }
}
