//! `tighten explain`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Run, call, call_by, fixture, run, tighten, trail};

const DEPLOY: &str = "storefront-deploy";

fn policies(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/policies").join(name)
}

fn explain(trail: &Path, words: &[&str], options: &[&str]) -> Run {
    let nowhere = tempfile::tempdir().unwrap();
    let mut command = tighten();
    command.current_dir(nowhere.path()).args(["explain", "--quiet", "--allow-partial"]);
    run(command.args(words).args(options).arg("--trail-dir").arg(trail))
}

/// The explanation of one action of the deploy in `sst-deploy`, with the policy that it has today.
fn sst(words: &[&str], options: &[&str]) -> Value {
    with_sst(words, options, json_of)
}

fn sst_both(words: &[&str], options: &[&str]) -> (Value, String) {
    with_sst(words, options, both)
}

fn with_sst<T>(words: &[&str], options: &[&str], explained: fn(&Path, &[&str], &[&str]) -> T) -> T {
    let current = policies("sst-deploy.json");
    let mut all = vec!["--current", current.to_str().unwrap()];
    all.extend(["--define", "REGION=us-east-1", "--define", "ACCOUNT=111122223333"]);
    all.extend(options);
    let words: Vec<&str> = std::iter::once(DEPLOY).chain(words.iter().copied()).collect();
    explained(&fixture("sst-deploy"), &words, &all)
}

fn json_of(trail: &Path, words: &[&str], options: &[&str]) -> Value {
    let with: Vec<&str> = options.iter().copied().chain(["--format", "json"]).collect();
    let json = explain(trail, words, &with);
    assert_eq!((json.code, json.stderr.as_str()), (Some(0), ""), "{words:?}");
    serde_json::from_str(&json.stdout).unwrap()
}

/// The explanation in JSON and in text, which say the same first.
fn both(trail: &Path, words: &[&str], options: &[&str]) -> (Value, String) {
    let report = json_of(trail, words, options);
    let text = explain(trail, words, options);
    assert_eq!((text.code, text.stderr.as_str()), (Some(0), ""), "{words:?}");
    assert_eq!(text.stdout.lines().next(), report["answer"]["message"].as_str(), "{words:?}");
    (report, text.stdout)
}

fn answer(report: &Value) -> (&str, &str) {
    (report["answer"]["code"].as_str().unwrap(), report["answer"]["reason"].as_str().unwrap())
}

fn message(report: &Value) -> &str {
    report["answer"]["message"].as_str().unwrap()
}

/// What is known of the action in each statement, as statement, verdict and whether it stays.
fn verdicts(report: &Value) -> Vec<(u64, &str, bool)> {
    let statements = report["statements"].as_array().unwrap().iter();
    statements
        .map(|one| {
            (one["statement"].as_u64().unwrap(), one["verdict"].as_str().unwrap(), one["kept"].as_bool().unwrap())
        })
        .collect()
}

#[test]
fn what_was_used_is_kept_on_what_it_was_used_on() {
    let (report, text) = sst_both(&["sqs:CreateQueue"], &[]);
    assert_eq!(answer(&report), ("narrowed", "used"));
    assert_eq!(message(&report), "kept, on less than today: used once, last on 2026-05-11");
    assert_eq!(verdicts(&report), [(4, "used", true)]);
    let statement = &report["statements"][0];
    assert_eq!((&statement["sid"], &statement["actions"]), (&json!("Deployments"), &json!(["*"])));
    let queue = "storefront-production-OrdersQueue-mwcsxekf";
    assert_eq!(statement["becomes"][0]["resources"], json!([format!("arn:aws:sqs:REGION:ACCOUNT:{queue}")]));
    let used = &report["uses"][0];
    assert_eq!(used["mappedBy"][0]["by"], "same-name");
    assert_eq!(used["resources"][0]["resource"], format!("arn:aws:sqs:us-east-1:111122223333:{queue}"));
    assert_eq!(used["resources"][0]["answeredBy"][0]["statement"], 4);
    assert_eq!((&used["count"], &report["visibility"]["observable"]), (&json!(1), &json!("full")));
    assert!(text.contains("statement 4 (Deployments)"), "{text}");
}

