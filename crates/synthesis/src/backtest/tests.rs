//! Backtests of small trails against what was counted by hand, and against a naive count.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use tighten_iam::Statement;
use tighten_mapping::Mapper;
use tighten_trail::{LogObject, Open};
use tighten_usage::{Fold, FoldOptions, Progress, Usage};

use super::*;
use crate::options::ResourceMode;

const ROLE: &str = "arn:aws:iam::111122223333:role/worker";
const DAYS: usize = 30;

#[derive(Debug)]
struct Memory(Vec<u8>);

impl Open for Memory {
    fn open(&self, _: &LogObject) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.0.clone())))
    }
}

/// A call on a day of May 2026, counted from 0.
struct Call(usize, &'static str, &'static str, Value);

fn update(day: usize, function: &str) -> Call {
    Call(day, "lambda", "UpdateFunctionCode20150331v2", json!({"functionName": function}))
}

fn delete(day: usize, function: &str) -> Call {
    Call(day, "lambda", "DeleteFunction20150331", json!({"functionName": function}))
}

fn run(day: usize, image: &str) -> Call {
    let items = json!({"items": [{"imageId": image, "minCount": 1, "maxCount": 1}]});
    Call(day, "ec2", "RunInstances", json!({"instancesSet": items, "subnetId": "subnet-0a1b2c3d4e5f60718"}))
}

fn usage(calls: &[Call]) -> Usage {
    let record = |(number, Call(day, source, name, parameters)): (usize, &Call)| {
        json!({
            "eventVersion": "1.08", "eventID": format!("e{number}"), "eventName": name, "awsRegion": "eu-west-1",
            "eventTime": format!("2026-05-{:02}T12:00:00Z", day + 1), "eventSource": format!("{source}.amazonaws.com"),
            "recipientAccountId": "111122223333", "eventType": "AwsApiCall", "eventCategory": "Management",
            "managementEvent": true, "readOnly": false, "requestParameters": parameters,
            "userIdentity": {"type": "AssumedRole", "accountId": "111122223333", "principalId": "AROAW:s",
                "arn": "arn:aws:sts::111122223333:assumed-role/worker/s",
                "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAW", "arn": ROLE,
                    "accountId": "111122223333", "userName": "worker"}}},
        })
    };
    let records: Vec<Value> = calls.iter().enumerate().map(record).collect();
    let content = json!({"Records": records}).to_string().into_bytes();
    let object = LogObject::new("memory://log.json", content.len() as u64, Arc::new(Memory(content)));
    let mapper = Mapper::new(Catalog::embedded());
    Fold::new(FoldOptions::default(), &mapper).objects(&[object], &Progress::default()).into_usage()
}

fn cuts() -> Vec<CutPoint> {
    let date = |day: usize| format!("2026-05-{:02}", day + 1).parse().unwrap();
    CutPoint::of(Some((date(0), date(DAYS - 1)))).unwrap()
}

/// The backtest of the one principal, with policies that list what they allow.
fn made(usage: &Usage, documents: &[PolicyDocument]) -> PrincipalBacktest {
    let (cuts, paths) = (cuts(), EntityPaths::default());
    let tester = Backtester { catalog: Catalog::embedded(), cuts: &cuts, paths: &paths };
    let (principal, used) = usage.principals.iter().next().unwrap();
    let options = Options { resources: ResourceMode::Exact, ..Options::default() };
    tester.generated((principal, used), documents, (&options, &[]))
}

fn counts(made: &PrincipalBacktest) -> Vec<(usize, u64, u64, u64)> {
    made.cuts.iter().map(|cut| (cut.cut.days_before, cut.calls, cut.new_names, cut.new_actions)).collect()
}

fn functions(pattern: &str) -> Vec<PolicyDocument> {
    let resource = format!("arn:aws:lambda:eu-west-1:111122223333:function:{pattern}");
    let actions = ["lambda:UpdateFunctionCode".parse().unwrap(), "lambda:DeleteFunction".parse().unwrap()];
    vec![PolicyDocument::new(vec![Statement::allow(actions, [resource.parse().unwrap()])])]
}

#[test]
fn later_calls_are_denied_for_new_names_and_new_actions() {
    let mut calls: Vec<Call> = (0..DAYS).map(|day| update(day, "orders")).collect();
    calls.extend((20..DAYS).map(|day| update(day, "billing")));
    calls.extend([25, 26, 26].map(|day| delete(day, "orders")));
    let found = made(&usage(&calls), &functions("orders"));
    assert_eq!(counts(&found), [(15, 28, 10, 3), (19, 24, 10, 3), (23, 17, 0, 3)]);
    let first = found.cuts.first().unwrap();
    let worst: Vec<_> = first.worst.iter().map(|one| (one.action.to_string(), one.calls, one.is_new_action)).collect();
    let (update, delete) = ("lambda:UpdateFunctionCode".to_owned(), "lambda:DeleteFunction".to_owned());
    assert_eq!(worst, [(update, 10, false), (delete, 3, true)]);
    assert_eq!(first.worst[0].resource.as_str(), "arn:aws:lambda:eu-west-1:111122223333:function:billing");
    assert_eq!(first.worst[0].first, Some("2026-05-21".parse().unwrap()));
    assert!(!first.worst[0].is_learnt);
}

