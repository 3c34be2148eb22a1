//! What was read and what that could have shown; and at the end, what to do next.

use std::borrow::Cow;
use std::io::{self, Write};

use super::names::Names;
use super::words::{bytes, count, counted, minute, some};
use crate::escape::terminal;
use crate::model::{Input, Report, SkipReport};
use crate::style::{Ink, Style};

/// How many names a line lists.
const NAMES: usize = 6;

pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Report { input, coverage, tool, .. } = report;
    let read = format!(
        "{}, {} ({} of JSON), {}",
        counted(input.files, "file"),
        bytes(input.bytes),
        bytes(input.bytes_json),
        counted(input.records, "record"),
    );
    writeln!(out, "{}  {read}", style.paint(Ink::Heading, format!("{} {}", tool.name, tool.version)))?;
    writeln!(out)?;
    let mut field = |label: &str, text: &str, ink: Ink| {
        writeln!(out, "  {}  {}", style.paint(Ink::Faint, format!("{label:<9}")), style.paint(ink, text))
    };
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
    field("Events", &events, Ink::Plain)?;
    if let (Some(since), Some(until)) = (coverage.window.since, coverage.window.until) {
        let days = counted(coverage.days as u64, "day");
        field("Window", &format!("{} to {} UTC, {days} with records", minute(since), minute(until)), Ink::Plain)?;
    }
    let accounts: Vec<_> = coverage.accounts.keys().map(|account| named(account)).collect();
    let regions: Vec<_> = coverage.regions.iter().map(|region| named(region)).collect();
    for (label, names) in [("Accounts", accounts), ("Regions", regions)] {
        if !names.is_empty() {
            field(label, &format!("{}: {}", names.len(), some(&names, NAMES)), Ink::Plain)?;
        }
    }
    field("Recorded", &recorded(report), Ink::Plain)?;
    if !report.without_principal.is_empty() {
        let reasons: Vec<String> =
            report.without_principal.iter().map(|(code, number)| format!("{code} {}", count(*number))).collect();
        let sum = count(report.without_principal.values().sum::<u64>());
        field("No caller", &format!("{sum}: {}", some(&reasons, NAMES)), Ink::Plain)?;
    }
    if input.pruned.files > 0 {
        let text =
            format!("{}, {}, outside the window", counted(input.pruned.files, "file"), bytes(input.pruned.bytes));
        field("Unopened", &text, Ink::Plain)?;
    }
    if !input.left_out.is_empty() {
        field("Left out", &reasons(&input.left_out), Ink::Plain)?;
    }
    if !input.skipped.is_empty() {
        field("NOT READ", &reasons(&input.skipped), Ink::Error)?;
    }
    examples(input, style, out)
}

/// Records that name no account or region are of the empty one.
fn named(name: &str) -> Cow<'_, str> {
    if name.is_empty() { Cow::Borrowed("(not told)") } else { terminal(name) }
}

fn recorded(report: &Report) -> String {
    let mut categories: Vec<(&str, u64)> = Vec::new();
    for kind in &report.coverage.event_categories {
        match categories.iter_mut().find(|(category, _)| *category == kind.category) {
            Some((_, sum)) => *sum += kind.count,
            None => categories.push((kind.category, kind.count)),
        }
    }
    let categories: Vec<String> = categories.iter().map(|(name, sum)| format!("{name} {}", count(*sum))).collect();
    let types: Vec<_> = report.coverage.data_event_types.iter().map(|name| terminal(name)).collect();
    let types = if types.is_empty() { String::new() } else { format!("; data of {}", some(&types, NAMES)) };
    format!("{}{types}", categories.join(", "))
}

fn reasons(skips: &[SkipReport]) -> String {
    let reasons: Vec<String> = skips.iter().map(|skip| format!("{} {}", skip.reason, count(skip.count))).collect();
    reasons.join(", ")
}

/// The first of what could not be read, by name.
fn examples(input: &Input, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for example in input.skipped.iter().flat_map(|skip| skip.examples.iter().take(3)) {
        let record = example.record.map(|record| format!(", record {record}")).unwrap_or_default();
        let text = format!("{}{record}: {}", terminal(&example.file), terminal(&example.message));
        writeln!(out, "             {}", style.paint(Ink::Faint, text))?;
    }
    Ok(())
}

pub(super) fn write_next(report: &Report, names: &Names, style: Style, out: &mut dyn Write) -> io::Result<()> {
    super::heading("Next", "", style, out)?;
    if let Some(narrowing) = &report.narrowing {
        let written = narrowing.policies.iter().filter(|policy| policy.path.is_some()).count();
        let policies = if written == 1 { "policy" } else { "policies" };
        if !narrowing.details {
            writeln!(out, "  --details  names every action, and not only how many there are")?;
        }
        return writeln!(
            out,
            "  --out DIR  writes {} narrowed {policies} and report.json, with the evidence for every line",
            count(written as u64)
        );
    }
    if let Some(first) = report.principals.iter().find(|principal| principal.documents.len() == 1) {
        let name = terminal(if names.is_unique(first) { &first.name } else { &first.principal });
        writeln!(out, "  --principal '{name}'  prints that policy alone")?;
    }
    let documents = counted(report.totals.documents as u64, "policy document");
    writeln!(out, "  --out DIR  writes {documents} and report.json, with the evidence for every line")
}
