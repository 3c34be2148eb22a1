//! One row of `records/*.toml` per failed call: what it shows, and what was wanted or needed.

#![cfg(test)]

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use tighten_catalog::Catalog;
use tighten_iam::ResourcePattern;
use tighten_mapping::{Certainty, Mapper, Need};
use tighten_trail::{DenialReason, Identity, Limits, Reader};
use tighten_usage::{Judged, WantOrigin, judge};

#[derive(Deserialize)]
struct Table {
    record: Vec<Row>,
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
    /// The role `ci/deploy` if it is not there.
    user: Option<String>,
    code: Option<String>,
    message: Option<String>,
    /// The principal's ARN, where it is not the role `ci/deploy`.
    principal: Option<String>,
    outcome: String,
    /// How the wanted action is known.
    origin: Option<String>,
    /// The type of policy that refused, and how.
    reason: Option<String>,
    /// `ACTION on RESOURCE, RESOURCE (CERTAINTY) [RULE]`, certainty only where it is not exact.
    #[serde(default)]
    needs: Vec<String>,
    none: Option<String>,
}

fn null() -> String {
    "null".to_owned()
}

fn rows() -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/records");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let table: Table = toml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        table.record
    };
    files.flat_map(read).collect()
}

fn spell(need: &Need) -> String {
    let resources: Vec<&str> = need.resources.iter().map(ResourcePattern::as_str).collect();
    let certainty = match need.certainty {
        Certainty::Exact => String::new(),
        other => format!(" ({other})"),
    };
    format!("{} on {}{certainty} [{}]", need.action, resources.join(", "), need.rule)
}

fn record(row: &Row) -> Value {
    let (source, name) = row.call.split_once('/').unwrap();
    let role = json!({
        "type": "AssumedRole", "accountId": "111122223333", "arn": "arn:aws:sts::111122223333:assumed-role/deploy/s",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::111122223333:role/ci/deploy"}},
    });
    let user = row.user.as_ref().map_or(role, |user| serde_json::from_str(user).unwrap());
    let parameters: Value = serde_json::from_str(&row.parameters).unwrap();
    let resources: Vec<Value> = row.resources.iter().map(|arn| json!({ "ARN": arn })).collect();
    json!({
        "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "awsRegion": "eu-west-1",
        "eventTime": "2026-05-01T10:00:00Z", "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
        "userIdentity": user, "requestParameters": parameters, "resources": resources,
        "errorCode": row.code, "errorMessage": row.message,
    })
}

fn judged(row: &Row, mapper: &Mapper) -> Judged {
    let log = serde_json::to_vec(&record(row)).unwrap();
    let mut found = None;
    let read = &mut |event: tighten_trail::Event<'_>| found = Some(judge(&event, mapper));
    Reader::new().read_bytes("x.json", &log, &Limits::default(), read);
    found.unwrap_or_else(|| panic!("{}", row.call))
}

fn reason(judged: &Judged) -> Option<String> {
    match judged.denial.as_ref()?.reason {
        DenialReason::NoAllow(policy) => Some(format!("no {} allows", policy.code())),
        DenialReason::ExplicitDeny(policy) => Some(format!("{} denies", policy.code())),
        DenialReason::Unstated => None,
    }
}

#[test]
fn failed_calls_show_what_the_table_says() {
    let rows = rows();
    let mapper = Mapper::new(Catalog::embedded());
    let mut wrong = Vec::new();
    for row in &rows {
        let judged = judged(row, &mapper);
        let who = match &judged.identity {
            Identity::Principal { principal, .. } => principal.to_string(),
            Identity::None(reason) => reason.code().to_owned(),
        };
        let origin = judged.origin.map(|origin| match origin {
            WantOrigin::Both => "both",
            WantOrigin::Call => "call",
            WantOrigin::Message => "message",
        });
        let needs: Vec<String> = judged.needs().iter().map(spell).collect();
        let none = judged.none().filter(|none| *none != "no-evidence");
        let expected_who = row.principal.as_deref().unwrap_or("arn:aws:iam::111122223333:role/ci/deploy");
        let mut differs = |what: &str, got: String, expected: String| {
            if got != expected {
                let said = row.message.as_deref().unwrap_or_default();
                wrong.push(format!("{} {said}\n  {what} {got}\n  expected {expected}", row.call));
            }
        };
        differs("is", who, expected_who.to_owned());
        differs("outcome", judged.outcome.code().to_owned(), row.outcome.clone());
        differs("needs", format!("{needs:#?}"), format!("{:#?}", row.needs));
        differs("none", format!("{none:?}"), format!("{:?}", row.none.as_deref()));
        if row.outcome == "denied" {
            differs("origin", format!("{origin:?}"), format!("{:?}", row.origin.as_deref()));
            differs("reason", format!("{:?}", reason(&judged)), format!("{:?}", row.reason));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    assert!(rows.len() > 40, "{}", rows.len());
}
