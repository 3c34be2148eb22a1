//! What the resources of single records are called in the sum.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{ActionName, ResourcePattern};
use tighten_mapping::Need;

use crate::used::{ConditionKeys, Used};

/// How rules begin that guess a role from the name of its instance profile.
const GUESS: &str = "pass-role:instance-profile:";
/// The rule of a need whose role another record told.
const TOLD: &str = "pass-role:role-of-instance-profile";

/// What usage made of a principal's resources: a record's resource goes by the name that it has there, so that the
/// lists here are no longer than those.
#[derive(Debug, Default)]
pub struct Names {
    resources: BTreeMap<(ActionName, ConditionKeys), Known>,
    /// The roles that profiles were found to hold, and whether their paths are unknown.
    told: BTreeMap<(ActionName, ConditionKeys), BTreeSet<(ResourcePattern, bool)>>,
    guessed: BTreeSet<ResourcePattern>,
}

#[derive(Debug, Default)]
struct Known {
    all: BTreeSet<ResourcePattern>,
    wide: Vec<ResourcePattern>,
}

impl Names {
    /// The names that usage gives the resources of a principal, which needed these.
    pub fn of(needs: &[Used]) -> Self {
        let mut names = Self::default();
        for need in needs {
            let key = (need.action.clone(), need.context.clone());
            let patterns = || need.resources.iter().map(|one| &one.pattern);
            if need.rule.starts_with(GUESS) {
                names.guessed.extend(patterns().cloned());
            }
            if need.rule == TOLD {
                let told = patterns().map(|pattern| (pattern.clone(), need.path_unknown));
                names.told.entry(key.clone()).or_default().extend(told);
            }
            let known = names.resources.entry(key).or_default();
            known.all.extend(patterns().cloned());
            known.wide.extend(patterns().filter(|pattern| pattern.has_wildcard()).cloned());
        }
        names
    }

    /// What the resource is called in the sum.
    pub(super) fn label(
        &self,
        action: &ActionName,
        context: &ConditionKeys,
        resource: &ResourcePattern,
    ) -> ResourcePattern {
        let Some(known) = self.resources.get(&(action.clone(), context.clone())) else { return resource.clone() };
        if known.all.contains(resource) {
            return resource.clone();
        }
        known.wide.iter().find(|wide| wide.contains(resource)).unwrap_or(resource).clone()
    }

    /// The roles of which a need that names an instance profile passed one, where records tell them.
    pub(super) fn roles(&self, need: &Need) -> Option<&BTreeSet<(ResourcePattern, bool)>> {
        let is_told = need.rule.starts_with(GUESS) && need.resources.iter().all(|one| !self.guessed.contains(one));
        if is_told { self.told.get(&(need.action.clone(), need.context.clone())) } else { None }
    }
}
