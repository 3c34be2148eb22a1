//! What is called observable, by tables.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use tighten_catalog::Catalog;
use tighten_usage::{Access, Category, Coverage, EventKind, Place};

use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/ci/worker";
const ACCOUNT: &str = "111122223333";

/// Records of reads and writes in two regions, KMS among them.
fn coverage() -> Coverage {
    let mut coverage = Coverage::default();
    let places = coverage.accounts.entry(ACCOUNT.into()).or_default();
    for region in ["us-east-1", "eu-west-1"] {
        let mut place = Place { events: 2, ..Place::default() };
        for day in ["2026-01-01", "2026-01-04"] {
            place.days.insert(format!("{day}T12:00:00Z").parse().unwrap());
        }
        places.insert(region.into(), place);
    }
    for place in coverage.accounts.values_mut().flat_map(BTreeMap::values_mut) {
        let kind = |access| EventKind { category: Category::Management, access };
        place.kinds.extend([Access::Read, Access::Write].map(kind));
        place.sources.insert("kms.amazonaws.com".into());
    }
    coverage
}

fn observability(
    coverage: &Coverage,
    selectors: Option<&Selectors>,
    regions: &[&str],
    (action, pattern): (&str, &str),
) -> Observability {
    let regions = regions.iter().map(ToString::to_string).collect();
    let observation = Observation::new(Catalog::embedded(), coverage, selectors, &regions);
    observation.of(&ROLE.parse().unwrap(), &action.parse().unwrap(), &pattern.parse().unwrap())
}

/// `full`, or `partly` or `not` with the codes of the gaps.
fn told(observability: &Observability) -> String {
    let codes: BTreeSet<&str> = observability.gaps().iter().map(|gap| gap.what.code()).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    format!("{} {}", observability.code(), codes.join(" ")).trim_end().to_owned()
}

fn check(coverage: &Coverage, selectors: Option<&Selectors>, regions: &[&str], rows: &[(&str, &str, &str)]) {
    for (action, pattern, expected) in rows {
        let found = observability(coverage, selectors, regions, (action, pattern));
        assert_eq!(told(&found), *expected, "{action} on {pattern}: {found:?}");
    }
}

