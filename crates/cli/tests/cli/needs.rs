//! `tighten needs`.

use serde_json::Value;

use crate::support::{run, small, tighten, trail};

#[test]
fn one_line_per_record_in_the_order_of_the_input() {
    let dir = trail(&small());
    let done = run(tighten().args(["needs", "--trail-dir"]).arg(dir.path()));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(done.stdout, @r#"
    {"eventID":"01","eventSource":"s3.amazonaws.com","eventName":"GetObject","principal":"arn:aws:iam::111122223333:role/ci/deploy","outcome":"authorised","via":null,"needs":[{"action":"s3:GetObject","resources":["arn:aws:s3:::assets/site/index.html"],"certainty":"exact","rule":"resources"}],"none":null}
    {"eventID":"01","eventSource":"s3.amazonaws.com","eventName":"GetObject","principal":"arn:aws:iam::111122223333:role/ci/deploy","outcome":"authorised","via":null,"needs":[{"action":"s3:GetObject","resources":["arn:aws:s3:::assets/site/index.html"],"certainty":"exact","rule":"resources"}],"none":null}
    {"eventID":"02","eventSource":"lambda.amazonaws.com","eventName":"CreateFunction20150331","principal":"arn:aws:iam::111122223333:role/ci/deploy","outcome":"authorised","via":null,"needs":[{"action":"lambda:CreateFunction","resources":["arn:aws:lambda:eu-west-1:111122223333:function:api"],"certainty":"exact","rule":"parameter:functionName"},{"action":"iam:PassRole","resources":["arn:aws:iam::111122223333:role/app/api-exec"],"context":{"iam:PassedToService":["lambda.amazonaws.com"]},"certainty":"exact","rule":"pass-role:role"}],"none":null}
    {"eventID":"03","eventSource":"ec2.amazonaws.com","eventName":"TerminateInstances","principal":"arn:aws:iam::111122223333:role/ci/deploy","outcome":"denied","via":null,"needs":[{"action":"ec2:TerminateInstances","resources":["arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0"],"certainty":"exact","rule":"id:instanceId"}],"none":null}
    {"eventID":"04","eventSource":"quasar.amazonaws.com","eventName":"ListNebulae","principal":"arn:aws:iam::111122223333:role/ci/deploy","outcome":"authorised","via":null,"needs":[],"none":"unknown-source"}
    {"eventID":"05","eventSource":"sts.amazonaws.com","eventName":"GetCallerIdentity","principal":"arn:aws:iam::111122223333:role/ci/deploy","outcome":"authorised","via":null,"needs":[],"none":"no-permission"}
    {"eventID":"06","eventSource":"kms.amazonaws.com","eventName":"RotateKey","principal":null,"outcome":"authorised","via":null,"needs":[],"none":"service-event"}
    "#);
}

#[test]
fn lines_have_these_keys_and_no_others() {
    let dir = trail(&small());
    let done = run(tighten().args(["needs", "--trail-dir"]).arg(dir.path()));
    for line in done.stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["eventID", "eventSource", "eventName", "principal", "outcome", "via", "needs", "none"]);
        assert_eq!(line["none"].is_null(), !line["needs"].as_array().unwrap().is_empty());
    }
}

#[test]
fn lines_are_the_same_at_any_number_of_threads() {
    let of = |threads: &str| {
        run(tighten().args(["needs", "--threads", threads, "--trail-dir"]).arg(crate::support::fixture("organisation")))
    };
    let one = of("1");
    assert_eq!(one.code, Some(3));
    assert!(one.stdout.lines().count() > 1000);
    assert_eq!(of("3"), one);
}
