//! Policies taken apart into rules: a set of actions, a set of resources, and a guard.
//!
//! A statement is one rule if all of it is modelled. A resource entry that is not (a policy variable, a placeholder)
//! becomes a rule of its own, about all resources that the entry could match, guarded by the entry's text. Where such an
//! entry excludes, the whole statement is.

use std::collections::HashMap;

use super::builder::Builder;
use super::circumstances::{GuardId, Mode};
use super::cover::is_subset;
use super::lines::{LineId, Lines};
use super::targets::{ActionSet, ActionTarget, Target};
use crate::policy::PolicyDocument;
use crate::statement::{Actions, Effect};

/// Whose policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The one that is to be covered.
    Inner,
    /// The one that is to cover it.
    Outer,
}

/// What a rule says to requests of its actions on its resources while its guard holds.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) side: Side,
    pub(super) effect: Effect,
    pub(super) document: usize,
    pub(super) statement: usize,
    /// The index of its actions; equal for equal ones.
    pub(super) actions: usize,
    /// Whether it is about all resources but its targets.
    pub(super) negated: bool,
    pub(super) targets: Vec<Target>,
    pub(super) guard: GuardId,
    /// Equal for rules of the same actions and resources.
    pub(super) body: u32,
}

/// Both policies as rules.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) all: Vec<Rule>,
    pub(super) actions: Vec<ActionSet>,
    pub(super) lines: Lines,
    /// The lines of each guard. The first guard has none and always holds.
    pub(super) guards: Vec<Vec<LineId>>,
    guard_ids: HashMap<Vec<LineId>, GuardId>,
    bodies: HashMap<String, u32>,
    action_ids: HashMap<String, usize>,
}

impl Rules {
    pub(super) fn new(inner: &[PolicyDocument], outer: &[PolicyDocument], mode: Mode<'_>) -> Self {
        let mut rules = Self::default();
        rules.guard(Vec::new());
        for (side, documents) in [(Side::Inner, inner), (Side::Outer, outer)] {
            for (at, document) in documents.iter().enumerate() {
                for (index, statement) in document.statements.iter().enumerate() {
                    Builder { side, document, at: (at, index), statement, mode }.add_to(&mut rules);
                }
            }
        }
        rules
    }

    pub(super) fn get(&self, rule: u32) -> Option<&Rule> {
        self.all.get(rule as usize)
    }

    pub(super) fn actions_of(&self, rule: &Rule) -> Option<&ActionSet> {
        self.actions.get(rule.actions)
    }

    /// Whether one rule matches whatever the other does, as is plain to see.
    pub(super) fn is_copy(&self, rule: &Rule, of: &Rule) -> bool {
        let lines = |rule: &Rule| self.guards.get(rule.guard as usize).map_or(&[][..], Vec::as_slice);
        rule.body == of.body && is_subset(lines(rule), lines(of))
    }

    /// The indices of one side's rules of an effect.
    pub(super) fn select(&self, side: Side, effect: Effect) -> impl Iterator<Item = u32> + '_ {
        let selected = move |(_, rule): &(u32, &Rule)| rule.side == side && rule.effect == effect;
        (0..).zip(&self.all).filter(selected).map(|(at, _)| at)
    }

    /// The index of a statement's actions.
    pub(super) fn actions(&mut self, actions: &Actions) -> usize {
        let patterns = || actions.patterns().iter().filter(|pattern| !pattern.matches_nothing());
        let mut texts: Vec<String> = patterns().map(|pattern| pattern.as_str().to_ascii_lowercase()).collect();
        texts.sort_unstable();
        texts.dedup();
        let next = self.actions.len();
        let id = *self.action_ids.entry(format!("{} {}", actions.is_negated(), texts.join(" "))).or_insert(next);
        if id == next {
            let patterns = patterns().map(ActionTarget::new).collect();
            self.actions.push(ActionSet { negated: actions.is_negated(), patterns });
        }
        id
    }

    /// The number of a body by its text.
    pub(super) fn body(&mut self, text: String) -> u32 {
        let next = u32::try_from(self.bodies.len()).unwrap_or(u32::MAX);
        *self.bodies.entry(text).or_insert(next)
    }

    /// The guard of these lines.
    pub(super) fn guard(&mut self, mut lines: Vec<LineId>) -> GuardId {
        lines.sort_unstable();
        lines.dedup();
        if let Some(id) = self.guard_ids.get(&lines) {
            return *id;
        }
        let id = u32::try_from(self.guards.len()).unwrap_or(u32::MAX);
        self.guards.push(lines.clone());
        self.guard_ids.insert(lines, id);
        id
    }
}

impl Rule {
    /// Whether it is about requests without a resource.
    pub(super) fn is_about_any(&self) -> bool {
        self.targets.iter().any(|target| target.any) != self.negated
    }

    /// Whether it is about every request of its actions.
    pub(super) fn is_about_all(&self) -> bool {
        if self.negated { self.targets.is_empty() } else { self.targets.iter().any(|target| target.any) }
    }
}
