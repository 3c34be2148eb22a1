//! `tighten analyze`: the main job, from logs to policies.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;
use tighten_catalog::Catalog;
use tighten_iam::Principal;
use tighten_report::{
    Analysis, FindingReport, PrincipalReport, REPORT_FILE, Report, ServiceRole, backtest_lines, json, proof_lines,
};
#[cfg(not(feature = "aws"))]
use tighten_synthesis::SecondOpinion;
use tighten_synthesis::{
    CutPoint, EntityPaths, Finding, FindingCode, Proposal, SetProposal, Severity, Subject, add_siblings, archived_logs,
    generate, generate_for_set, input_findings, prove_generated,
};
use tighten_usage::{Ledger, PrincipalUsage, Usage};

use crate::args::{Format, InputArgs, NarrowArgs, OutputArgs, PlaceArgs};
use crate::backtest;
use crate::config::{InputConfig, OutputConfig};
use crate::current::{self, Current};
use crate::error::Explained;
use crate::exit::Exit;
#[cfg(feature = "aws")]
use crate::live;
use crate::narrowing::{Narrowing, NarrowingWindows};
use crate::principals::{choose, choose_holders, choose_sets};
use crate::read::Read;
use crate::settings::{NarrowSettings, settings};
use crate::terminal::{Terminal, print, write_out};
use crate::write::OutDir;

/// Write the IAM policies that cover what principals did.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AnalyzeArgs {
    #[command(flatten)]
    places: PlaceArgs,
    #[command(flatten)]
    input: InputArgs,
    /// All roles of this permission set of IAM Identity Center, over all accounts, as one: its one policy allows what
    /// all of them used. Repeatable.
    #[arg(long = "permission-set", value_name = "NAME", help_heading = "Input")]
    #[arg(conflicts_with_all = ["principals", "current", "account_authorization_details"])]
    permission_sets: Vec<String>,
    #[command(flatten)]
    narrow: NarrowArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the command.
