//! `tighten init`.

use std::path::Path;

use crate::support::{Run, run, tighten};

fn init(dir: &Path, flags: &[&str]) -> Run {
    run(tighten().current_dir(dir).arg("init").args(flags))
}

#[test]
fn settings_are_written_once_and_replaced_only_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tighten.toml");
    let done = init(dir.path(), &[]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""));
    insta::assert_snapshot!(done.stderr, @r"
    wrote tighten.toml: nothing is taken away before 30 days of records, or 14 days after a change
    next: read it, then run `tighten analyze --trail-dir DIR --current FILE` in this directory
    ");
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("\nmin-window = \"30d\"\n") && written.contains("\ngrace = \"14d\"\n"), "{written}");

    std::fs::write(&file, "grace = \"1d\"\n").unwrap();
    let refused = init(dir.path(), &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(refused.stderr, @r"
    error: there is a `tighten.toml` here already
      `--force` replaces it; `--print` shows what would be written
    ");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "grace = \"1d\"\n");

    let forced = init(dir.path(), &["--force", "--quiet"]);
    assert_eq!((forced.code, forced.stderr.as_str()), (Some(0), ""));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left behind");
}

#[test]
fn printing_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let printed = init(dir.path(), &["--print"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    init(dir.path(), &[]);
    assert_eq!(std::fs::read_to_string(dir.path().join("tighten.toml")).unwrap(), printed.stdout);
    assert_eq!(init(dir.path(), &["--print", "--force"]).code, Some(2));
}

#[cfg(unix)]
#[test]
fn a_link_is_not_written_through() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = dir.path().join("elsewhere");
    let here = dir.path().join("here");
    std::fs::create_dir(&here).unwrap();
    std::os::unix::fs::symlink(&elsewhere, here.join("tighten.toml")).unwrap();
    for flags in [&[] as &[&str], &["--force"]] {
        let refused = init(&here, flags);
        assert_eq!(refused.code, Some(2), "{}", refused.stderr);
        assert!(!elsewhere.exists());
    }
}
