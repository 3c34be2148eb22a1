//! `tighten replay`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Run, analyze, call, call_by, fixture, run, small, tighten, trail};

const RELEASE: &str = "arn:aws:iam::111122223333:role/ci/github/release";
const WORKER: &str = "arn:aws:iam::444455556666:role/workers/media-worker";

/// The policy that `analyze` generates for the only principal of a fixture.
fn generated(trail: &Path) -> Value {
    let done = run(analyze().args(["--quiet", "--principal", "*", "--trail-dir"]).arg(trail));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    serde_json::from_str(&done.stdout).unwrap()
}

fn replay(trail: &Path, policies: &[&str], arguments: &[&str]) -> Run {
    let dir = tempfile::tempdir().unwrap();
    let mut command = tighten();
    command.current_dir(dir.path()).arg("replay");
    for (number, policy) in policies.iter().enumerate() {
        let file = format!("policy{number}.json");
        std::fs::write(dir.path().join(&file), policy).unwrap();
        command.args(["--policy", &file]);
    }
    run(command.args(arguments).arg("--trail-dir").arg(trail))
}

/// What documents of several kinds would have done, each given by its option.
fn tried_json(trail: &Path, documents: &[(&str, &str)], arguments: &[&str]) -> Value {
    let done = tried(trail, documents, &[arguments, &["--format", "json"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    serde_json::from_str(&done.stdout).unwrap()
}

fn tried(trail: &Path, documents: &[(&str, &str)], arguments: &[&str]) -> Run {
    let dir = tempfile::tempdir().unwrap();
    let mut command = tighten();
    command.current_dir(dir.path()).args(["replay", "--quiet", "--allow-partial"]);
    for (number, (option, document)) in documents.iter().enumerate() {
        let file = format!("document{number}.json");
        std::fs::write(dir.path().join(&file), document).unwrap();
        command.args([option, file.as_str()]);
    }
    run(command.args(arguments).arg("--trail-dir").arg(trail))
}

fn replay_json(trail: &Path, policies: &[&str]) -> Value {
    let done = replay(trail, policies, &["--format", "json"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&done.stdout).unwrap()
}

/// The calls of the only principal, as `[known, allowed, denied, depends, partly, unmapped]`.
fn calls(report: &Value) -> [u64; 6] {
    assert_eq!(report["principals"].as_array().unwrap().len(), 1);
    let calls = &report["principals"][0]["calls"];
    ["known", "allowed", "denied", "depends", "partly", "unmapped"].map(|key| calls[key].as_u64().unwrap())
}

/// The needs with a verdict, as action, resource, and count.
fn needs<'r>(report: &'r Value, verdicts: &[&str]) -> Vec<(&'r str, &'r str, u64)> {
    let needs = report["principals"][0]["needs"].as_array().unwrap();
    let wanted = needs.iter().filter(|need| verdicts.contains(&need["verdict"].as_str().unwrap()));
    wanted
        .map(|need| {
            (need["action"].as_str().unwrap(), need["resource"].as_str().unwrap(), need["count"].as_u64().unwrap())
        })
        .collect()
}

fn statement(policy: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{policy}]}}"#)
}

const EVERYTHING: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;

