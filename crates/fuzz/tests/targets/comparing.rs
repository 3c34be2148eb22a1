//! Inclusion of policies: never a wrong proof, never beyond the budget.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tighten_fuzz::Choices;
use tighten_iam::{Arn, Budget, Comparison, PolicyDocument, RequestedResource, Undecided, compare};

use crate::naive;
use crate::reference::{Condition, Context, Statement, allows, difference, document};

const STRING_OPERATORS: [&str; 10] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "StringLikeIfExists",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
    "ForAnyValue:StringLike",
];

fn action(choices: &mut Choices<'_>) -> String {
    if choices.chance(15) {
        return "*".to_owned();
    }
    let service = choices.word(&["s", "s", "t", "S"]);
    format!("{service}:{}", choices.concat(&["a", "A", "b", "*", "?", "*"], 1, 3))
}

fn resource(choices: &mut Choices<'_>) -> String {
    match choices.below(10) {
        0 | 1 => "*".to_owned(),
        2 => choices.word(&["arn:*", "arn:aws:s3", "arn:aws:s*:*"]).to_owned(),
        _ => {
            let region = choices.word(&["", "", "", "a", "*", "?"]);
            format!("arn:aws:s3:{region}::{}", choices.concat(&["a", "*", "b", "?", "*", "a", ":", "${*}"], 1, 3))
        }
    }
}

fn conditions(choices: &mut Choices<'_>) -> Vec<Condition> {
    let mut found: BTreeMap<(String, String), Condition> = BTreeMap::new();
    for _ in 0..choices.below(4).saturating_sub(1) {
        let operator = choices.word(&STRING_OPERATORS).to_owned();
        let key = if operator.starts_with("For") { "aws:m" } else { "aws:k" }.to_owned();
        let values = choices.words(&["a", "b", "a*", "?"], 1, 2);
        found.insert((operator.clone(), key.clone()), Condition { operator, key, values });
    }
    found.into_values().collect()
}

fn statements(choices: &mut Choices<'_>) -> Vec<Statement> {
    let statement = |choices: &mut Choices<'_>| Statement {
        allow: !choices.chance(30),
        not_action: choices.chance(15),
        actions: (0..=choices.below(3)).map(|_| action(choices)).collect(),
        not_resource: choices.chance(15),
        resources: (0..=choices.below(3)).map(|_| resource(choices)).collect(),
        conditions: conditions(choices),
    };
    (0..=choices.below(3)).map(|_| statement(choices)).collect()
}

/// Policies over a tiny language: proofs hold for every request of it, and counterexamples are some.
pub(crate) fn small(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let inner = statements(&mut choices);
    let mut outer = statements(&mut choices);
    for statement in &inner {
        if choices.chance(40) {
            outer.push(statement.clone());
        }
    }
    match compare(&[document(&inner)], &[document(&outer)], Budget::default()) {
        Comparison::Proven => {
            let all: Vec<Statement> = inner.iter().chain(&outer).cloned().collect();
            let found = difference(&inner, &outer, &actions(&all), &resources(&all), &contexts());
            assert_eq!(found, None, "{inner:?}\n{outer:?}");
        }
        Comparison::Counterexample(found) => {
            let arn = match &found.resource {
                RequestedResource::Arn(arn) => Some(arn.as_str()),
                RequestedResource::Any => None,
            };
            let action = found.action.as_str();
            assert!(allows(&inner, action, arn, &found.assumed), "not allowed: {found:?}\n{inner:?}\n{outer:?}");
            assert!(!allows(&outer, action, arn, &found.assumed), "allowed: {found:?}\n{inner:?}\n{outer:?}");
        }
        Comparison::Undecided { .. } => {}
    }
}

fn actions(patterns: &[Statement]) -> Vec<String> {
    let names: Vec<String> = naive::texts(&['a', 'b', 'c'], 3).skip(1).collect();
    let services = ["s", "t", "u"];
    let enumerated = services.iter().flat_map(|service| names.iter().map(move |name| format!("{service}:{name}")));
    let made = patterns.iter().flat_map(|statement| &statement.actions).filter(|pattern| *pattern != "*");
    let made = made.flat_map(|pattern| naive::stretched(pattern, 'c', 2));
    enumerated.chain(made.filter(|action| !action.ends_with(':'))).collect()
}

