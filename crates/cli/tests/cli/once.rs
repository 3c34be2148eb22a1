//! A log is opened once, also where policies of today are narrowed, held out and proven.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{call, run, tighten, trail};

const CURRENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/policies/administrator.json");

/// Calls on ten days.
fn records() -> Vec<Value> {
    let on = |day: u32| {
        let time =
            json!({ "eventTime": format!("2026-05-{day:02}T12:00:00Z"), "requestParameters": { "queueName": "jobs" } });
        call(&format!("q{day}"), "sqs.amazonaws.com", "GetQueueUrl", &time)
    };
    (1..=10).map(on).collect()
}

fn arguments(logs: &Path) -> Vec<PathBuf> {
    ["analyze", "--current", CURRENT, "--format", "json", "--trail-dir"]
        .into_iter()
        .map(PathBuf::from)
        .chain([logs.to_owned()])
        .collect()
}

/// Waits for a program, but not for ever: opening a pipe that nobody writes to any more blocks.
fn finished(mut child: Child) -> Child {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_mins(2), "the pipe was opened once more");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

#[test]
fn what_can_be_read_only_once_is_not_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let refused = run(tighten().args(["replay", "--exit-code", "--policy", CURRENT, "--trail-dir"]).arg(&pipe));
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(refused.stderr.contains("reads the logs twice"), "{}", refused.stderr);
}

#[test]
fn narrowing_opens_a_log_once() {
    let dir = trail(&records());
    let file = dir.path().join("log.json");
    let pipe = dir.path().join("pipe.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let of_file: Value = serde_json::from_str(&run(tighten().args(arguments(&file))).stdout).unwrap();
    let proof = &of_file["narrowing"]["principals"][0];
    let calls = |proof: &Value| proof["replay"]["calls"].clone();
    assert_eq!((calls(proof), calls(&proof["holdout"])), (json!(10), json!(1)), "{proof}");
    // What is written into a pipe is there once; whoever opens it again waits for somebody who writes.
    let out = std::fs::File::create(dir.path().join("report.json")).unwrap();
    let child = tighten().args(arguments(&pipe)).stdout(out).stderr(Stdio::null()).spawn().unwrap();
    let content = std::fs::read(&file).unwrap();
    std::fs::OpenOptions::new().write(true).open(&pipe).unwrap().write_all(&content).unwrap();
    assert!(finished(child).wait().unwrap().success());
    let of_pipe: Value =
        serde_json::from_str(&std::fs::read_to_string(dir.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(of_pipe["narrowing"], of_file["narrowing"]);
}
