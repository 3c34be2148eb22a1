//! Current policies narrowed by whole trails: nothing that was used and allowed is lost, and nothing is new.

#![allow(clippy::unwrap_used, clippy::panic, clippy::string_slice, reason = "what helps tests may fail as they do")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tighten_catalog::Catalog;
use tighten_iam::{
    Budget, Comparison, Context, Decision, PolicyDocument, PolicySource, Request, RequestResource, compare, evaluate,
};
use tighten_mapping::{Certainty, Mapper};
use tighten_synthesis::narrow::{
    CurrentPolicy, Granularity, Holder, Home, NarrowInput, NarrowOptions, Narrowed, PolicyOutcome, StatementChange,
    Unobservable, narrow,
};
use tighten_synthesis::{EntityPaths, Observation, Options, ResourceMode, Subject};
use tighten_trail::{Window, list};
use tighten_usage::{FoldOptions, Progress, Usage, fold};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn usage(trail: &Path) -> Usage {
    let listing = list(&[trail.to_owned()], &Window::default()).unwrap();
    fold(&listing, FoldOptions::default(), &Mapper::new(Catalog::embedded()), &Progress::default()).into_usage()
}

fn policy(path: &Path) -> CurrentPolicy {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    CurrentPolicy::new(name, Home::File, PolicySource::parse(text).unwrap())
}

fn fixture(name: &str) -> CurrentPolicy {
    policy(&root().join("fixtures/policies").join(name))
}

static EVERYWHERE: BTreeSet<String> = BTreeSet::new();

struct Case<'a> {
    usage: &'a Usage,
    paths: EntityPaths,
    observation: Observation<'a>,
}

impl<'a> Case<'a> {
    fn new(usage: &'a Usage) -> Self {
        let observation = Observation::new(Catalog::embedded(), &usage.coverage, None, &EVERYWHERE);
        Self { usage, paths: EntityPaths::of(usage), observation }
    }

    fn narrow(&self, subject: &Subject, policy: &CurrentPolicy, options: &NarrowOptions) -> Narrowed {
        let catalog = Catalog::embedded();
        let holders = [Holder { subject, policies: vec![0], created: None, boundary: None }];
        let input = NarrowInput {
            catalog,
            policies: std::slice::from_ref(policy),
            holders: &holders,
            paths: &self.paths,
            observation: &self.observation,
            details: false,
        };
        let narrowed = narrow(&input, options);
        narrowed.unwrap_or_else(|error| panic!("{} with {}: {error}", subject.principal, policy.name))
    }

    fn subjects(&self) -> Vec<Subject> {
        self.usage.principals.iter().map(|(principal, used)| Subject::of(principal, used)).collect()
    }
}

/// The current policies that every principal is narrowed from.
const POLICIES: [&str; 7] = [
    "administrator.json",
    "power-user.json",
    "read-only.json",
    "service-wildcards.json",
    "resource-scoped.json",
    "conditions.json",
    "with-deny.json",
];

/// Holds the laws against `evaluate` and `compare` themselves, and not against what narrowing says of itself.
fn hold_laws(subject: &Subject, old: &CurrentPolicy, narrowed: &Narrowed) -> usize {
    let new: Vec<PolicyDocument> = narrowed.policies.iter().filter_map(|policy| policy.document.clone()).collect();
    let old = [old.source.document().clone()];
    match compare(&new, &old, Budget::default()) {
        Comparison::Proven => {}
        other => panic!("{}: {other:?}", subject.principal),
    }
    let mut checked = 0;
    for need in subject.needs.iter().filter(|need| !need.suspected && !need.path_unknown) {
        for resource in &need.resources {
            let arn = resource.pattern.to_arn();
            let target = match &arn {
                Some(arn) => RequestResource::Arn(arn),
                None if resource.pattern.is_any() && need.certainty == Certainty::Exact => RequestResource::Any,
                None => continue,
            };
            let mut context = Context::open();
            for (key, values) in need.context.iter().filter(|(_, values)| values.len() == 1) {
                context.insert(key, values.iter().map(String::as_str));
            }
            let principal = Some(&subject.principal);
            let request = Request { principal, action: &need.action, resource: target, context: &context };
            if let Decision::Allowed { .. } = evaluate(&old, &request) {
                let decision = evaluate(&new, &request);
                let (action, resource) = (&need.action, &resource.pattern);
                assert!(
                    matches!(decision, Decision::Allowed { .. }),
                    "{}: {action} on {resource}: {decision:?}",
                    subject.principal
                );
                checked += 1;
            }
        }
    }
    checked
}

