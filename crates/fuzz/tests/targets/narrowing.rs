//! Narrowing: what was used stays, nothing is new.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::{Value, json};
use tighten_catalog::Catalog;
use tighten_fuzz::{Choices, json as edits, seeds};
use tighten_iam::{Arn, Context, PolicyDocument, PolicySource, Request, RequestResource, evaluate};
use tighten_mapping::Certainty;
use tighten_synthesis::narrow::{
    CurrentPolicy, Granularity, Holder, Home, NarrowInput, NarrowOptions, Unobservable, narrow,
};
use tighten_synthesis::{EntityPaths, Observation, Observed, Options, ResourceMode, Seen, Subject, Used};
use tighten_trail::selectors::Selectors;
use tighten_usage::{Access, Category, Coverage, EventKind, Place};

const ACCOUNT: &str = "111122223333";
/// Actions with resources that they are made on.
const CALLS: [(&str, &str); 14] = [
    ("s3:GetObject", "arn:aws:s3:::logs/a/b.gz"),
    ("s3:GetObject", "arn:aws:s3:::data/c"),
    ("s3:PutObject", "arn:aws:s3:::data/c"),
    ("s3:ListBucket", "arn:aws:s3:::logs"),
    ("s3:ListAllMyBuckets", "*"),
    ("sqs:CreateQueue", "arn:aws:sqs:us-east-1:111122223333:jobs"),
    ("sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:111122223333:jobs-b"),
    ("sqs:ListQueues", "*"),
    ("sns:CreateTopic", "arn:aws:sns:us-east-1:111122223333:news"),
    ("iam:PassRole", "arn:aws:iam::111122223333:role/app"),
    ("iam:GetRole", "arn:aws:iam::111122223333:role/path/app"),
    ("ec2:RunInstances", "arn:aws:ec2:us-east-1:111122223333:instance/*"),
    ("ec2:DescribeInstances", "*"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1"),
];
const ACTIONS: [&str; 22] = [
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:PutObject",
    "s3:?etObject",
    "s3:List*",
    "sqs:*",
    "sqs:*Queue",
    "sqs:CreateQueue",
    "sqs:ListQueues",
    "sns:*",
    "sns:CreateTopic",
    "iam:*",
    "iam:PassRole",
    "iam:Get*",
    "ec2:Describe*",
    "ec2:RunInstances",
    "kms:*",
    "kms:Decrypt",
    "nosuch:Thing",
    "S3:getobject",
    "*",
];
const RESOURCES: [&str; 22] = [
    "*",
    "arn:aws:s3:::logs/*",
    "arn:aws:s3:::logs",
    "arn:aws:s3:::*",
    "arn:aws:s3:::data/c",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:sqs:*:*:jobs*",
    "arn:aws:sqs:us-east-1:111122223333:jobs",
    "arn:aws:sqs:us-east-1:*",
    "arn:aws:sns:*:*:*",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:ec2:*:*:*",
    "arn:aws:kms:*:*:key/*",
    "arn:aws:*",
    "arn:*",
    "arn:aws:s3:::l?gs/a/*",
    "${BUCKET}/*",
    "arn:aws:sqs:REGION:ACCOUNT:jobs",
    "arn:aws:s3:::logs/a/b.gz",
    "arn:aws:ec2:us-east-1:111122223333:instance/*",
    "arn:aws:sns:us-east-1:111122223333:news",
];

static EVERYWHERE: BTreeSet<String> = BTreeSet::new();

/// Sixty days of management events in two regions.
fn coverage() -> &'static Coverage {
    static COVERAGE: OnceLock<Coverage> = OnceLock::new();
    COVERAGE.get_or_init(|| {
        let mut coverage = Coverage::default();
        let places = coverage.accounts.entry(ACCOUNT.into()).or_default();
        for region in ["us-east-1", "eu-west-1"] {
            let mut place = Place { events: 60, ..Place::default() };
            for day in 0..60_i64 {
                place.days.insert(jiff::Timestamp::from_second(1_767_225_600 + day * 86_400).unwrap());
            }
            place.first = Some("2026-01-01T00:00:00Z".parse().unwrap());
            place.last = Some("2026-03-01T00:00:00Z".parse().unwrap());
            places.insert(region.into(), place);
        }
        for access in [Access::Read, Access::Write] {
            coverage.kinds.insert(EventKind { category: Category::Management, access }, 10);
        }
        coverage
    })
}

fn observation() -> &'static Observation<'static> {
    static OBSERVATION: OnceLock<Observation<'static>> = OnceLock::new();
    OBSERVATION.get_or_init(|| Observation::new(Catalog::embedded(), coverage(), None, &EVERYWHERE))
}

