mod accessed;
mod shared;
mod unseen;
mod unsettled;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tighten_iam::{ActionName, ActionPattern, PolicySource, Principal};
use tighten_mapping::{Certainty, NoNeed};
use tighten_usage::{Access, Category, Coverage, EventKind, Place, PrincipalFilter};

use super::*;
use crate::finding::FindingCode;
use crate::generate::Subject;
use crate::options::ResourceMode;
use crate::used::{ConditionKeys, Seen};

const ACCOUNT: &str = "111122223333";

/// Sixty days of reads and writes in two regions.
fn coverage() -> Coverage {
    let mut coverage = Coverage::default();
    let places = coverage.accounts.entry(ACCOUNT.into()).or_default();
    for region in ["us-east-1", "eu-west-1"] {
        let mut place = Place { events: 60, ..Place::default() };
        for day in 0..60_i64 {
            place.days.insert(Timestamp::from_second(1_767_225_600 + day * 86_400).unwrap());
        }
        place.first = Some("2026-01-01T00:00:00Z".parse().unwrap());
        place.last = Some("2026-03-01T00:00:00Z".parse().unwrap());
        places.insert(region.into(), place);
    }
    for place in coverage.accounts.values_mut().flat_map(BTreeMap::values_mut) {
        let kind = |access| EventKind { category: Category::Management, access };
        place.kinds.extend([Access::Read, Access::Write].map(kind));
        place.sources.insert("kms.amazonaws.com".into());
    }
    coverage
}

fn used(action: &str, resource: &str) -> Used {
    Used {
        action: action.parse().unwrap(),
        resources: vec![Observed::one(resource.parse().unwrap())],
        context: ConditionKeys::new(),
        certainty: Certainty::Exact,
        rule: "resources".to_owned(),
        via: None,
        path_unknown: false,
        unsettled: Vec::new(),
        suspected: false,
        seen: Seen { count: 1, event_ids: vec!["e".to_owned()], ..Seen::default() },
    }
}

fn passed(resource: &str, service: &str) -> Used {
    let context = ConditionKeys::from([("iam:PassedToService".to_owned(), BTreeSet::from([service.to_owned()]))]);
    Used { context, ..used("iam:PassRole", resource) }
}

fn subject(name: &str, needs: Vec<Used>) -> Subject {
    let principal = format!("arn:aws:iam::{ACCOUNT}:role/{name}").parse().unwrap();
    Subject { principal, name_only: false, needs, wants: Vec::new(), unmapped: Vec::new(), mostly_refused: None }
}

fn policy(name: &str, statements: &Value) -> CurrentPolicy {
    let text = serde_json::to_string_pretty(&json!({ "Version": "2012-10-17", "Statement": statements })).unwrap();
    CurrentPolicy::new(name, Home::File, PolicySource::parse(text).unwrap())
}

/// Each policy is held by the subjects of those numbers.
fn narrowed(policies: &[(CurrentPolicy, &[usize])], subjects: &[Subject], options: &NarrowOptions) -> Narrowed {
    let coverage = coverage();
    let everywhere = BTreeSet::new();
    let observation = Observation::new(Catalog::embedded(), &coverage, None, &everywhere);
    let held = |number: usize| -> Vec<usize> {
        policies.iter().enumerate().filter(|(_, (_, by))| by.contains(&number)).map(|(at, _)| at).collect()
    };
    let holders: Vec<Holder<'_>> = subjects
        .iter()
        .enumerate()
        .map(|(number, subject)| Holder { subject, policies: held(number), created: None, boundary: None })
        .collect();
    let policies: Vec<CurrentPolicy> = policies.iter().map(|(policy, _)| policy.clone()).collect();
    let paths = EntityPaths::default();
    let input = NarrowInput {
        catalog: Catalog::embedded(),
        policies: &policies,
        holders: &holders,
        paths: &paths,
        observation: &observation,
        details: true,
    };
    narrow(&input, options).unwrap()
}

/// The statements of the only policy of one principal.
fn statements(current: &Value, needs: Vec<Used>, options: &NarrowOptions) -> Value {
    let narrowed = narrowed(&[(policy("p", current), &[0])], &[subject("worker", needs)], options);
    match &narrowed.policies[0].text {
        Some(text) => serde_json::from_str::<Value>(text).unwrap()["Statement"].clone(),
        None => json!("unused"),
    }
}

