//! Which actions show in CloudTrail, from the rules and the facts.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{ActionName, ActionPattern, ResourcePattern};

use super::check::{Checker, File, Sections};
use super::facts::{FactAction, Facts};
use super::rows::{CheckedByRow, DataEventRow, NeverRow};
use super::rules::packed::Sources;
use super::rules::types::{DataEvent, InferredFrom, Visibility};

const CHECKED_BY: &str = "checked while other calls run, and by those alone";

/// Fills `visibilities`; calls have been read before.
pub fn check(checker: &mut Checker<'_>, files: &[File<'_>], sections: &mut Sections) {
    let mut data = Vec::new();
    let mut never = Vec::new();
    checker.each(
        files,
        |rows| &rows.data_event,
        |checker, row| {
            data.push(data_event(checker, row, &sections.sources));
        },
    );
    checker.each(
        files,
        |rows| &rows.never,
        |checker, row| {
            checker.evidence(&row.evidence);
            never.extend(patterns(checker, &row.action.0).into_iter().map(|pattern| (pattern, row)));
            checker.filled("action", &row.action);
        },
    );
    let mut unknown = Vec::new();
    checker.each(
        files,
        |rows| &rows.unknown,
        |checker, row| {
            checker.evidence(&row.evidence);
            unknown.extend(patterns(checker, &row.action.0));
            checker.filled("action", &row.action);
        },
    );
    let mut not_checked = Vec::new();
    checker.each(
        files,
        |rows| &rows.not_checked,
        |checker, row| {
            checker.evidence(&row.evidence);
            not_checked.extend(patterns(checker, &row.action.0).into_iter().map(|pattern| (pattern, row.why.clone())));
            checker.filled("action", &row.action);
        },
    );
    let mut checked_by = Vec::new();
    checker.each(
        files,
        |rows| &rows.checked_by,
        |checker, row| {
            checker.evidence(&row.evidence);
            let calls = calls(checker, row, &sections.sources);
            checked_by.extend(patterns(checker, &row.action.0).into_iter().map(|pattern| (pattern, calls.clone())));
            checker.filled("action", &row.action);
        },
    );
    let shown = Shown::new(checker, sections, &data);
    let mut actions = BTreeMap::new();
    let mut parents = BTreeMap::new();
    for (prefix, service) in &checker.facts.services {
        let listed = Listed {
            data: data.iter().filter(|rule| rule.concerns(prefix)).collect(),
            never: never.iter().filter(|(pattern, _)| concerns(pattern, prefix)).collect(),
            unknown: unknown.iter().filter(|pattern| concerns(pattern, prefix)).collect(),
            order: &data,
            is_described: !service.operations.is_empty(),
        };
        for fact in &service.actions {
            let Ok(action) = ActionName::new(prefix, fact.name.as_str()) else { continue };
            if let Some((_, why)) = not_checked.iter().find(|(pattern, _)| pattern.matches(&action)) {
                actions.insert(action.to_string().to_ascii_lowercase(), Visibility::NotChecked { why: why.clone() });
                continue;
            }
            if let Some((_, calls)) = checked_by.iter().find(|(pattern, _)| pattern.matches(&action)) {
                let key = action.to_string().to_ascii_lowercase();
                let why = CHECKED_BY.to_owned();
                let visibility = Visibility::Never { why, inferred_from: Some(InferredFrom::Calls) };
                actions.insert(key.clone(), visibility);
                parents.insert(key, calls.iter().cloned().collect());
                continue;
            }
            let visibility = listed.visibility(&action, fact, &shown);
            if visibility != Visibility::Management {
                actions.insert(action.to_string().to_ascii_lowercase(), visibility);
            }
        }
    }
    sections.visibilities.actions = actions;
    sections.visibilities.checked_by = parents;
    sections.visibilities.data_events = data.into_iter().map(|rule| rule.event).collect();
}

/// A row of data events with its patterns of actions.
struct DataRule {
    event: DataEvent,
    patterns: Vec<ActionPattern>,
    maybe: Vec<ActionPattern>,
}

impl DataRule {
    fn concerns(&self, prefix: &str) -> bool {
        self.patterns.iter().chain(&self.maybe).any(|pattern| concerns(pattern, prefix))
    }
}

fn concerns(pattern: &ActionPattern, prefix: &str) -> bool {
    pattern.service().is_none_or(|service| service == prefix)
}

fn any(patterns: &[ActionPattern], action: &ActionName) -> bool {
    patterns.iter().any(|pattern| pattern.matches(action))
}

/// The rows that concern one prefix.
struct Listed<'a> {
    data: Vec<&'a DataRule>,
    never: Vec<&'a (ActionPattern, &'a NeverRow)>,
    unknown: Vec<&'a ActionPattern>,
    /// All rows of data events: the first is the main one.
    order: &'a [DataRule],
    /// Whether the API operations of the service are known.
    is_described: bool,
}

