//! The inputs that edits begin with, from `fixtures/`.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The `fixtures` folder of this repository.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// The content of every file below a folder of the fixtures, in the order of their paths.
pub fn files(name: &str) -> io::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    let mut folders = vec![folder().join(name)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found.into_iter().map(std::fs::read).collect()
}

/// The JSON documents below a folder of the fixtures.
pub fn documents(name: &str) -> io::Result<Vec<Value>> {
    files(name)?.iter().map(|bytes| serde_json::from_slice(bytes).map_err(io::Error::other)).collect()
}

/// The records of `envelopes/`.
pub fn records() -> io::Result<Vec<Value>> {
    let lines = std::fs::read_to_string(folder().join("envelopes/lines.jsonl"))?;
    lines.lines().map(|line| serde_json::from_str(line).map_err(io::Error::other)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_seeds_of_every_kind() {
        assert!(files("envelopes").unwrap().len() >= 8 && records().unwrap().len() == 8);
        assert!(documents("policies").unwrap().len() >= 10 && !documents("selectors").unwrap().is_empty());
    }
}