fn drop_unobservable() -> NarrowOptions {
    NarrowOptions { unobservable: Unobservable::Drop, ..NarrowOptions::default() }
}

fn codes(narrowed: &Narrowed) -> BTreeSet<FindingCode> {
    narrowed.findings.iter().map(|finding| finding.code).collect()
}

fn keep(action: &str, expires: Option<&str>) -> Keep {
    Keep {
        action: action.parse().unwrap(),
        resource: None,
        principals: PrincipalFilter::default(),
        reason: "because".to_owned(),
        expires: expires.map(|day| day.parse().unwrap()),
    }
}

#[test]
fn what_was_not_used_goes_and_the_rest_keeps_its_place() {
    let current = json!([
        { "Sid": "A", "Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:DeleteQueue"], "Resource": "*" },
        { "Sid": "B", "Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*" },
        { "Sid": "C", "Effect": "Allow", "Action": "sns:CreateTopic", "Resource": "*" },
    ]);
    let needs = || vec![used("sqs:CreateQueue", "arn:aws:sqs:us-east-1:111122223333:jobs")];
    assert_eq!(
        statements(&current, needs(), &NarrowOptions::default()),
        json!([
            {
                "Sid": "A", "Effect": "Allow", "Action": ["sqs:CreateQueue"],
                "Resource": "arn:aws:sqs:us-east-1:111122223333:jobs"
            },
            { "Sid": "B", "Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*" },
        ])
    );
    let by_action = NarrowOptions { granularity: Granularity::Action, ..NarrowOptions::default() };
    assert_eq!(statements(&current, needs(), &by_action)[0]["Resource"], "*");
    let by_service = NarrowOptions { granularity: Granularity::Service, ..NarrowOptions::default() };
    assert_eq!(statements(&current, needs(), &by_service)[0], current[0]);
    assert_eq!(statements(&json!([current[2]]), needs(), &NarrowOptions::default()), "unused");
}

#[test]
fn a_need_goes_to_the_narrowest_statement_that_surely_allows_it() {
    let queue = "arn:aws:sqs:us-east-1:111122223333:jobs";
    let current = json!([
        { "Effect": "Allow", "Action": "sqs:*", "Resource": "*" },
        { "Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": "arn:aws:sqs:*:*:jobs*" },
        {
            "Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": queue,
            "Condition": { "StringEquals": { "aws:PrincipalTag/team": "a" } }
        },
    ]);
    let left = statements(&current, vec![used("sqs:CreateQueue", queue)], &drop_unobservable());
    assert_eq!(left, json!([current[1]]));
    // Where only conditions could allow it, every statement that may stays.
    let conditional = json!([current[2], {
        "Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": { "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } }
    }]);
    let left = statements(&conditional, vec![used("sqs:CreateQueue", queue)], &drop_unobservable());
    assert_eq!(left[0], conditional[0]);
    assert_eq!((&left[1]["Action"], &left[1]["Condition"]), (&json!("sqs:CreateQueue"), &conditional[1]["Condition"]));
}

#[test]
fn patterns_that_the_author_scoped_stay_unless_exact_ones_are_asked_for() {
    let current = json!([{ "Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": "arn:aws:sqs:*:*:jobs-*" }]);
    let needs = || vec![used("sqs:CreateQueue", "arn:aws:sqs:us-east-1:111122223333:jobs-a")];
    assert_eq!(statements(&current, needs(), &NarrowOptions::default()), current);
    let generate = crate::Options { resources: ResourceMode::Exact, ..crate::Options::default() };
    let exact = NarrowOptions { generate, ..NarrowOptions::default() };
    let left = statements(&current, needs(), &exact);
    assert_eq!(left[0]["Resource"], "arn:aws:sqs:us-east-1:111122223333:jobs-a");
}

#[test]
fn what_could_not_have_been_recorded_is_not_called_unused() {
    let current = json!([
        { "Sid": "Named", "Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:DeleteQueue"], "Resource": "*" },
        { "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" },
    ]);
    let needs = || vec![used("sns:CreateTopic", "arn:aws:sns:us-east-1:111122223333:news")];
    let actions = |options: &NarrowOptions| -> Vec<String> {
        let left = statements(&current, needs(), options);
        let actions = left.as_array().unwrap().iter().map(|statement| statement["Action"].clone());
        actions
            .flat_map(|action| action.as_array().cloned().unwrap_or(vec![action]))
            .map(|one| one.as_str().unwrap().to_owned())
            .collect()
    };
    let default = actions(&NarrowOptions::default());
    // Data events of a service that the policy names, and of one that was used; not of all the others.
    assert!(
        default.contains(&"sqs:SendMessage".to_owned()) && default.contains(&"sns:Publish".to_owned()),
        "{default:?}"
    );
    assert!(!default.iter().any(|action| action.starts_with("dynamodb:")), "{default:?}");
    assert!(!default.contains(&"sqs:DeleteQueue".to_owned()));
    assert_eq!(actions(&drop_unobservable()), ["sns:CreateTopic"]);
    let keep = actions(&NarrowOptions { unobservable: Unobservable::Keep, ..NarrowOptions::default() });
    assert!(keep.contains(&"dynamodb:GetItem".to_owned()) && !keep.contains(&"sqs:DeleteQueue".to_owned()));
}

