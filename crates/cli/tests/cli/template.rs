//! `tighten template`.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tighten_iam::{ActionName, PolicyDocument, ResourcePattern, Resources};

use crate::support::{Run, run, tighten};

fn template(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/templates").join(name)
}

fn deploy(name: &str, options: &[&str]) -> Run {
    run(tighten().arg("template").arg(template(name)).args(options))
}

const JETS: &str = "jets/my-cool-prefix-dev.yml";
const WHERE: [&str; 6] = ["--stack", "my-cool-prefix-dev", "--account", "444455556666", "--region", "us-west-2"];

fn report(name: &str, options: &[&str]) -> Value {
    let done = deploy(name, &[options, &["--format", "json"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    serde_json::from_str(&done.stdout).unwrap()
}

fn gives(policy: &PolicyDocument, need: &Value) -> bool {
    let action: ActionName = need["action"].as_str().unwrap().parse().unwrap();
    let resource: ResourcePattern = need["resource"].as_str().unwrap().parse().unwrap();
    policy.statements.iter().any(|statement| {
        let Resources::Resource(entries) = &statement.resource else { return false };
        let same_condition = statement.conditions.iter().count() == need["condition"].as_object().unwrap().len();
        same_condition
            && statement.action.patterns().iter().any(|pattern| pattern.matches(&action))
            && entries.iter().any(|entry| entry.as_str().parse::<ResourcePattern>().unwrap().contains(&resource))
    })
}

/// Statements are put together without losing any of what is needed.
#[test]
fn the_policies_give_every_need() {
    let mut needs = 0;
    for (name, options) in
        [(JETS, &WHERE[..]), ("plain/service.yaml", &[]), ("sam-orders/template.yaml", &[]), ("cdk", &[])]
    {
        let report = report(name, options);
        for document in report["stacks"][0]["documents"].as_array().unwrap() {
            let policies: Vec<PolicyDocument> = document["policies"]
                .as_array()
                .unwrap()
                .iter()
                .map(|policy| PolicyDocument::parse(&policy.to_string()).unwrap())
                .collect();
            for need in document["needs"].as_array().unwrap() {
                assert!(policies.iter().any(|policy| gives(policy, need)), "{name}: {need}");
                needs += 1;
            }
        }
    }
    assert!(needs > 600, "{needs}");
}

#[test]
fn one_policy_or_one_for_each_who_needs_one() {
    let report = report(JETS, &WHERE);
    let whom = |report: &Value| -> Vec<String> {
        let documents = report["stacks"][0]["documents"].as_array().unwrap();
        documents.iter().map(|document| document["neededBy"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(whom(&report), ["caller", "once"]);
    let split = self::report(JETS, &[&WHERE[..], &["--service-role", "cloudformation"]].concat());
    assert_eq!(whom(&split), ["caller", "cloudformation", "once"]);
    let actions = |document: usize| -> Vec<String> {
        let needs = split["stacks"][0]["documents"][document]["needs"].as_array().unwrap();
        needs.iter().map(|need| need["action"].as_str().unwrap().to_owned()).collect()
    };
    assert!(actions(0).iter().all(|action| action.starts_with("cloudformation:")));
    assert!(actions(1).iter().all(|action| !action.starts_with("cloudformation:")));
    assert!(actions(1).contains(&"lambda:DeleteFunction".to_owned()));
}

#[test]
fn a_policy_alone_is_ready_to_be_used() {
    let done = deploy(JETS, &[&WHERE[..], &["--service-role", "cloudformation", "--format", "policy"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let policy = PolicyDocument::parse(&done.stdout).unwrap();
    assert!(policy.statements.iter().all(|statement| statement.sid.is_some()));
    // What has to be split is written to files, and nothing of it is printed.
    let done = deploy(JETS, &[&WHERE[..], &["--format", "policy"]].concat());
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
    assert!(done.stderr.contains("--out DIR"), "{}", done.stderr);
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let done = deploy(JETS, &[&WHERE[..], &["--out", out.to_str().unwrap()]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for file in ["caller.1.json", "caller.2.json", "once.json"] {
        let text = std::fs::read_to_string(out.join("policies/my-cool-prefix-dev").join(file)).unwrap();
        PolicyDocument::parse(&text).unwrap();
    }
    assert!(out.join("report.json").is_file());
}

#[test]
fn findings_tell_what_is_open() {
    let done = deploy("plain/service.yaml", &["--stack", "billing"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for text in [
        "template-type-unknown",
        "nothing is known of what AWS::Quasar::Nebula takes (Odd)",
        "Key (AWS::KMS::Key) is named by an id alone, so the whole type is granted for kms:DisableKey",
        "names are those of the defaults Name=billing, Zone=Z0123456789ABC",
    ] {
        assert!(done.stdout.contains(text), "{text}\n{}", done.stdout);
    }
    assert_eq!(deploy("plain/service.yaml", &["--stack", "billing", "--exit-code"]).code, Some(1));
    let done = deploy(JETS, &[]);
    assert!(done.stdout.contains("stack-name-assumed"), "{}", done.stdout);
}

#[test]
fn uploads_are_added_on_request() {
    let options = [&WHERE[..], &["--artifacts", "s3://deploy-artifacts/jets/"]].concat();
    let report = report(JETS, &options);
    let needs = report["stacks"][0]["documents"][0]["needs"].as_array().unwrap();
    let on = |action: &str| -> Vec<&str> {
        let of_action = needs.iter().filter(|need| need["action"] == action);
        of_action.map(|need| need["resource"].as_str().unwrap()).collect()
    };
    assert_eq!(on("s3:PutObject"), ["arn:aws:s3:::deploy-artifacts/jets/*"]);
    let codes: Vec<&str> = report["stacks"][0]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert!(!codes.contains(&"template-artifacts"), "{codes:?}");
}

#[test]
fn what_cannot_be_read_is_an_error_with_a_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("broken.yaml");
    std::fs::write(&path, "Resources:\n  Queue: {Type: AWS::SQS::Queue}\n  Queue: {Type: AWS::SQS::Queue}\n").unwrap();
    let done = run(tighten().arg("template").arg(&path));
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
    assert!(done.stderr.contains("broken.yaml:3: the key `Queue` stands twice"), "{}", done.stderr);
    assert_eq!(deploy("none.yaml", &[]).code, Some(2));
    for wrong in [["--stack", "a/b"], ["--account", "12"], ["--parameter", "Name"], ["--artifacts", "bucket"]] {
        assert_eq!(deploy(JETS, &wrong).code, Some(2), "{wrong:?}");
    }
}