#[test]
fn each_statement_answers_for_its_own_uses() {
    let report = sst(&["s3:PutObject"], &[]);
    assert_eq!(verdicts(&report), [(0, "used", true), (1, "used", true), (4, "used", true)]);
    let on = |at: usize| -> BTreeSet<&str> {
        let uses = report["statements"][at]["uses"].as_array().unwrap();
        uses.iter().map(|used| used["resource"].as_str().unwrap()).collect()
    };
    assert!(on(0).iter().all(|one| one.starts_with("arn:aws:s3:::sst-state-")) && on(0).len() == 2, "{:?}", on(0));
    assert_eq!(on(1).into_iter().collect::<Vec<_>>(), ["arn:aws:s3:::sst-asset-kdnhwmfc/assets/0f3c2a.zip"]);
    assert!(on(2).iter().all(|one| one.starts_with("arn:aws:s3:::storefront-")) && on(2).len() == 3, "{:?}", on(2));
    assert_eq!(
        (&report["statements"][0]["asWritten"], &report["statements"][2]["asWritten"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn what_was_not_used_goes_where_its_use_would_have_been_recorded() {
    let (report, text) = sst_both(&["ec2:RunInstances"], &[]);
    assert_eq!(answer(&report), ("removed", "unused"));
    assert_eq!(message(&report), "removed: not used in 1 day, and its use would have been recorded");
    assert_eq!(verdicts(&report), [(4, "unused", false)]);
    assert_eq!((&report["uses"], &report["statements"][0]["becomes"]), (&json!([]), &json!([])));
    assert_eq!((&report["risk"]["class"], &report["risk"]["with"]), (&json!("escalation"), &json!(["iam:PassRole"])));
    assert!(text.contains("\nRisk  escalation\n"), "{text}");
}

#[test]
fn of_two_statements_the_one_that_was_used_stays() {
    let report = sst(&["ssm:DeleteParameter"], &[]);
    assert_eq!(verdicts(&report), [(4, "unused", false), (5, "used", true)]);
    assert_eq!(answer(&report), ("narrowed", "used"));
}

#[test]
fn what_could_not_be_seen_is_kept_and_says_what_would_show_it() {
    let (report, text) = sst_both(&["iot:Connect"], &[]);
    assert_eq!(answer(&report), ("kept", "not-observable"));
    assert!(
        message(&report)
            .starts_with("kept although not seen: data events of AWS::IoT::Certificate are not recorded (inferred)")
    );
    assert_eq!(verdicts(&report), [(4, "not-observable", true), (6, "not-observable", true)]);
    let gap = &report["visibility"]["gaps"][0];
    assert_eq!(
        (&gap["code"], &gap["inferred"], &gap["remedy"]["kind"]),
        (&json!("data-events"), &json!(true), &json!("selector"))
    );
    assert!(text.contains("would help"), "{text}");
    let report = sst(&["iot:Connect"], &["--unobservable", "drop"]);
    assert_eq!(answer(&report), ("removed", "not-observable"));
    assert!(message(&report).starts_with("removed although its use could have gone unrecorded: data events"));
}

#[test]
fn rules_and_youth_are_told() {
    let report = sst(&["ec2:RunInstances"], &["--keep", "ec2:Run*"]);
    assert_eq!(answer(&report), ("kept", "kept-by-rule"));
    let report = sst(&["sqs:CreateQueue"], &["--never-grant", "sqs:*"]);
    assert_eq!(answer(&report), ("removed", "never-granted"));
    assert!(message(&report).ends_with("although it was used once"), "{}", message(&report));
    let (report, text) = sst_both(&["ec2:RunInstances"], &["--min-window", "30d"]);
    assert_eq!(answer(&report), ("kept", "too-young"));
    assert_eq!(message(&report), "kept although not seen: there are records of 1 day, and it takes 30");
    assert_eq!(report["statements"][0]["young"]["needed"], 30);
    assert!(text.contains("stays as it is"), "{text}");
    let report = sst(&["sqs:ListQueues"], &["--granularity", "service"]);
    assert_eq!(answer(&report), ("kept", "with-service"));
}

#[test]
fn a_resource_is_judged_by_the_policies_of_today_and_by_the_narrowed_ones() {
    let judged = |report: &Value| {
        let on = &report["resource"];
        (on["before"]["verdict"].as_str().unwrap().to_owned(), on["after"]["verdict"].as_str().unwrap().to_owned())
    };
    let both = |before: &str, after: &str| (before.to_owned(), after.to_owned());
    let queue = "arn:aws:sqs:us-east-1:111122223333:storefront-production-OrdersQueue-mwcsxekf";
    let (report, text) = sst_both(&["sqs:CreateQueue", queue], &[]);
    assert_eq!((answer(&report), judged(&report)), (("kept", "used"), both("allowed", "allowed")));
    assert_eq!(
        (&report["resource"]["before"]["sid"], &report["uses"][0]["resources"][0]["fit"]),
        (&json!("Deployments"), &json!("same"))
    );
    assert!(text.contains("today        allowed by"), "{text}");
    let report = sst(&["sqs:CreateQueue", "arn:aws:sqs:us-east-1:111122223333:other"], &[]);
    assert_eq!((answer(&report), judged(&report)), (("removed", "used-elsewhere"), both("allowed", "implicit-deny")));
    assert_eq!(report["uses"][0]["resources"][0]["fit"], "other");
    let report = sst(&["s3:GetObject", "arn:aws:s3:::sst-asset-other/key"], &[]);
    assert_eq!(answer(&report), ("kept", "used-elsewhere"), "the author's pattern stays");
    let concerns = |at: usize| report["statements"][at]["concerns"].as_bool().unwrap();
    assert!(!concerns(0) && concerns(1) && concerns(2));
    let report = sst(&["s3:PutObject", "arn:aws:s3:::elsewhere/key"], &[]);
    assert_eq!(answer(&report), ("kept", "not-observable"));
    let report = sst(&["ec2:DescribeInstances", "arn:aws:ec2:us-east-1:111122223333:instance/i-1"], &[]);
    assert_eq!(report["resource"]["judged"], "*");
    assert!(report["resource"]["note"].as_str().unwrap().contains("only `*` has an effect"));
    let report = sst(&["lambda:CreateFunction", "arn:aws:s3:::bucket"], &[]);
    assert!(report["resource"]["note"].as_str().unwrap().starts_with("no resource of the action has such an ARN"));
}

#[test]
fn a_role_is_passed_under_the_condition_that_its_use_met() {
    let role = "arn:aws:iam::111122223333:role/storefront-production-ApiHandlerRole-tnxubdce";
    let (report, text) = sst_both(&["iam:PassRole", role], &[]);
    assert_eq!(answer(&report), ("kept", "used"));
    assert_eq!(report["resource"]["after"]["verdict"], "allowed", "in the context of the use");
    let condition = &report["statements"][0]["becomes"][0]["conditions"][0];
    assert_eq!(
        condition,
        &json!({ "operator": "StringEquals", "key": "iam:PassedToService", "values": ["lambda.amazonaws.com"] })
    );
    assert!(text.contains("if iam:PassedToService StringEquals lambda.amazonaws.com"), "{text}");
    let (report, text) = both(&fixture("ci-pass-role"), &["release", "iam:PassRole"], &[]);
    assert_eq!((answer(&report), &report["policies"]), (("granted", "used"), &json!("generated")));
    assert!(report["generated"].as_array().unwrap().len() > 3);
    let links = report["uses"].as_array().unwrap().iter().flat_map(|one| one["mappedBy"].as_array().unwrap());
    let mut passing = links.filter(|link| link["by"] == "pass-role" && !link["evidence"].as_str().unwrap().is_empty());
    assert!(passing.any(|link| link["call"] == "ecs.amazonaws.com/RunTask"));
    assert_eq!(report["refused"][0]["resources"], json!(["arn:aws:iam::111122223333:role/organisation-admin"]));
    assert!(text.contains("Refused  denials grant nothing"), "{text}");
}

#[test]
fn without_policies_of_today_the_generated_one_is_explained() {
    let worker = fixture("data-plane-worker");
    let (report, text) = both(&worker, &["media-worker", "kms:Decrypt"], &[]);
    assert_eq!(answer(&report), ("granted", "used"));
    let via: BTreeSet<&str> = report["uses"].as_array().unwrap().iter().filter_map(|one| one["via"].as_str()).collect();
    assert_eq!(via.into_iter().collect::<Vec<_>>(), ["secretsmanager.amazonaws.com", "sqs.amazonaws.com"]);
    assert!(text.contains("via          sqs.amazonaws.com, which called with the principal's permissions"), "{text}");
    let other = "arn:aws:kms:us-east-1:444455556666:key/9f8e7d6c-5b4a-4938-8271-605f4e3d2c1b";
    let report = json_of(&worker, &["media-worker", "kms:Decrypt", other], &[]);
    assert_eq!(answer(&report), ("not-granted", "used-elsewhere"));
    assert_eq!(report["resource"]["before"], Value::Null);
    let pass = fixture("ci-pass-role");
    let report = json_of(&pass, &["release", "ecs:RunTask"], &[]);
    assert_eq!((&report["granted"][0]["why"], &report["granted"][0]["count"]), (&json!("minted"), &json!(1)));
    let report = json_of(&pass, &["release", "s3:GetObject"], &[]);
    assert_eq!(answer(&report), ("not-granted", "not-observable"));
    let report = json_of(&pass, &["release", "ec2:TerminateInstances"], &[]);
    assert_eq!(answer(&report), ("not-granted", "unused"));
    let organisation = fixture("organisation");
    let report = json_of(&organisation, &["github-deploy", "kms:ScheduleKeyDeletion"], &[]);
    assert_eq!((answer(&report), &report["answer"]["evidence"]["count"]), (("not-granted", "refused"), &json!(8)));
    assert!(message(&report).contains("it was refused 8 times, last on 2026-05-"));
    let report = json_of(&organisation, &["arn:aws:iam::777788889999:root", "s3:GetObject"], &[]);
    assert_eq!(answer(&report), ("not-granted", "no-policies"));
}

#[test]
fn statements_that_deny_are_shown_and_decide() {
    let organisation = fixture("organisation");
    let current = policies("with-deny.json");
    let with = ["--current", current.to_str().unwrap()];
    let (report, text) = both(&organisation, &["github-deploy", "kms:ScheduleKeyDeletion"], &with);
    assert_eq!(answer(&report), ("removed", "unused"));
    assert!(message(&report).ends_with("; it was refused 8 times"), "{}", message(&report));
    assert_eq!(report["denials"][0]["sid"], "StayInOurRegions");
    assert!(text.contains("if           aws:RequestedRegion StringNotEquals us-east-1,"), "{text}");
    let bucket = "arn:aws:s3:::example-org-trail";
    let report = json_of(&organisation, &["github-deploy", "s3:PutBucketPolicy", bucket], &with);
    assert_eq!(answer(&report), ("denied", "denied"));
    assert!(message(&report).contains("statement 1 (KeepTheEvidence) of "), "{}", message(&report));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("deny.json");
    let statement = |effect: &str, action: &str| json!({ "Effect": effect, "Action": action, "Resource": "*" });
    let document =
        json!({ "Version": "2012-10-17", "Statement": [statement("Allow", "*"), statement("Deny", "iam:*")] });
    std::fs::write(&file, document.to_string()).unwrap();
    let with = ["--current", file.to_str().unwrap()];
    let report = json_of(&organisation, &["github-deploy", "iam:CreateUser"], &with);
    assert_eq!((answer(&report), verdicts(&report)), (("denied", "denied"), vec![(0, "unused", false)]));
}

#[test]
fn policies_of_an_account_tell_of_others_and_of_boundaries() {
    let details = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/authorization/details.json");
    let with = ["--account-authorization-details", details.to_str().unwrap()];
    let organisation = fixture("organisation");
    let (report, text) = both(&organisation, &["orders-api-exec", "dynamodb:GetItem"], &with);
    assert_eq!(answer(&report), ("kept", "used"));
    let worker = "arn:aws:iam::111122223333:role/service-role/media-worker-exec";
    let by: Vec<&str> =
        report["uses"].as_array().unwrap().iter().map(|one| one["principal"].as_str().unwrap()).collect();
    assert!(by[0].ends_with("/orders-api-exec") && by.contains(&worker), "{by:?}");
    assert!(text.contains(&format!("by           {worker}")), "{text}");
    let report = json_of(&organisation, &["github-deploy", "iam:CreateUser"], &with);
    assert_eq!(
        (answer(&report), &report["boundary"]["verdict"]),
        (("not-granted", "not-allowed"), &json!("explicit-deny"))
    );
    let report = json_of(&organisation, &["github-deploy", "kms:ScheduleKeyDeletion"], &with);
    assert_eq!(answer(&report), ("not-granted", "refused"));
    // Somebody who holds policies and did nothing.
    let report = json_of(&organisation, &["omar", "ec2:RunInstances"], &with);
    assert_eq!(report["principal"], "arn:aws:iam::111122223333:user/people/omar");
}

#[test]
fn what_the_policies_of_today_do_not_allow_was_let_through_by_others() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("policy.json");
    let statement = json!({ "Effect": "Allow", "Action": ["sqs:*", "quasar:Shine"], "Resource": "arn:aws:sqs:*:*:a" });
    std::fs::write(&file, json!({ "Version": "2012-10-17", "Statement": statement }).to_string()).unwrap();
    let with = ["--current", file.to_str().unwrap()];
    let logs = trail(&[
        call("01", "sns.amazonaws.com", "ListTopics", &json!({ "readOnly": true })),
        call("02", "sns.amazonaws.com", "Sparkle", &json!({})),
    ]);
    let (report, text) = both(logs.path(), &["deploy", "sns:ListTopics"], &with);
    assert_eq!(answer(&report), ("not-granted", "used-not-allowed"));
    assert!(message(&report).contains("no policy of today allows it, but it was used once"));
    assert_eq!(report["unmapped"][0]["eventName"], "Sparkle");
    assert!(text.contains("sns.amazonaws.com/Sparkle: 1 call (unknown-call)"), "{text}");
    // An action that a policy names is explained, whether or not the catalog knows it.
    let report = json_of(logs.path(), &["deploy", "quasar:Shine"], &with);
    assert_eq!(answer(&report), ("kept", "not-observable"));
    assert_eq!(report["accessLevel"], "unknown");
}

#[test]
fn what_is_mistyped_is_answered_with_what_may_have_been_meant() {
    let logs = fixture("ci-pass-role");
    for (principal, action, expected) in [
        ("release", "s3:GetObjct", "there is no action `s3:GetObjct`\n  did you mean `s3:GetObject`,"),
        (
            "release",
            "s3:ListObjects",
            "is an API call, and explanations are of IAM actions\n  did you mean `s3:ListBucket`?",
        ),
        ("release", "HeadObject", "the call needs `s3-outposts:GetObject`, `s3:GetObject`,"),
        ("release", "s3.amazonaws.com/ListObjectsV2", "did you mean `s3:ListBucket`?"),
        ("release", "s3:*", "`s3:*` is a pattern, and one action is explained at a time\n  name one, such as `s3:"),
        ("release", "nonsense", "there is no action `nonsense`\n  an action looks like `s3:GetObject`"),
        ("release", "lamda:Invoke", "no service has the prefix `lamda`\n  did you mean `lambda:Invoke`"),
        ("relaese", "s3:GetObject", "no principal in these logs matches `relaese`\n  did you mean `release`?"),
    ] {
        let done = explain(&logs, &[principal, action], &[]);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{action}");
        assert!(done.stderr.contains(expected), "{action}: {}", done.stderr);
    }
    let done = explain(&logs, &["release", "s3:GetObject", "bucket/key"], &[]);
    assert!(done.code == Some(2) && done.stderr.contains("`bucket/key` is no resource"), "{}", done.stderr);
    let done = explain(&fixture("organisation"), &["*", "s3:GetObject"], &[]);
    assert!(
        done.code == Some(2) && done.stderr.contains("principals match `*`\n  give the ARN of one:"),
        "{}",
        done.stderr
    );
    for idle in [&["--all"][..], &["--principal", "x"], &["--holdout", "3d"], &["--details"]] {
        let done = explain(&logs, &["release", "s3:GetObject"], idle);
        assert!(done.code == Some(2) && done.stderr.contains("has no effect on `tighten explain`"), "{}", done.stderr);
    }
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let evil = "x\u{1b}[2J\u{202e}";
    let logs = trail(&[call_by(
        "ci/deploy",
        "01\u{1b}[31m",
        "s3.amazonaws.com",
        "GetObject",
        &json!({
            "awsRegion": format!("eu{evil}"),
            "eventCategory": "Data",
            "requestParameters": { "bucketName": "b", "key": evil },
            "resources": [{ "type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::b/{evil}") }],
        }),
    )]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("policy.json");
    let statement = json!({
        "Sid": evil, "Effect": "Allow", "Action": "s3:*", "Resource": ["*", format!("arn:aws:s3:::{evil}")],
        "Condition": { "StringEquals": { "aws:SourceVpce": evil } },
    });
    std::fs::write(&file, json!({ "Version": "2012-10-17", "Statement": statement }).to_string()).unwrap();
    let safe = |done: &Run| {
        let shown = format!("{}{}", done.stdout, done.stderr);
        !shown.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}'))
    };
    for options in [&[][..], &["--current", file.to_str().unwrap()]] {
        for words in [&["deploy", "s3:GetObject"][..], &["deploy", "s3:GetObject", "arn:aws:s3:::b/\u{1b}[2J"]] {
            for format in ["text", "json"] {
                let done = explain(logs.path(), words, &[options, &["--format", format]].concat());
                assert_eq!(done.code, Some(0), "{}", done.stderr);
                assert!(safe(&done), "{done:?}");
                assert!(done.stdout.contains("\\u"), "{}", done.stdout);
            }
        }
    }
    let done = explain(logs.path(), &["deploy", "s3:Get\u{1b}[2J"], &[]);
    assert!(done.code == Some(2) && safe(&done), "{done:?}");
}

#[test]
fn what_could_not_be_read_ends_with_three() {
    let logs = trail(&[call("01", "sqs.amazonaws.com", "ListQueues", &json!({ "readOnly": true }))]);
    std::fs::write(logs.path().join("broken.json"), "{\"Records\": [{").unwrap();
    let done = run(tighten().args(["explain", "deploy", "sqs:ListQueues", "--trail-dir"]).arg(logs.path()));
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    assert!(done.stdout.starts_with("granted: used once, last on 2026-05-01\n"), "{}", done.stdout);
}

#[test]
fn every_field_is_documented_and_every_documented_field_exists() {
    let mut found = Paths::default();
    let mut add = |report: &Value| paths(report, "", &mut found);
    let role = "arn:aws:iam::111122223333:role/storefront-production-ApiHandlerRole-tnxubdce";
    add(&sst(&["iam:PassRole", role], &[]));
    add(&sst(&["ec2:RunInstances"], &["--min-window", "30d"]));
    add(&sst(&["iot:Connect"], &[]));
    add(&sst(&["ssm:DeleteParameter"], &[]));
    add(&json_of(&fixture("ci-pass-role"), &["release", "iam:PassRole"], &[]));
    add(&json_of(&fixture("ci-pass-role"), &["release", "ecs:RunTask"], &[]));
    // A call that left a type open.
    add(&json_of(&fixture("organisation"), &["ines", "ec2:StartInstances"], &[]));
    let details = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/authorization/details.json");
    let accounts = ["--account-authorization-details", details.to_str().unwrap()];
    add(&json_of(&fixture("organisation"), &["github-deploy", "kms:ScheduleKeyDeletion"], &accounts));
    let current = policies("with-deny.json");
    let denying = ["--current", current.to_str().unwrap()];
    let refused = ["github-deploy", "kms:ScheduleKeyDeletion", "arn:aws:kms:us-east-1:111122223333:key/1"];
    add(&json_of(&fixture("organisation"), &refused, &denying));
    let conditions = policies("conditions.json");
    let with = ["--current", conditions.to_str().unwrap()];
    add(&json_of(&fixture("organisation"), &["github-deploy", "s3:GetObject", "arn:aws:s3:::b/k"], &with));
    let (leaves, mut all) = found;
    // Described elsewhere, or in another list.
    let elsewhere = |path: &str| {
        ["tool.", "input.", "suspected[].", "unmapped[].", "answer.gaps[]", "statements[].gaps[]."]
            .iter()
            .any(|start| path.starts_with(start))
            || path.contains("remedy.")
    };
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/explain.md")).unwrap();
    let (_, fields) = text.split_once("| field | type | meaning |").unwrap();
    let documented: BTreeSet<String> =
        fields.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned())).collect();
    let missing = |path: &&String| !elsewhere(path) && !documented.contains(*path);
    assert_eq!(leaves.iter().filter(missing).collect::<Vec<_>>(), Vec::<&String>::new(), "not documented");
    // Nothing of the fixtures is allowed twice on the same resources, or suspected, and no narrowed pattern reaches what only
    // others used.
    all.extend(
        [
            "statements[].narrowedTo[].others",
            "statements[].noEffect.policy",
            "statements[].noEffect.statement",
            "suspected[]",
            "unmapped[]",
        ]
        .map(str::to_owned),
    );
    assert_eq!(documented.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new(), "in no explanation");
}

/// Paths of values that hold no others, and of all values.
type Paths = (BTreeSet<String>, BTreeSet<String>);

fn paths(value: &Value, path: &str, found: &mut Paths) {
    found.1.insert(path.to_owned());
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = if path.ends_with("context") { "*" } else { key };
                let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                paths(value, &path, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, &format!("{path}[]"), found)),
        _ => drop(found.0.insert(path.to_owned())),
    }
}
