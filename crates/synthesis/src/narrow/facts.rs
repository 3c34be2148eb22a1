//! What the catalog says of every action, looked up once.

use std::collections::HashMap;
use std::sync::OnceLock;

use tighten_catalog::{AccessLevel, Catalog};
use tighten_iam::ActionName;

use super::allow::all_actions;
use crate::block::level;
use crate::risk::{Risk, risk};

/// What the catalog says of an action.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) level: AccessLevel,
    /// What it gives an attacker by itself.
    alone: Risk,
    /// Whether it gives more together with others.
    more: bool,
}

impl Facts {
    fn new(catalog: &'static Catalog, action: &ActionName) -> Self {
        let more = catalog.rules().escalations_of(action).any(|way| way.others(action).next().is_some());
        Self { level: level(catalog, action), alone: risk(catalog, action, &|_| false), more }
    }
}

/// The access level of an action.
pub(super) fn level_of(catalog: &'static Catalog, action: &ActionName) -> AccessLevel {
    known(catalog).get(action).map_or_else(|| level(catalog, action), |facts| facts.level)
}

/// What the action would give an attacker who is allowed the others.
pub(super) fn risk_of(catalog: &'static Catalog, action: &ActionName, allowed: &dyn Fn(&ActionName) -> bool) -> Risk {
    match known(catalog).get(action) {
        Some(facts) if !facts.more => facts.alone.clone(),
        _ => risk(catalog, action, allowed),
    }
}

fn known(catalog: &'static Catalog) -> &'static HashMap<ActionName, Facts> {
    static KNOWN: OnceLock<HashMap<ActionName, Facts>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let all = all_actions(catalog).values().flatten();
        all.map(|action| (ActionName::clone(action), Facts::new(catalog, action))).collect()
    })
}
