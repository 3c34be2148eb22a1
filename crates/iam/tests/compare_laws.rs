//! Comparing policies agrees with enumerating every request of a tiny language.
//!
//! `TIGHTEN_COMPARE_CASES` sets the number of pairs.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a helper of a test may fail the test"
)]

mod naive;
mod reference;

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use reference::{Condition, Context, Statement, allows, difference, document};
use tighten_iam::{Arn, Budget, Comparison, PolicyDocument, RequestedResource, compare};

fn cases() -> u32 {
    std::env::var("TIGHTEN_COMPARE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

fn action() -> impl Strategy<Value = String> {
    let token = prop_oneof![4 => Just("a"), 1 => Just("A"), 2 => Just("b"), 4 => Just("*"), 2 => Just("?")];
    let named = (prop_oneof![3 => Just("s"), 1 => Just("t"), 1 => Just("S")], vec(token, 1..4));
    prop_oneof![1 => Just("*".to_owned()), 8 => named.prop_map(|(service, name)| format!("{service}:{}", name.concat()))]
}

fn resource(variables: bool) -> impl Strategy<Value = String> {
    let token = prop_oneof![
        6 => Just("a"), 3 => Just("b"), 6 => Just("*"), 3 => Just("?"), 1 => Just(":"), 1 => Just("${*}"),
        (if variables { 4 } else { 0 }) => Just("${aws:k}"),
    ];
    let region = prop_oneof![5 => Just(""), 1 => Just("a"), 2 => Just("*"), 1 => Just("?")];
    prop_oneof![
        2 => Just("*".to_owned()),
        1 => prop::sample::select(vec!["arn:*", "arn:aws:s3", "arn:aws:s*:*"]).prop_map(str::to_owned),
        9 => (region, vec(token, 1..4)).prop_map(|(region, name)| format!("arn:aws:s3:{region}::{}", name.concat())),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let of = |operators: &[&'static str], key: &'static str, values: &[&'static str]| {
        (prop::sample::select(operators.to_vec()), prop::sample::subsequence(values.to_vec(), 1..=2)).prop_map(
            move |(operator, values)| Condition {
                operator: operator.to_owned(),
                key: key.to_owned(),
                values: values.into_iter().map(str::to_owned).collect(),
            },
        )
    };
    prop_oneof![
        5 => of(
            &["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists",
              "StringNotEqualsIfExists", "StringLikeIfExists", "StringEqualsIgnoreCase"],
            "aws:k",
            &["a", "b", "a*", "?"],
        ),
        1 => of(&["Null"], "aws:k", &["true", "false"]),
        2 => of(&["NumericLessThan", "NumericGreaterThanEquals", "NumericLessThanIfExists"], "aws:n", &["1", "2"]),
        3 => of(
            &["ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAllValues:StringNotEquals",
              "ForAnyValue:StringNotEquals", "ForAnyValue:StringLike"],
            "aws:m",
            &["a", "b", "a*"],
        ),
    ]
}

const ORDERS: [&str; 6] =
    ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEqualsIfExists"];

/// Conditions whose values are no text: decimals, dates in every notation, seconds, bytes.
fn typed() -> impl Strategy<Value = Condition> {
    let of = |operators: Vec<String>, key: &'static str, values: &[&'static str]| {
        (prop::sample::select(operators), prop::sample::subsequence(values.to_vec(), 1..=2)).prop_map(
            move |(operator, values)| Condition {
                operator,
                key: key.to_owned(),
                values: values.into_iter().map(str::to_owned).collect(),
            },
        )
    };
    let orders = |kind: &str| ORDERS.iter().map(|order| format!("{kind}{order}")).collect::<Vec<_>>();
    let dates = ["2025-12-31", "2026-01-01T00:00:00Z", "2026-01-01T01:00:01+01:00", "1767225600", "1767225602"];
    let seconds = ["1767225600", "1767225600.5", "1767225602"];
    prop_oneof![
        of(orders("Numeric"), "aws:n", &["1", "1.2", "1.20", "1.25", "-.5", "2"]),
        of(orders("Date"), "aws:d", &dates),
        of(orders("Date"), "aws:epochtime", &dates),
        of(orders("Numeric"), "aws:epochtime", &seconds),
        of(vec!["BinaryEquals".to_owned(), "BinaryEqualsIfExists".to_owned()], "aws:b", &["QQ==", "QUI=", "QUJD"]),
    ]
}

/// Conditions whose values hold a variable, and such on the key that fills it.
fn filled() -> impl Strategy<Value = Condition> {
    let of = |operators: &[&'static str], key: &'static str, values: &[&'static str]| {
        (prop::sample::select(operators.to_vec()), prop::sample::subsequence(values.to_vec(), 1..=3)).prop_map(
            move |(operator, values)| Condition {
                operator: operator.to_owned(),
                key: key.to_owned(),
                values: values.into_iter().map(str::to_owned).collect(),
            },
        )
    };
    let texts = ["StringLike", "StringNotLike", "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase"];
    let sets = ["ForAllValues:StringLike", "ForAnyValue:StringEquals"];
    prop_oneof![
        4 => of(&texts, "aws:p", &["", "a/", "a/${aws:k}", "a/${aws:k}/*", "a*", "${aws:k}"]),
        1 => of(&["StringEquals", "StringLikeIfExists", "StringNotLike"], "aws:k", &["a", "b", "a*"]),
        1 => of(&sets, "aws:m", &["${aws:k}", "a", "b"]),
    ]
}

fn under(condition: impl Strategy<Value = Condition>) -> impl Strategy<Value = Statement> {
    (prop::bool::weighted(0.7), vec(condition, 1..4)).prop_map(|(allow, conditions)| {
        let all = || vec!["*".to_owned()];
        let (actions, resources, conditions) = (all(), all(), one_of_each(conditions));
        Statement { allow, not_action: false, actions, not_resource: false, resources, conditions }
    })
}

fn statement(variables: bool) -> impl Strategy<Value = Statement> {
    let negations = (prop::bool::weighted(0.7), prop::bool::weighted(0.15), prop::bool::weighted(0.15));
    (
        negations,
        vec(action(), 1..4),
        vec(resource(variables), 1..4),
        prop_oneof![2 => vec(condition(), 0..1), 1 => vec(condition(), 1..3)],
    )
        .prop_map(|((allow, not_action, not_resource), actions, resources, conditions)| {
            let conditions = one_of_each(conditions);
            Statement { allow, not_action, actions, not_resource, resources, conditions }
        })
}

/// A document has room for one list of values per operator and key.
fn one_of_each(mut conditions: Vec<Condition>) -> Vec<Condition> {
    conditions.sort_by_key(|condition| (condition.operator.clone(), condition.key.clone()));
    conditions.dedup_by_key(|condition| (condition.operator.clone(), condition.key.clone()));
    conditions
}

/// Pairs that are often related: the outer one shares statements with the inner one.
fn pair(statement: &BoxedStrategy<Statement>) -> impl Strategy<Value = (Vec<Statement>, Vec<Statement>)> + use<> {
    let statements = |most| vec(statement.clone(), 1..most);
    (statements(4), statements(4), vec(any::<bool>(), 3), any::<bool>()).prop_map(
        |(inner, mut outer, kept, related)| {
            if related {
                outer.extend(inner.iter().zip(kept).filter(|(_, kept)| *kept).map(|(statement, _)| statement.clone()));
            }
            (inner, outer)
        },
    )
}

fn actions(patterns: &[Statement]) -> Vec<String> {
    let names: Vec<String> = naive::texts(&['a', 'b', 'c'], 4).skip(1).collect();
    let enumerated =
        ["s", "t", "u"].iter().flat_map(|service| names.iter().map(move |name| format!("{service}:{name}")));
    let made = patterns.iter().flat_map(|statement| &statement.actions).filter(|pattern| *pattern != "*");
    let made = made.flat_map(|pattern| naive::stretched(pattern, 'c', 2));
    enumerated.chain(made.filter(|action| !action.ends_with(':'))).collect()
}

fn resources(patterns: &[Statement]) -> Vec<Option<String>> {
    let names: Vec<String> = naive::texts(&['a', 'b', 'c', ':'], 3).skip(1).collect();
    let arns = |name: &String| ["", "a", "b"].map(|region| Some(format!("arn:aws:s3:{region}::{name}")));
    let fixed = [None, Some("arn:z:z:z:z:z".to_owned()), Some("arn:aws:sz:::a".to_owned())];
    let made = patterns.iter().flat_map(|statement| &statement.resources);
    let made = made.filter(|pattern| pattern.starts_with("arn:aws:s3:") && !pattern.contains("${aws:k}"));
    let made = made.flat_map(|pattern| naive::stretched(pattern, 'c', 2));
    // Not all that a pattern matches is an ARN.
    let made = made.filter(|arn| arn.parse::<Arn>().is_ok());
    fixed.into_iter().chain(names.iter().flat_map(arns)).chain(made.map(Some)).collect()
}

/// Every choice of one of the values of each key; nothing is a key that is absent.
fn product(keys: &[(&str, &[&str])]) -> Vec<Context> {
    let mut all = vec![Context::new()];
    for (key, values) in keys {
        let with = |context: &Context, value: &str| {
            let mut context = context.clone();
            context.insert((*key).to_owned(), value.split('|').map(str::to_owned).collect());
            context
        };
        let more: Vec<Context> =
            all.iter().flat_map(|context| values.iter().map(move |value| with(context, value))).collect();
        all.extend(more);
    }
    all
}

/// Values on, between and beside those of `typed`.
fn typed_contexts() -> Vec<Context> {
    let dates = [
        "2025-12-30T23:59:59Z",
        "2025-12-31T00:00:00Z",
        "2025-12-31T23:59:59Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.5Z",
        "2026-01-01T00:00:01Z",
        "2026-01-01T00:00:01.5Z",
        "2026-01-01T00:00:02Z",
        "2026-01-01T00:00:03Z",
    ];
    let seconds = [
        "1767139199",
        "1767139200",
        "1767225599",
        "1767225600",
        "1767225600.25",
        "1767225600.5",
        "1767225600.75",
        "1767225601",
        "1767225601.5",
        "1767225602",
        "1767225603",
    ];
    product(&[
        ("aws:n", &["-1", "-0.5", "0", "1", "1.1", "1.2", "1.22", "1.25", "1.5", "2", "3"]),
        ("aws:d", &dates),
        ("aws:epochtime", &seconds),
        ("aws:b", &["QQ==", "QUI=", "QUJD", "AAAA", ""]),
    ])
}

/// Values that fit those of `filled` for some value of the variable, and such that do not.
fn filled_contexts() -> Vec<Context> {
    product(&[
        ("aws:k", &["a", "b", "aa", "A", "*", "a/"]),
        (
            "aws:p",
            &["", "a", "a/", "a/a", "a/b", "a/a/", "a/a/x", "a/b/x", "A/A", "A/", "b", "aa", "A", "*", "a/*", "c"],
        ),
        ("aws:m", &["a", "b", "a|b", "aa", "c", "a|c", "A|a"]),
    ])
}

fn contexts() -> Vec<Context> {
    let sets = |sets: &[&[&str]]| -> Vec<Vec<String>> {
        sets.iter().map(|set| set.iter().map(|value| (*value).to_owned()).collect()).collect()
    };
    let mut all = Vec::new();
    for k in sets(&[&[], &["a"], &["b"], &["A"], &["aa"], &["c"], &["cc"], &["a*"], &["?"]]) {
        for n in sets(&[&[], &["0"], &["1"], &["1.5"], &["2"], &["3"]]) {
            for m in sets(&[
                &[],
                &["a"],
                &["b"],
                &["aa"],
                &["c"],
                &["a", "b"],
                &["a", "c"],
                &["aa", "b"],
                &["aa", "c"],
                &["b", "c"],
                &["a", "aa"],
                &["a*", "c"],
                &["a*"],
                &["a", "b", "c"],
                &["a", "aa", "b"],
            ]) {
                let keys = [("aws:k", &k), ("aws:n", &n), ("aws:m", &m)];
                let given = keys.into_iter().filter(|(_, values)| !values.is_empty());
                all.push(given.map(|(key, values)| (key.to_owned(), values.clone())).collect());
            }
        }
    }
    all
}

/// Runs random pairs and returns how many of them were proven, refuted and undecided.
fn run(cases: u32, statement: &BoxedStrategy<Statement>, contexts: &[Context]) -> [u32; 3] {
    let counts = [const { Cell::new(0_u32) }; 3];
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&pair(statement), |(inner, outer)| {
            let comparison = compare(&[document(&inner)], &[document(&outer)], Budget::default());
            let at = match &comparison {
                Comparison::Proven => {
                    let all: Vec<Statement> = inner.iter().chain(&outer).cloned().collect();
                    let found = difference(&inner, &outer, &actions(&all), &resources(&all), contexts);
                    prop_assert_eq!(found, None);
                    0
                }
                Comparison::Counterexample(found) => {
                    let arn = match &found.resource {
                        RequestedResource::Arn(arn) => Some(arn.as_str()),
                        RequestedResource::Any => None,
                    };
                    let action = found.action.as_str();
                    prop_assert!(allows(&inner, action, arn, &found.assumed), "not allowed: {:?}", found);
                    prop_assert!(!allows(&outer, action, arn, &found.assumed), "allowed: {:?}", found);
                    1
                }
                Comparison::Undecided { why } => {
                    if std::env::var_os("TIGHTEN_COMPARE_SHOW").is_some() {
                        println!("{why}\n{inner:?}\n{outer:?}\n");
                    }
                    2
                }
            };
            counts[at].set(counts[at].get() + 1);
            Ok(())
        })
        .unwrap();
    counts.map(|count| count.get())
}

#[test]
fn what_is_modelled_is_decided_and_decided_rightly() {
    let [proven, refuted, undecided] = run(cases(), &statement(false).boxed(), &contexts());
    println!("{proven} proven, {refuted} refuted, {undecided} undecided");
    assert!(undecided * 100 < cases(), "{undecided} of {} undecided", cases());
    assert!(proven * 10 > cases() && refuted * 10 > cases(), "{proven} proven and {refuted} refuted are one-sided");
}

#[test]
fn conditions_are_decided_and_decided_rightly() {
    let [proven, refuted, undecided] = run(cases(), &under(condition()).boxed(), &contexts());
    println!("{proven} proven, {refuted} refuted, {undecided} undecided");
    assert!(undecided * 100 < cases(), "{undecided} of {} undecided", cases());
}

#[test]
fn numbers_dates_and_bytes_are_decided_and_decided_rightly() {
    let [proven, refuted, undecided] = run(cases(), &under(typed()).boxed(), &typed_contexts());
    println!("{proven} proven, {refuted} refuted, {undecided} undecided");
    assert_eq!(undecided, 0);
    assert!(proven * 10 > cases() && refuted * 10 > cases(), "{proven} proven and {refuted} refuted are one-sided");
}

#[test]
fn variables_in_values_are_decided_rightly() {
    let [proven, refuted, undecided] = run(cases(), &under(filled()).boxed(), &filled_contexts());
    println!("{proven} proven, {refuted} refuted, {undecided} undecided");
    // What is left are equations between the keys that no list of values for the variable solves.
    assert!(undecided * 10 < cases(), "{undecided} of {} undecided", cases());
    assert!(proven * 10 > cases() && refuted * 10 > cases(), "{proven} proven and {refuted} refuted are one-sided");
}

#[test]
fn policy_variables_lead_to_no_wrong_answer() {
    let [proven, refuted, undecided] = run(cases() / 2, &statement(true).boxed(), &contexts());
    println!("{proven} proven, {refuted} refuted, {undecided} undecided");
    assert!(proven > 0 && refuted > 0);
}

#[test]
fn unions_of_longer_patterns_are_decided_exactly() {
    let token = || prop_oneof![4 => Just("a"), 2 => Just("b"), 4 => Just("*"), 3 => Just("?"), 1 => Just("${*}")];
    let pattern = || vec(token(), 0..6).prop_map(|tokens| format!("arn:aws:s3:::x{}", tokens.concat()));
    let config = ProptestConfig { cases: cases() / 2, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&(pattern(), vec(pattern(), 1..5)), |(inner, outer)| {
            let grant = |resources: &[String]| {
                let resources = resources.iter().map(|text| text.parse().unwrap());
                PolicyDocument::new([tighten_iam::Statement::allow(["s3:*".parse().unwrap()], resources)])
            };
            let outside = |text: &String| !outer.iter().any(|pattern| naive::matches(pattern, text));
            // `z` occurs in no pattern, so what a wildcard takes beyond the letters shows in it.
            let expected = naive::stretched(&inner, 'z', 6).find(outside);
            let proven =
                compare(&[grant(std::slice::from_ref(&inner))], &[grant(&outer)], Budget::default()).is_proven();
            prop_assert_eq!(proven, expected.is_none(), "{:?}", expected);
            Ok(())
        })
        .unwrap();
}
