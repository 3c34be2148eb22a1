//! `tighten.toml` as `analyze` finds it.

use crate::support::{Run, analyze, run, small, tighten, trail};

/// Runs `analyze` on the small trail, in a directory that holds these settings.
fn with(settings: &str, flags: &[&str]) -> Run {
    let (dir, logs) = (tempfile::tempdir().unwrap(), trail(&small()));
    std::fs::write(dir.path().join("tighten.toml"), settings).unwrap();
    run(analyze().current_dir(dir.path()).arg("--trail-dir").arg(logs.path()).args(flags))
}

#[test]
fn settings_in_the_current_directory_count_and_flags_win() {
    let deploy = ["--principal", "deploy"];
    let broad = with("resources = \"any\"", &deploy);
    assert_eq!(broad.code, Some(0), "{}", broad.stderr);
    assert!(broad.stdout.contains("s3:GetObject") && !broad.stdout.contains("arn:aws:s3"), "{}", broad.stdout);
    let exact = with("resources = \"any\"", &[&deploy as &[&str], &["--resources", "exact"]].concat());
    assert!(exact.stdout.contains("arn:aws:s3:::assets/site/index.html"), "{}", exact.stdout);
}

#[test]
fn a_mistyped_setting_ends_the_run_before_anything_is_read() {
    let done = with("resorces = \"any\"", &["--trail-dir", "/no/such/place"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(done.stderr, @r"
    error: tighten.toml:1: unknown key `resorces`
      did you mean `resources`?
    ");
}

#[test]
fn settings_that_were_asked_for_have_to_be_there() {
    let done = with("", &["--config", "other.toml"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(done.stderr, @r"
    error: there are no settings at `other.toml`
      `tighten init` writes `tighten.toml` into the current directory
    ");
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("team.toml");
    std::fs::write(&file, "resources = \"exact\"").unwrap();
    let done = with("resources = \"any\"", &["--principal", "deploy", "--config", &file.display().to_string()]);
    assert!(done.stdout.contains("arn:aws:s3:::assets/site/index.html"), "{}{}", done.stdout, done.stderr);
}

#[test]
fn the_settings_that_init_writes_are_read() {
    let (dir, logs) = (tempfile::tempdir().unwrap(), trail(&small()));
    assert_eq!(run(tighten().current_dir(dir.path()).arg("init")).code, Some(0));
    let done = run(analyze().current_dir(dir.path()).arg("-v").arg("--trail-dir").arg(logs.path()));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("tighten.toml"), "{}", done.stderr);
}
