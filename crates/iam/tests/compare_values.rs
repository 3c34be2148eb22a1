//! Comparing policies whose conditions are about numbers, dates, bytes and variables, and entries that match nothing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

use serde_json::{Value, json};
use tighten_iam::{Budget, Comparison, Counterexample, PolicyDocument, Undecided, compare};

fn policy(statements: &Value) -> PolicyDocument {
    PolicyDocument::from_value(json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn under(condition: &Value) -> PolicyDocument {
    policy(&json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}))
}

fn but(condition: &Value) -> PolicyDocument {
    let all = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    policy(&json!([all, {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}]))
}

fn ask(inner: &PolicyDocument, outer: &PolicyDocument) -> Comparison {
    compare(std::slice::from_ref(inner), std::slice::from_ref(outer), Budget::default())
}

#[track_caller]
fn proven(inner: &PolicyDocument, outer: &PolicyDocument) {
    let answer = ask(inner, outer);
    assert!(answer.is_proven(), "{answer:?}");
}

#[track_caller]
fn refuted(inner: &PolicyDocument, outer: &PolicyDocument) -> Counterexample {
    let answer = ask(inner, outer);
    answer.counterexample().unwrap_or_else(|| panic!("{answer:?}")).clone()
}

#[track_caller]
fn assumed(inner: &PolicyDocument, outer: &PolicyDocument, key: &str) -> Vec<String> {
    refuted(inner, outer).assumed.get(key).cloned().unwrap_or_default()
}

#[test]
fn decimals_are_decided() {
    let all = policy(&json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    let modern = but(&json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}}));
    proven(&modern, &all);
    assert_eq!(assumed(&all, &modern, "s3:tlsversion"), ["1.1"]);
    // The same border, spelled otherwise, as a number, and from its other side.
    proven(&modern, &but(&json!({"NumericLessThan": {"s3:TlsVersion": 1.20}})));
    let above = |border: &str| under(&json!({"NumericGreaterThanEquals": {"s3:TlsVersion": border}}));
    proven(&above("1.2"), &modern);
    proven(&above("1.25"), &above("1.2"));
    assert_eq!(assumed(&above("1.2"), &above("1.25"), "s3:tlsversion"), ["1.2"]);
    let over = under(&json!({"NumericGreaterThan": {"s3:TlsVersion": "1.2"}}));
    assert_eq!(assumed(&above("1.2"), &over, "s3:tlsversion"), ["1.2"]);
    assert_eq!(assumed(&over, &above("1.25"), "s3:tlsversion"), ["1.21"]);
    // What is no number is never equal to one for sure, and does not stand in the way of the others.
    let odd = |values: Value| under(&json!({"NumericEquals": {"s3:max-keys": values}}));
    proven(&odd(json!(["7"])), &odd(json!(["7", "many"])));
    proven(&odd(json!(["many"])), &odd(json!(["7", "many"])));
    assert!(matches!(ask(&odd(json!(["many"])), &odd(json!(["7"]))), Comparison::Undecided { .. }));
}

#[test]
fn seconds_and_dates_are_the_same_points_in_time() {
    let all = policy(&json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}));
    let until = |key: &str, border: &str| but(&json!({"DateLessThan": {key: border}}));
    let seconds = until("aws:EpochTime", "1767225600");
    proven(&seconds, &all);
    assert_eq!(assumed(&all, &seconds, "aws:epochtime"), ["1767225599"]);
    for same in ["2026-01-01T00:00:00Z", "2026-01-01", "2026-01-01T02:00:00+02:00"] {
        proven(&seconds, &until("aws:EpochTime", same));
        proven(&until("aws:EpochTime", same), &seconds);
        proven(&until("aws:CurrentTime", same), &until("aws:CurrentTime", "1767225600"));
    }
    let later = until("aws:CurrentTime", "1767225601");
    proven(&later, &until("aws:CurrentTime", "2026-01-01"));
    assert_eq!(assumed(&until("aws:CurrentTime", "2026-01-01"), &later, "aws:currenttime"), ["2026-01-01T00:00:00Z"]);
    // The one key that numeric operators may compare as well.
    let number = but(&json!({"NumericLessThan": {"aws:EpochTime": "1767225600"}}));
    proven(&number, &seconds);
    proven(&seconds, &number);
}

