//! The rules that can cover an action, found by its service.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::cover::Cover;
use super::rules::Rules;
use super::targets::ActionTarget;

/// Covering sets of actions by the service of their patterns.
///
/// Rules of equal actions are one owner in an automaton, as they match together.
#[derive(Debug)]
pub(super) struct ActionIndex<'a> {
    by_service: BTreeMap<&'a str, Vec<(u32, &'a ActionTarget)>>,
    of_every_service: Vec<(u32, &'a ActionTarget)>,
    /// The sets of all actions but some.
    excluding: Vec<u32>,
    /// The rules of each set.
    rules: BTreeMap<u32, Vec<u32>>,
    covers: HashMap<Option<String>, Rc<Cover>>,
}

impl<'a> ActionIndex<'a> {
    /// The owner of the actions that are not asked about.
    pub(super) const OUTSIDE: u32 = u32::MAX;

    pub(super) fn new(all: &'a Rules, covering: impl Iterator<Item = u32>) -> Self {
        let mut rules: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for rule in covering {
            let set = all.get(rule).and_then(|rule| u32::try_from(rule.actions).ok());
            rules.entry(set.unwrap_or(Self::OUTSIDE)).or_default().push(rule);
        }
        let (mut by_service, mut of_every_service, mut excluding) = (BTreeMap::new(), Vec::new(), Vec::new());
        for &set in rules.keys() {
            let Some(actions) = all.actions.get(set as usize) else { continue };
            if actions.negated {
                excluding.push(set);
                continue;
            }
            for target in &actions.patterns {
                match &target.service {
                    Some(service) => {
                        by_service.entry(service.as_str()).or_insert_with(Vec::new).push((set, target));
                    }
                    None => of_every_service.push((set, target)),
                }
            }
        }
        Self { by_service, of_every_service, excluding, rules, covers: HashMap::new() }
    }

    /// The sets of all actions but some.
    pub(super) fn excluding(&self) -> &[u32] {
        &self.excluding
    }

    /// The rules that have one of these sets of actions, ascending.
    pub(super) fn rules_of(&self, sets: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut rules: Vec<u32> = sets.filter_map(|set| self.rules.get(&set)).flatten().copied().collect();
        rules.sort_unstable();
        rules
    }

    /// The patterns that can match an action of the service, or of one that no pattern names.
    pub(super) fn cover(&mut self, service: Option<&str>, outside: &[&ActionTarget]) -> Rc<Cover> {
        let key = service.map(str::to_owned);
        if let Some(known) = self.covers.get(&key).filter(|_| outside.is_empty()) {
            return Rc::clone(known);
        }
        let mut cover = Cover::default();
        let named = service.and_then(|service| self.by_service.get(service));
        for (set, target) in named.into_iter().flatten().chain(&self.of_every_service) {
            cover.add(&target.cover, *set);
        }
        for target in outside {
            if target.service.is_none() || target.service.as_deref() == service {
                cover.add(&target.cover, Self::OUTSIDE);
            }
        }
        let cover = Rc::new(cover);
        if outside.is_empty() {
            self.covers.insert(key, Rc::clone(&cover));
        }
        cover
    }
}
