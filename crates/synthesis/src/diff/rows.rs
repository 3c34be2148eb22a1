//! Classes of actions as rows by change, service and access level.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tighten_catalog::{AccessLevel, Catalog};
use tighten_iam::PolicyDocument;

use super::likely::likely;
use super::model::{Change, Difference, Part, Row};
use super::scope::Unit;

/// Gathers classes of actions.
#[derive(Debug)]
pub(super) struct Rows<'a, 'c> {
    catalog: &'c Catalog,
    old: &'a [PolicyDocument],
    new: &'a [PolicyDocument],
    parts: BTreeMap<Key, Vec<Part<'a>>>,
}

/// The level comes as its rank, so that the actions that are not known stand last.
type Key = (Change, String, (bool, Option<AccessLevel>));

impl<'a, 'c> Rows<'a, 'c> {
    pub(super) fn new(catalog: &'c Catalog, old: &'a [PolicyDocument], new: &'a [PolicyDocument]) -> Self {
        Self { catalog, old, new, parts: BTreeMap::new() }
    }

    /// Adds actions that changed in the same way.
    pub(super) fn add(&mut self, change: Change, units: &[Unit], gained: &Difference<'a>, lost: &Difference<'a>) {
        let mut by_key: BTreeMap<Key, Vec<&Unit>> = BTreeMap::new();
        for unit in units {
            let level = (unit.access_level.is_none(), unit.access_level);
            by_key.entry((change, unit.action.service().to_owned(), level)).or_default().push(unit);
        }
        for (key, units) in by_key {
            let Some(first) = units.first() else { continue };
            let part = Part {
                actions: units.iter().map(|unit| unit.text()).collect(),
                gained: self.about(gained, first, self.new, self.old),
                lost: self.about(lost, first, self.old, self.new),
            };
            self.parts.entry(key).or_default().push(part);
        }
    }

    /// The difference as it is for one of the actions, for the witness names any action of the class.
    fn about(
        &self,
        difference: &Difference<'a>,
        unit: &Unit,
        own: &'a [PolicyDocument],
        others: &'a [PolicyDocument],
    ) -> Difference<'a> {
        match difference {
            Difference::Yes(witness) => Difference::Yes(likely(self.catalog, witness, &unit.action, own, others)),
            Difference::Undecided { why, statement, .. } => {
                Difference::Undecided { why: why.clone(), action: Some(unit.action.clone()), statement: *statement }
            }
            Difference::No => Difference::No,
        }
    }

    /// The rows in the order in which they are shown: by change, then the services with most actions first.
    pub(super) fn finish(self) -> Vec<Row<'a>> {
        let catalog = self.catalog;
        let mut rows: Vec<Row<'a>> = self.parts.into_iter().map(|(key, parts)| row(catalog, key, parts)).collect();
        let mut sizes: BTreeMap<(Change, String), usize> = BTreeMap::new();
        for row in &rows {
            *sizes.entry((row.change, row.service.clone())).or_default() += row.count();
        }
        rows.sort_by_cached_key(|row| {
            let size = sizes.get(&(row.change, row.service.clone())).copied().unwrap_or_default();
            (row.change, Reverse(size), row.service.clone(), row.access_level.is_none(), row.access_level)
        });
        rows
    }
}

fn row<'a>(catalog: &Catalog, (change, service, (_, access_level)): Key, mut parts: Vec<Part<'a>>) -> Row<'a> {
    parts.sort_by(|left, right| left.actions.cmp(&right.actions));
    let actions = catalog.service(&service).into_iter().flat_map(|service| &service.actions);
    let known = actions.filter(|action| !action.withdrawn && Some(action.access_level()) == access_level).count();
    Row { change, service, access_level, known, parts }
}
