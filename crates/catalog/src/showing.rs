//! From an action to the calls whose records show its use.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::ActionName;

use crate::catalog::Catalog;
use crate::model::Service;

/// An API call as CloudTrail records it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordedCall {
    /// `eventSource`: `s3.amazonaws.com`.
    pub event_source: String,
    /// `eventName`, without the date that some services append.
    pub event_name: String,
}

/// Calls by the lower-case action that they show, where it is not the action of the same name.
pub(crate) type ShownByRule = BTreeMap<String, BTreeSet<RecordedCall>>;

impl Catalog {
    /// The calls whose records show the use of an action: those that a rule says need it, those of its own name, those
    /// with a parameter that passes a role or tags what is created, those during which it is checked. Sorted; empty if none
    /// is known.
    pub fn calls_showing(&self, action: &ActionName) -> Vec<RecordedCall> {
        let key = action.to_string().to_ascii_lowercase();
        let mut calls = self.shown_by_rule().get(&key).cloned().unwrap_or_default();
        let parents = self.rules().checked_by(action).iter().filter_map(|call| call.split_once('/'));
        calls.extend(
            parents.map(|(source, name)| RecordedCall { event_source: source.to_owned(), event_name: name.to_owned() }),
        );
        if let Some(service) = self.service(action.service()) {
            calls.extend(self.namesakes(service, action.name()));
        }
        calls.into_iter().collect()
    }

    /// Calls of the action's own name; where permissions are HTTP verbs, all calls of the verb.
    fn namesakes(&self, service: &Service, name: &str) -> Vec<RecordedCall> {
        let of_verb = service
            .operations
            .iter()
            .filter(|operation| operation.http.is_some_and(|(verb, _)| verb.eq_ignore_ascii_case(name)));
        let names: BTreeSet<&str> =
            service.operations_named(name).chain(of_verb).map(|operation| operation.name).collect();
        if names.is_empty() {
            return Vec::new();
        }
        let sources = self.rules().event_sources(service.prefix);
        let pairs = sources.iter().flat_map(|source| names.iter().map(move |name| (source, *name)));
        let unruled = pairs.filter(|(source, name)| self.rules().call(source, name).is_none());
        let call = |(source, name): (&String, &str)| RecordedCall {
            event_source: source.clone(),
            event_name: name.to_owned(),
        };
        unruled.map(call).collect()
    }

    pub(crate) fn read_shown_by_rule(&self) -> ShownByRule {
        let mut shown = ShownByRule::new();
        let mut add = |action: &ActionName, event_source: &str, event_name: &str| {
            let call = RecordedCall { event_source: event_source.to_owned(), event_name: event_name.to_owned() };
            shown.entry(action.to_string().to_ascii_lowercase()).or_default().insert(call);
        };
        for rule in self.rules().calls() {
            let Some((source, name)) = rule.id.split_once('/') else { continue };
            for need in rule.needs.iter().filter(|need| need.is_shown_by_call()) {
                add(&need.action, source, name);
            }
        }
        let mut sources: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let pass_role = ActionName::new("iam", "PassRole").ok();
        let passing = self.rules().all_pass_roles().map(|(prefix, name, _)| (prefix, name, pass_role.iter().collect()));
        let tagging = self.rules().all_tag_on_create();
        let tagging =
            tagging.map(|(prefix, name, rules)| (prefix, name, rules.iter().map(|rule| &rule.action).collect()));
        for (prefix, name, actions) in passing.chain(tagging) {
            let actions: Vec<&ActionName> = actions;
            let sources = sources.entry(prefix).or_insert_with(|| self.rules().event_sources(prefix));
            let spelled = self.service(prefix).and_then(|service| {
                let operation = service.operation(name).map(|operation| operation.name);
                operation.or_else(|| service.action(name).map(|action| action.name))
            });
            for source in sources.iter() {
                for action in &actions {
                    add(action, source, spelled.unwrap_or(name));
                }
            }
        }
        shown
    }
}
