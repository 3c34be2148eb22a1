//! The diff against every request of a small world.

use proptest::prelude::*;
use serde_json::{Value, json};
use tighten_iam::{ActionName, Arn, Context, PolicyDocument, Request, RequestResource, evaluate};

use super::{Change, Difference, Verdict, checked, policy};

const ACTIONS: [&str; 5] = ["s3:GetObject", "s3:PutObject", "s3:PutObjectAcl", "sqs:SendMessage", "nope:Go"];
const PATTERNS: [&str; 9] =
    ["s3:GetObject", "s3:putobject", "s3:Put*", "s3:*", "*", "s3:P*t", "sqs:SendMessage", "sqs:*", "nope:G?"];
const RESOURCES: [&str; 4] =
    ["arn:aws:s3:::a/x", "arn:aws:s3:::a/y", "arn:aws:s3:::ab/x", "arn:aws:sqs:eu-west-1:111122223333:jobs"];
const RESOURCE_PATTERNS: [&str; 7] = [
    "*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a*/x",
    "arn:aws:s3:::a/x",
    "arn:aws:s3:::??/*",
    "arn:aws:sqs:*:*:jobs",
    "arn:aws:s3:::*/x",
];
const VPCS: [Option<&str>; 3] = [None, Some("vpc-1"), Some("vpc-2")];

fn statement() -> impl Strategy<Value = Value> {
    let some_of = |from: &'static [&'static str]| proptest::sample::subsequence(from, 1..=2);
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let action = prop_oneof![7 => Just("Action"), 1 => Just("NotAction")];
    let resource = prop_oneof![4 => Just("Resource"), 1 => Just("NotResource")];
    let condition = prop_oneof![
        3 => Just(None),
        1 => Just(Some(json!({ "StringEquals": { "aws:SourceVpc": "vpc-1" } }))),
        1 => Just(Some(json!({ "StringNotEquals": { "aws:SourceVpc": ["vpc-1", "vpc-2"] } }))),
        1 => Just(Some(json!({ "StringLikeIfExists": { "aws:SourceVpc": "vpc-*" } }))),
    ];
    (effect, action, some_of(&PATTERNS), resource, some_of(&RESOURCE_PATTERNS), condition).prop_map(
        |(effect, action, actions, resource, resources, condition)| {
            let mut statement = json!({ "Effect": effect, action: actions, resource: resources });
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        },
    )
}

fn documents() -> impl Strategy<Value = Vec<PolicyDocument>> {
    proptest::collection::vec(statement(), 0..4).prop_map(|statements| policy(&Value::Array(statements)))
}

/// Which requests of the small world are allowed, action by action.
fn allowed(documents: &[PolicyDocument]) -> Vec<Vec<bool>> {
    let of_action = |action: &str| {
        let action: ActionName = action.parse().unwrap();
        let arns: Vec<Arn> = RESOURCES.iter().map(|text| text.parse().unwrap()).collect();
        let resources = arns.iter().map(RequestResource::Arn).chain([RequestResource::Any]);
        let requests = resources.flat_map(|resource| VPCS.map(|vpc| (resource, vpc)));
        let decide = |(resource, vpc): (RequestResource<'_>, Option<&str>)| {
            let mut context = Context::closed();
            context.insert("aws:SourceVpc", vpc);
            evaluate(documents, &Request { principal: None, action: &action, resource, context: &context }).is_allowed()
        };
        requests.map(decide).collect()
    };
    ACTIONS.iter().map(|action| of_action(action)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn the_diff_agrees_with_every_request(old in documents(), new in documents()) {
        let found = checked(&old, &new);
        prop_assert_ne!(found.verdict, Verdict::Undecided);
        for (action, (before, after)) in ACTIONS.iter().zip(allowed(&old).into_iter().zip(allowed(&new))) {
            let gains = before.iter().zip(&after).any(|(before, after)| !before && *after);
            let loses = before.iter().zip(&after).any(|(before, after)| *before && !after);
            prop_assert!(!gains || found.gained != Difference::No);
            prop_assert!(!loses || found.lost != Difference::No);
            let named = |text: &String| {
                text.eq_ignore_ascii_case(action) || (*action == "nope:Go" && text.starts_with("nope:"))
            };
            let changes: Vec<Change> = found.rows.iter()
                .filter(|row| row.parts.iter().any(|part| part.actions.iter().any(named)))
                .map(|row| row.change)
                .collect();
            if changes.is_empty() {
                // Only an action that the catalog does not know, and that no pattern names, has no row.
                prop_assert!(*action == "nope:Go" || !(before.contains(&true) || after.contains(&true)));
                continue;
            }
            if gains {
                let new_access = |change: &Change| matches!(change, Change::Added | Change::Widened | Change::Mixed);
                prop_assert!(changes.iter().any(new_access), "{action} {changes:?}");
            }
            if loses {
                let gone = |change: &Change| matches!(change, Change::Removed | Change::Narrowed | Change::Mixed);
                prop_assert!(changes.iter().any(gone), "{action} {changes:?}");
            }
            prop_assert!(!changes.contains(&Change::Added) || !before.contains(&true));
            prop_assert!(!changes.contains(&Change::Removed) || !after.contains(&true));
        }
    }
}