#[test]
fn verdicts_tell_why() {
    let current = json!([{
        "Effect": "Allow", "Resource": "*",
        "Action": ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SendMessage", "sqs:TagQueue", "sqs:SetQueueAttributes"]
    }]);
    let options = NarrowOptions {
        keep: vec![keep("sqs:Tag*", None), keep("sqs:Delete*", Some("2026-02-28"))],
        never_grant: vec![NeverGrant {
            action: "sqs:Set*".parse::<ActionPattern>().unwrap(),
            principals: PrincipalFilter::default(),
            reason: None,
        }],
        ..NarrowOptions::default()
    };
    let queue = "arn:aws:sqs:us-east-1:111122223333:jobs";
    let needs = vec![used("sqs:CreateQueue", queue), used("sqs:SetQueueAttributes", queue), used("sns:Publish", queue)];
    let narrowed = narrowed(&[(policy("p", &current), &[0])], &[subject("worker", needs)], &options);
    let groups = &narrowed.policies[0].statements[0].groups;
    let verdicts: BTreeMap<&str, (&str, bool)> = groups
        .iter()
        .flat_map(|group| group.actions.iter().map(|action| (action.name(), (group.verdict.code(), group.kept))))
        .collect();
    let expected = [
        ("CreateQueue", ("used", true)),
        ("DeleteQueue", ("unused", false)),
        ("SendMessage", ("not-observable", true)),
        ("SetQueueAttributes", ("never-granted", false)),
        ("TagQueue", ("kept-by-rule", true)),
    ];
    assert_eq!(verdicts, expected.into());
    let expected = [FindingCode::KeepExpired, FindingCode::NeverGrantedUsed, FindingCode::UsedNotGranted];
    assert!(codes(&narrowed).is_superset(&expected.into()), "{:?}", narrowed.findings);
    let proof = &narrowed.holders[0];
    assert_eq!((proof.needed, proof.allowed, proof.forbidden.len(), proof.not_granted.len()), (3, 2, 1, 1));
}

#[test]
fn what_a_boundary_does_not_allow_has_no_effect() {
    let current = json!([{ "Effect": "Allow", "Action": ["sqs:SendMessage", "sns:Publish", "sns:CreateTopic"], "Resource": "*" }]);
    let boundary = policy("b", &json!([{ "Effect": "Allow", "Action": "sqs:*", "Resource": "*" }]));
    let coverage = coverage();
    let everywhere = BTreeSet::new();
    let observation = Observation::new(Catalog::embedded(), &coverage, None, &everywhere);
    let subject = subject("worker", vec![used("sns:CreateTopic", "arn:aws:sns:us-east-1:111122223333:news")]);
    let policies = [policy("p", &current)];
    let bound = Some(("edge", boundary.source.document()));
    let holders = [Holder { subject: &subject, policies: vec![0], created: None, boundary: bound }];
    let paths = EntityPaths::default();
    let (catalog, observation) = (Catalog::embedded(), &observation);
    let input =
        NarrowInput { catalog, policies: &policies, holders: &holders, paths: &paths, observation, details: true };
    let narrowed = narrow(&input, &NarrowOptions::default()).unwrap();
    let verdicts: BTreeMap<&str, (&str, bool)> = narrowed.policies[0].statements[0]
        .groups
        .iter()
        .flat_map(|group| group.actions.iter().map(|action| (action.name(), (group.verdict.code(), group.kept))))
        .collect();
    let expected = [
        ("CreateTopic", ("used", true)),
        ("Publish", ("outside-boundary", false)),
        ("SendMessage", ("not-observable", true)),
    ];
    assert_eq!(verdicts, expected.into());
}

