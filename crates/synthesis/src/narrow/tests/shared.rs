//! What nobody used is decided once, and as if it were decided for each.

use std::sync::atomic::Ordering;

use proptest::prelude::*;

use super::*;
use crate::generate::Unmapped;
use crate::narrow::assign::Uses;
use crate::observe::CallerClass;

static EVERYWHERE: BTreeSet<String> = BTreeSet::new();

fn administrator() -> CurrentPolicy {
    policy("p", &json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]))
}

fn alone(subject: &Subject) -> [Holder<'_>; 1] {
    [Holder { subject, policies: vec![0], created: None, boundary: None }]
}

/// Narrows one policy for each subject and, if `together`, one that all of them hold, and counts the questions for what was recorded.
fn narrowed_and_questions(subjects: &[Subject], together: bool) -> (Vec<Narrowed>, usize) {
    let (coverage, paths, options) = (coverage(), EntityPaths::default(), NarrowOptions::default());
    let observation = Observation::new(Catalog::embedded(), &coverage, None, &EVERYWHERE);
    let narrower = Narrower::new(Catalog::embedded(), &observation, &paths, &options);
    let policies = [administrator()];
    let narrow = |holders: &[Holder<'_>]| narrower.narrow(&policies, holders, false).unwrap();
    let results = if together {
        let holders: Vec<Holder<'_>> = subjects.iter().flat_map(alone).collect();
        vec![narrow(&holders)]
    } else {
        subjects.iter().map(|subject| narrow(&alone(subject))).collect()
    };
    (results, observation.asked.load(Ordering::Relaxed))
}

fn idle(count: usize) -> Vec<Subject> {
    (0..count).map(|number| subject(&format!("idle-{number}"), Vec::new())).collect()
}

#[test]
fn a_hundred_who_did_nothing_ask_no_more_questions_than_one() {
    let (_, of_one) = narrowed_and_questions(&idle(1), false);
    assert!(of_one > 10_000, "{of_one}");
    for together in [false, true] {
        let (_, of_all) = narrowed_and_questions(&idle(100), together);
        assert_eq!(of_all, of_one, "{together}");
    }
    // Nor does somebody who used one action, but for those of its service.
    let mut subjects = idle(2);
    subjects[1].needs = vec![used("sqs:CreateQueue", "arn:aws:sqs:us-east-1:111122223333:jobs")];
    let (both, of_both) = narrowed_and_questions(&subjects, false);
    assert!((1..100).contains(&(of_both - of_one)), "{of_both}, {of_one}");
    let groups = |narrowed: &Narrowed| narrowed.policies[0].statements[0].groups.services().to_vec();
    let (one, other) = (groups(&both[0]), groups(&both[1]));
    let (same, own): (Vec<_>, Vec<_>) = one.iter().zip(&other).partition(|(one, other)| Arc::ptr_eq(one, other));
    assert!(own.iter().all(|(_, own)| own[0].service == "sqs") && own.len() == 1 && same.len() > 300);
}

const ACTIONS: [&str; 12] = [
    "sqs:CreateQueue",
    "sqs:DeleteQueue",
    "sns:Publish",
    "s3:GetObject",
    "s3:ListAllMyBuckets",
    "iam:PassRole",
    "iam:CreateRole",
    "ec2:RunInstances",
    "lambda:CreateFunction",
    "s3:ReplicateObject",
    "quasar:Shine",
    "iam:GetRole",
];

const CALLS: [&str; 8] = [
    "sqs.amazonaws.com/CreateQueue",
    "s3.amazonaws.com/CreateAccessPoint",
    "s3.amazonaws.com/PutBucketReplication",
    "lambda.amazonaws.com/InvokeAsync",
    "quicksight.amazonaws.com/CreateFolder",
    "quicksight.amazonaws.com/UpdateTopic",
    "ec2.amazonaws.com/DescribeFrobnicators",
    "iam.amazonaws.com/CreateFrobnicator",
];

const RESOURCES: [&str; 4] =
    ["*", "arn:aws:sqs:us-east-1:111122223333:jobs", "arn:aws:s3:::in/a.csv", "arn:aws:iam::111122223333:role/r"];

const STATEMENTS: [&str; 7] = [
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["sqs:*", "s3:*", "iam:*", "quasar:*"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "sqs:CreateQueue"], "Resource": ["arn:aws:s3:::in/*", "arn:aws:sqs:eu-*:*:*", "arn:aws:s3:::${aws:username}"]}"#,
    r#"{"Effect": "Allow", "NotAction": ["iam:*", "ec2:*"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:*", "ec2:*", "lambda:*"], "NotResource": "arn:aws:iam::*:role/admin"}"#,
    r#"{"Effect": "Allow", "Action": ["quicksight:*", "sns:*"], "Resource": "arn:aws:sns:us-west-2:*:*"}"#,
    r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}"#,
];