impl Listed<'_> {
    fn visibility(&self, action: &ActionName, fact: &FactAction, shown: &Shown) -> Visibility {
        let of = |rules: &mut dyn Iterator<Item = &&DataRule>| -> BTreeSet<String> {
            rules.map(|rule| rule.event.resource_type.clone()).collect()
        };
        let mut types = of(&mut self.data.iter().filter(|rule| any(&rule.patterns, action)));
        let by_data = shown.by_data.get(action);
        if !types.is_empty() {
            types.extend(by_data.into_iter().flatten().cloned());
            return Visibility::Data { resource_types: self.ordered(&types) };
        }
        if let Some((_, row)) = self.never.iter().find(|(pattern, _)| pattern.matches(action)) {
            return Visibility::Never { why: row.why.clone(), inferred_from: row.inferred_from };
        }
        let by_management = shown.by_management.contains(action);
        let mut maybe = of(&mut self.data.iter().filter(|rule| any(&rule.maybe, action)));
        match by_data {
            _ if self.unknown.iter().any(|pattern| pattern.matches(action)) => Visibility::Unknown,
            Some(types) if !by_management && maybe.is_empty() => {
                Visibility::Data { resource_types: self.ordered(types) }
            }
            _ if by_management || by_data.is_some() => {
                maybe.extend(by_data.into_iter().flatten().cloned());
                if maybe.is_empty() {
                    Visibility::Management
                } else {
                    Visibility::Either { resource_types: self.ordered(&maybe) }
                }
            }
            // What a service had that is gone, or that is described nowhere, may be called by its name.
            _ if maybe.is_empty() && (fact.permission_only || (self.is_described && !fact.withdrawn)) => {
                Visibility::NoKnownCall
            }
            _ => Visibility::Unknown,
        }
    }

    /// In the order of their rows.
    fn ordered(&self, types: &BTreeSet<String>) -> Vec<String> {
        let all = self.order.iter().map(|rule| &rule.event.resource_type);
        all.filter(|kind| types.contains(*kind)).cloned().collect()
    }
}

/// Which actions a recorded call shows, judged by the rules for calls and by equal names.
struct Shown {
    by_management: BTreeSet<ActionName>,
    /// With the resource types of the data events.
    by_data: BTreeMap<ActionName, BTreeSet<String>>,
}

impl Shown {
    fn new(checker: &Checker<'_>, sections: &Sections, data: &[DataRule]) -> Self {
        let mut types_of_call: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for rule in data {
            for (source, call) in rule.event.event_sources.iter().flat_map(|source| {
                rule.event.calls.iter().map(move |call| (source.to_ascii_lowercase(), call.to_ascii_lowercase()))
            }) {
                types_of_call.entry((source, call)).or_default().insert(rule.event.resource_type.clone());
            }
        }
        let mut shown = Self { by_management: BTreeSet::new(), by_data: BTreeMap::new() };
        for (source, calls) in &sections.calls.calls {
            for (call, rule) in calls {
                let types = types_of_call.get(&(source.clone(), call.clone()));
                for need in rule.needs.iter().filter(|need| need.is_shown_by_call()) {
                    shown.add(need.action.clone(), types);
                }
            }
        }
        for ((source, call), types) in &types_of_call {
            let ruled = sections.calls.calls.get(source).is_some_and(|calls| calls.contains_key(call));
            if !ruled && let Some(action) = namesake(checker, sections, source, call) {
                shown.add(action, Some(types));
            }
        }
        let tagging = sections.extras.tag_on_create.values().flat_map(BTreeMap::values).flatten();
        shown.by_management.extend(tagging.map(|rule| rule.action.clone()));
        let sources = types_of_call.keys().map(|(source, call)| (source, call));
        let ruled =
            sections.calls.calls.iter().flat_map(|(source, calls)| calls.keys().map(move |call| (source, call)));
        let judged = sources.chain(ruled).flat_map(|(source, call)| {
            checker.prefixes_of(&sections.sources, source).into_iter().map(move |prefix| (prefix, call.clone()))
        });
        shown.add_namesakes(checker.facts, &judged.collect());
        shown
    }

    fn add(&mut self, action: ActionName, types: Option<&BTreeSet<String>>) {
        match types {
            Some(types) => self.by_data.entry(action).or_default().extend(types.iter().cloned()),
            None => drop(self.by_management.insert(action)),
        }
    }

