//! `tighten replay`: which of the observed calls would a policy have let through?

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;
use tighten_catalog::Catalog;
use tighten_iam::{Principal, PrincipalKind};
use tighten_mapping::Mapper;
use tighten_report::replay::{ReplayOf, ReplayReport, Replays, replay};
use tighten_report::{Pruned, json, text};
use tighten_synthesis::replay::{Judge, Names};
use tighten_synthesis::{EntityPaths, Subject};
use tighten_usage::Usage;

use crate::args::InputArgs;
use crate::commands::analyze::choose;
use crate::config::InputConfig;
use crate::error::Explained;
use crate::exit::Exit;
use crate::replaying::{Court, Courts, Records, mostly_refused, roles_in_full};
use crate::terminal::{Terminal, write_out};
use crate::{input, policy_files};

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
    format: ReplayFormat,
    /// End with 1 if some call would have been denied, or is not sure to have been let through.
    #[arg(long, help_heading = "Output")]
    exit_code: bool,
}

/// What stdout carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReplayFormat {
    /// A summary to read.
    Text,
    /// Everything, as docs/replay.md describes it.
    Json,
}

/// Runs the command.
pub(crate) fn run(args: ReplayArgs, terminal: Terminal) -> Result<Exit> {
    let documents = policy_files::read(&args.policies)?;
    let files: Vec<String> = args.policies.iter().map(|file| file.display().to_string()).collect();
    let input = InputConfig::new(args.input)?;
    let mapper = Mapper::new(Catalog::embedded());
    let (listing, mut usage) = input::read(&input, &mapper, terminal)?;
    // Those that were not asked for may still be the ones that name a role in full.
    let (paths, roles) = (EntityPaths::of(&usage), roles_in_full(&usage));
    choose(&mut usage, &input)?;
    prefer_exact(&mut usage, &input.patterns);
    only_one(&mut usage, args.all, terminal)?;
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
    print(&report, args.format, terminal)?;
    let end = input::end(&usage.skips, input.allow_partial, terminal);
    Ok(if end == Exit::Done && args.exit_code && !report.is_allowed() { Exit::Findings } else { end })
}

fn print(report: &ReplayReport, format: ReplayFormat, terminal: Terminal) -> Result<()> {
    match format {
        ReplayFormat::Text => write_out(|out| text::replay::write(report, terminal.style, out)),
        ReplayFormat::Json => write_out(|out| json::write_pretty(report, out)),
    }
}

/// Where ARNs were given in full, leaves these: names that differ in case alone are matched by the same pattern.
pub(crate) fn prefer_exact(usage: &mut Usage, patterns: &[String]) {
    let given = |principal: &Principal| patterns.iter().any(|pattern| pattern.trim() == principal.as_str());
    if patterns.iter().all(|pattern| usage.principals.keys().any(|principal| principal.as_str() == pattern.trim())) {
        usage.principals.retain(|principal, _| patterns.is_empty() || given(principal));
    }
}

/// How many principals an error lists.
const LISTED: usize = 10;

/// Leaves the principals that policies bind, which have to be one unless all are wanted: a policy says nothing about
/// those that it is not attached to.
pub(crate) fn only_one(usage: &mut Usage, all: bool, terminal: Terminal) -> Result<()> {
    let unbound = |principal: &Principal| principal.kind() == PrincipalKind::Root || principal.is_service_linked_role();
    let left_out: Vec<Principal> = usage.principals.keys().filter(|principal| unbound(principal)).cloned().collect();
    usage.principals.retain(|principal, _| !unbound(principal));
    match (usage.principals.len(), left_out.as_slice()) {
        (0, []) => {
            let tip = "records of services, sign-ins and the like are nobody's calls; `tighten needs` tells them";
            Err(Explained::new("no principal in these logs made a call", tip).into())
        }
        (0, [first, ..]) => {
            let tip = "root users and service-linked roles are not bound by policies that are attached to them";
            Err(Explained::new(format!("there is nothing to replay for `{first}`"), tip).into())
        }
        (several @ 2.., _) if !all => {
            let mut names: Vec<String> =
                usage.principals.keys().take(LISTED).map(|principal| format!("  {principal}")).collect();
            if several > LISTED {
                names.push(format!("  and {} more", several - LISTED));
            }
            let tip = format!(
                "a policy is judged by the calls of one: choose it with `--principal`, or take `--all`\n{}",
                names.join("\n")
            );
            Err(Explained::new(format!("{several} principals made these calls"), tip).into())
        }
        _ => {
            for principal in left_out {
                terminal.note(&format!("note: `{principal}` is left out, because no attached policy binds it"));
            }
            Ok(())
        }
    }
}
