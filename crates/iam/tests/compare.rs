//! Comparing policies: what each part of the language means for inclusion.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail the test, and takes what `json!` makes"
)]

use serde_json::{Value, json};
use tighten_iam::{
    ActionName, Budget, Comparison, Counterexample, Decision, PolicyDocument, Request, RequestedResource, Undecided,
    allows_all, compare, evaluate,
};

fn policy(statements: Value) -> PolicyDocument {
    PolicyDocument::from_value(json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn allow(actions: &[&str], resources: &[&str]) -> PolicyDocument {
    policy(json!({"Effect": "Allow", "Action": actions, "Resource": resources}))
}

fn under(condition: Value) -> PolicyDocument {
    policy(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}))
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
    let found = answer.counterexample().unwrap_or_else(|| panic!("{answer:?}")).clone();
    let context = found.context();
    let request =
        Request { principal: None, action: &found.action, resource: found.resource.as_request(), context: &context };
    let decide = |document| evaluate(std::slice::from_ref(document), &request);
    assert_eq!(decide(inner), Decision::Allowed { document: found.document, statement: found.statement });
    let denied = found
        .denied_by
        .map_or(Decision::ImplicitDeny, |(document, statement)| Decision::ExplicitDeny { document, statement });
    assert_eq!(decide(outer), denied);
    found
}

#[track_caller]
fn undecided(inner: &PolicyDocument, outer: &PolicyDocument) -> Undecided {
    match ask(inner, outer) {
        Comparison::Undecided { why } => why,
        decided => panic!("{decided:?}"),
    }
}

