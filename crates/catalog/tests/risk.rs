//! The rules about what actions are worth to an attacker: those embedded, and the check of good and bad rows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, unreachable_pub, reason = "the build script uses more of it")]
#[path = "../build/mod.rs"]
mod build;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use build::check::rules;
use build::facts::Facts;
use build::handlers::HandlerTable;
use tighten_catalog::{AccessLevel, Catalog, Escalation, RiskClass, Rules};
use tighten_iam::ActionName;

const IAM: &str = "\
action\tAttachUserPolicy\tPermissions management\t-\t-\t-\t-
action\tGetUser\tRead\t-\t-\t-\t-
action\tListUsers\tList\t-\t-\t-\t-
action\tPassRole\tWrite\t-\t-\t-\tpermission-only
";

fn embedded() -> &'static Rules {
    Catalog::embedded().rules()
}

fn name(text: &str) -> ActionName {
    text.parse().unwrap()
}

/// The problem with a text that has one; none for a good text.
fn problem(text: &str) -> Option<String> {
    let facts = Facts::read(&[("iam.facts".to_owned(), IAM.to_owned())]).unwrap();
    let problems = rules(&facts, HandlerTable::default(), &[("some.toml".to_owned(), text.to_owned())]).err()?;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.into_iter().next()
}

#[track_caller]
fn bad(text: &str, expected: &str) {
    let problem = problem(text).unwrap_or_default();
    assert!(problem.contains(expected), "`{problem}` should say `{expected}`");
}

fn way(actions: &str, rest: &str) -> String {
    format!("[[escalation]]\n{actions}\nclass = 'escalation'\nevidence = 'e'\n{rest}\n")
}

fn listed(action: &str, class: &str) -> String {
    format!("[[risk]]\naction = '{action}'\nclass = '{class}'\nevidence = 'e'\n")
}

#[test]
fn every_way_names_actions_that_exist_and_says_why() {
    let ways = embedded().escalations();
    for way in ways {
        let place = format!("{:?}", way.actions);
        assert!(!way.actions.is_empty() && !way.evidence.is_empty(), "{place}");
        assert!(!way.gives.is_empty() && !way.gives.ends_with('.'), "{place}");
        for action in way.actions.iter().chain(&way.with) {
            let known = Catalog::embedded().action(action).unwrap_or_else(|| panic!("{action} of {place}"));
            assert_eq!(known.name, action.name());
        }
    }
    assert!(ways.is_sorted_by_key(|way| way.class));
    assert!(ways.len() > 400, "{}", ways.len());
}

#[test]
fn ways_are_found_by_each_of_their_actions_and_not_by_what_they_need_besides() {
    let is_lambda = |way: &&Escalation| way.actions == [name("iam:PassRole"), name("lambda:CreateFunction")];
    let found = |action: &str| embedded().escalations_of(&name(action)).filter(is_lambda).count();
    assert_eq!(found("iam:PassRole"), found("LAMBDA:createfunction"));
    assert!(found("iam:PassRole") >= 3);
    assert_eq!(found("lambda:InvokeFunction"), 0);
    for way in embedded().escalations() {
        for action in &way.actions {
            assert!(embedded().escalations_of(action).any(|found| found == way), "{action}");
            assert_eq!(way.others(action).count(), way.actions.len() + way.with.len() - 1, "{action}");
        }
    }
}

#[test]
fn every_class_is_ordered_and_has_a_code_of_its_own() {
    assert!(RiskClass::ALL.is_sorted());
    let codes: BTreeSet<_> = RiskClass::ALL.iter().map(|class| class.as_str()).collect();
    assert_eq!(codes.len(), RiskClass::ALL.len());
}

#[test]
fn listed_actions_are_no_managers_of_permissions() {
    let mut count = 0;
    for service in Catalog::embedded().services() {
        for action in &service.actions {
            let Some(listed) = embedded().listed_risk(&ActionName::new(service.prefix, action.name).unwrap()) else {
                continue;
            };
            count += 1;
            assert_ne!(action.access_level(), AccessLevel::PermissionsManagement, "{}", action.name);
            assert!(listed.class > RiskClass::PermissionsManagement && !listed.evidence.is_empty(), "{}", action.name);
        }
    }
    assert!(count > 200, "{count}");
    assert_eq!(embedded().listed_risk(&name("S3:getobject")).unwrap().class, RiskClass::DataRead);
    assert_eq!(embedded().listed_risk(&name("s3:PutObject")), None);
}

