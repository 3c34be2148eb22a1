//! Policies over a tiny language, and what they allow by plain enumeration.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use tighten_iam::{PolicyDocument, escape_literal};

use crate::naive;

/// A request: action, resource (nothing for none), condition keys.
pub(crate) type Context = BTreeMap<String, Vec<String>>;

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) allow: bool,
    pub(crate) not_action: bool,
    pub(crate) actions: Vec<String>,
    pub(crate) not_resource: bool,
    pub(crate) resources: Vec<String>,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) operator: String,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

impl Statement {
    pub(crate) fn to_json(&self) -> Value {
        let mut conditions = Map::new();
        for condition in &self.conditions {
            let block = conditions.entry(condition.operator.clone()).or_insert_with(|| json!({}));
            block[&condition.key] = json!(condition.values);
        }
        json!({
            "Effect": if self.allow { "Allow" } else { "Deny" },
            (if self.not_action { "NotAction" } else { "Action" }): self.actions,
            (if self.not_resource { "NotResource" } else { "Resource" }): self.resources,
            "Condition": conditions,
        })
    }

    fn about_action(&self, action: &str) -> bool {
        let any = self.actions.iter().any(|pattern| naive::matches(&pattern.to_lowercase(), &action.to_lowercase()));
        any != self.not_action
    }

    fn about_resource(&self, resource: Option<&str>, context: &Context) -> bool {
        let any = self.resources.iter().any(|pattern| match (pattern.as_str(), resource) {
            ("*", _) => true,
            (_, None) => false,
            (pattern, Some(resource)) => {
                substituted(pattern, context).is_some_and(|pattern| in_segments(&pattern, resource))
            }
        });
        any != self.not_resource
    }

    fn in_context(&self, context: &Context) -> bool {
        self.conditions.iter().all(|condition| condition.holds(context))
    }
}

