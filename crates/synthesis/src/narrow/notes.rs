//! What a reader should know about narrowed policies.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{ActionName, Principal};
use tighten_inventory::Home;

use super::entries_of;
use super::left_behind::left_behind;
use super::proof::{HolderProof, NotGranted};
use super::result::{NarrowedPolicy, PolicyOutcome, Results, StatementChange};
use super::verdict::{GrantVerdict, Young};
use crate::finding::{Finding, FindingCode, Severity};
use crate::notes::{mostly_refused, of_guarded};
use crate::observe::{Gap, GapKind};

/// Days with records below which a reader is told that they are few.
const SHORT: usize = 30;

pub(super) fn findings(results: &Results<'_>, policies: &[NarrowedPolicy], proofs: &[HolderProof]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, policy) in policies.iter().enumerate() {
        of_policy(results, at, policy, &mut findings);
    }
    for proof in proofs {
        of_holder(proof, &mut findings);
    }
    findings.extend(results.input.holders.iter().filter_map(|holder| mostly_refused(holder.subject)));
    let accounts: BTreeSet<&str> = proofs.iter().map(|proof| proof.principal.account()).collect();
    for account in accounts {
        let days = results.input.observation.days(account).days;
        let early = results.options.min_window > days;
        if days < SHORT && !early {
            findings.push(Finding::new(FindingCode::ShortWindow).with("account", account).with("days", days));
        }
        if let Some(region) = results.input.observation.single_region(account) {
            findings.push(Finding::new(FindingCode::SingleRegion).with("account", account).with("region", region));
        }
    }
    for rule in &results.options.keep {
        if results.today.is_some_and(|today| rule.is_expired(today)) {
            let expires = rule.expires.map(|day| day.to_string()).unwrap_or_default();
            let finding = Finding::new(FindingCode::KeepExpired).with("action", rule.action.as_str());
            findings.push(finding.with("reason", rule.reason.as_str()).with("expires", expires));
        }
    }
    findings
}

fn of_policy(results: &Results<'_>, at: usize, policy: &NarrowedPolicy, findings: &mut Vec<Finding>) {
    let about = |code| about(policy, code);
    if policy.outcome == PolicyOutcome::Unused {
        findings.push(about(FindingCode::UnusedPolicy));
    }
    if let Home::AwsManaged { .. } = policy.home
        && policy.outcome == PolicyOutcome::Narrowed
    {
        findings.push(about(FindingCode::AwsManagedPolicy));
    }
    if policy.holders.len() > 1 {
        let holders: Vec<&str> = policy.holders.iter().map(Principal::as_str).collect();
        findings.push(about(FindingCode::SharedPolicy).with_resources(holders));
    }
    for rule in &results.options.never_grant {
        let (named, others): (Vec<&Principal>, Vec<&Principal>) =
            policy.holders.iter().partition(|holder| rule.principals.admits(holder));
        let mut steps = results.steps.iter().filter(|step| step.allow.policy == at);
        let concerns = steps.any(|step| step.allow.actions.iter().any(|action| rule.action.matches(action)));
        if !named.is_empty() && !others.is_empty() && concerns {
            let finding = about(FindingCode::NeverGrantShared).with("action", rule.action.as_str());
            findings.push(finding.with_list("principals", named).with_resources(others));
        }
    }
    if let Some(young) = policy.young {
        let finding = about(FindingCode::TooYoung);
        findings.push(match young {
            Young::Window { days, needed } => finding.with("days", days).with("needed", needed),
            Young::Principal { created, grace } => finding.with("created", created.to_string()).with("grace", grace),
            Young::Boundary => finding.with("boundary", true),
            Young::Policy { changed, grace } => finding.with("changed", changed.to_string()).with("grace", grace),
        });
    }
    let limit = tighten_iam::quota::limit(results.options.generate.kind);
    if policy.outcome == PolicyOutcome::Narrowed && policy.size.1 > limit && policy.size.1 > policy.size.0 {
        let finding = about(FindingCode::QuotaExceeded).with("have", policy.size.1);
        findings.push(finding.with("what", "characters").with("limit", limit));
    }
    let current = results.input.policies.get(at);
    let unbound: BTreeSet<String> = current
        .into_iter()
        .flat_map(|policy| entries_of(policy.source.document(), results.placeholders))
        .filter_map(|bound| bound.unbound)
        .collect();
    for name in unbound {
        findings.push(about(FindingCode::UnboundPlaceholder).with("name", name));
    }
    let carried = |statement: &&super::StatementReport| {
        statement.change == StatementChange::CarriedOver || !statement.unknown.is_empty()
    };
    for statement in policy.statements.iter().filter(carried) {
        let finding = about(FindingCode::CarriedOver).with("statement", statement.index);
        findings.push(finding.with_list("patterns", &statement.unknown));
    }
    let written: BTreeSet<String> = policy
        .statements
        .iter()
        .flat_map(|statement| statement.used.iter().filter(|used| used.as_written).map(|used| used.action.to_string()))
        .collect();
    if !written.is_empty() {
        findings.push(about(FindingCode::KeptAsWritten).with("count", written.len()).with_resources(written));
    }
    of_guarded_names(policy, findings);
    of_unobservable(policy, findings);
    let behind = left_behind(results, at);
    if !behind.actions.is_empty() {
        let finding = about(FindingCode::SiblingRemoved).with("count", behind.actions.len());
        findings.push(finding.with_list("resource_types", behind.resource_types).with_list("actions", behind.actions));
    }
    for (action, types) in unsettled(results, at) {
        let finding = about(FindingCode::UnsettledType).at_most(Severity::Info).with("action", action.as_str());
        findings.push(finding.with_list("types", types));
    }
    let inferred = |gap: &Gap| gap.inferred;
    let verdicts = policy.statements.iter().flat_map(|statement| &statement.groups).map(|group| &group.verdict);
    if verdicts.into_iter().any(|verdict| verdict.gaps().iter().any(inferred)) {
        findings.push(Finding::new(FindingCode::SelectorsInferred));
    }
}

