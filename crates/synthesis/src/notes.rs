//! What a reader should know about a proposal.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::{AccessLevel, Catalog};
use tighten_iam::{ActionName, Principal, PrincipalKind, ResourcePattern};
use tighten_mapping::Certainty;

use crate::block::level;
use crate::finding::{Finding, FindingCode, Severity};
use crate::generalise::{Granted, Guarded};
use crate::generate::{Granteds, Subject};
use crate::proposal::Want;
use crate::unsettled;
use crate::used::{Behind, Seen, Used};

/// About the principal and what it was refused.
pub(crate) fn of_subject(subject: &Subject) -> Vec<Finding> {
    let principal = &subject.principal;
    let about = |code| Finding::new(code).about(principal);
    let mut findings = Vec::new();
    match principal.kind() {
        PrincipalKind::Root => findings.push(about(FindingCode::RootUser)),
        PrincipalKind::FederatedUser => findings.push(about(FindingCode::FederatedUser)),
        PrincipalKind::Role if principal.is_service_linked_role() => {
            findings.push(about(FindingCode::ServiceLinkedRole));
        }
        PrincipalKind::Role | PrincipalKind::User => {}
    }
    if let Some(set) = principal.permission_set() {
        findings.push(about(FindingCode::AwsManagedSsoRole).with("permission_set", set));
    }
    if subject.name_only {
        findings.push(about(FindingCode::PrincipalNameOnly));
    }
    findings.extend(mostly_refused(subject));
    if subject.needs.iter().all(|need| need.suspected) {
        findings.push(about(FindingCode::NoPermissionsUsed));
    }
    findings.extend(subject.unmapped.iter().map(|unmapped| {
        let finding = about(FindingCode::UnmappedCall).with("call", unmapped.call.as_str());
        seen(finding.with("reason", unmapped.reason.code()), &unmapped.seen)
    }));
    findings.extend(denied(principal, &subject.wants));
    findings
}

/// About evidence that is left out, because its principal was let in nearly nowhere.
pub(crate) fn mostly_refused(subject: &Subject) -> Option<Finding> {
    let refused = subject.mostly_refused.as_ref()?;
    let finding = Finding::new(FindingCode::MostlyRefused).about(&subject.principal);
    let finding = finding.with("refused", refused.refused).with("calls", refused.calls);
    Some(finding.with_list("actions", &refused.left_out))
}

fn denied(principal: &Principal, wants: &[Want]) -> Vec<Finding> {
    let finding = |want: &Want| {
        let finding = Finding::new(FindingCode::DeniedCall)
            .about(principal)
            .with("action", want.action.as_str())
            .with("error_code", want.error_code.as_str())
            .with_resources(&want.resources);
        let finding = seen(finding, &want.seen);
        let finding = if want.named.is_empty() { finding } else { finding.with_list("named", &want.named) };
        match &want.reason {
            Some(reason) => finding.with("reason", reason.as_str()),
            None => finding,
        }
    };
    wants.iter().map(finding).collect()
}

