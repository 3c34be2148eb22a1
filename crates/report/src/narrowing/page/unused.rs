//! The unused grants, by what they would give an attacker.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::RiskClass;

use crate::format::Ink;
use crate::narrowing::model::{NarrowingReport, RiskReport, RiskyReport};
use crate::page::{Block, Cell, Field, Fields, Heading, Page, Prose, Table, Width};
use crate::prose;
use crate::words::{count, counted};

/// How many actions are named.
const NAMED: usize = 10;

/// An action, over all statements that allow it.
#[derive(Default)]
struct Row<'a> {
    grants: Vec<(&'a str, &'a RiskyReport)>,
}

pub(super) fn unused(report: &NarrowingReport, page: &mut Page) {
    let all: usize = risks(report).map(|risk| risk.removed + risk.left).sum();
    if all == 0 {
        return;
    }
    page.push(Heading::new("Unused, the most dangerous first").about("docs/risk.md explains the classes"));
    let rows = rows(report);
    let several = report.policies.len() > 1;
    let mut columns = vec![("class", Width::Short), ("action", Width::Long), ("on", Width::Short)];
    columns.push(("now", Width::Short));
    if several {
        columns.push(("policy", Width::Long));
    }
    let mut table = Table::new(&columns);
    let mut shown = 0;
    for ((class, narrow, _, action), row) in rows.iter().take(NAMED) {
        shown += row.grants.len();
        let mut cells = vec![
            Cell::words(class.to_string()),
            Cell::data(*action),
            Cell::words(if *narrow { "some" } else { "all" }),
            Cell::words(row.now()),
        ];
        cells.extend(several.then(|| Cell::words(row.policies())));
        table.noted(cells, row.gives());
    }
    page.push(table);
    let list = if report.details { "--format json" } else { "--details --format json" };
    page.extend(Block::rest(all, shown, prose![Prose::quoted(list), " lists them"]));
    let mut fields = Fields::new("removed".len());
    fields.rows.extend(sums("removed", Ink::Good, |risk| risk.removed, report));
    fields.rows.extend(sums("kept", Ink::Warning, |risk| risk.left, report));
    page.push(fields);
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

    fn policies(&self) -> Prose {
        let names: BTreeSet<&str> = self.grants.iter().map(|(policy, _)| *policy).collect();
        match (names.len(), names.first()) {
            (1, Some(only)) => Prose::data(*only),
            (several, _) => counted(several, "policy").into(),
        }
    }

    fn gives(&self) -> Prose {
        let grant = self.grants.iter().find_map(|(_, grant)| Some((grant, grant.gives?)));
        let Some((grant, gives)) = grant else { return Prose::default() };
        if grant.with.is_empty() {
            return gives.into();
        }
        let with = Prose::list(grant.with.iter().map(|action| Prose::data(action.as_str())));
        prose![gives, " (with ", with, ")"]
    }
}

/// How many grants of each class, in one line that may be long.
fn sums(label: &'static str, ink: Ink, part: impl Fn(&RiskReport) -> usize, report: &NarrowingReport) -> Option<Field> {
    let mut by_class: BTreeMap<RiskClass, usize> = BTreeMap::new();
    for risk in risks(report) {
        *by_class.entry(risk.class).or_default() += part(risk);
    }
    let all: usize = by_class.values().sum();
    let classes = by_class.iter().filter(|(_, number)| **number > 0);
    let classes: Vec<String> = classes.map(|(class, number)| format!("{} {class}", count(*number))).collect();
    let text = format!("{} in all: {}", count(all), classes.join(", "));
    (all > 0).then(|| Field { ink, ..Field::new(label, text) })
}
