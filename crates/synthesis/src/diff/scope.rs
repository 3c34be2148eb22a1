//! Which actions two policies are about, sorted by the statements that are about them.
//!
//! Patterns are expanded over the catalog. Two actions that the same statements of both policies match differ in name
//! alone, so that whole classes of actions are compared at once: however broad a wildcard is, the number of comparisons
//! depends on the statements.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::{AccessLevel, Catalog, Service};
use tighten_iam::{ActionName, ActionPattern, Actions, Effect, PolicyDocument, Statement};

/// A document and one of its statements, by index.
pub(super) type Place = (usize, usize);

/// The statements that are about an action.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Matching {
    pub(super) old: Vec<Place>,
    pub(super) new: Vec<Place>,
}

/// An action, or what stands for those that a pattern will match one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) action: ActionName,
    /// The pattern that the action stands for.
    pub(super) pattern: Option<String>,
    pub(super) access_level: Option<AccessLevel>,
}

/// The actions that some statement allows, by the statements that are about them, and in each class by name.
/// `more` are actions to look at in any case.
pub(super) fn classes<'a>(
    catalog: &Catalog,
    old: &[PolicyDocument],
    new: &[PolicyDocument],
    more: impl IntoIterator<Item = &'a ActionName>,
) -> BTreeMap<Matching, Vec<Unit>> {
    let old_ones = placed(old).map(|(place, statement)| (true, place, statement));
    let statements: Vec<(bool, Place, &Statement)> =
        old_ones.chain(placed(new).map(|(place, statement)| (false, place, statement))).collect();
    let mut named = named(catalog, statements.iter().map(|(_, _, statement)| *statement));
    for action in more {
        let unit = Unit::of(catalog, action.clone());
        named.entry(unit.action.service().to_owned()).or_default().push(unit);
    }
    let mut classes: BTreeMap<Matching, Vec<Unit>> = BTreeMap::new();
    let services = services(catalog, statements.iter().map(|(_, _, statement)| *statement));
    let prefixes: BTreeSet<&str> = named.keys().map(String::as_str).chain(services.keys().copied()).collect();
    for prefix in prefixes {
        let named = named.get(prefix).into_iter().flatten().cloned();
        let units = services.get(prefix).map(|service| known(service)).into_iter().flatten().chain(named);
        // Most patterns are about other services; leaving them out here spares asking them for every action.
        let statements: Vec<_> = statements.iter().map(|entry| (entry, Relevant::new(entry.2, prefix))).collect();
        for unit in sorted(units.collect()) {
            let (mut matching, mut allowed) = (Matching::default(), false);
            for ((is_old, place, statement), relevant) in &statements {
                if relevant.matches(&unit.action) {
                    let side = if *is_old { &mut matching.old } else { &mut matching.new };
                    side.push(*place);
                    allowed |= statement.effect == Effect::Allow;
                }
            }
            if allowed {
                classes.entry(matching).or_default().push(unit);
            }
        }
    }
    classes
}

/// The statements of documents, with their places.
pub(super) fn placed(documents: &[PolicyDocument]) -> impl Iterator<Item = (Place, &Statement)> {
    documents.iter().enumerate().flat_map(|(document, policy)| {
        policy.statements.iter().enumerate().map(move |(index, statement)| ((document, index), statement))
    })
}

impl Unit {
    /// The action as the catalog spells it, if it is known.
    fn of(catalog: &Catalog, action: ActionName) -> Self {
        let known = catalog.action(&action);
        let spelled = known.and_then(|known| ActionName::new(action.service(), known.name).ok());
        let access_level = known.map(tighten_catalog::Action::access_level);
        Self { action: spelled.unwrap_or(action), pattern: None, access_level }
    }

    /// How it is shown.
    pub(super) fn text(&self) -> String {
        self.pattern.clone().unwrap_or_else(|| self.action.to_string())
    }
}

fn sorted(mut units: Vec<Unit>) -> Vec<Unit> {
    units.sort_by(|left, right| left.action.cmp(&right.action));
    units.dedup_by(|left, right| left.action == right.action);
    units
}

/// Every action of a service.
fn known(service: &Service) -> impl Iterator<Item = Unit> {
    service.actions.iter().filter(|action| !action.withdrawn).filter_map(|action| {
        let name = ActionName::new(service.prefix, action.name).ok()?;
        Some(Unit { action: name, pattern: None, access_level: Some(action.access_level()) })
    })
}

/// The patterns of a statement that can match an action of a service.
struct Relevant<'a> {
    patterns: Vec<&'a ActionPattern>,
    negated: bool,
}

impl<'a> Relevant<'a> {
    fn new(statement: &'a Statement, service: &str) -> Self {
        let of_service = |pattern: &&ActionPattern| pattern.service().is_none_or(|own| own == service);
        let patterns = statement.action.patterns().iter().filter(of_service).collect();
        Self { patterns, negated: statement.action.is_negated() }
    }

    fn matches(&self, action: &ActionName) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(action)) != self.negated
    }
}

/// The actions that statements name, and a stand-in for each pattern that no known action matches, by service.
fn named<'a>(catalog: &Catalog, statements: impl Iterator<Item = &'a Statement>) -> BTreeMap<String, Vec<Unit>> {
    let mut units: BTreeMap<String, Vec<Unit>> = BTreeMap::new();
    let patterns = statements.flat_map(|statement| statement.action.patterns());
    for pattern in patterns.filter(|pattern| !pattern.matches_nothing()) {
        let action = pattern.to_name().map(|action| Unit::of(catalog, action));
        if let Some(unit) = action.or_else(|| stand_in(catalog, pattern)) {
            units.entry(unit.action.service().to_owned()).or_default().push(unit);
        }
    }
    units
}

/// The services of which a statement allows something.
fn services<'c, 'a>(
    catalog: &'c Catalog,
    statements: impl Iterator<Item = &'a Statement>,
) -> BTreeMap<&'c str, &'c Service> {
    let mut named = BTreeSet::new();
    for statement in statements.filter(|statement| statement.effect == Effect::Allow) {
        let prefixes: Option<Vec<&str>> = match &statement.action {
            Actions::Action(patterns) => patterns.iter().map(ActionPattern::service).collect(),
            Actions::NotAction(_) => None,
        };
        let Some(prefixes) = prefixes else { return catalog.services().map(|all| (all.prefix, all)).collect() };
        named.extend(prefixes);
    }
    named.into_iter().filter_map(|prefix| catalog.service(prefix)).map(|service| (service.prefix, service)).collect()
}

/// An action that stands for a pattern which no known action matches.
fn stand_in(catalog: &Catalog, pattern: &ActionPattern) -> Option<Unit> {
    let prefix = pattern.service()?;
    let mut actions = catalog.service(prefix).into_iter().flat_map(|service| &service.actions);
    if actions.any(|action| ActionName::new(prefix, action.name).is_ok_and(|name| pattern.matches(&name))) {
        return None;
    }
    let name = pattern.name().replace(['*', '?'], "x");
    let action = ActionName::new(prefix, &name).ok()?;
    Some(Unit { action, pattern: Some(format!("{prefix}:{}", pattern.name())), access_level: None })
}
