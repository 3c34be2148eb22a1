//! What narrowing came to, to read: what was unused first, the proofs last.

mod fates;
mod gaps;
mod proof;
mod services;
mod unused;

use std::collections::BTreeMap;

use tighten_synthesis::narrow::PolicyOutcome;

use super::model::{NarrowedPolicyReport, NarrowingReport};
use crate::backtest::BacktestReport;
use crate::page::{Block, Cell, Heading, Page, Prose, Table, Width};
use crate::words::count;

pub use proof::proof_lines;

/// How many rows a list has.
const ROWS: usize = 25;

pub(crate) fn narrowing((report, backtest): (&NarrowingReport, Option<&BacktestReport>), page: &mut Page) {
    policies(report, page);
    unused::unused(report, page);
    services::services(report, page);
    gaps::gaps(report, page);
    proof::proof(report, backtest, page);
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
    let rows = together(all);
    for policies in rows.iter().take(ROWS) {
        table.row(row(policies));
    }
    page.push(table);
    page.extend(Block::rest_in_json(rows.len(), ROWS));
}

/// Policies that are the same today and of which the same became, though not to the letter, in the order of the first.
fn together(policies: &[NarrowedPolicyReport]) -> Vec<Vec<&NarrowedPolicyReport>> {
    let mut places = BTreeMap::new();
    let mut rows: Vec<Vec<&NarrowedPolicyReport>> = Vec::new();
    for policy in policies {
        let key = (policy.outcome, &policy.name, &policy.arn, policy.size_before, policy.kind);
        let place = *places.entry(key).or_insert(rows.len());
        match rows.get_mut(place) {
            Some(row) => row.push(policy),
            None => rows.push(vec![policy]),
        }
    }
    rows
}

fn row(policies: &[&NarrowedPolicyReport]) -> [Cell; 6] {
    let Some(first) = policies.first() else { return [const { Cell::Nothing }; 6] };
    let all = || policies.iter().copied();
    let statements = all().map(|policy| policy.statements.len()).sum::<usize>();
    let changed = all().map(NarrowedPolicyReport::changed).sum::<usize>();
    let (least, most) = (all().map(|policy| policy.size_after).min(), all().map(|policy| policy.size_after).max());
    let after = match (least.unwrap_or_default(), most.unwrap_or_default()) {
        (least, most) if least == most => count(least),
        (least, most) => format!("{} to {}", count(least), count(most)),
    };
    let worst = all().filter_map(|policy| policy.risks.first()).map(|risk| risk.class).min();
    let worst = worst.map(|class| {
        let risks = all().flat_map(|policy| &policy.risks).filter(|risk| risk.class == class);
        (class, risks.map(|risk| risk.removed + risk.left).sum::<usize>())
    });
    [
        Cell::words(word(first.outcome)),
        Cell::words(format!("{} of {} changed", count(changed), count(statements))),
        Cell::words(format!("{} → {after}", count(first.size_before))),
        worst.map_or(Cell::Nothing, |(class, grants)| Cell::words(format!("{} {class}", count(grants)))),
        Cell::data(first.name.as_str()),
        Cell::words(held_by(policies)),
    ]
}

fn word(outcome: PolicyOutcome) -> &'static str {
    match outcome {
        PolicyOutcome::Unchanged => "unchanged",
        PolicyOutcome::Narrowed => "narrowed",
        PolicyOutcome::Unused => "unused",
    }
}

/// The kinds and names of the holders.
fn held_by(policies: &[&NarrowedPolicyReport]) -> Prose {
    let short = |arn: &String| {
        let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
        match (resource.split_once('/'), resource.rsplit_once('/')) {
            (Some((kind, _)), Some((_, name))) => format!("{kind}/{name}"),
            _ => resource.to_owned(),
        }
    };
    let holders = Prose::some(policies.iter().flat_map(|policy| &policy.holders).map(short), 2);
    if holders.is_empty() { "nobody".into() } else { holders }
}