#[test]
fn nothing_new_means_nothing_denied() {
    let calls: Vec<Call> = (0..DAYS).map(|day| update(day, ["a", "b", "c"][day % 3])).collect();
    let found = made(&usage(&calls), &functions("*"));
    assert_eq!(counts(&found), [(15, 15, 0, 0), (19, 11, 0, 0), (23, 7, 0, 0)]);
    let estimate = found.estimate.unwrap();
    assert!(estimate.low <= 0.0 && estimate.high > 0.0, "{estimate:?}");
}

#[test]
fn one_new_resource_of_several_denies_the_whole_call() {
    let calls: Vec<Call> = (0..DAYS)
        .map(|day| run(day, if day < 25 { "ami-0123456789abcdef0" } else { "ami-0123456789abcdef1" }))
        .collect();
    let found = made(&usage(&calls), &[]);
    assert_eq!(counts(&found), [(15, 15, 5, 0), (19, 11, 5, 0), (23, 7, 5, 0)]);
}

#[test]
fn kinds_that_the_policy_of_all_days_leaves_open_are_expected_to_stay_allowed() {
    let calls: Vec<Call> = (0..DAYS).map(|day| update(day, &format!("job-{day}"))).collect();
    let usage = usage(&calls);
    let expected = |documents: &[PolicyDocument]| {
        let found = made(&usage, documents);
        assert_eq!(counts(&found)[0], (15, 15, 15, 0));
        (found.cuts[0].worst[0].is_learnt, found.estimate.unwrap())
    };
    let (learnt, open) = expected(&functions("job-*"));
    assert!(learnt && open.high < 0.3, "{open:?}");
    // A pattern for later names alone says nothing of the names after them.
    for documents in [functions("job-1?"), functions("job-29")] {
        let (_, listed) = expected(&documents);
        assert!(listed.expected > 0.5 && listed.low > 0.3, "{listed:?}");
    }
}

#[test]
fn who_came_late_has_too_few_days() {
    let calls: Vec<Call> = (10..DAYS).map(|day| update(day, "orders")).collect();
    let found = made(&usage(&calls), &functions("orders"));
    assert_eq!(counts(&found), [(19, 11, 0, 0), (23, 7, 0, 0)]);
    let calls: Vec<Call> = (20..DAYS).map(|day| update(day, "orders")).collect();
    let found = Backtest::of(&cuts(), vec![made(&usage(&calls), &functions("orders"))]);
    assert_eq!((found.cuts.len(), found.principals.len(), found.estimate), (0, 0, None));
    assert_eq!(found.too_few_days, [ROLE.parse().unwrap()]);
}

#[test]
fn principals_add_up() {
    let calls: Vec<Call> = (0..DAYS).map(|day| update(day, if day < 20 { "a" } else { "b" })).collect();
    let one = made(&usage(&calls), &functions("a"));
    let both = Backtest::of(&cuts(), vec![one.clone(), one.clone()]);
    let sums: Vec<_> = both.cuts.iter().map(|cut| (cut.calls, cut.denied())).collect();
    assert_eq!(sums, [(30, 20), (22, 20), (14, 0)]);
    let (both, one) = (both.estimate.unwrap(), one.estimate.unwrap());
    assert!(both.high - both.low < one.high - one.low, "{both:?} {one:?}");
}

const FUNCTIONS: [&str; 4] = ["a", "b", "c", "d"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Each function is called once on a day or not at all, so that nothing has to be spread.
    #[test]
    fn equals_a_naive_count(called in prop::collection::btree_set((0..FUNCTIONS.len(), 0..DAYS), 1..40)) {
        let calls: Vec<Call> = called.iter().map(|(function, day)| update(*day, FUNCTIONS[*function])).collect();
        let usage = usage(&calls);
        let found = made(&usage, &[]);
        let mut naive = Vec::new();
        for cut in cuts() {
            let at = cut.days_before;
            let known: BTreeSet<usize> = called.iter().filter(|(_, day)| *day < at).map(|(function, _)| *function).collect();
            let start = called.iter().map(|(_, day)| *day).min().unwrap();
            let after = || called.iter().filter(|(_, day)| *day >= at);
            let denied = after().filter(|(function, _)| !known.contains(function)).count() as u64;
            if start + 7 <= at {
                naive.push((at, after().count() as u64, denied, 0));
            }
        }
        prop_assert_eq!(counts(&found), naive);
    }
}
