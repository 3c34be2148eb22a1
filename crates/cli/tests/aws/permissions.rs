//! What the program calls and what `tighten permissions` grants are the same: nothing missing, nothing unused.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tighten_iam::{Context, PolicyDocument, Request as Asked, RequestResource, evaluate};
use tighten_testkit::server::{Proxy, Request, Server, evaluator};

use crate::iam::organization;
use crate::iam::support::{account, fixture};
use crate::trail::support::{body, boto, call, put_log, region, run, service, tighten};

/// What S3 asks of KMS for whoever reads an object that is encrypted with a key; no request of the program itself.
const MADE_BY_S3: &str = "kms:Decrypt";

/// What a run uses: presets, what narrows them, and the arguments.
struct Scenario {
    presets: &'static [&'static str],
    scope: &'static [&'static str],
    arguments: &'static [&'static str],
}

const TRAIL: &str = "arn:aws:cloudtrail:us-west-2:123456789012:trail/main";

const SCENARIOS: [Scenario; 4] = [
    Scenario {
        presets: &["trail"],
        scope: &["--trail", TRAIL, "--bucket", "audit-logs", "--prefix", "AWSLogs/123456789012/"],
        arguments: &["--trail", "main"],
    },
    Scenario { presets: &["trail"], scope: &["--account", "123456789012"], arguments: &["--trail", TRAIL] },
    Scenario {
        presets: &["s3"],
        scope: &["--bucket", "audit-logs", "--prefix", "AWSLogs/"],
        arguments: &["--s3", "s3://audit-logs/AWSLogs/", "--since", "2d"],
    },
    Scenario {
        presets: &["event-history"],
        scope: &["--region", "us-east-1", "--region", "eu-west-1"],
        arguments: &["--event-history", "--region", "us-east-1", "--region", "eu-west-1"],
    },
];

/// The scenarios of an account whose policies are read, of one role.
const OF_IAM: [Scenario; 4] = [
    Scenario { presets: &["iam"], scope: &["--account", "111122223333"], arguments: &["--from-iam"] },
    Scenario {
        presets: &["iam", "last-accessed"],
        scope: &["--account", "111122223333"],
        arguments: &["--from-iam", "--last-accessed"],
    },
    Scenario {
        presets: &["iam", "simulate"],
        scope: &["--account", "111122223333"],
        arguments: &["--from-iam", "--simulate", "--check-no-new-access"],
    },
    Scenario { presets: &["simulate"], scope: &[], arguments: &["--current", "POLICY", "--simulate"] },
];

/// The organisation's policies.
const OF_ORGANIZATION: Scenario = Scenario { presets: &["organization"], scope: &[], arguments: &["--from-iam"] };

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
        if service == "organizations" {
            let id = ["ChildId", "TargetId", "PolicyId"].iter().find_map(|key| asked[*key].as_str());
            resource = id.map(of_organization);
        }
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

/// The ARN of something in an organisation.
fn of_organization(id: &str) -> String {
    let kind = match id.split('-').next().unwrap() {
        "r" => "root",
        "ou" => "ou",
        "p" => "policy",
        _ => "account",
    };
    format!("arn:aws:organizations::123456789012:{kind}/o-abcde12345/{id}")
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

fn policy(presets: &[&str], scope: &[&str]) -> PolicyDocument {
    let presets: Vec<&str> = presets.iter().flat_map(|preset| ["--preset", *preset]).collect();
    let printed = run(&mut tighten("", &[&["permissions", "--json"], &presets[..], scope].concat()));
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
    let mut called = BTreeSet::new();
    for scenario in &SCENARIOS {
        called.extend(play(&server, "analyze", scenario, &[]));
    }
    let made = organization::made(&server, true);
    let logs = made.logs.path().display().to_string();
    called.extend(play(&server, "replay", &OF_ORGANIZATION, &["--trail-dir", &logs]));
    let Some(packages) = evaluator() else { return };
    let variables = [("SIMULATE_NODE_PATH", packages.to_str().unwrap())];
    let Some(server) = account(&fixture("authorization/details.json"), &variables) else { return };
    let trail = fixture("organisation/trail").display().to_string();
    let common =
        ["--trail-dir", &trail, "--principal", "github-deploy", "--account", "111122223333", "--allow-partial"];
    for scenario in &OF_IAM {
        called.extend(play(&server, "analyze", scenario, &common));
    }
    for preset in ["s3", "trail", "event-history", "iam", "organization", "last-accessed", "simulate"] {
        for action in policy(&[preset], &[]).statements.iter().flat_map(|statement| statement.action.patterns()) {
            let action = action.as_str();
            let is_called = called.contains(action);
            assert!(is_called != (action == MADE_BY_S3), "{preset} grants {action}; it is called: {is_called}");
        }
    }
}

/// Runs a scenario, whose presets have to grant what is called. Returns that.
fn play(server: &Server, command: &str, scenario: &Scenario, common: &[&str]) -> BTreeSet<String> {
    let Scenario { presets, scope, arguments } = scenario;
    let administrator = fixture("policies/administrator.json").display().to_string();
    let arguments = arguments.iter().map(|text| if *text == "POLICY" { administrator.as_str() } else { text });
    let arguments: Vec<&str> = [command].into_iter().chain(arguments).chain(common.iter().copied()).collect();
    let proxy = Proxy::recording(server.port()).unwrap();
    let done = run(&mut tighten(&proxy.url(), &arguments));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let calls: BTreeSet<Call> = proxy.requests().iter().map(of).collect();
    assert!(!calls.is_empty());
    for call in &calls {
        for policy in [policy(presets, &[]), policy(presets, scope), policy(&["full"], &[])] {
            assert!(is_allowed(&policy, call), "{presets:?} do not grant {call:?}");
        }
    }
    calls.into_iter().map(|call| call.action).collect()
}
