//! Many sets of policies, narrowed by the same records.

use std::collections::BTreeSet;
use std::sync::Arc;

use tighten_catalog::Catalog;
use tighten_iam::Actions;

use super::CurrentPolicy;
use super::allow::Allow;
use super::current::Holder;
use super::memo::{Memo, address};
use super::options::NarrowOptions;
use super::proof::NarrowError;
use super::result::Narrowed;
use super::risks::Risks;
use super::situation::{ActionsKey, HoldersSituation, Situation, Unused, actions_key};
use super::statement_actions::StatementActions;
use super::{NarrowInput, narrowed};
use crate::observe::Observation;
use crate::paths::EntityPaths;

/// Narrows any number of policies by what the same records show and within the same guard rails.
///
/// What depends on these and on the policies alone is worked out once, whichever set of policies comes first: which actions a
/// statement's patterns stand for, what becomes of those that nobody used, and what they would give an attacker. For each set
/// only what its holders' calls have to do with is decided anew. The results are those of [`narrow`](super::narrow), in any
/// order, from any number of threads.
#[derive(Debug)]
pub struct Narrower<'a> {
    catalog: &'static Catalog,
    observation: &'a Observation<'a>,
    paths: &'a EntityPaths,
    options: &'a NarrowOptions,
    shared: Shared,
}

/// What is worked out once.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    actions: Memo<ActionsKey, Arc<StatementActions>>,
    unused: Memo<Situation, Arc<Unused>>,
    /// By a set of actions and the sets that are held with it.
    risks: Memo<(usize, BTreeSet<usize>), Arc<Risks>>,
}

impl<'a> Narrower<'a> {
    /// By what the records show (`observation`), with the IAM entities that are named in full somewhere (`paths`).
    pub fn new(
        catalog: &'static Catalog,
        observation: &'a Observation<'a>,
        paths: &'a EntityPaths,
        options: &'a NarrowOptions,
    ) -> Self {
        Self { catalog, observation, paths, options, shared: Shared::default() }
    }

    /// Narrows policies that belong together. `details`: name every action in the result.
    pub fn narrow(
        &self,
        policies: &[CurrentPolicy],
        holders: &[Holder<'_>],
        details: bool,
    ) -> Result<Narrowed, NarrowError> {
        let Self { catalog, observation, paths, options, ref shared } = *self;
        narrowed(&NarrowInput { catalog, policies, holders, paths, observation, details }, options, shared)
    }
}

impl Shared {
    /// The actions that a statement's patterns stand for.
    pub(super) fn actions(&self, catalog: &'static Catalog, actions: &Actions) -> Arc<StatementActions> {
        self.actions.get(actions_key(actions), || Arc::new(StatementActions::of(catalog, actions)))
    }

    /// What the actions of a statement would give an attacker who may do what these statements allow.
    pub(super) fn risks(
        &self,
        catalog: &'static Catalog,
        own: &Arc<StatementActions>,
        reach: &[&Arc<StatementActions>],
    ) -> Arc<Risks> {
        // Equal sets are one, see `actions`.
        let together: BTreeSet<usize> = reach.iter().map(|set| address(set)).collect();
        self.risks.get((address(own), together), || Arc::new(Risks::of(catalog, own, reach)))
    }

    /// What is decided on the unused grants of a statement.
    pub(super) fn unused(&self, allow: &Allow<'_>, holders: &Arc<HoldersSituation>) -> Arc<Unused> {
        self.unused.get(Situation::of(allow, holders), || Arc::new(Unused::new(allow)))
    }
}