fn policy(choices: &mut Choices<'_>) -> Value {
    let statement = |choices: &mut Choices<'_>| {
        let one_or_many = |choices: &mut Choices<'_>, words: &[&str]| match choices.words(words, 1, 3).as_slice() {
            [only] => Value::from(only.as_str()),
            all => json!(all),
        };
        // What reaches every action of AWS takes its time.
        let by_action = if choices.chance(6) { "NotAction" } else { "Action" };
        let actions = if choices.chance(5) { &ACTIONS[..] } else { &ACTIONS[..ACTIONS.len() - 1] };
        let by_resource = choices.word(&["Resource", "Resource", "Resource", "NotResource"]);
        let mut statement = json!({
            "Effect": choices.word(&["Allow", "Allow", "Allow", "Deny"]),
            by_action: one_or_many(choices, actions),
            by_resource: one_or_many(choices, &RESOURCES),
        });
        if choices.chance(40) {
            // Something that is likely to be used.
            let (action, resource) = choices.pick(&CALLS).unwrap();
            statement[by_action] = json!([action, choices.word(actions)]);
            statement[by_resource] = json!(choices.word(&["*", resource, resource]));
        }
        if choices.chance(20) {
            statement["Sid"] = json!(choices.word(&["A", "B", "C"]));
        }
        if choices.chance(20) {
            statement["Condition"] = match choices.below(5) {
                0 => json!({"StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}),
                1 => json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
                2 => json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
                3 => json!({"Bool": {"aws:ViaAWSService": "true"}}),
                _ => {
                    json!({"StringNotEquals": {"aws:PrincipalTag/team": "a"}, "Null": {"aws:PrincipalTag/team": "false"}})
                }
            };
        }
        statement
    };
    let statements: Vec<Value> = (0..=choices.below(4)).map(|_| statement(choices)).collect();
    json!({"Version": choices.word(&["2012-10-17", "2012-10-17", "2008-10-17"]), "Statement": statements})
}

fn needs(choices: &mut Choices<'_>) -> Vec<Used> {
    let need = |choices: &mut Choices<'_>| {
        let (action, resource) = *choices.pick(&CALLS).unwrap();
        let context = match choices.below(6) {
            0 => BTreeMap::from([(
                "iam:PassedToService".to_owned(),
                BTreeSet::from(["lambda.amazonaws.com".to_owned()]),
            )]),
            1 => BTreeMap::from([("aws:RequestedRegion".to_owned(), BTreeSet::from(["us-east-1".to_owned()]))]),
            _ => BTreeMap::new(),
        };
        let certainty =
            *choices.pick(&[Certainty::Exact, Certainty::Exact, Certainty::ByType, Certainty::Unresolved]).unwrap();
        Used {
            action: action.parse().unwrap(),
            resources: vec![Observed::one(resource.parse().unwrap())],
            context,
            certainty,
            rule: "resources".to_owned(),
            via: choices.chance(15).then(|| "cloudformation.amazonaws.com".to_owned()),
            path_unknown: choices.chance(10),
            unsettled: Vec::new(),
            suspected: false,
            seen: Seen { count: 1, event_ids: vec!["e".to_owned()], ..Seen::default() },
        }
    };
    (0..choices.below(6)).map(|_| need(choices)).collect()
}

fn options(choices: &mut Choices<'_>) -> NarrowOptions {
    let resources = if choices.chance(30) { ResourceMode::Exact } else { ResourceMode::default() };
    let defines = BTreeMap::from([("REGION", "us-east-1"), ("ACCOUNT", ACCOUNT), ("BUCKET", "arn:aws:s3:::logs")]);
    NarrowOptions {
        granularity: *choices.pick(Granularity::ALL).unwrap(),
        unobservable: *choices.pick(Unobservable::ALL).unwrap(),
        generate: Options { resources, ..Options::default() },
        defines: if choices.chance(50) {
            defines.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        } else {
            BTreeMap::new()
        },
        ..NarrowOptions::default()
    }
}