#[test]
fn several_patterns_cover_together() {
    let letters: Vec<String> = ('a'..='z').chain('0'..='9').map(|c| format!("s3:{c}*")).collect();
    let mut letters: Vec<&str> = letters.iter().map(String::as_str).collect();
    assert_eq!(refuted(&allow(&["s3:*"], &["*"]), &allow(&letters, &["*"])).action.name().len(), 1);
    // With these no character is left that an action's name could start with.
    letters.extend(["s3:-*", "s3:_*", "s3:.*"]);
    proven(&allow(&["s3:*"], &["*"]), &allow(&letters, &["*"]));
    // A resource's name may start with any character.
    let names: Vec<String> =
        (' '..='\u{ff}').map(|c| format!("arn:aws:s3:::{}*", tighten_iam::escape_literal(&c.to_string()))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = refuted(&allow(&["s3:*"], &["arn:aws:s3:::*"]), &allow(&["s3:*"], &names));
    assert!(matches!(found.resource, RequestedResource::Arn(_)));
    proven(&allow(&["s3:*"], &["arn:aws:s3:::*"]), &allow(&["s3:*"], &["arn:aws:s3:::?", "arn:aws:s3:::??*"]));
}

#[test]
fn statements_cover_together_where_actions_and_resources_interlock() {
    let both = allow(&["s3:Get*", "s3:Put*"], &["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]);
    let crossed = policy(json!([
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/*"},
        {"Effect": "Allow", "Action": "s3:Put*", "Resource": "arn:aws:s3:::b/*"},
    ]));
    proven(&crossed, &both);
    let found = refuted(&both, &crossed);
    assert_eq!((found.document, found.statement), (0, 0));
    let complete = policy(json!([
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]},
        {"Effect": "Allow", "Action": "s3:P*", "Resource": "arn:aws:s3:::b*"},
        {"Effect": "Allow", "Action": "s3:*u*", "Resource": "arn:aws:s3:::a*"},
    ]));
    proven(&both, &complete);
}

#[test]
fn documents_of_one_side_count_together() {
    let (get, put) = (allow(&["s3:Get*"], &["*"]), allow(&["s3:Put*"], &["*"]));
    let both = allow(&["s3:Get*", "s3:Put*"], &["*"]);
    assert!(compare(std::slice::from_ref(&both), &[get.clone(), put.clone()], Budget::default()).is_proven());
    assert!(compare(&[get.clone(), put.clone()], std::slice::from_ref(&both), Budget::default()).is_proven());
    let answer = compare(&[get.clone(), put], &[get], Budget::default());
    assert_eq!(answer.counterexample().map(|found| (found.document, found.statement)), Some((1, 0)));
    assert!(compare(&[], &[], Budget::default()).is_proven() && compare(&[], &[both], Budget::default()).is_proven());
}

#[test]
fn not_action_is_held_against_lists_of_actions() {
    let most = policy(json!({"Effect": "Allow", "NotAction": ["iam:*", "sts:Assume*"], "Resource": "*"}));
    proven(&allow(&["s3:*", "sts:GetCallerIdentity"], &["*"]), &most);
    assert_eq!(refuted(&allow(&["*"], &["*"]), &most).action.service(), "iam");
    assert_eq!(refuted(&allow(&["sts:*"], &["*"]), &most).action.to_string(), "sts:Assume");
    proven(&most, &allow(&["*"], &["*"]));
    assert!(!["s3", "iam", "sts"].contains(&refuted(&most, &allow(&["s3:*"], &["*"])).action.service()));
    let less = policy(json!({"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}));
    proven(&less, &most);
    refuted(&most, &less);
    let rest = policy(json!([
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
    ]));
    proven(&allow(&["*"], &["*"]), &rest);
}

#[test]
fn not_resource_is_held_against_lists_of_resources() {
    let most = policy(json!({"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::secret*"]}));
    proven(&allow(&["s3:*"], &["arn:aws:s3:::logs/*"]), &most);
    let found = refuted(&allow(&["s3:*"], &["arn:aws:s3:::s*"]), &most);
    assert!(found.resource.to_string().starts_with("arn:aws:s3:::secret"));
    let rest = policy(json!([
        {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret*"},
        {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::logs*"},
    ]));
    proven(&allow(&["s3:*"], &["*"]), &rest);
    // The one request that is about no resource is matched by `*`, and by what excludes nothing but ARNs.
    proven(&most, &allow(&["s3:*"], &["*"]));
    let found = refuted(&most, &allow(&["s3:*"], &["arn:*"]));
    assert_eq!(found.resource, RequestedResource::Any);
}

#[test]
fn denies_subtract_and_object() {
    let guarded = policy(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::prod-*"},
    ]));
    let open = allow(&["s3:*"], &["*"]);
    proven(&guarded, &open);
    proven(&guarded, &guarded);
    let found = refuted(&open, &guarded);
    assert_eq!(found.denied_by, Some((0, 1)));
    assert_eq!(found.action.to_string(), "s3:Delete");
    proven(&allow(&["s3:Delete*"], &["arn:aws:s3:::test-*"]), &guarded);
    let without_deletes = policy(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "NotAction": ["s3:Get*", "s3:List*"], "Resource": "*"},
    ]));
    proven(&without_deletes, &allow(&["s3:Get*", "s3:List*"], &["*"]));
    proven(&allow(&["s3:Get*", "s3:List*"], &["*"]), &without_deletes);
    let elsewhere = policy(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::logs/*"},
    ]));
    proven(&elsewhere, &allow(&["s3:*"], &["arn:aws:s3:::logs/*"]));
    assert_eq!(refuted(&open, &elsewhere).denied_by, Some((0, 1)));
}

#[test]
fn case_counts_in_resources_alone() {
    proven(&allow(&["S3:GETOBJECT*"], &["*"]), &allow(&["s3:getobject*"], &["*"]));
    let found = refuted(&allow(&["s3:GetObject", "s3:PutObjectAcl"], &["*"]), &allow(&["s3:GET*"], &["*"]));
    assert_eq!(found.action.as_str(), "s3:PutObjectAcl");
    refuted(&allow(&["s3:*"], &["arn:aws:s3:::Logs"]), &allow(&["s3:*"], &["arn:aws:s3:::logs"]));
}

#[test]
fn escapes_are_characters() {
    let star = allow(&["s3:*"], &["arn:aws:s3:::a${*}"]);
    let any = allow(&["s3:*"], &["arn:aws:s3:::a*"]);
    proven(&star, &any);
    assert!(refuted(&any, &star).resource.to_string().starts_with("arn:aws:s3:::a"));
    assert_eq!(refuted(&star, &allow(&["s3:*"], &["arn:aws:s3:::a${?}"])).resource.to_string(), "arn:aws:s3:::a*");
    // The language of 2008 has neither variables nor escapes.
    let mut old = allow(&["s3:*"], &["arn:aws:s3:::${a}/*"]);
    old.version = None;
    proven(&old, &allow(&["s3:*"], &["arn:aws:s3:::${$}{a}/*"]));
    assert_eq!(refuted(&old, &allow(&["s3:*"], &["arn:aws:s3:::a*"])).resource.to_string(), "arn:aws:s3:::${a}/");
}

#[test]
fn wildcards_stay_within_their_segment() {
    let inner = allow(&["sqs:*"], &["arn:aws:sqs:*:*:jobs"]);
    proven(&inner, &allow(&["sqs:*"], &["arn:aws:sqs"]));
    proven(&inner, &allow(&["sqs:*"], &["arn:aws:sqs:*:*:j*s"]));
    proven(&inner, &allow(&["sqs:*"], &["arn:aws:s*:*:*:jobs"]));
    refuted(&allow(&["sqs:*"], &["arn:aws:sqs*"]), &allow(&["sqs:*"], &["arn:aws:sqs:*:*:*:*"]));
    proven(&allow(&["logs:*"], &["arn:aws:logs:*:1:log-group:a:*"]), &allow(&["logs:*"], &["arn:aws:logs:*:*:*"]));
    let found = refuted(&allow(&["ec2:Describe*"], &["*"]), &allow(&["ec2:*"], &["arn:aws:ec2:*:*:*"]));
    assert_eq!(found.resource, RequestedResource::Any);
    // No ARN has an empty partition, service or resource.
    proven(&allow(&["s3:*"], &["arn:aws:s3:::*"]), &allow(&["s3:*"], &["arn:aws:s3:::?*"]));
    proven(&allow(&["s3:*"], &["arn:aws:s3:::", "arn::s3:::x", "arn:aws::::x"]), &policy(json!([])));
    refuted(&allow(&["s3:*"], &["arn:aws:s3:*::a"]), &allow(&["s3:*"], &["arn:aws:s3:?*::a"]));
}

#[test]
fn conditions_may_only_get_stronger() {
    let team = |operator: &str, values: Value| under(json!({operator: {"aws:PrincipalTag/team": values}}));
    let free = allow(&["s3:*"], &["*"]);
    let one = team("StringEquals", json!("a"));
    proven(&one, &free);
    let found = refuted(&free, &one);
    assert!(found.assumed.get("aws:principaltag/team").is_none_or(|values| values[0] != "a"));
    proven(&one, &team("stringequals", json!(["b", "a"])));
    proven(&one, &team("StringLike", json!("?")));
    proven(&one, &team("StringEqualsIfExists", json!("a")));
    proven(&one, &team("StringEqualsIgnoreCase", json!("A")));
    proven(&one, &team("StringNotEquals", json!("b")));
    proven(&one, &under(json!({"Null": {"aws:PrincipalTag/team": "false"}})));
    assert_eq!(refuted(&team("StringEquals", json!(["a", "b"])), &one).assumed["aws:principaltag/team"], ["b"]);
    let found = refuted(&team("StringEqualsIfExists", json!("a")), &one);
    assert!(found.assumed.is_empty());
    proven(&team("StringNotEquals", json!(["a", "b"])), &team("StringNotEquals", json!("b")));
    refuted(&team("StringNotEquals", json!("b")), &team("StringNotEquals", json!(["a", "b"])));
    proven(&team("StringNotLike", json!("a*")), &team("StringNotEquals", json!("ab")));
    let either = policy(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "a"}}},
    ]));
    proven(&free, &either);
}

#[test]
fn numbers_dates_addresses_and_arns_are_ordered() {
    let age = |operator: &str, value: &str| under(json!({operator: {"aws:MultiFactorAuthAge": value}}));
    proven(&age("NumericLessThan", "300"), &age("NumericLessThanEquals", "300"));
    proven(&age("NumericLessThan", "300"), &age("NumericLessThan", "3600"));
    refuted(&age("NumericLessThanEquals", "300"), &age("NumericLessThan", "300"));
    let time = |operator: &str, value: &str| under(json!({operator: {"aws:CurrentTime": value}}));
    proven(&time("DateLessThan", "2026-01-01"), &time("DateLessThan", "2026-01-01T00:00:01Z"));
    refuted(&time("DateGreaterThan", "2026-01-01T00:00:00Z"), &time("DateGreaterThan", "2026-01-02T00:00:00Z"));
    let from = |operator: &str, value: Value| under(json!({operator: {"aws:SourceIp": value}}));
    proven(&from("IpAddress", json!("10.1.0.0/16")), &from("IpAddress", json!(["10.0.0.0/9", "192.0.2.0/24"])));
    proven(&from("IpAddress", json!("10.0.0.0/8")), &from("IpAddress", json!(["10.0.0.0/9", "10.128.0.0/9"])));
    assert!(refuted(&from("IpAddress", json!("10.0.0.0/8")), &from("IpAddress", json!("10.0.0.0/9"))).assumed["aws:sourceip"][0].starts_with("10."));
    proven(&from("NotIpAddress", json!(["10.0.0.0/8", "::/0"])), &from("NotIpAddress", json!("10.0.0.0/16")));
    let source = |operator: &str, value: &str| under(json!({operator: {"aws:SourceArn": value}}));
    proven(&source("ArnEquals", "arn:aws:sns:*:1:a"), &source("ArnLike", "arn:aws:sns:*:1:*"));
    refuted(&source("ArnLike", "arn:aws:sns:*:1:*"), &source("ArnLike", "arn:aws:sns:*:1:a"));
    proven(&source("ArnNotLike", "arn:aws:sns:*:1:*"), &source("ArnNotLike", "arn:aws:sns:*:1:a*"));
    let secure = |value: &str| under(json!({"Bool": {"aws:SecureTransport": value}}));
    proven(&secure("true"), &secure("true"));
    assert_eq!(refuted(&secure("false"), &secure("true")).assumed["aws:securetransport"], ["false"]);
}

#[test]
fn sets_of_values_are_told_apart() {
    let tags = |operator: &str, values: Value| under(json!({operator: {"aws:TagKeys": values}}));
    proven(&tags("ForAllValues:StringEquals", json!("a")), &tags("ForAllValues:StringLike", json!("?")));
    proven(&tags("ForAnyValue:StringEquals", json!("a")), &tags("ForAnyValue:StringEquals", json!(["a", "b"])));
    assert_eq!(
        refuted(&tags("ForAnyValue:StringEquals", json!("a")), &tags("ForAllValues:StringEquals", json!("a"))).assumed
            ["aws:tagkeys"]
            .len(),
        2
    );
    refuted(&tags("ForAllValues:StringEquals", json!("a")), &tags("ForAnyValue:StringEquals", json!("a")));
}

#[test]
fn an_empty_value_does_not_stand_for_other_values() {
    let tags = |operator: &str, values: Value| under(json!({operator: {"aws:TagKeys": values}}));
    let (neither, only) =
        (tags("ForAllValues:StringNotEquals", json!(["a", "b"])), tags("ForAllValues:StringEquals", json!("b")));
    assert_eq!(refuted(&neither, &only).assumed["aws:tagkeys"].len(), 1);
    let guarded = policy(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Condition": {"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a", "b"]}}},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Null": {"aws:x": "true"}}},
    ]));
    refuted(&guarded, &only);
}

#[test]
fn conditional_denies_subtract_only_where_they_surely_hold() {
    let guarded = |condition: Value| {
        policy(json!([
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition},
        ]))
    };
    let outside = json!({"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}});
    let inside = under(json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}));
    proven(&guarded(outside.clone()), &inside);
    proven(&inside, &guarded(outside.clone()));
    proven(&guarded(outside.clone()), &guarded(outside.clone()));
    let wider = guarded(json!({"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"]}}));
    proven(&guarded(outside.clone()), &wider);
    assert_eq!(refuted(&wider, &guarded(outside)).assumed["aws:requestedregion"], ["eu-west-2"]);
    // No key can have two regions, so the deny never holds.
    let never = json!({"StringEquals": {"aws:RequestedRegion": "a"}, "StringLike": {"aws:RequestedRegion": "b*"}});
    proven(&allow(&["s3:*"], &["*"]), &guarded(never));
}

#[test]
fn policy_variables_are_the_same_on_both_sides() {
    let home = allow(&["s3:*"], &["arn:aws:s3:::home/${aws:username}/*"]);
    proven(&home, &home);
    proven(&home, &allow(&["s3:*"], &["arn:aws:s3:::home/*"]));
    proven(&allow(&["s3:Get*"], &["arn:aws:s3:::home/${aws:username}/docs/*"]), &home);
    let found = refuted(&allow(&["s3:*"], &["arn:aws:s3:::home/*"]), &home);
    assert!(found.resource.to_string().starts_with("arn:aws:s3:::home/"));
    let found = refuted(&home, &allow(&["s3:*"], &["arn:aws:s3:::logs/*"]));
    assert_eq!(found.assumed["aws:username"].len(), 1);
    let other = allow(&["s3:*"], &["arn:aws:s3:::home/${aws:userid}/*"]);
    refuted(&home, &other);
    let guarded = policy(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/secret"},
    ]));
    proven(&guarded, &guarded);
    proven(&guarded, &allow(&["s3:*"], &["*"]));
    proven(&allow(&["s3:*"], &["arn:aws:s3:::logs/*"]), &guarded);
    let values = |values: Value| under(json!({"StringLike": {"s3:prefix": values}}));
    proven(&values(json!("home/${aws:username}/a")), &values(json!(["", "home/${aws:username}/*"])));
}

#[test]
fn placeholders_and_unknown_operators_are_carried_over_or_undecided() {
    let template = |resource: &str| allow(&["s3:*"], &[resource]);
    proven(&template("${BUCKET_ARN}/*"), &template("${BUCKET_ARN}/*"));
    proven(&template("${BUCKET_ARN}/logs/*"), &template("${BUCKET_ARN}/*"));
    proven(&template("${BUCKET_ARN}/*"), &template("*"));
    proven(&template("arn:aws:s3:::${PREFIX}-*"), &template("arn:aws:s3:::*"));
    let why = undecided(&template("${BUCKET_ARN}/*"), &template("${OTHER_ARN}/*"));
    assert!(matches!(&why, Undecided::Depends { on, .. } if on.contains("${BUCKET_ARN}/*")), "{why:?}");
    let odd = |operator: &str| under(json!({operator: {"aws:x": "a"}}));
    proven(&odd("StringResembles"), &odd("StringResembles"));
    proven(&odd("StringResembles"), &allow(&["s3:*"], &["*"]));
    let why = undecided(&odd("StringResembles"), &odd("StringEquals"));
    assert!(why.to_string().contains("`stringresembles aws:x a`"), "{why}");
    let trust = policy(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "1"}}));
    proven(&trust, &trust);
    let other = policy(json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "2"}}));
    undecided(&trust, &other);
}

#[test]
fn one_grant_is_asked_for_alone() {
    let outer = [allow(&["s3:Get*"], &["arn:aws:s3:::a/*"]), allow(&["s3:Get*"], &["arn:aws:s3:::b/*"])];
    let ask = |action: &str, resource: &str| {
        allows_all(&outer, &action.parse().unwrap(), &resource.parse().unwrap(), Budget::default())
    };
    assert!(ask("s3:GetObject", "arn:aws:s3:::b/x").is_proven());
    assert!(!ask("s3:GetObject", "arn:aws:s3:::c/x").is_proven());
    assert!(ask("s3:*", "arn:aws:s3:::b/x").counterexample().is_some());
}

#[test]
fn counterexamples_can_name_an_action_that_exists() {
    let (inner, outer) = ([allow(&["s3:*"], &["*"])], [allow(&["s3:Get*"], &["*"])]);
    let answer = compare(&inner, &outer, Budget::default());
    let known: Vec<ActionName> =
        ["ec2:RunInstances", "s3:GetObject", "s3:PutObject"].map(|a| a.parse().unwrap()).into();
    let found = answer.counterexample().unwrap().with_action_among(&known, &inner, &outer).unwrap();
    assert_eq!(found.action.as_str(), "s3:PutObject");
    let printed = serde_json::to_value(&found).unwrap();
    assert_eq!(printed["action"], "s3:PutObject");
    assert!(printed["resource"].is_string());
}