#[test]
fn the_documented_ways_are_the_embedded_ones() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/risk.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (introduction, _) = text.split_once("<!-- ways").unwrap();
    for class in RiskClass::ALL {
        assert!(introduction.contains(&format!("| `{class}` |")), "{class} is explained");
    }
    let expected = format!(
        "{introduction}<!-- ways: written by `UPDATE_DOCS=1 cargo test -p tighten-catalog --test risk` -->\n{}",
        tables()
    );
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
    } else {
        assert!(text == expected, "`docs/risk.md` is out of date; its comment says how to write it anew");
    }
}

/// A table for each class, with a line for each row of the rule file.
fn tables() -> String {
    let mut text = String::new();
    let mut class = None;
    let of_one_row = |a: &Escalation, b: &Escalation| {
        (a.class, &a.with, &a.gives, &a.evidence) == (b.class, &b.with, &b.gives, &b.evidence)
    };
    for ways in embedded().escalations().chunk_by(of_one_row) {
        let [first, ..] = ways else { continue };
        if class.replace(first.class) != Some(first.class) {
            write!(text, "\n## {}\n\n| actions | with | it … | source |\n|---|---|---|---|\n", first.class).unwrap();
        }
        let in_all = |action: &&ActionName| ways.iter().all(|way| way.actions.contains(action));
        let code = |action: &ActionName| format!("`{action}`");
        let mut actions: Vec<String> = first.actions.iter().filter(in_all).map(code).collect();
        let one_of: Vec<String> =
            ways.iter().flat_map(|way| way.actions.iter().filter(|action| !in_all(action))).map(code).collect();
        if !one_of.is_empty() {
            let any = if actions.is_empty() { "" } else { "one of " };
            actions.push(format!("{any}{}", one_of.join(", ")));
        }
        let with: Vec<String> = first.with.iter().map(code).collect();
        let (actions, with) = (actions.join(" and "), with.join(", "));
        writeln!(text, "| {actions} | {with} | {} | {} |", first.gives, first.evidence).unwrap();
    }
    text
}

#[test]
fn good_rows_are_good() {
    assert_eq!(problem(&way("actions = 'iam:PassRole'\nwith = 'iam:GetUser'", "gives = 'g'")), None);
    assert_eq!(problem(&way("any = ['iam:PassRole', 'iam:GetUser']", "gives = 'g'")), None);
    assert_eq!(problem(&listed("iam:Get*", "data-read")), None);
}

#[test]
fn bad_ways_are_told() {
    bad(&way("actions = 'iam:PassRoles'", "gives = 'g'"), "no action is named `iam:PassRoles`");
    bad(&way("with = 'iam:PassRole'", "gives = 'g'"), "`actions` and `any` are empty");
    bad(&way("actions = 'iam:PassRole'", "gives = 'It is.'"), "a sentence on one line, without a final stop");
    bad(&way("actions = 'iam:PassRole'", "gives = ''"), "a sentence on one line");
    bad(&way("actions = 'iam:PassRole'\nwith = 'iam:PassRole'", "gives = 'g'"), "named twice");
    bad(&way("actions = 'iam:PassRole'", "gives = 'g'").repeat(2), "escalation `iam:PassRole` is ruled twice");
    bad(&way("actions = 'iam:PassRole'", "gives = 'g'").replace("'e'", "' '"), "`evidence` is empty");
    bad(&way("actions = 'iam:PassRole'", "gives = 'g'").replace("'escalation'", "'escalated'"), "unknown variant");
}

#[test]
fn bad_lists_are_told() {
    bad(&listed("iam:Put*", "data-read"), "no action matches `iam:Put*`");
    bad(&listed("iam:GetUser", "escalation"), "needs an `[[escalation]]` row");
    bad(&listed("iam:AttachUserPolicy", "write"), "manages permissions");
    let twice = format!("{}{}", listed("iam:GetUser", "data-read"), listed("iam:Get*", "list"));
    bad(&twice, "risk `iam:GetUser` is ruled twice");
}