fn resources(patterns: &[Statement]) -> Vec<Option<String>> {
    let names: Vec<String> = naive::texts(&['a', 'b', 'c', ':'], 3).skip(1).collect();
    let arns = |name: &String| ["", "a", "b"].map(|region| Some(format!("arn:aws:s3:{region}::{name}")));
    let fixed = [None, Some("arn:z:z:z:z:z".to_owned()), Some("arn:aws:sz:::a".to_owned())];
    let made = patterns.iter().flat_map(|statement| &statement.resources);
    let made = made.filter(|pattern| pattern.starts_with("arn:aws:s3:"));
    let made = made.flat_map(|pattern| naive::stretched(pattern, 'c', 2));
    let made = made.filter(|arn| arn.parse::<Arn>().is_ok());
    fixed.into_iter().chain(names.iter().flat_map(arns)).chain(made.map(Some)).collect()
}

fn contexts() -> Vec<Context> {
    let single = ["", "a", "b", "aa", "c", "a*", "?"];
    let several: [&[&str]; 9] =
        [&[], &["a"], &["b"], &["c"], &["a", "b"], &["a", "c"], &["aa", "c"], &["a", "aa"], &["a", "b", "c"]];
    let mut all = Vec::new();
    for k in single {
        for m in several {
            let mut context = Context::new();
            if !k.is_empty() {
                context.insert("aws:k".to_owned(), vec![k.to_owned()]);
            }
            if !m.is_empty() {
                context.insert("aws:m".to_owned(), m.iter().map(|value| (*value).to_owned()).collect());
            }
            all.push(context);
        }
    }
    all
}

/// Policies made to be costly come back within their budget, and a small budget changes no answer, only whether there
/// is one.
pub(crate) fn hostile(bytes: &[u8]) {
    const TOKENS: [&str; 14] =
        ["*", "?", "a", "b", "*a", "*b", "?*", "a*a*a*", "ab", "?b?", "/", "${aws:username}", "${*}", "é"];
    let mut choices = Choices::new(bytes);
    let mut side = |most: usize| {
        let patterns = |choices: &mut Choices<'_>, start: &str| -> Vec<String> {
            let count = 1 + choices.below(most);
            // Actions have neither variables nor characters beyond ASCII.
            let tokens = if start == "s3:" { &TOKENS[..10] } else { &TOKENS[..] };
            (0..count).map(|_| format!("{start}{}", choices.concat(tokens, 1, 12))).collect()
        };
        let mut rows = Vec::new();
        for _ in 0..=choices.below(3) {
            let effect = choices.word(&["Allow", "Allow", "Deny"]);
            let (by_action, by_resource) = (
                choices.word(&["Action", "Action", "NotAction"]),
                choices.word(&["Resource", "Resource", "NotResource"]),
            );
            let row = serde_json::json!({
                "Effect": effect,
                by_action: patterns(&mut choices, "s3:"),
                by_resource: patterns(&mut choices, "arn:aws:s3:::"),
            });
            rows.push(row);
        }
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": rows});
        PolicyDocument::from_value(document).unwrap()
    };
    let (inner, outer) = ([side(6)], [side(12)]);
    let few = Budget::steps(2_000);
    let started = Instant::now();
    let quick = compare(&inner, &outer, few);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?} for {} steps", started.elapsed(), few.get());
    let started = Instant::now();
    let full = compare(&inner, &outer, Budget::default());
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    if !matches!(&quick, Comparison::Undecided { why: Undecided::Budget { .. } }) {
        assert_eq!(quick, full);
    }
    // Everything is part of itself, and of that it is only not known where it is not modelled or costs too much.
    assert!(compare(&inner, &inner, few).counterexample().is_none());
}