/// About a policy, and about who holds it if nobody else does.
fn about(policy: &NarrowedPolicy, code: FindingCode) -> Finding {
    let finding = Finding::new(code).with("policy", policy.name.as_str());
    if let [only] = policy.holders.as_slice() { finding.about(only) } else { finding }
}

/// About grants whose use would not have been seen, by what hides it.
fn of_unobservable(policy: &NarrowedPolicy, findings: &mut Vec<Finding>) {
    for (kept, code) in [(true, FindingCode::NotObservable), (false, FindingCode::NotObservableDropped)] {
        let mut by_gap: BTreeMap<&str, (usize, BTreeSet<&str>, bool)> = BTreeMap::new();
        for group in policy.statements.iter().flat_map(|statement| &statement.groups) {
            if group.kept != kept || !matches!(group.verdict, GrantVerdict::NotObservable { .. }) {
                continue;
            }
            // Types that calls left open have a finding of their own.
            let told = group.verdict.gaps().iter().filter(|gap| !matches!(gap.what, GapKind::UnsettledTypes { .. }));
            let codes: BTreeSet<&str> = told.map(|gap| gap.what.code()).collect();
            for gap in codes {
                let (count, services, inferred) = by_gap.entry(gap).or_default();
                *count += group.count;
                services.insert(&group.service);
                *inferred |= group.verdict.gaps().iter().any(|gap| gap.inferred);
            }
        }
        for (gap, (count, services, inferred)) in by_gap {
            let finding = about(policy, code).with("gap", gap).with("count", count).with("inferred", inferred);
            let finding = finding.with("service_count", services.len());
            findings.push(finding.with_list("services", services.into_iter().take(Finding::RESOURCES)));
        }
    }
}

/// About names that guard something and keep being replaced.
fn of_guarded_names(policy: &NarrowedPolicy, findings: &mut Vec<Finding>) {
    let used = policy.statements.iter().flat_map(|statement| &statement.used);
    let narrowed = used.flat_map(|used| used.narrowed.iter().map(|to| (&used.action, to)));
    let guarded = narrowed.filter_map(|(action, to)| Some((action, to.guarded?, &to.pattern, &to.behind)));
    findings.extend(of_guarded(guarded).map(|finding| {
        let finding = finding.with("policy", policy.name.as_str());
        if let [only] = policy.holders.as_slice() { finding.about(only) } else { finding }
    }));
}

/// The types that calls left open and that stay for this, by action.
fn unsettled<'r>(results: &'r Results<'_>, at: usize) -> BTreeMap<&'r ActionName, BTreeSet<&'r str>> {
    let mut open: BTreeMap<&ActionName, BTreeSet<&str>> = BTreeMap::new();
    let left_open = results.holders.get(at).into_iter().flat_map(|holders| holders.unsettled.keys());
    let decided = left_open.flat_map(|action| {
        let own = results.steps.iter().filter(|step| step.allow.policy == at);
        own.filter_map(|step| {
            let position = step.allow.actions.position(action)?;
            Some((step.allow.actions.get(position)?, step.decided.get(position)?))
        })
    });
    for (action, decided) in decided {
        for gap in decided.verdict.gaps() {
            if let GapKind::UnsettledTypes { types } = &gap.what {
                open.entry(action).or_default().extend(types.iter().map(String::as_str));
            }
        }
    }
    open
}

fn of_holder(proof: &HolderProof, findings: &mut Vec<Finding>) {
    let told = |code, all: &[NotGranted], findings: &mut Vec<Finding>| {
        let mut by_action: BTreeMap<String, Vec<&NotGranted>> = BTreeMap::new();
        for one in all {
            by_action.entry(one.action.to_string()).or_default().push(one);
        }
        for (action, all) in by_action {
            let count = all.iter().map(|one| one.seen.count).max().unwrap_or(0);
            let ids: BTreeSet<&String> = all.iter().flat_map(|one| &one.seen.event_ids).collect();
            let finding = Finding::new(code).about(&proof.principal).with("action", action).with("count", count);
            let finding = finding.with_list("event_ids", ids.into_iter().take(3));
            findings.push(finding.with_resources(all.iter().map(|one| one.resource.to_string())));
        }
    };
    told(FindingCode::UsedNotGranted, &proof.not_granted, findings);
    told(FindingCode::NeverGrantedUsed, &proof.forbidden, findings);
}
