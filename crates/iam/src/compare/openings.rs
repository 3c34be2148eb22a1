//! What rules leave open of a question once the action is settled: circumstances first, then resources.

use std::collections::HashMap;

use super::budget::{Exhausted, Meter};
use super::circumstances::{Circumstance, Circumstances, GuardId, Mode};
use super::resources::{self, Place};
use super::rules::Rules;

/// A claim, and an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) claim: u32,
    pub(super) objection: Option<u32>,
    /// Whether the denies of the inner policy alone count as cover.
    pub(super) denied: bool,
}

/// A place, and the circumstances under which it is left open.
pub(super) type Opening = (Place, Circumstance);

/// Remembers what has been found, as many actions lead to the same rules.
#[derive(Debug)]
pub(super) struct Openings<'a> {
    rules: &'a Rules,
    circumstances: Circumstances<'a>,
    places: HashMap<(Question, Vec<u32>), Option<Place>>,
}

impl<'a> Openings<'a> {
    pub(super) fn new(rules: &'a Rules, mode: Mode<'a>, meter: &mut Meter) -> Result<Self, Exhausted> {
        let circumstances = Circumstances::new(&rules.lines, rules.guards.clone(), mode, meter)?;
        Ok(Self { rules, circumstances, places: HashMap::new() })
    }

    /// A resource and circumstances that rules leave open whose actions match.
    pub(super) fn find(
        &mut self,
        question: Question,
        covering: &[u32],
        meter: &mut Meter,
    ) -> Result<Option<Opening>, Exhausted> {
        let rules = self.rules;
        let guard_of = |rule: u32| rules.get(rule).map_or(0, |rule| rule.guard);
        let all = |rule: &u32| rules.get(*rule).is_some_and(|rule| rule.guard == 0 && rule.is_about_all());
        if covering.iter().any(all) {
            return Ok(None);
        }
        let required: Vec<GuardId> = std::iter::once(question.claim).chain(question.objection).map(guard_of).collect();
        let mut guards: Vec<GuardId> =
            covering.iter().map(|rule| guard_of(*rule)).filter(|guard| *guard != 0).collect();
        guards.sort_unstable();
        guards.dedup();
        for circumstance in self.circumstances.hardest(&required, &guards, meter)? {
            let holds = |rule: &u32| guard_of(*rule) == 0 || circumstance.holding.contains(&guard_of(*rule));
            let holding: Vec<u32> = covering.iter().copied().filter(holds).collect();
            let key = (question, holding);
            let place = if let Some(known) = self.places.get(&key) {
                known.clone()
            } else {
                let place = resources::find(rules, question, &key.1, meter)?;
                self.places.insert(key, place.clone());
                place
            };
            if let Some(place) = place {
                return Ok(Some((place, circumstance)));
            }
        }
        Ok(None)
    }
}
