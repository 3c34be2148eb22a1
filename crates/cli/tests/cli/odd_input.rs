//! Documents that IAM holds and nothing matches, documents that it would refuse, and files that are no logs.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Run, analyze, call, run, tighten, trail};

fn put(dir: &Path, name: &str, content: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn allow(actions: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
}

fn role(name: &str, document: &Value) -> Value {
    json!({
        "RoleName": name, "RoleId": "AROAEXAMPLEEXAMPLE00", "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
        "Path": "/", "CreateDate": "2024-01-01T00:00:00Z", "AssumeRolePolicyDocument": {},
        "RolePolicyList": [{"PolicyName": "main", "PolicyDocument": document}], "AttachedManagedPolicies": [],
    })
}

fn account(roles: &[Value]) -> String {
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": [], "IsTruncated": false})
        .to_string()
}

fn listing(id: &str) -> Value {
    call(id, "s3.amazonaws.com", "ListBuckets", &json!({}))
}

fn in_dir(dir: &Path, arguments: &[&str]) -> Run {
    run(tighten().current_dir(dir).args(arguments))
}

#[test]
fn an_action_that_nothing_matches_is_told_and_compared_as_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for (name, action) in [("blank", "sns:Publish "), ("list", "sns:Publish;Subscribe"), ("empty", "sns:")] {
        put(dir.path(), "with.json", &allow(&json!([action, "sqs:SendMessage"])).to_string());
        put(dir.path(), "without.json", &allow(&json!("sqs:SendMessage")).to_string());
        let done = in_dir(dir.path(), &["diff", "with.json", "without.json"]);
        assert_eq!(done.code, Some(0), "{name}: {}", done.stderr);
        assert!(done.stdout.starts_with("equal "), "{name}: {}", done.stdout);
        let note = format!("note: `with.json`: Statement[0]: no action is called `{action}`");
        assert!(done.stderr.starts_with(&note), "{name}: {}", done.stderr);
    }
}

#[test]
fn one_odd_document_does_not_hold_up_the_account() {
    let logs = trail(&[listing("1")]);
    let dir = tempfile::tempdir().unwrap();
    let odd = allow(&json!(["sns:Publish ", "sqs:SendMessage"]));
    let broken = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Permit", "Action": "*", "Resource": "*"}]});
    let used = allow(&json!(["s3:ListAllMyBuckets", "s3:DeleteBucket"]));
    put(dir.path(), "details.json", &account(&[role("deploy", &used), role("odd", &odd), role("broken", &broken)]));
    let done = run(analyze()
        .current_dir(dir.path())
        .args(["--account-authorization-details", "details.json", "--format", "json", "--trail-dir"])
        .arg(logs.path()));
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    assert!(done.stderr.contains("no action is called `sns:Publish `, so it matches nothing"), "{}", done.stderr);
    let left_out =
        format!("warning: left out, and stays as it is: the policy `main` in `arn:aws:iam::{ACCOUNT}:role/broken`");
    assert!(done.stderr.contains(&left_out), "{}", done.stderr);
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(report["narrowing"]["policies"].as_array().unwrap().len(), 2);
}

#[test]
fn a_single_document_that_cannot_be_read_is_a_failure() {
    let dir = tempfile::tempdir().unwrap();
    for action in ["Publish", " sns:Publish", "s?s:Publish"] {
        put(dir.path(), "p.json", &allow(&json!(action)).to_string());
        let done = in_dir(dir.path(), &["diff", "p.json", "p.json"]);
        assert_eq!(done.code, Some(2), "{action}");
    }
}

