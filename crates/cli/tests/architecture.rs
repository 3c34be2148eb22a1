//! The crates depend on each other as `docs/architecture.md` says.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail like tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Crates that are no part of the program, and that no other crate needs but for its tests.
const DEVELOPMENT: [&str; 2] = ["testkit", "fuzz"];

#[test]
fn the_crates_are_those_of_the_drawing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let drawn = drawn(&std::fs::read_to_string(root.join("docs/architecture.md")).unwrap());
    let metadata = metadata(&root);
    let built = arrows(&metadata, |kind| kind != Some("dev"));
    assert_eq!(built.keys().collect::<Vec<_>>(), drawn.keys().collect::<Vec<_>>(), "the crates");
    for (name, depends_on) in &built {
        assert_eq!(depends_on, &drawn[name], "what `{name}` depends on");
    }
    let shipped = arrows(&metadata, |kind| kind.is_none());
    for name in DEVELOPMENT {
        assert!(shipped.values().all(|depends_on| !depends_on.contains(name)), "`{name}` is for development only");
    }
}

/// The table of `docs/architecture.md`: its first column names the crate, its last one what it depends on.
fn drawn(text: &str) -> Arrows {
    let rows = text.lines().skip_while(|line| !line.starts_with("| crate |")).skip(2);
    let rows: Vec<Vec<&str>> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let name = |cell: &str| cell.trim_matches('`').to_owned();
    let shipped: BTreeSet<String> =
        rows.iter().map(|cells| name(cells[0])).filter(|name| !DEVELOPMENT.contains(&name.as_str())).collect();
    let depends_on = |own: &str, cell: &str| match cell {
        "" => BTreeSet::new(),
        "all of the above" => shipped.iter().filter(|other| *other != own).cloned().collect(),
        list => list.split(", ").map(name).collect(),
    };
    rows.iter().map(|cells| (name(cells[0]), depends_on(&name(cells[0]), cells[cells.len() - 1]))).collect()
}

fn metadata(root: &Path) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The dependencies of the wanted kinds between crates of the workspace, by folder names.
fn arrows(metadata: &Value, wanted: impl Fn(Option<&str>) -> bool) -> Arrows {
    let role =
        |package: &Value| package["name"].as_str().and_then(|name| name.strip_prefix("tighten-")).map(str::to_owned);
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let name = role(package).unwrap();
            let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
            assert_eq!(folder.file_name().unwrap().to_str().unwrap(), name, "a crate's folder is its role");
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let wanted = dependencies.filter(|dependency| wanted(dependency["kind"].as_str()));
            (name, wanted.filter_map(role).collect())
        })
        .collect()
}
