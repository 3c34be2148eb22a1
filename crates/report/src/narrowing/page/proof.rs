//! The three proofs: nothing that was used is lost, nothing new is allowed, and what the last days would have shown; and what AWS
//! says where it was asked.

mod opinion;

use std::collections::BTreeSet;

use tighten_synthesis::narrow::{Inclusion, PolicyOutcome};

use super::ROWS;
use crate::backtest::{self, BacktestReport};
use crate::format::Ink;
use crate::narrowing::model::{HoldoutReport, LostReport, NarrowingReport, ProofReport, ReplayCounts};
use crate::page::{Block, Cell, Field, Fields, Heading, Page, Prose, Table, Width};
use crate::prose;
use crate::words::{count, counted, minute};

/// How many lost permissions are told beside a policy that is printed.
const TOLD: usize = 5;

/// A permission that was lost, and who used it.
type Lost<'a> = (&'a ProofReport, &'a LostReport);

/// One of them.
struct Proof<'a> {
    label: &'static str,
    text: String,
    ink: Ink,
    /// What the proof says nothing about.
    left_out: Option<String>,
    /// What else there is to say.
    asides: Vec<String>,
    lost: Vec<Lost<'a>>,
}

impl Proof<'_> {
    fn new(label: &'static str, text: String, ink: Ink) -> Self {
        Self { label, text, ink, left_out: None, asides: Vec::new(), lost: Vec::new() }
    }
}

fn proofs(report: &NarrowingReport) -> Vec<Proof<'_>> {
    let mut proofs = vec![replay(report), inclusion(report), holdout(report)];
    proofs.extend(report.simulation.as_ref().map(opinion::simulation));
    proofs.extend(report.no_new_access.as_ref().map(opinion::no_new_access));
    proofs
}

/// The proofs as sentences, for those who print a policy and nothing else.
pub fn proof_lines(report: &NarrowingReport) -> Vec<Prose> {
    let mut lines = Vec::new();
    for proof in proofs(report) {
        lines.push(prose![proof.label, ": ", proof.text]);
        lines.extend(proof.left_out.into_iter().map(|left_out| prose!["  ", left_out]));
        for (_, lost) in proof.lost.iter().take(TOLD) {
            let ids = &lost.evidence.event_ids;
            let ids = Prose::list(ids.iter().map(|id| Prose::data(id.as_str())));
            let ids = if ids.is_empty() { ids } else { prose![" (", ids, ")"] };
            let (action, resource) = (Prose::data(lost.action.as_str()), Prose::data(lost.resource.as_str()));
            let some = if lost.shared { "some of " } else { "" };
            let calls = format!("{some}{}", counted(lost.evidence.count, "call"));
            lines.push(prose!["  ", action, " on ", resource, format!(": {calls}"), ids]);
        }
        if let Some(rest @ 1..) = proof.lost.len().checked_sub(TOLD) {
            let how = Prose::quoted("--format text");
            lines.push(prose![format!("  and {} more, which ", count(rest)), how, " shows"]);
        }
    }
    lines
}

pub(super) fn proof(report: &NarrowingReport, backtest: Option<&BacktestReport>, page: &mut Page) {
    page.push(Heading::new("Proof"));
    let several = report.principals.len() > 1;
    let mut fields = Fields::default();
    for proof in proofs(report) {
        let mut field = Field::new(proof.label, Prose::from(proof.text).ink(proof.ink));
        field.asides = proof.left_out.into_iter().chain(proof.asides).map(Prose::from).collect();
        field.inner = lost(&proof.lost, several);
        fields.rows.push(field);
    }
    fields.rows.extend(backtest.into_iter().flat_map(|backtest| backtest::page(backtest, report.details)));
    page.push(fields);
    if several {
        each(report, page);
    }
}

