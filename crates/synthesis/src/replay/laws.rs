//! Verdicts against IAM's decision, asked one request at a time.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tighten_iam::{Arn, Context, Decision, PolicyDocument, Principal, Request, RequestResource, evaluate};
use tighten_mapping::{Certainty, Mapped, Need};
use tighten_trail::{Event, Identity, Outcome as Let};
use tighten_usage::Judged;

use super::*;
use crate::{ConditionKeys, EntityPaths};

const STATEMENTS: [&str; 12] = [
    r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a/k", "arn:aws:s3:::b*"]}"#,
    r#"{"Effect": "Allow", "NotAction": "s3:Put*", "NotResource": "arn:aws:s3:::b/*"}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:x": "1"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"s3:x": "yes"}}}"#,
    r#"{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/k?"}"#,
    r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalAccount}/*"}"#,
    r#"{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/k"}"#,
    r#"{"Effect": "Deny", "Action": "s3:PutObject", "NotResource": "arn:aws:s3:::a/*"}"#,
    r#"{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:y": "true"}}}"#,
    r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"s3:x": "no"}}}"#,
];

const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"];
const ARNS: [&str; 8] = [
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/k",
    "arn:aws:s3:::a/kk",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::111122223333/k",
    "arn:aws:s3:::c/k",
    "arn:aws:sqs:r:1:q",
];
const PATTERNS: [&str; 8] = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a/k*",
    "arn:aws:s3:::b/?",
    "arn:aws:s3:::?/k",
    "arn:aws:s3:::111122223333/*",
    "arn:aws:sqs:*:*:*",
];

fn documents() -> impl Strategy<Value = Vec<PolicyDocument>> {
    let document = subsequence(STATEMENTS.to_vec(), 0..=5).prop_shuffle().prop_map(|statements| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
        PolicyDocument::parse(&text).unwrap()
    });
    prop::collection::vec(document, 0..3)
}

fn role() -> Principal {
    "arn:aws:iam::111122223333:role/worker".parse().unwrap()
}

fn context(value: Option<&str>) -> ConditionKeys {
    value.map(|value| ("s3:x".to_owned(), [value.to_owned()].into())).into_iter().collect()
}

/// IAM's own decision, with all that is known.
fn decided(documents: &[PolicyDocument], action: &str, arn: &Arn, value: Option<&str>) -> Decision {
    let mut context = Context::open();
    context.insert("aws:ViaAWSService", ["false"]);
    if let Some(value) = value {
        context.insert("s3:x", [value]);
    }
    let (action, resource, role) = (action.parse().unwrap(), RequestResource::Arn(arn), role());
    evaluate(documents, &Request { principal: Some(&role), action: &action, resource, context: &context })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn on_concrete_resources_the_verdict_is_iams_decision(
        documents in documents(),
        action in select(&ACTIONS[..]),
        resource in select(&ARNS[..]),
        value in select(vec![None, Some("yes"), Some("no"), Some("other")]),
    ) {
        let (role, paths, arn) = (role(), EntityPaths::default(), resource.parse().unwrap());
        let judge = Judge::new(&documents, &role, &paths);
        let expected = Verdict::from(decided(&documents, action, &arn, value));
        let need = Need {
            action: action.parse().unwrap(),
            resources: vec![(&arn).into()],
            context: context(value),
            certainty: Certainty::Exact,
            rule: String::new(),
            path_unknown: false,
            unsettled: Vec::new(),
            suspected: false,
        };
        let names = Names::default();
        let mut replayer = Replayer::new(&judge, &names);
        let judged = Judged {
            identity: Identity::Principal { principal: role.clone(), via: None, certain: true },
            outcome: Let::Authorised,
            origin: None,
            denial: None,
            mapped: Some(Mapped::Needs(vec![need])),
        };
        replayer.see(&Event::default(), &judged);
        let tally = replayer.finish();
        let key = tally.groups.keys().next().unwrap();
        prop_assert_eq!(&key.verdict, &expected);
        let calls = tally.calls;
        let counted = [calls.denied, calls.depends, calls.partly, calls.allowed];
        let place = [Outcome::Denied, Outcome::Depends, Outcome::Partly, Outcome::Allowed];
        let at = place.iter().position(|outcome| *outcome == expected.outcome()).unwrap();
        prop_assert!(counted.iter().enumerate().all(|(index, count)| (*count == 1) == (index == at)));
    }

    #[test]
    fn what_is_said_of_a_pattern_holds_for_each_resource_that_it_matches(
        documents in documents(),
        action in select(&ACTIONS[..]),
        pattern in select(&PATTERNS[..]),
        value in select(vec![None, Some("yes"), Some("no")]),
    ) {
        let (role, paths) = (role(), EntityPaths::default());
        let asked = Asked {
            action: action.parse().unwrap(),
            resource: pattern.parse().unwrap(),
            certainty: Certainty::ByType,
            path_unknown: false,
            context: context(value),
            called_by: CalledBy::Principal,
        };
        let verdict = Judge::new(&documents, &role, &paths).judge(&asked);
        for arn in ARNS.map(|arn| arn.parse::<Arn>().unwrap()).iter().filter(|arn| asked.resource.matches(arn)) {
            let one = Verdict::from(decided(&documents, action, arn, value)).outcome();
            match verdict.outcome() {
                Outcome::Allowed => prop_assert_eq!(one, Outcome::Allowed, "{} {}", arn, &action),
                Outcome::Denied => prop_assert_eq!(one, Outcome::Denied, "{} {}", arn, &action),
                Outcome::Depends | Outcome::Partly => {}
            }
        }
    }
}
