//! `tighten diff`: what do two policies allow that the other does not?

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tighten_catalog::Catalog;
use tighten_iam::PolicyDocument;
use tighten_inventory::{Note, matching_nothing, parse_document, read_document};
use tighten_report::diff::DiffReport;
use tighten_synthesis::diff;

use crate::args::Format;
use crate::current::{self, explained};
use crate::error::Explained;
use crate::exit::Exit;
use crate::terminal::{Terminal, print};

/// Compare what two policies allow.
///
/// Order, layout, the case of actions and different spellings of the same pattern are no differences. Each side may be of
/// several documents, which count together. Documents are JSON or URL-encoded, alone or as the AWS CLI prints them.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DiffArgs {
    /// The policy before: a file, a directory of .json files, or `-` for stdin.
    #[arg(value_name = "OLD", required_unless_present = "old_files", conflicts_with_all = ["old_files", "new_files"])]
    old: Option<PathBuf>,
    /// The policy after.
    #[arg(value_name = "NEW", required_unless_present = "new_files")]
    new: Option<PathBuf>,
    /// The policy before, of several documents.
    #[arg(long = "old", value_name = "FILE", num_args = 1.., requires = "new_files", help_heading = "Policies")]
    old_files: Vec<PathBuf>,
    /// The policy after, of several documents.
    #[arg(long = "new", value_name = "FILE", num_args = 1.., requires = "old_files", help_heading = "Policies")]
    new_files: Vec<PathBuf>,
    /// What stdout carries.
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
    /// Name every action, also those that are kept, instead of counting them.
    #[arg(long, help_heading = "Output")]
    details: bool,
    /// End with 1 unless it is proven that the new policy allows nothing that the old one does not.
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
}

/// What the exit codes of this command mean.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  done, and there is new access, or it is undecided whether there is (only with --exit-code)
  2  failed: wrong arguments, missing input, or an error on the way";

/// Runs the command.
pub(crate) fn run(args: DiffArgs, terminal: Terminal) -> Result<Exit> {
    let (old, new) = (sources(args.old, args.old_files)?, sources(args.new, args.new_files)?);
    if old.iter().chain(&new).filter(|path| is_stdin(path)).count() > 1 {
        return Err(
            Explained::new("stdin can only be read once", "give `-` for one document, and files for the rest").into()
        );
    }
    let ((old_names, old), (new_names, new)) = (read(&old)?, read(&new)?);
    let named = old_names.iter().zip(&old).chain(new_names.iter().zip(&new));
    let mut notes: Vec<Note> =
        named.flat_map(|(name, document)| matching_nothing(document, &format!("`{name}`"))).collect();
    // Of the same file on both sides once is enough.
    notes.dedup();
    current::note(&notes, terminal);
    let diff = diff(Catalog::embedded(), &old, &new);
    let report = DiffReport::new(&diff, &old_names, &new_names, args.details);
    print(&report, DiffReport::page, args.format, terminal)?;
    Ok(if args.exit_code && !diff.is_no_wider() { Exit::Findings } else { Exit::Done })
}

/// The files of one side, those of directories by name.
fn sources(one: Option<PathBuf>, several: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in one.into_iter().chain(several) {
        if path.is_dir() {
            files.extend(json_files(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn json_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let context = || format!("cannot read the directory `{}`", directory.display());
    let entries = std::fs::read_dir(directory).with_context(context)?;
    let paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().with_context(context)?;
    let is_json = |path: &PathBuf| path.extension().is_some_and(|of| of.eq_ignore_ascii_case("json")) && path.is_file();
    let mut files: Vec<PathBuf> = paths.into_iter().filter(is_json).collect();
    files.sort();
    // Nothing to read must not pass for a policy that allows nothing.
    if files.is_empty() {
        let message = format!("no policies in `{}`", directory.display());
        return Err(Explained::new(message, "a directory stands for the files in it that end in .json").into());
    }
    Ok(files)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The documents, with their names.
fn read(files: &[PathBuf]) -> Result<(Vec<String>, Vec<PolicyDocument>)> {
    let mut documents = Vec::with_capacity(files.len());
    for file in files {
        documents.push(if is_stdin(file) { read_stdin()? } else { read_document(file).map_err(explained)? });
    }
    let name = |file: &PathBuf| if is_stdin(file) { "stdin".to_owned() } else { file.display().to_string() };
    Ok((files.iter().map(name).collect(), documents))
}

fn read_stdin() -> Result<PolicyDocument> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).context("cannot read the policy from stdin")?;
    Ok(parse_document(&text, "stdin").map_err(explained)?)
}