#[test]
fn nothing_goes_before_its_time() {
    let current = json!([{ "Effect": "Allow", "Action": "sqs:*", "Resource": "*" }]);
    let same = |options: &NarrowOptions, changed: Option<&str>, created: Option<&str>| {
        let coverage = coverage();
        let everywhere = BTreeSet::new();
        let observation = Observation::new(Catalog::embedded(), &coverage, None, &everywhere);
        let subject = subject("worker", vec![used("sqs:ListQueues", "*")]);
        let moment = |day: Option<&str>| day.map(|day| format!("{day}T12:00:00Z").parse().unwrap());
        let policies = [CurrentPolicy { changed: moment(changed), ..policy("p", &current) }];
        let holders = [Holder { subject: &subject, policies: vec![0], created: moment(created), boundary: None }];
        let paths = EntityPaths::default();
        let (catalog, observation) = (Catalog::embedded(), &observation);
        let input =
            NarrowInput { catalog, policies: &policies, holders: &holders, paths: &paths, observation, details: false };
        let narrowed = narrow(&input, options).unwrap();
        assert_eq!(narrowed.policies[0].young.is_some(), codes(&narrowed).contains(&FindingCode::TooYoung));
        narrowed.policies[0].text.as_deref() == Some(policies[0].source.text())
    };
    let grace = NarrowOptions { grace: 14, ..NarrowOptions::default() };
    assert!(!same(&grace, None, None));
    assert!(same(&grace, Some("2026-02-20"), None) && !same(&grace, Some("2026-02-10"), None));
    assert!(same(&grace, None, Some("2026-02-20")) && !same(&grace, None, Some("2026-02-10")));
    let window = |days| NarrowOptions { min_window: days, ..NarrowOptions::default() };
    assert!(same(&window(61), None, None) && !same(&window(60), None, None));
}

#[test]
fn a_shared_policy_keeps_what_any_of_its_holders_used() {
    let queue = "arn:aws:sqs:us-east-1:111122223333:jobs";
    let current = json!([{ "Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:DeleteQueue", "sqs:TagQueue"], "Resource": "*" }]);
    let own = json!([{ "Effect": "Allow", "Action": "sqs:TagQueue", "Resource": queue }]);
    let subjects = [
        subject("a", vec![used("sqs:CreateQueue", queue)]),
        subject("b", vec![used("sqs:DeleteQueue", queue), used("sqs:TagQueue", queue)]),
    ];
    let narrowed = narrowed(
        &[(policy("shared", &current), &[0, 1]), (policy("own", &own), &[1])],
        &subjects,
        &NarrowOptions::default(),
    );
    let shared: Value = serde_json::from_str(narrowed.policies[0].text.as_deref().unwrap()).unwrap();
    assert_eq!(shared["Statement"][0]["Action"], json!(["sqs:CreateQueue", "sqs:DeleteQueue"]));
    assert_eq!(narrowed.policies[1].outcome, PolicyOutcome::Unchanged);
    assert!(codes(&narrowed).contains(&FindingCode::SharedPolicy));
}

#[test]
fn taking_away_what_another_statement_gives_has_no_effect() {
    let queue = "arn:aws:sqs:us-east-1:111122223333:jobs";
    let current = json!([
        { "Effect": "Allow", "Action": "sqs:*", "Resource": queue },
        { "Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": queue },
    ]);
    let narrowed = narrowed(
        &[(policy("p", &current), &[0])],
        &[subject("worker", vec![used("sqs:CreateQueue", queue)])],
        &drop_unobservable(),
    );
    let gone = narrowed.policies[0].statements[0].groups.iter().find(|group| group.no_effect.is_some()).unwrap();
    assert_eq!(gone.actions.iter().map(ActionName::as_str).collect::<Vec<_>>(), ["sqs:CreateQueue"]);
    assert_eq!(gone.no_effect, Some(Giver { policy: 0, statement: 0 }));
}