#[test]
fn files_beside_the_logs_are_left_out_however_many() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "AWSLogs/log.json", &json!({"Records": [listing("1")]}).to_string());
    for at in 0..4 {
        put(
            dir.path(),
            &format!("AWSLogs/elasticloadbalancing/{at}.log"),
            "h2 2026-05-01T12:00:00Z app/web 203.0.113.1",
        );
        put(dir.path(), &format!("AWSLogs/vpcflowlogs/{at}.log"), "2 111122223333 eni-1 203.0.113.1 10.0.0.1 1 2 6");
    }
    put(dir.path(), ".DS_Store", "\u{0}\u{0}\u{0}\u{1}Bud1");
    put(dir.path(), "README.md", "# Logs\n");
    for arguments in [["analyze", "--principal", "deploy", "--trail-dir"].as_slice(), &["needs", "--trail-dir"]] {
        let done = run(tighten().args(arguments).arg(dir.path()));
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(done.stdout.contains("s3:ListAllMyBuckets"), "{}", done.stdout);
    }
    // Without the log there is none.
    std::fs::remove_file(dir.path().join("AWSLogs/log.json")).unwrap();
    put(dir.path(), "AWSLogs/other.json", r#"{"configSnapshotId": "1", "configurationItems": []}"#);
    let done = run(tighten().args(["analyze", "--trail-dir"]).arg(dir.path()));
    assert_eq!(done.code, Some(2), "{}", done.stdout);
    assert!(done.stderr.contains("no CloudTrail logs"), "{}", done.stderr);
}

/// A policy whose narrowing spells out so much that it takes more than a managed policy may hold.
fn wide() -> String {
    let services = [
        "cloudwatch",
        "connect",
        "dynamodb",
        "ec2",
        "glue",
        "iot",
        "kinesis",
        "lambda",
        "logs",
        "mobiletargeting",
        "quicksight",
        "s3",
        "sagemaker",
        "sns",
        "sqs",
    ];
    allow(&services.iter().map(|service| format!("{service}:*")).collect()).to_string()
}

#[test]
fn a_policy_over_its_quota_is_told_first_and_is_no_success() {
    let days = ["2026-04-01", "2026-04-20", "2026-05-01"];
    let records: Vec<Value> = days
        .iter()
        .map(|day| call(day, "s3.amazonaws.com", "ListBuckets", &json!({"eventTime": format!("{day}T12:00:00Z")})))
        .collect();
    let logs = trail(&records);
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "wide.json", &wide());
    let ask = |more: &[&str]| {
        let mut command = analyze();
        command.current_dir(dir.path()).args(["--principal", "deploy", "--current", "wide.json"]).args(more);
        run(command.arg("--trail-dir").arg(logs.path()))
    };
    let printed = ask(&[]);
    assert!(printed.stderr.starts_with("error: quota-exceeded: "), "{}", printed.stderr);
    assert_eq!(printed.code, Some(2));
    serde_json::from_str::<Value>(&printed.stdout).unwrap();
    // Of several documents that are written, the others can be used.
    assert_eq!(ask(&["--out", "out"]).code, Some(1));
    // A report tells it among the findings.
    let report = ask(&["--format", "json"]);
    assert!(report.code == Some(0) && report.stdout.contains("\"quota-exceeded\""), "{}", report.stderr);
}

#[test]
fn a_proof_says_what_it_leaves_out() {
    let kms = call(
        "1",
        "kms.amazonaws.com",
        "Decrypt",
        &json!({"resources": [{
            "ARN": format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/00000000-0000-4000-8000-000000000001"),
            "type": "AWS::KMS::Key", "accountId": ACCOUNT,
        }]}),
    );
    let logs = trail(&[kms, listing("2"), call("3", "unheard.amazonaws.com", "Do", &json!({}))]);
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "p.json", &allow(&json!(["s3:ListAllMyBuckets", "s3:DeleteBucket"])).to_string());
    let arguments = ["--principal", "deploy", "--current", "p.json", "--min-window", "0d", "--trail-dir"];
    let done = run(analyze().current_dir(dir.path()).args(arguments).arg(logs.path()));
    let proof = "replay: 3 calls, 2 distinct needs: the one that today's policies allow is still allowed\n  left out of this \
                 proof: 1 need that the policies given do not allow (something else did); 1 call of which it is not known \
                 what was needed\n";
    assert!(done.stderr.contains(proof), "{}", done.stderr);
    let done = run(analyze().current_dir(dir.path()).args(["--format", "json"]).args(arguments).arg(logs.path()));
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    let replay = &report["narrowing"]["principals"][0]["replay"];
    let counts = ["calls", "unmapped", "needs", "allowedBefore", "allowedAfter", "leftOut"].map(|key| &replay[key]);
    assert_eq!(counts, [3, 1, 2, 1, 1, 1], "{replay}");
}
