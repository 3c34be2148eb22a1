//! What actions are worth to an attacker.

use std::collections::BTreeSet;

use tighten_iam::{ActionName, ActionPattern};

use super::check::{Checker, File};
use super::facts::FactAction;
use super::rows::{EscalationRow, RiskRow, Texts};
use super::rules::risk::{Escalation, ListedRisk, RiskClass, Risks};

/// As the facts write it.
const MANAGEMENT: &str = "Permissions management";

/// Fills `risks`.
pub fn check(checker: &mut Checker<'_>, files: &[File<'_>], risks: &mut Risks) {
    checker.each(files, |rows| &rows.escalation, |checker, row| escalation(checker, row, risks));
    risks.escalations.sort_by_key(|row| row.class);
    for (at, row) in risks.escalations.iter().enumerate() {
        for action in &row.actions {
            risks.by_action.entry(key(action)).or_default().push(at);
        }
    }
    checker.each(files, |rows| &rows.risk, |checker, row| listed(checker, row, risks));
}

fn key(action: &ActionName) -> String {
    action.to_string().to_ascii_lowercase()
}

fn escalation(checker: &mut Checker<'_>, row: &EscalationRow, risks: &mut Risks) {
    let evidence = checker.evidence(&row.evidence);
    let actions = names(checker, &row.actions);
    let with = names(checker, &row.with);
    let any = names(checker, &row.any);
    if row.actions.0.is_empty() && row.any.0.is_empty() {
        checker.problem("`actions` and `any` are empty");
    }
    sentence(checker, &row.gives);
    let alternatives = if any.is_empty() { vec![None] } else { any.into_iter().map(Some).collect() };
    for one in alternatives {
        let actions: Vec<_> = actions.iter().cloned().chain(one).collect();
        let all: BTreeSet<_> = actions.iter().chain(&with).collect();
        if all.len() != actions.len() + with.len() {
            checker.problem("an action is named twice");
        }
        let all: Vec<_> = all.into_iter().map(ActionName::to_string).collect();
        checker.unique("escalation", &all.join(" + "));
        let (gives, evidence) = (row.gives.clone(), evidence.clone());
        risks.escalations.push(Escalation { actions, with: with.clone(), class: row.class, gives, evidence });
    }
}

fn names(checker: &mut Checker<'_>, texts: &Texts) -> Vec<ActionName> {
    texts.0.iter().filter_map(|text| checker.action(text)).map(|(name, _)| name).collect()
}

/// One sentence, which a report puts behind a colon.
fn sentence(checker: &mut Checker<'_>, text: &str) {
    if text.trim().is_empty() || text.ends_with('.') || text.contains('\n') {
        checker.problem("`gives` is a sentence on one line, without a final stop");
    }
}

fn listed(checker: &mut Checker<'_>, row: &RiskRow, risks: &mut Risks) {
    let place = risks.rows.len();
    risks.rows.push(ListedRisk { class: row.class, evidence: checker.evidence(&row.evidence) });
    if row.class <= RiskClass::PermissionsManagement {
        checker.problem(format_args!("an action of class `{}` needs an `[[escalation]]` row that says why", row.class));
    }
    for text in checker.filled("action", &row.action) {
        let Some(pattern) = checker.good(text.parse::<ActionPattern>()) else { continue };
        let matching = matching(checker, &pattern);
        for (action, _) in matching.iter().filter(|(_, levels)| levels.iter().any(|level| level == MANAGEMENT)) {
            checker.problem(format_args!("`{action}` manages permissions, which no row makes less of"));
        }
        if matching.is_empty() {
            checker.problem(format_args!("no action matches `{text}`"));
        }
        for (action, _) in matching {
            checker.unique("risk", &action.to_string());
            risks.listed.insert(key(&action), place);
        }
    }
}

/// The actions that the pattern matches, with their access levels.
fn matching<'f>(checker: &Checker<'f>, pattern: &ActionPattern) -> Vec<(ActionName, &'f [String])> {
    let services = checker.facts.services.iter();
    let of_pattern = services.filter(|(prefix, _)| pattern.service().is_none_or(|service| service == prefix.as_str()));
    let actions = of_pattern.flat_map(|(prefix, service)| {
        let named =
            |action: &'f FactAction| Some((ActionName::new(prefix, &action.name).ok()?, action.levels.as_slice()));
        service.actions.iter().filter_map(named)
    });
    actions.filter(|(action, _)| pattern.matches(action)).collect()
}
