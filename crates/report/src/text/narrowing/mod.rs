//! What narrowing came to, as people read it: what was unused first, the proofs last.

mod gaps;
mod proof;
mod services;
mod unused;

use std::io::{self, Write};

use tighten_synthesis::narrow::PolicyOutcome;

use super::table::{Align, Table};
use super::words::{count, some};
use super::{ROWS, heading, more};
use crate::escape::terminal;
use crate::model::{NarrowedPolicyReport, NarrowingReport};
use crate::style::Style;

pub use proof::proof_lines;

pub(super) fn write(report: &NarrowingReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    policies(report, style, out)?;
    unused::write(report, style, out)?;
    services::write(report, style, out)?;
    gaps::write(report, style, out)?;
    proof::write(report, style, out)
}

fn policies(report: &NarrowingReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let all = &report.policies;
    let outcomes: Vec<String> = [PolicyOutcome::Narrowed, PolicyOutcome::Unused, PolicyOutcome::Unchanged]
        .into_iter()
        .map(|outcome| (outcome, all.iter().filter(|policy| policy.outcome == outcome).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(outcome, number)| format!("{} {}", count(number as u64), word(outcome)))
        .collect();
    heading("Policies", &outcomes.join(", "), style, out)?;
    let mut table = Table::new(&[
        ("OUTCOME", Align::Left),
        ("STATEMENTS", Align::Left),
        ("CHARACTERS", Align::Left),
        ("WORST UNUSED", Align::Left),
        ("POLICY", Align::Flexible),
        ("HELD BY", Align::Flexible),
    ]);
    for policy in all.iter().take(ROWS) {
        table.row([
            word(policy.outcome).to_owned(),
            format!("{} of {} changed", count(policy.changed() as u64), count(policy.statements.len() as u64)),
            format!("{} → {}", count(policy.size_before as u64), count(policy.size_after as u64)),
            policy.risks.first().map_or("-".to_owned(), |worst| {
                format!("{} {}", count((worst.removed + worst.left) as u64), worst.class)
            }),
            terminal(&policy.name).into_owned(),
            held_by(policy),
        ]);
    }
    table.write(out, style)?;
    more(all.len(), style, out)
}

fn word(outcome: PolicyOutcome) -> &'static str {
    match outcome {
        PolicyOutcome::Unchanged => "unchanged",
        PolicyOutcome::Narrowed => "narrowed",
        PolicyOutcome::Unused => "unused",
    }
}

/// The kinds and names of the holders.
fn held_by(policy: &NarrowedPolicyReport) -> String {
    let short = |arn: &String| {
        let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
        match (resource.split_once('/'), resource.rsplit_once('/')) {
            (Some((kind, _)), Some((_, name))) => terminal(&format!("{kind}/{name}")).into_owned(),
            _ => terminal(resource).into_owned(),
        }
    };
    let holders: Vec<String> = policy.holders.iter().map(short).collect();
    if holders.is_empty() { "nobody".to_owned() } else { some(&holders, 2) }
}
