//! The unused grants, by what they would give an attacker.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use tighten_catalog::RiskClass;

use crate::escape::terminal;
use crate::model::{NarrowingReport, RiskReport, RiskyReport};
use crate::style::{Ink, Style};
use crate::text::heading;
use crate::text::table::{Align, Table};
use crate::text::words::{count, wrap};

/// How many actions are named.
const NAMED: usize = 10;

/// An action, over all statements that allow it.
#[derive(Default)]
struct Row<'a> {
    grants: Vec<(&'a str, &'a RiskyReport)>,
}

pub(super) fn write(report: &NarrowingReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let all: usize = risks(report).map(|risk| risk.removed + risk.left).sum();
    if all == 0 {
        return Ok(());
    }
    heading("Unused, the most dangerous first", "docs/risk.md explains the classes", style, out)?;
    let rows = rows(report);
    let several = report.policies.len() > 1;
    let mut columns = vec![("CLASS", Align::Left), ("ACTION", Align::Flexible), ("ON", Align::Left)];
    columns.push(("NOW", Align::Left));
    if several {
        columns.push(("POLICY", Align::Flexible));
    }
    let mut table = Table::new(&columns);
    let mut shown = 0;
    for ((class, narrow, _, action), row) in rows.iter().take(NAMED) {
        shown += row.grants.len();
        let mut cells = vec![
            class.to_string(),
            terminal(action).into_owned(),
            if *narrow { "some".to_owned() } else { "all".to_owned() },
            row.now(),
        ];
        cells.extend(several.then(|| row.policies()));
        table.row(cells);
        table.note(row.gives());
    }
    table.write(out, style)?;
    if let Some(rest @ 1..) = all.checked_sub(shown) {
        let list = if report.details { "`--format json`" } else { "`--details --format json`" };
        let text = format!("  … and {} more; {list} lists them", count(rest as u64));
        writeln!(out, "{}", style.paint(Ink::Faint, text))?;
    }
    sums("removed", Ink::Good, |risk| risk.removed, report, style, out)?;
    sums("kept", Ink::Warning, |risk| risk.left, report, style, out)
}

fn risks(report: &NarrowingReport) -> impl Iterator<Item = &RiskReport> {
    report.policies.iter().flat_map(|policy| &policy.risks)
}

/// Class, whether on some resources only, service, action: the order in which `docs/risk.md` shows them.
type Key<'a> = (RiskClass, bool, &'a str, &'a str);

fn rows(report: &NarrowingReport) -> BTreeMap<Key<'_>, Row<'_>> {
    let mut rows: BTreeMap<Key<'_>, Row<'_>> = BTreeMap::new();
    for policy in &report.policies {
        for grant in &policy.risky {
            let service = grant.action.split(':').next().unwrap_or_default();
            let row = rows.entry((grant.class, !grant.on_all, service, grant.action.as_str())).or_default();
            row.grants.push((&policy.name, grant));
        }
    }
    rows
}

impl Row<'_> {
    fn now(&self) -> String {
        let removed = self.grants.iter().filter(|(_, grant)| !grant.kept).count();
        let kept: BTreeSet<&str> = self.grants.iter().filter(|(_, grant)| grant.kept).map(|(_, g)| g.verdict).collect();
        let kept = kept.into_iter().collect::<Vec<_>>().join(", ");
        match (removed, self.grants.len() - removed) {
            (_, 0) => "removed".to_owned(),
            (0, _) => format!("kept: {kept}"),
            (removed, left) => format!("{removed} removed, {left} kept: {kept}"),
        }
    }

    fn policies(&self) -> String {
        let names: BTreeSet<&str> = self.grants.iter().map(|(policy, _)| *policy).collect();
        match (names.len(), names.first()) {
            (1, Some(only)) => terminal(only).into_owned(),
            (several, _) => format!("{} policies", count(several as u64)),
        }
    }

    fn gives(&self) -> String {
        let Some((_, grant)) = self.grants.iter().find(|(_, grant)| grant.gives.is_some()) else {
            return String::new();
        };
        let with = if grant.with.is_empty() { String::new() } else { format!(" (with {})", grant.with.join(", ")) };
        terminal(&format!("{}{with}", grant.gives.unwrap_or_default())).into_owned()
    }
}

/// How many grants of each class, in one line that may be long.
fn sums(
    label: &str,
    ink: Ink,
    part: impl Fn(&RiskReport) -> usize,
    report: &NarrowingReport,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut by_class: BTreeMap<RiskClass, usize> = BTreeMap::new();
    for risk in risks(report) {
        *by_class.entry(risk.class).or_default() += part(risk);
    }
    let all: usize = by_class.values().sum();
    if all == 0 {
        return Ok(());
    }
    let classes: Vec<String> = by_class
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(class, number)| format!("{} {class}", count(*number as u64)))
        .collect();
    let text = format!("{} in all: {}", count(all as u64), classes.join(", "));
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(11).max(40));
    for (at, line) in wrap(&text, width).iter().enumerate() {
        let label = format!("{:<7}", if at == 0 { label } else { "" });
        writeln!(out, "  {}  {line}", style.paint(ink, label))?;
    }
    Ok(())
}
