//! `tighten replay`: which of the observed calls would a policy have let through?

use std::path::PathBuf;

use anyhow::Result;
use tighten_catalog::Catalog;
use tighten_mapping::Mapper;
use tighten_report::Pruned;
use tighten_report::replay::{ReplayOf, ReplayReport, Replays, replay};
use tighten_synthesis::replay::{Judge, Names};
use tighten_synthesis::{EntityPaths, Subject};

use crate::args::{Format, InputArgs};
use crate::config::InputConfig;
use crate::exit::Exit;
use crate::principals::choose_bound;
use crate::replaying::{Court, Courts, Records, mostly_refused, roles_in_full};
use crate::terminal::{Terminal, print};
use crate::{current, input};

/// Judge every observed call against policies: which ones would they have denied?
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ReplayArgs {
    /// A policy document, as JSON or URL-encoded, alone or as the AWS CLI prints it. Repeatable: several count together,
    /// as attached policies do.
    #[arg(long = "policy", value_name = "FILE", required = true, help_heading = "Policies")]
    policies: Vec<PathBuf>,
    /// Replay every principal, each against the same policies. Without it there has to be exactly one.
    #[arg(long, help_heading = "Policies")]
    all: bool,
    #[command(flatten)]
    input: InputArgs,
    /// What stdout carries.
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: Format,
    /// End with 1 if some call would have been denied, or is not sure to have been let through.
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
}

/// Runs the command.
pub(crate) fn run(args: ReplayArgs, terminal: Terminal) -> Result<Exit> {
    let documents = current::documents(args.policies.iter().map(PathBuf::as_path))?;
    let files: Vec<String> = args.policies.iter().map(|file| file.display().to_string()).collect();
    let input = InputConfig::new(args.input)?;
    let mapper = Mapper::new(Catalog::embedded());
    let (listing, mut usage) = input::read(&input, &mapper, terminal)?;
    // Those that were not asked for may still be the ones that name a role in full.
    let (paths, roles) = (EntityPaths::of(&usage), roles_in_full(&usage));
    choose_bound(&mut usage, &input, args.all, terminal)?;
    let subjects: Vec<Subject> =
        usage.principals.iter().map(|(principal, used)| Subject::of(principal, used)).collect();
    let names: Vec<Names> = subjects.iter().map(|subject| Names::of(&subject.needs)).collect();
    let court = |(subject, names)| {
        let Subject { principal, .. }: &Subject = subject;
        (principal, vec![Court { judge: Judge::new(&documents, principal, &paths), names, since: None }])
    };
    let courts: Courts<'_> = subjects.iter().zip(&names).map(court).collect();
    let mostly_refused = mostly_refused(&usage);
    let records = Records {
        listing: &listing,
        fold: &input.fold,
        mapper: &mapper,
        roles: &roles,
        mostly_refused: &mostly_refused,
        without: &[],
    };
    let mut tallies = records.replay(&courts)?;
    let replayed: Vec<ReplayOf<'_>> = subjects
        .iter()
        .map(|subject| ReplayOf {
            principal: &subject.principal,
            tally: tallies.remove(&subject.principal).and_then(|mut tallies| tallies.pop()).unwrap_or_default(),
            now_allowed: Judge::new(&documents, &subject.principal, &paths).now_allowed(&subject.wants),
        })
        .collect();
    let report = replay(Replays {
        version: env!("CARGO_PKG_VERSION"),
        catalog: Catalog::embedded(),
        window: input.fold.window,
        pruned: Pruned { files: listing.pruned_files, bytes: listing.pruned_bytes },
        usage: &usage,
        files: &files,
        documents: &documents,
        principals: &replayed,
    });
    print(&report, ReplayReport::page, args.format, terminal)?;
    let end = input::end(&usage.skips, 0, input.allow_partial, terminal);
    Ok(if end == Exit::Done && args.exit_code && !report.is_allowed() { Exit::Findings } else { end })
}
