//! From what stays of each action to the statements that say so.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::Catalog;
use tighten_iam::{
    ActionName, ActionPattern, Actions, Conditions, ResourceEntry, ResourcePattern, Resources, Statement, legal_sid,
};

use super::allow::{Allow, matched};
use super::decisions::Decisions;
use super::dense::shorter;
use super::placeholders::{Bound, Placeholders};
use super::verdict::{Kept, Target};
use crate::block::{Density, compact};
use crate::grant::Grant;
use crate::sid::sids;
use crate::used::ConditionKeys;

/// What becomes of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rewritten {
    /// It stays as it is, byte for byte.
    Same,
    /// Nothing of it stays.
    Gone,
    /// These take its place.
    Into(Vec<Statement>),
}

/// Writes what stays of a statement. `unknown` says whether patterns stay that match no known action, `dense` whether the
/// result has to be short; `taken` are the `Sid`s of the document.
pub(super) fn rewrite(
    catalog: &'static Catalog,
    allow: &Allow<'_>,
    decided: &Decisions,
    unknown: bool,
    (placeholders, dense): ((&Placeholders, &[Bound]), bool),
    taken: &mut BTreeSet<String>,
) -> Rewritten {
    let unknown_stays = unknown && !allow.actions.unknown.is_empty();
    if decided.stay_whole && (unknown_stays || allow.actions.unknown.is_empty()) {
        return Rewritten::Same;
    }
    if decided.staying().next().is_none() && !unknown_stays {
        return Rewritten::Gone;
    }
    let writer = Writer { catalog, allow, placeholders, dense };
    let whole: BTreeSet<&ActionName> =
        decided.staying().filter(|(_, one)| one.kept == Kept::Whole).map(|(action, _)| &**action).collect();
    let parts: BTreeMap<&ActionName, &BTreeSet<Target>> = decided
        .staying()
        .filter_map(|(action, one)| if let Kept::On(targets) = &one.kept { Some((&**action, targets)) } else { None })
        .collect();
    let mut statements = Vec::new();
    if whole.is_empty()
        && !unknown_stays
        && let Some(one) = writer.together(&parts)
    {
        return Rewritten::Into(vec![one]);
    }
    if !whole.is_empty() || unknown_stays {
        let mut first = allow.statement.clone();
        first.action = Actions::Action(writer.spell(&whole, unknown_stays));
        statements.push(first);
    }
    let blocks = writer.blocks(&parts);
    for (number, (suffix, mut statement)) in blocks.into_iter().enumerate() {
        statement.sid.clone_from(&allow.statement.sid);
        let is_first = statements.is_empty() && number == 0;
        if !is_first && let Some(sid) = &allow.statement.sid {
            statement.sid = Some(unused(&format!("{}{suffix}", legal_sid(sid)), taken));
        }
        statements.push(statement);
    }
    Rewritten::Into(statements)
}

/// The name, with a number where it is taken.
fn unused(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or_default();
    taken.insert(free.clone());
    free
}

struct Writer<'a> {
    catalog: &'static Catalog,
    allow: &'a Allow<'a>,
    placeholders: (&'a Placeholders, &'a [Bound]),
    /// Whether patterns take the place of names where they can.
    dense: bool,
}

