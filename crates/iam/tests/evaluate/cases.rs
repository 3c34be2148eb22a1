//! Every row of the table of documented rules comes out as it says.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tighten_iam::{Decision, Place, PolicyDocument, PolicyKind, Ruling, evaluate};

use crate::table::{Row, rows};

#[test]
fn every_row_of_the_table_is_decided_as_documented() {
    let rows = rows().unwrap();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.case.name.as_str()).collect();
    assert_eq!(names.len(), rows.len(), "two rows have the same name");
    assert!(rows.len() >= 400, "{} rows", rows.len());
    let denying: Vec<Row> = rows.iter().filter_map(Row::denying).collect();
    let wrong: Vec<String> = rows.iter().chain(&denying).filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn identity_policies_alone_are_decided_alike_by_both_ways() {
    let mut asked = 0;
    for row in rows().unwrap() {
        let case = &row.case;
        let alone = case.boundary.is_none()
            && case.session.is_none()
            && case.service_control.is_empty()
            && case.resource_control.is_empty()
            && case.resource.is_none()
            && !case.principal.ends_with(":root");
        if alone {
            asked += 1;
            let documents: Vec<_> =
                case.identity.iter().cloned().map(|value| PolicyDocument::from_value(value).unwrap()).collect();
            assert_eq!(
                case.ask(|request| evaluate(&documents, request)).unwrap(),
                simple(&case.decide().unwrap()),
                "{}",
                case.name
            );
        }
    }
    assert!(asked > 300, "{asked}");
}

fn simple(ruling: &Ruling) -> Decision {
    match ruling {
        Ruling::Allowed { by } => Decision::Allowed { document: by[0].document, statement: by[0].statement },
        Ruling::ExplicitDeny { by } => Decision::ExplicitDeny { document: by.document, statement: by.statement },
        Ruling::ImplicitDeny { .. } => Decision::ImplicitDeny,
        Ruling::Depends { missing } => Decision::Depends { missing: missing.clone() },
    }
}

/// What is wrong with a row, if anything is.
fn wrong(row: &Row) -> Option<String> {
    let ruling = match row.case.decide() {
        Ok(ruling) => ruling,
        Err(error) => return Some(format!("{}: {error}", row.case.name)),
    };
    let (decision, details) = match &ruling {
        Ruling::Allowed { by } => ("allowed", json!({"by": by.iter().map(place).collect::<Vec<_>>()})),
        Ruling::ExplicitDeny { by } => ("denied", json!({"by": [place(by)]})),
        Ruling::ImplicitDeny { lacking } => {
            ("not allowed", json!({"lacking": lacking.iter().map(|kind| kind_name(*kind)).collect::<Vec<_>>()}))
        }
        Ruling::Depends { missing } => ("depends", json!({ "missing": missing })),
    };
    let differs = |(key, expected): (&String, &Value)| (details[key] != *expected).then(|| format!("{key} {expected}"));
    let expected: Vec<String> = (decision != row.expect)
        .then(|| row.expect.clone())
        .into_iter()
        .chain(row.details.iter().filter_map(differs))
        .collect();
    (!expected.is_empty()).then(|| format!("{}: expected {}, got {ruling:?}", row.case.name, expected.join(", ")))
}

/// `identity 0.1`: the second statement of the first identity policy.
fn place(place: &Place) -> String {
    format!("{} {}.{}", kind_name(place.kind), place.document, place.statement)
}

fn kind_name(kind: PolicyKind) -> String {
    match kind {
        PolicyKind::Identity => "identity".to_owned(),
        PolicyKind::Boundary => "boundary".to_owned(),
        PolicyKind::Session => "session".to_owned(),
        PolicyKind::ServiceControl { level } => format!("scp[{level}]"),
        PolicyKind::ResourceControl { level } => format!("rcp[{level}]"),
        PolicyKind::Resource => "resource".to_owned(),
    }
}