impl Condition {
    fn holds(&self, context: &Context) -> bool {
        let found = context.get(&self.key).map(Vec::as_slice).unwrap_or_default();
        let (set, operator) = match self.operator.split_once(':') {
            Some((set, operator)) => (Some(set), operator),
            None => (None, self.operator.as_str()),
        };
        if operator == "Null" {
            return self.values.iter().any(|value| (value == "true") == found.is_empty());
        }
        let (operator, if_exists) = operator.strip_suffix("IfExists").map_or((operator, false), |rest| (rest, true));
        let negated = operator.contains("Not");
        if found.is_empty() {
            return match set {
                None => if_exists || negated,
                Some("ForAllValues") => true,
                Some(_) => false,
            };
        }
        let judge = |found: &String| {
            let base = operator.replace("Not", "");
            let equal = |value: &String| match base.as_str() {
                "StringLike" => substituted(value, context).is_some_and(|value| naive::matches(&value, found)),
                "StringEquals" => spelled(value, context).is_some_and(|value| value == *found),
                "StringEqualsIgnoreCase" => {
                    spelled(value, context).is_some_and(|value| value.eq_ignore_ascii_case(found))
                }
                "BinaryEquals" => value == found,
                ordered => {
                    let kind = if ordered.starts_with("Date") { seconds } else { number };
                    let order = kind(found).total_cmp(&kind(value));
                    match ordered.trim_start_matches("Date").trim_start_matches("Numeric") {
                        "Equals" => order.is_eq(),
                        "LessThan" => order.is_lt(),
                        "LessThanEquals" => order.is_le(),
                        "GreaterThan" => order.is_gt(),
                        _ => order.is_ge(),
                    }
                }
            };
            self.values.iter().any(equal) != negated
        };
        match set {
            Some("ForAnyValue") => found.iter().any(judge),
            // Values that are all empty count as none.
            Some(_) if found.iter().all(String::is_empty) => true,
            _ => found.iter().all(judge),
        }
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

/// Seconds since 1970, counted year by year. Dates are written with two digits for everything and `Z` or whole hours of
/// offset.
fn seconds(text: &str) -> f64 {
    let Some((date, time)) = text.split_once('T') else {
        return if text.contains('-') { seconds(&format!("{text}T00:00:00Z")) } else { number(text) };
    };
    let date: Vec<u32> = date.split('-').map(|part| part.parse().unwrap()).collect();
    let leap = |year: u32| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let lengths = [31, if leap(date[0]) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months = usize::try_from(date[1]).unwrap() - 1;
    let days = (1970..date[0]).map(|year| if leap(year) { 366 } else { 365 }).sum::<u32>()
        + lengths[..months].iter().sum::<u32>()
        + date[2]
        - 1;
    let (clock, ahead) = match time.split_once('+') {
        Some((clock, ahead)) => (clock, number(ahead.trim_end_matches(":00"))),
        None => (time.trim_end_matches('Z'), 0.0),
    };
    let clock: Vec<f64> = clock.split(':').map(number).collect();
    f64::from(days) * 86_400.0 + (clock[0] - ahead) * 3_600.0 + clock[1] * 60.0 + clock[2]
}

/// Text with the one variable replaced, where wildcards are characters like any other.
fn spelled(text: &str, context: &Context) -> Option<String> {
    if !text.contains("${aws:k}") {
        return Some(text.to_owned());
    }
    let [value] = context.get("aws:k")?.as_slice() else { return None };
    Some(text.replace("${aws:k}", value))
}

/// The pattern with the one variable replaced that this language has.
fn substituted(pattern: &str, context: &Context) -> Option<String> {
    if !pattern.contains("${aws:k}") {
        return Some(pattern.to_owned());
    }
    let [value] = context.get("aws:k")?.as_slice() else { return None };
    Some(pattern.replace("${aws:k}", &escape_literal(value)))
}

fn in_segments(pattern: &str, resource: &str) -> bool {
    let patterns = pattern.splitn(6, ':').chain(std::iter::repeat("*"));
    patterns.zip(resource.splitn(6, ':')).all(|(pattern, segment)| pattern == "*" || naive::matches(pattern, segment))
}

pub(crate) fn document(statements: &[Statement]) -> PolicyDocument {
    let statements: Vec<Value> = statements.iter().map(Statement::to_json).collect();
    PolicyDocument::from_value(json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

pub(crate) fn allows(statements: &[Statement], action: &str, resource: Option<&str>, context: &Context) -> bool {
    let about = |statement: &&Statement| {
        statement.about_action(action) && statement.about_resource(resource, context) && statement.in_context(context)
    };
    let (allows, denies): (Vec<&Statement>, Vec<&Statement>) =
        statements.iter().filter(about).partition(|statement| statement.allow);
    denies.is_empty() && !allows.is_empty()
}

/// A request that is allowed by the one and not by the other, if one is among these.
pub(crate) fn difference(
    inner: &[Statement],
    outer: &[Statement],
    actions: &[String],
    resources: &[Option<String>],
    contexts: &[Context],
) -> Option<String> {
    let all: Vec<&Statement> = inner.iter().chain(outer).collect();
    // Actions, resources and contexts that the same statements are about need to be looked at once.
    let actions = distinct(actions, |action| all.iter().map(|statement| statement.about_action(action)).collect());
    // What conditions make of a context is looked at context by context, so resources alone depend on the value.
    let variables = all.iter().any(|statement| statement.resources.iter().any(|pattern| pattern.contains("${aws:k}")));
    let mut by_value = BTreeMap::new();
    for (context, in_context) in distinct_contexts(&all, contexts, variables) {
        let about = |resource: &Option<String>| {
            all.iter().map(|statement| statement.about_resource(resource.as_deref(), context)).collect()
        };
        let value = if variables { context.get("aws:k") } else { None };
        for (resource, about_resource) in by_value.entry(value).or_insert_with(|| distinct(resources, about)) {
            for (action, about_action) in &actions {
                let about: Vec<bool> =
                    (0..all.len()).map(|at| about_action[at] && about_resource[at] && in_context[at]).collect();
                let (own, others) = about.split_at(inner.len());
                if decide(inner, own) && !decide(outer, others) {
                    return Some(format!("{action} {resource:?} {context:?}"));
                }
            }
        }
    }
    None
}

fn distinct_contexts<'a>(
    all: &[&Statement],
    contexts: &'a [Context],
    variables: bool,
) -> Vec<(&'a Context, Vec<bool>)> {
    let mut seen = BTreeSet::new();
    let vector = |context: &Context| all.iter().map(|statement| statement.in_context(context)).collect::<Vec<bool>>();
    let fresh = |(context, vector): &(&Context, Vec<bool>)| {
        seen.insert((vector.clone(), variables.then(|| context.get("aws:k").cloned())))
    };
    contexts.iter().map(|context| (context, vector(context))).filter(fresh).collect()
}

fn distinct<T>(items: &[T], vector: impl Fn(&T) -> Vec<bool>) -> Vec<(&T, Vec<bool>)> {
    let mut seen = BTreeSet::new();
    items.iter().map(|item| (item, vector(item))).filter(|(_, vector)| seen.insert(vector.clone())).collect()
}

fn decide(statements: &[Statement], about: &[bool]) -> bool {
    let some = |allow: bool| statements.iter().zip(about).any(|(statement, about)| *about && statement.allow == allow);
    some(true) && !some(false)
}
