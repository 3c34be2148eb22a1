//! Passed roles, and actions that are judged by the calls which check them.

use super::*;
use crate::observe::GapKind;

const ROLE: &str = "arn:aws:iam::111122223333:role/r";

/// What a call needed, with the call.
fn called(action: &str, call: &str) -> Used {
    let need = used(action, "*");
    Used { seen: Seen { calls: vec![call.to_owned()], ..need.seen.clone() }, ..need }
}

fn everything() -> Value {
    json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }])
}

/// The statements that allow passing roles.
fn passing(left: &Value) -> Vec<&Value> {
    left.as_array().unwrap().iter().filter(|one| one["Action"].to_string().contains("iam:PassRole")).collect()
}

/// What became of an action under `*`, and of the codes of its gaps.
fn under_everything(needs: Vec<Used>, options: &NarrowOptions, action: &str) -> (&'static str, bool, Vec<GapKind>) {
    let action: ActionName = action.parse().unwrap();
    let left = narrowed(&[(policy("p", &everything()), &[0])], &[subject("worker", needs)], options);
    let mut groups = left.policies[0].statements.iter().flat_map(|statement| &statement.groups);
    let group = groups.find(|group| group.actions.contains(&action)).unwrap_or_else(|| panic!("{action}"));
    (group.verdict.code(), group.kept, group.verdict.gaps().iter().map(|gap| gap.what.clone()).collect())
}

#[test]
fn roles_that_are_only_suspected_stay_by_name_and_without_a_condition() {
    let suspected = Used { suspected: true, ..passed(ROLE, "appflow.amazonaws.com") };
    let queues = used("sqs:ListQueues", "*");
    let left = statements(&everything(), vec![suspected.clone(), queues.clone()], &NarrowOptions::default());
    let [own] = passing(&left).try_into().unwrap();
    assert_eq!((&own["Resource"], &own["Condition"]), (&json!(ROLE), &Value::Null));
    // The policy asks for another service than the one that is guessed.
    let bound = json!([{
        "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
        "Condition": { "StringEquals": { "iam:PassedToService": "forecast.amazonaws.com" } }
    }]);
    let left = statements(&bound, vec![suspected, queues.clone()], &NarrowOptions::default());
    assert_eq!(left[0]["Resource"], json!(ROLE));
    // Nothing passed and nothing suspected: every call that passes a role would have been recorded.
    let left = statements(&everything(), vec![queues], &NarrowOptions::default());
    assert!(passing(&left).is_empty(), "{left}");
}

