//! The unused grants, by what they would give an attacker: one row for each class and service.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::RiskClass;

use super::ROWS;
use super::fates::reasons;
use crate::format::Ink;
use crate::narrowing::model::{DecisionReport, NarrowingReport, RiskReport, RiskyReport};
use crate::page::{Block, Cell, Field, Fields, Heading, Page, Prose, Table, Width};
use crate::prose;
use crate::words::{count, counted};

/// How many actions a row names.
const NAMED: usize = 3;
/// How many services are named that a row is not about.
const OTHERS: usize = 6;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope<'a> {
    /// One service.
    Service(&'a str),
    /// All services with grants of the class.
    Class,
    /// Services of which nothing was used and nothing stays.
    AtOnce,
}

/// Decisions that are told together.
struct Row<'a> {
    class: RiskClass,
    scope: Scope<'a>,
    decisions: Vec<&'a DecisionReport>,
}

pub(super) fn unused(report: &NarrowingReport, page: &mut Page) {
    if report.decisions.is_empty() {
        return;
    }
    let rows = rows(report);
    let heading = Heading::new("Unused, the most dangerous first").size(counted(rows.len(), "decision"));
    page.push(heading.about("docs/risk.md explains the classes"));
    let several = report.policies.len() > 1;
    let mut columns = vec![("class", Width::Short), ("service", Width::Short)];
    columns.extend([("removed", Width::Number), ("kept", Width::Number), ("such as", Width::Long)]);
    columns.extend(several.then_some(("policy", Width::Long)));
    let mut table = Table::new(&columns);
    let most = if report.details { usize::MAX } else { ROWS };
    for row in rows.iter().take(most) {
        let risky = row.risky(report);
        let mut cells = vec![
            Cell::words(row.class.as_str()),
            row.service(),
            Cell::number_if_any(row.sum(DecisionReport::removed)),
            Cell::number_if_any(row.sum(DecisionReport::left)),
            Cell::words(row.such_as(&risky)),
        ];
        cells.extend(several.then(|| Cell::words(row.policies(report))));
        table.noted(cells, row.note(&risky));
    }
    page.push(table);
    page.extend(Block::rest(rows.len(), most, prose![Prose::quoted("--details"), " lists them"]));
    let mut fields = Fields::new("removed".len());
    fields.rows.extend(sums("removed", Ink::Good, |risk| risk.removed, report));
    fields.rows.extend(sums("kept", Ink::Warning, |risk| risk.left, report));
    page.push(fields);
}

/// The most dangerous first, and of a class what is decided at once last. Classes that change who may do what, or hide it,
/// are told service by service.
fn rows(report: &NarrowingReport) -> Vec<Row<'_>> {
    let mut rows: BTreeMap<(RiskClass, Scope<'_>), Vec<&DecisionReport>> = BTreeMap::new();
    for decision in &report.decisions {
        let scope = match &decision.service {
            None => Scope::AtOnce,
            Some(service) if decision.class <= RiskClass::LoggingEvasion => Scope::Service(service),
            Some(_) => Scope::Class,
        };
        rows.entry((decision.class, scope)).or_default().push(decision);
    }
    let mut rows: Vec<Row<'_>> =
        rows.into_iter().map(|((class, scope), decisions)| Row { class, scope, decisions }).collect();
    // The map was in order, and the sort is stable.
    rows.sort_by_key(|row| {
        let grants = row.sum(DecisionReport::removed) + row.sum(DecisionReport::left);
        (row.class, row.scope == Scope::AtOnce, Reverse(grants))
    });
    rows
}

impl<'a> Row<'a> {
    /// Over all policies.
    fn sum(&self, part: impl Fn(&DecisionReport) -> usize) -> usize {
        self.decisions.iter().map(|decision| part(decision) * decision.policies.len()).sum()
    }

    /// The service, or how many there are.
    fn service(&self) -> Cell {
        let named: BTreeSet<&str> = self.decisions.iter().filter_map(|one| one.service.as_deref()).collect();
        match (self.scope, named.len(), named.first()) {
            (Scope::AtOnce, ..) => {
                let most = self.decisions.iter().map(|decision| decision.services).max();
                Cell::words(counted(most.unwrap_or_default(), "service"))
            }
            (_, 1, Some(only)) => Cell::data(*only),
            (_, several, _) => Cell::words(counted(several, "service")),
        }
    }

