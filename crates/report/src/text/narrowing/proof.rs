//! The three proofs: nothing that was used is lost, nothing new is allowed, and what the last days would have shown.

use std::collections::BTreeSet;
use std::io::{self, Write};

use tighten_synthesis::narrow::{Inclusion, PolicyOutcome};

use crate::escape::terminal;
use crate::model::{HoldoutReport, LostReport, NarrowingReport, ProofReport, ReplayCounts};
use crate::style::{Ink, Style};
use crate::text::table::{Align, Table};
use crate::text::words::{count, counted, minute, wrap};
use crate::text::{ROWS, heading, more};

/// How many lost permissions are told beside a policy that is printed.
const TOLD: usize = 5;

/// A permission that was lost, and who used it.
type Lost<'a> = (&'a ProofReport, &'a LostReport);

/// One of the three.
struct Line<'a> {
    label: &'static str,
    text: String,
    ink: Ink,
    /// The calls that the proof says nothing about.
    left_out: Vec<String>,
    /// What else there is to say.
    asides: Vec<String>,
    lost: Vec<Lost<'a>>,
}

/// The three proofs as lines of text, for those who print a policy and nothing else.
pub fn proof_lines(report: &NarrowingReport) -> Vec<String> {
    let mut lines = Vec::new();
    for line in [replay(report), inclusion(report), holdout(report)] {
        lines.push(format!("{}: {}", line.label, line.text));
        lines.extend(line.left_out.iter().map(|left_out| format!("  {left_out}")));
        for (_, lost) in line.lost.iter().take(TOLD) {
            let ids = lost.evidence.event_ids.join(", ");
            let ids = if ids.is_empty() { String::new() } else { format!(" ({})", terminal(&ids)) };
            let calls = counted(lost.evidence.count, "call");
            lines.push(format!("  {} on {}: {calls}{ids}", terminal(&lost.action), terminal(&lost.resource)));
        }
        if let Some(rest @ 1..) = line.lost.len().checked_sub(TOLD) {
            lines.push(format!("  and {} more, which `--format text` shows", count(rest as u64)));
        }
    }
    lines
}

pub(super) fn write(report: &NarrowingReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    heading("Proof", "", style, out)?;
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(13).max(40));
    for line in [replay(report), inclusion(report), holdout(report)] {
        for (at, text) in wrap(&line.text, width).iter().enumerate() {
            let label = style.paint(Ink::Faint, format!("{:<9}", if at == 0 { line.label } else { "" }));
            writeln!(out, "  {label}  {}", style.paint(line.ink, text))?;
        }
        for text in line.left_out.iter().chain(&line.asides).flat_map(|aside| wrap(aside, width)) {
            writeln!(out, "             {}", style.paint(Ink::Faint, text))?;
        }
        lost(&line.lost, report.principals.len() > 1, style, out)?;
    }
    if report.principals.len() > 1 { each(report, style, out) } else { Ok(()) }
}

/// Sums over principals; what was lost is told one by one.
fn sum<'a>(replays: impl Iterator<Item = &'a ReplayCounts>) -> ReplayCounts {
    let mut sum = ReplayCounts::default();
    for replay in replays {
        sum.calls += replay.calls;
        sum.allowed_before += replay.allowed_before;
        sum.allowed_after += replay.allowed_after;
        sum.denied_before += replay.denied_before;
        sum.open_before += replay.open_before;
        sum.unmapped += replay.unmapped;
        sum.left_out += replay.left_out;
    }
    sum
}

