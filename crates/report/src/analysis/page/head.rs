//! What was read and what that could have shown; and at the end, what to do next.

use super::names::Names;
use crate::analysis::Report;
use crate::format::Ink;
use crate::page::{Block, Field, Fields, Heading, Page, Prose, Title};
use crate::prose;
use crate::shared::{Input, SkipReport};
use crate::words::{bytes, count, counted, minute};

/// How many names a line lists.
const NAMES: usize = 6;
/// How many things that could not be read are shown of each reason.
const EXAMPLES: usize = 3;
/// The longest name of a fact.
const LONGEST: usize = "No caller".len();

pub(super) fn head(report: &Report, page: &mut Page) {
    let Report { input, coverage, tool, .. } = report;
    let read = format!(
        "{}, {} ({} of JSON), {}",
        counted(input.files, "file"),
        bytes(input.bytes),
        bytes(input.bytes_json),
        counted(input.records, "record"),
    );
    let lead = Prose::from(format!("{} {}", tool.name, tool.version)).ink(Ink::Heading);
    page.push(Title { lead, about: read.into() });
    let mut fields = Fields::new(LONGEST);
    fields.field("Events", events(input));
    if let (Some(since), Some(until)) = (coverage.window.since, coverage.window.until) {
        let days = counted(coverage.days, "day");
        fields.field("Window", format!("{} to {} UTC, {days} with records", minute(since), minute(until)));
    }
    let accounts: Vec<Prose> = coverage.accounts.keys().map(|account| named(account)).collect();
    let regions: Vec<Prose> = coverage.regions.iter().map(|region| named(region)).collect();
    for (label, names) in [("Accounts", accounts), ("Regions", regions)] {
        if !names.is_empty() {
            fields.field(label, prose![format!("{}: ", names.len()), some(names)]);
        }
    }
    fields.field("Recorded", recorded(report));
    if !report.without_principal.is_empty() {
        let reasons = report.without_principal.iter();
        let reasons = reasons.map(|(code, number)| format!("{code} {}", count(*number)).into());
        let sum = count(report.without_principal.values().sum::<u64>());
        fields.field("No caller", prose![format!("{sum}: "), some(reasons.collect())]);
    }
    if input.pruned.files > 0 {
        let files = counted(input.pruned.files, "file");
        fields.field("Unopened", format!("{files}, {}, outside the window", bytes(input.pruned.bytes)));
    }
    if input.pruned.folders > 0 {
        let folders = counted(input.pruned.folders, "folder");
        fields.field("Unlisted", format!("{folders} outside the window, the accounts or the regions"));
    }
    if !input.left_out.is_empty() {
        fields.field("Left out", reasons(&input.left_out));
    }
    if !input.skipped.is_empty() {
        let mut field = Field::new("NOT READ", Prose::from(reasons(&input.skipped)).ink(Ink::Error));
        field.asides = examples(input);
        fields.rows.push(field);
    }
    page.push(fields);
}

fn events(input: &Input) -> String {
    let mut events = counted(input.events, "distinct event");
    for (number, one, rest) in [
        (input.duplicates, "duplicate", ""),
        (input.filtered_out, "record", " of other accounts or regions"),
        (input.outside_window, "record", " outside the window"),
        (input.without_time, "record", " without a time"),
    ] {
        if number > 0 {
            events = format!("{events}; {}{rest}", counted(number, one));
        }
    }
    events
}

/// The first few, and how many more there are.
fn some(names: Vec<Prose>) -> Prose {
    let rest = names.len().saturating_sub(NAMES);
    let shown = Prose::list(names.into_iter().take(NAMES));
    if rest == 0 { shown } else { prose![shown, format!(" and {} more", count(rest))] }
}

/// Records that name no account or region are of the empty one.
fn named(name: &str) -> Prose {
    if name.is_empty() { "(not told)".into() } else { Prose::data(name) }
}

fn recorded(report: &Report) -> Prose {
    let mut categories: Vec<(&str, u64)> = Vec::new();
    for kind in &report.coverage.event_categories {
        match categories.iter_mut().find(|(category, _)| *category == kind.category) {
            Some((_, sum)) => *sum += kind.count,
            None => categories.push((kind.category, kind.count)),
        }
    }
    let categories: Vec<String> = categories.iter().map(|(name, sum)| format!("{name} {}", count(*sum))).collect();
    let types = &report.coverage.data_event_types;
    let types = if types.is_empty() { Prose::default() } else { prose!["; data of ", Prose::some(types, NAMES)] };
    prose![categories.join(", "), types]
}

fn reasons(skips: &[SkipReport]) -> String {
    let reasons: Vec<String> = skips.iter().map(|skip| format!("{} {}", skip.reason, count(skip.count))).collect();
    reasons.join(", ")
}

/// The first of what could not be read, by name.
fn examples(input: &Input) -> Vec<Prose> {
    let examples = input.skipped.iter().flat_map(|skip| skip.examples.iter().take(EXAMPLES));
    let example = examples.map(|example| {
        let record = example.record.map(|record| format!(", record {record}")).unwrap_or_default();
        prose![Prose::data(example.file.as_str()), record, ": ", Prose::data(example.message.as_str())]
    });
    example.collect()
}

pub(super) fn next(report: &Report, names: &Names, page: &mut Page) {
    page.push(Heading::new("Next"));
    let mut flag = |flag: String, does: String| page.push(Block::Note(prose![Prose::data(flag), "  ", does]));
    let out = "--out DIR".to_owned();
    if let Some(narrowing) = &report.narrowing {
        let written = narrowing.policies.iter().filter(|policy| policy.path.is_some()).count();
        if !narrowing.details {
            flag("--details".to_owned(), "names every action, and not only how many there are".to_owned());
        }
        let policies = counted(written, "narrowed policy");
        flag(out, format!("writes {policies} and report.json, with the evidence for every line"));
        return;
    }
    if let Some(first) = report.principals.iter().find(|principal| principal.documents.len() == 1) {
        let name = if names.is_unique(first) { &first.name } else { &first.principal };
        flag(format!("--principal '{name}'"), "prints that policy alone".to_owned());
    }
    let documents = counted(report.totals.documents, "policy document");
    flag(out, format!("writes {documents} and report.json, with the evidence for every line"));
}
