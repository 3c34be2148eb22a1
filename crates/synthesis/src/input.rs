//! From the fold over the logs to what proposals are made from.

use std::sync::Arc;

use tighten_iam::Principal;
use tighten_mapping::NoNeed;
use tighten_trail::{Archived, DenialReason, PolicyType, Weight};
use tighten_usage::{self as usage, NeedKey, NeedUsage, PrincipalUsage, Usage, WantKey, WantOrigin, WantUsage};

use crate::finding::{Finding, FindingCode};
use crate::generate::{MostlyRefused, Subject, Unmapped};
use crate::others::UsedByOthers;
use crate::paths::EntityPaths;
use crate::proposal::Want;
use crate::used::{Behind, Observed, Seen, Used};

impl Subject {
    /// What usage knows about a principal.
    pub fn of(principal: &Principal, usage: &PrincipalUsage) -> Self {
        let unmapped = usage.unmapped.iter().filter(|((_, reason), _)| *reason != NoNeed::NoPermission);
        Self {
            principal: principal.clone(),
            name_only: usage.name_only,
            needs: usage.needs.iter().map(|(key, need)| used(key, need)).collect(),
            wants: usage.wants.iter().map(|(key, want)| wanted(key, want)).collect(),
            unmapped: unmapped
                .map(|((call, reason), evidence)| Unmapped {
                    call: call.to_string(),
                    reason: *reason,
                    seen: seen(evidence),
                })
                .collect(),
            mostly_refused: usage.is_mostly_refused().then(|| {
                let outcomes = usage.outcomes();
                let used = usage.actions();
                let failed = usage.failed.keys().filter(|key| !key.suspected).map(|key| &key.action);
                let left_out = failed.filter(|action| !used.contains(action)).cloned().collect();
                MostlyRefused { refused: outcomes.denied, calls: outcomes.total(), left_out }
            }),
        }
    }
}

impl EntityPaths {
    /// The IAM entities that the logs name in full.
    pub fn of(usage: &Usage) -> Self {
        let mut paths = Self::default();
        for (principal, usage) in &usage.principals {
            if !usage.name_only {
                paths.learn_principal(principal);
            }
            for (_, need) in usage.needs.iter().filter(|(key, _)| !key.path_unknown && !key.suspected) {
                need.resources.iter().for_each(|(resource, _)| paths.learn(&resource));
            }
        }
        paths.others = Arc::new(UsedByOthers::of(usage));
        paths
    }
}

/// What a reader should know about the input as a whole.
pub fn input_findings(usage: &Usage) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Records that name no account are of nobody's, so days without them tell nothing.
    for account in usage.coverage.accounts.keys().filter(|account| !account.is_empty()) {
        for hole in usage.coverage.holes(account) {
            let finding = Finding::new(FindingCode::CoverageHole).with("account", account.to_string());
            findings.push(
                finding.with("from", hole.from.to_string()).with("to", hole.to.to_string()).with("days", hole.days()),
            );
        }
    }
    if usage.counts.events > 0 && usage.coverage.of_category(usage::Category::Data) == 0 {
        findings.push(Finding::new(FindingCode::NoDataEvents).with("events", usage.counts.events));
    }
    if usage.counts.duplicates > 0 {
        let finding = Finding::new(FindingCode::DuplicateEvents).with("count", usage.counts.duplicates);
        let late = usage.counts.late;
        findings.push(if late > 0 { finding.with("late", late) } else { finding });
    }
    for (code, group) in usage.skips.groups().filter(|(_, group)| group.weight == Weight::Lost) {
        let finding = Finding::new(FindingCode::SkippedInput).with("reason", code).with("count", group.count);
        findings.push(finding.with_list("examples", &group.examples));
    }
    for (code, group) in usage.skips.groups() {
        let about = match code {
            "search-result" => FindingCode::SearchResults,
            "names-objects" => FindingCode::ObjectNames,
            _ => continue,
        };
        findings.push(Finding::new(about).with("count", group.count).with_list("examples", &group.examples));
    }
    findings.extend(partial(&usage.counts));
    Finding::sort(&mut findings);
    findings
}

/// What lies in an archive, if anything does.
pub fn archived_logs(archived: &Archived) -> Option<Finding> {
    let Archived { objects, bytes, deep, days } = archived;
    if *objects == 0 {
        return None;
    }
    let mut finding = Finding::new(FindingCode::ArchivedLogs).with("count", *objects).with("bytes", *bytes);
    finding = finding.with("deep", *deep).with("days", days.len());
    if let (Some(first), Some(last)) = (days.first(), days.last()) {
        finding = finding.with("from", first.to_string()).with("to", last.to_string());
    }
    Some(finding)
}

/// How much was not read, of all that there was to read.
fn partial(counts: &usage::Counts) -> Option<Finding> {
    let usage::Counts {
        files,
        bytes_compressed,
        records,
        outside_window,
        damaged_files,
        damaged_bytes,
        lost_records,
        ..
    } = *counts;
    if damaged_files == 0 && lost_records == 0 {
        return None;
    }
    let finding = Finding::new(FindingCode::PartialInput)
        .with("files", damaged_files)
        .with("files_percent", percent(damaged_files, files))
        .with("bytes", damaged_bytes)
        .with("bytes_percent", percent(damaged_bytes, bytes_compressed))
        .with("records", lost_records)
        .with("records_percent", percent(lost_records, records + outside_window + lost_records));
    Some(finding)
}

