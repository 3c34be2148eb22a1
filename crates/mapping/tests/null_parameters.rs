//! Records that do not show the request, for every call of the catalog's rules.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::collections::BTreeSet;

use tighten_catalog::{Catalog, On};
use tighten_iam::Principal;
use tighten_mapping::{Call, Certainty, Mapped, Mapper, NoNeed};

fn call<'a>(source: &'a str, name: &'a str, principal: &'a Principal, error_code: Option<&'a str>) -> Call<'a> {
    Call {
        event_source: source,
        event_name: name,
        region: "eu-west-1",
        account: "111122223333",
        principal: Some(principal),
        parameters: None,
        resources: None,
        error_code,
        named: None,
    }
}

fn principal() -> Principal {
    "arn:aws:iam::111122223333:user/ada".parse().unwrap()
}

#[test]
fn a_call_with_an_action_of_its_name_is_never_undecided() {
    let (catalog, principal) = (Catalog::embedded(), principal());
    let mapper = Mapper::new(catalog);
    let (mut decided, mut undecided) = (0, BTreeSet::new());
    for rule in catalog.rules().calls().filter(|rule| rule.none.is_none()) {
        let Some((source, name)) = rule.id.split_once('/') else { panic!("{}", rule.id) };
        let own =
            rule.needs.iter().any(|need| need.is_shown_by_call() && need.action.name().eq_ignore_ascii_case(name));
        for code in [None, Some("Whatever")] {
            match mapper.needs(&call(source, name, &principal, code)) {
                Mapped::None(NoNeed::Undecided) if own => panic!("{}", rule.id),
                Mapped::None(NoNeed::Undecided) => drop(undecided.insert(rule.id.as_str())),
                _ => decided += usize::from(own),
            }
        }
    }
    assert!(decided > 500, "{decided}");
    // What decides between actions of other names is in the parameters, or nowhere.
    assert!(undecided.len() < 60, "{} {undecided:?}", undecided.len());
}

/// Whatever the operation: without its parameters an error tells no listing, no default and no caller.
#[test]
fn an_error_without_parameters_is_about_nobody_in_particular() {
    let (catalog, principal) = (Catalog::embedded(), principal());
    let mapper = Mapper::new(catalog);
    let ruled = |source: &str, name: &str| {
        let rule = catalog.rules().call(source, name);
        rule.is_some_and(|rule| rule.needs.iter().any(|need| matches!(need.on, Some(On::Template(_)))))
    };
    // These have no user but their own.
    let always_own = ["ChangePassword"];
    let mut asked = 0;
    for service in catalog.services() {
        let Some(source) = catalog.rules().event_sources(service.prefix).into_iter().next() else { continue };
        for operation in &service.operations {
            if ruled(&source, operation.name) || always_own.contains(&operation.name) {
                continue;
            }
            let answer = mapper.needs(&call(&source, operation.name, &principal, Some("Whatever")));
            for need in answer.needs() {
                asked += 1;
                let told = ["caller", "list", "no-resource-named", "parameter:", "partial:"];
                let is_told = told.iter().any(|rule| need.rule.split('+').any(|own| own.starts_with(rule)));
                assert!(!is_told || need.certainty == Certainty::Unresolved, "{source} {} {need:?}", operation.name);
            }
        }
    }
    assert!(asked > 10_000, "{asked}");
}
