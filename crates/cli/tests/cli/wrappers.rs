//! Records that come from other places than the trail's bucket.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tighten_testkit::Wrapping;

use crate::support::{analyze, run, tighten};

fn envelope(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/envelopes").join(name)
}

/// Code and message of the findings about the input.
fn findings(path: &Path) -> Vec<(String, Value)> {
    let done = run(analyze().args(["--format", "json", "--allow-partial", "--trail-dir"]).arg(path));
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|one| (one["code"].as_str().unwrap().to_owned(), one["facts"]["count"].clone())).collect()
}

#[test]
fn every_wrapper_gives_the_same_lines() {
    let needs = |name: &str| run(tighten().args(["needs", "--trail-dir"]).arg(envelope(name)));
    let plain = needs("lines.jsonl");
    assert_eq!((plain.code, plain.stdout.lines().count()), (Some(0), 8));
    for wrapping in Wrapping::ALL {
        assert_eq!(needs(wrapping.file_name()), plain, "{wrapping:?}");
    }
}

#[test]
fn a_search_is_told() {
    let of = |name: &str, code: &str| {
        findings(&envelope(name)).into_iter().filter(|(one, _)| one == code).map(|(_, count)| count).collect::<Vec<_>>()
    };
    assert_eq!(of("splunk.jsonl", "search-results"), [1]);
    assert_eq!(of("lookup-events.json", "search-results"), [1]);
    assert_eq!(of("000000.gz", "search-results"), Vec::<Value>::new());
    assert_eq!(of("no-records/object-names.json", "object-names"), [2]);
}

#[test]
fn parts_of_records_are_no_success() {
    let done = run(tighten().args(["needs", "--trail-dir"]).arg(envelope("no-records/lake-parts.json")));
    let told = "warning: not all input could be read (part-of-a-record 1)";
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.trim_end()), (Some(3), "", told));
    let path = envelope("no-records/lake-parts.json");
    let report = run(analyze().args(["--format", "json", "--trail-dir"]).arg(path));
    assert!(report.code == Some(3) && report.stdout.contains("select `eventJson` in the query"), "{}", report.stdout);
}