fn replay(report: &NarrowingReport) -> Line<'_> {
    let replays = || report.principals.iter().filter_map(|one| Some((one, one.replay.as_ref()?)));
    let sum = sum(replays().map(|(_, replay)| replay));
    let lost: Vec<Lost<'_>> =
        replays().flat_map(|(who, replay)| replay.lost.iter().map(move |lost| (who, lost))).collect();
    if replays().next().is_none() {
        let text = "not done: the calls were not replayed".to_owned();
        return Line { label: "replay", text, ink: Ink::Warning, left_out: Vec::new(), asides: Vec::new(), lost };
    }
    let (after, before) = (count(sum.allowed_after), counted(sum.allowed_before, "call"));
    let verb = if sum.allowed_before == 1 { "is" } else { "are" };
    let mut text = format!("{after} of {before} that today's policies allow {verb} still allowed");
    let ink = match (sum.lost_calls(), sum.allowed_before) {
        (0, 0) => Ink::Warning,
        (0, _) => Ink::Good,
        _ => Ink::Error,
    };
    if sum.lost_calls() > 0 {
        let forbidden = report.principals.iter().any(|one| !one.needs.forbidden.is_empty());
        let why = if forbidden { "rules forbid the others" } else { "the others would be denied" };
        text = format!("{text}; {why}: these");
    }
    Line { label: "replay", text, ink, left_out: left_out(&sum), asides: Vec::new(), lost }
}

/// How many calls a proof leaves out, and why.
fn left_out(sum: &ReplayCounts) -> Vec<String> {
    if sum.left_out == 0 {
        return Vec::new();
    }
    let reasons = [
        (sum.denied_before, "let through besides that the policies given do not allow"),
        (sum.open_before, "besides that the records alone do not decide, as before"),
        (sum.unmapped, "besides of which it is not known what was needed"),
    ];
    let reasons = reasons.into_iter().filter(|(number, _)| *number > 0);
    let each = reasons.map(|(number, what)| format!("{} {what}", count(number)));
    std::iter::once(format!("left out of this proof: {}", counted(sum.left_out, "call"))).chain(each).collect()
}

fn inclusion(report: &NarrowingReport) -> Line<'_> {
    let number = |wanted: Option<Inclusion>| {
        let is = |outcome: PolicyOutcome, inclusion| match outcome {
            PolicyOutcome::Unused => wanted.is_none(),
            PolicyOutcome::Unchanged | PolicyOutcome::Narrowed => wanted == Some(inclusion),
        };
        report.policies.iter().filter(|policy| is(policy.outcome, policy.inclusion)).count()
    };
    let ways = [
        (number(Some(Inclusion::Documents)), "proven by comparing the documents as a whole"),
        (
            number(Some(Inclusion::Statements)),
            "proven by comparing each statement with the one that it takes the place of",
        ),
        (number(Some(Inclusion::Same)), "the document is the same"),
        (number(None), "nothing is left of the policy"),
    ];
    let ways: Vec<(usize, &str)> = ways.into_iter().filter(|(number, _)| *number > 0).collect();
    let told = match ways.as_slice() {
        [(_, only)] => (*only).to_owned(),
        several => {
            let each: Vec<String> =
                several.iter().map(|(number, way)| format!("{way} ({})", count(*number as u64))).collect();
            each.join("; ")
        }
    };
    let text = format!("nothing new is allowed: {told}");
    Line { label: "inclusion", text, ink: Ink::Good, left_out: Vec::new(), asides: Vec::new(), lost: Vec::new() }
}

