//! Files below the directory of `--out`: whole or not at all, and never through a link.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tighten_report::REPORT_FILE;

/// The directory of `--out`.
#[derive(Debug)]
pub(crate) struct OutDir {
    root: PathBuf,
    written: BTreeSet<String>,
}

impl OutDir {
    /// Makes sure that the directory is there.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        fs::create_dir_all(root).with_context(|| format!("cannot make the directory `{}`", root.display()))?;
        Ok(Self { root: root.to_path_buf(), written: BTreeSet::new() })
    }

    /// Writes one file, given by its path below the directory. A reader sees the old content or the new, never a part.
    pub(crate) fn write(&mut self, below: &str, content: &[u8]) -> Result<()> {
        let path = self.resolve(below)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make the directory `{}`", parent.display()))?;
        }
        replace(&path, content).with_context(|| format!("cannot write `{}`", path.display()))?;
        self.written.insert(below.to_owned());
        Ok(())
    }

    /// Removes the documents that an earlier run listed in its report and that this one did not write. Files that no
    /// run of this program wrote are left alone. Returns how many were removed.
    pub(crate) fn remove_stale(&self) -> Result<usize> {
        let Ok(text) = fs::read(self.root.join(REPORT_FILE)) else { return Ok(0) };
        let Ok(earlier) = serde_json::from_slice::<Earlier>(&text) else {
            tracing::warn!("`{REPORT_FILE}` of an earlier run is not readable; its documents are left where they are");
            return Ok(0);
        };
        let documents = earlier.principals.into_iter().flat_map(|principal| principal.documents);
        let narrowed = earlier.narrowing.policies.into_iter().filter_map(|policy| policy.path);
        let sets = earlier.permission_sets.into_iter().filter_map(|set| set.policy).map(|policy| policy.path);
        let paths = documents.map(|document| document.path).chain(sets).chain(narrowed);
        let mut removed = 0;
        for path in paths.filter(|path| !self.written.contains(path)) {
            // The report may have been changed by others since: it decides what is removed only within `policies`.
            if !path.starts_with("policies/") {
                continue;
            }
            let Ok(path) = self.resolve(&path) else { continue };
            match fs::remove_file(&path) {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| format!("cannot remove `{}`", path.display())),
            }
            // Directories that are empty now go, too; the others stay.
            let below_root = path.ancestors().skip(1).take_while(|parent| *parent != self.root);
            for parent in below_root {
                if fs::remove_dir(parent).is_err() {
                    break;
                }
            }
        }
        Ok(removed)
    }

    /// The path below the directory. Nothing on the way may be a link: it could lead anywhere.
    fn resolve(&self, below: &str) -> Result<PathBuf> {
        let mut path = self.root.clone();
        for component in Path::new(below).components() {
            let Component::Normal(name) = component else { bail!("`{below}` leads out of the output directory") };
            path.push(name);
            let is_link = fs::symlink_metadata(&path).is_ok_and(|found| found.file_type().is_symlink());
            if is_link {
                bail!("`{}` is a link, which is not followed; remove it or choose another `--out`", path.display());
            }
        }
        Ok(path)
    }
}

/// What is needed of an earlier run's report.
#[derive(Deserialize)]
struct Earlier {
    #[serde(default)]
    principals: Vec<EarlierPrincipal>,
    #[serde(default)]
    narrowing: EarlierNarrowing,
    #[serde(default, rename = "permissionSets")]
    permission_sets: Vec<EarlierSet>,
}

#[derive(Default, Deserialize)]
struct EarlierNarrowing {
    #[serde(default)]
    policies: Vec<EarlierPolicy>,
}

#[derive(Deserialize)]
struct EarlierPolicy {
    path: Option<String>,
}

#[derive(Deserialize)]
struct EarlierPrincipal {
    #[serde(default)]
    documents: Vec<EarlierDocument>,
}

#[derive(Deserialize)]
struct EarlierSet {
    #[serde(default)]
    policy: Option<EarlierDocument>,
}

#[derive(Deserialize)]
struct EarlierDocument {
    path: String,
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written =
        create(&temporary).and_then(|mut file| file.write_all(content)).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A new file; one of that name that a killed run with the same process id has left is removed first.
fn create(path: &Path) -> io::Result<File> {
    let new = || OpenOptions::new().write(true).create_new(true).open(path);
    match new() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            new()
        }
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(paths: &[&str]) -> Vec<u8> {
        let documents: Vec<_> = paths.iter().map(|path| serde_json::json!({ "path": path })).collect();
        serde_json::json!({ "principals": [{ "documents": documents }] }).to_string().into_bytes()
    }

    fn files(root: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![root.to_path_buf()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn documents_of_an_earlier_run_go_and_other_files_stay() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("out");
        let mut out = OutDir::open(&root).unwrap();
        out.write("policies/1/role/a.json", b"{}").unwrap();
        out.write("policies/1/role/b.json", b"{}").unwrap();
        out.write("policies/2/user/c.json", b"{}").unwrap();
        fs::write(root.join("policies/1/role/notes.txt"), "mine").unwrap();
        fs::write(dir.path().join("outside.json"), "mine").unwrap();
        let listed = [
            "policies/1/role/a.json",
            "policies/1/role/b.json",
            "policies/2/user/c.json",
            "../outside.json",
            "policies/../../outside.json",
        ];
        out.write(REPORT_FILE, &report(&listed)).unwrap();

        let mut again = OutDir::open(&root).unwrap();
        again.write("policies/1/role/b.json", b"new").unwrap();
        assert_eq!(again.remove_stale().unwrap(), 2);
        assert_eq!(files(&root), ["policies/1/role/b.json", "policies/1/role/notes.txt", "report.json"]);
        assert!(!root.join("policies/2").exists());
        assert_eq!(fs::read(root.join("policies/1/role/b.json")).unwrap(), b"new");
        assert!(dir.path().join("outside.json").exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let mut out = OutDir::open(&dir.path().join("out")).unwrap();
        std::os::unix::fs::symlink(&elsewhere, dir.path().join("out/policies")).unwrap();
        let error = out.write("policies/1/role/a.json", b"{}").unwrap_err();
        assert!(error.to_string().contains("is a link"), "{error}");
        assert!(files(&elsewhere).is_empty());
        assert!(out.write("../x.json", b"{}").is_err());
    }
}
