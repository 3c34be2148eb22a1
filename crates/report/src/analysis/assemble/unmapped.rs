//! Calls without known needs.

use std::collections::BTreeMap;

use tighten_mapping::NoNeed;
use tighten_usage::{ApiCall, Evidence};

use crate::shared::{UnmappedReport, event_ids};

/// Calls without known needs, those that are known to need none left out; by count, then by name.
pub(super) fn unmapped(calls: &BTreeMap<(ApiCall, NoNeed), Evidence>) -> Vec<UnmappedReport> {
    let unknown = calls.iter().filter(|((_, reason), _)| *reason != NoNeed::NoPermission);
    let mut unmapped: Vec<UnmappedReport> = unknown
        .map(|((call, reason), seen)| UnmappedReport {
            event_source: call.source.to_string(),
            event_name: call.name.to_string(),
            reason: reason.code(),
            count: seen.count,
            event_ids: event_ids(seen),
        })
        .collect();
    // The map was in order, and the sort is stable.
    unmapped.sort_by_key(|call| std::cmp::Reverse(call.count));
    unmapped
}
