//! One policy for the roles of a permission set.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Run, analyze, call, fixture, run, tighten, trail};

const ROLES: [&str; 2] = [
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Developer_0123456789abcdef",
    "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Developer_fedcba9876543210",
];

fn of_set(trail: &Path, arguments: &[&str]) -> Run {
    let mut command = analyze();
    command.args(["--quiet", "--allow-partial", "--permission-set", "Developer", "--trail-dir"]).arg(trail);
    run(command.args(arguments))
}

fn report(trail: &Path, arguments: &[&str]) -> Value {
    let done = of_set(trail, &[arguments, &["--format", "json"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    serde_json::from_str(&done.stdout).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    }
}

fn entries<'v>(policy: &'v Value, key: &str) -> BTreeSet<&'v str> {
    policy["Statement"].as_array().unwrap().iter().flat_map(|statement| texts(&statement[key])).collect()
}

#[test]
fn one_policy_allows_what_the_roles_of_all_accounts_used() {
    let trail = fixture("organisation");
    let done = of_set(&trail, &[]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let policy: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(done.stderr.is_empty() || !done.stderr.contains("error"), "{}", done.stderr);

    // No call of either role would have been denied by it.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("developer.json");
    std::fs::write(&file, &done.stdout).unwrap();
    let mut command = tighten();
    command.args(["replay", "--quiet", "--allow-partial", "--all", "--format", "json", "--principal"]);
    let replayed =
        run(command.args(["AWSReservedSSO_Developer_*", "--policy"]).arg(&file).arg("--trail-dir").arg(&trail));
    let replayed: Value = serde_json::from_str(&replayed.stdout).unwrap();
    let replayed = replayed["principals"].as_array().unwrap();
    let of: BTreeSet<&str> = replayed.iter().map(|one| one["principal"].as_str().unwrap()).collect();
    assert_eq!(of, BTreeSet::from(ROLES));
    for one in replayed {
        let calls = &one["calls"];
        assert!(calls["known"].as_u64().unwrap() > 50 && calls["allowed"] == calls["known"], "{calls}");
    }

    // It gives what the policies of the two roles give, and no more.
    let alone: Vec<Value> = ROLES
        .iter()
        .map(|role| {
            let mut command = analyze();
            command.args(["--quiet", "--allow-partial", "--principal", role, "--trail-dir"]).arg(&trail);
            serde_json::from_str(&run(&mut command).stdout).unwrap()
        })
        .collect();
    let both = |key: &str| alone.iter().flat_map(|policy| entries(policy, key)).collect::<BTreeSet<_>>();
    assert_eq!(entries(&policy, "Action"), both("Action"));
    assert_eq!(entries(&policy, "Resource"), both("Resource"));
}

#[test]
fn the_report_says_who_used_what_and_the_set_has_the_document() {
    let trail = fixture("organisation");
    let all = report(&trail, &[]);
    let set = &all["permissionSets"][0];
    assert_eq!((&set["name"], &set["roles"]), (&json!("Developer"), &json!(ROLES)));
    assert_eq!(set["accounts"], json!(["111122223333", "444455556666"]));
    assert_eq!(set["policy"]["limit"], 32_768);
    assert_eq!(all["permissionSets"].as_array().unwrap().len(), 1);
    let principals = all["principals"].as_array().unwrap();
    assert_eq!(principals.len(), 2);
    for principal in principals {
        assert_eq!(principal["documents"], json!([]));
        assert!(!principal["needs"].as_array().unwrap().is_empty());
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    assert_eq!(of_set(&trail, &["--out", out.to_str().unwrap()]).code, Some(0));
    let text = std::fs::read_to_string(out.join("policies/permission-set/Developer.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), set["policy"]["document"]);
    assert_eq!(std::fs::read_dir(out.join("policies")).unwrap().count(), 1);
    // Another run, without the set, takes it away.
    let again = run(analyze().args(["--quiet", "--allow-partial", "--out"]).arg(&out).arg("--trail-dir").arg(&trail));
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(!out.join("policies/permission-set/Developer.json").exists());
}

#[test]
fn what_is_called_the_same_in_two_accounts_is_listed_for_each() {
    let of = |id: &str, account: &str, hash: &str| {
        let role = format!("AWSReservedSSO_Reader_{hash}");
        let arn = format!("arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{role}");
        call(
            id,
            "sqs.amazonaws.com",
            "GetQueueAttributes",
            &json!({
                "recipientAccountId": account,
                "requestParameters": { "queueUrl": format!("https://sqs.eu-west-1.amazonaws.com/{account}/jobs") },
                "userIdentity": { "type": "AssumedRole", "accountId": account,
                    "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/me@example.com"),
                    "sessionContext": { "sessionIssuer": { "type": "Role", "accountId": account, "userName": role, "arn": arn } } },
            }),
        )
    };
    let dir = trail(&[of("1", "111122223333", "0123456789abcdef"), of("2", "444455556666", "fedcba9876543210")]);
    let mut command = analyze();
    let done = run(command.args(["--permission-set", "Reader", "--trail-dir"]).arg(dir.path()));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let policy: Value = serde_json::from_str(&done.stdout).unwrap();
    let queue = |account: &str| format!("arn:aws:sqs:eu-west-1:{account}:jobs");
    assert_eq!(policy["Statement"][0]["Resource"], json!([queue("111122223333"), queue("444455556666")]));
    assert!(done.stderr.contains("note: `Reader` is 2 roles: "), "{}", done.stderr);
    assert!(!done.stdout.contains("example.com") && !done.stderr.contains("example.com"));
}

#[test]
fn a_set_that_is_not_there_is_an_error_with_what_was_meant() {
    let trail = fixture("organisation");
    let with = |arguments: &[&str]| run(analyze().args(arguments).arg("--trail-dir").arg(&trail));
    let done = with(&["--quiet", "--permission-set", "Developers"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
    let message = "no role of the permission set `Developers` made a call in these logs";
    assert!(done.stderr.contains(message) && done.stderr.contains("did you mean `Developer`?"), "{}", done.stderr);
    for more in [["--current", "policy.json"], ["--principal", "deploy"]] {
        assert_eq!(with(&[&["--permission-set", "Developer"], more.as_slice()].concat()).code, Some(2));
    }
}
