//! `tighten analyze --current` and `--account-authorization-details`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Run, analyze, call, fixture, run, tighten, trail};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

fn narrow(trail: &Path, current: &Path, arguments: &[&str]) -> Run {
    run(analyze().arg("--trail-dir").arg(trail).arg("--current").arg(current).args(arguments))
}

/// The report of the organisation's account, with more arguments.
fn details(arguments: &[&str]) -> Value {
    let mut command = analyze();
    command.arg("--trail-dir").arg(fixture("organisation")).arg("--account-authorization-details");
    command.arg(file("authorization/details.json")).args(["--allow-partial", "--format", "json"]).args(arguments);
    let done = run(&mut command);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    serde_json::from_str(&done.stdout).unwrap()
}

#[test]
fn one_policy_is_printed_with_its_layout_and_the_proofs_beside_it() {
    let current = file("policies/sst-deploy.json");
    let arguments =
        ["--principal", "storefront-deploy", "--define", "REGION=us-east-1", "--define", "ACCOUNT=111122223333"];
    let done = narrow(&fixture("sst-deploy"), &current, &arguments);
    // It spells out so much that no managed policy holds it.
    assert!(done.stderr.starts_with("error: quota-exceeded: "), "{}", done.stderr);
    assert_eq!(done.code, Some(2));
    let old = std::fs::read_to_string(&current).unwrap();
    let (before, after) = old.split_once("    {\n      \"Sid\": \"Deployments\"").unwrap();
    let after = after.split_once("\n    },\n").unwrap().1;
    assert!(done.stdout.starts_with(before) && done.stdout.ends_with(after), "{}", done.stdout);
    assert!(done.stdout.len() > old.len() && done.stdout.contains("arn:aws:sqs:REGION:ACCOUNT:storefront-production-"));
    for proof in ["replay: 93 calls, ", "inclusion: nothing new is allowed", "holdout: not possible"] {
        assert!(done.stderr.contains(proof), "{}", done.stderr);
    }
    // What was narrowed is what the replay is about.
    let dir = tempfile::tempdir().unwrap();
    let narrowed = dir.path().join("narrowed.json");
    let filled = done.stdout.replace("REGION", "us-east-1").replace("ACCOUNT", "111122223333");
    std::fs::write(&narrowed, filled).unwrap();
    let replayed =
        run(tighten().arg("replay").arg("--policy").arg(&narrowed).arg("--trail-dir").arg(fixture("sst-deploy")));
    assert!(replayed.stdout.contains("93 of 93"), "{}", replayed.stdout);
}

#[test]
fn a_policy_is_of_one_principal_unless_all_are_asked_for() {
    let trail = fixture("organisation");
    let current = file("policies/administrator.json");
    let several = narrow(&trail, &current, &["--account", "111122223333"]);
    assert_eq!(several.code, Some(2));
    assert!(
        several.stderr.contains("principals made these calls") && several.stderr.contains("--all"),
        "{}",
        several.stderr
    );
    let all = narrow(
        &trail,
        &current,
        &["--account", "111122223333", "--all", "--format", "json", "--quiet", "--allow-partial"],
    );
    let report: Value = serde_json::from_str(&all.stdout).unwrap();
    let policies = report["narrowing"]["policies"].as_array().unwrap();
    assert!(policies.len() > 3 && policies.iter().all(|policy| policy["holders"].as_array().unwrap().len() == 1));
    let nobody = narrow(&trail, &current, &["--principal", "github-deplyo"]);
    assert_eq!(nobody.code, Some(2));
    assert!(nobody.stderr.contains("did you mean `github-deploy`"), "{}", nobody.stderr);
}

#[test]
fn what_a_trail_records_decides_what_is_called_unused() {
    let dir = tempfile::tempdir().unwrap();
    let current = dir.path().join("current.json");
    let statement = json!({ "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObjectAcl"], "Resource": "*" });
    std::fs::write(&current, json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()).unwrap();
    let narrowed = |arguments: &[&str]| -> Value {
        let done =
            narrow(&fixture("data-plane-worker"), &current, &[&["--principal", "media-worker"], arguments].concat());
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        serde_json::from_str(&done.stdout).unwrap()
    };
    assert_eq!(narrowed(&[])["Statement"][0], statement);
    let selectors = file("selectors/all-data.json");
    let known = narrowed(&["--event-selectors", selectors.to_str().unwrap()]);
    assert_eq!(known["Statement"][0]["Action"], json!(["s3:GetObject"]));
    assert_ne!(known["Statement"][0]["Resource"], "*");
}

