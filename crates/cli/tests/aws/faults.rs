//! Answers that come late, in part or not at all.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use tighten_testkit::server::{Fault, Proxy, Request, Server};

use crate::support::{buckets, organisation, run, tighten};

const SLOW_DOWN: &str =
    "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
const BROKEN: &str =
    "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>We encountered an error.</Message></Error>";

/// Something that decides by the name of an object, the same at every run.
fn number(request: &Request) -> u64 {
    request.target.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) >> 7
}

#[test]
fn what_can_be_recovered_is() {
    let root = buckets(&[("logs", &organisation())]);
    let Some(server) = Server::folder(root.path()) else { return };
    let analyze = |url: &str| run(tighten(url).args(["analyze", "s3://logs", "--format", "json", "--allow-partial"]));
    let plain = analyze(&server.url());
    let proxy = Proxy::start(server.port(), |request, before| match (number(request) % 9, before) {
        (0, 0 | 1) => Fault::Instead(503, "application/xml", SLOW_DOWN.to_owned()),
        (1, 0) => Fault::Instead(500, "application/xml", BROKEN.to_owned()),
        (2, 0) => Fault::Cut(100),
        (3, 0) => Fault::Refused,
        (4, 0) => Fault::Late(Duration::from_millis(300)),
        (5, 0) => Fault::Stalled(50, Duration::from_millis(500)),
        _ => Fault::None,
    });
    let proxy = proxy.unwrap();
    let spoilt = analyze(&proxy.url());
    assert_eq!((plain.code, spoilt.code), (Some(0), Some(0)), "{}", spoilt.stderr);
    assert_eq!(plain.stdout, spoilt.stdout);
    // There was something to recover from.
    let requests = proxy.requests();
    let names: BTreeSet<&str> = requests.iter().map(|request| request.target.as_str()).collect();
    assert!(requests.len() > names.len() + 40, "{} requests for {} names", requests.len(), names.len());
}

#[test]
fn what_cannot_be_read_is_counted_and_named() {
    let root = buckets(&[("logs", &organisation())]);
    let Some(server) = Server::folder(root.path()) else { return };
    let lost = |request: &Request| request.target.contains("20260515T") && request.target.contains("eu-west-1");
    let proxy = Proxy::start(server.port(), move |request, _| if lost(request) { Fault::Cut(20) } else { Fault::None });
    let proxy = proxy.unwrap();
    let begun = Instant::now();
    let out = run(tighten(&proxy.url()).args(["analyze", "s3://logs", "--format", "json"]));
    assert!(begun.elapsed() < Duration::from_mins(2));
    assert_eq!(out.code, Some(3), "{}", out.stderr);
    let names: BTreeSet<String> =
        proxy.requests().iter().filter(|request| lost(request)).map(|request| request.target.clone()).collect();
    assert!(!names.is_empty());
    let report: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    let skipped = report["input"]["skipped"].as_array().unwrap();
    let unreadable = skipped.iter().find(|skip| skip["reason"] == "unreadable").unwrap();
    assert_eq!(unreadable["count"], names.len());
    assert!(unreadable["examples"][0]["message"].as_str().unwrap().contains("broke off"), "{unreadable}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_cleanly() {
    let root = buckets(&[("logs", &organisation())]);
    let Some(server) = Server::folder(root.path()) else { return };
    // Nothing comes, and the program would wait.
    let proxy = Proxy::start(server.port(), |request, _| {
        if request.target.contains(".json.gz") { Fault::Late(Duration::from_secs(40)) } else { Fault::None }
    });
    let proxy = proxy.unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut command = tighten(&proxy.url());
    command.args(["analyze", "s3://logs", "--out"]).arg(out.path()).stderr(Stdio::piped()).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    let begun = Instant::now();
    while !proxy.requests().iter().any(|request| request.target.contains(".json.gz")) {
        assert!(begun.elapsed() < Duration::from_mins(1));
        thread::sleep(Duration::from_millis(20));
    }
    let interrupted = Instant::now();
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(interrupted.elapsed() < Duration::from_secs(20));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("interrupted"), "{stderr}");
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0, "nothing was written");
}

/// A trail of so many small objects, each with two records of its own.
fn many(objects: usize) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for number in 0..objects {
        let day = number % 28 + 1;
        let folder = root.path().join(format!("logs/AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/{day:02}"));
        std::fs::create_dir_all(&folder).unwrap();
        let record = |at: usize| {
            format!(
                r#"{{"eventID": "{number}-{at}", "eventTime": "2026-05-{day:02}T12:00:00Z", "eventSource": "s3.amazonaws.com",
                "eventName": "ListBuckets", "awsRegion": "us-east-1", "recipientAccountId": "111122223333", "userIdentity": {{
                "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333"}}}}"#
            )
        };
        let log = format!(r#"{{"Records": [{}, {}]}}"#, record(0), record(1));
        let name = format!("111122223333_CloudTrail_us-east-1_202605{day:02}T1205Z_{number:016}.json.gz");
        std::fs::write(folder.join(name), tighten_testkit::gzip(log.as_bytes(), 1).unwrap()).unwrap();
    }
    root
}

/// Of ten thousand objects, one in a hundred is spoilt, and of these one in ten for good.
#[test]
fn of_ten_thousand_objects_every_one_is_read_or_named() {
    const OBJECTS: usize = 10_000;
    let root = many(OBJECTS);
    let Some(server) = Server::folder(root.path()) else { return };
    let object = |request: &Request| -> Option<usize> {
        let name = request.target.split('?').next()?.strip_suffix(".json.gz")?;
        name.rsplit('_').next()?.parse().ok()
    };
    let proxy = Proxy::start(server.port(), move |request, before| match object(request) {
        Some(number) if number % 1_000 == 7 => Fault::Cut(10),
        Some(number) if number % 100 == 7 && before < 2 => match number / 100 % 4 {
            0 => Fault::Instead(503, "application/xml", SLOW_DOWN.to_owned()),
            1 => Fault::Instead(500, "application/xml", BROKEN.to_owned()),
            2 => Fault::Cut(10),
            _ => Fault::Refused,
        },
        _ => Fault::None,
    });
    let proxy = proxy.unwrap();
    let begun = Instant::now();
    let out = run(tighten(&proxy.url()).args(["analyze", "s3://logs", "--format", "json"]));
    assert!(begun.elapsed() < Duration::from_mins(5), "it hangs");
    assert_eq!(out.code, Some(3), "{}", out.stderr);
    let report: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!(report["input"]["records"], 2 * (OBJECTS - 10));
    assert_eq!(report["input"]["skipped"].as_array().unwrap().len(), 1);
    let skipped = &report["input"]["skipped"][0];
    assert_eq!((&skipped["reason"], &skipped["count"]), (&"unreadable".into(), &10.into()));
    let named = skipped["examples"].as_array().unwrap();
    assert!(named.iter().all(|example| example["file"].as_str().unwrap().ends_with("007.json.gz")), "{named:?}");
}