#[test]
fn all_but_some_is_spelled_out() {
    let queue = "arn:aws:sqs:us-east-1:111122223333:jobs";
    let not_action = json!([{ "Effect": "Allow", "NotAction": ["iam:*", "sns:*"], "Resource": "*" }]);
    let left =
        statements(&not_action, vec![used("sqs:CreateQueue", queue), used("sns:Publish", "*")], &drop_unobservable());
    assert_eq!(left, json!([{ "Effect": "Allow", "Action": ["sqs:CreateQueue"], "Resource": queue }]));
    let not_resource = json!([{ "Effect": "Allow", "Action": "sqs:*", "NotResource": "arn:aws:sqs:*:*:secret-*" }]);
    let left = statements(&not_resource, vec![used("sqs:CreateQueue", queue)], &drop_unobservable());
    assert_eq!(left, json!([{ "Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": queue }]));
    // What no list of patterns says stays as it was said.
    let everywhere = Used { certainty: Certainty::Unresolved, ..used("sqs:CreateQueue", "*") };
    let left = statements(&not_resource, vec![everywhere], &drop_unobservable());
    assert_eq!(
        left,
        json!([{ "Effect": "Allow", "Action": "sqs:CreateQueue", "NotResource": "arn:aws:sqs:*:*:secret-*" }])
    );
}

#[test]
fn what_is_not_understood_stays_and_is_told() {
    let current = json!([
        { "Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:DeleteQueue"], "Resource": ["arn:aws:sqs:REGION:*:a", "${QUEUE}"] },
        { "Effect": "Allow", "Action": "nosuchservice:*", "Resource": "*" },
    ]);
    let needs = vec![used("sqs:CreateQueue", "arn:aws:sqs:us-east-1:111122223333:jobs")];
    let narrowed = narrowed(&[(policy("p", &current), &[0])], &[subject("worker", needs)], &NarrowOptions::default());
    let left: Value = serde_json::from_str(narrowed.policies[0].text.as_deref().unwrap()).unwrap();
    assert_eq!(left["Statement"][0]["Action"], json!(["sqs:CreateQueue"]));
    assert_eq!(left["Statement"][0]["Resource"], current[0]["Resource"]);
    assert_eq!(left["Statement"][1], current[1]);
    let names = narrowed.findings.iter().filter(|finding| finding.code == FindingCode::UnboundPlaceholder);
    assert_eq!(names.map(|finding| finding.facts["name"].clone()).collect::<Vec<_>>(), ["QUEUE", "REGION"]);
    assert!(codes(&narrowed).contains(&FindingCode::CarriedOver));
}

#[test]
fn roles_are_passed_to_the_services_they_were_passed_to() {
    let role = "arn:aws:iam::111122223333:role/app";
    let current = json!([{ "Effect": "Allow", "Action": "iam:*", "Resource": "*" }]);
    let needs = || {
        vec![
            passed(role, "lambda.amazonaws.com"),
            used("lambda:CreateFunction", "arn:aws:lambda:us-east-1:111122223333:function:f"),
        ]
    };
    let left = statements(&current, needs(), &drop_unobservable());
    assert_eq!(
        left,
        json!([{
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": role,
            "Condition": { "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } }
        }])
    );
    // A task may run with roles that no record names.
    let mut with_tasks = needs();
    with_tasks.push(used("ecs:RunTask", "arn:aws:ecs:us-east-1:111122223333:task-definition/t:1"));
    let left = statements(&current, with_tasks, &NarrowOptions::default());
    let passing =
        left.as_array().unwrap().iter().find(|one| one["Action"].to_string().contains("iam:PassRole")).unwrap();
    assert_eq!((&passing["Resource"], &passing["Condition"]), (&json!("*"), &Value::Null));
}

/// What is left of the actions of the only policy, and why, by name.
fn verdicts(narrowed: &Narrowed) -> BTreeMap<&str, (&str, bool)> {
    let groups = narrowed.policies[0].statements.iter().flat_map(|statement| &statement.groups);
    groups
        .flat_map(|group| group.actions.iter().map(|action| (action.name(), (group.verdict.code(), group.kept))))
        .collect()
}

#[test]
fn what_records_may_have_shown_otherwise_is_kept() {
    let current = json!([{
        "Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:DeleteQueue", "sns:DeleteTopic"],
        "Resource": "arn:aws:sqs:*:*:own"
    }]);
    // Used, and allowed by nothing: the resource may not be what it is taken for.
    let mut subject = subject("worker", vec![used("sqs:CreateQueue", "arn:aws:sqs:us-east-1:444455556666:theirs")]);
    let left = narrowed(&[(policy("p", &current), &[0])], std::slice::from_ref(&subject), &drop_unobservable());
    assert_eq!(verdicts(&left)["CreateQueue"].0, "not-observable");
    let default = NarrowOptions::default();
    let left = narrowed(&[(policy("p", &current), &[0])], std::slice::from_ref(&subject), &default);
    assert_eq!(verdicts(&left)["CreateQueue"], ("not-observable", true));
    assert_eq!(verdicts(&left)["DeleteQueue"], ("unused", false));
    // A call of the service of which it is not known what it needed.
    subject.unmapped.push(crate::Unmapped {
        call: "sns.amazonaws.com/Frobnicate".to_owned(),
        reason: NoNeed::UnknownCall,
        seen: Seen::default(),
    });
    let left = narrowed(&[(policy("p", &current), &[0])], std::slice::from_ref(&subject), &default);
    assert_eq!(verdicts(&left)["DeleteTopic"], ("not-observable", true));
    // It may have passed a role, which a call that reads does not.
    let passing = json!([{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}]);
    let left = narrowed(&[(policy("p", &passing), &[0])], std::slice::from_ref(&subject), &default);
    assert_eq!(verdicts(&left)["PassRole"], ("not-observable", true));
    let mut reader = subject.clone();
    reader.unmapped[0].call = "sns.amazonaws.com/DescribeFrobnicators".to_owned();
    let left = narrowed(&[(policy("p", &passing), &[0])], &[reader], &default);
    assert_eq!(verdicts(&left)["PassRole"], ("unused", false));
    // It is a use of the service, so that what `*` reaches of it stays, too.
    let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let left = narrowed(&[(policy("p", &everything), &[0])], std::slice::from_ref(&subject), &default);
    assert_eq!(verdicts(&left)["SetTopicAttributes"], ("not-observable", true));
}