/// Random policies of one principal, narrowed to random needs.
pub(crate) fn narrowing(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    // First, so that there are some, however few bytes there are.
    let needs = needs(&mut choices);
    let options = options(&mut choices);
    let policies: Vec<CurrentPolicy> = (0..=choices.below(2))
        .map(|number| {
            let text = serde_json::to_string_pretty(&policy(&mut choices)).unwrap();
            let source = PolicySource::parse(text).unwrap();
            CurrentPolicy::new(format!("p{number}"), Home::File, source)
        })
        .collect();
    let principal = format!("arn:aws:iam::{ACCOUNT}:role/worker").parse().unwrap();
    let subject =
        Subject { principal, name_only: false, needs, wants: Vec::new(), unmapped: Vec::new(), mostly_refused: None };
    let holders =
        [Holder { subject: &subject, policies: (0..policies.len()).collect(), created: None, boundary: None }];
    let paths = EntityPaths::default();
    let input = NarrowInput {
        catalog: Catalog::embedded(),
        policies: &policies,
        holders: &holders,
        paths: &paths,
        observation: observation(),
        details: choices.chance(50),
    };
    let all = || policies.iter().map(|policy| policy.source.text()).collect::<Vec<_>>().join("\n");
    let narrowed = match narrow(&input, &options) {
        Ok(narrowed) => narrowed,
        Err(error) => panic!("{error}\n{options:?}\n{:?}\n{}", subject.needs, all()),
    };
    let old: Vec<PolicyDocument> = policies.iter().map(|policy| options.fill(policy.source.document())).collect();
    let new: Vec<PolicyDocument> =
        narrowed.policies.iter().filter_map(|policy| policy.document.as_ref()).map(|new| options.fill(new)).collect();
    let shown = || {
        let texts: Vec<&str> = narrowed.policies.iter().filter_map(|policy| policy.text.as_deref()).collect();
        format!("{}\nbecame\n{}", all(), texts.join("\n"))
    };
    for need in &subject.needs {
        for observed in &need.resources {
            let context = context_of(need);
            asked(&need.action, observed.pattern.as_str(), &context, |request| {
                let (was, is) = (evaluate(&old, request), evaluate(&new, request));
                assert!(
                    !was.is_allowed() || is.is_allowed(),
                    "{} on {} is lost: {is:?}\n{}",
                    need.action,
                    observed.pattern,
                    shown()
                );
            });
        }
    }
    for _ in 0..12 {
        let (action, _) = *choices.pick(&CALLS).unwrap();
        let (_, resource) = *choices.pick(&CALLS).unwrap();
        let mut context = Context::closed();
        if choices.chance(30) {
            context.insert("aws:RequestedRegion", [choices.word(&["us-east-1", "ap-south-1"])]);
            context.insert("iam:PassedToService", [choices.word(&["lambda.amazonaws.com", "ec2.amazonaws.com"])]);
            context.insert("aws:SourceIp", ["203.0.113.9"]);
        }
        asked(&action.parse().unwrap(), resource, &context, |request| {
            let (was, is) = (evaluate(&old, request), evaluate(&new, request));
            assert!(!is.is_allowed() || was.is_allowed(), "{action} on {resource} is new: {was:?}\n{}", shown());
        });
    }
}

/// What is known of the requests behind a need.
fn context_of(need: &Used) -> Context {
    let via = Context::open().with("aws:ViaAWSService", [need.via.is_some().to_string()]);
    need.context.iter().fold(via, |context, (key, values)| context.with(key, values.iter().cloned()))
}

fn asked(action: &tighten_iam::ActionName, resource: &str, context: &Context, check: impl Fn(&Request<'_>)) {
    let arn: Option<Arn> = resource.replace('*', "x").parse().ok();
    let resource = arn.as_ref().map_or(RequestResource::Any, RequestResource::Arn);
    check(&Request { principal: None, action, resource, context });
}

const WORDS: [&str; 34] = [
    "TrailARN",
    "EventSelectors",
    "AdvancedEventSelectors",
    "ReadWriteType",
    "All",
    "ReadOnly",
    "WriteOnly",
    "IncludeManagementEvents",
    "DataResources",
    "Type",
    "Values",
    "ExcludeManagementEventSources",
    "kms.amazonaws.com",
    "FieldSelectors",
    "Field",
    "Equals",
    "NotEquals",
    "StartsWith",
    "NotStartsWith",
    "EndsWith",
    "eventCategory",
    "Management",
    "Data",
    "readOnly",
    "true",
    "resources.type",
    "resources.ARN",
    "AWS::S3::Object",
    "arn:aws:s3:::logs/",
    "userIdentity.arn",
    "eventName",
    "trailList",
    "HomeRegion",
    "IsMultiRegionTrail",
];

/// Event selectors of any shape are read or refused, and say something of every action.
pub(crate) fn selectors(bytes: &[u8]) {
    static SEEDS: OnceLock<Vec<Value>> = OnceLock::new();
    let mut choices = Choices::new(bytes);
    let seeds = SEEDS.get_or_init(|| seeds::documents("selectors").unwrap());
    let value = edits::document(&mut choices, seeds, &WORDS).unwrap();
    let text = edits::print(&mut choices, &value);
    let Ok(selectors) = Selectors::parse(&text) else { return };
    assert_eq!(Selectors::parse(&text).unwrap(), selectors);
    let twice = selectors.clone().merge(selectors.clone());
    assert_eq!(twice, selectors, "{text}");
    let observation = Observation::new(Catalog::embedded(), coverage(), Some(&selectors), &EVERYWHERE);
    let principal = format!("arn:aws:iam::{ACCOUNT}:role/worker").parse().unwrap();
    for _ in 0..3 {
        let (action, _) = *choices.pick(&CALLS).unwrap();
        let pattern =
            choices.word(&["*", "arn:aws:s3:::logs/*", "arn:aws:sqs:us-east-1:111122223333:jobs", "arn:aws:*"]);
        let (action, pattern) = (action.parse().unwrap(), pattern.parse().unwrap());
        let first = observation.of(&principal, &action, &pattern);
        assert_eq!(observation.of(&principal, &action, &pattern), first, "{text}");
    }
}
