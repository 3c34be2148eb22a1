//! Small pairs of policies.

use serde_json::{Value, json};
use tighten_catalog::Catalog;
use tighten_iam::{Context, PolicyDocument, Request, evaluate};

use super::{Change, Difference, PolicyDiff, Verdict, Witness, diff};

mod brute_force;
mod small;

/// A policy of the current version with these statements.
fn policy(statements: &Value) -> Vec<PolicyDocument> {
    vec![PolicyDocument::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()]
}

fn allow(action: impl Into<Value>, resource: impl Into<Value>) -> Value {
    json!({ "Effect": "Allow", "Action": action.into(), "Resource": resource.into() })
}

fn deny(action: impl Into<Value>, resource: impl Into<Value>) -> Value {
    json!({ "Effect": "Deny", "Action": action.into(), "Resource": resource.into() })
}

fn on_condition(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

/// The diff of two policies, checked for what holds for every diff.
fn checked<'a>(old: &'a [PolicyDocument], new: &'a [PolicyDocument]) -> PolicyDiff<'a> {
    let found = diff(Catalog::embedded(), old, new);
    for row in &found.rows {
        for part in &row.parts {
            confirm(&part.gained, new, old);
            confirm(&part.lost, old, new);
            let sides = (&part.gained, &part.lost);
            match row.change {
                Change::Added | Change::Widened => assert!(matches!(sides, (Difference::Yes(_), Difference::No))),
                Change::Removed | Change::Narrowed => assert!(matches!(sides, (Difference::No, Difference::Yes(_)))),
                Change::Mixed => assert!(matches!(sides, (Difference::Yes(_), Difference::Yes(_)))),
                Change::Kept => assert!(matches!(sides, (Difference::No, Difference::No))),
                Change::Undecided => assert!(sides.0.why().or(sides.1.why()).is_some()),
            }
        }
    }
    confirm(&found.gained, new, old);
    confirm(&found.lost, old, new);
    let gains = [Change::Added, Change::Widened, Change::Mixed].iter().any(|change| found.count(*change) > 0);
    assert!(!gains || found.gained.witness().is_some());
    assert_eq!(found.is_unchanged(), found.verdict == Verdict::Equal);
    found
}

/// A witness is a request that one policy allows and the other does not.
fn confirm(difference: &Difference<'_>, own: &[PolicyDocument], others: &[PolicyDocument]) {
    let Some(Witness { action, resource, assumed, .. }) = difference.witness() else { return };
    let mut context = Context::closed();
    for (key, values) in assumed {
        context.insert(key, values.iter().cloned());
    }
    let request = Request { principal: None, action, resource: resource.as_request(), context: &context };
    assert!(evaluate(own, &request).is_allowed(), "{action} on {resource}");
    assert!(!evaluate(others, &request).is_allowed(), "{action} on {resource}");
}

/// The rows as `change service level count`.
fn rows(diff: &PolicyDiff<'_>) -> Vec<String> {
    let rows = diff.rows.iter().map(|row| {
        let level = row.access_level.map_or("unknown", tighten_catalog::AccessLevel::as_str);
        format!("{} {} {level} {}", row.change.as_str(), row.service, row.count())
    });
    rows.collect()
}