pub(crate) fn run(args: AnalyzeArgs, terminal: Terminal) -> Result<Exit> {
    #[cfg_attr(not(feature = "aws"), expect(unused_mut, reason = "only AWS has something to add"))]
    let (mut settings, output) = settings(args.narrow, args.output)?;
    let mut config = InputConfig::new(args.input.with(args.places), terminal)?;
    if !args.permission_sets.is_empty() && settings.has_current() {
        let tip = "leave the policies of today out of the settings, or choose the roles of the set with `--principal`";
        return Err(Explained::new("`--permission-set` makes a policy and narrows none", tip).into());
    }
    let current = current::read(&settings, &config, terminal)?;
    #[cfg(feature = "aws")]
    live::ask_holders(&mut settings, current.as_ref(), &config, terminal)?;
    let selectors = current::selectors(&settings)?;
    config.ask_account(current.as_ref().is_some_and(Current::is_of_accounts), terminal)?;
    let selectors = config.recorded(selectors);
    let cut = |ledger: &Ledger| {
        let cuts = CutPoint::of(ledger.span());
        (current.is_some().then(|| NarrowingWindows::of(ledger, &settings, cuts.as_deref().ok())), cuts)
    };
    let (mut read, (windows, cuts)) = Read::with_windows(config, terminal, cut)?;
    let narrowed = if let (Some(current), Some(windows)) = (&current, &windows) {
        #[cfg(feature = "aws")]
        if let (true, Current::Accounts(inventory)) = (settings.from_iam, current) {
            live::note_other_accounts(inventory, &read.usage, terminal);
        }
        let chosen = choose_holders(current, &mut read.usage, &read.input, settings.all, terminal)?;
        #[cfg(feature = "aws")]
        live::ask_callers(&mut settings, current, &chosen, &read.input.account, terminal)?;
        let narrowing = Narrowing { read: &read, settings: &settings, selectors: selectors.as_ref() };
        let (mut narrowed, proofs) = narrowing.run(current, &chosen, windows)?;
        current.tell_makers(&mut narrowed, &chosen);
        #[cfg(feature = "aws")]
        let opinion = live::opinion(narrowing, current, &chosen, &mut narrowed, terminal)?;
        #[cfg(not(feature = "aws"))]
        let opinion = SecondOpinion::default();
        let input = &read.input;
        read.usage.principals.retain(|principal, _| input.principals.admits(principal));
        Some((narrowed, proofs, chosen, opinion))
    } else {
        choose(&mut read.usage, &read.input)?;
        choose_sets(&mut read.usage, &args.permission_sets)?;
        None
    };
    let Read { input, usage, paths, pool, .. } = &read;
    let (mut proposals, service_roles) = pool.install(|| proposals(usage, paths, &output, &settings))?;
    let sets =
        pool.install(|| set_proposals(usage, paths, (&output, &settings.service_roles), &args.permission_sets))?;
    // The policy of a permission set is of several roles, each of which used a part of it.
    let made = sets.is_empty().then(|| {
        cuts.map(|cuts| {
            if let Some((_, proofs, chosen, _)) = &narrowed {
                backtest::narrowed(&cuts, proofs, chosen)
            } else {
                let options = (&output.options, settings.service_roles.as_slice());
                backtest::generated(&read, &cuts, (&proposals, &service_roles), options)
            }
        })
    });
    if narrowed.is_some() || !sets.is_empty() {
        proposals.iter_mut().for_each(without_documents);
    }
    let input_findings = all_input_findings(&read, current.as_ref(), &sets);
    let analysis = Analysis {
        version: env!("CARGO_PKG_VERSION"),
        catalog: Catalog::embedded(),
        window: input.fold.window,
        pruned: read.pruned(),
        usage,
        proposals: &proposals,
        service_roles: &service_roles,
        permission_sets: &sets,
        findings: &input_findings,
        narrowing: narrowed.as_ref().map(|(narrowed, proofs, chosen, opinion)| tighten_report::Narrowing {
            narrowed,
            proofs,
            chosen: Some(chosen),
            details: settings.details,
            opinion: *opinion,
        }),
        backtest: made.as_ref().map(|made| made.as_ref().map_err(|why| *why)),
    };
    let report = pool.install(|| tighten_report::report(analysis));
    if let Some(out) = &output.out {
        write_files(&report, out, terminal)?;
    }
    let usable = show(&report, &output, (input, narrowed.is_some(), sets.len()), terminal)?;
    let unreadable = current.as_ref().map_or(0, Current::unreadable);
    let end = read.end(unreadable, terminal);
    // A document that IAM refuses must not go out as if nothing were wrong, whether or not findings are asked for.
    let written = output.out.is_some();
    let refused = report.all_findings().any(|(_, finding)| is_refused(finding));
    let found = (output.exit_code && report.has_warnings()) || (written && refused);
    let end = match end {
        _ if !usable => Exit::Unusable,
        Exit::Done if found => Exit::Findings,
        end => end,
    };
    // The program ends with the command. The system takes back at once what it would take long to give back in pieces.
    std::mem::forget(report);
    std::mem::forget((read, proposals, narrowed));
    Ok(end)
}

/// Prints the report, or the one document that was asked for. Whether that can be used.
fn show(
    report: &Report,
    output: &OutputConfig,
    (input, is_narrowed, sets): (&InputConfig, bool, usize),
    terminal: Terminal,
) -> Result<bool> {
    let mut usable = true;
    let alone = output.format.is_none() && output.out.is_none() && !input.principals.is_all();
    match (output.format, report.principals.as_slice()) {
        (None, _) if alone && report.narrowing.as_ref().is_some_and(|narrowing| narrowing.policies.len() == 1) => {
            usable = print_narrowed(report, terminal)?;
        }
        (None, _) if sets == 1 && output.out.is_none() => {
            usable = print_set(report, terminal)?;
        }
        (None, [principal]) if !is_narrowed && output.out.is_none() && !input.principals.is_all() => {
            usable = print_policy(principal, terminal)?;
        }
        (format, _) => print(report, Report::page, format.unwrap_or(Format::Text), terminal)?,
    }
    Ok(usable)
}

/// What a reader should know about the input, the policies of today and those of permission sets.
fn all_input_findings(read: &Read, current: Option<&Current>, sets: &[SetProposal]) -> Vec<Finding> {
    let mut findings = input_findings(&read.usage);
    findings.extend(archived_logs(&read.found.rest.archived));
    findings.extend(current.into_iter().flat_map(Current::findings));
    findings.extend(sets.iter().flat_map(|set| set.findings.iter().cloned()));
    findings.extend(read.input.findings.iter().cloned());
    Finding::sort(&mut findings);
    findings
}

