//! What other statements give anyway.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tighten_iam::{ActionName, ActionPattern, Actions, Effect, PolicyDocument, ResourcePattern, Resources, Statement};

use super::allow::Allow;
use super::statement_actions::StatementActions;

/// A statement of a narrowed policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Giver {
    /// The index of the policy.
    pub policy: usize,
    /// The index of the statement in the narrowed document.
    pub statement: usize,
}

/// The statements that give without conditions, ready to be asked about many actions.
#[derive(Debug, Default)]
pub(super) struct Givers {
    resources: BTreeMap<Giver, Vec<ResourcePattern>>,
    by_name: BTreeMap<ActionName, BTreeSet<Giver>>,
    by_pattern: Vec<(ActionPattern, Giver)>,
    /// The services of these names and patterns.
    services: BTreeSet<String>,
    /// Some pattern stands for all services.
    all_services: bool,
}

impl Givers {
    pub(super) fn of<'a>(documents: impl IntoIterator<Item = (usize, &'a PolicyDocument)>) -> Self {
        let mut givers = Self::default();
        for (policy, document) in documents {
            for (at, statement) in document.statements.iter().enumerate() {
                givers.add(Giver { policy, statement: at }, statement);
            }
        }
        givers
    }

    fn add(&mut self, giver: Giver, statement: &Statement) {
        let (Actions::Action(actions), Resources::Resource(entries)) = (&statement.action, &statement.resource) else {
            return;
        };
        if statement.effect != Effect::Allow || !statement.conditions.is_empty() {
            return;
        }
        self.resources.insert(giver, entries.iter().filter_map(|entry| entry.pattern()).cloned().collect());
        for pattern in actions {
            match pattern.service() {
                Some(service) if !self.services.contains(service) => drop(self.services.insert(service.to_owned())),
                Some(_) => {}
                None => self.all_services = true,
            }
            match pattern.to_name() {
                Some(name) => drop(self.by_name.entry(name).or_default().insert(giver)),
                None => self.by_pattern.push((pattern.clone(), giver)),
            }
        }
    }

    /// Whether any statement gives actions of the service.
    pub(super) fn give_of(&self, service: &str) -> bool {
        self.all_services || self.services.contains(service)
    }

    /// Whether any gives actions of one of the services.
    pub(super) fn give_of_any(&self, actions: &StatementActions) -> bool {
        self.all_services || self.services.iter().any(|service| actions.place(service).is_some())
    }

    /// A statement that gives the action on everything that the current statement allows it on.
    pub(super) fn gives(&self, allow: &Allow<'_>, action: &ActionName) -> Option<Giver> {
        let by_pattern = self.by_pattern.iter().filter(|(pattern, _)| pattern.matches(action)).map(|(_, giver)| *giver);
        let mut givers = self.by_name.get(action).into_iter().flatten().copied().chain(by_pattern);
        givers.find(|giver| {
            let resources = self.resources.get(giver).map(Vec::as_slice).unwrap_or_default();
            let covers = |wanted: &ResourcePattern| resources.iter().any(|own| own.contains(wanted));
            if allow.is_complement() {
                return resources.iter().any(ResourcePattern::is_any);
            }
            allow.entries.iter().all(|entry| entry.pattern.as_ref().is_some_and(covers))
        })
    }
}
