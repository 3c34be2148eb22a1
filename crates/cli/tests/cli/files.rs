//! What `--out` writes.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{analyze, call_by, run, small, trail};

fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn documents_and_report_are_written_and_those_of_an_earlier_run_removed() {
    let mut records = small();
    records.push(call_by("old", "10", "sqs.amazonaws.com", "ListQueues", &json!({})));
    let (before, after) = (trail(&records), trail(&small()));
    let out = tempfile::tempdir().unwrap();
    let write = |trail: &Path| run(analyze().arg("--trail-dir").arg(trail).arg("--out").arg(out.path().join("x")));
    let root = out.path().join("x");

    let done = write(before.path());
    assert_eq!(done.code, Some(0));
    assert_eq!(done.stderr, format!("wrote 2 policy documents and report.json to {}\n", root.display()));
    assert!(done.stdout.contains("Principals by calls"));
    let (deploy, old) = ("policies/111122223333/role/deploy.json", "policies/111122223333/role/old.json");
    assert_eq!(files(&root), [deploy, old, "report.json"]);
    let report: Value = serde_json::from_slice(&fs::read(root.join("report.json")).unwrap()).unwrap();
    for principal in report["principals"].as_array().unwrap() {
        for document in principal["documents"].as_array().unwrap() {
            let written = fs::read(root.join(document["path"].as_str().unwrap())).unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), document["document"]);
        }
    }
    let alone = run(analyze().args(["--principal", "deploy"]).arg("--trail-dir").arg(before.path()));
    assert_eq!(fs::read_to_string(root.join(deploy)).unwrap(), alone.stdout);

    fs::write(root.join("policies/111122223333/role/mine.json"), "{}").unwrap();
    let done = write(after.path());
    assert!(done.stderr.ends_with("; removed 1 of an earlier run\n"), "{}", done.stderr);
    assert_eq!(files(&root), [deploy, "policies/111122223333/role/mine.json", "report.json"]);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_output_is_not_followed() {
    let dir = trail(&small());
    let out = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), out.path().join("policies")).unwrap();
    let done = run(analyze().arg("--trail-dir").arg(dir.path()).arg("--out").arg(out.path()));
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("is a link, which is not followed"), "{}", done.stderr);
    assert!(files(elsewhere.path()).is_empty());
}

#[test]
fn names_from_logs_stay_below_the_directory() {
    let records: Vec<Value> = ["ci/..", "..", "a b", ".hidden", "ci/a%2Fb"]
        .iter()
        .enumerate()
        .map(|(at, role)| call_by(role, &at.to_string(), "sqs.amazonaws.com", "ListQueues", &json!({})))
        .collect();
    let dir = trail(&records);
    let out = tempfile::tempdir().unwrap();
    let root = out.path().join("deep/er");
    let done = run(analyze().arg("--trail-dir").arg(dir.path()).arg("--out").arg(&root));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let expected = ["%2E..json", "%2E.~2.json", "%2Ehidden.json", "a%20b.json", "a%252Fb.json"];
    let expected: Vec<String> = expected.iter().map(|name| format!("policies/111122223333/role/{name}")).collect();
    let mut found = files(&root);
    found.retain(|name| name != "report.json");
    assert_eq!(found, expected);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
}
