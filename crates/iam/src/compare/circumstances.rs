//! The circumstances under which conditions hold, as far as rules can tell them apart.
//!
//! Every condition key has a few states: absent, or one of the values that stand for all. The truth of a condition in a
//! state is asked of `evaluate`, so that comparing cannot mean something else than deciding. Keys are independent, and a
//! guard, being a conjunction, holds if it does so for each key; hence circumstances are folded key by key to the set of
//! guards that still hold, and only the smallest such sets are kept: what is not covered by more is not covered by less.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::budget::{Exhausted, Meter};
use super::lines::{Line, LineId, Lines};
use super::topics::{Answer, Topic};
use crate::evaluate::Context;

/// The condition keys that are given; those that are not are absent.
pub(super) type Given = BTreeMap<String, Vec<String>>;

/// How what is not known counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mode<'a> {
    /// It may be one way or the other, so that what is covered is so for sure.
    Every,
    /// It never makes a difference between two policies, so that what is not covered is so for sure. These keys have
    /// these values.
    Only(&'a Given),
}

pub(super) type GuardId = u32;

/// Circumstances, and the guards that hold under them.
#[derive(Debug, Clone)]
pub(super) struct Circumstance {
    pub(super) holding: BTreeSet<GuardId>,
    pub(super) given: Given,
    /// What was taken to hold or not to hold without being modelled.
    pub(super) open: BTreeSet<LineId>,
}

/// Guards and the states of what they depend on.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    mode: Mode<'a>,
    topics: Vec<Topic>,
    /// By line: its topic and its index there.
    places: HashMap<LineId, (usize, usize)>,
    guards: Vec<Vec<LineId>>,
    known: HashMap<(Vec<GuardId>, Vec<GuardId>), Vec<Circumstance>>,
}

impl<'a> Circumstances<'a> {
    pub(super) fn new(
        lines: &Lines,
        guards: Vec<Vec<LineId>>,
        mode: Mode<'a>,
        meter: &mut Meter,
    ) -> Result<Self, Exhausted> {
        let mut by_topic: BTreeMap<String, Vec<(LineId, &Line)>> = BTreeMap::new();
        for (id, line) in lines.iter() {
            by_topic.entry(line.topic()).or_default().push((id, line));
        }
        let mut places = HashMap::new();
        let mut topics = Vec::with_capacity(by_topic.len());
        for (name, lines) in by_topic {
            for (at, (id, _)) in lines.iter().enumerate() {
                places.insert(*id, (topics.len(), at));
            }
            topics.push(Topic::new(name, &lines, mode, meter)?);
        }
        Ok(Self { mode, topics, places, guards, known: HashMap::new() })
    }

    /// The circumstances under which all `required` guards hold and the fewest of the `others`.
    pub(super) fn hardest(
        &mut self,
        required: &[GuardId],
        others: &[GuardId],
        meter: &mut Meter,
    ) -> Result<Vec<Circumstance>, Exhausted> {
        let question = (required.to_vec(), others.to_vec());
        if let Some(known) = self.known.get(&question) {
            meter.spend(known.len() * (1 + others.len()))?;
            return Ok(known.clone());
        }
        let all: BTreeSet<GuardId> = others.iter().copied().collect();
        let mut found = vec![Circumstance { holding: all, given: self.given(), open: BTreeSet::new() }];
        let relevant: BTreeSet<usize> =
            required.iter().chain(others).flat_map(|guard| self.lines_of(*guard)).map(|(topic, _)| topic).collect();
        for topic in relevant {
            let outcomes = self.outcomes(topic, required, others, meter)?;
            let mut next: Vec<Circumstance> = Vec::new();
            for before in &found {
                for outcome in &outcomes {
                    meter.spend(1 + before.holding.len() + next.len())?;
                    let holding: BTreeSet<GuardId> = before.holding.intersection(&outcome.holding).copied().collect();
                    if next.iter().any(|known| known.holding.is_subset(&holding)) {
                        continue;
                    }
                    next.retain(|known| !holding.is_subset(&known.holding));
                    let mut given = before.given.clone();
                    given.extend(outcome.given.iter().map(|(key, values)| (key.clone(), values.clone())));
                    next.push(Circumstance { holding, given, open: &before.open | &outcome.open });
                }
            }
            found = next;
        }
        self.known.insert(question, found.clone());
        Ok(found)
    }

    fn given(&self) -> Given {
        match self.mode {
            Mode::Every => Given::new(),
            Mode::Only(given) => given.clone(),
        }
    }

    fn lines_of(&self, guard: GuardId) -> impl Iterator<Item = (usize, usize)> {
        let lines = self.guards.get(guard as usize).map_or(&[][..], Vec::as_slice);
        lines.iter().filter_map(|line| self.places.get(line).copied())
    }

    /// The guards that hold in each state of a topic in which the required ones do.
    fn outcomes(
        &self,
        topic: usize,
        required: &[GuardId],
        others: &[GuardId],
        meter: &mut Meter,
    ) -> Result<Vec<Circumstance>, Exhausted> {
        let here = |guard: GuardId| -> Vec<usize> {
            self.lines_of(guard).filter(|(other, _)| *other == topic).map(|(_, at)| at).collect()
        };
        let needed: Vec<usize> = required.iter().flat_map(|guard| here(*guard)).collect();
        let others: Vec<(GuardId, Vec<usize>)> = others.iter().map(|guard| (*guard, here(*guard))).collect();
        let Some(topic) = self.topics.get(topic) else { return Ok(Vec::new()) };
        let every = matches!(self.mode, Mode::Every);
        let mut outcomes = Vec::new();
        for state in &topic.states {
            meter.spend(needed.len() + others.len() + topic.lines.len())?;
            let Some(forced) = topic.forced(state, &needed, every) else { continue };
            let holds = |at: &usize| match state.answers.get(*at) {
                Some(Answer::Yes) => true,
                Some(Answer::Open) => !every || forced.contains(at),
                Some(Answer::No) | None => false,
            };
            let holding = others.iter().filter(|(_, lines)| lines.iter().all(holds)).map(|(guard, _)| *guard).collect();
            let lines = needed.iter().chain(others.iter().flat_map(|(_, lines)| lines));
            let open = lines.filter(|at| state.answers.get(**at) == Some(&Answer::Open));
            let open = open.filter_map(|at| topic.lines.get(*at).copied()).collect();
            let given = topic.key.iter().filter(|_| !state.values.is_empty());
            let given = given.map(|key| (key.clone(), state.values.clone())).collect();
            outcomes.push(Circumstance { holding, given, open });
        }
        Ok(outcomes)
    }
}

/// A context in which nothing but this is given.
pub(super) fn context(given: &Given) -> Context {
    let mut context = Context::closed();
    for (key, values) in given {
        context.insert(key, values.iter().cloned());
    }
    context
}