/// About how needs are known.
pub(crate) fn of_needs(catalog: &Catalog, principal: &Principal, needs: &[Used]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut unresolved: BTreeMap<String, Vec<&Used>> = BTreeMap::new();
    let mut by_type: BTreeMap<&ActionName, Vec<&Used>> = BTreeMap::new();
    let mut through: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut pathless: BTreeMap<Vec<String>, Seen> = BTreeMap::new();
    for need in needs {
        let resources = || need.resources.iter().map(|one| one.pattern.to_string()).collect::<Vec<String>>();
        let passing = |code| {
            let services = need.context.get("iam:PassedToService").into_iter().flatten();
            let finding = Finding::new(code).about(principal).with("rule", need.rule.as_str());
            seen(finding.with_list("roles", resources()).with_list("passed_to", services), &need.seen)
        };
        if need.suspected {
            findings.push(passing(FindingCode::PassRoleSuspected));
            continue;
        }
        if need.rule.starts_with("pass-role:instance-profile:") {
            findings.push(passing(FindingCode::PassRoleProfileUnknown));
        } else if need.certainty == Certainty::ByType && !is_meant(&need.rule) && is_wide(need) {
            by_type.entry(&need.action).or_default().push(need);
        }
        if need.certainty == Certainty::Unresolved {
            unresolved.entry(need.action.to_string()).or_default().push(need);
        }
        if let Some(service) = &need.via {
            through.entry(service).or_default().insert(need.action.to_string());
        }
        if need.path_unknown {
            let mut resources = resources();
            resources.sort();
            pathless.entry(resources).or_default().merge(&need.seen);
        }
    }
    for (action, needs) in unresolved {
        let mut all = Seen::default();
        for need in &needs {
            all.merge(&need.seen);
        }
        let finding = Finding::new(FindingCode::UnresolvedResource).about(principal).with("action", action);
        findings.push(seen(finding, &all));
    }
    findings.extend(of_unsettled(catalog, principal, needs));
    for (action, needs) in by_type {
        let (mut all, mut resources) = (Seen::default(), BTreeSet::new());
        for need in needs {
            all.merge(&need.seen);
            resources.extend(need.resources.iter().map(|one| &one.pattern));
        }
        let changes = !matches!(level(catalog, action), AccessLevel::List | AccessLevel::Read);
        let severity = if changes { Severity::Warning } else { Severity::Info };
        let finding = Finding::new(FindingCode::ResourceByType).about(principal).at_most(severity);
        findings.push(seen(finding.with("action", action.to_string()).with_resources(resources), &all));
    }
    for (service, actions) in through {
        let finding = Finding::new(FindingCode::ViaService).about(principal);
        findings.push(finding.with("service", service).with_list("actions", actions));
    }
    for (resources, all) in pathless {
        let finding = Finding::new(FindingCode::PathUnknown).about(principal).with_resources(resources);
        findings.push(seen(finding, &all));
    }
    findings
}

/// Whether the need is by type for its resources, and not only for types that it leaves open. A resource that is named is
/// known, whichever account it is in.
fn is_wide(need: &Used) -> bool {
    let is_open = |pattern: &ResourcePattern| {
        pattern.segments().is_none_or(|[.., name]| name.replace("${*}", "").replace("${?}", "").contains(['*', '?']))
    };
    need.unsettled.is_empty() || need.resources.iter().any(|one| is_open(&one.pattern))
}

/// About types that the records leave open: those that AWS requires are granted whole, the others are told.
fn of_unsettled(catalog: &Catalog, principal: &Principal, needs: &[Used]) -> Vec<Finding> {
    let finding = |(action, types): (&ActionName, BTreeSet<&str>)| {
        let service = catalog.service(action.service());
        let is_required = |kind: &&str| service.is_some_and(|service| unsettled::is_required(service, action, kind));
        let (granted, left): (Vec<&str>, Vec<&str>) = types.into_iter().partition(is_required);
        let mut all = Seen::default();
        let own = |need: &&Used| need.action == *action && !need.suspected && !need.unsettled.is_empty();
        needs.iter().filter(own).for_each(|need| all.merge(&need.seen));
        let finding = Finding::new(FindingCode::UnsettledType).about(principal).with("action", action.as_str());
        let severity = if left.is_empty() { Severity::Info } else { Severity::Warning };
        let finding = finding.at_most(severity).with_list("types", left);
        seen(if granted.is_empty() { finding } else { finding.with_list("granted_types", granted) }, &all)
    };
    unsettled::by_action(needs).into_iter().map(finding).collect()
}

/// Whether IAM itself asks for the whole type by this rule, because the resource does not exist yet or none is meant.
fn is_meant(rule: &str) -> bool {
    let rule = rule.strip_prefix("tag-on-create:").unwrap_or(rule);
    matches!(rule, "created" | "list" | "no-resource-named")
}

