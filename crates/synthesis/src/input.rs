//! From the fold over the logs to what proposals are made from.

use tighten_iam::Principal;
use tighten_mapping::NoNeed;
use tighten_trail::{DenialReason, Weight};
use tighten_usage::{self as usage, NeedKey, NeedUsage, PrincipalUsage, Usage, WantKey, WantOrigin, WantUsage};

use crate::finding::{Finding, FindingCode};
use crate::generate::{Subject, Unmapped};
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
        findings.push(Finding::new(FindingCode::DuplicateEvents).with("count", usage.counts.duplicates));
    }
    for (code, group) in usage.skips.groups().filter(|(_, group)| group.weight == Weight::Lost) {
        let finding = Finding::new(FindingCode::SkippedInput).with("reason", code).with("count", group.count);
        findings.push(finding.with_list("examples", &group.examples));
    }
    Finding::sort(&mut findings);
    findings
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
        suspected: key.suspected,
        seen: Seen { calls: need.calls.iter().map(ToString::to_string).collect(), ..seen(&need.evidence) },
    }
}

fn observed(resources: &usage::ResourceSet) -> Vec<Observed> {
    let behind = |behind: usage::Behind<'_>| match behind {
        usage::Behind::Exact => None,
        usage::Behind::Collapsed { samples, more_than } => Some(Behind {
            samples: samples.iter().map(ToString::to_string).collect(),
            count: u64::from(more_than),
            more: true,
        }),
    };
    resources.iter().map(|(pattern, what)| Observed { pattern, behind: behind(what) }).collect()
}

fn wanted(key: &WantKey, want: &WantUsage) -> Want {
    Want {
        action: key.action.clone(),
        origin: match key.origin {
            WantOrigin::Both => "both",
            WantOrigin::Call => "call",
            WantOrigin::CallBeside => "call-beside",
            WantOrigin::Message => "message",
        },
        error_code: key.error_code.clone(),
        reason: match key.reason {
            DenialReason::NoAllow(policy) => Some(format!("no {} policy allows it", policy.code())),
            DenialReason::ExplicitDeny(policy) => Some(format!("a {} policy denies it", policy.code())),
            DenialReason::Unstated => None,
        },
        via: key.via.as_ref().map(ToString::to_string),
        resources: want.resources.iter().map(|(pattern, _)| pattern).collect(),
        named: want.named.iter().map(ToString::to_string).collect(),
        seen: Seen { calls: want.calls.iter().map(ToString::to_string).collect(), ..seen(&want.evidence) },
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
    }
}