#[test]
fn bytes_are_equal_or_not() {
    let bytes = |values: Value| under(&json!({"BinaryEquals": {"x:digest": values}}));
    proven(&bytes(json!("QQ==")), &bytes(json!(["QUI=", "QQ=="])));
    assert_eq!(assumed(&bytes(json!(["QUI=", "QQ=="])), &bytes(json!("QQ==")), "x:digest"), ["QUI="]);
    let not = but(&json!({"BinaryEquals": {"x:digest": "AAAA"}}));
    refuted(&not, &bytes(json!("QQ==")));
    // No encoder writes it so, hence it is not known whether it is what another spells.
    assert!(matches!(ask(&bytes(json!("QR==")), &bytes(json!("QQ=="))), Comparison::Undecided { .. }));
}

#[test]
fn variables_in_values_are_bound_to_show_a_difference() {
    let list = |prefixes: Value| {
        policy(&json!({
            "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::homes",
            "Condition": {"StringLike": {"s3:prefix": prefixes}},
        }))
    };
    let objects = policy(&json!({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::homes/home/${aws:username}/*",
    }));
    let homes = list(json!(["", "home/", "home/${aws:username}/*"]));
    let found = refuted(&homes, &objects);
    assert_eq!(
        (found.action.to_string(), found.resource.to_string()),
        ("s3:ListBucket".into(), "arn:aws:s3:::homes".into())
    );
    // With the variable alone a user has to be named.
    let own = list(json!("home/${aws:username}/*"));
    let found = refuted(&own, &objects);
    let (name, prefix) = (&found.assumed["aws:username"][0], &found.assumed["s3:prefix"][0]);
    assert!(prefix.starts_with(&format!("home/{name}/")), "{found:?}");
    proven(&own, &homes);
    proven(&own, &list(json!("home/*")));
    refuted(&list(json!("home/*")), &own);
    refuted(&list(json!("home/bob/*")), &list(json!(["", "home/${aws:username}/*"])));
    // A prefix that no value of the variable makes is outside for sure, whoever asks.
    proven(&list(json!("logs/")), &but(&json!({"StringLike": {"s3:prefix": "home/${aws:username}/*"}})));
    // A key whose value is asked to be its own is not taken for a class of values.
    let itself = |version: &str| {
        let mut document = under(&json!({"StringEquals": {"aws:username": "${aws:username}"}}));
        document.version = Some(version.to_owned());
        document
    };
    proven(&itself("2012-10-17"), &itself("2012-10-17"));
    assert!(!ask(&itself("2008-10-17"), &itself("2012-10-17")).is_proven());
}

#[test]
fn operators_that_iam_does_not_have_mean_the_same_to_deciding_and_comparing() {
    let odd = |values: Value| under(&json!({"NullIfExists": {"aws:TokenIssueTime": values}}));
    proven(&odd(json!("true")), &odd(json!("true")));
    let answer = ask(&odd(json!("true")), &under(&json!({"Null": {"aws:TokenIssueTime": "true"}})));
    let Comparison::Undecided { why: Undecided::Depends { on, .. } } = &answer else { panic!("{answer:?}") };
    assert!(on.iter().any(|line| line.starts_with("nullifexists")), "{on:?}");
}

#[test]
fn two_stars_are_one() {
    let on = |resource: &str| policy(&json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}));
    for (stars, star) in [("**", "*"), ("***", "*"), ("arn:aws:s3:::a**/b", "arn:aws:s3:::a*/b")] {
        proven(&on(stars), &on(star));
        proven(&on(star), &on(stars));
    }
    let every = |actions: &str| policy(&json!({"Effect": "Allow", "Action": actions, "Resource": "*"}));
    for stars in ["**", "*:*", "**:**"] {
        proven(&every("*"), &every(stars));
    }
    proven(&every("s3:*"), &every("s3:**"));
    assert_eq!(
        on("**").to_string_compact(),
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"**"}}"#
    );
}

#[test]
fn entries_that_match_nothing_grant_and_deny_nothing() {
    let of = |actions: Value| policy(&json!({"Effect": "Allow", "Action": actions, "Resource": "*"}));
    let plain = of(json!("sqs:SendMessage"));
    for odd in ["s3:GetObject ", "s3:GetObject,PutObject", "s3:"] {
        let with = of(json!([odd, "sqs:SendMessage"]));
        proven(&with, &plain);
        proven(&plain, &with);
        proven(&of(json!(odd)), &of(json!([])));
        let all = of(json!("*"));
        let denied = policy(&json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": odd, "Resource": "*"},
        ]));
        proven(&all, &denied);
        let spared = policy(&json!({"Effect": "Allow", "NotAction": [odd, "sqs:*"], "Resource": "*"}));
        proven(&of(json!("s3:*")), &spared);
        refuted(&all, &spared);
        assert_eq!(of(json!(odd)).to_value()["Statement"]["Action"], odd);
    }
}
