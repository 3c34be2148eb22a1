//! What narrowing came to, to read: what was unused first, the proofs last.

mod gaps;
mod proof;
mod services;
mod unused;

use tighten_synthesis::narrow::PolicyOutcome;

use super::model::{NarrowedPolicyReport, NarrowingReport};
use crate::page::{Block, Cell, Heading, Page, Prose, Table, Width};
use crate::words::count;

pub use proof::proof_lines;

/// How many rows a list has.
const ROWS: usize = 25;

pub(crate) fn narrowing(report: &NarrowingReport, page: &mut Page) {
    policies(report, page);
    unused::unused(report, page);
    services::services(report, page);
    gaps::gaps(report, page);
    proof::proof(report, page);
}

fn policies(report: &NarrowingReport, page: &mut Page) {
    let all = &report.policies;
    let outcomes: Vec<String> = [PolicyOutcome::Narrowed, PolicyOutcome::Unused, PolicyOutcome::Unchanged]
        .into_iter()
        .map(|outcome| (outcome, all.iter().filter(|policy| policy.outcome == outcome).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(outcome, number)| format!("{} {}", count(number), word(outcome)))
        .collect();
    page.push(Heading::new("Policies").size(outcomes.join(", ")));
    let mut table = Table::new(&[
        ("outcome", Width::Short),
        ("statements", Width::Short),
        ("characters", Width::Short),
        ("worst unused", Width::Short),
        ("policy", Width::Long),
        ("held by", Width::Long),
    ]);
    for policy in all.iter().take(ROWS) {
        let worst = policy.risks.first();
        table.row([
            Cell::words(word(policy.outcome)),
            Cell::words(format!("{} of {} changed", count(policy.changed()), count(policy.statements.len()))),
            Cell::words(format!("{} → {}", count(policy.size_before), count(policy.size_after))),
            worst.map_or(Cell::Nothing, |worst| {
                Cell::words(format!("{} {}", count(worst.removed + worst.left), worst.class))
            }),
            Cell::data(policy.name.as_str()),
            Cell::words(held_by(policy)),
        ]);
    }
    page.push(table);
    page.extend(Block::rest_in_json(all.len(), ROWS));
}

fn word(outcome: PolicyOutcome) -> &'static str {
    match outcome {
        PolicyOutcome::Unchanged => "unchanged",
        PolicyOutcome::Narrowed => "narrowed",
        PolicyOutcome::Unused => "unused",
    }
}

/// The kinds and names of the holders.
fn held_by(policy: &NarrowedPolicyReport) -> Prose {
    let short = |arn: &String| {
        let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
        match (resource.split_once('/'), resource.rsplit_once('/')) {
            (Some((kind, _)), Some((_, name))) => format!("{kind}/{name}"),
            _ => resource.to_owned(),
        }
    };
    if policy.holders.is_empty() { "nobody".into() } else { Prose::some(policy.holders.iter().map(short), 2) }
}
