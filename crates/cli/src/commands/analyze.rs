//! `tighten analyze`: the main job, from logs to policies.

use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;
use tighten_catalog::Catalog;
use tighten_iam::Principal;
use tighten_mapping::Mapper;
use tighten_report::{Analysis, PrincipalReport, Pruned, REPORT_FILE, Report, json, text};
use tighten_synthesis::{EntityPaths, Proposal, Subject, generate, input_findings, prove_generated};
use tighten_usage::{PrincipalUsage, Usage, fold};

use crate::args::{Format, InputArgs, OutputArgs};
use crate::config::{InputConfig, OutputConfig};
use crate::error::Explained;
use crate::exit::Exit;
use crate::input;
use crate::near::near;
use crate::progress;
use crate::terminal::{Terminal, write_out};
use crate::write::OutDir;

/// Write the IAM policies that cover what principals did.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AnalyzeArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
pub(crate) fn run(args: AnalyzeArgs, terminal: Terminal) -> Result<Exit> {
    let output = OutputConfig::new(args.output)?;
    let input = InputConfig::new(args.input)?;
    let listing = input::list(&input.roots, &input.fold.window)?;
    let mapper = Mapper::new(Catalog::embedded());
    let shown = terminal.shows_progress();
    let mut usage = progress::during(shown, listing.files.len(), input::bytes(&listing), |progress| {
        fold(&listing, input.fold.clone(), &mapper, progress)
    });
    input::require_logs(&input.roots, listing.files.len(), &usage.skips)?;
    tracing::info!(records = usage.counts.records, principals = usage.principals.len(), "read");
    // Those that were not asked for may still be the ones that name a role in full.
    let paths = EntityPaths::of(&usage);
    choose(&mut usage, &input)?;
    let report = tighten_report::report(Analysis {
        version: env!("CARGO_PKG_VERSION"),
        catalog: Catalog::embedded(),
        window: input.fold.window,
        pruned: Pruned { files: listing.pruned_files, bytes: listing.pruned_bytes },
        usage: &usage,
        proposals: &proposals(&usage, &paths, &input, &output)?,
        findings: &input_findings(&usage),
    });
    if let Some(out) = &output.out {
        write_files(&report, out, terminal)?;
    }
    match (output.format, report.principals.as_slice()) {
        (None, [principal]) if output.out.is_none() && !input.principals.is_all() => print_policy(principal, terminal)?,
        (Some(Format::Json), _) => write_out(|out| json::write_pretty(&report, out))?,
        _ => write_out(|out| text::write(&report, terminal.style, out))?,
    }
    let end = input::end(&usage.skips, input.allow_partial, terminal);
    Ok(if end == Exit::Done && output.exit_code && report.has_warnings() { Exit::Findings } else { end })
}

/// Generates the policies, and proves each to allow all that was observed before it may leave the program.
fn proposals(usage: &Usage, paths: &EntityPaths, input: &InputConfig, output: &OutputConfig) -> Result<Vec<Proposal>> {
    let threads = input.fold.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let generated = |(principal, used): (&Principal, &PrincipalUsage)| {
        let subject = Subject::of(principal, used);
        let proposal = generate(Catalog::embedded(), &subject, paths, &output.options);
        prove_generated(&proposal, &subject.needs, paths).map_err(|error| {
            let message = format!("the policy for `{principal}` does not allow all that was observed");
            Explained::new(message, "this is a defect of tighten, please report it; nothing was written").because(error)
        })?;
        Ok(proposal)
    };
    let principals: Vec<_> = usage.principals.iter().collect();
    pool.install(|| principals.into_par_iter().map(generated).collect())
}

/// Leaves the principals that were asked for. Asking for nobody is an error: a mistyped name must not read as "needs
/// nothing".
pub(crate) fn choose(usage: &mut Usage, input: &InputConfig) -> Result<()> {
    let known: Vec<Principal> = usage.principals.keys().cloned().collect();
    usage.principals.retain(|principal, _| input.principals.admits(principal));
    if input.principals.is_all() || !usage.principals.is_empty() {
        return Ok(());
    }
    let names = |pattern: &String| -> Vec<String> {
        let by_arn = pattern.starts_with("arn:");
        let of = |principal: &'_ Principal| if by_arn { principal.to_string() } else { principal.name().to_owned() };
        let all: Vec<String> = known.iter().map(of).collect();
        near(pattern, all.iter().map(String::as_str), 5).into_iter().map(|name| format!("`{name}`")).collect()
    };
    let suggestions: Vec<String> = input.patterns.iter().flat_map(names).collect();
    let patterns: Vec<String> = input.patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
    let message = format!("no principal in these logs matches {}", patterns.join(" or "));
    let tip = if suggestions.is_empty() {
        format!("there are {} principals; without `--principal` they are listed", known.len())
    } else {
        format!("did you mean {}?", suggestions.join(", "))
    };
    Err(Explained::new(message, tip).into())
}

fn write_files(report: &Report, out: &Path, terminal: Terminal) -> Result<()> {
    let mut dir = OutDir::open(out)?;
    let mut written = 0;
    for document in report.principals.iter().flat_map(|principal| &principal.documents) {
        dir.write(&document.path, &pretty(&document.document)?)?;
        written += 1;
    }
    // The earlier report goes last, so that a run that was stopped before can be cleaned up after.
    let removed = dir.remove_stale()?;
    dir.write(REPORT_FILE, &pretty(report)?)?;
    let removed = if removed > 0 { format!("; removed {removed} of an earlier run") } else { String::new() };
    let documents = if written == 1 { "document" } else { "documents" };
    terminal.note(&format!("wrote {written} policy {documents} and {REPORT_FILE} to {}{removed}", out.display()));
    Ok(())
}

fn pretty<T: serde::Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    json::write_pretty(value, &mut text)?;
    Ok(text)
}

/// How many findings are told beside a policy.
const TOLD: usize = 5;

/// Prints one principal's policy and nothing else.
fn print_policy(principal: &PrincipalReport, terminal: Terminal) -> Result<()> {
    let [document] = principal.documents.as_slice() else {
        let (message, tip) = match principal.documents.len() {
            0 => (
                "no policy: these logs show no permission in use by".to_owned(),
                "`--format text` shows what they do show",
            ),
            several => (
                format!("the policy takes {several} documents of"),
                "`--out DIR` writes them to files, `--format json` prints them in one report",
            ),
        };
        return Err(Explained::new(format!("{message} {}", principal.principal), tip).into());
    };
    write_out(|out| json::write_pretty(&document.document, out))?;
    let told: Vec<_> = principal.findings.iter().filter(|finding| finding.severity != "info").collect();
    for finding in told.iter().take(TOLD) {
        terminal.note(&format!("{}: {}: {}", finding.severity, finding.code, finding.message));
    }
    if let Some(rest @ 1..) = told.len().checked_sub(TOLD) {
        terminal.note(&format!("warning: and {rest} more findings, which `--format text` shows"));
    }
    Ok(())
}
