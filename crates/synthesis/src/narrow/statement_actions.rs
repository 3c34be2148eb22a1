//! The actions that the patterns of a statement stand for, by service.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use tighten_catalog::Catalog;
use tighten_iam::{ActionName, ActionPattern, Actions};

use super::allow::{all_actions, matched};

/// All actions of the catalog that a statement speaks of, and those that it names besides.
#[derive(Debug)]
pub(super) struct StatementActions {
    /// In the order of their actions.
    services: Vec<Arc<ServiceActions>>,
    /// Patterns that match no action of the catalog.
    pub(super) unknown: Vec<ActionPattern>,
}

/// Those of one service.
#[derive(Debug)]
pub(super) struct ServiceActions {
    pub(super) prefix: Arc<str>,
    /// Sorted, each once; never none.
    pub(super) actions: Box<[Arc<ActionName>]>,
}

/// Where an action stands in a set: the place of its service, and its own within the service.
pub(super) type Position = (usize, usize);

impl StatementActions {
    pub(super) fn of(catalog: &'static Catalog, actions: &Actions) -> Self {
        let (all, unknown) = expand(catalog, actions);
        let mut services: Vec<(Arc<str>, Vec<Arc<ActionName>>)> = Vec::new();
        for action in all {
            match services.last_mut() {
                Some((prefix, own)) if **prefix == *action.service() => own.push(action),
                _ => services.push((action.service().into(), vec![action])),
            }
        }
        let service =
            |(prefix, actions): (Arc<str>, Vec<_>)| Arc::new(ServiceActions { prefix, actions: actions.into() });
        Self { services: services.into_iter().map(service).collect(), unknown }
    }

    pub(super) fn services(&self) -> &[Arc<ServiceActions>] {
        &self.services
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<ActionName>> {
        self.services.iter().flat_map(|service| &service.actions)
    }

    pub(super) fn contains(&self, action: &ActionName) -> bool {
        self.position(action).is_some()
    }

    /// The place of a service.
    pub(super) fn place(&self, service: &str) -> Option<usize> {
        self.services.binary_search_by(|one| by_prefix(&one.prefix, service)).ok()
    }

    pub(super) fn position(&self, action: &ActionName) -> Option<Position> {
        let service = self.place(action.service())?;
        let own = self.services.get(service)?.actions.binary_search_by(|one| (**one).cmp(action)).ok()?;
        Some((service, own))
    }

    pub(super) fn get(&self, (service, own): Position) -> Option<&Arc<ActionName>> {
        self.services.get(service)?.actions.get(own)
    }
}

/// The order of two services' actions: `s3-outposts:` comes before `s3:`.
fn by_prefix(one: &str, other: &str) -> Ordering {
    one.bytes().chain([b':']).cmp(other.bytes().chain([b':']))
}

fn expand(catalog: &'static Catalog, actions: &Actions) -> (BTreeSet<Arc<ActionName>>, Vec<ActionPattern>) {
    let mut unknown = Vec::new();
    let mut all: BTreeSet<Arc<ActionName>> = BTreeSet::new();
    match actions {
        Actions::Action(patterns) => {
            for pattern in patterns {
                let before = all.len();
                let mut own = matched(catalog, pattern).cloned().peekable();
                let some = own.peek().is_some();
                if all.is_empty() {
                    all = own.collect();
                } else {
                    all.extend(own);
                }
                match pattern.to_name() {
                    // It is allowed, whether or not the catalog knows it.
                    Some(name) if !some => {
                        all.insert(Arc::new(name));
                    }
                    None if !some && all.len() == before => unknown.push(pattern.clone()),
                    _ => {}
                }
            }
        }
        Actions::NotAction(_) => {
            let every = all_actions(catalog).values().flatten();
            all.extend(every.filter(|action| actions.matches(action)).cloned());
        }
    }
    (all, unknown)
}