/// Leaves what is said of the principal and not of a generated policy, which narrowed ones take the place of.
fn without_documents(proposal: &mut Proposal) {
    proposal.documents.clear();
    proposal.inferred.clear();
    let about_documents = |finding: &Finding| {
        use FindingCode::{
            GuardedNamesListed, GuardedNamesOpened, PassRoleProfileUnknown, PathUnknown, PolicySplit, QuotaExceeded,
            ResourceByType, ResourceWidened, SiblingsAdded, UnresolvedResource,
        };
        matches!(
            finding.code,
            GuardedNamesListed
                | GuardedNamesOpened
                | PassRoleProfileUnknown
                | PathUnknown
                | PolicySplit
                | QuotaExceeded
                | ResourceByType
                | ResourceWidened
                | SiblingsAdded
                | UnresolvedResource
        )
    };
    proposal.findings.retain(|finding| !about_documents(finding));
}

/// Generates the policies, and proves each to allow all that was observed before it may leave the program.
fn proposals(
    usage: &Usage,
    paths: &EntityPaths,
    output: &OutputConfig,
    settings: &NarrowSettings,
) -> Result<(Vec<Proposal>, Vec<ServiceRole>)> {
    let proven = |subject: &Subject| -> Result<Proposal> {
        let mut proposal = generate(Catalog::embedded(), subject, paths, &output.options);
        if settings.options.siblings {
            add_siblings(Catalog::embedded(), &mut proposal, subject, paths, &output.options);
        }
        prove_generated(&proposal, &subject.needs, paths).map_err(|error| {
            let message = format!("the policy for `{}` does not allow all that was observed", subject.principal);
            Explained::defect(message).because(error)
        })?;
        Ok(proposal)
    };
    let generated = |(principal, used): (&Principal, &PrincipalUsage)| {
        let mut subject = Subject::of(principal, used);
        let mut roles = Vec::new();
        let mut findings = Vec::new();
        for service in &settings.service_roles {
            let Some(its) = subject.split_service(service) else { continue };
            let actions: BTreeSet<_> = its.needs.iter().map(|need| &need.action).collect();
            let finding = Finding::new(FindingCode::ServiceRole).about(principal);
            findings.push(finding.with("service", service.as_str()).with("count", actions.len()));
            roles.push(ServiceRole { service: service.clone(), proposal: proven(&its)? });
        }
        let mut proposal = proven(&subject)?;
        proposal.findings.extend(findings);
        Finding::sort(&mut proposal.findings);
        Ok((proposal, roles))
    };
    let principals: Vec<_> = usage.principals.iter().collect();
    let all: Vec<(Proposal, Vec<ServiceRole>)> = principals.into_par_iter().map(generated).collect::<Result<_>>()?;
    let (proposals, roles): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    Ok((proposals, roles.into_iter().flatten().collect()))
}

/// Generates the policies of permission sets. What the services did on the behalf of their roles is for roles of these.
fn set_proposals(
    usage: &Usage,
    paths: &EntityPaths,
    (output, services): (&OutputConfig, &[String]),
    sets: &[String],
) -> Result<Vec<SetProposal>> {
    let names: BTreeSet<&String> = sets.iter().collect();
    let of_set = |name: &String| -> Result<SetProposal> {
        let roles = usage.principals.iter().filter(|(principal, _)| principal.permission_set() == Some(name.as_str()));
        let subjects: Vec<Subject> = roles
            .map(|(principal, used)| {
                let mut subject = Subject::of(principal, used);
                for service in services {
                    subject.split_service(service);
                }
                subject
            })
            .collect();
        generate_for_set(Catalog::embedded(), name, &subjects, paths, &output.options).map_err(|error| {
            let message = format!("the policy for the permission set `{name}` does not allow all that was observed");
            Explained::defect(message).because(error).into()
        })
    };
    names.into_iter().map(of_set).collect()
}