fn holdout(report: &NarrowingReport) -> Line<'_> {
    let mut replays: Vec<(&ProofReport, &ReplayCounts)> = Vec::new();
    let mut spans = BTreeSet::new();
    let mut reasons = BTreeSet::new();
    for one in &report.principals {
        match &one.holdout {
            Some(HoldoutReport::Replayed { since, days, replay }) => {
                replays.push((one, replay));
                spans.insert((*days, *since));
            }
            Some(HoldoutReport::NotPossible { why }) => {
                reasons.insert(*why);
            }
            None => {
                reasons.insert("the calls were not replayed");
            }
        }
    }
    let label = "holdout";
    let why = reasons.into_iter().collect::<Vec<_>>().join("; ");
    let Some((days, since)) = spans.last() else {
        let why = if why.is_empty() { "nobody holds a policy".to_owned() } else { why };
        return Line {
            label,
            text: format!("not possible: {why}"),
            ink: Ink::Warning,
            left_out: Vec::new(),
            asides: Vec::new(),
            lost: Vec::new(),
        };
    };
    let sum = sum(replays.iter().map(|(_, replay)| *replay));
    let denied =
        if replays.iter().all(|(_, replay)| replay.is_denied()) { "denied" } else { "denied, or left in doubt" };
    let these = if report.policies.len() == 1 { "this policy" } else { "these policies" };
    let days = if *days == 1 { "the last day".to_owned() } else { format!("the last {} days", count(*days as u64)) };
    let calls = counted(sum.allowed_before, "call");
    let (text, ink) = match (sum.lost_calls(), sum.allowed_before) {
        (_, 0) => (format!("no call of {days} is one that today's policies allow: nothing to judge by"), Ink::Warning),
        (lost, _) => {
            let text =
                format!("had {these} been in force for {days}, {} of {calls} would have been {denied}", count(lost));
            if lost == 0 { (text, Ink::Good) } else { (format!("{text}: these"), Ink::Warning) }
        }
    };
    let mut asides = vec![format!("narrowed, for this proof, by the records before {} UTC alone", minute(*since))];
    if !why.is_empty() {
        asides.push(format!("not possible for {}: {why}", count((report.principals.len() - replays.len()) as u64)));
    }
    let lost = replays.iter().flat_map(|(who, replay)| replay.lost.iter().map(|lost| (*who, lost))).collect();
    Line { label, text, ink, left_out: left_out(&sum), asides, lost }
}

/// What would have been denied.
fn lost(all: &[Lost<'_>], with_names: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let mut columns = vec![("CALLS", Align::Right), ("ACTION", Align::Flexible), ("RESOURCE", Align::Flexible)];
    columns.push(("VERDICT", Align::Left));
    if with_names {
        columns.push(("PRINCIPAL", Align::Flexible));
    }
    columns.push(("EVENTS", Align::Flexible));
    let mut table = Table::new(&columns);
    for (who, lost) in all.iter().take(ROWS) {
        let via = lost.via.as_ref().map(|via| format!(" through {}", terminal(via))).unwrap_or_default();
        let mut cells = vec![
            count(lost.evidence.count),
            terminal(&lost.action).into_owned(),
            format!("{}{via}", terminal(&lost.resource)),
            lost.verdict.to_owned(),
        ];
        cells.extend(with_names.then(|| terminal(&who.name).into_owned()));
        cells.push(terminal(&lost.evidence.event_ids.join(", ")).into_owned());
        table.row(cells);
    }
    table.write(out, style)?;
    more(all.len(), style, out)
}

/// One row for each principal.
fn each(report: &NarrowingReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(&[
        ("STILL ALLOWED", Align::Left),
        ("NOTHING NEW BY", Align::Left),
        ("HELD-OUT CALLS DENIED", Align::Left),
        ("ACCOUNT", Align::Left),
        ("NAME", Align::Flexible),
    ]);
    let of = |part: u64, all: u64| format!("{} of {}", count(part), count(all));
    for one in report.principals.iter().take(ROWS) {
        table.row([
            one.replay.as_ref().map_or("-".to_owned(), |replay| of(replay.allowed_after, replay.allowed_before)),
            match one.included {
                Inclusion::Same => "same".to_owned(),
                Inclusion::Documents => "documents".to_owned(),
                Inclusion::Statements => "statements".to_owned(),
            },
            match &one.holdout {
                Some(HoldoutReport::Replayed { replay, .. }) => of(replay.lost_calls(), replay.allowed_before),
                Some(HoldoutReport::NotPossible { .. }) | None => "not possible".to_owned(),
            },
            terminal(&one.account).into_owned(),
            terminal(&one.name).into_owned(),
        ]);
    }
    writeln!(out)?;
    table.write(out, style)?;
    more(report.principals.len(), style, out)
}