#[test]
fn what_a_call_may_have_needed_without_a_trace_is_kept() {
    let called = |action: &str, call: &str| {
        let need = used(action, "*");
        Used { seen: Seen { calls: vec![call.to_owned()], ..need.seen.clone() }, ..need }
    };
    let current = json!([{
        "Effect": "Allow", "Action": ["wafv2:GetWebACLForResource", "wafv2:GetWebACL", "wafv2:DeleteWebACL"], "Resource": "*"
    }]);
    let left = |call: &str| {
        let subject = subject("worker", vec![called("wafv2:GetWebACLForResource", call)]);
        narrowed(&[(policy("p", &current), &[0])], &[subject], &NarrowOptions::default())
    };
    let asked = left("wafv2.amazonaws.com/GetWebACLForResource");
    assert_eq!(verdicts(&asked)["GetWebACL"], ("not-observable", true));
    assert_eq!(verdicts(&asked)["DeleteWebACL"], ("unused", false));
    assert_eq!(verdicts(&left("wafv2.amazonaws.com/Other"))["GetWebACL"], ("unused", false));
    // The action is another service's, which nothing else shows in use.
    let everything = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]);
    let (action, call) = ("s3:CreateBucketMetadataTableConfiguration", "CreateBucketMetadataConfiguration");
    let metadata = called(action, &format!("s3.amazonaws.com/{call}"));
    let left = statements(&everything, vec![metadata], &NarrowOptions::default()).to_string();
    assert!(left.contains("s3tables:CreateTableBucket") && !left.contains("s3tables:DeleteTableBucket"), "{left}");
}

#[test]
fn who_is_no_witness_is_told() {
    let current = json!([{ "Effect": "Allow", "Action": ["sqs:ListQueues", "iam:GetRole"], "Resource": "*" }]);
    let refused = crate::MostlyRefused { refused: 95, calls: 100, left_out: ["iam:GetRole".parse().unwrap()].into() };
    let subject = Subject { mostly_refused: Some(refused), ..subject("probe", vec![used("sqs:ListQueues", "*")]) };
    let left = narrowed(&[(policy("p", &current), &[0])], &[subject], &NarrowOptions::default());
    assert_eq!(verdicts(&left)["GetRole"], ("unused", false));
    let told = left.findings.iter().find(|finding| finding.code == FindingCode::MostlyRefused).unwrap();
    assert_eq!((&told.facts["refused"], &told.facts["calls"]), (&json!(95), &json!(100)));
    assert_eq!(told.facts["actions"], json!(["iam:GetRole"]));
}

