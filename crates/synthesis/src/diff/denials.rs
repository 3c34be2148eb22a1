//! What only one side denies.
//!
//! A statement that denies is compared as if it allowed: it is new if it "allows" what all denying statements of the other
//! side together do not.

use tighten_iam::{Budget, Effect, PolicyDocument, Statement};

use super::inclusion::Excerpt;
use super::model::{DenyChange, Difference};
use super::scope::{Place, placed};

/// The statements of both sides that deny what the other side does not, removed ones first.
pub(super) fn changes<'a>(old: &'a [PolicyDocument], new: &'a [PolicyDocument], budget: Budget) -> Vec<DenyChange<'a>> {
    let mut changes = one_sided(old, new, false, budget);
    changes.extend(one_sided(new, old, true, budget));
    changes
}

fn one_sided<'a>(
    own: &'a [PolicyDocument],
    others: &'a [PolicyDocument],
    added: bool,
    budget: Budget,
) -> Vec<DenyChange<'a>> {
    let all = Excerpt::new(others, &denying(others), allow);
    let changed = denying(own).into_iter().filter_map(|place| {
        let alone = Excerpt::new(own, &[place], allow);
        let example = alone.beyond(&all, budget);
        (example != Difference::No).then(|| DenyChange { added, statement: alone.reference((place.0, 0)), example })
    });
    changed.collect()
}

fn denying(documents: &[PolicyDocument]) -> Vec<Place> {
    placed(documents).filter(|(_, statement)| statement.effect == Effect::Deny).map(|(place, _)| place).collect()
}

fn allow(statement: &mut Statement) {
    statement.effect = Effect::Allow;
}