#[test]
fn the_generated_policy_allows_every_call() {
    for (name, principal, total) in [("ci-pass-role", RELEASE, 20), ("data-plane-worker", WORKER, 48)] {
        let trail = fixture(name);
        let policy = generated(&trail).to_string();
        let report = replay_json(&trail, &[&policy]);
        assert_eq!(report["principals"][0]["principal"], principal);
        assert_eq!(calls(&report), [total, total, 0, 0, 0, 0], "{name}");
        assert_eq!((&report["verdict"], &report["schemaVersion"]), (&json!("allowed"), &json!(1)));
        assert_eq!(replay(&trail, &[&policy], &["--exit-code"]).code, Some(0));
        assert!(report["principals"][0]["nowAllowed"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_statement_that_is_taken_out_denies_exactly_its_calls() {
    let trail = fixture("data-plane-worker");
    let mut policy = generated(&trail);
    let statements = policy["Statement"].as_array_mut().unwrap();
    let gone = |statement: &Value| statement["Action"].to_string().contains("sqs:ReceiveMessage");
    assert_eq!(statements.iter().filter(|statement| gone(statement)).count(), 1);
    statements.retain(|statement| !gone(statement));
    let report = replay_json(&trail, &[&policy.to_string()]);
    let denied = needs(&report, &["implicit-deny", "explicit-deny"]);
    let queue = "arn:aws:sqs:us-east-1:444455556666:media-jobs";
    let actions: Vec<&str> = denied.iter().map(|(action, _, _)| *action).collect();
    assert!(actions.contains(&"sqs:ReceiveMessage"), "{denied:?}");
    assert!(denied.iter().all(|(action, resource, _)| action.starts_with("sqs:") && *resource == queue), "{denied:?}");
    let events: u64 = denied.iter().map(|(_, _, count)| count).sum();
    // Each of these calls needs one permission of the statement.
    assert_eq!(calls(&report), [48, 48 - events, events, 0, 0, 0]);
    // The rest of the policy is what the rest of the calls needs.
    let receive = report["principals"][0]["needs"].as_array().unwrap();
    let receive = receive.iter().find(|need| need["action"] == "sqs:ReceiveMessage").unwrap();
    assert_eq!(receive["eventIds"].as_array().unwrap().len() as u64, receive["count"].as_u64().unwrap());
    assert_eq!((&receive["by"], &receive["calls"]), (&Value::Null, &json!(["sqs.amazonaws.com/ReceiveMessage"])));
    assert_eq!(replay(&trail, &[&policy.to_string()], &["--exit-code"]).code, Some(1));
    assert_eq!(replay(&trail, &[&policy.to_string()], &[]).code, Some(0));
}

#[test]
fn a_call_of_which_one_permission_is_gone_is_denied_once() {
    let trail = fixture("ci-pass-role");
    let mut policy = generated(&trail);
    let statements = policy["Statement"].as_array_mut().unwrap();
    statements.retain(|statement| !statement["Action"].to_string().contains("iam:PassRole"));
    let report = replay_json(&trail, &[&policy.to_string()]);
    let denied = needs(&report, &["implicit-deny"]);
    assert!(denied.len() > 5 && denied.iter().all(|(action, _, _)| *action == "iam:PassRole"), "{denied:?}");
    let [known, allowed, calls, ..] = calls(&report);
    // One call may pass several roles, and counts once.
    assert!(calls < denied.iter().map(|(_, _, count)| count).sum(), "{calls}: {denied:?}");
    assert_eq!(known, allowed + calls);
}

#[test]
fn a_denial_names_its_statement_and_its_file() {
    let trail = fixture("ci-pass-role");
    let policy = generated(&trail).to_string();
    let deny = statement(
        r#"{"Sid": "NoPass", "Effect": "Deny", "Action": "iam:PassRole", "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}"#,
    );
    let report = replay_json(&trail, &[&policy, &deny]);
    let denied = needs(&report, &["explicit-deny"]);
    assert_eq!(denied.len(), 2, "{denied:?}");
    assert!(denied.iter().all(|(action, ..)| *action == "iam:PassRole"));
    let first = &report["principals"][0]["needs"][0];
    assert_eq!(first["by"], json!({ "file": "policy1.json", "statement": 0, "sid": "NoPass" }));
    assert_eq!(first["context"], json!({ "iam:PassedToService": ["lambda.amazonaws.com"] }));
    let done = replay(&trail, &[&policy, &deny], &[]);
    assert!(done.stdout.contains("denied by `NoPass` (iam:PassedToService lambda.amazonaws.com)"), "{}", done.stdout);
}

#[test]
fn keys_that_the_logs_do_not_show_are_named() {
    let trail = fixture("data-plane-worker");
    let policy = statement(
        r#"{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
           {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}"#,
    );
    let report = replay_json(&trail, &[&policy]);
    let [known, allowed, denied, depends, ..] = calls(&report);
    assert_eq!((known, denied), (allowed + depends, 0));
    let open = needs(&report, &["depends"]);
    assert!(depends > 10 && open.iter().all(|(action, ..)| action.starts_with("s3:")), "{open:?}");
    assert_eq!(report["principals"][0]["needs"][0]["dependsOn"], json!(["aws:securetransport"]));
    let done = replay(&trail, &[&policy], &["--exit-code"]);
    assert_eq!(done.code, Some(1));
    let told = format!("{depends} decided by condition keys that the logs do not show");
    assert!(done.stdout.contains(&told), "{}", done.stdout);
}

#[test]
fn the_region_is_something_that_the_logs_show() {
    let trail = fixture("data-plane-worker");
    let within = |region: &str| {
        let condition = format!(r#""Condition": {{"StringEquals": {{"aws:RequestedRegion": "{region}"}}}}"#);
        calls(&replay_json(&trail, &[&statement(&EVERYTHING.replace(r#""*"}"#, &format!(r#""*", {condition}}}"#)))]))
    };
    assert_eq!(within("us-east-1"), [48, 48, 0, 0, 0, 0]);
    assert_eq!(within("eu-west-1"), [48, 0, 48, 0, 0, 0]);
}

#[test]
fn the_summary_of_a_small_trail() {
    let dir = trail(&small());
    let policy = statement(
        r#"{"Sid": "Functions", "Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
           {"Effect": "Allow", "Action": ["s3:GetObject", "ec2:Terminate*"], "Resource": "*", "Comment": "x"},
           {"Effect": "Allow", "Action": "ec2:TerminateInstances", "Resource": ["${INSTANCE}", "*"]}"#,
    );
    let done = replay(dir.path(), &[&policy], &[]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(done.stdout, @r"
    tighten 0.1.0  1 file, 7 records, judged by 1 policy document with 3 statements
      unknown-element  policy0.json, statement 1: `Comment` is no element of a policy: statements that have it are never taken to hold
      placeholder  policy0.json, statement 2: `${INSTANCE}` is a placeholder: what it stands for is not known, so verdicts may depend on it

    arn:aws:iam::111122223333:role/ci/deploy
      1 of 3 calls allowed; 1 would have been denied; 1 decided by condition keys that the logs do not show
      1 among the allowed: no permission is needed
      1 beside these: what was needed is not known

    Denied  what the calls needed and would not have had
      COUNT  ACTION        RESOURCE                                     WHY                                                                FIRST EVENT
          1  iam:PassRole  arn:aws:iam::111122223333:role/app/api-exec  no statement allows it (iam:PassedToService lambda.amazonaws.com)  02

    Depends  on condition keys that the logs do not show
      COUNT  ACTION        RESOURCE                             WHY      FIRST EVENT
          1  s3:GetObject  arn:aws:s3:::assets/site/index.html  Comment  01

    Not mapped to a permission  neither allowed nor denied, as far as is known
      COUNT  CALL                              REASON
          1  quasar.amazonaws.com ListNebulae  unknown-source

    Refused then, allowed now  calls that were denied, and that these policies would allow
      COUNT  ACTION                  RESOURCE
          1  ec2:TerminateInstances  arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0
    ");
}

#[test]
fn the_report_of_a_small_trail() {
    let dir = trail(&small());
    let policy = statement(r#"{"Effect": "Allow", "Action": ["lambda:*", "ec2:*"], "Resource": "*"}"#);
    let report = replay_json(dir.path(), &[&policy]);
    assert_eq!((&report["input"]["events"], &report["tool"]["name"]), (&json!(6), &json!("tighten")));
    assert_eq!(
        report["policies"],
        json!([{ "file": "policy0.json", "kind": "identity", "level": null, "statements": 1, "notes": [] }])
    );
    let principal = &report["principals"][0];
    assert_eq!(
        principal["calls"],
        json!({ "total": 4, "known": 3, "allowed": 1, "denied": 2, "depends": 0, "partly": 0, "noPermission": 1,
            "unmapped": 1, "notReplayed": 0 })
    );
    let evidence = |id: &str, time: &str, call: &str| json!({ "count": 1, "firstSeen": time, "lastSeen": time, "eventIds": [id], "regions": ["eu-west-1"], "calls": [call] });
    let with = |mut fields: Value, evidence: Value| {
        fields.as_object_mut().unwrap().extend(evidence.as_object().unwrap().clone());
        fields
    };
    assert_eq!(
        principal["needs"][0],
        with(
            json!({ "verdict": "implicit-deny", "action": "iam:PassRole",
                "resource": "arn:aws:iam::111122223333:role/app/api-exec", "certainty": "exact",
                "context": { "iam:PassedToService": ["lambda.amazonaws.com"] }, "via": null, "by": null,
                "withheldBy": null, "dependsOn": [], "doubt": null }),
            evidence("02", "2026-05-01T12:00:00Z", "lambda.amazonaws.com/CreateFunction20150331")
        )
    );
    let verdicts: Vec<&Value> = principal["needs"].as_array().unwrap().iter().map(|need| &need["verdict"]).collect();
    assert_eq!(verdicts, ["implicit-deny", "implicit-deny", "allowed"]);
    assert_eq!(principal["needs"][2]["by"], json!({ "file": "policy0.json", "statement": 0, "sid": null }));
    assert_eq!(
        principal["unmapped"],
        json!([{ "eventSource": "quasar.amazonaws.com", "eventName": "ListNebulae", "reason": "unknown-source",
            "count": 1, "eventIds": ["04"] }])
    );
    assert_eq!(
        principal["nowAllowed"],
        json!([with(
            json!({ "action": "ec2:TerminateInstances",
                "resources": ["arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0"], "otherResources": 0,
                "errorCode": "Client.UnauthorizedOperation", "via": null }),
            evidence("03", "2026-05-03T12:00:00Z", "ec2.amazonaws.com/TerminateInstances")
        )])
    );
}

#[test]
fn every_field_is_documented_and_every_documented_field_exists() {
    let dir = trail(&small());
    let policy = statement(
        r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"Bool": {"x:y": "true"}}},
           {"Effect": "Allow", "Action": ["lambda:*", "ec2:*", "no:such"], "Resource": "*"}"#,
    );
    let mut found = BTreeSet::new();
    fields(&replay_json(dir.path(), &[&policy]), String::new(), &mut found);
    let conditional = statement(&EVERYTHING.replace('}', r#", "Condition": {"Bool": {"x:y": "true"}}}"#));
    fields(&replay_json(dir.path(), &[&conditional]), String::new(), &mut found);
    let list = statement(r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}"#);
    fields(&tried_json(dir.path(), &[("--scp", &list)], &[]), String::new(), &mut found);
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/replay.md")).unwrap();
    let (_, text) = text.split_once("\n## JSON\n").unwrap();
    let documented: BTreeSet<String> =
        text.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned())).collect();
    assert_eq!(found.difference(&documented).collect::<Vec<_>>(), Vec::<&String>::new(), "not documented");
    assert_eq!(documented.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "not in any report");
}

/// The paths of all values. What was read and what made the report are described with the other report.
fn fields(value: &Value, path: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) if path != "input" && path != "tool" => {
            for (key, value) in map {
                let key = if path == "principals[].needs[].context" { "*" } else { key };
                fields(value, if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, format!("{path}[]"), found)),
        // What is null here is an object elsewhere.
        Value::Null if path == "principals[].needs[].by" || path == "principals[].needs[].withheldBy" => {}
        _ => {
            found.insert(path);
        }
    }
}

#[test]
fn several_principals_are_a_question() {
    let mut records = small();
    records.push(call_by("other", "11", "sqs.amazonaws.com", "ListQueues", &json!({})));
    let dir = trail(&records);
    let policy = statement(EVERYTHING);
    let done = replay(dir.path(), &[&policy], &[]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(done.stderr, @r"
    error: 2 principals made these calls
      a policy is judged by the calls of one: choose it with `--principal`, or take `--all`
        arn:aws:iam::111122223333:role/ci/deploy
        arn:aws:iam::111122223333:role/other
    ");
    assert_eq!(replay(dir.path(), &[&policy], &["--principal", "other"]).code, Some(0));
    let all = replay(dir.path(), &[&policy], &["--all"]);
    assert!(all.stdout.contains("role/other\n  1 of 1 call allowed\n"), "{}", all.stdout);
    assert!(all.stdout.contains("role/ci/deploy\n  3 of 3 calls allowed\n"), "{}", all.stdout);
    let unknown = replay(dir.path(), &[&policy], &["--principal", "othr"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("did you mean `other`?"), "{}", unknown.stderr);
}

#[test]
fn an_arn_in_full_chooses_one_of_two_that_differ_in_case() {
    let of = |id: &str, role: &str| call_by(role, id, "sqs.amazonaws.com", "ListQueues", &json!({}));
    let dir = trail(&[of("1", "admin"), of("2", "Admin")]);
    let with = |principal: &str| replay(dir.path(), &[&statement(EVERYTHING)], &["--principal", principal]);
    assert_eq!(with("admin").code, Some(2));
    let one = with("arn:aws:iam::111122223333:role/Admin");
    assert!(one.stdout.contains("role/Admin\n  1 of 1 call allowed\n"), "{}{}", one.stdout, one.stderr);
    assert!(!one.stdout.contains("role/admin"));
}

#[test]
fn root_is_bound_by_no_policy() {
    let root = json!({ "userIdentity": { "type": "Root", "accountId": ACCOUNT, "principalId": ACCOUNT,
        "arn": format!("arn:aws:iam::{ACCOUNT}:root") } });
    let dir = trail(&[call("1", "sqs.amazonaws.com", "ListQueues", &root)]);
    let done = replay(dir.path(), &[&statement(EVERYTHING)], &[]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("nothing to replay for `arn:aws:iam::111122223333:root`"), "{}", done.stderr);
}

#[test]
fn policies_that_cannot_be_read_are_errors_with_the_file_and_the_key() {
    let dir = trail(&small());
    let wrong = statement(r#"{"Effect": "Allow", "Action": ["s3:*", "ec2"], "Resource": "*"}"#);
    let done = replay(dir.path(), &[&statement(EVERYTHING), &wrong], &[]);
    assert_eq!(done.code, Some(2));
    let key = "`policy1.json` is not a policy: Statement[0].Action[1]: `ec2` has no service prefix";
    assert!(done.stderr.contains(key), "{}", done.stderr);
    let missing = run(tighten().args(["replay", "--policy", "no-such-file", "--trail-dir"]).arg(dir.path()));
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("cannot read the policy `no-such-file`"), "{}", missing.stderr);
}

#[test]
fn input_that_could_not_be_read_ends_with_3() {
    let mut records = small();
    records.push(json!(7));
    let dir = trail(&records);
    let with = |arguments: &[&str]| replay(dir.path(), &[&statement(EVERYTHING)], arguments).code;
    assert_eq!((with(&[]), with(&["--allow-partial"])), (Some(3), Some(0)));
    let none = statement(r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#);
    let with = |arguments: &[&str]| replay(dir.path(), &[&none], arguments).code;
    assert_eq!((with(&["--exit-code"]), with(&["--exit-code", "--allow-partial"])), (Some(3), Some(1)));
}

#[test]
fn bytes_are_equal_at_any_number_of_threads() {
    let policy = statement(r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::*"}"#);
    let with = |threads: &str| {
        let arguments = ["--all", "--format", "json", "--allow-partial", "--quiet", "--threads", threads];
        replay(&fixture("organisation"), &[&policy], &arguments)
    };
    let one = with("1");
    assert!(one.code == Some(0) && one.stdout.len() > 10_000, "{}", one.stderr);
    assert_eq!(with("4"), one);
    // Every call of the fold is found again, one by one.
    let report: Value = serde_json::from_str(&one.stdout).unwrap();
    let principals = report["principals"].as_array().unwrap();
    assert!(principals.len() > 5 && principals.iter().all(|principal| principal["calls"]["notReplayed"] == 0));
}

#[test]
fn no_text_of_logs_or_policies_reaches_the_terminal_as_it_is() {
    let evil = "x\u{1b}[2J\u{9b}31m\r\n\u{202e}gnp\u{200b}\u{7}";
    let read = json!({ "eventCategory": "Data", "requestParameters": { "bucketName": "b", "key": evil },
        "resources": [{ "type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::b/{evil}") }] });
    let records = [
        call(evil, "s3.amazonaws.com", "GetObject", &read),
        call("2", &format!("s{evil}"), evil, &json!({})),
        call("3", "s3.amazonaws.com", "PutObject", &read),
    ];
    let dir = trail(&records);
    let policy = json!({ "Statement": [
        { "Sid": evil, "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", evil: 1 },
        { "Sid": evil, "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*" },
        { "Effect": "Allow", "Action": "*", "Resource": [format!("${{{evil}}}"), "*"], "Condition": { "Bool": { evil: "true" } } },
    ] });
    for format in ["text", "json"] {
        let done = replay(dir.path(), &[&policy.to_string()], &["--format", format]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}');
        assert!(!done.stdout.contains(bad) && !done.stderr.contains(bad), "{done:?}");
        assert!(done.stdout.contains("\\u"), "{}", done.stdout);
    }
}

#[test]
fn copies_are_those_that_analyze_counts_once() {
    let queue = |more: Value| {
        let mut record =
            call("q1", "sqs.amazonaws.com", "GetQueueUrl", &json!({ "requestParameters": { "queueName": "jobs" } }));
        for (key, value) in more.as_object().unwrap() {
            record[key] = value.clone();
        }
        record
    };
    let dir = tempfile::tempdir().unwrap();
    let policy = dir.path().join("policy.json");
    std::fs::write(
        &policy,
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
    )
    .unwrap();
    // With the same id: a copy with another time of the day, a copy without its category, and the call that failed.
    for (other, events) in [
        (json!({ "eventTime": "2026-05-01T13:00:00Z" }), 1),
        (json!({ "eventCategory": null }), 1),
        (json!({ "errorCode": "QueueDoesNotExist" }), 2),
    ] {
        let logs = trail(&[queue(json!({})), queue(other.clone())]);
        let of = |command: &str| {
            let mut command_line = tighten();
            command_line.arg(command).args(["--format", "json", "--trail-dir"]).arg(logs.path());
            if command == "replay" {
                command_line.arg("--policy").arg(&policy);
            }
            serde_json::from_str::<Value>(&run(&mut command_line).stdout).unwrap()
        };
        assert_eq!(of("analyze")["input"]["events"], json!(events), "{other}");
        let calls = &of("replay")["principals"][0]["calls"];
        assert_eq!((&calls["total"], &calls["notReplayed"]), (&json!(events), &json!(0)), "{other}");
    }
}

/// Who would have lost how many calls, and of how many it is not sure.
fn losses(report: &Value) -> Vec<(String, u64, u64)> {
    let principals = report["principals"].as_array().unwrap().iter();
    let of = |one: &Value| {
        let count = |key: &str| one["calls"][key].as_u64().unwrap();
        let name = one["principal"].as_str().unwrap().trim_start_matches("arn:aws:iam::").to_owned();
        (name, count("denied"), count("depends") + count("partly"))
    };
    principals.map(of).filter(|(_, denied, open)| denied + open > 0).collect()
}

fn named(losses: &[(&str, u64)]) -> Vec<(String, u64, u64)> {
    losses.iter().map(|(name, denied)| ((*name).to_owned(), *denied, 0)).collect()
}

#[test]
fn what_an_organisation_tries_out_is_judged_for_everyone() {
    let trail = fixture("organisation");
    let deny = statement(r#"{"Sid": "NoQueues", "Effect": "Deny", "Action": "sqs:*", "Resource": "*"}"#);
    let report = tried_json(&trail, &[("--scp", &deny)], &[]);
    let all = report["principals"].as_array().unwrap();
    assert_eq!(all.len(), 12);
    // A denial is judged beside the document that allows everything; what is lost is what needs the service.
    let lost = losses(&report);
    for (name, denied, _) in &lost {
        let principal = all.iter().find(|one| one["principal"].as_str().unwrap().ends_with(name.as_str())).unwrap();
        let needs = principal["needs"].as_array().unwrap().iter().filter(|need| need["verdict"] == "explicit-deny");
        let needs: Vec<&Value> = needs.collect();
        assert!(needs.iter().all(|need| need["action"].as_str().unwrap().starts_with("sqs:")), "{name}");
        assert!(needs.iter().all(|need| need["by"]["sid"] == "NoQueues" && !need["eventIds"][0].is_null()), "{name}");
        assert_eq!(needs.iter().map(|need| need["count"].as_u64().unwrap()).sum::<u64>(), *denied, "{name}");
    }
    assert!(lost.len() > 2 && lost.is_sorted_by(|a, b| a.1 >= b.1), "{lost:?}");
    // Resource control policies bind the same queues.
    let everyone = deny.replace("\"Effect\"", "\"Principal\": \"*\", \"Effect\"");
    assert_eq!(losses(&tried_json(&trail, &[("--rcp", &everyone)], &[])), lost);
    assert!(losses(&tried_json(&trail, &[("--scp", &statement(EVERYTHING))], &[])).is_empty());
    let page = tried(&trail, &[("--scp", &deny)], &[]).stdout;
    assert!(page.contains("Who would have lost calls  most first"), "{page}");
    assert!(page.contains("denied by `NoQueues`") && page.contains("would have lost nothing"), "{page}");
}

#[test]
fn accounts_and_conditions_say_whom_a_control_policy_binds() {
    let at = |account: &str| {
        json!({ "userIdentity": { "type": "AssumedRole", "accountId": account,
        "arn": format!("arn:aws:sts::{account}:assumed-role/deploy/run"),
        "sessionContext": { "sessionIssuer": { "type": "Role", "accountId": account, "userName": "deploy",
            "arn": format!("arn:aws:iam::{account}:role/deploy") } } }, "recipientAccountId": account })
    };
    let root = json!({ "userIdentity": { "type": "Root", "accountId": ACCOUNT, "principalId": ACCOUNT,
        "arn": format!("arn:aws:iam::{ACCOUNT}:root") } });
    let dir = trail(&[
        call("1", "sqs.amazonaws.com", "ListQueues", &at(ACCOUNT)),
        call("2", "sqs.amazonaws.com", "ListQueues", &at("444455556666")),
        call("3", "sqs.amazonaws.com", "ListQueues", &root),
    ]);
    let deny = |condition: &str| {
        statement(&format!(r#"{{"Effect": "Deny", "Action": "sqs:*", "Resource": "*", "Condition": {condition}}}"#))
    };
    let of = |condition: &str, arguments: &[&str]| {
        losses(&tried_json(dir.path(), &[("--scp", &deny(condition))], arguments))
    };
    let (one, other, root) = ("111122223333:role/deploy", "444455556666:role/deploy", "111122223333:root");
    assert_eq!(of("{}", &[]), named(&[(one, 1), (root, 1), (other, 1)]));
    assert_eq!(of("{}", &["--management-account", ACCOUNT]), named(&[(other, 1)]));
    assert_eq!(of("{}", &["--principal", "deploy"]), named(&[(one, 1), (other, 1)]));
    let exempt = r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}"#;
    assert_eq!(of(exempt, &[]), named(&[(root, 1)]));
    let open = of(r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}"#, &[]);
    assert_eq!(open.iter().map(|(_, denied, open)| (*denied, *open)).collect::<Vec<_>>(), [(0, 1); 3]);
    let done = tried(dir.path(), &[("--scp", &deny("{}"))], &["--management-account", "main"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("`--management-account main` is not the id of an account"), "{}", done.stderr);
}

#[test]
fn a_list_of_services_on_one_level_says_what_it_leaves_out() {
    let dir = trail(&small());
    let list = statement(r#"{"Effect": "Allow", "Action": ["lambda:*", "iam:*"], "Resource": "*"}"#);
    let reads = statement(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#);
    // Each file is a level, and every level must allow.
    let report = tried_json(dir.path(), &[("--scp", &list), ("--scp", &reads)], &[]);
    assert_eq!(calls(&report), [3, 1, 2, 0, 0, 1]);
    let withheld = |need: &Value| (need["action"].clone(), need["withheldBy"].clone());
    let needs: Vec<(Value, Value)> =
        report["principals"][0]["needs"].as_array().unwrap().iter().map(withheld).collect();
    let by = |file: &str| json!({ "kind": "service-control", "files": [file] });
    assert!(needs.contains(&(json!("iam:PassRole"), by("document1.json"))), "{needs:?}");
    assert!(needs.contains(&(json!("s3:GetObject"), by("document0.json"))), "{needs:?}");
    assert_eq!(report["policies"][1]["level"], 1);
    // Joined, they are one level.
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let joined = format!("{},{}", file("a.json", &list), file("b.json", &reads));
    let report = tried_json(dir.path(), &[], &["--scp", &joined]);
    assert_eq!(calls(&report), [3, 3, 0, 0, 0, 1]);
    assert!(tried(dir.path(), &[("--scp", &list)], &[]).stdout.contains("nothing in document0.json allows it"));
}

#[test]
fn a_boundary_is_one_principals_and_limits_its_policies() {
    let trail = fixture("data-plane-worker");
    let policy = generated(&trail).to_string();
    let boundary = statement(r#"{"Effect": "Allow", "Action": ["sqs:*", "s3:*"], "Resource": "*"}"#);
    let report = tried_json(&trail, &[("--policy", &policy), ("--boundary", &boundary)], &[]);
    let [known, allowed, denied, depends, partly, _] = calls(&report);
    assert_eq!((known, denied + depends, allowed + partly), (48, 0, 48));
    assert!(partly > 0);
    let doubts: BTreeSet<&str> =
        report["principals"][0]["needs"].as_array().unwrap().iter().filter_map(|need| need["doubt"].as_str()).collect();
    assert_eq!(doubts, BTreeSet::from(["resource-policy"]));
    let several = tried(&fixture("organisation"), &[("--boundary", &boundary)], &[]);
    assert_eq!(several.code, Some(2));
    assert!(several.stderr.contains("11 principals made these calls"), "{}", several.stderr);
    let twice = tried(&trail, &[("--boundary", &boundary), ("--boundary", &boundary)], &[]);
    assert_eq!(twice.code, Some(2));
}
