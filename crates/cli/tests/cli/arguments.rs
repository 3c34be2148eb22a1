//! Wrong arguments and missing input: exit code 2, and a way out.

use crate::support::{Run, analyze, run, small, tighten, trail, write_log};

fn failed(done: Run) -> String {
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{}", done.stderr);
    done.stderr
}

#[test]
fn a_missing_trail_dir_is_named() {
    let message = failed(run(&mut analyze()));
    assert!(message.contains("--trail-dir ./logs"), "{message}");
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let message = failed(run(analyze().args(["--trail-dir", "/no/such/place"])));
    insta::assert_snapshot!(message, @r"
    error: no logs to read: cannot read `/no/such/place`: No such file or directory (os error 2)
      `--trail-dir /no/such/place` has to name a directory of CloudTrail logs, or one log file
    ");
}

#[test]
fn a_directory_without_logs_is_no_empty_success() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("notes.txt"), "none").unwrap();
    for mut command in [analyze(), tighten()] {
        if command.get_program().to_string_lossy().ends_with("tighten") {
            command.arg("needs");
        }
        let message = failed(run(command.arg("--trail-dir").arg(dir.path())));
        let message = message.replace(&dir.path().display().to_string(), "DIR");
        insta::allow_duplicates! {
            insta::assert_snapshot!(message, @r"
            error: no CloudTrail logs in `DIR`
              `--trail-dir` recognises files by .json, .jsonl or .ndjson in their names, also with .gz, or by content: gzip or JSON
              1 files are something else (digests, Insight files, other names)
            ");
        }
    }
}

#[test]
fn a_window_without_logs_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let day = dir.path().join("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/01");
    std::fs::create_dir_all(&day).unwrap();
    write_log(&day.join("111122223333_CloudTrail_eu-west-1_20260501T1200Z_x.json"), &small());
    let message = failed(run(analyze().args(["--since", "2026-06-01"]).arg("--trail-dir").arg(dir.path())));
    assert!(message.contains("no logs of that time"), "{message}");
    assert!(message.contains("1 log files were delivered outside `--since` and `--until`"), "{message}");
}

#[test]
fn values_are_checked_before_anything_is_read() {
    for (arguments, expected) in [
        (["--since", "last week"], "`last week` is neither a date (2026-05-01)"),
        (["--account", "1234"], "`--account 1234` is not an account id"),
        (["--region", "Europe/West"], "`--region Europe/West` is not a region"),
        (["--name-prefix", "*"], "`--name-prefix` is too short"),
        (["--max-file-size", "lots"], "`lots` is not a size"),
        (["--memory-limit", "10MiB"], "give at least 64MiB"),
        (["--threads", "0"], "'--threads <N>'"),
        (["--threads", "100000"], "'--threads <N>'"),
        (["--format", "yaml"], "[possible values: text, json, markdown]"),
    ] {
        let message = failed(run(analyze().args(["--trail-dir", "/no/such/place"]).args(arguments)));
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_principal_that_nobody_is_brings_near_names() {
    let dir = trail(&small());
    let message = failed(run(analyze().args(["--principal", "deply"]).arg("--trail-dir").arg(dir.path())));
    insta::assert_snapshot!(message, @r"
    error: no principal in these logs matches `deply`
      did you mean `deploy`?
    ");
}

#[test]
fn help_and_version_are_results() {
    for argument in ["--help", "-h", "--version"] {
        for mut command in [tighten(), analyze()] {
            let done = run(command.arg(argument));
            assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
            assert!(!done.stdout.is_empty());
        }
    }
}

#[test]
fn completions_are_for_both_programs() {
    let done = run(tighten().args(["completions", "bash"]));
    assert_eq!(done.code, Some(0));
    assert!(done.stdout.contains("complete -F _tighten") && done.stdout.contains("complete -F _analyze"));
}

#[test]
fn a_file_that_is_no_log_is_no_empty_success() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("notes.json");
    std::fs::write(&file, r#"{"hello": 1}"#).unwrap();
    for mut command in [analyze(), {
        let mut needs = tighten();
        needs.arg("needs");
        needs
    }] {
        let run = run(command.arg("--trail-dir").arg(&file));
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains("no CloudTrail logs in"), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    std::fs::write(&file, r#"{"Records": []}"#).unwrap();
    assert_eq!(run(analyze().arg("--trail-dir").arg(&file)).code, Some(0));
}
