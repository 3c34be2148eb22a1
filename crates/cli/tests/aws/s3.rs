//! Logs in buckets: the same as in directories.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

use tighten_testkit::server::{Fault, Proxy, Server};

use crate::support::{bare, buckets, copy, files, organisation, put, run, tighten};

/// A report without what names its source: on disk, every file that is left out is named; in a bucket, its folder.
fn without_source(text: &str, source: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("CloudTrail-Digest") && !line.contains("CloudTrail-Insight"));
    lines.map(|line| line.replace(source, "SOURCE")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_bucket_gives_what_its_copy_gives() {
    let root = buckets(&[("logs", &organisation())]);
    let Some(server) = Server::folder(root.path()) else { return };
    let directory = organisation();
    let directory = directory.to_str().unwrap();
    let administrator = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/policies/administrator.json");
    let narrow = ["--current", administrator.to_str().unwrap(), "--principal", "github-deploy"];
    for (more, threads) in [(&[][..], "1"), (&["--since", "2026-05-10", "--until", "2026-05-12"], "2"), (&narrow, "2")]
    {
        let (out, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let common = ["--allow-partial", "--threads", threads];
        let from_files = run(bare().args(["analyze", directory, "--out"]).arg(out.path()).args(common).args(more));
        assert_eq!(from_files.code, Some(0), "{}", from_files.stderr);
        let address = "s3://logs/AWSLogs";
        let from_s3 =
            run(tighten(&server.url()).args(["analyze", address, "--out"]).arg(other.path()).args(common).args(more));
        assert_eq!(from_s3.code, Some(0), "{}", from_s3.stderr);
        assert!(from_s3.stderr.contains("AWS: environment variables, us-east-1"), "{}", from_s3.stderr);
        let (own, theirs) = (files(out.path()), files(other.path()));
        assert_eq!(own.len(), theirs.len());
        assert!(own.len() > 1);
        for ((name, text), (same, bytes)) in own.iter().zip(&theirs) {
            assert_eq!(name, same);
            if name == "report.json" {
                let own = without_source(std::str::from_utf8(text).unwrap(), directory);
                let own = own.lines().filter(|line| !is_about_listing(line)).collect::<Vec<_>>();
                let theirs = without_source(std::str::from_utf8(bytes).unwrap(), "s3://logs");
                let theirs = theirs.lines().filter(|line| !is_about_listing(line)).collect::<Vec<_>>();
                assert_eq!(own, theirs);
            } else {
                assert_eq!(text, bytes, "{name}");
            }
        }
    }
}

/// What was pruned and left out: in a bucket, folders, which are not listed.
fn is_about_listing(line: &str) -> bool {
    let line = line.trim();
    ["\"files\":", "\"bytes\":", "\"folders\":", "\"count\": 2", "\"count\": 1"]
        .iter()
        .any(|begin| line.starts_with(begin))
}

#[test]
fn a_day_is_listed_and_nothing_else() {
    let root = buckets(&[("logs", &organisation())]);
    let Some(server) = Server::folder(root.path()) else { return };
    let proxy = Proxy::recording(server.port()).unwrap();
    let window =
        ["--since", "2026-05-10", "--until", "2026-05-10", "--account", "111122223333", "--region", "eu-west-1"];
    let out = run(tighten(&proxy.url()).args(["analyze", "--s3", "s3://logs", "--format", "json"]).args(window));
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    let requests = proxy.requests();
    let gets: Vec<&str> =
        requests.iter().map(|request| request.target.as_str()).filter(|target| target.contains(".json.gz")).collect();
    assert!(!gets.is_empty());
    for get in &gets {
        let days = ["/2026/05/09/", "/2026/05/10/", "/2026/05/11/", "/2026/05/12/"];
        assert!(
            get.contains("/111122223333/CloudTrail/eu-west-1/") && days.iter().any(|day| get.contains(day)),
            "{get}"
        );
    }
    assert_eq!(gets.iter().collect::<BTreeSet<_>>().len(), gets.len(), "each is fetched once");
    for request in requests.iter().filter(|request| request.target.contains("list-type=2")) {
        for other in ["444455556666", "Digest", "us-east-1", "%2F05%2F20", "Insight"] {
            assert!(!request.target.contains(other), "{}", request.target);
        }
    }
}

/// Every layout that trails have had, in one bucket: what lies in two of them counts once.
#[test]
fn layouts_are_found_and_copies_count_once() {
    let root = tempfile::tempdir().unwrap();
    let logs = root.path().join("logs");
    let inside = organisation().join("AWSLogs");
    // An organisation trail; before it, a trail of each account; Control Tower's; a flat copy.
    copy(&inside, &logs.join("AWSLogs"));
    copy(&inside.join("o-exampleorg1"), &logs.join("old/AWSLogs"));
    copy(&inside, &logs.join("o-exampleorg1/AWSLogs"));
    let flat = logs.join("flat");
    std::fs::create_dir_all(&flat).unwrap();
    for (name, bytes) in files(&inside) {
        std::fs::write(flat.join(name.rsplit('/').next().unwrap()), bytes).unwrap();
    }
    // What lies beside trails.
    let config = logs.join("AWSLogs/111122223333/Config/us-east-1/2026/5/1/ConfigHistory");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("111122223333_Config_x.json.gz"), b"{}").unwrap();
    std::fs::write(logs.join("notes.txt"), b"notes").unwrap();
    let Some(server) = Server::folder(root.path()) else { return };
    let analyze = |address: &str| {
        let out = run(tighten(&server.url()).args(["analyze", address, "--format", "json", "--allow-partial"]));
        assert_eq!(out.code, Some(0), "{}", out.stderr);
        serde_json::from_str::<serde_json::Value>(&out.stdout).unwrap()
    };
    let one = analyze("s3://logs/AWSLogs/");
    for address in ["s3://logs/old", "s3://logs/o-exampleorg1/", "s3://logs/flat", "s3://logs"] {
        let other = analyze(address);
        assert_eq!(one["input"]["events"], other["input"]["events"], "{address}");
        let documents = |report: &serde_json::Value| -> Vec<serde_json::Value> {
            report["principals"].as_array().unwrap().iter().map(|principal| principal["documents"].clone()).collect()
        };
        assert_eq!(documents(&one), documents(&other), "{address}");
    }
    let all = analyze("s3://logs");
    assert_eq!(all["input"]["files"].as_u64().unwrap(), 4 * one["input"]["files"].as_u64().unwrap());
}

#[test]
fn parts_of_a_trail_and_single_objects_can_be_named() {
    let root = buckets(&[("logs", &organisation())]);
    let Some(server) = Server::folder(root.path()) else { return };
    let trail = "AWSLogs/o-exampleorg1/111122223333/CloudTrail/eu-west-1";
    let needs = |places: &[&str]| {
        let out = run(tighten(&server.url()).arg("needs").args(places).arg("--allow-partial"));
        assert_eq!(out.code, Some(0), "{}", out.stderr);
        out.stdout
    };
    let directory = organisation().join(trail).join("2026/05");
    let all = needs(&[directory.to_str().unwrap()]);
    assert!(!all.is_empty());
    for prefix in
        [format!("s3://logs/{trail}/2026/05"), format!("s3://logs/{trail}"), format!("s3://logs/{trail}/2026/")]
    {
        assert_eq!(needs(&[&prefix]), all, "{prefix}");
    }
    // One inside of the other is not read twice.
    assert_eq!(needs(&[&format!("s3://logs/{trail}"), &format!("s3://logs/{trail}/2026")]), all);
    let (name, _) = &files(&directory)[0];
    let one = needs(&[&format!("s3://logs/{trail}/2026/05/{name}")]);
    assert_eq!(one, needs(&[directory.join(name).to_str().unwrap()]));
    // Another object whose key begins with the same is not meant.
    let key = root.path().join("logs").join(trail).join("2026/05").join(name);
    std::fs::copy(directory.join(&files(&directory)[1].0), format!("{}.json", key.display())).unwrap();
    assert_eq!(needs(&[&format!("s3://logs/{trail}/2026/05/{name}")]), one);
    // Replay reads the records again.
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/policies/administrator.json");
    let replay = |place: &str| {
        let policy = policy.to_str().unwrap();
        let out = run(tighten(&server.url()).args(["replay", place, "--all", "--policy", policy, "--allow-partial"]));
        out.stdout.lines().filter(|line| !line.contains("file")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(replay(&format!("s3://logs/{trail}/2026/05/")), replay(directory.to_str().unwrap()));
}

/// What is larger than a part comes in parts, some of which break off.
#[test]
fn a_large_object_comes_in_parts() {
    let root = tempfile::tempdir().unwrap();
    let logs = root.path().join("logs");
    std::fs::create_dir_all(&logs).unwrap();
    let record = |id: usize| {
        format!(
            r#"{{"eventID": "{id}", "eventTime": "2026-05-01T12:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
            "awsRegion": "us-east-1", "recipientAccountId": "111122223333", "userIdentity": {{"type": "IAMUser",
            "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333"}}, "requestParameters": {{"x": "{id:0300}"}}}}"#
        )
    };
    let records: Vec<String> = (0..20_000).map(record).collect();
    let text = format!(r#"{{"Records": [{}]}}"#, records.join(","));
    assert!(text.len() > 12 << 20);
    std::fs::write(logs.join("large.json"), &text).unwrap();
    let Some(server) = Server::folder(root.path()) else { return };
    let spoilt = Mutex::new(BTreeSet::new());
    let proxy = Proxy::start(server.port(), move |request, _| match request.header("range") {
        Some(range) if range != "bytes=0-4194303" && spoilt.lock().unwrap().insert(range.to_owned()) => {
            Fault::Cut(1 << 20)
        }
        _ => Fault::None,
    });
    let proxy = proxy.unwrap();
    let out = run(tighten(&proxy.url()).args(["analyze", "s3://logs/large.json", "--format", "json"]));
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    let report: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!((&report["input"]["events"], &report["input"]["bytes"]), (&20_000.into(), &text.len().into()));
    assert!(proxy.requests().iter().filter(|request| request.header("range").is_some()).count() > 3);
}

#[test]
fn archived_objects_are_a_hole_that_is_told() {
    let Some(server) = Server::aws(&[]) else { return };
    put(&server, "/logs", "", b"");
    let record = |id: &str, day: &str| {
        format!(
            r#"{{"Records": [{{"eventID": "{id}", "eventTime": "2026-05-{day}T12:00:00Z", "eventSource": "s3.amazonaws.com",
            "eventName": "ListBuckets", "awsRegion": "us-east-1", "recipientAccountId": "111122223333", "userIdentity": {{
            "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333"}}}}]}}"#
        )
    };
    let key = |day: &str| format!("/logs/AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/{day}/x.json");
    put(&server, &key("07"), "", record("1", "07").as_bytes());
    put(&server, &key("08"), "x-amz-storage-class: GLACIER\r\n", record("2", "08").as_bytes());
    put(&server, &key("09"), "x-amz-storage-class: DEEP_ARCHIVE\r\n", record("3", "09").as_bytes());
    put(&server, &key("10"), "x-amz-storage-class: GLACIER_IR\r\n", record("4", "10").as_bytes());
    let out = run(tighten(&server.url()).args(["analyze", "s3://logs", "--format", "json"]));
    assert_eq!(out.code, Some(3), "{}", out.stderr);
    let report: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!(report["input"]["records"], 2);
    let skipped = &report["input"]["skipped"][0];
    assert_eq!((&skipped["reason"], &skipped["count"]), (&"archived".into(), &2.into()));
    let told = out.stdout.contains("archived-logs") && out.stdout.contains("2026-05-08");
    assert!(told, "{}", out.stdout);
}
