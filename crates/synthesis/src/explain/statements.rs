//! The statements that speak of the action.

use std::collections::BTreeSet;

use tighten_iam::{ActionName, ActionPattern, Actions, Effect, PolicyDocument, Principal, Statement};

use super::Question;
use super::model::{ConditionLine, DenialFor, GrantOf, Patterns, StatementFor, StatementUse, UseOf};
use super::resource::may_concern;
use crate::narrow::{GrantGroup, NarrowInput, NarrowOptions, Narrowed, NarrowedPolicy, StatementReport};
use crate::replay::StatementAt;

/// The indices of the policies that somebody holds.
pub(super) fn held(input: &NarrowInput<'_>, principal: &Principal) -> BTreeSet<usize> {
    let own = input.holders.iter().filter(|holder| holder.subject.principal == *principal);
    own.flat_map(|holder| holder.policies.iter().copied()).collect()
}

/// The statements of today that allow the action, and those that deny it.
pub(super) fn current(
    question: &Question<'_>,
    input: &NarrowInput<'_>,
    options: &NarrowOptions,
    narrowed: &Narrowed,
    uses: &[UseOf],
) -> (Vec<StatementFor>, Vec<DenialFor>) {
    let (mut allowing, mut denying) = (Vec::new(), Vec::new());
    let knows_resources =
        question.catalog.action(question.action).is_none_or(tighten_catalog::Action::supports_resources);
    for at in held(input, &question.subject.principal) {
        let (Some(policy), Some(after)) = (input.policies.get(at), narrowed.policies.get(at)) else { continue };
        let document = policy.source.document();
        let filled = options.fill(document);
        for (index, statement) in document.statements.iter().enumerate() {
            if !statement.action.matches(question.action) {
                continue;
            }
            let concerns = question.resource.is_none_or(|asked| may_concern(&filled, index, asked, knows_resources));
            let place = StatementAt { document: at, statement: index };
            if statement.effect == Effect::Deny {
                denying.push(DenialFor {
                    policy: policy.name.clone(),
                    grant: grant(place, statement),
                    concerns,
                    always: is_unconditional(statement),
                });
                continue;
            }
            let report = after.statements.iter().find(|report| report.index == index);
            let Some(report) = report else { continue };
            let names =
                |policy: usize| narrowed.policies.get(policy).map(|policy| policy.name.clone()).unwrap_or_default();
            let mut one = allowed(question, place, statement, report);
            policy.name.clone_into(&mut one.policy);
            one.home = policy.home.code();
            one.concerns = concerns;
            one.no_effect = group(report, question.action)
                .and_then(|group| group.no_effect)
                .map(|giver| (names(giver.policy), giver));
            one.becomes = becomes(after, place, question.action);
            one.uses = uses_of(uses, place);
            allowing.push(one);
        }
    }
    (allowing, denying)
}

/// The statements of documents that allow the action.
pub(super) fn grants(documents: &[PolicyDocument], action: &ActionName) -> Vec<GrantOf> {
    let statements = documents.iter().enumerate().flat_map(|(document, parsed)| {
        parsed.statements.iter().enumerate().map(move |(at, one)| (StatementAt { document, statement: at }, one))
    });
    let allowing = statements.filter(|(_, one)| one.effect == Effect::Allow && one.action.matches(action));
    allowing.map(|(at, statement)| grant(at, statement)).collect()
}

fn allowed(question: &Question<'_>, at: StatementAt, statement: &Statement, report: &StatementReport) -> StatementFor {
    let group = group(report, question.action);
    let used = report.used.iter().find(|used| used.action == *question.action);
    let patterns = statement.action.patterns().iter();
    let actions: Vec<&ActionPattern> = match &statement.action {
        Actions::Action(_) => patterns.filter(|pattern| pattern.matches(question.action)).collect(),
        Actions::NotAction(_) => patterns.collect(),
    };
    let grant = grant(at, statement);
    StatementFor {
        at,
        policy: String::new(),
        home: "",
        sid: grant.sid,
        actions: Patterns {
            patterns: actions.into_iter().map(|pattern| pattern.as_str().to_owned()).collect(),
            negated: statement.action.is_negated(),
        },
        resources: grant.resources,
        conditions: grant.conditions,
        concerns: true,
        verdict: group.map(|group| group.verdict.clone()),
        with_service: group.is_some_and(|group| group.with_service),
        as_written: used.is_some_and(|used| used.as_written),
        no_effect: None,
        change: report.change,
        narrowed: used.map(|used| used.narrowed.clone()).unwrap_or_default(),
        becomes: Vec::new(),
        uses: Vec::new(),
    }
}

fn group<'r>(report: &'r StatementReport, action: &ActionName) -> Option<&'r GrantGroup> {
    report.groups.iter().find(|group| group.actions.contains(action))
}

/// The statements in the place of one that allow the action. Each statement of today is followed by as many as took its
/// place.
fn becomes(policy: &NarrowedPolicy, at: StatementAt, action: &ActionName) -> Vec<GrantOf> {
    let Some(document) = &policy.document else { return Vec::new() };
    let before = policy.statements.iter().filter(|report| report.index < at.statement);
    let start: usize = before.map(|report| report.into).sum();
    let count = policy.statements.iter().find(|report| report.index == at.statement).map_or(0, |report| report.into);
    let own = document.statements.iter().enumerate().skip(start).take(count);
    let allowing = own.filter(|(_, one)| one.effect == Effect::Allow && one.action.matches(action));
    allowing.map(|(index, one)| grant(StatementAt { statement: index, ..at }, one)).collect()
}

fn uses_of(uses: &[UseOf], at: StatementAt) -> Vec<StatementUse> {
    let mut own = Vec::new();
    for one in uses {
        for resource in &one.resources {
            let by = resource.by.iter().find(|by| by.policy == at.document && by.statement == at.statement);
            let (principal, observed) = (&one.principal, &resource.observed);
            own.extend(by.map(|by| StatementUse {
                principal: principal.clone(),
                observed: observed.clone(),
                whole: by.whole,
            }));
        }
    }
    own
}

fn grant(at: StatementAt, statement: &Statement) -> GrantOf {
    GrantOf {
        document: at.document,
        statement: at.statement,
        sid: statement.sid.clone(),
        resources: Patterns {
            patterns: statement.resource.entries().iter().map(|entry| entry.as_str().to_owned()).collect(),
            negated: statement.resource.is_negated(),
        },
        conditions: statement
            .conditions
            .iter()
            .map(|line| ConditionLine {
                operator: line.operator.to_owned(),
                key: line.key.to_owned(),
                values: line.values().map(std::borrow::Cow::into_owned).collect(),
            })
            .collect(),
    }
}

/// Whether a statement is about every resource, whatever the request.
fn is_unconditional(statement: &Statement) -> bool {
    let entries = statement.resource.entries();
    statement.conditions.is_empty()
        && !statement.resource.is_negated()
        && entries.iter().any(|entry| entry.pattern().is_some_and(tighten_iam::ResourcePattern::is_any))
}
