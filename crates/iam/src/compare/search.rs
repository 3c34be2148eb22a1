//! The search for a request that one policy allows and the other does not.
//!
//! Such a request is about a rule that allows it (the *claim*), about no deny of the inner policy, and either about no
//! allow of the outer policy, or about one of its denies (the *objection*). So for every claim, alone and with every
//! objection, the rules that could still take the request away form a cover, and the request has to slip through it.

use std::collections::HashMap;

use super::actions::ActionIndex;
use super::budget::{Exhausted, Meter};
use super::circumstances::{Circumstance, Mode};
use super::explore::{Alphabet, Generator, Visitor, explore};
use super::openings::{Opening, Openings, Question};
use super::resources::Place;
use super::rules::{Rules, Side};
use super::targets::ActionTarget;
use super::tokens::prefixes_agree;
use crate::statement::Effect;

/// A request that seems to slip through.
#[derive(Debug, Clone)]
pub(super) struct Gap {
    /// The rule that allows it.
    pub(super) claim: u32,
    /// The action's service, if it matters.
    pub(super) service: Option<String>,
    /// The action's name.
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) circumstance: Circumstance,
}

#[derive(Debug)]
pub(super) struct Search<'a> {
    rules: &'a Rules,
    openings: Openings<'a>,
    /// The rules that can cover a claim, and those that can cover one with an objection.
    allows_and_denies: ActionIndex<'a>,
    denies: ActionIndex<'a>,
    known: HashMap<(Question, Vec<u32>), Option<Opening>>,
}

impl<'a> Search<'a> {
    pub(super) fn new(rules: &'a Rules, mode: Mode<'a>, meter: &mut Meter) -> Result<Self, Exhausted> {
        let denies = rules.select(Side::Inner, Effect::Deny);
        let covers = rules.select(Side::Outer, Effect::Allow).chain(rules.select(Side::Inner, Effect::Deny));
        Ok(Self {
            openings: Openings::new(rules, mode, meter)?,
            allows_and_denies: ActionIndex::new(rules, covers),
            denies: ActionIndex::new(rules, denies),
            rules,
            known: HashMap::new(),
        })
    }

    /// The first gap, in the order of the inner policy's statements.
    pub(super) fn gap(&mut self, meter: &mut Meter) -> Result<Option<Gap>, Exhausted> {
        let rules = self.rules;
        // What the other policy says as well, word for word, needs no search.
        let same = |at: u32, side, effect| {
            let rule = rules.get(at);
            let copy = |other: u32| matches!((rules.get(other), rule), (Some(other), Some(rule)) if rules.is_copy(other, rule));
            rules.select(side, effect).any(copy)
        };
        let mut objections = Vec::new();
        for objection in rules.select(Side::Outer, Effect::Deny) {
            meter.spend(rules.all.len())?;
            // What the inner policy denies altogether is no objection to any of its claims.
            let known = same(objection, Side::Inner, Effect::Deny)
                || self.answer(Question { claim: objection, objection: None, denied: true }, meter)?.is_none();
            if !known {
                objections.push(objection);
            }
        }
        for claim in rules.select(Side::Inner, Effect::Allow) {
            meter.spend(rules.all.len())?;
            let alone = Question { claim, objection: None, denied: false };
            let alone = (!same(claim, Side::Outer, Effect::Allow)).then_some(alone);
            let objected = objections.iter().map(|at| Question { claim, objection: Some(*at), denied: true });
            for question in alone.into_iter().chain(objected) {
                meter.spend(1)?;
                if let Some(gap) = self.answer(question, meter)? {
                    return Ok(Some(gap));
                }
            }
        }
        Ok(None)
    }

    fn answer(&mut self, question: Question, meter: &mut Meter) -> Result<Option<Gap>, Exhausted> {
        let rules = self.rules;
        let (everything, mut outside) = (ActionTarget::everything(), Vec::new());
        let mut choices: Vec<Vec<&ActionTarget>> = Vec::new();
        for rule in std::iter::once(question.claim).chain(question.objection) {
            let Some(actions) = rules.get(rule).and_then(|rule| rules.actions_of(rule)) else { return Ok(None) };
            if actions.negated {
                outside.extend(&actions.patterns);
                choices.push(vec![&everything]);
            } else {
                choices.push(actions.patterns.iter().collect());
            }
        }
        let mut found = None;
        for first in choices.first().into_iter().flatten() {
            match choices.get(1) {
                None => found = self.made_by(question, vec![first], &outside, meter)?,
                Some(others) => {
                    for second in others {
                        meter.spend(1)?;
                        if overlap(first, second) {
                            found = self.made_by(question, vec![first, second], &outside, meter)?;
                        }
                        if found.is_some() {
                            break;
                        }
                    }
                }
            }
            if found.is_some() {
                break;
            }
        }
        Ok(found)
    }

