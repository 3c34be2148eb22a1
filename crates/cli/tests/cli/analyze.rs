//! What `analyze` ends with, and what it prints.

use std::io::Read;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{analyze, call_by, fixture, run, small, tighten, trail};

#[test]
fn analyze_is_tighten_analyze() {
    let dir = trail(&small());
    for format in ["text", "json"] {
        let arguments = ["--format", format, "--trail-dir", dir.path().to_str().unwrap()];
        assert_eq!(run(analyze().args(arguments)), run(tighten().arg("analyze").args(arguments)));
    }
}

#[test]
fn bytes_are_equal_at_any_number_of_threads() {
    let one = run(analyze().args(["--format", "json", "--threads", "1", "--trail-dir"]).arg(fixture("organisation")));
    assert!(one.stdout.len() > 10_000);
    for threads in ["2", "5"] {
        let arguments = ["--format", "json", "--threads", threads, "--trail-dir"];
        assert_eq!(run(analyze().args(arguments).arg(fixture("organisation"))), one);
    }
}

#[test]
fn a_memory_limit_changes_no_byte() {
    let free = run(analyze().args(["--format", "json", "--trail-dir"]).arg(fixture("organisation")));
    let arguments = ["--format", "json", "--memory-limit", "64MiB", "--trail-dir"];
    assert_eq!(run(analyze().args(arguments).arg(fixture("organisation"))), free);
}

#[test]
fn how_much_was_not_read_is_told_as_a_share() {
    let dir = trail(&small());
    std::fs::write(dir.path().join("cut.json"), r#"{"Records":[{"eventVersion":"1.09","eventName":"a"},{"eventV"#)
        .unwrap();
    let done = run(analyze().args(["--format", "json", "--allow-partial", "--trail-dir"]).arg(dir.path()));
    let report: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let is_total = |finding: &&serde_json::Value| finding["code"] == "partial-input";
    let total = report["findings"].as_array().unwrap().iter().find(is_total).unwrap();
    assert_eq!((&total["facts"]["files"], &total["facts"]["records"]), (&1.into(), &1.into()), "{total}");
    for share in ["filesPercent", "bytesPercent", "recordsPercent"] {
        let share = total["facts"][share].as_f64().unwrap();
        assert!(share > 0.0 && share < 100.0, "{total}");
    }
}

#[test]
fn one_principal_alone_is_its_policy() {
    let dir = trail(&small());
    let done = run(analyze().args(["--principal", "dep*"]).arg("--trail-dir").arg(dir.path()));
    assert_eq!(done.code, Some(0));
    insta::assert_snapshot!(done.stdout, @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "IamPassRoleToLambda",
          "Effect": "Allow",
          "Action": "iam:PassRole",
          "Resource": "arn:aws:iam::111122223333:role/app/api-exec",
          "Condition": {
            "StringEquals": {
              "iam:PassedToService": "lambda.amazonaws.com"
            }
          }
        },
        {
          "Sid": "LambdaWrite",
          "Effect": "Allow",
          "Action": "lambda:CreateFunction",
          "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:api"
        },
        {
          "Sid": "S3Read",
          "Effect": "Allow",
          "Action": "s3:GetObject",
          "Resource": "arn:aws:s3:::assets/site/index.html"
        }
      ]
    }
    "#);
    insta::assert_snapshot!(done.stderr, @"warning: unmapped-call: `quasar.amazonaws.com/ListNebulae` was called once, and it is not known which permission it needs (unknown-source)");
    let session = "arn:aws:sts::111122223333:assumed-role/deploy/someone";
    let same = run(analyze().args(["--principal", session, "--quiet"]).arg("--trail-dir").arg(dir.path()));
    assert_eq!((same.stdout, same.stderr), (done.stdout, String::new()));
}

