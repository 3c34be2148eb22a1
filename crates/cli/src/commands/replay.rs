//! `tighten replay`: which of the observed calls would a policy have let through?

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;
use rayon::prelude::*;
use tighten_catalog::Catalog;
use tighten_iam::{Principal, PrincipalKind};
use tighten_mapping::Mapper;
use tighten_report::replay::{ReplayOf, ReplayReport, Replays, replay};
use tighten_report::{Pruned, json, text};
use tighten_synthesis::replay::{Distinct, Judge, Names, Replayer, Tally};
use tighten_synthesis::{EntityPaths, Subject};
use tighten_trail::{Identity, Listing, RoleIndex, TrailFile};
use tighten_usage::{FoldOptions, PrincipalFilter, RecordNeeds, Usage, fold, for_each_record};

use crate::args::InputArgs;
use crate::commands::analyze::choose;
use crate::config::InputConfig;
use crate::error::Explained;
use crate::exit::Exit;
use crate::terminal::{Terminal, write_out};
use crate::{input, policy_files, progress};

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
    let listing = input::list(&input.roots, &input.fold.window)?;
    let mapper = Mapper::new(Catalog::embedded());
    let shown = terminal.shows_progress();
    let mut usage = progress::during(shown, listing.files.len(), input::bytes(&listing), |progress| {
        fold(&listing, input.fold.clone(), &mapper, progress)
    });
    input::require_logs(&input.roots, listing.files.len(), &usage.skips)?;
    // Those that were not asked for may still be the ones that name a role in full.
    let (paths, roles) = (EntityPaths::of(&usage), roles_in_full(&usage));
    choose(&mut usage, &input)?;
    prefer_exact(&mut usage, &input.patterns);
    only_one(&mut usage, args.all, terminal)?;
    let subjects: Vec<Subject> =
        usage.principals.iter().map(|(principal, used)| Subject::of(principal, used)).collect();
    let judges: Judges<'_> = subjects
        .iter()
        .map(|subject| {
            let judge = Judge::new(&documents, &subject.principal, &paths);
            (&subject.principal, (judge, Names::of(&subject.needs)))
        })
        .collect();
    let records = Records { listing: &listing, fold: &input.fold, mapper: &mapper, roles: &roles };
    let mut tallies = records.replay(&judges)?;
    let replayed: Vec<ReplayOf<'_>> = subjects
        .iter()
        .map(|subject| ReplayOf {
            principal: &subject.principal,
            tally: tallies.remove(&subject.principal).unwrap_or_default(),
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

/// The roles that records name in full, to complete those that are named by name alone.
fn roles_in_full(usage: &Usage) -> RoleIndex {
    let mut roles = RoleIndex::default();
    for (principal, used) in &usage.principals {
        if !used.name_only && principal.kind() == PrincipalKind::Role {
            roles.learn(principal, None);
        }
    }
    roles
}

/// Where ARNs were given in full, leaves these: names that differ in case alone are matched by the same pattern.
fn prefer_exact(usage: &mut Usage, patterns: &[String]) {
    let given = |principal: &Principal| patterns.iter().any(|pattern| pattern.trim() == principal.as_str());
    if patterns.iter().all(|pattern| usage.principals.keys().any(|principal| principal.as_str() == pattern.trim())) {
        usage.principals.retain(|principal, _| patterns.is_empty() || given(principal));
    }
}

/// How many principals an error lists.
const LISTED: usize = 10;

/// Leaves the principals that policies bind, which have to be one unless all are wanted: a policy says nothing about
/// those that it is not attached to.
fn only_one(usage: &mut Usage, all: bool, terminal: Terminal) -> Result<()> {
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

type Judges<'a> = BTreeMap<&'a Principal, (Judge<'a>, Names)>;

/// The records, to be read once more: how many calls a resource stands for, only they tell.
#[derive(Clone, Copy)]
struct Records<'a> {
    listing: &'a Listing,
    fold: &'a FoldOptions,
    mapper: &'a Mapper,
    roles: &'a RoleIndex,
}

impl Records<'_> {
    fn replay<'j>(self, judges: &'j Judges<'j>) -> Result<BTreeMap<&'j Principal, Tally>> {
        let names = judges.keys().map(|principal| principal.name());
        // By name, so that records which know no more of their role are among them.
        let fold = FoldOptions { principals: PrincipalFilter::new(names), ..self.fold.clone() };
        let distinct = Distinct::default();
        let threads = self.fold.threads.map_or(0, usize::from);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let new = || -> BTreeMap<&'j Principal, Replayer<'j>> {
            judges.iter().map(|(principal, (judge, names))| (*principal, Replayer::new(judge, names))).collect()
        };
        let tally = |mut replayers: BTreeMap<&'j Principal, Replayer<'j>>, file: &TrailFile| {
            let one = Listing { files: vec![file.clone()], ..Listing::default() };
            for_each_record(&one, &fold, self.mapper, &mut |RecordNeeds { event, judged, .. }| {
                let Identity::Principal { principal, certain, .. } = &judged.identity else { return };
                let full = if *certain { None } else { self.roles.resolve(principal, event.user_identity.role_id()) };
                if let Some(replayer) = replayers.get_mut(full.unwrap_or(principal))
                    && distinct.is_first(event, &judged)
                {
                    replayer.see(event, &judged);
                }
            });
            replayers
        };
        let sums = pool.install(|| {
            let replayers = self.listing.files.par_iter().fold(new, tally);
            replayers.map(finished).reduce(BTreeMap::new, |mut sum, other| {
                for (principal, tally) in other {
                    *sum.entry(principal).or_default() += tally;
                }
                sum
            })
        });
        Ok(sums)
    }
}

fn finished<'j>(replayers: BTreeMap<&'j Principal, Replayer<'j>>) -> BTreeMap<&'j Principal, Tally> {
    replayers.into_iter().map(|(principal, replayer)| (principal, replayer.finish())).collect()
}
