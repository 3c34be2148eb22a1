//! What there is to decide: unused grants by service and class of risk, and where a policy allows all kinds of services that
//! nobody used, these at once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::RiskClass;
use tighten_synthesis::narrow::NarrowedPolicy;

use crate::narrowing::model::{DecisionReport, NarrowedPolicyReport, RiskReport};

/// Of so many services of which nothing was used and nothing stays, each is decided by itself; of more, all at once.
const FEW: usize = 12;

/// The decisions, the most dangerous first; `policies` in the order of the report.
pub(super) fn decisions(policies: &[(NarrowedPolicyReport, &NarrowedPolicy)]) -> Vec<DecisionReport> {
    let mut of_policies: BTreeMap<DecisionReport, Vec<usize>> = BTreeMap::new();
    for (place, (_, policy)) in policies.iter().enumerate() {
        for decision in of_policy(policy) {
            of_policies.entry(decision).or_default().push(place);
        }
    }
    let mut decisions: Vec<DecisionReport> =
        of_policies.into_iter().map(|(decision, policies)| DecisionReport { policies, ..decision }).collect();
    // The map was in order, and the sort is stable.
    decisions.sort_by_key(|decision| {
        let grants = (decision.removed() + decision.left()) * decision.policies.len();
        (decision.class, decision.service.is_none(), Reverse(grants))
    });
    decisions
}

/// The decisions on one policy, without saying on which one.
fn of_policy(policy: &NarrowedPolicy) -> Vec<DecisionReport> {
    let idle = idle(policy);
    let mut all_at_once: BTreeMap<RiskClass, RiskReport> = BTreeMap::new();
    let mut decisions = Vec::new();
    for one in policy.service_risks.iter() {
        let risk = RiskReport { class: one.class, removed: one.count.removed, left: one.count.left };
        if idle.contains(&*one.service) {
            let sum = all_at_once.entry(one.class).or_insert(RiskReport { removed: 0, left: 0, ..risk });
            sum.removed += risk.removed;
            sum.left += risk.left;
        } else {
            decisions.push(DecisionReport {
                class: one.class,
                service: Some(one.service.to_string()),
                services: 1,
                but: Vec::new(),
                risks: vec![risk],
                policies: Vec::new(),
            });
        }
    }
    if let Some(class) = all_at_once.keys().next().copied() {
        let groups = policy.statements.iter().flat_map(|statement| &statement.groups);
        let others: BTreeSet<&str> =
            groups.map(|group| &*group.service).filter(|service| !idle.contains(service)).collect();
        decisions.push(DecisionReport {
            class,
            service: None,
            services: idle.len(),
            but: others.into_iter().map(str::to_owned).collect(),
            risks: all_at_once.into_values().collect(),
            policies: Vec::new(),
        });
    }
    decisions
}

/// The services of which nothing was used and nothing stays, if they are many.
fn idle(policy: &NarrowedPolicy) -> BTreeSet<&str> {
    let mut stays: BTreeMap<&str, bool> = BTreeMap::new();
    for group in policy.statements.iter().flat_map(|statement| &statement.groups) {
        *stays.entry(&group.service).or_default() |= group.kept;
    }
    let idle: BTreeSet<&str> = stays.into_iter().filter(|(_, stays)| !stays).map(|(service, _)| service).collect();
    if idle.len() > FEW { idle } else { BTreeSet::new() }
}