/// Sums over principals; what was lost is told one by one.
fn sum<'a>(replays: impl Iterator<Item = &'a ReplayCounts>) -> ReplayCounts {
    let mut sum = ReplayCounts::default();
    for replay in replays {
        sum.calls += replay.calls;
        sum.needs += replay.needs;
        sum.allowed_before += replay.allowed_before;
        sum.allowed_after += replay.allowed_after;
        sum.denied_before += replay.denied_before;
        sum.open_before += replay.open_before;
        sum.unmapped += replay.unmapped;
        sum.some_not_judged |= replay.some_not_judged;
        sum.left_out += replay.left_out;
    }
    sum
}

fn replay(report: &NarrowingReport) -> Proof<'_> {
    let replays = || report.principals.iter().filter_map(|one| Some((one, one.replay.as_ref()?)));
    if replays().next().is_none() {
        return Proof::new("replay", "not done: the needs were not replayed".to_owned(), Ink::Warning);
    }
    let sum = sum(replays().map(|(_, replay)| replay));
    let (result, ink) = match (sum.lost_needs(), sum.allowed_before) {
        (0, 0) if sum.needs == 0 => ("nothing to judge by".to_owned(), Ink::Warning),
        (0, 0) => ("today's policies surely allow none".to_owned(), Ink::Warning),
        (0, all) if all == sum.needs => ("all still allowed".to_owned(), Ink::Good),
        (0, 1) => ("the one that today's policies allow is still allowed".to_owned(), Ink::Good),
        (0, some) => (format!("all {} that today's policies allow are still allowed", count(some)), Ink::Good),
        (_, some) => {
            let (after, verb) = (count(sum.allowed_after), if sum.allowed_after == 1 { "is" } else { "are" });
            let forbidden = report.principals.iter().any(|one| !one.needs.forbidden.is_empty());
            let why = if forbidden { "rules forbid the others" } else { "the others would be denied" };
            let still = format!("{after} of {} that today's policies allow {verb} still allowed", count(some));
            (format!("{still}; {why}: these"), Ink::Error)
        }
    };
    let text = format!("{}, {}: {result}", counted(sum.calls, "call"), counted(sum.needs, "distinct need"));
    let lost = replays().flat_map(|(who, replay)| replay.lost.iter().map(move |lost| (who, lost))).collect();
    Proof { left_out: left_out(&sum), lost, ..Proof::new("replay", text, ink) }
}

/// What a proof leaves out, and why.
fn left_out(sum: &ReplayCounts) -> Option<String> {
    let needs = |number: usize, why: &str| (number > 0).then(|| format!("{} {why}", counted(number, "need")));
    let calls = counted(sum.unmapped, "call");
    let reasons = [
        needs(sum.denied_before, "that the policies given do not allow (something else did)"),
        needs(sum.open_before, "that the records alone do not decide, as before"),
        (sum.unmapped > 0).then(|| format!("{calls} of which it is not known what was needed")),
        sum.some_not_judged.then(|| {
            "some of the calls: what services with roles of their own did, or failed calls of somebody who was nearly always \
             refused"
                .to_owned()
        }),
    ];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    (!reasons.is_empty()).then(|| format!("left out of this proof: {}", reasons.join("; ")))
}

fn inclusion(report: &NarrowingReport) -> Proof<'_> {
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
            let each: Vec<String> = several.iter().map(|(number, way)| format!("{way} ({})", count(*number))).collect();
            each.join("; ")
        }
    };
    Proof::new("inclusion", format!("nothing new is allowed: {told}"), Ink::Good)
}