    /// The grants of it that are known by name, each action once.
    fn risky(&self, report: &'a NarrowingReport) -> BTreeMap<&'a str, &'a RiskyReport> {
        let mut risky = BTreeMap::new();
        for decision in &self.decisions {
            let policies = decision.policies.iter().filter_map(|at| report.policies.get(*at));
            let places: BTreeSet<usize> = policies.flat_map(|policy| policy.risky.iter().copied()).collect();
            for grant in places.into_iter().filter_map(|at| report.risky.get(at)) {
                let service = grant.action.split(':').next().unwrap_or_default();
                let is_meant = match &decision.service {
                    Some(own) => own == service,
                    None => !decision.but.iter().any(|other| other == service),
                };
                if is_meant && grant.class == self.class {
                    risky.entry(grant.action.as_str()).or_insert(grant);
                }
            }
        }
        risky
    }

    fn such_as(&self, risky: &BTreeMap<&'a str, &RiskyReport>) -> Prose {
        let name = |action: &'a str| match self.scope {
            Scope::Service(_) => action.split_once(':').map_or(action, |(_, name)| name),
            Scope::Class | Scope::AtOnce => action,
        };
        let names = Prose::list(risky.keys().take(NAMED).map(|action| Prose::data(name(action))));
        if risky.len() > NAMED { prose![names, ", …"] } else { names }
    }

    fn policies(&self, report: &NarrowingReport) -> Prose {
        let places: BTreeSet<usize> =
            self.decisions.iter().flat_map(|decision| decision.policies.iter().copied()).collect();
        match (places.len(), places.first().and_then(|at| report.policies.get(*at))) {
            (1, Some(only)) => Prose::data(only.name.as_str()),
            (several, _) => counted(several, "policy").into(),
        }
    }

    /// What an attacker gets; of many services, which classes there are, and which services are not meant.
    fn note(&self, risky: &BTreeMap<&str, &RiskyReport>) -> Prose {
        let ways: BTreeSet<&'static str> = risky.values().filter_map(|grant| grant.gives).collect();
        let first = risky.values().find_map(|grant| Some((grant, grant.gives?)));
        let first = first.map(|(grant, gives)| {
            let with = Prose::list(grant.with.iter().map(|action| Prose::data(action.as_str())));
            let with = if with.is_empty() { with } else { prose![" (with ", with, ")"] };
            prose![Prose::data(grant.action.as_str()), " ", gives, with]
        });
        // Without details the report names the first grants alone.
        let all = self.decisions.iter().map(|decision| decision.removed() + decision.left()).max();
        let more = match ways.len() {
            _ if all.is_some_and(|all| risky.len() < all) => "; and more ways".to_owned(),
            0 | 1 => String::new(),
            several => format!("; and {}", counted(several - 1, "more way")),
        };
        let first = first.map(|first| prose![first, more]);
        let at_once = (self.scope == Scope::AtOnce).then(|| self.at_once());
        Prose::joined(at_once.into_iter().chain(first), "; ")
    }

    fn at_once(&self) -> Prose {
        let mut by_class: BTreeMap<RiskClass, usize> = BTreeMap::new();
        for decision in &self.decisions {
            for risk in &decision.risks {
                *by_class.entry(risk.class).or_default() += (risk.removed + risk.left) * decision.policies.len();
            }
        }
        let others: BTreeSet<&str> =
            self.decisions.iter().flat_map(|decision| decision.but.iter().map(String::as_str)).collect();
        let others =
            if others.is_empty() { Prose::default() } else { prose![", all but ", Prose::some(others, OTHERS)] };
        prose!["nothing of them was used", others, ": ", classes(&by_class)]
    }
}

fn classes(by_class: &BTreeMap<RiskClass, usize>) -> String {
    let classes = by_class.iter().filter(|(_, number)| **number > 0);
    classes.map(|(class, number)| format!("{} {class}", count(*number))).collect::<Vec<_>>().join(", ")
}

/// How many grants of each class.
fn sums(label: &'static str, ink: Ink, part: impl Fn(&RiskReport) -> usize, report: &NarrowingReport) -> Option<Field> {
    let mut by_class: BTreeMap<RiskClass, usize> = BTreeMap::new();
    for risk in report.policies.iter().flat_map(|policy| &policy.risks) {
        *by_class.entry(risk.class).or_default() += part(risk);
    }
    let all: usize = by_class.values().sum();
    let text = format!("{} in all: {}", count(all), classes(&by_class));
    let asides = reasons(report, label == "kept");
    (all > 0).then(|| Field { ink, asides, ..Field::new(label, text) })
}
