//! Conditions that only one side has.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{Effect, PolicyDocument};

use super::model::ConditionChange;
use super::scope::{Matching, Place, Unit};

/// Gathers the conditions of the statements that allow actions which changed.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    /// By key and operator in lower case, and by the values of both sides.
    changes: BTreeMap<(String, String, Sides), Concerned>,
}

/// The values of a condition in the old and in the new policy.
type Sides = (Option<Vec<String>>, Option<Vec<String>>);

#[derive(Debug)]
struct Concerned {
    key: String,
    operator: String,
    services: BTreeSet<String>,
    actions: usize,
}

/// The conditions of a side: by key and operator in lower case as they are written, and each distinct list of values.
type Lines<'a> = BTreeMap<(String, String), (&'a str, &'a str, BTreeSet<Vec<Cow<'a, str>>>)>;

impl Conditions {
    /// Adds what differs between the statements that allow these actions.
    pub(super) fn add(&mut self, old: &[PolicyDocument], new: &[PolicyDocument], matching: &Matching, units: &[Unit]) {
        let (old, new) = (lines(old, &matching.old), lines(new, &matching.new));
        let keys: BTreeSet<&(String, String)> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let values = |lines: &Lines<'_>| -> BTreeSet<Vec<String>> {
                let all = lines.get(key).map(|(_, _, all)| all).into_iter().flatten();
                all.map(|values| values.iter().map(|value| value.clone().into_owned()).collect()).collect()
            };
            let Some((name, operator, _)) = old.get(key).or_else(|| new.get(key)) else { continue };
            let (before, after) = (values(&old), values(&new));
            let gone: Vec<_> = before.difference(&after).cloned().collect();
            let come: Vec<_> = after.difference(&before).cloned().collect();
            for sides in pairs(gone, come) {
                let at = (key.0.clone(), key.1.clone(), sides);
                let concerned = self.changes.entry(at).or_insert_with(|| Concerned {
                    key: (*name).to_owned(),
                    operator: (*operator).to_owned(),
                    services: BTreeSet::new(),
                    actions: 0,
                });
                concerned.services.extend(units.iter().map(|unit| unit.action.service().to_owned()));
                concerned.actions += units.len();
            }
        }
    }

    /// What was gathered, by key and operator.
    pub(super) fn finish(self) -> Vec<ConditionChange> {
        let changes = self.changes.into_iter().map(|((_, _, (old, new)), concerned)| {
            let Concerned { key, operator, services, actions } = concerned;
            ConditionChange { key, operator, old, new, services, actions }
        });
        changes.collect()
    }
}

/// One list of values in place of another is a change of the condition; anything else is conditions that went and came.
fn pairs(gone: Vec<Vec<String>>, come: Vec<Vec<String>>) -> Vec<Sides> {
    if let ([before], [after]) = (gone.as_slice(), come.as_slice()) {
        return vec![(Some(before.clone()), Some(after.clone()))];
    }
    let gone = gone.into_iter().map(|values| (Some(values), None));
    gone.chain(come.into_iter().map(|values| (None, Some(values)))).collect()
}

fn lines<'a>(documents: &'a [PolicyDocument], places: &[Place]) -> Lines<'a> {
    let mut lines = Lines::new();
    let statements = places.iter().filter_map(|(document, index)| documents.get(*document)?.statements.get(*index));
    for condition in statements
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| statement.conditions.iter())
    {
        let mut values: Vec<Cow<'a, str>> = condition.values().collect();
        values.sort_unstable();
        values.dedup();
        let key = (condition.key.to_ascii_lowercase(), condition.operator.to_ascii_lowercase());
        let line = lines.entry(key).or_insert_with(|| (condition.key, condition.operator, BTreeSet::new()));
        line.2.insert(values);
    }
    lines
}