    /// A gap among the actions that all the generators make and none of `outside` matches.
    fn made_by(
        &mut self,
        question: Question,
        generators: Vec<&ActionTarget>,
        outside: &[&ActionTarget],
        meter: &mut Meter,
    ) -> Result<Option<Gap>, Exhausted> {
        // A cover that is about all actions but some either covers, or the action is one of those: each is tried.
        let index = if question.denied { &self.denies } else { &self.allows_and_denies };
        let excluding: Vec<u32> = index.excluding().to_vec();
        let mut open = vec![(generators, Vec::new(), 0)];
        while let Some((generators, covering, at)) = open.pop() {
            meter.spend(1 + generators.len())?;
            let Some(&set) = excluding.get(at) else {
                if let Some(gap) = self.explore(question, &generators, covering, outside, meter)? {
                    return Ok(Some(gap));
                }
                continue;
            };
            let rules = self.rules;
            let excluded = rules.actions.get(set as usize);
            // What is pushed last is looked at first.
            for target in excluded.into_iter().flat_map(|actions| &actions.patterns).rev() {
                meter.spend(1)?;
                if generators.iter().all(|generator| overlap(generator, target)) {
                    let mut generators = generators.clone();
                    generators.push(target);
                    open.push((generators, covering.clone(), at + 1));
                }
            }
            let mut covering = covering;
            covering.push(set);
            open.push((generators, covering, at + 1));
        }
        Ok(None)
    }

    fn explore(
        &mut self,
        question: Question,
        targets: &[&ActionTarget],
        covering: Vec<u32>,
        outside: &[&ActionTarget],
        meter: &mut Meter,
    ) -> Result<Option<Gap>, Exhausted> {
        let service = targets.iter().find_map(|target| target.service.as_deref());
        // An action of a service that no pattern names is matched by what matches every action, so that any name does.
        let everything = ActionTarget::everything();
        let named: Vec<&ActionTarget> = targets.iter().copied().filter(|target| target.service.is_some()).collect();
        let targets = if named.is_empty() { vec![&everything] } else { named };
        let generators: Vec<Generator<'_>> = targets
            .iter()
            .map(|target| Generator { toks: &target.generator, spelling: Some(&target.spelling) })
            .collect();
        if !self.covers_here(question, covering.iter().copied(), meter)? {
            let index = if question.denied { &mut self.denies } else { &mut self.allows_and_denies };
            let cover = index.cover(service, outside);
            let mut visitor = ActionVisitor { search: self, question, covering };
            let found = explore(&generators, &cover, Alphabet::Action, &mut visitor, meter)?;
            return Ok(found.map(|(name, place, circumstance)| Gap {
                claim: question.claim,
                service: service.map(str::to_owned),
                name,
                place,
                circumstance,
            }));
        }
        Ok(None)
    }

    /// Whether the rules of these sets of actions leave nothing of the question's resources in any circumstance.
    fn covers_here(
        &mut self,
        question: Question,
        sets: impl Iterator<Item = u32>,
        meter: &mut Meter,
    ) -> Result<bool, Exhausted> {
        Ok(self.place(question, sets, meter)?.is_none())
    }

    /// A resource, and circumstances, that the rules of these sets of actions leave open.
    fn place(
        &mut self,
        question: Question,
        sets: impl Iterator<Item = u32>,
        meter: &mut Meter,
    ) -> Result<Option<Opening>, Exhausted> {
        let mut sets: Vec<u32> = sets.collect();
        sets.sort_unstable();
        meter.spend(1 + sets.len())?;
        let key = (question, sets);
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let index = if question.denied { &self.denies } else { &self.allows_and_denies };
        let covering = index.rules_of(key.1.iter().copied());
        meter.spend(covering.len())?;
        let found = self.openings.find(question, &covering, meter)?;
        self.known.insert(key, found.clone());
        Ok(found)
    }
}

/// Whether two action patterns may have an action in common.
fn overlap(left: &ActionTarget, right: &ActionTarget) -> bool {
    match (&left.service, &right.service) {
        (Some(own), Some(other)) => own == other && prefixes_agree(&left.cover, &right.cover),
        _ => true,
    }
}

/// Looks for a place for each choice of sets of actions that some action is in.
struct ActionVisitor<'s, 'a> {
    search: &'s mut Search<'a>,
    question: Question,
    /// Sets that the action is known to be in.
    covering: Vec<u32>,
}

impl Visitor for ActionVisitor<'_, '_> {
    type Found = (String, Place, Circumstance);

    fn is_enough(&mut self, settled: &[u32], meter: &mut Meter) -> Result<bool, Exhausted> {
        if settled.contains(&ActionIndex::OUTSIDE) {
            return Ok(true);
        }
        self.search.covers_here(self.question, self.covering.iter().chain(settled).copied(), meter)
    }

    fn ended(
        &mut self,
        owners: &[u32],
        text: &mut dyn FnMut() -> String,
        meter: &mut Meter,
    ) -> Result<Option<Self::Found>, Exhausted> {
        if owners.contains(&ActionIndex::OUTSIDE) {
            return Ok(None);
        }
        let place = self.search.place(self.question, self.covering.iter().chain(owners).copied(), meter)?;
        Ok(place.map(|(place, circumstance)| (text(), place, circumstance)))
    }
}
