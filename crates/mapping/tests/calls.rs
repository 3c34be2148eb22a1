//! One row of `calls/*.toml` per call: what it holds and what it needed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail like tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use tighten_catalog::Catalog;
use tighten_iam::{Principal, ResourcePattern};
use tighten_mapping::{Call, Certainty, Mapped, Mapper, Need};

#[derive(Deserialize)]
struct Table {
    call: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// Event source without `.amazonaws.com`, a slash, and the event's name.
    call: String,
    #[serde(default = "null")]
    parameters: String,
    #[serde(default)]
    resources: Vec<String>,
    /// `ACTION on RESOURCE, RESOURCE if KEY=VALUE (CERTAINTY)`, the last two parts only where there is something to say.
    #[serde(default)]
    needs: Vec<String>,
    /// The types that the call leaves open, each once and sorted.
    #[serde(default)]
    unsettled: Vec<String>,
    none: Option<String>,
}

fn rows() -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let table: Table = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        table.call
    };
    files.flat_map(read).collect()
}

fn null() -> String {
    "null".to_owned()
}

fn spell(need: &Need) -> String {
    let resources: Vec<&str> = need.resources.iter().map(ResourcePattern::as_str).collect();
    let mut text = format!("{} on {}", need.action, resources.join(", "));
    for (key, values) in &need.context {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        text.extend([" if ", key, "=", &values.join("|")]);
    }
    if need.certainty != Certainty::Exact {
        text.extend([" (", need.certainty.as_str(), ")"]);
    }
    if need.suspected {
        text.push_str(" (suspected)");
    }
    text
}

#[test]
fn calls_need_what_the_table_says() {
    let rows = rows();
    let mapper = Mapper::new(Catalog::embedded());
    let principal: Principal = "arn:aws:iam::111122223333:role/ci/deploy".parse().unwrap();
    let mut wrong = Vec::new();
    for row in &rows {
        let (source, name) = row.call.split_once('/').unwrap();
        let resources: Vec<_> = row.resources.iter().map(|arn| serde_json::json!({ "ARN": arn })).collect();
        let resources = RawValue::from_string(serde_json::Value::from(resources).to_string()).unwrap();
        let parameters = RawValue::from_string(row.parameters.clone()).unwrap();
        let call = Call {
            event_source: &format!("{source}.amazonaws.com"),
            event_name: name,
            region: "eu-west-1",
            account: "111122223333",
            principal: Some(&principal),
            parameters: Some(&parameters),
            resources: Some(&resources),
            error_code: None,
            named: None,
        };
        let answer = mapper.needs(&call);
        let unsettled: BTreeSet<&String> = answer.needs().iter().flat_map(|need| &need.unsettled).collect();
        let open = |need: &Need| !need.unsettled.is_empty() && need.certainty == Certainty::Exact;
        assert!(!answer.needs().iter().any(open), "{}: what is open is never exact", row.call);
        let (needs, none) = match &answer {
            Mapped::Needs(needs) => (needs.iter().map(spell).collect(), None),
            Mapped::None(reason) => (Vec::new(), Some(reason.code().to_owned())),
        };
        if needs != row.needs || none != row.none || !unsettled.iter().copied().eq(&row.unsettled) {
            wrong.push(format!(
                "{} {}\n  got      {needs:#?} {unsettled:?} {none:?}\n  expected {:#?} {:?} {:?}",
                row.call, row.parameters, row.needs, row.unsettled, row.none
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    assert!(rows.len() > 250);
}