/// What the policy of today surely grants on a type that calls of the action left open, the narrowed one grants as well:
/// asked of resources made up from the types' formats.
fn hold_open_types(subject: &Subject, old: &CurrentPolicy, narrowed: &Narrowed) -> usize {
    let new: Vec<PolicyDocument> = narrowed.policies.iter().filter_map(|policy| policy.document.clone()).collect();
    let old = [old.source.document().clone()];
    let mut checked = 0;
    for need in subject.needs.iter().filter(|need| !need.suspected) {
        let service = Catalog::embedded().service(need.action.service()).unwrap();
        let formats = need.unsettled.iter().flat_map(|kind| &service.resource_type(kind).unwrap().formats);
        for arn in formats.filter_map(|format| sample(format, subject.principal.account()).parse().ok()) {
            let context = Context::open();
            let principal = Some(&subject.principal);
            let resource = RequestResource::Arn(&arn);
            let request = Request { principal, action: &need.action, resource, context: &context };
            if let Decision::Allowed { .. } = evaluate(&old, &request) {
                let decision = evaluate(&new, &request);
                let allowed = matches!(decision, Decision::Allowed { .. });
                assert!(allowed, "{}: {} on {arn}: {decision:?}", subject.principal, need.action);
                checked += 1;
            }
        }
    }
    checked
}

/// A resource of a format.
fn sample(format: &str, account: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap();
        text.push_str(before);
        text.push_str(match name {
            "Partition" => "aws",
            "Region" => "eu-west-1",
            "Scope" => "regional",
            "Account" | "AccountId" => account,
            _ => "sample",
        });
        rest = after;
    }
    (text + rest).replace('*', "sample")
}

fn options(resources: ResourceMode, granularity: Granularity, unobservable: Unobservable) -> NarrowOptions {
    let generate = Options { resources, ..Options::default() };
    NarrowOptions { generate, granularity, unobservable, ..NarrowOptions::default() }
}

#[test]
fn laws_hold_for_every_principal_of_the_fixtures_in_every_mode() {
    let usage = usage(&root().join("fixtures/organisation"));
    let case = Case::new(&usage);
    let policies = POLICIES.map(fixture);
    let modes = [
        options(ResourceMode::Auto, Granularity::Resource, Unobservable::KeepUsedServices),
        options(ResourceMode::Exact, Granularity::Resource, Unobservable::Drop),
        options(ResourceMode::Type, Granularity::Action, Unobservable::Keep),
        options(ResourceMode::Any, Granularity::Service, Unobservable::Drop),
    ];
    let (mut checked, mut open, mut outcomes) = (0, 0, BTreeMap::new());
    for subject in case.subjects() {
        for policy in &policies {
            let modes = if policy.name == "administrator.json" { &modes[..] } else { &modes[..2] };
            for mode in modes {
                let narrowed = case.narrow(&subject, policy, mode);
                checked += hold_laws(&subject, policy, &narrowed);
                open += hold_open_types(&subject, policy, &narrowed);
                *outcomes.entry(narrowed.policies[0].outcome).or_insert(0) += 1;
            }
        }
    }
    println!("{checked} permissions allowed before and after, {open} on types left open; {outcomes:?}");
    assert!(checked > 1000 && outcomes[&PolicyOutcome::Narrowed] > 100, "{checked} {outcomes:?}");
}

#[test]
fn laws_hold_for_every_principal_of_real_logs() {
    let trails = root().join("../shared/trails");
    if !trails.exists() {
        println!("skipped: {} is not there", trails.display());
        return;
    }
    let usage = usage(&trails);
    let case = Case::new(&usage);
    let policies = POLICIES.map(fixture);
    let mode = options(ResourceMode::Auto, Granularity::Resource, Unobservable::Drop);
    let subjects = case.subjects();
    let of_policy = |subject: &Subject, policy: &CurrentPolicy| {
        let narrowed = case.narrow(subject, policy, &mode);
        (hold_laws(subject, policy, &narrowed), hold_open_types(subject, policy, &narrowed))
    };
    let sum = |(a, b): (usize, usize), (c, d): (usize, usize)| (a + c, b + d);
    let of_subject = |subject: &Subject| policies.iter().map(|policy| of_policy(subject, policy)).fold((0, 0), sum);
    let (checked, open) = std::thread::scope(|scope| {
        let halves = subjects.chunks(subjects.len().div_ceil(2));
        let halves = halves.map(|half| scope.spawn(|| half.iter().map(of_subject).fold((0, 0), sum)));
        halves.collect::<Vec<_>>().into_iter().map(|half| half.join().unwrap()).fold((0, 0), sum)
    });
    println!(
        "{} principals, {checked} permissions allowed before and after, {open} on types left open",
        subjects.len()
    );
    assert!(subjects.len() > 100 && checked > 1000 && open > 10, "{checked} {open}");
}