fn any_need() -> impl Strategy<Value = Used> {
    let call = proptest::option::of(proptest::sample::select(&CALLS[..]));
    let parts = (proptest::sample::select(&ACTIONS[..]), proptest::sample::select(&RESOURCES[..]), call, 0..8);
    parts.prop_map(|(action, resource, call, odd)| {
        let mut need = used(action, resource);
        need.seen.calls.extend(call.map(str::to_owned));
        match odd {
            0 => need.suspected = true,
            1 => need.certainty = Certainty::Unresolved,
            2 if action == "ec2:RunInstances" => need.unsettled = vec!["launch-template".to_owned()],
            3 => need.seen.calls.extend((0..20).map(|number| format!("s3.amazonaws.com/Call{number}"))),
            _ => {}
        }
        need
    })
}

fn any_subject() -> impl Strategy<Value = Subject> {
    let needs = proptest::collection::vec(any_need(), 0..5);
    let unmapped = proptest::collection::vec(proptest::sample::select(&CALLS[..]), 0..2);
    (needs, unmapped, 0..4_usize, 0..3).prop_map(|(needs, unmapped, number, place)| {
        let mut subject = subject(&format!("worker-{number}"), needs);
        if place == 0 {
            subject.principal = format!("arn:aws:iam::444455556666:user/ada-{number}").parse().unwrap();
        }
        let unmapped = unmapped.into_iter().map(|call| Unmapped {
            call: call.to_owned(),
            reason: NoNeed::UnknownCall,
            seen: Seen::default(),
        });
        subject.unmapped = unmapped.collect();
        subject
    })
}

fn any_options() -> impl Strategy<Value = NarrowOptions> {
    let choices = (
        proptest::sample::select(Granularity::ALL),
        proptest::sample::select(Unobservable::ALL),
        proptest::sample::select(WithoutKnownCall::ALL),
        0..3_usize,
        0..3_usize,
        proptest::sample::select(&[0_usize, 0, 0, 90][..]),
        0..4_usize,
    );
    choices.prop_map(|(granularity, unobservable, without_known_call, kept, forbidden, min_window, accessed)| {
        let of_one = |text: &str| PrincipalFilter::new([text]);
        let mut keep = [keep("s3:List*", None), keep("iam:*", Some("2026-01-01")), keep("sqs:*", None)];
        keep[2].principals = of_one("worker-1");
        keep[0].resource = Some("arn:aws:s3:::in/*".parse().unwrap());
        let forbid =
            |action: &str, principals| NeverGrant { action: action.parse().unwrap(), principals, reason: None };
        let never = [forbid("iam:*", of_one("worker-*")), forbid("sns:Publish", PrincipalFilter::default())];
        NarrowOptions {
            granularity,
            unobservable,
            without_known_call,
            keep: keep.into_iter().skip(kept).collect(),
            never_grant: never.into_iter().skip(forbidden).collect(),
            min_window,
            last_accessed: (0..accessed).map(last_accessed).collect(),
            ..NarrowOptions::default()
        }
    })
}

/// IAM's records of a worker: services that the needs may show, too, or that they never do.
fn last_accessed(number: usize) -> (Principal, LastAccessed) {
    let worker = format!("arn:aws:iam::{ACCOUNT}:role/worker-{number}").parse().unwrap();
    let on = format!("2026-05-{:02}", number + 1).parse().unwrap();
    let action = |name: &str, on| (name.parse().unwrap(), on);
    let s3 = [action("s3:CreateBucket", Some(on)), action("s3:DeleteBucket", None)];
    let services = [("s3", s3.into()), ("glacier", BTreeMap::new()), ("sqs", BTreeMap::new())];
    let services = services.map(|(prefix, actions)| (prefix.to_owned(), ServiceAccess { on, actions }));
    (worker, LastAccessed::new(services.into_iter().skip(number % 2)))
}