impl Writer<'_> {
    /// The actions as patterns: those of the statement as far as all that they match stays, and names for the rest.
    fn spell(&self, actions: &BTreeSet<&ActionName>, unknown: bool) -> Vec<ActionPattern> {
        let spelled = self.spell_out(actions, unknown);
        if self.dense { shorter(self.catalog, &self.allow.statement.action, actions, spelled) } else { spelled }
    }

    fn spell_out(&self, actions: &BTreeSet<&ActionName>, unknown: bool) -> Vec<ActionPattern> {
        let mut spelled: Vec<ActionPattern> = Vec::new();
        let mut left: BTreeSet<&ActionName> = actions.clone();
        let mut whole: BTreeMap<&str, Option<ActionPattern>> = BTreeMap::new();
        let push = |pattern: ActionPattern, spelled: &mut Vec<ActionPattern>| {
            if !spelled.contains(&pattern) || pattern.to_name().is_some() {
                spelled.push(pattern);
            }
        };
        if let Actions::Action(patterns) = &self.allow.statement.action {
            // What wider patterns take in, narrower ones need not say again, unless the author did so.
            for pattern in patterns {
                let of_pattern = || matched(self.catalog, pattern).map(|action| &**action);
                if of_pattern().next().is_none() {
                    let stays = match pattern.to_name() {
                        Some(name) => actions.contains(&name),
                        None => unknown && self.allow.actions.unknown.contains(pattern),
                    };
                    if stays {
                        push(pattern.clone(), &mut spelled);
                    }
                } else if of_pattern().all(|action| actions.contains(action)) {
                    push(pattern.clone(), &mut spelled);
                    for action in of_pattern() {
                        left.remove(action);
                    }
                }
            }
            left.retain(|action| !spelled.iter().any(|pattern| pattern.matches(action)));
            // The names take the place of the pattern that they are left of.
            let mut placed: Vec<ActionPattern> = Vec::new();
            for pattern in patterns {
                if spelled.contains(pattern) {
                    placed.push(pattern.clone());
                    continue;
                }
                let own: Vec<&ActionName> = left.iter().copied().filter(|action| pattern.matches(action)).collect();
                for action in own {
                    left.remove(action);
                    match whole.entry(action.service()).or_insert_with(|| self.by_service(action, actions)) {
                        Some(service) if placed.contains(service) => {}
                        Some(service) => placed.push(service.clone()),
                        None => placed.push(ActionPattern::from(action)),
                    }
                }
            }
            return placed;
        }
        for action in left {
            match whole.entry(action.service()).or_insert_with(|| self.by_service(action, actions)) {
                Some(service) => push(service.clone(), &mut spelled),
                None => spelled.push(ActionPattern::from(action)),
            }
        }
        spelled
    }

    /// `service:*`, where the statement allows every action of the service and all of them stay.
    fn by_service(&self, action: &ActionName, actions: &BTreeSet<&ActionName>) -> Option<ActionPattern> {
        let service = ActionPattern::all_of(action.service()).ok()?;
        let all: Vec<&ActionName> = matched(self.catalog, &service).map(|action| &**action).collect();
        let allowed = self.allow.statement.action.patterns();
        let within = match &self.allow.statement.action {
            Actions::Action(_) => allowed.iter().any(|pattern| pattern.contains(&service)),
            Actions::NotAction(_) => !allowed.iter().any(|pattern| pattern.overlaps(&service)),
        };
        (within && !all.is_empty() && all.into_iter().all(|action| actions.contains(action))).then_some(service)
    }

    fn text(&self, target: &Target) -> String {
        let (placeholders, others) = self.placeholders;
        match (self.allow.entries.get(target.entry), &target.pattern) {
            (Some(entry), None) => entry.text.clone(),
            (Some(entry), Some(pattern)) if !self.allow.is_complement() => placeholders.write(pattern, entry, others),
            (_, Some(pattern)) => pattern.to_string(),
            (None, None) => String::new(),
        }
    }

    fn bound(&self, target: &Target) -> Option<ResourcePattern> {
        target.pattern.clone().or_else(|| self.allow.entries.get(target.entry)?.pattern.clone())
    }

    /// One statement for all, where that gives nothing that does not stay: every action takes the resources of all, or
    /// those that it does not take cannot be meant by it.
    fn together(&self, parts: &BTreeMap<&ActionName, &BTreeSet<Target>>) -> Option<Statement> {
        let all: BTreeSet<&Target> = parts.values().flat_map(|targets| targets.iter()).collect();
        if self.allow.is_complement() || all.iter().any(|target| !target.condition.is_empty()) {
            return None;
        }
        let fits = |(action, targets): (&&ActionName, &&BTreeSet<Target>)| {
            all.iter().all(|target| {
                targets.contains(target)
                    || self.bound(target).is_some_and(|pattern| !can_mean(self.catalog, action, &pattern))
            })
        };
        parts.iter().all(fits).then(|| {
            let actions = parts.keys().copied().collect();
            let mut statement = self.allow.statement.clone();
            statement.action = Actions::Action(self.spell(&actions, false));
            statement.resource = Resources::Resource(self.entries(all));
            statement
        })
    }

    /// The entries of a statement: those of the original in its order, then others by text.
    fn entries<'t>(&self, targets: impl IntoIterator<Item = &'t Target>) -> Vec<ResourceEntry> {
        let mut texts: Vec<(usize, String)> =
            targets.into_iter().map(|target| (target.entry, self.text(target))).collect();
        texts.sort();
        let mut seen = BTreeSet::new();
        let texts = texts.into_iter().filter(|(_, text)| seen.insert(text.clone()));
        texts.map(|(_, text)| ResourceEntry::from(text.as_str())).collect()
    }

    /// Statements for actions that stay on parts of the resources, each with the end of its name.
    fn blocks(&self, parts: &BTreeMap<&ActionName, &BTreeSet<Target>>) -> Vec<(String, Statement)> {
        let opaque = |targets: &BTreeSet<Target>| targets.iter().any(|target| self.bound(target).is_none());
        let (opaque, known): (Vec<_>, Vec<_>) = parts.iter().partition(|(_, targets)| opaque(targets));
        let mut texts: BTreeMap<ResourcePattern, (usize, String)> = BTreeMap::new();
        let mut grants = Vec::new();
        for (action, targets) in known {
            for target in *targets {
                let Some(pattern) = self.bound(target) else { continue };
                texts.entry(pattern.clone()).or_insert_with(|| (target.entry, self.text(target)));
                grants.push(Grant {
                    action: (*action).clone(),
                    resource: pattern,
                    condition: target.condition.clone(),
                });
            }
        }
        let blocks = compact(self.catalog, grants, Density::Service);
        let names = sids(self.catalog, &blocks);
        let mut statements = Vec::new();
        for (block, name) in blocks.iter().zip(names) {
            let mut entries: Vec<&(usize, String)> = block.resources.iter().filter_map(|one| texts.get(one)).collect();
            entries.sort();
            let entries = entries.into_iter().map(|(_, text)| ResourceEntry::from(text.as_str())).collect();
            let actions = block.actions.iter().collect();
            statements.push((name, self.statement(&actions, entries, &block.condition)));
        }
        // What is not understood is not brought together with anything else.
        let mut alike: BTreeMap<&BTreeSet<Target>, BTreeSet<&ActionName>> = BTreeMap::new();
        for (action, targets) in opaque {
            alike.entry(targets).or_default().insert(action);
        }
        for (targets, actions) in alike {
            let entries = self.entries(targets);
            statements.push(("Other".to_owned(), self.statement(&actions, entries, &ConditionKeys::new())));
        }
        statements
    }

    fn statement(
        &self,
        actions: &BTreeSet<&ActionName>,
        entries: Vec<ResourceEntry>,
        condition: &ConditionKeys,
    ) -> Statement {
        let mut statement = self.allow.statement.clone();
        statement.action = Actions::Action(self.spell(actions, false));
        statement.resource = Resources::Resource(entries);
        statement.conditions = with(&self.allow.statement.conditions, condition);
        statement
    }
}

fn with(conditions: &Conditions, more: &ConditionKeys) -> Conditions {
    let mut all = conditions.clone();
    for (key, values) in more {
        all.insert("StringEquals", key, values);
    }
    all
}

/// Whether the action can be used on something that the pattern matches.
fn can_mean(catalog: &'static Catalog, action: &ActionName, pattern: &ResourcePattern) -> bool {
    let Some(service) = catalog.service(action.service()) else { return true };
    let Some(known) = service.action(action.name()) else { return true };
    if known.resources.is_empty() {
        return pattern.is_any();
    }
    known.resources.iter().any(|taken| {
        let Some(kind) = service.resource_type(taken.resource_type) else { return true };
        kind.formats.iter().any(|format| {
            let open = open(format);
            open.parse::<ResourcePattern>().map_or(true, |open| open.overlaps(pattern))
        })
    })
}

/// A format with wildcards in the place of its variables.
fn open(format: &str) -> String {
    let mut open = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        open.push_str(before);
        open.push('*');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    open + rest
}