#[test]
fn several_principals_or_a_format_are_a_report() {
    let mut records = small();
    records.push(call_by("deploy-too", "10", "sqs.amazonaws.com", "ListQueues", &json!({})));
    records.push(call_by("other", "11", "sqs.amazonaws.com", "ListQueues", &json!({})));
    let dir = trail(&records);
    let with = |arguments: &[&str]| run(analyze().args(arguments).arg("--trail-dir").arg(dir.path()));
    let several = with(&["--principal", "deploy*"]);
    assert!(several.stdout.contains("2 principals, 6 calls"), "{}", several.stdout);
    assert!(!several.stdout.contains("other"));
    assert!(with(&["--principal", "deploy", "--format", "text"]).stdout.contains("1 principal, 5 calls"));
    let json: Value = serde_json::from_str(&with(&["--principal", "deploy", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["principals"][0]["name"], "deploy");
    assert_eq!(json["principals"].as_array().unwrap().len(), 1);
}

#[test]
fn a_principal_without_use_has_no_policy_to_print() {
    let denied = small().into_iter().filter(|record| record["eventID"] == "03").collect::<Vec<_>>();
    let dir = trail(&denied);
    let done = run(analyze().args(["--principal", "deploy"]).arg("--trail-dir").arg(dir.path()));
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(done.stderr, @r"
    error: no policy: these logs show no permission in use by arn:aws:iam::111122223333:role/ci/deploy
      `--format text` shows what they do show
    ");
}

#[test]
fn findings_change_the_exit_code_only_on_request() {
    let dir = trail(&small());
    let with = |arguments: &[&str]| run(analyze().args(arguments).arg("--trail-dir").arg(dir.path())).code;
    assert_eq!(with(&[]), Some(0));
    assert_eq!(with(&["--exit-code"]), Some(1));
}

#[test]
fn input_that_could_not_be_read_ends_with_3() {
    let mut records = small();
    records.push(json!(7));
    let dir = trail(&records);
    std::fs::write(dir.path().join("cut.json.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    let with = |arguments: &[&str]| run(analyze().args(arguments).arg("--trail-dir").arg(dir.path()));
    let done = with(&[]);
    assert_eq!(done.code, Some(3));
    assert_eq!(done.stderr, "warning: not all input could be read (not-an-object 1, truncated-file 1)\n");
    assert!(done.stdout.contains("NOT READ"), "{}", done.stdout);
    assert!(done.stdout.contains("log.json, record 7: not an object"), "{}", done.stdout);
    assert!(done.stdout.contains("cut.json.gz: cut short"), "{}", done.stdout);
    // What was read still counts, and what is missing weighs more than findings.
    assert!(done.stdout.contains("1 principal, 5 calls"));
    assert_eq!(with(&["--exit-code"]).code, Some(3));
    assert_eq!(with(&["--allow-partial"]).code, Some(0));
    assert_eq!(with(&["--allow-partial", "--exit-code"]).code, Some(1));
    assert_eq!(with(&["--quiet"]).stderr, "");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for arguments in [&["analyze", "--format", "json"][..], &["needs"]] {
        let mut child = tighten()
            .args(arguments)
            .arg("--trail-dir")
            .arg(fixture("organisation"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let done = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&done.stderr), "");
        assert_eq!(done.status.code(), Some(0));
    }
}

#[test]
fn colours_are_for_terminals_or_for_those_who_ask() {
    let dir = trail(&small());
    let with = |arguments: &[&str]| run(analyze().args(arguments).arg("--trail-dir").arg(dir.path())).stdout;
    assert!(!with(&[]).contains('\u{1b}'));
    assert!(with(&["--color", "always"]).contains("\u{1b}[1mFindings\u{1b}[0m"));
}

#[test]
fn logs_go_to_stderr() {
    let dir = trail(&small());
    let done = run(analyze().args(["-vv", "--format", "json", "--trail-dir"]).arg(dir.path()));
    assert!(done.stderr.contains("listed") && done.stderr.contains("files=1"), "{}", done.stderr);
    assert!(serde_json::from_str::<Value>(&done.stdout).is_ok());
}