#[test]
fn of_the_sst_policy_only_the_statement_that_allows_everything_changes() {
    let usage = usage(&root().join("fixtures/sst-deploy/trail"));
    let case = Case::new(&usage);
    let mut policies = vec![fixture("sst-deploy.json")];
    let shared = root().join("../shared/policies/sst-v3.json");
    if shared.exists() {
        policies.push(policy(&shared));
    } else {
        println!("skipped: {} is not there", shared.display());
    }
    let defines = [("REGION", "us-east-1"), ("ACCOUNT", "111122223333")];
    let options = NarrowOptions {
        defines: defines.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..NarrowOptions::default()
    };
    let subject = case.subjects().into_iter().find(|subject| subject.principal.name() == "storefront-deploy").unwrap();
    for policy in policies {
        let narrowed = case.narrow(&subject, &policy, &options);
        let narrowed = &narrowed.policies[0];
        let changes: Vec<(Option<&str>, StatementChange)> =
            narrowed.statements.iter().map(|statement| (statement.sid.as_deref(), statement.change)).collect();
        for (sid, change) in &changes {
            let expected = if *sid == Some("Deployments") { StatementChange::Narrowed } else { StatementChange::Same };
            assert_eq!(*change, expected, "{sid:?} of {}: {}", policy.name, narrowed.text.as_deref().unwrap());
        }
        let (old, new) = (policy.source.text(), narrowed.text.as_deref().unwrap());
        let start = old.find("\"Deployments\"").unwrap();
        let start = old[..start].rfind('{').unwrap();
        let end = start + old[start..].find("\n    }").unwrap();
        assert!(new.starts_with(&old[..start]) && new.ends_with(&old[end..]), "{new}");
        assert!(new.contains(":REGION:ACCOUNT:") && !new.contains("us-east-1:111122223333"), "{new}");
    }
}

#[test]
fn the_broad_jets_policy_becomes_no_wider_than_the_one_that_is_least() {
    let usage = usage(&root().join("fixtures/jets-deploy/trail"));
    let case = Case::new(&usage);
    let mut pairs = vec![(fixture("jets-broad.json"), fixture("jets-prefixed.json"))];
    let shared = root().join("../shared/policies");
    if shared.exists() {
        pairs.push((policy(&shared.join("jets-broad.json")), policy(&shared.join("jets-least-privilege.json"))));
    } else {
        println!("skipped: {} is not there", shared.display());
    }
    let options = NarrowOptions {
        generate: Options { name_prefixes: vec!["my-cool-prefix".to_owned()], ..Options::default() },
        // What data events and the like would have shown is left to the policy that is compared with.
        unobservable: Unobservable::Drop,
        defines: [("MY_PREFIX".to_owned(), "my-cool-prefix".to_owned())].into(),
        ..NarrowOptions::default()
    };
    let subjects = case.subjects();
    let subject = subjects.iter().max_by_key(|subject| subject.needs.len()).unwrap();
    for (broad, least) in pairs {
        let narrowed = case.narrow(subject, &broad, &options);
        let new = narrowed.policies[0].document.clone().unwrap();
        let least = options.fill(least.source.document());
        println!("{}\nis no wider than\n{}", narrowed.policies[0].text.as_deref().unwrap(), least.to_string_pretty());
        match compare(&[new], &[least], Budget::default()) {
            Comparison::Proven => {}
            other => panic!("{}: {other:?}", broad.name),
        }
    }
}

#[test]
fn a_long_document_reads_as_before() {
    let usage = usage(&root().join("fixtures/sst-deploy/trail"));
    let case = Case::new(&usage);
    let subject = case.subjects().into_iter().find(|subject| subject.principal.name() == "storefront-deploy").unwrap();
    // Forty-eight statements stay as they are for a reason of their own, and two lose actions.
    let mut statements = Vec::new();
    for number in 0..50 {
        statements.push(match number {
            10 => "    { \"Sid\": \"Queues\", \"Effect\": \"Allow\",\n      \"Action\": [\n        \"sqs:CreateQueue\",\n        \"sqs:PurgeQueue\",\n        \"sqs:TagQueue\"\n      ],\n      \"Resource\": \"*\" }".to_owned(),
            30 => "    {\n      \"Sid\": \"Topics\",\n      \"Effect\": \"Allow\",\n      \"Action\": [\"sns:CreateTopic\", \"sns:DeleteTopic\", \"sns:TagResource\"],\n      \"Resource\": [ \"arn:aws:sns:us-east-1:111122223333:storefront-*\" ]\n    }".to_owned(),
            _ => format!("    {{\n\t\"Effect\": \"Deny\", \"Sid\": \"Never{number}\",\n\n      \"Resource\": \"arn:aws:s3:::never-{number}\", \"Action\": [\"s3:*\"]\n    }}"),
        });
    }
    let text = format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n", statements.join(",\n"));
    let source = PolicySource::parse(text.clone()).unwrap();
    let policy = CurrentPolicy::new("long", Home::File, source);
    let options = NarrowOptions { granularity: Granularity::Action, ..NarrowOptions::default() };
    let narrowed = case.narrow(&subject, &policy, &options);
    let new = narrowed.policies[0].text.as_deref().unwrap();
    let (old, new): (Vec<&str>, Vec<&str>) = (text.lines().collect(), new.lines().collect());
    let gone: Vec<&&str> = old.iter().filter(|line| !new.contains(line)).collect();
    let come: Vec<&&str> = new.iter().filter(|line| !old.contains(line)).collect();
    assert_eq!(
        gone,
        [
            &"        \"sqs:PurgeQueue\",",
            &"      \"Action\": [\"sns:CreateTopic\", \"sns:DeleteTopic\", \"sns:TagResource\"],"
        ]
    );
    assert_eq!(come, [&"      \"Action\": [\"sns:CreateTopic\", \"sns:TagResource\"],"]);
    assert_eq!(new.len() + 1, old.len());
}