fn fixture(name: &str) -> Selectors {
    let path = format!("{}/../../fixtures/selectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let selectors = Selectors::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(selectors.notes().is_empty(), "{name}: {:?}", selectors.notes());
    selectors
}

/// Advanced selectors of one field list each.
fn advanced(selectors: &[Value]) -> Selectors {
    let selectors: Vec<Value> = selectors.iter().map(|fields| json!({ "FieldSelectors": fields })).collect();
    Selectors::parse(&json!({ "AdvancedEventSelectors": selectors }).to_string()).unwrap()
}

fn field(name: &str, operator: &str, value: &str) -> Value {
    json!({ "Field": name, operator: [value] })
}

fn management(rest: &[Value]) -> Value {
    let mut fields = vec![field("eventCategory", "Equals", "Management")];
    fields.extend_from_slice(rest);
    Value::Array(fields)
}

fn objects(rest: &[Value]) -> Value {
    let mut fields =
        vec![field("eventCategory", "Equals", "Data"), field("resources.type", "Equals", "AWS::S3::Object")];
    fields.extend_from_slice(rest);
    Value::Array(fields)
}

#[test]
fn without_selectors_the_records_tell_what_is_recorded() {
    check(
        &coverage(),
        None,
        &[],
        &[
            ("ec2:RunInstances", "*", "full"),
            ("ec2:DescribeInstances", "*", "full"),
            ("kms:Decrypt", "*", "full"),
            ("iam:GetRole", "arn:aws:iam::111122223333:role/*", "full"),
            ("iam:PassRole", "arn:aws:iam::111122223333:role/*", "full"),
            ("apigateway:POST", "*", "full"),
            ("sts:AssumeRole", "*", "full"),
            ("s3:GetObject", "arn:aws:s3:::b/*", "not data-events"),
            ("s3:ListBucket", "arn:aws:s3:::b", "not data-events"),
            ("logs:PutLogEvents", "*", "not never-recorded"),
            ("cloudsearch:search", "*", "not never-recorded"),
            ("states:RevealSecrets", "*", "full"),
            ("lambda:PassNetworkConnector", "*", "not unknown-recording"),
            ("ecr:ReplicateImage", "*", "not no-known-call"),
            ("sts:GetCallerIdentity", "*", "full"),
            ("robomaker:CreateRobot", "*", "not unknown-recording"),
            ("s3:NoSuchAction", "*", "not unknown-recording"),
            ("nonesuch:Get", "*", "not unknown-recording"),
            ("quicksight:CreateFlow", "*", "partly data-events"),
        ],
    );
}

#[test]
fn kinds_that_the_records_never_show_are_not_taken_for_recorded() {
    let mut writes = coverage();
    // What another account records tells nothing of this one.
    let other = writes.accounts[ACCOUNT].clone();
    writes.accounts.insert("444455556666".into(), other);
    for place in writes.accounts.get_mut(ACCOUNT).unwrap().values_mut() {
        place.kinds.retain(|kind| kind.access == Access::Write);
        place.sources.clear();
    }
    check(
        &writes,
        None,
        &[],
        &[
            ("ec2:RunInstances", "*", "full"),
            ("ec2:DescribeInstances", "*", "not read-events"),
            ("kms:ScheduleKeyDeletion", "*", "not excluded-source"),
            ("kms:DescribeKey", "*", "not read-events"),
            ("sts:AssumeRole", "*", "partly read-events"),
        ],
    );
    let found = observability(&writes, None, &[], ("ec2:DescribeInstances", "*"));
    assert!(found.gaps().iter().all(|gap| gap.inferred), "{found:?}");
}

#[test]
fn recorded_data_events_show_some_resources_only() {
    let mut data = coverage();
    data.data_resource_types.insert("AWS::S3::Object".into());
    let found = observability(&data, None, &[], ("s3:GetObject", "arn:aws:s3:::b/*"));
    assert_eq!(told(&found), "partly data-events-partly");
    assert!(found.gaps().iter().all(|gap| gap.inferred));
    check(&data, None, &[], &[("lambda:InvokeFunction", "*", "not data-events")]);
}

#[test]
fn accounts_without_records_show_nothing() {
    let other = Observation::new(Catalog::embedded(), &Coverage::default(), None, &BTreeSet::new()).of(
        &ROLE.parse().unwrap(),
        &"ec2:RunInstances".parse().unwrap(),
        &ResourcePattern::any(),
    );
    assert_eq!(told(&other), "not account");
    assert_eq!(other.gaps()[0].what_would_help(), Some(Remedy::Account { account: ACCOUNT.to_owned() }));
}

#[test]
fn regions_must_have_records() {
    let rows = [
        ("sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:111122223333:q", "full"),
        ("sqs:DeleteQueue", "arn:aws:sqs:eu-west-3:111122223333:q", "not region"),
        ("sqs:DeleteQueue", "arn:aws:sqs:*:111122223333:q", "full"),
        ("iam:CreateRole", "*", "full"),
    ];
    check(&coverage(), None, &[], &rows);
    let rows = [
        ("sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:111122223333:q", "full"),
        ("sqs:DeleteQueue", "arn:aws:sqs:us-east-1:111122223333:q", "not region"),
        ("sqs:DeleteQueue", "arn:aws:sqs:*:111122223333:q", "partly region-filter"),
        ("sqs:DeleteQueue", "arn:aws:sqs:eu-*:111122223333:q", "partly region-filter"),
        ("sqs:DeleteQueue", "arn:aws:sqs:ap-*:111122223333:q", "not region-filter"),
        ("s3:CreateBucket", "arn:aws:s3:::b", "partly region-filter"),
        ("iam:CreateRole", "*", "not region"),
        ("iam:PassRole", "*", "partly region-filter"),
    ];
    check(&coverage(), None, &["eu-west-1"], &rows);
    check(&coverage(), None, &["us-east-1"], &[("iam:CreateRole", "*", "full")]);
}

#[test]
fn a_trail_of_one_other_region_does_not_show_global_services() {
    let mut single = coverage();
    single.accounts.get_mut(ACCOUNT).unwrap().remove("us-east-1");
    check(&single, None, &[], &[("iam:CreateRole", "*", "not region"), ("ec2:RunInstances", "*", "full")]);
    let regions = BTreeSet::new();
    let observation = Observation::new(Catalog::embedded(), &single, None, &regions);
    assert_eq!(observation.single_region(ACCOUNT), Some("eu-west-1"));
    assert_eq!(Observation::new(Catalog::embedded(), &coverage(), None, &regions).single_region(ACCOUNT), None);
}

#[test]
fn days_are_those_with_records() {
    let coverage = coverage();
    let regions = BTreeSet::new();
    let observation = Observation::new(Catalog::embedded(), &coverage, None, &regions);
    let seen = observation.days(ACCOUNT);
    assert_eq!((seen.days, seen.holes.len()), (2, 1));
    assert_eq!(seen.first, Some("2026-01-01".parse().unwrap()));
    assert_eq!(seen.last, Some("2026-01-04".parse().unwrap()));
    assert_eq!(observation.days("444455556666"), DaysSeen::default());
}

#[test]
fn saved_selectors_decide_for_data_events() {
    let rows = |name: &str, rows: &[(&str, &str, &str)]| check(&coverage(), Some(&fixture(name)), &[], rows);
    rows(
        "management-only",
        &[
            ("ec2:DescribeInstances", "*", "full"),
            ("kms:Decrypt", "*", "full"),
            ("s3:GetObject", "*", "not data-events"),
            ("lambda:InvokeFunction", "*", "not data-events"),
        ],
    );
    rows(
        "all-data",
        &[
            ("s3:GetObject", "*", "full"),
            ("s3:GetObject", "arn:aws:s3:::b/*", "full"),
            ("s3:ListBucket", "arn:aws:s3:::b", "full"),
            ("lambda:InvokeFunction", "*", "full"),
            ("dynamodb:Query", "arn:aws:dynamodb:*:*:table/t/index/*", "full"),
            ("sqs:SendMessage", "*", "not data-events"),
            ("logs:PutLogEvents", "*", "not never-recorded"),
        ],
    );
    rows(
        "s3-one-bucket",
        &[
            ("s3:GetObject", "arn:aws:s3:::uploads/in/*", "full"),
            ("s3:GetObject", "arn:aws:s3:::uploads/*", "partly data-events-partly"),
            ("s3:GetObject", "arn:aws:s3:::uploads/tmp/*", "not data-events"),
            ("s3:GetObject", "arn:aws:s3:::other/*", "not data-events"),
            ("s3:GetObject", "*", "partly data-events-partly"),
            ("s3:ListBucket", "arn:aws:s3:::uploads", "full"),
            ("s3:ListBucket", "arn:aws:s3:::upload*", "partly data-events-partly"),
            ("s3:ListBucket", "arn:aws:s3:::other", "not data-events"),
        ],
    );
    rows(
        "basic-lambda",
        &[
            ("lambda:InvokeFunction", "*", "full"),
            ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:f", "full"),
            ("s3:PutObject", "arn:aws:s3:::uploads/*", "full"),
            ("s3:PutObject", "arn:aws:s3:::other/*", "not data-events"),
            ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/*", "full"),
            ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders2", "not data-events"),
            ("dynamodb:Query", "*", "partly data-events-partly"),
        ],
    );
}

#[test]
fn saved_selectors_decide_for_management_events() {
    let rows = |name: &str, rows: &[(&str, &str, &str)]| check(&coverage(), Some(&fixture(name)), &[], rows);
    rows(
        "no-kms",
        &[
            ("kms:Decrypt", "*", "not excluded-source"),
            ("secretsmanager:GetSecretValue", "*", "full"),
            ("iam:PassRole", "*", "full"),
        ],
    );
    rows(
        "write-only",
        &[
            ("ec2:RunInstances", "*", "full"),
            ("ec2:DescribeInstances", "*", "not read-events"),
            ("kms:Decrypt", "*", "partly read-events"),
        ],
    );
}

#[test]
fn conditions_on_callers_and_events_limit_what_is_recorded() {
    let of = |fields: &[Value]| {
        told(&observability(&coverage(), Some(&advanced(&[management(fields)])), &[], ("sqs:DeleteQueue", "*")))
    };
    let session = "arn:aws:sts::111122223333:assumed-role/worker/";
    for (field, expected) in [
        (field("userIdentity.arn", "StartsWith", session), "full"),
        (field("userIdentity.arn", "NotStartsWith", session), "not identity-filter"),
        (field("userIdentity.arn", "NotEquals", &format!("{session}nightly")), "partly identity-filter"),
        (field("userIdentity.arn", "Equals", &format!("{session}nightly")), "partly identity-filter"),
        (
            field("userIdentity.arn", "StartsWith", "arn:aws:sts::111122223333:assumed-role/worker2/"),
            "not identity-filter",
        ),
        (field("userIdentity.arn", "NotEndsWith", "/nightly"), "partly identity-filter"),
        (field("eventName", "Equals", "DeleteQueue"), "full"),
        (field("eventName", "NotStartsWith", "Delete"), "not event-filter"),
        (field("eventType", "Equals", "AwsApiCall"), "full"),
        (field("eventType", "Equals", "AwsServiceEvent"), "not write-events"),
        (field("sessionCredentialFromConsole", "NotEquals", "true"), "partly event-filter"),
        (field("eventSource", "Equals", "sqs.amazonaws.com"), "full"),
        (field("eventSource", "NotEquals", "sqs.amazonaws.com"), "not excluded-source"),
        (field("readOnly", "Equals", "true"), "not write-events"),
    ] {
        assert_eq!(of(std::slice::from_ref(&field)), expected, "{field}");
    }
}

#[test]
fn a_call_through_an_access_point_does_not_stand_for_all() {
    let points = |rest: &[Value]| {
        let mut fields =
            vec![field("eventCategory", "Equals", "Data"), field("resources.type", "Equals", "AWS::S3::AccessPoint")];
        fields.extend_from_slice(rest);
        Value::Array(fields)
    };
    let only = advanced(&[points(&[])]);
    check(&coverage(), Some(&only), &[], &[("s3:GetObject", "arn:aws:s3:::b/*", "partly data-events-partly")]);
    let both = advanced(&[points(&[]), objects(&[])]);
    check(&coverage(), Some(&both), &[], &[("s3:GetObject", "arn:aws:s3:::b/*", "full")]);
}

#[test]
fn names_that_are_recorded_with_a_date_must_pass_with_it() {
    let of = |operator: &str| {
        let selectors = advanced(&[management(&[field("eventName", operator, "ListFunctions")])]);
        told(&observability(&coverage(), Some(&selectors), &[], ("lambda:ListFunctions", "*")))
    };
    assert_eq!(of("StartsWith"), "full");
    assert_eq!(of("Equals"), "partly event-filter");
}

#[test]
fn what_is_not_understood_shows_nothing() {
    let selectors = advanced(&[management(&[field("tlsDetails", "Equals", "x")])]);
    check(&coverage(), Some(&selectors), &[], &[("sqs:DeleteQueue", "*", "not write-events")]);
}

#[test]
fn trails_count_where_they_record() {
    let trail = |rest: Value| {
        let mut described = json!({ "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/all" });
        described.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let described = Selectors::parse(&json!({ "trailList": [described] }).to_string()).unwrap();
        let arn = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/all";
        let selectors = json!([{ "TrailARN": arn, "EventSelectors": [{ "ReadWriteType": "All" }] }]);
        Selectors::parse(&selectors.to_string()).unwrap().merge(described)
    };
    let single = trail(json!({ "IsMultiRegionTrail": false, "HomeRegion": "eu-west-1" }));
    check(
        &coverage(),
        Some(&single),
        &[],
        &[
            ("sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:111122223333:q", "full"),
            ("sqs:DeleteQueue", "arn:aws:sqs:us-east-1:111122223333:q", "not event-filter"),
            ("sqs:DeleteQueue", "*", "partly event-filter"),
            ("iam:CreateRole", "*", "not event-filter"),
        ],
    );
    let multi = trail(json!({ "IsMultiRegionTrail": true, "HomeRegion": "eu-west-1", "IsOrganizationTrail": false }));
    check(&coverage(), Some(&multi), &[], &[("sqs:DeleteQueue", "*", "full"), ("iam:CreateRole", "*", "full")]);
    let mut elsewhere = coverage();
    let places = elsewhere.accounts.remove(ACCOUNT).unwrap();
    elsewhere.accounts.insert("444455556666".into(), places);
    let other = Observation::new(Catalog::embedded(), &elsewhere, Some(&multi), &BTreeSet::new()).of(
        &"arn:aws:iam::444455556666:role/r".parse().unwrap(),
        &"sqs:DeleteQueue".parse().unwrap(),
        &ResourcePattern::any(),
    );
    assert!(matches!(other, Observability::Not(_)), "{other:?}");
}

#[test]
fn several_trails_record_together() {
    let selectors = fixture("no-kms").merge(fixture("management-only"));
    check(&coverage(), Some(&selectors), &[], &[("kms:Decrypt", "*", "full")]);
}

#[test]
fn the_remedy_is_the_selector_that_is_missing() {
    let remedy = |selectors: &Selectors, action: &str, pattern: &str| {
        let found = observability(&coverage(), Some(selectors), &[], (action, pattern));
        let [gap] = found.gaps() else { panic!("{found:?}") };
        assert!(!gap.inferred);
        match gap.what_would_help() {
            Some(Remedy::Selector { selector }) => selector,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        remedy(&fixture("management-only"), "s3:PutObject", "arn:aws:s3:::b/logs/*"),
        json!({ "FieldSelectors": [
            { "Field": "eventCategory", "Equals": ["Data"] },
            { "Field": "resources.type", "Equals": ["AWS::S3::Object"] },
            { "Field": "readOnly", "Equals": ["false"] },
            { "Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::b/logs/"] },
        ] }),
    );
    assert_eq!(
        remedy(&fixture("write-only"), "ec2:DescribeInstances", "*"),
        json!({ "FieldSelectors": [
            { "Field": "eventCategory", "Equals": ["Management"] }, { "Field": "readOnly", "Equals": ["true"] },
        ] }),
    );
    let never = observability(&coverage(), None, &[], ("logs:PutLogEvents", "*"));
    assert_eq!(never.gaps()[0].what_would_help(), None);
}

#[test]
fn what_the_remedy_selects_is_observable() {
    for (action, pattern) in [
        ("s3:PutObject", "arn:aws:s3:::b/logs/*"),
        ("s3:ListBucket", "arn:aws:s3:::b"),
        ("s3:GetObject", "*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:f"),
        ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"),
        ("sns:Publish", "arn:aws:sns:eu-west-1:111122223333:t"),
        ("ec2:DescribeInstances", "*"),
        ("kms:Decrypt", "*"),
    ] {
        let mut selectors = advanced(&[]);
        for _ in 0..4 {
            let found = observability(&coverage(), Some(&selectors), &[], (action, pattern));
            for gap in found.gaps() {
                let Some(Remedy::Selector { selector }) = gap.what_would_help() else { panic!("{gap:?}") };
                let text = json!({ "AdvancedEventSelectors": [selector] }).to_string();
                selectors = selectors.merge(Selectors::parse(&text).unwrap());
            }
        }
        let found = observability(&coverage(), Some(&selectors), &[], (action, pattern));
        assert!(found.is_full(), "{action} on {pattern}: {found:?}");
    }
}

fn rank(observability: &Observability) -> u8 {
    match observability {
        Observability::Not(_) => 0,
        Observability::Partly(_) => 1,
        Observability::Full => 2,
    }
}

fn any_selector() -> impl Strategy<Value = Value> {
    let condition = prop_oneof![
        Just(field("readOnly", "Equals", "true")),
        Just(field("readOnly", "Equals", "false")),
        Just(field("eventSource", "NotEquals", "kms.amazonaws.com")),
        Just(field("eventName", "StartsWith", "Get")),
        Just(field("eventName", "NotEquals", "PutObject")),
        Just(field("userIdentity.arn", "NotEndsWith", "/nightly")),
        Just(field("userIdentity.arn", "StartsWith", "arn:aws:sts::111122223333:assumed-role/worker/")),
        Just(field("unheardOf", "Equals", "x")),
    ];
    let arn = prop_oneof![
        Just(field("resources.ARN", "StartsWith", "arn:aws:s3:::b/")),
        Just(field("resources.ARN", "NotStartsWith", "arn:aws:s3:::b/logs/")),
        Just(field("resources.ARN", "Equals", "arn:aws:s3:::b/logs/a")),
    ];
    let conditions = prop::collection::vec(condition, 0..3);
    prop_oneof![
        conditions.clone().prop_map(|fields| management(&fields)),
        (conditions, prop::collection::vec(arn, 0..2)).prop_map(|(fields, arns)| objects(&[fields, arns].concat())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn more_selectors_never_show_less(few in prop::collection::vec(any_selector(), 0..3), more in prop::collection::vec(any_selector(), 0..3)) {
        let few = advanced(&few);
        let all = few.clone().merge(advanced(&more));
        let (coverage, regions) = (coverage(), BTreeSet::new());
        let observe = |selectors| Observation::new(Catalog::embedded(), &coverage, Some(selectors), &regions);
        let (before, after) = (observe(&few), observe(&all));
        for (action, pattern) in [
            ("s3:GetObject", "arn:aws:s3:::b/*"),
            ("s3:GetObject", "*"),
            ("s3:PutObject", "arn:aws:s3:::b/logs/a"),
            ("s3:ListBucket", "arn:aws:s3:::b"),
            ("kms:Decrypt", "*"),
            ("kms:DescribeKey", "*"),
        ] {
            let (role, action, resources) = (ROLE.parse().unwrap(), action.parse().unwrap(), pattern.parse().unwrap());
            let (before, after) = (before.of(&role, &action, &resources), after.of(&role, &action, &resources));
            prop_assert!(rank(&before) <= rank(&after), "{action} on {pattern}: {before:?} then {after:?}");
            prop_assert_eq!(after.is_full(), after.gaps().is_empty());
        }
    }
}
