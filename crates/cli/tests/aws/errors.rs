//! Errors say what to do.

use tighten_testkit::server::{Fault, Proxy, Server};

use crate::support::{Run, bare, buckets, organisation, run, tighten};

/// What a run says when every answer is this error.
fn with_answer(status: u16, code: &str, message: &str) -> Run {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let proxy = Proxy::start(1, move |_, _| Fault::Instead(status, "application/xml", body.clone())).unwrap();
    let out = run(tighten(&proxy.url()).args(["analyze", "s3://logs/AWSLogs"]));
    assert_eq!(out.code, Some(2), "{}", out.stderr);
    assert_eq!(out.stdout, "");
    out
}

#[test]
fn a_bucket_that_cannot_be_listed_says_what_it_takes() {
    let denied = with_answer(403, "AccessDenied", "Access Denied").stderr;
    for part in ["s3 ListObjectsV2", "`s3://logs/AWSLogs/`", "`s3:ListBucket`", "tighten permissions --preset s3"] {
        assert!(denied.contains(part), "{denied}");
    }
    let expired = with_answer(400, "ExpiredToken", "The provided token has expired.").stderr;
    assert!(expired.contains("expired") && expired.contains("aws sso login"), "{expired}");
    let missing = with_answer(404, "NoSuchBucket", "The specified bucket does not exist").stderr;
    assert!(missing.contains("there is no `s3://logs/AWSLogs/`"), "{missing}");
    let unknown = with_answer(403, "InvalidAccessKeyId", "The AWS Access Key Id does not exist.").stderr;
    assert!(unknown.contains("does not accept the credentials"), "{unknown}");
}

#[test]
fn objects_that_may_not_be_read_say_what_it_takes() {
    let root = buckets(&[("logs", &organisation())]);
    let Some(server) = Server::folder(root.path()) else { return };
    for (message, wanted) in
        [("Access Denied", "`s3:GetObject`"), ("not authorized to perform: kms:Decrypt", "`kms:Decrypt`")]
    {
        let body =
            format!("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>{message}</Message></Error>");
        let proxy = Proxy::start(server.port(), move |request, _| {
            let is_object = request.target.contains(".json.gz");
            if is_object { Fault::Instead(403, "application/xml", body.clone()) } else { Fault::None }
        });
        let out = run(tighten(&proxy.unwrap().url()).args(["analyze", "s3://logs"]));
        assert_eq!((out.code, out.stdout.as_str()), (Some(2), ""), "{}", out.stderr);
        assert!(out.stderr.contains(wanted), "{}", out.stderr);
    }
}

#[test]
fn nothing_to_read_is_an_error() {
    let out = run(bare().arg("analyze"));
    assert_eq!(out.code, Some(2));
    assert!(out.stderr.contains("--trail-dir ./logs") && out.stderr.contains("s3://bucket"), "{}", out.stderr);
    let out = run(bare().args(["analyze", "--s3", "logs/AWSLogs"]));
    assert_eq!(out.code, Some(2));
    assert!(out.stderr.contains("`logs/AWSLogs` is not an address in S3"), "{}", out.stderr);
    let root = buckets(&[("logs", &organisation()), ("empty", tempfile::tempdir().unwrap().path())]);
    let Some(server) = Server::folder(root.path()) else { return };
    let out = run(tighten(&server.url()).args(["analyze", "s3://empty"]));
    assert_eq!(out.code, Some(2), "{}", out.stderr);
    assert!(out.stderr.contains("no CloudTrail logs in `s3://empty/`"), "{}", out.stderr);
    let out =
        run(tighten(&server.url()).args(["analyze", "s3://logs", "--since", "2020-01-01", "--until", "2020-02-01"]));
    assert_eq!(out.code, Some(2), "{}", out.stderr);
    assert!(out.stderr.contains("no logs of that time"), "{}", out.stderr);
}
