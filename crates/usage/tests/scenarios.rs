//! The bundled trails against what must be found in them.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tighten_catalog::Catalog;
use tighten_mapping::Mapper;
use tighten_testkit::Truth;
use tighten_testkit::expected::{Expected, ExpectedNeed};
use tighten_trail::{Window, list};
use tighten_usage::{FoldOptions, PrincipalUsage, Progress, ResourceLimits, Usage, WantOrigin, fold, for_each_record};

/// Action, service that called, condition keys; to certainty and resources.
type Found = BTreeMap<(String, Option<String>, String), (BTreeSet<String>, BTreeSet<String>)>;

fn usage(scenario: &str) -> Usage {
    let trail = tighten_testkit::fixtures().join(scenario).join("trail");
    let listing = list(&[trail], &Window::default()).unwrap();
    let options = FoldOptions { resources: ResourceLimits::uniform(4_096), ..FoldOptions::default() };
    fold(&listing, options, &Mapper::new(Catalog::embedded()), &Progress::default()).into_usage()
}

fn add(
    found: &mut Found,
    key: (String, Option<String>, String),
    certainty: &str,
    resources: impl Iterator<Item = String>,
) {
    let entry = found.entry(key).or_default();
    entry.0.insert(certainty.to_owned());
    entry.1.extend(resources);
}

/// What was found for a principal. A role that is known by name alone may have a path; the fixtures know that it has none.
fn needs(principal: &PrincipalUsage) -> Found {
    let mut found = Found::new();
    for (key, need) in principal.needs.iter().filter(|(key, _)| !key.suspected) {
        let via = key.via.as_ref().map(|via| via.as_str().to_owned());
        let resources = need.resources.iter().map(|(pattern, _)| pattern.to_string());
        add(&mut found, (key.action.to_string(), via, format!("{:?}", key.context)), key.certainty.as_str(), resources);
    }
    found
}

fn wants(principal: &PrincipalUsage) -> Found {
    let mut found = Found::new();
    for (key, want) in
        principal.wants.iter().filter(|(key, _)| matches!(key.origin, WantOrigin::Both | WantOrigin::Call))
    {
        let resources = want.resources.iter().map(|(pattern, _)| pattern.to_string());
        add(&mut found, (key.action.clone(), None, String::new()), "", resources);
    }
    found
}

fn expected(rows: &[ExpectedNeed], whole: bool) -> Found {
    let mut found = Found::new();
    for row in rows {
        let context: BTreeMap<String, BTreeSet<String>> =
            row.context.iter().map(|(key, values)| (key.clone(), values.iter().cloned().collect())).collect();
        let key = if whole {
            (row.action.clone(), row.via.clone(), format!("{context:?}"))
        } else {
            (row.action.clone(), None, String::new())
        };
        let certainty = if whole { row.certainty.as_str() } else { "" };
        add(&mut found, key, certainty, row.resources.iter().cloned());
    }
    found
}

fn differences(what: &str, found: &Found, expected: &Found) -> Vec<String> {
    let keys: BTreeSet<_> = found.keys().chain(expected.keys()).collect();
    keys.into_iter()
        .filter(|key| found.get(key) != expected.get(key))
        .map(|key| format!("{what} {key:?}\n  found    {:?}\n  expected {:?}", found.get(key), expected.get(key)))
        .collect()
}