/// The share in hundredths of a per cent, rounded up, so that something is never told as nothing.
#[expect(clippy::cast_precision_loss, reason = "ten thousand at most")]
fn percent(part: u64, all: u64) -> f64 {
    let part = u128::from(part) * 10_000;
    let hundredths = part.div_ceil(u128::from(all).max(1)).min(10_000);
    hundredths as f64 / 100.0
}

fn used(key: &NeedKey, need: &NeedUsage) -> Used {
    Used {
        action: key.action.clone(),
        resources: observed(&need.resources),
        context: key.context.clone(),
        certainty: key.certainty,
        rule: key.rule.clone(),
        via: key.via.as_ref().map(ToString::to_string),
        path_unknown: key.path_unknown,
        unsettled: key.unsettled.clone(),
        suspected: key.suspected,
        seen: Seen {
            calls: need.calls.iter().map(ToString::to_string).collect(),
            more_calls: need.calls.more(),
            ..seen(&need.evidence)
        },
    }
}

fn observed(resources: &usage::ResourceSet) -> Vec<Observed> {
    let behind = |behind: usage::Behind<'_>| match behind {
        usage::Behind::Exact => None,
        usage::Behind::Collapsed { samples, more_than, .. } => Some(Behind {
            samples: samples.iter().map(ToString::to_string).collect(),
            count: u64::from(more_than),
            more: true,
        }),
    };
    let entries = resources.entries();
    entries
        .map(|(pattern, entry)| Observed { pattern, behind: behind(entry.behind), days: entry.days.clone() })
        .collect()
}

fn wanted(key: &WantKey, want: &WantUsage) -> Want {
    Want {
        action: key.action.clone(),
        origin: match key.origin {
            WantOrigin::Both => "both",
            WantOrigin::Call => "call",
            WantOrigin::Message => "message",
        },
        error_code: key.error_code.clone(),
        reason: match key.reason {
            // A boundary is not called a policy.
            DenialReason::NoAllow(PolicyType::PermissionsBoundary) => {
                Some("no permissions boundary allows it".to_owned())
            }
            DenialReason::ExplicitDeny(PolicyType::PermissionsBoundary) => {
                Some("a permissions boundary denies it".to_owned())
            }
            DenialReason::NoAllow(policy) => Some(format!("no {} policy allows it", policy.code())),
            DenialReason::ExplicitDeny(policy) => Some(format!("a {} policy denies it", policy.code())),
            DenialReason::Unstated => None,
        },
        via: key.via.as_ref().map(ToString::to_string),
        resources: want.resources.iter().map(|(pattern, _)| pattern).collect(),
        named: want.named.iter().map(ToString::to_string).collect(),
        seen: Seen {
            calls: want.calls.iter().map(ToString::to_string).collect(),
            more_calls: want.calls.more(),
            ..seen(&want.evidence)
        },
    }
}

fn seen(evidence: &usage::Evidence) -> Seen {
    Seen {
        count: evidence.count,
        first: evidence.first,
        last: evidence.last,
        event_ids: evidence.events.iter().map(|event| event.id.to_string()).collect(),
        regions: evidence.regions.iter().map(ToString::to_string).collect(),
        calls: Vec::new(),
        more_calls: false,
        more_regions: evidence.regions.more(),
    }
}

#[cfg(test)]
mod tests {
    use tighten_trail::{SkipReason, Skipped};

    use super::*;

    #[test]
    fn copies_that_may_have_been_counted_are_told() {
        let copies = |late: u64| {
            let mut usage = Usage::default();
            (usage.counts.duplicates, usage.counts.late) = (3, late);
            let finding =
                input_findings(&usage).into_iter().find(|finding| finding.code == FindingCode::DuplicateEvents);
            finding.unwrap().facts
        };
        assert_eq!(copies(0), [("count", 3.into())].into());
        assert_eq!(copies(5), [("count", 3.into()), ("late", 5.into())].into());
    }

    #[test]
    fn what_searches_left_out_and_names_stand_for_is_told() {
        let mut usage = Usage::default();
        let mut skip = |reason: SkipReason, count: u64| {
            usage.skips.push_many(Skipped { object: "a.json".into(), record: None, reason }, count);
        };
        skip(SkipReason::SearchResult("Splunk".into()), 2);
        skip(SkipReason::NamesObjects { objects: 7 }, 7);
        let told: Vec<_> = input_findings(&usage)
            .into_iter()
            .map(|finding| (finding.code, finding.facts.get("count").cloned()))
            .collect();
        assert_eq!(told, [(FindingCode::ObjectNames, Some(7.into())), (FindingCode::SearchResults, Some(2.into()))]);
    }

    #[test]
    fn shares_are_rounded_up() {
        for (part, all, expected) in
            [(0, 0, 0.0), (0, 9, 0.0), (1, 1_000_000, 0.01), (1, 3, 33.34), (3, 3, 100.0), (2, 1, 100.0)]
        {
            assert!((percent(part, all) - expected).abs() < 1e-9, "{part} of {all}");
        }
    }
}
