//! Policies and statements of which the same is known, together.

use std::collections::BTreeMap;

use tighten_synthesis::narrow::NarrowedPolicy;

use crate::narrowing::model::{GrantReport, NarrowedPolicyReport, NarrowedStatement};

/// Statements that allow no more services than this tell by themselves what is known of them.
const FEW: usize = 12;

/// Brings together policies of which nothing is left and of which all else is the same, too, but for who holds them.
pub(super) fn together(
    policies: Vec<(NarrowedPolicyReport, &NarrowedPolicy)>,
) -> Vec<(NarrowedPolicyReport, &NarrowedPolicy)> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<(NarrowedPolicyReport, &NarrowedPolicy)> = Vec::with_capacity(policies.len());
    for (mut policy, narrowed) in policies {
        // What is written to a file stands for itself.
        if policy.path.is_some() {
            all.push((policy, narrowed));
            continue;
        }
        let holders = std::mem::take(&mut policy.holders);
        let known = serde_json::to_string(&policy).unwrap_or_default();
        let place = *places.entry(known).or_insert(all.len());
        match all.get_mut(place) {
            Some((same, _)) => same.holders.extend(holders),
            None => all.push((NarrowedPolicyReport { holders, ..policy }, narrowed)),
        }
    }
    all
}

/// The places of grants, service by service.
type Services = Vec<Vec<usize>>;

/// Takes what most statements that allow the same services have in common out of them. Returns the lists of it.
pub(super) fn common(policies: &mut [NarrowedPolicyReport], grants: &[GrantReport]) -> Vec<Vec<usize>> {
    let mut families: BTreeMap<Vec<&str>, Vec<(&mut NarrowedStatement, Services)>> = BTreeMap::new();
    for statement in policies.iter_mut().flat_map(|policy| &mut policy.statements) {
        let (names, services) = by_service(&statement.grants, grants);
        if names.len() > FEW {
            families.entry(names).or_default().push((statement, services));
        }
    }
    let mut lists = Vec::new();
    for family in families.into_values().filter(|family| family.len() > 1) {
        let usual = usual(family.iter().map(|(_, services)| services));
        for (statement, services) in family {
            let own = services.into_iter().zip(&usual).filter(|(own, usual)| own != *usual);
            statement.grants = own.flat_map(|(own, _)| own).collect();
            statement.common = Some(lists.len());
        }
        lists.push(usual.concat());
    }
    lists
}

/// The services, with the places of their grants.
fn by_service<'g>(places: &[usize], grants: &'g [GrantReport]) -> (Vec<&'g str>, Services) {
    let mut services: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for place in places {
        if let Some(grant) = grants.get(*place) {
            services.entry(&grant.service).or_default().push(*place);
        }
    }
    services.into_iter().unzip()
}

/// What is known most often of each service.
fn usual<'s>(family: impl Iterator<Item = &'s Services>) -> Services {
    let mut counts: Vec<BTreeMap<&Vec<usize>, usize>> = Vec::new();
    for services in family {
        counts.resize_with(services.len(), BTreeMap::new);
        for (counts, places) in counts.iter_mut().zip(services) {
            *counts.entry(places).or_default() += 1;
        }
    }
    // Of equals, the last one, whichever that is: the map is in order.
    let most = counts.into_iter().filter_map(|counts| counts.into_iter().max_by_key(|(_, count)| *count));
    most.map(|(places, _)| places.clone()).collect()
}