    /// A call that neither a rule nor a row of data events judges, by prefix and lower-case name, is a management event
    /// and shows its namesake.
    fn add_namesakes(&mut self, facts: &Facts, judged: &BTreeSet<(String, String)>) {
        for (prefix, service) in &facts.services {
            for operation in &service.operations {
                let lower = operation.name.to_ascii_lowercase();
                if let Some((verb, _)) = &operation.http {
                    self.by_management.extend(ActionName::new(prefix, verb));
                }
                let action = service.action(&lower).and_then(|action| ActionName::new(prefix, &action.name).ok());
                if !judged.contains(&(prefix.clone(), lower)) {
                    self.by_management.extend(action);
                }
            }
        }
    }
}

fn namesake(checker: &Checker<'_>, sections: &Sections, source: &str, call: &str) -> Option<ActionName> {
    let prefixes = checker.prefixes_of(&sections.sources, source);
    prefixes.iter().find_map(|prefix| {
        let action = checker.facts.services.get(prefix)?.action(call)?;
        ActionName::new(prefix, &action.name).ok()
    })
}

fn data_event(checker: &mut Checker<'_>, row: &DataEventRow, sources: &Sources) -> DataRule {
    checker.unique("data_event", &row.resource_type);
    let calls = row.calls.0.iter().chain(&row.event_only.0).cloned().collect();
    if row.event_source.0.is_empty() && !(row.calls.0.is_empty() && row.event_only.0.is_empty()) {
        checker.problem("`calls` are calls of an `event_source`, which is missing");
    }
    for source in &row.event_source.0 {
        if checker.prefixes_of(sources, source).is_empty() {
            checker.problem(format_args!(
                "`{source}` has no prefix: neither by a `[[source]]` row nor by its first label"
            ));
        }
    }
    let prefixes: Vec<_> = row.event_source.0.iter().flat_map(|source| checker.prefixes_of(sources, source)).collect();
    let ruled = |name: &str| {
        let known =
            |prefix| checker.event_only.get(prefix).is_some_and(|names| names.contains(&name.to_ascii_lowercase()));
        prefixes.iter().any(known)
    };
    let unknown: Vec<_> = row.calls.0.iter().filter(|name| !checker.is_call(name) && !ruled(name)).collect();
    for name in unknown {
        checker.problem(format_args!(
            "no operation or action is named `{name}`; if only CloudTrail knows it, move it to `event_only`"
        ));
    }
    let event = DataEvent {
        resource_type: row.resource_type.clone(),
        event_sources: row.event_source.0.clone(),
        basic: row.basic,
        calls,
        inferred: row.inferred,
        through: row.through.clone(),
        arn: row.arn.clone(),
        evidence: checker.evidence(&row.evidence),
    };
    if let Some(arn) = &row.arn {
        checker.good(arn.parse::<ResourcePattern>());
    }
    if let Some(main) = &row.through
        && !checker.is_known("data_event", main)
    {
        checker.problem(format_args!("no row above is for the type `{main}`"));
    }
    DataRule { event, patterns: patterns(checker, &row.actions.0), maybe: patterns(checker, &row.maybe.0) }
}

/// The calls of a row, each of which has to be one that the catalog knows.
fn calls(checker: &mut Checker<'_>, row: &CheckedByRow, sources: &Sources) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for text in checker.filled("calls", &row.calls) {
        let Some((source, name)) = text.split_once('/') else {
            checker.problem(format_args!("`{text}` is no call: it has no `/` between event source and name"));
            continue;
        };
        let before = calls.len();
        for prefix in checker.prefixes_of(sources, source) {
            let Some(service) = checker.facts.services.get(&prefix) else { continue };
            let operations = service.operations.iter().map(|operation| &operation.name);
            let actions = service.actions.iter().filter(|action| !action.permission_only).map(|action| &action.name);
            let fitting = operations.chain(actions).filter(|own| fits(name, own));
            calls.extend(fitting.map(|own| format!("{source}/{own}")));
        }
        if calls.len() == before {
            checker.problem(format_args!("`{text}` names no further call"));
        }
    }
    calls
}

/// Whether a name fits a pattern with `*`, letters of either case.
fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Option<ActionPattern> = format!("x:{pattern}").parse().ok();
    pattern.zip(ActionName::new("x", name).ok()).is_some_and(|(pattern, name)| pattern.matches(&name))
}

/// Patterns that match at least one action each.
fn patterns(checker: &mut Checker<'_>, texts: &[String]) -> Vec<ActionPattern> {
    let mut patterns = Vec::new();
    for text in texts {
        let Some(pattern) = checker.good(text.parse::<ActionPattern>()) else { continue };
        let services = checker.facts.services.iter().filter(|(prefix, _)| concerns(&pattern, prefix));
        let mut names = services.flat_map(|(prefix, service)| {
            service.actions.iter().filter_map(move |action| ActionName::new(prefix, &action.name).ok())
        });
        if !names.any(|name| pattern.matches(&name)) {
            checker.problem(format_args!("no action matches `{text}`"));
        }
        patterns.push(pattern);
    }
    patterns
}