fn holdout(report: &NarrowingReport) -> Proof<'_> {
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
                reasons.insert("the needs were not replayed");
            }
        }
    }
    let why = reasons.into_iter().collect::<Vec<_>>().join("; ");
    let Some((days, since)) = spans.last() else {
        let why = if why.is_empty() { "nobody holds a policy".to_owned() } else { why };
        return Proof::new("holdout", format!("not possible: {why}"), Ink::Warning);
    };
    let sum = sum(replays.iter().map(|(_, replay)| *replay));
    let denied =
        if replays.iter().all(|(_, replay)| replay.is_denied()) { "denied" } else { "denied, or left in doubt" };
    let these = if report.policies.len() == 1 { "this policy" } else { "these policies" };
    let days = if *days == 1 { "the last day".to_owned() } else { format!("the last {}", counted(*days, "day")) };
    let (calls, needs) = (counted(sum.calls, "call"), counted(sum.allowed_before, "distinct need"));
    let (text, ink) = match (sum.lost_needs(), sum.allowed_before) {
        (_, 0) => (format!("no need of {days} is one that today's policies allow: nothing to judge by"), Ink::Warning),
        (lost, _) => {
            let in_force = format!("had {these} been in force for {days} ({calls})");
            let text = format!("{in_force}, {} of {needs} would have been {denied}", count(lost));
            if lost == 0 { (text, Ink::Good) } else { (format!("{text}: these"), Ink::Warning) }
        }
    };
    let mut asides = vec![format!("narrowed, for this proof, by the days before {} UTC alone", minute(*since))];
    if !why.is_empty() {
        asides.push(format!("not possible for {}: {why}", count(report.principals.len() - replays.len())));
    }
    let lost = replays.iter().flat_map(|(who, replay)| replay.lost.iter().map(|lost| (*who, lost))).collect();
    Proof { left_out: left_out(&sum), asides, lost, ..Proof::new("holdout", text, ink) }
}

/// What would have been denied.
fn lost(all: &[Lost<'_>], with_names: bool) -> Vec<Block> {
    if all.is_empty() {
        return Vec::new();
    }
    let mut columns = vec![("calls", Width::Number), ("action", Width::Long), ("resource", Width::Long)];
    columns.push(("verdict", Width::Short));
    if with_names {
        columns.push(("principal", Width::Long));
    }
    columns.push(("events", Width::Long));
    let mut table = Table::new(&columns);
    for (who, lost) in all.iter().take(ROWS) {
        let via = lost.via.as_ref().map(|via| prose![" through ", Prose::data(via.as_str())]).unwrap_or_default();
        let mut cells = vec![
            if lost.shared {
                Cell::words(format!("≤ {}", count(lost.evidence.count)))
            } else {
                Cell::number(lost.evidence.count)
            },
            Cell::data(lost.action.as_str()),
            Cell::words(prose![Prose::data(lost.resource.as_str()), via]),
            Cell::words(lost.verdict),
        ];
        cells.extend(with_names.then(|| Cell::data(who.name.as_str())));
        let ids = lost.evidence.event_ids.iter().map(|id| Prose::data(id.as_str()));
        cells.push(Cell::words(Prose::list(ids)));
        table.row(cells);
    }
    std::iter::once(table.into()).chain(Block::rest_in_json(all.len(), ROWS)).collect()
}

/// One row for each principal.
fn each(report: &NarrowingReport, page: &mut Page) {
    let mut table = Table::new(&[
        ("still allowed", Width::Short),
        ("nothing new by", Width::Short),
        ("held-out needs denied", Width::Short),
        ("account", Width::Short),
        ("name", Width::Long),
    ]);
    let of = |part: usize, all: usize| Cell::words(format!("{} of {}", count(part), count(all)));
    for one in report.principals.iter().take(ROWS) {
        table.row([
            one.replay.as_ref().map_or(Cell::Nothing, |replay| of(replay.allowed_after, replay.allowed_before)),
            Cell::words(match one.included {
                Inclusion::Same => "same",
                Inclusion::Documents => "documents",
                Inclusion::Statements => "statements",
            }),
            match &one.holdout {
                Some(HoldoutReport::Replayed { replay, .. }) => of(replay.lost_needs(), replay.allowed_before),
                Some(HoldoutReport::NotPossible { .. }) | None => Cell::words("not possible"),
            },
            Cell::data(one.account.as_str()),
            Cell::data(one.name.as_str()),
        ]);
    }
    page.push(table);
    page.extend(Block::rest_in_json(report.principals.len(), ROWS));
}
