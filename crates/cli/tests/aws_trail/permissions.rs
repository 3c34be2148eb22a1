//! What the program calls and what `tighten permissions` grants are the same: nothing missing, nothing unused.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tighten_iam::{Context, PolicyDocument, Request as Asked, RequestResource, evaluate};
use tighten_testkit::server::{Proxy, Request, Server};

use crate::support::{body, boto, call, put_log, region, run, service, tighten};

/// Actions that no scenario here takes. Each belongs to one that is missing: whoever adds it takes its actions out.
const PENDING: [&str; 8] = [
    "kms:Decrypt",
    "iam:GetAccountAuthorizationDetails",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:GetServiceLastAccessedDetails",
    "iam:SimulatePrincipalPolicy",
    "iam:SimulateCustomPolicy",
    "access-analyzer:CheckNoNewAccess",
    "access-analyzer:ValidatePolicy",
];

/// What a run uses: a preset, what narrows it, and the arguments.
struct Scenario {
    preset: &'static str,
    scope: &'static [&'static str],
    arguments: &'static [&'static str],
}

const TRAIL: &str = "arn:aws:cloudtrail:us-west-2:123456789012:trail/main";

const SCENARIOS: [Scenario; 4] = [
    Scenario {
        preset: "trail",
        scope: &["--trail", TRAIL, "--bucket", "audit-logs", "--prefix", "AWSLogs/123456789012/"],
        arguments: &["--trail", "main"],
    },
    Scenario { preset: "trail", scope: &["--account", "123456789012"], arguments: &["--trail", TRAIL] },
    Scenario {
        preset: "s3",
        scope: &["--bucket", "audit-logs", "--prefix", "AWSLogs/"],
        arguments: &["--s3", "s3://audit-logs/AWSLogs/", "--since", "2d"],
    },
    Scenario {
        preset: "event-history",
        scope: &["--region", "us-east-1", "--region", "eu-west-1"],
        arguments: &["--event-history", "--region", "us-east-1", "--region", "eu-west-1"],
    },
];

/// A request as IAM sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    action: String,
    /// An ARN, or nothing where IAM knows no resource.
    resource: Option<String>,
    region: String,
    prefix: Option<String>,
}

/// What a request asks for, by the request itself.
fn of(request: &Request) -> Call {
    let (service, region) = (service(request).unwrap(), region(request).unwrap().to_owned());
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let (mut resource, mut prefix) = (None, None);
    let operation = if let Some(target) = request.header("x-amz-target") {
        let asked = body(request);
        // Names of trails are ARNs here; what takes none is about all trails.
        resource = ["Name", "TrailName"].iter().find_map(|key| asked[*key].as_str()).map(str::to_owned);
        target.rsplit('.').next().unwrap().to_owned()
    } else if service == "s3" {
        let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
        prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).map(|text| text.replace("%2F", "/"));
        let name = if key.is_empty() { bucket.to_owned() } else { format!("{bucket}/{key}") };
        resource = Some(format!("arn:aws:s3:::{name}"));
        if key.is_empty() { "ListBucket".to_owned() } else { "GetObject".to_owned() }
    } else if service == "access-analyzer" {
        let known = [("/policy/check-no-new-access", "CheckNoNewAccess"), ("/policy/validation", "ValidatePolicy")];
        known.iter().find(|(own, _)| *own == path).unwrap().1.to_owned()
    } else {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let value = |key: &str| form.split('&').find_map(|pair| pair.strip_prefix(key)).map(str::to_owned);
        let operation = value("Action=").unwrap();
        if ["GenerateServiceLastAccessedDetails", "SimulatePrincipalPolicy"].contains(&operation.as_str()) {
            let arn = value("Arn=").or_else(|| value("PolicySourceArn=")).unwrap();
            resource = Some(arn.replace("%3A", ":").replace("%2F", "/"));
        }
        operation
    };
    Call { action: format!("{service}:{operation}"), resource, region, prefix }
}

fn is_allowed(policy: &PolicyDocument, call: &Call) -> bool {
    let action = call.action.parse().unwrap();
    let arn = call.resource.as_ref().map(|text| text.parse().unwrap());
    let resource = arn.as_ref().map_or(RequestResource::Any, RequestResource::Arn);
    let context = Context::closed().with("aws:RequestedRegion", [call.region.as_str()]);
    let context = context.with("s3:prefix", call.prefix.clone());
    evaluate(std::slice::from_ref(policy), &Asked { principal: None, action: &action, resource, context: &context })
        .is_allowed()
}

fn policy(preset: &str, scope: &[&str]) -> PolicyDocument {
    let printed = run(&mut tighten("", &[&["permissions", "--json", "--preset", preset], scope].concat()));
    PolicyDocument::parse(&printed.stdout).unwrap()
}

#[test]
fn every_call_is_granted_and_every_grant_is_called() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log.json");
    let records: Vec<Value> = ["us-east-1", "eu-west-1"]
        .iter()
        .enumerate()
        .map(|(at, region)| call(at, 60, region, "deploy", "sqs.amazonaws.com", "CreateQueue"))
        .collect();
    std::fs::write(&log, json!({ "Records": records }).to_string()).unwrap();
    let log = log.display().to_string();
    let Some(server) = Server::aws(&[("LOOKUP_EVENTS_GLOB", &log)]) else { return };
    boto(
        &server.url(),
        "client('s3').create_bucket(Bucket='audit-logs')\n\
         client('cloudtrail', 'us-west-2').create_trail(Name='main', S3BucketName='audit-logs', IsMultiRegionTrail=True)\n",
    );
    put_log(&server.url(), "audit-logs", "", &records);
    let mut called: BTreeSet<(&str, String)> = BTreeSet::new();
    for Scenario { preset, scope, arguments } in SCENARIOS {
        let proxy = Proxy::recording(server.port()).unwrap();
        let done = run(&mut tighten(&proxy.url(), &[&["analyze"], arguments].concat()));
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let calls: BTreeSet<Call> = proxy.requests().iter().map(of).collect();
        assert!(!calls.is_empty());
        for call in &calls {
            for policy in [policy(preset, &[]), policy(preset, scope), policy("full", &[])] {
                assert!(is_allowed(&policy, call), "{preset} does not grant {call:?}");
            }
            called.insert((preset, call.action.clone()));
        }
    }
    for preset in ["s3", "trail", "event-history", "iam", "last-accessed", "simulate"] {
        for action in policy(preset, &[]).statements.iter().flat_map(|statement| statement.action.patterns()) {
            let action = action.as_str();
            let used = called.iter().any(|(of, name)| *of == preset && name == action);
            let pending = PENDING.contains(&action);
            assert!(used != pending, "{preset} grants {action}, called: {used}, pending: {pending}");
        }
    }
}