#[test]
fn everybodys_policies_are_narrowed_at_once() {
    let report = details(&[]);
    let narrowing = &report["narrowing"];
    let outcomes: BTreeMap<&str, &str> = narrowing["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| (policy["name"].as_str().unwrap(), policy["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes["arn:aws:iam::111122223333:policy/app-runtime"], "narrowed");
    assert_eq!(outcomes["orders-only"], "unchanged");
    assert_eq!(outcomes["budgets"], "unused");
    let mut calls = 0;
    for proof in narrowing["principals"].as_array().unwrap() {
        assert_eq!(proof["replay"]["allowedBefore"], proof["replay"]["allowedAfter"], "{proof}");
        assert!(matches!(proof["included"].as_str(), Some("documents" | "statements" | "same")));
        assert_eq!(proof["holdout"]["outcome"], "replayed");
        let needs = |counts: &Value| counts["needs"].as_u64().unwrap();
        assert!(needs(&proof["holdout"]["replay"]) <= needs(&proof["replay"]), "{proof}");
        calls += proof["replay"]["calls"].as_u64().unwrap();
    }
    assert!(calls > 1000);
    // Whoever is chosen, a shared policy keeps what the others need.
    let one = details(&["--principal", "orders-api-exec"]);
    let document = |report: &Value| -> Value {
        let policies = report["narrowing"]["policies"].as_array().unwrap().iter();
        let mut shared = policies.filter(|policy| policy["name"] == "arn:aws:iam::111122223333:policy/app-runtime");
        shared.next().unwrap()["document"].clone()
    };
    assert_eq!(document(&one), document(&report));
}

#[test]
fn a_policy_of_an_account_that_cannot_be_read_is_input_that_could_not_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("details.json");
    let text = std::fs::read_to_string(file("authorization/details.json")).unwrap();
    let mut details: Value = serde_json::from_str(&text).unwrap();
    details["RoleDetailList"][2]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Effect"] = json!("Maybe");
    std::fs::write(&path, details.to_string()).unwrap();
    let narrowed = |more: &[&str]| {
        let mut command = analyze();
        // All of these logs can be read.
        command.arg("--trail-dir").arg(fixture("sst-deploy")).arg("--account-authorization-details").arg(&path);
        run(command.args(more))
    };
    let done = narrowed(&[]);
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    let policy = "warning: left out, and stays as it is: the policy `deploy` in \
                  `arn:aws:iam::111122223333:role/ci/github-deploy` is not a policy: Statement[0].Effect: `Maybe` is \
                  neither `Allow` nor `Deny`\n";
    assert_eq!(done.stderr.matches(policy).count(), 1, "{}", done.stderr);
    assert!(done.stderr.contains("not all input could be read (unreadable-policy 1)"), "{}", done.stderr);
    assert!(done.stdout.contains("arn:aws:iam::111122223333:policy/app-runtime"), "the others go on");
    assert!(done.stdout.contains("warning unreadable-policy\n    the policy `deploy` in"), "{}", done.stdout);
    assert_eq!(narrowed(&["--allow-partial"]).code, Some(0));
    std::fs::write(&path, text).unwrap();
    assert_eq!(narrowed(&[]).code, Some(0));
}

#[test]
fn narrowed_documents_are_written_as_they_are_and_cleared_away_later() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    details(&["--out", out.to_str().unwrap()]);
    let unchanged = out.join("policies/111122223333/role/orders-api-exec/orders-only.json");
    let text = std::fs::read_to_string(&unchanged).unwrap();
    assert!(serde_json::from_str::<Value>(&text).unwrap()["Statement"].is_array());
    assert!(out.join("policies/111122223333/policy/app-runtime.json").exists());
    details(&["--out", out.to_str().unwrap(), "--principal", "terraform"]);
    assert!(!unchanged.exists() && out.join("policies/111122223333/role/terraform/AdministratorAccess.json").exists());
}