fn check(scenario: &str) {
    let file = tighten_testkit::fixtures().join(scenario).join("expected.json");
    let truth = Expected::load(Path::new(&file)).unwrap();
    let usage = usage(scenario);
    let mut wrong = Vec::new();
    for (arn, principal) in &truth.principals {
        let Some((_, found)) = usage.principals.iter().find(|(one, _)| one.arn().as_str() == arn) else {
            wrong.push(format!("nothing of {arn}"));
            continue;
        };
        wrong.extend(differences(arn, &needs(found), &expected(&principal.needs, true)));
        wrong.extend(differences(&format!("{arn} denied"), &wants(found), &expected(&principal.denied, false)));
    }
    let others = usage.principals.keys().filter(|one| !truth.principals.contains_key(one.arn().as_str()));
    wrong.extend(others.map(|one| format!("nobody expects {one}")));
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_sst_deploy_needs_what_is_written_down() {
    check("sst-deploy");
}

#[test]
fn a_jets_deploy_needs_what_is_written_down() {
    check("jets-deploy");
}

#[test]
fn a_ci_role_that_passes_roles_needs_what_is_written_down() {
    check("ci-pass-role");
}

#[test]
fn a_data_plane_worker_needs_what_is_written_down() {
    check("data-plane-worker");
}

#[test]
fn the_organisation_is_as_it_was_made() {
    let file = std::fs::read(tighten_testkit::fixtures().join("organisation/truth.json")).unwrap();
    let truth: Truth = serde_json::from_slice(&file).unwrap();
    let usage = usage("organisation");
    let mut wrong = Vec::new();
    assert_eq!(usage.counts.records, truth.totals.records);
    assert_eq!(usage.counts.events, truth.totals.distinct_events);
    assert_eq!(usage.counts.duplicates, truth.totals.duplicates);
    for (arn, principal) in &truth.principals {
        let Some((_, found)) = usage.principals.iter().find(|(one, _)| one.arn().as_str() == arn) else {
            wrong.push(format!("nothing of {arn}"));
            continue;
        };
        let calls: u64 = found.outcomes().total();
        if calls != principal.calls {
            wrong.push(format!("{arn}: {calls} calls, expected {}", principal.calls));
        }
        let mut actions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (key, need) in found.needs.iter().filter(|(key, _)| !key.suspected) {
            let resources = need.resources.iter().map(|(pattern, _)| pattern.to_string());
            actions.entry(key.action.to_string()).or_default().extend(resources);
        }
        let told: BTreeMap<String, BTreeSet<String>> =
            principal.needs.iter().map(|(action, counts)| (action.clone(), counts.keys().cloned().collect())).collect();
        let keys: BTreeSet<_> = actions.keys().chain(told.keys()).collect();
        for key in keys.into_iter().filter(|key| actions.get(*key) != told.get(*key)) {
            wrong.push(format!("{arn} {key}\n  found    {:?}\n  expected {:?}", actions.get(key), told.get(key)));
        }
        let events: BTreeMap<&str, u64> = principal
            .needs
            .iter()
            .filter(|(_, resources)| resources.len() == 1)
            .map(|(action, resources)| (action.as_str(), resources.values().sum()))
            .collect();
        for (action, count) in events {
            let counted: u64 = found
                .needs
                .iter()
                .filter(|(key, _)| key.action.to_string() == action && !key.suspected)
                .map(|(_, need)| need.evidence.count)
                .sum();
            if counted != count {
                wrong.push(format!("{arn} {action}: {counted} events, expected {count}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn records_of_the_organisation_without_needs_say_why() {
    let file = std::fs::read(tighten_testkit::fixtures().join("organisation/truth.json")).unwrap();
    let truth: Truth = serde_json::from_slice(&file).unwrap();
    let trail = tighten_testkit::fixtures().join("organisation/trail");
    let listing = list(&[trail], &Window::default()).unwrap();
    let mut reasons: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mapper = Mapper::new(Catalog::embedded());
    for_each_record(&listing, &FoldOptions::default(), &mapper, &mut |record| {
        if let Some(reason) = record.judged.none() {
            let id = record.event.event_id.as_deref().unwrap_or_default().to_owned();
            reasons.entry(reason.to_owned()).or_default().insert(id);
        }
    });
    let counts: BTreeMap<String, u64> = reasons.into_iter().map(|(reason, ids)| (reason, ids.len() as u64)).collect();
    assert_eq!(counts, truth.totals.without_needs);
}