fn write_files(report: &Report, out: &Path, terminal: Terminal) -> Result<()> {
    let mut dir = OutDir::open(out)?;
    let mut written = 0;
    for document in report.principals.iter().flat_map(|principal| &principal.documents) {
        dir.write(&document.path, &pretty(&document.document)?)?;
        written += 1;
    }
    for policy in report.permission_sets.iter().filter_map(|set| set.policy.as_ref()) {
        dir.write(&policy.path, &pretty(&policy.document)?)?;
        written += 1;
    }
    for policy in report.narrowing.iter().flat_map(|narrowing| &narrowing.policies) {
        if let (Some(path), Some(text)) = (&policy.path, &policy.text) {
            dir.write(path, text.as_bytes())?;
            written += 1;
        }
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

/// Prints the one narrowed policy, byte for byte, and nothing else; what is proven goes to stderr. Returns whether it can
/// be used as it is.
fn print_narrowed(report: &Report, terminal: Terminal) -> Result<bool> {
    let Some(narrowing) = &report.narrowing else { return Ok(true) };
    let text = narrowing.policies.iter().find_map(|policy| policy.text.as_ref());
    let Some(text) = text else {
        let tip = "it can be detached; `--format text` shows what was looked for";
        return Err(
            Explained::new("nothing of what the policy allows was used: there is no policy to write", tip).into()
        );
    };
    write_out(|out| out.write_all(text.as_bytes()))?;
    let findings: Vec<&FindingReport> = report.all_findings().map(|(_, finding)| finding).collect();
    let (errors, others): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    tell(errors.iter().copied(), terminal);
    for line in proof_lines(narrowing).into_iter().chain(report.backtest.iter().flat_map(backtest_lines)) {
        terminal.note(&line.to_string());
    }
    tell(others, terminal);
    Ok(!errors.into_iter().any(is_refused))
}

/// How many findings are told beside a policy.
const TOLD: usize = 5;

/// Prints one principal's policy and nothing else. Returns whether it can be used as it is.
fn print_policy(principal: &PrincipalReport, terminal: Terminal) -> Result<bool> {
    let own: Vec<_> = principal.documents.iter().filter(|document| document.service.is_none()).collect();
    let [document] = own.as_slice() else {
        let (message, tip) = match own.len() {
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
    tell(&principal.findings, terminal);
    Ok(!principal.findings.iter().any(is_refused))
}

/// Prints the policy of the one permission set and nothing else. Returns whether it can be used as it is.
fn print_set(report: &Report, terminal: Terminal) -> Result<bool> {
    let Some(policy) = report.permission_sets.iter().find_map(|set| set.policy.as_ref()) else {
        let message = "no policy: these logs show no permission in use by the roles of the permission set";
        return Err(Explained::new(message, "`--format text` shows what they do show").into());
    };
    write_out(|out| json::write_pretty(&policy.document, out))?;
    for set in &report.permission_sets {
        let of = if set.roles.len() == 1 { "role" } else { "roles" };
        terminal.note(&format!("note: `{}` is {} {of}: {}", set.name, set.roles.len(), set.roles.join(", ")));
    }
    tell(report.all_findings().map(|(_, finding)| finding), terminal);
    Ok(!report.all_findings().any(|(_, finding)| is_refused(finding)))
}

/// Whether a document is too large for what it is to be attached as.
fn is_refused(finding: &FindingReport) -> bool {
    finding.code == FindingCode::QuotaExceeded
}

/// Tells findings that are more than information: every error, then the first few warnings.
fn tell<'f>(findings: impl IntoIterator<Item = &'f FindingReport>, terminal: Terminal) {
    let told = findings.into_iter().filter(|finding| finding.is_warning());
    let (errors, warnings): (Vec<_>, Vec<_>) = told.partition(|finding| finding.severity == Severity::Error);
    for finding in errors.iter().chain(warnings.iter().take(TOLD)) {
        terminal.note(&format!("{}: {}: {}", finding.severity, finding.code, finding.message));
    }
    if let Some(rest @ 1..) = warnings.len().checked_sub(TOLD) {
        let findings = if rest == 1 { "finding" } else { "findings" };
        terminal.note(&format!("warning: and {rest} more {findings}, which `--format text` shows"));
    }
}