#[test]
fn guard_rails_come_from_tighten_toml() {
    let dir = tempfile::tempdir().unwrap();
    let settings = dir.path().join("tighten.toml");
    let text = "min-window = \"40d\"\n[[never-grant]]\naction = \"iam:CreateUser\"\n";
    std::fs::write(&settings, text).unwrap();
    let report = details(&["--config", settings.to_str().unwrap()]);
    for policy in report["narrowing"]["policies"].as_array().unwrap() {
        assert_eq!(policy["young"]["why"], "window", "{}", policy["name"]);
    }
    let codes: Vec<&str> = report["principals"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|principal| principal["findings"].as_array().unwrap())
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"too-young"), "{codes:?}");
}

#[test]
fn what_cannot_be_read_is_named_before_any_log_is() {
    let missing = narrow(Path::new("/nonexistent"), Path::new("no-such-policy.json"), &[]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("cannot read the policy `no-such-policy.json`"), "{}", missing.stderr);
    let selectors = narrow(
        &fixture("sst-deploy"),
        &file("policies/administrator.json"),
        &["--event-selectors", file("policies/administrator.json").to_str().unwrap()],
    );
    assert_eq!(selectors.code, Some(2));
    assert!(selectors.stderr.contains("holds no event selectors"), "{}", selectors.stderr);
}

#[test]
fn what_a_service_did_goes_to_a_role_of_that_service() {
    let trail = fixture("jets-deploy");
    let report = |arguments: &[&str]| -> Value {
        let done = run(analyze()
            .arg("--trail-dir")
            .arg(&trail)
            .args(["--format", "json", "--service-role", "cloudformation"])
            .args(arguments));
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        serde_json::from_str(&done.stdout).unwrap()
    };
    let actions = |document: &Value| document.to_string().contains("iam:CreateRole");
    let generated = report(&[]);
    let documents = generated["principals"][0]["documents"].as_array().unwrap();
    let [own, services] = documents.as_slice() else { panic!("{documents:?}") };
    assert!(own.get("service").is_none() && !actions(&own["document"]));
    assert_eq!((&services["service"], actions(&services["document"])), (&json!("cloudformation"), true));
    assert_eq!(services["path"], "policies/444455556666/role/jets-deployer.cloudformation-role.json");
    let jets = file("policies/jets-broad.json");
    let narrowed = report(&["--current", jets.to_str().unwrap()]);
    let policy = &narrowed["narrowing"]["policies"][0]["document"];
    assert!(!actions(policy), "{policy}");
    // What the service needed is not the principal's any more, so none of it is lost.
    let needs = |report: &Value| {
        let proof = &report["narrowing"]["principals"][0]["replay"];
        assert_eq!(proof["allowedBefore"], proof["allowedAfter"]);
        proof["needs"].as_u64().unwrap()
    };
    let whole = run(analyze().arg("--trail-dir").arg(&trail).args(["--format", "json", "--current"]).arg(jets));
    let whole: Value = serde_json::from_str(&whole.stdout).unwrap();
    assert!((1..needs(&whole)).contains(&needs(&narrowed)));
}

#[test]
fn a_proof_says_that_calls_for_roles_of_services_are_not_judged() {
    let mut through =
        call("s1", "sqs.amazonaws.com", "CreateQueue", &json!({ "requestParameters": { "queueName": "jobs" } }));
    through["userIdentity"]["invokedBy"] = json!("cloudformation.amazonaws.com");
    let own = call("s2", "sqs.amazonaws.com", "GetQueueUrl", &json!({ "requestParameters": { "queueName": "jobs" } }));
    let logs = trail(&[through, own]);
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/policies/administrator.json");
    let narrowed = |more: &[&str]| {
        let mut command = tighten();
        command.args(["analyze", "--format", "text", "--current", policy, "--trail-dir"]).arg(logs.path()).args(more);
        run(&mut command).stdout
    };
    let told = "some of the calls: what services with roles of their own did";
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(narrowed(&["--service-role", "cloudformation"])).contains(told));
    assert!(!words(narrowed(&[])).contains(told));
}
