//! Awkward inputs, each with what a robust reader makes of it.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests may fail, and say which inputs are not there"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use tighten_trail::{Limits, Reader, Weight, Window, list};

#[derive(Deserialize)]
struct Expected {
    good: Option<u64>,
    bad: Option<u64>,
    file: String,
    note: String,
}

/// Runs the generator that lies beside the repository, if it does.
fn hostile_inputs(to: &Path) -> Option<BTreeMap<String, Expected>> {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tools/make_hostile.py");
    if !tool.exists() {
        println!("skipped: {} is not there", tool.display());
        return None;
    }
    match Command::new("python3").arg(&tool).arg(to).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => {
            println!("skipped: python3 does not run: {error}");
            return None;
        }
    }
    let text = std::fs::read_to_string(to.join("EXPECT.json")).unwrap();
    std::fs::remove_file(to.join("EXPECT.json")).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn every_awkward_input_is_read_or_reported_as_expected() {
    let folder = tempfile::tempdir().unwrap();
    let Some(expected) = hostile_inputs(folder.path()) else { return };
    let listing = list(&[folder.path().to_path_buf()], &Window::ALL).unwrap();
    let mut reader = Reader::new();
    // One input inflates to 1 GiB of blanks, which a debug build takes minutes for. It may be refused.
    let limits = Limits { max_file_size: 96 << 20, ..Limits::default() };
    let mut good: BTreeMap<PathBuf, u64> = BTreeMap::new();
    let mut skips = listing.skips.clone();
    for file in &listing.objects {
        let mut names = BTreeSet::new();
        let report = reader.read(file, &limits, &mut |event| {
            names.insert(event.event_id.map(String::from));
        });
        assert_eq!(report.records, names.len() as u64, "{}", file.name);
        good.insert(file.path().unwrap().to_path_buf(), report.records);
        // Every skip is kept as an example where there are few.
        skips += report.skips;
    }
    let mut failures = Vec::new();
    for (name, expected) in &expected {
        let path = folder.path().join(name);
        let of_file: Vec<_> = skips.examples().filter(|skipped| Path::new(skipped.object.as_str()) == path).collect();
        let records = good.get(&path).copied().unwrap_or(0);
        let bad = of_file.iter().filter(|skipped| skipped.record.is_some()).count() as u64;
        let has = |weight| of_file.iter().any(|skipped| skipped.record.is_none() && skipped.reason.weight() == weight);
        let mut fail = |what: &str| {
            failures.push(format!("{name:?}: {what}; read {records}, skipped {of_file:?} ({})", expected.note));
        };
        if expected.good.is_some_and(|good| good != records) {
            fail("wrong number of good records");
        }
        if expected.bad.is_some_and(|expected| expected != bad) {
            fail("wrong number of bad records");
        }
        let is_refused = of_file.iter().any(|skipped| skipped.reason.code() == "file-too-large");
        let is_as_expected = match expected.file.as_str() {
            "ok" if name.contains("bomb") => records == 1 && is_refused,
            "ok" => !has(Weight::LeftOut) && !has(Weight::Lost),
            "skipped" => has(Weight::Lost),
            "ignored" => has(Weight::LeftOut) && !has(Weight::Lost),
            other => panic!("`{other}` is not known"),
        };
        if !is_as_expected {
            fail(&expected.file);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(expected.len() >= 49, "only {} cases", expected.len());
}