#[test]
fn passing_roles_stays_where_roles_were_passed_that_no_record_names() {
    let everything = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]);
    let task = used("ecs:RunTask", "arn:aws:ecs:us-east-1:111122223333:task-definition/t:1");
    let suspected = Used { suspected: true, ..passed("arn:aws:iam::111122223333:role/r", "appflow.amazonaws.com") };
    for need in [task, suspected] {
        let left = statements(&everything, vec![need, used("sqs:ListQueues", "*")], &NarrowOptions::default());
        assert!(left.to_string().contains("iam:PassRole"), "{left}");
    }
}

#[test]
fn rules_for_one_holder_do_not_take_from_the_others() {
    let topic = "arn:aws:sns:us-east-1:111122223333:news";
    let current = json!([{ "Effect": "Allow", "Action": ["sns:CreateTopic", "sns:TagResource"], "Resource": "*" }]);
    let options = NarrowOptions {
        never_grant: vec![NeverGrant {
            action: "sns:CreateTopic".parse().unwrap(),
            principals: PrincipalFilter::new(["a"]),
            reason: None,
        }],
        ..NarrowOptions::default()
    };
    let subjects = [subject("a", Vec::new()), subject("b", vec![used("sns:CreateTopic", topic)])];
    let left = narrowed(&[(policy("shared", &current), &[0, 1])], &subjects, &options);
    assert_eq!(verdicts(&left)["CreateTopic"], ("used", true));
    let told = left.findings.iter().find(|finding| finding.code == FindingCode::NeverGrantShared).unwrap();
    assert_eq!(told.facts["principals"], json!(["arn:aws:iam::111122223333:role/a"]));
    assert_eq!(told.facts["resources"], json!(["arn:aws:iam::111122223333:role/b"]));
    let left = narrowed(&[(policy("own", &current), &[0])], &subjects, &options);
    assert_eq!(verdicts(&left)["CreateTopic"], ("never-granted", false));
}

#[test]
fn a_boundary_of_others_and_what_nobody_looked_at_stay() {
    let current = json!([{ "Effect": "Allow", "Action": "sns:*", "Resource": "*" }]);
    let bounds = CurrentPolicy { bounds: true, ..policy("p", &current) };
    let left = narrowed(&[(bounds, &[0])], &[subject("worker", Vec::new())], &NarrowOptions::default());
    assert_eq!((left.policies[0].outcome, left.policies[0].young), (PolicyOutcome::Unchanged, Some(Young::Boundary)));
    let elsewhere = Subject {
        principal: "arn:aws:iam::444455556666:role/worker".parse().unwrap(),
        ..subject("worker", Vec::new())
    };
    let left = narrowed(&[(policy("p", &current), &[0])], &[elsewhere], &NarrowOptions::default());
    assert_eq!(left.policies[0].outcome, PolicyOutcome::Unchanged);
}

#[test]
fn a_rule_keeps_only_the_resources_that_it_names() {
    let current = json!([{ "Effect": "Allow", "Action": "sqs:DeleteQueue", "Resource": "*" }]);
    let only = "arn:aws:sqs:us-east-1:111122223333:only";
    let rule = Keep { resource: Some(only.parse().unwrap()), ..keep("sqs:DeleteQueue", None) };
    let options = NarrowOptions { keep: vec![rule], ..NarrowOptions::default() };
    let left = statements(&current, Vec::new(), &options);
    assert_eq!(left[0]["Resource"], only);
    let used = vec![used("sqs:DeleteQueue", "arn:aws:sqs:us-east-1:111122223333:jobs")];
    assert_eq!(statements(&current, used, &options)[0]["Resource"].as_array().map(Vec::len), Some(2));
    // Each of several rules counts.
    let other = "arn:aws:sqs:us-east-1:111122223333:other";
    let rules =
        [only, other].map(|kept| Keep { resource: Some(kept.parse().unwrap()), ..keep("sqs:DeleteQueue", None) });
    let both = NarrowOptions { keep: rules.to_vec(), ..NarrowOptions::default() };
    assert_eq!(statements(&current, Vec::new(), &both)[0]["Resource"], json!([only, other]));
    let all = NarrowOptions { keep: vec![rules[0].clone(), keep("sqs:*", None)], ..NarrowOptions::default() };
    assert_eq!(statements(&current, Vec::new(), &all), current);
}
