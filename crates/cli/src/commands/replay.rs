//! `tighten replay`: which of the observed calls would a policy have let through?

mod candidates;
#[cfg(feature = "aws")]
mod organization;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use tighten_catalog::Catalog;
use tighten_iam::{PolicyKind, Principal};
use tighten_report::replay::{ReplayOf, ReplayReport, Replays, replay};
use tighten_synthesis::replay::{CallReplay, CallReplayer, Candidates, Judge, NowAllowed, Tally, names_in_full};
use tighten_synthesis::{EntityPaths, Subject};
use tighten_trail::Event;
use tighten_usage::{FoldOptions, Judged, Progress, for_each_event};

use crate::args::{Format, InputArgs, PlaceArgs};
use crate::config::InputConfig;
use crate::error::Explained;
use crate::exit::Exit;
use crate::principals::choose_bound;
use crate::read::Read;
use crate::sources::Opened;
use crate::terminal::{Terminal, print};
use candidates::{CandidateArgs, Tried};

/// Judge every observed call against policies: which ones would they have denied?
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    candidates: CandidateArgs,
    #[command(flatten)]
    places: PlaceArgs,
    #[command(flatten)]
    input: InputArgs,
    /// What stdout carries.
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
    /// End with 1 if some call would have been denied, or is not sure to have been let through.
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
}

/// The records are read twice, the second time when it is known whose calls they are: what a pipe has is gone by then.
fn require_files(roots: &[PathBuf]) -> Result<()> {
    let is_read_once = |root: &&PathBuf| std::fs::metadata(root).is_ok_and(|found| !found.is_file() && !found.is_dir());
    match roots.iter().find(is_read_once) {
        Some(root) => {
            let message =
                format!("`{}` can be read only once, and `tighten replay` reads the logs twice", root.display());
            Err(Explained::new(message, "write them into a file, and give that to `--trail-dir`").into())
        }
        None => Ok(()),
    }
}

/// Runs the command.
pub(crate) fn run(args: ReplayArgs, terminal: Terminal) -> Result<Exit> {
    #[cfg_attr(not(feature = "aws"), expect(unused_mut, reason = "only AWS has something to add"))]
    let Tried { mut candidates, mut files, principals } = args.candidates.read()?;
    let mut input = InputConfig::new(args.input.with(args.places), terminal)?;
    require_files(&input.sources.roots)?;
    input.ask_account(false, terminal)?;
    let mut read = Read::new(input, terminal)?;
    // Those that were not asked for may still be the ones that name a role in full.
    let names = names_in_full(&read.usage);
    choose_bound(&mut read.usage, &read.input, principals, terminal)?;
    #[cfg(feature = "aws")]
    let unread =
        if args.candidates.from_iam { organization::bind(&mut candidates, &mut files, &read, terminal)? } else { 0 };
    #[cfg(not(feature = "aws"))]
    let unread = 0;
    let subjects: Vec<Subject> =
        read.usage.principals.iter().map(|(principal, used)| Subject::of(principal, used)).collect();
    let calls = CallReplay::of(&candidates, (&read.usage, &subjects), &names, &read.paths);
    let mut tallies = judged(&read, &calls)?;
    let replayed: Vec<ReplayOf<'_>> = subjects
        .iter()
        .map(|subject| ReplayOf {
            principal: &subject.principal,
            tally: tallies.remove(&subject.principal).unwrap_or_default(),
            now_allowed: now_allowed(&candidates, subject, &read.paths),
        })
        .collect();
    let report = replay(Replays {
        version: env!("CARGO_PKG_VERSION"),
        catalog: Catalog::embedded(),
        window: read.input.fold.window,
        pruned: read.pruned(),
        usage: &read.usage,
        files: &files,
        candidates: &candidates,
        principals: &replayed,
    });
    print(&report, ReplayReport::page, args.format, terminal)?;
    let end = read.end(unread, terminal);
    Ok(if end == Exit::Done && args.exit_code && !report.is_allowed() { Exit::Findings } else { end })
}

/// The refusals that the documents would not repeat: without policies of the principal they say nothing of them.
fn now_allowed<'s>(candidates: &Candidates, subject: &'s Subject, paths: &EntityPaths) -> Vec<NowAllowed<'s>> {
    if !candidates.kinds().contains(&PolicyKind::Identity) {
        return Vec::new();
    }
    Judge::of(candidates, (&subject.principal, !subject.name_only), paths).now_allowed(&subject.wants)
}

/// Reads the records once more, and judges each event.
fn judged<'r>(read: &Read, calls: &'r CallReplay<'r>) -> Result<BTreeMap<&'r Principal, Tally>> {
    let fold = FoldOptions { principals: calls.principals(), ..read.input.fold.clone() };
    let visit = |replayer: &mut CallReplayer<'r>, event: &Event<'_>, judged: &Judged| replayer.see(event, judged);
    let mut opened = Opened::new(&read.input)?;
    let source = &mut opened.source;
    let replayers = for_each_event(source, &fold, &read.mapper, || calls.replayer(), visit, &Progress::default());
    let mut sum: BTreeMap<&'r Principal, Tally> = BTreeMap::new();
    for (principal, tally) in replayers.into_iter().flat_map(CallReplayer::finish) {
        *sum.entry(principal).or_default() += tally;
    }
    opened.require_all(read.found.objects)?;
    Ok(sum)
}