/// About resources that had to be widened.
pub(crate) fn of_granted(principal: &Principal, granted: &Granteds) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((action, _), granted) in granted {
        let respelled = granted.iter().filter(|one| one.respelled);
        let crowded = granted.iter().filter(|one| one.behind.more);
        let both: [(&str, Vec<_>); 2] = [("illegal-characters", respelled.collect()), ("too-many", crowded.collect())];
        for (reason, granted) in both.into_iter().filter(|(_, granted)| !granted.is_empty()) {
            let samples: BTreeSet<&String> = granted.iter().flat_map(|one| &one.behind.samples).collect();
            let finding = Finding::new(FindingCode::ResourceWidened).about(principal).with("action", action.as_str());
            let finding = finding.with("reason", reason).with_list("samples", samples);
            findings.push(finding.with_resources(granted.iter().map(|one| &one.pattern)));
        }
    }
    findings.extend(of_crowds(principal, granted));
    let all = granted.iter().flat_map(|((action, _), granted)| granted.iter().map(move |one| (action, one)));
    let guarded = all.filter_map(|(action, one)| Some((action, one.guarded?, &one.pattern, &one.behind)));
    findings.extend(of_guarded(guarded).map(|finding| finding.about(principal)));
    findings
}

/// About names of which each guards something of its own and which keep being replaced: by action, what became of them.
pub(crate) fn of_guarded<'a>(
    guarded: impl Iterator<Item = (&'a ActionName, Guarded, &'a ResourcePattern, &'a Behind)>,
) -> impl Iterator<Item = Finding> {
    let mut found: BTreeMap<(Guarded, &ActionName), BTreeMap<&ResourcePattern, &Behind>> = BTreeMap::new();
    for (action, guarded, pattern, behind) in guarded {
        found.entry((guarded, action)).or_default().insert(pattern, behind);
    }
    found.into_iter().map(|((guarded, action), patterns)| {
        let code = match guarded {
            Guarded::Listed => FindingCode::GuardedNamesListed,
            Guarded::Opened => FindingCode::GuardedNamesOpened,
        };
        let samples: BTreeSet<&String> = patterns.values().flat_map(|behind| &behind.samples).collect();
        Finding::new(code)
            .with("action", action.as_str())
            .with_list("samples", samples.into_iter().take(Behind::SAMPLES))
            .with_resources(patterns.into_keys())
    })
}

/// About wildcards in the place of more names than are listed, one finding for each of them.
fn of_crowds(principal: &Principal, granted: &Granteds) -> Vec<Finding> {
    let mut crowds: BTreeMap<&ResourcePattern, (BTreeSet<&ActionName>, Vec<&Granted>)> = BTreeMap::new();
    for ((action, _), granted) in granted {
        for one in granted.iter().filter(|one| one.open_names) {
            let (actions, own) = crowds.entry(&one.pattern).or_default();
            actions.insert(action);
            own.push(one);
        }
    }
    let finding = |(pattern, (actions, granted)): (&ResourcePattern, (BTreeSet<&ActionName>, Vec<&Granted>))| {
        let samples: BTreeSet<&String> = granted.iter().flat_map(|one| &one.behind.samples).collect();
        // The actions may have been used on the same names, so the counts do not add up.
        let count = granted.iter().map(|one| one.behind.count).max();
        Finding::new(FindingCode::ResourceWidened)
            .about(principal)
            .with("reason", "crowded")
            .with("count", count)
            .with_list("actions", actions)
            .with_list("samples", samples.into_iter().take(Behind::SAMPLES))
            .with_resources([pattern])
    };
    crowds.into_iter().map(finding).collect()
}

fn seen(finding: Finding, seen: &Seen) -> Finding {
    let finding = finding.with("count", seen.count);
    let finding = if seen.event_ids.is_empty() { finding } else { finding.with_list("event_ids", &seen.event_ids) };
    if seen.calls.is_empty() { finding } else { finding.with_list("calls", &seen.calls) }
}
