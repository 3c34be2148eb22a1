//! The facts of a finding as parts of a sentence. What is not there is told in general words.

use serde_json::Value;
use tighten_synthesis::Finding;

use crate::page::Prose;
use crate::prose;
use crate::words::{count, counted, times};

/// How many members of a list a sentence names.
const NAMED: usize = 3;

#[derive(Clone, Copy)]
pub(super) struct Facts<'a>(&'a Finding);

impl<'a> Facts<'a> {
    pub(super) fn of(finding: &'a Finding) -> Self {
        Self(finding)
    }

    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.facts.get(name)
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn number(self, name: &str) -> Option<u64> {
        self.get(name).and_then(Value::as_u64)
    }

    /// Whether the fact is this text.
    pub(super) fn is(self, name: &str, text: &str) -> bool {
        self.get(name).and_then(Value::as_str) == Some(text)
    }

    /// Whether there is one alone.
    pub(super) fn is_one(self, name: &str) -> bool {
        self.number(name) == Some(1)
    }

    /// The fact, or else these words.
    pub(super) fn say(self, name: &str, otherwise: &'static str) -> Prose {
        self.get(name).map_or_else(|| otherwise.into(), said)
    }

    /// Likewise, set apart as something to look for.
    pub(super) fn quote(self, name: &str, otherwise: &'static str) -> Prose {
        match self.get(name) {
            Some(Value::String(text)) if !text.contains(' ') => Prose::quoted(text.as_str()),
            Some(other) => said(other),
            None => otherwise.into(),
        }
    }

    pub(super) fn action(self) -> Prose {
        self.quote("action", "an action")
    }

    pub(super) fn policy(self) -> Prose {
        self.quote("policy", "the policy")
    }

    /// The resources, of which the list may be cut.
    pub(super) fn resources(self, otherwise: &'static str) -> Prose {
        self.list_of("resources", "resource_count", otherwise)
    }

    /// A list, which is cut where there is a fact that tells how many there are.
    pub(super) fn list_of(self, name: &str, all: &str, otherwise: &'static str) -> Prose {
        match (self.get(name), self.number(all)) {
            (Some(Value::Array(items)), Some(all)) => named(items, all),
            _ => self.say(name, otherwise),
        }
    }

    /// How many of something there are: `3 files`, or else these words.
    pub(super) fn counted(self, name: &str, one: &str, otherwise: &'static str) -> Prose {
        self.number(name).map_or_else(|| otherwise.into(), |number| counted(number, one).into())
    }

    /// How often something was seen.
    pub(super) fn times(self) -> String {
        self.number("count").map_or_else(|| "at least once".to_owned(), times)
    }
}

fn said(value: &Value) -> Prose {
    match value {
        Value::String(text) => Prose::data(text.as_str()),
        Value::Array(items) => named(items, items.len() as u64),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), count).into(),
        other => Prose::data(other.to_string()),
    }
}

/// The first items of a list, and how many more there are.
fn named(items: &[Value], all: u64) -> Prose {
    let shown = items.len().min(NAMED) as u64;
    let named = Prose::list(items.iter().take(NAMED).map(said));
    match all.saturating_sub(shown) {
        0 => named,
        rest => prose![named, format!(" and {} more", count(rest))],
    }
}
