//! What a condition key can be, as far as the conditions on it can tell.

use std::collections::BTreeSet;

use super::budget::{Exhausted, Meter};
use super::circumstances::{Given, Mode, context};
use super::lines::{ConditionLine, Line, LineId};
use super::values::{Values, representatives};
use crate::action::ActionName;
use crate::evaluate::{Context, Decision, Request, RequestResource, evaluate};
use crate::operator::{Operator, Quantifier};
use crate::policy::PolicyDocument;

/// Whether a line holds in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// It may be either way.
    Open,
}

/// Lines that depend on the same unknowns.
#[derive(Debug)]
pub(super) struct Topic {
    /// The condition key, if it is one.
    pub(super) key: Option<String>,
    pub(super) lines: Vec<LineId>,
    /// For each line those that it implies by their texts.
    implied: Vec<Vec<usize>>,
    pub(super) states: Vec<State>,
}

/// One thing that a topic can be.
#[derive(Debug)]
pub(super) struct State {
    /// The values of the key; none if it is absent.
    pub(super) values: Vec<String>,
    /// By line.
    pub(super) answers: Vec<Answer>,
}

impl Topic {
    pub(super) fn new(
        name: String,
        lines: &[(LineId, &Line)],
        mode: Mode<'_>,
        meter: &mut Meter,
    ) -> Result<Self, Exhausted> {
        let conditions: Vec<&ConditionLine> = lines
            .iter()
            .filter_map(|(_, line)| if let Line::Condition(line) = line { Some(line) } else { None })
            .collect();
        let ids: Vec<LineId> = lines.iter().map(|(id, _)| *id).collect();
        if conditions.len() < lines.len() {
            let states = vec![State { values: Vec::new(), answers: vec![Answer::Open; lines.len()] }];
            let implied = implications(lines, |_| true, meter)?;
            return Ok(Self { key: None, lines: ids, implied, states });
        }
        let (states, open) = states_of(&name, &conditions, mode, meter)?;
        let implied = implications(lines, |at| open.get(at).copied().unwrap_or(true), meter)?;
        Ok(Self { key: Some(name), lines: ids, implied, states })
    }

    /// The lines that hold in a state given that the needed ones do; nothing if they cannot.
    pub(super) fn forced(&self, state: &State, needed: &[usize], every: bool) -> Option<BTreeSet<usize>> {
        let answer = |at: usize| state.answers.get(at).copied().unwrap_or(Answer::Open);
        let mut forced: BTreeSet<usize> = needed.iter().copied().collect();
        if !every {
            return needed.iter().all(|at| answer(*at) == Answer::Yes).then_some(forced);
        }
        forced.extend((0..self.lines.len()).filter(|at| answer(*at) == Answer::Yes));
        let mut open: Vec<usize> = forced.iter().copied().collect();
        while let Some(at) = open.pop() {
            if answer(at) == Answer::No {
                return None;
            }
            for &next in self.implied.get(at).into_iter().flatten() {
                if forced.insert(next) {
                    open.push(next);
                }
            }
        }
        Some(forced)
    }
}

/// Which lines follow from which; looked for only where one of the two may be open.
fn implications(
    lines: &[(LineId, &Line)],
    may_be_open: impl Fn(usize) -> bool,
    meter: &mut Meter,
) -> Result<Vec<Vec<usize>>, Exhausted> {
    let open: Vec<bool> = (0..lines.len()).map(may_be_open).collect();
    let mut implied = Vec::with_capacity(lines.len());
    for (at, ((_, line), here)) in lines.iter().zip(&open).enumerate() {
        let mut follows = Vec::new();
        for (other, ((_, weaker), there)) in lines.iter().zip(&open).enumerate() {
            if at != other && (*here || *there) {
                meter.spend(64 * line.size() * weaker.size())?;
                if weaker.is_implied_by(line) {
                    follows.push(other);
                }
            }
        }
        implied.push(follows);
    }
    Ok(implied)
}

/// The states of a condition key, and whether each condition on it may be open in one.
fn states_of(
    key: &str,
    lines: &[&ConditionLine],
    mode: Mode<'_>,
    meter: &mut Meter,
) -> Result<(Vec<State>, Vec<bool>), Exhausted> {
    let documents: Vec<PolicyDocument> = lines.iter().map(|line| line.as_document()).collect();
    let given = match mode {
        Mode::Every => Given::new(),
        Mode::Only(given) => given.clone(),
    };
    let Values { values, modelled } = match mode {
        Mode::Every => representatives(lines, meter)?,
        Mode::Only(given) => {
            let bound: Vec<ConditionLine> = lines.iter().map(|line| line.bound(given)).collect();
            let mut found = representatives(&bound.iter().collect::<Vec<_>>(), meter)?;
            found.values.extend(given.values().flatten().cloned());
            Values { modelled: vec![true; lines.len()], ..found }
        }
    };
    let ask = |values: &[String]| -> Vec<Answer> {
        let mut context = match mode {
            // Variables are filled from other keys, which may be anything.
            Mode::Every => Context::open(),
            Mode::Only(given) => context(given),
        };
        context.insert(key, values.iter().cloned());
        let answers = documents.iter().zip(&modelled).map(|(document, modelled)| {
            if *modelled || values.is_empty() { ask(document, &context) } else { Answer::Open }
        });
        answers.collect()
    };
    let mut sets: Vec<Vec<String>> = match given.get(key) {
        Some(values) => vec![values.clone()],
        None => values.iter().map(|value| vec![value.clone()]).chain([Vec::new()]).collect(),
    };
    let set_operator = |line: &ConditionLine| {
        Operator::parse(&line.operator).is_some_and(|operator| operator.quantifier != Quantifier::Single)
    };
    let multivalued = lines.iter().any(|line| set_operator(line)) && !given.contains_key(key);
    let mut states: Vec<State> = Vec::new();
    let mut at = 0;
    while let Some(set) = sets.get(at).cloned() {
        at += 1;
        meter.spend(64 * lines.len() * (1 + set.len()) + states.len())?;
        let answers = ask(&set);
        // What another value changes follows from the answers, if there are already several: `ForAllValues` is a
        // conjunction over the values, `ForAnyValue` a disjunction.
        let known = states.iter().any(|state| state.answers == answers && (state.values.len() > 1) == (set.len() > 1));
        if known && set.len() != 1 {
            continue;
        }
        if multivalued && !set.is_empty() {
            let others = values.iter().filter(|value| !set.contains(*value));
            sets.extend(others.map(|value| set.iter().chain([value]).cloned().collect()));
        }
        if !known {
            states.push(State { values: set, answers });
        }
    }
    // What hinges on the least comes first, as it is the easiest to confirm.
    states.sort_by_key(|state| state.answers.iter().filter(|answer| **answer == Answer::Open).count());
    let open = |at: usize| states.iter().any(|state| state.answers.get(at) == Some(&Answer::Open));
    let open = (0..lines.len()).map(open).collect();
    Ok((states, open))
}

fn ask(document: &PolicyDocument, context: &Context) -> Answer {
    // Which action does not matter, as the document allows them all.
    let Ok(action) = ActionName::new("x", "x") else { return Answer::Open };
    let request = Request { principal: None, action: &action, resource: RequestResource::Any, context };
    match evaluate(std::slice::from_ref(document), &request) {
        Decision::Allowed { .. } => Answer::Yes,
        Decision::ImplicitDeny | Decision::ExplicitDeny { .. } => Answer::No,
        Decision::Depends { .. } => Answer::Open,
    }
}