/// Holds the decisions of all statements against those on each action by itself.
fn same_as_each_by_itself(input: &NarrowInput<'_>, options: &NarrowOptions, shared: &Shared) {
    let current = Today::new(input, options, shared);
    let mut uses: Vec<Uses> = current.allows.iter().map(|_| Uses::default()).collect();
    for holder in input.holders {
        current.assign(holder, &current.let_through(holder, &holder.subject.needs, input.paths), &mut uses);
    }
    let today = options.as_of.or_else(|| last(input)).map(day);
    for (allow, uses) in current.allows.iter().zip(&uses) {
        let holders = Holders::of(input, allow.policy, options, today);
        let situation = Arc::new(HoldersSituation::of(&holders, today));
        let deciding = Deciding { catalog: input.catalog, options, observation: input.observation, holders: &holders };
        let decided = deciding.decide(allow, uses, &shared.unused(allow, &situation));
        let each = deciding.each(allow, uses);
        assert_eq!(allow.actions.iter().count(), each.len());
        for (action, expected) in allow.actions.iter().zip(&each) {
            let position = allow.actions.position(action).unwrap();
            assert_eq!(decided.get(position), Some(&**expected), "{action}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn whoever_came_before_makes_no_difference(
        sets in proptest::collection::vec(
            (proptest::collection::vec(proptest::sample::select(&STATEMENTS[..]), 1..3), proptest::collection::vec(any_subject(), 1..4), any::<bool>()),
            1..4,
        ),
        options in any_options(),
    ) {
        let (coverage, paths) = (coverage(), EntityPaths::default());
        let observation = Observation::new(Catalog::embedded(), &coverage, None, &EVERYWHERE);
        let narrower = Narrower::new(Catalog::embedded(), &observation, &paths, &options);
        let shared = Shared::default();
        let boundary = PolicyDocument::parse(r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*"}}"#).unwrap();
        for (statements, subjects, bounded) in &sets {
            let statements: Vec<Value> = statements.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
            let policies = [policy("p", &json!(statements)), policy("q", &json!(statements[..1]))];
            let holder = |(number, subject)| Holder {
                subject,
                policies: if number == 0 { vec![0, 1] } else { vec![0] },
                created: None,
                boundary: bounded.then_some(("b", &boundary)),
            };
            let holders: Vec<Holder<'_>> = subjects.iter().enumerate().map(holder).collect();
            let input = NarrowInput {
                catalog: Catalog::embedded(),
                policies: &policies,
                holders: &holders,
                paths: &paths,
                observation: &observation,
                details: true,
            };
            same_as_each_by_itself(&input, &options, &shared);
            let expected = narrow(&input, &options);
            prop_assert_eq!(narrower.narrow(&policies, &holders, true), expected);
        }
    }
}

/// Principals of one class get the same answers, and those whose answers differ are in different ones.
#[test]
fn a_class_of_callers_is_what_answers_depend_on() {
    let coverage = coverage();
    let selectors = tighten_trail::selectors::Selectors::parse(
        r#"{ "TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/all", "AdvancedEventSelectors": [
            { "FieldSelectors": [
                { "Field": "eventCategory", "Equals": ["Data"] },
                { "Field": "resources.type", "Equals": ["AWS::S3::Object"] },
                { "Field": "userIdentity.arn", "NotStartsWith": ["arn:aws:sts::111122223333:assumed-role/quiet-"] }
            ] },
            { "FieldSelectors": [{ "Field": "eventCategory", "Equals": ["Management"] }] }
        ] }"#,
    )
    .unwrap();
    let principals: Vec<Principal> = ["role/quiet-a", "role/quiet-b", "role/loud", "user/quiet-a"]
        .into_iter()
        .flat_map(|name| [ACCOUNT, "444455556666"].map(|account| format!("arn:aws:iam::{account}:{name}")))
        .map(|arn| arn.parse().unwrap())
        .collect();
    for selectors in [None, Some(&selectors)] {
        let observation = Observation::new(Catalog::embedded(), &coverage, selectors, &EVERYWHERE);
        let answers = |principal: &Principal| {
            let of = |action: &str, resource: &str| {
                observation.of(principal, &action.parse().unwrap(), &resource.parse().unwrap())
            };
            [
                of("s3:GetObject", "*"),
                of("s3:GetObject", "arn:aws:s3:::in/*"),
                of("sqs:CreateQueue", "arn:aws:sqs:us-west-2:*:*"),
                of("iam:CreateRole", "*"),
                of("quasar:Shine", "*"),
            ]
        };
        let mut classes: BTreeMap<CallerClass, BTreeSet<String>> = BTreeMap::new();
        for principal in &principals {
            let all = format!("{:?}", answers(principal));
            classes.entry(observation.class_of(principal)).or_default().insert(all);
        }
        assert!(classes.values().all(|answers| answers.len() == 1), "{classes:?}");
        let distinct: BTreeSet<&String> = classes.values().flatten().collect();
        assert_eq!((classes.len(), distinct.len()), if selectors.is_some() { (3, 3) } else { (2, 2) });
    }
}