#[test]
fn a_suspicion_takes_no_condition_from_the_roles_that_were_passed() {
    let sure = passed("arn:aws:iam::111122223333:role/sure", "lambda.amazonaws.com");
    let suspected = Used { suspected: true, ..used("iam:PassRole", ROLE) };
    let left = statements(&everything(), vec![sure, suspected], &NarrowOptions::default());
    let mut told: Vec<(String, String)> =
        passing(&left).iter().map(|one| (one["Resource"].to_string(), one["Condition"].to_string())).collect();
    told.sort();
    let condition = r#"{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#;
    assert_eq!(
        told,
        [
            (format!("\"{ROLE}\""), "null".to_owned()),
            (r#""arn:aws:iam::111122223333:role/sure""#.to_owned(), condition.to_owned()),
        ]
    );
}

#[test]
fn a_role_whose_receiver_nobody_names_is_passed_without_a_condition() {
    let left = statements(&everything(), vec![used("iam:PassRole", ROLE)], &NarrowOptions::default());
    let [own] = passing(&left).try_into().unwrap();
    assert_eq!((&own["Resource"], &own["Condition"]), (&json!(ROLE), &Value::Null));
}

#[test]
fn calls_that_pass_roles_without_a_rule_keep_them_all_and_are_named() {
    let recovery = called("drs:StartRecovery", "drs.amazonaws.com/StartRecovery");
    let import = called("apigateway:POST", "apigateway.amazonaws.com/ImportRestApi");
    for (need, name) in [(recovery, "drs:StartRecovery"), (import, "apigateway:POST")] {
        let (verdict, kept, gaps) = under_everything(vec![need], &NarrowOptions::default(), "iam:PassRole");
        assert_eq!((verdict, kept), ("not-observable", true), "{name}");
        assert!(
            gaps.iter().any(|gap| matches!(gap, GapKind::UnnamedRoles { actions } if *actions == [name])),
            "{gaps:?}"
        );
    }
    // A row tells where this one has its role.
    let function = called("lambda:CreateFunction", "lambda.amazonaws.com/CreateFunction20150331");
    assert_eq!(under_everything(vec![function], &NarrowOptions::default(), "iam:PassRole").0, "unused");
}

#[test]
fn an_action_without_events_is_unused_if_none_of_the_calls_that_check_it_was_made() {
    let action = "s3:PutAccessPointPublicAccessBlock";
    let of = |need: Used| under_everything(vec![need], &NarrowOptions::default(), action);
    assert_eq!(of(called("s3:ListAllMyBuckets", "s3.amazonaws.com/ListBuckets")).0, "unused");
    let (verdict, kept, gaps) = of(called("s3:CreateAccessPoint", "s3.amazonaws.com/CreateAccessPoint"));
    assert_eq!((verdict, kept), ("not-observable", true));
    assert_eq!(gaps, [GapKind::ParentCall { call: "s3.amazonaws.com/CreateAccessPoint".to_owned() }]);
    // Behind so many calls of the service there may be others that are not named.
    let mut crowd = called("s3:ListAllMyBuckets", "s3.amazonaws.com/ListBuckets");
    crowd.seen.calls = (0..16).map(|number| format!("s3.amazonaws.com/List{number}")).collect();
    assert_eq!(of(crowd).0, "not-observable");
}

#[test]
fn the_calls_that_check_an_action_may_be_of_another_service() {
    let of = |need: Used| under_everything(vec![need], &NarrowOptions::default(), "lambda:EnableReplication");
    let named = called("cloudfront:UpdateDistribution", "cloudfront.amazonaws.com/UpdateDistribution2020_05_31");
    assert_eq!((of(named.clone()).0, of(named).1), ("not-observable", true));
    assert_eq!(of(called("lambda:ListFunctions", "lambda.amazonaws.com/ListFunctions20150331")).0, "unused");
}

#[test]
fn what_no_call_asks_for_is_unused() {
    let needs = || vec![called("sts:AssumeRole", "sts.amazonaws.com/AssumeRole")];
    for action in ["sts:GetCallerIdentity", "sts:AssumeRoleWithWebIdentity"] {
        assert_eq!(under_everything(needs(), &NarrowOptions::default(), action).0, "unused", "{action}");
    }
}

#[test]
fn actions_without_a_known_call_go_unless_the_policy_names_the_service_or_the_setting_keeps_them() {
    let needs = || vec![used("ecr:DescribeRegistry", "*")];
    let keeping = NarrowOptions { without_known_call: WithoutKnownCall::Keep, ..NarrowOptions::default() };
    let (verdict, kept, gaps) = under_everything(needs(), &NarrowOptions::default(), "ecr:ReplicateImage");
    assert_eq!((verdict, kept, gaps), ("not-observable", false, vec![GapKind::NoKnownCall]));
    assert!(under_everything(needs(), &keeping, "ecr:ReplicateImage").1);
    let all = NarrowOptions { unobservable: Unobservable::Keep, ..NarrowOptions::default() };
    assert!(under_everything(needs(), &all, "ecr:ReplicateImage").1);
    let none = NarrowOptions { unobservable: Unobservable::Drop, ..keeping };
    assert!(!under_everything(needs(), &none, "ecr:ReplicateImage").1);
    let named = json!([{ "Effect": "Allow", "Action": "ecr:*", "Resource": "*" }]);
    let left = statements(&named, needs(), &NarrowOptions::default());
    assert!(left.to_string().contains("ecr:ReplicateImage"), "{left}");
    // What is known to be in use without being recorded is no such action.
    let (_, kept, gaps) = under_everything(
        vec![used("states:ListStateMachines", "*")],
        &NarrowOptions::default(),
        "states:InvokeHTTPEndpoint",
    );
    assert_eq!((kept, gaps), (true, vec![GapKind::UnknownRecording]));
}
