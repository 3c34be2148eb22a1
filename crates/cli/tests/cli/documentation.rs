//! `docs/cli.md` holds the help texts and the exit codes of the program.

use std::path::Path;

use tighten_cli::exit;

use crate::support::{analyze, run};

#[test]
fn the_documented_help_is_the_programs_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (introduction, _) = text.split_once("<!-- help texts").unwrap();
    let mut expected = introduction.to_owned();
    expected.push_str(
        "<!-- help texts: written by `UPDATE_DOCS=1 cargo test -p tighten-cli --test cli documentation` -->\n",
    );
    let [tighten, _] = tighten_cli::commands();
    help(tighten, &mut expected);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
    } else {
        assert!(text == expected, "`docs/cli.md` is out of date; its comment says how to write it anew");
    }
}

fn help(command: clap::Command, text: &mut String) {
    let mut command = command.term_width(100);
    command.build();
    write(&mut command, text);
}

fn write(command: &mut clap::Command, text: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.extend([format!("\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end())]);
    for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help") {
        write(inner, text);
    }
}

#[test]
fn the_documented_exit_codes_are_the_programs_own() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md")).unwrap();
    for (code, meaning) in [
        (exit::DONE, "done"),
        (exit::FINDINGS, "findings"),
        (exit::FAILED, "failed"),
        (exit::PARTIAL, "could not be read"),
    ] {
        let row = text.lines().find(|line| line.starts_with(&format!("| {code} |"))).unwrap();
        assert!(row.contains(meaning), "{row}");
    }
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (_, shown) = readme.split_once("```text\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    assert!(readme.contains("--bin analyze -- --trail-dir fixtures/organisation/trail --allow-partial\n"));
    let mut command = analyze();
    command.current_dir(&root).args(["--trail-dir", "fixtures/organisation/trail", "--allow-partial"]);
    let printed = run(&mut command);
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    for line in shown.lines().filter(|line| *line != "…") {
        assert!(printed.stdout.lines().any(|printed| printed == line), "not printed: {line}");
    }
}
