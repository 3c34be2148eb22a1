//! Decisions by the documented rules, one row each.

use std::borrow::Borrow;

use serde_json::{Value, json};

use super::*;

const OBJECT: &str = "arn:aws:s3:::home/alice/x";

/// What a document of these statements says to `s3:GetObject` on [`OBJECT`].
fn decide(statements: impl Borrow<Value>, context: &Context) -> Decision {
    decide_for("s3:GetObject", OBJECT, statements, context)
}

fn decide_for(action: &str, resource: &str, statements: impl Borrow<Value>, context: &Context) -> Decision {
    let document = json!({"Version": "2012-10-17", "Statement": statements.borrow()});
    let documents = [PolicyDocument::from_value(document).unwrap()];
    let (action, arn) = (action.parse().unwrap(), resource.parse::<Arn>().ok());
    let resource = arn.as_ref().map_or(RequestResource::Any, RequestResource::Arn);
    evaluate(&documents, &Request { principal: None, action: &action, resource, context })
}

/// Whether a condition lets the request through: yes, no, or not known.
fn condition(block: impl Borrow<Value>, context: &Context) -> Option<bool> {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block.borrow()});
    match decide(statement, context) {
        Decision::Allowed { .. } => Some(true),
        Decision::ImplicitDeny => Some(false),
        Decision::Depends { .. } => None,
        Decision::ExplicitDeny { .. } => panic!("nothing denies"),
    }
}

fn depends(keys: &[&str]) -> Decision {
    Decision::Depends { missing: keys.iter().map(ToString::to_string).collect() }
}

#[test]
fn a_deny_decides_wherever_it_stands() {
    let allow = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let deny = json!({"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"});
    let closed = Context::closed();
    assert_eq!(decide(json!([allow, deny]), &closed), Decision::ExplicitDeny { document: 0, statement: 1 });
    assert_eq!(decide(json!([deny, allow]), &closed), Decision::ExplicitDeny { document: 0, statement: 0 });
    assert_eq!(decide(json!([]), &closed), Decision::ImplicitDeny);
}

#[test]
fn what_may_deny_leaves_the_answer_open() {
    let allow = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let may_deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    let open = Context::open();
    assert_eq!(decide(json!([allow, may_deny]), &open), depends(&["aws:securetransport"]));
    assert_eq!(decide(json!([may_deny]), &open), Decision::ImplicitDeny);
    let secure = Context::open().with("aws:SecureTransport", ["true"]);
    assert!(decide(json!([allow, may_deny]), &secure).is_allowed());
}

#[test]
fn what_may_allow_is_never_allowed() {
    let open = Context::open();
    let guarded = |block: Value| json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block});
    assert_eq!(decide(guarded(json!({"StringEquals": {"aws:A": "x"}})), &open), depends(&["aws:a"]));
    assert_eq!(decide(guarded(json!({"StringSounds": {"aws:A": "x"}})), &open), depends(&["StringSounds"]));
    let carried = [
        (json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}), "Principal"),
        (json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Novelty": 1}), "Novelty"),
        (json!({"Effect": "Allow", "Action": "*", "Principal": "*"}), "Resource"),
        (json!({"Effect": "Allow", "Action": "*", "Resource": "${BUCKET}/*"}), "${BUCKET}/*"),
    ];
    for (statement, what) in carried {
        let Decision::Depends { missing } = decide(statement, &Context::closed()) else { panic!("{what}") };
        assert!(missing.contains(what), "{missing:?}");
    }
    // A condition that surely fails decides, whatever is unknown beside it.
    let failing = json!({"StringEquals": {"aws:A": "x"}, "Bool": {"aws:B": "true"}});
    assert_eq!(decide(guarded(failing), &Context::open().with("aws:b", ["false"])), Decision::ImplicitDeny);
}

#[test]
fn not_action_and_not_resource_mean_all_else() {
    let closed = Context::closed();
    let allowed = |statement| decide(statement, &closed).is_allowed();
    assert!(allowed(json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})));
    assert!(!allowed(json!({"Effect": "Allow", "NotAction": ["iam:*", "S3:get*"], "Resource": "*"})));
    assert!(allowed(json!({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::logs/*"})));
    assert!(!allowed(json!({"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::home/*"]})));
    let list = |resource: Value| {
        decide_for(
            "s3:ListAllMyBuckets",
            "*",
            json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": resource}),
            &closed,
        )
    };
    assert!(list(json!("*")).is_allowed());
    assert_eq!(list(json!("arn:aws:s3:::*")), Decision::ImplicitDeny);
}

#[test]
fn variables_take_their_value_from_the_request() {
    let home = |resource: &str| json!({"Effect": "Allow", "Action": "*", "Resource": resource});
    let alice = Context::closed().with("aws:username", ["alice"]);
    let star = Context::closed().with("aws:username", ["*"]);
    let own = home("arn:aws:s3:::home/${aws:username}/*");
    assert!(decide(own.clone(), &alice).is_allowed());
    assert_eq!(decide(own.clone(), &star), Decision::ImplicitDeny);
    assert_eq!(decide(own.clone(), &Context::closed()), Decision::ImplicitDeny);
    assert_eq!(decide(own, &Context::open()), depends(&["aws:username"]));
    assert_eq!(decide(home("arn:aws:s3:::logs/${aws:username}"), &Context::open()), Decision::ImplicitDeny);
    let default = home("arn:aws:s3:::home/${aws:username, 'alice'}/*");
    assert!(decide(default.clone(), &Context::closed()).is_allowed());
    assert_eq!(decide(default, &Context::closed().with("aws:username", ["bob"])), Decision::ImplicitDeny);
    let all_but = json!({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::home/${aws:username}/*"});
    assert_eq!(decide(all_but, &Context::closed()), depends(&["aws:username"]));
    assert_eq!(decide(home("arn:aws:s3:::home/${NAME}/*"), &Context::closed()), depends(&["name"]));
}

#[test]
fn documents_without_the_version_have_no_variables() {
    let decide = |resource: &str| {
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::home/${aws:username}"});
        let documents = [PolicyDocument::from_value(json!({"Statement": statement})).unwrap()];
        let (action, arn) = ("s3:GetObject".parse().unwrap(), resource.parse().unwrap());
        let context = Context::closed().with("aws:username", ["alice"]);
        let resource = RequestResource::Arn(&arn);
        evaluate(&documents, &Request { principal: None, action: &action, resource, context: &context })
    };
    assert_eq!(decide("arn:aws:s3:::home/alice"), Decision::ImplicitDeny);
    assert!(decide("arn:aws:s3:::home/${aws:username}").is_allowed());
}

#[test]
fn the_principal_gives_the_keys_that_follow_from_it() {
    let ask = |arn: &str, block: Value| {
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block});
        let document = json!({"Version": "2012-10-17", "Statement": statement});
        let documents = [PolicyDocument::from_value(document).unwrap()];
        let (principal, action, context) =
            (Principal::from_arn(arn).unwrap(), "s3:GetObject".parse().unwrap(), Context::open());
        let resource = RequestResource::Any;
        evaluate(&documents, &Request { principal: Some(&principal), action: &action, resource, context: &context })
    };
    let (user, role) = ("arn:aws:iam::111122223333:user/ops/alice", "arn:aws:iam::111122223333:role/ops/deploy");
    assert!(ask(user, json!({"StringEquals": {"aws:username": "alice"}})).is_allowed());
    assert_eq!(ask(role, json!({"StringEquals": {"aws:username": "alice"}})), Decision::ImplicitDeny);
    assert!(ask(role, json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}})).is_allowed());
    assert!(ask(role, json!({"StringEquals": {"aws:PrincipalAccount": "111122223333"}})).is_allowed());
    assert_eq!(ask(role, json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}})), depends(&["aws:sourcevpc"]));
}

#[test]
fn each_operator_compares_as_documented() {
    let arn = "arn:aws:sns:eu-west-1:111122223333:a:b";
    let rows = [
        ("StringEquals", "Ab", "Ab", true),
        ("StringEquals", "A*", "Ab", false),
        ("StringEquals", "A*", "A*", true),
        ("StringEquals", "a", "A", false),
        ("StringNotEquals", "a", "A", true),
        ("StringEqualsIgnoreCase", "aB", "Ab", true),
        ("StringNotEqualsIgnoreCase", "aB", "Ab", false),
        ("StringLike", "A?c*", "Abcd", true),
        ("StringLike", "a*", "Abcd", false),
        ("StringNotLike", "A*", "Abcd", false),
        ("stringlike", "${*}b", "*b", true),
        ("ArnLike", "arn:aws:sns:*:111122223333:a*", arn, true),
        ("ArnEquals", "arn:aws:sns:*:a*", arn, false),
        ("StringLike", "arn:aws:sns:*:a*", arn, true),
        ("ArnNotEquals", "arn:aws:sns:*:111122223333:a*", arn, false),
        ("ArnNotLike", "arn:aws:sqs:*:*:*", arn, true),
        ("NumericEquals", "7", "7.0", true),
        ("NumericNotEquals", "7", "8", true),
        ("NumericLessThan", "7", "6.9", true),
        ("NumericLessThan", "7", "7", false),
        ("NumericLessThanEquals", "7", "7", true),
        ("NumericGreaterThan", "7", "10", true),
        ("NumericGreaterThanEquals", "7", "6", false),
        ("DateEquals", "2026-01-02T00:00:00Z", "2026-01-02T01:00:00+01:00", true),
        ("DateNotEquals", "2026-01-02", "2026-01-03", true),
        ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-01T23:59:59Z", true),
        ("DateLessThanEquals", "1767312000", "2026-01-02", true),
        ("DateGreaterThan", "2026-01-02", "2026-01-01", false),
        ("DateGreaterThanEquals", "2026-01-02", "2026-01-02", true),
        ("Bool", "true", "True", true),
        ("Bool", "false", "true", false),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", true),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", false),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", true),
        ("IpAddress", "203.0.113.0/24", "203.0.114.9", false),
        ("NotIpAddress", "203.0.113.0/24", "203.0.114.9", true),
        ("NotIpAddress", "2001:db8::/32", "2001:db8::9", false),
    ];
    for (operator, policy, request, expected) in rows {
        let context = Context::closed().with("aws:Key", [request]);
        for name in [operator.to_owned(), format!("{operator}IfExists")] {
            assert_eq!(
                condition(json!({ name.as_str(): {"AWS:key": policy} }), &context),
                Some(expected),
                "{name} {policy} {request}"
            );
        }
    }
}

#[test]
fn values_that_an_operator_cannot_compare_leave_it_open() {
    let rows = [
        ("NumericLessThan", "many", "1"),
        ("NumericNotEquals", "1", "one"),
        ("NumericLessThan", "1e3", "1"),
        ("DateLessThan", "tomorrow", "2026-01-01"),
        ("Bool", "${aws:x}", "true"),
        ("Bool", "true", "yes"),
        ("NotIpAddress", "203.0.113.0/24", "AWS Internal"),
        ("BinaryEquals", "QQ==", "QR=="),
    ];
    for (operator, policy, request) in rows {
        let context = Context::closed().with("aws:Key", [request]);
        assert_eq!(
            condition(json!({ operator: {"aws:Key": policy} }), &context),
            None,
            "{operator} {policy} {request}"
        );
    }
    let several = Context::closed().with("aws:Key", ["a", "b"]);
    assert_eq!(condition(json!({"StringEquals": {"aws:Key": "a"}}), &several), None);
}

#[test]
fn a_missing_key_fails_what_is_asked_and_passes_what_is_excluded() {
    let closed = Context::closed();
    let rows = [
        ("StringEquals", Some(false)),
        ("StringNotEquals", Some(true)),
        ("StringEqualsIfExists", Some(true)),
        ("StringNotEqualsIfExists", Some(true)),
        ("ForAllValues:StringEquals", Some(true)),
        ("ForAllValues:StringNotEquals", Some(true)),
        ("ForAnyValue:StringEquals", Some(false)),
        ("ForAnyValue:StringNotEquals", Some(false)),
        ("ForAnyValue:StringEqualsIfExists", None),
    ];
    for (operator, expected) in rows {
        assert_eq!(condition(json!({ operator: {"aws:Key": "a"} }), &closed), expected, "{operator}");
        assert_eq!(condition(json!({ operator: {"aws:Key": "a"} }), &Context::open()), None, "{operator}");
    }
    let present = Context::open().with("aws:Key", ["a"]);
    let absent = Context::open().with("aws:Key", [""; 0]);
    for (value, context, expected) in [
        (json!("true"), &present, false),
        (json!("false"), &present, true),
        (json!(true), &absent, true),
        (json!(["false"]), &absent, false),
    ] {
        assert_eq!(condition(json!({"Null": {"aws:Key": value}}), context), Some(expected));
    }
}

#[test]
fn set_operators_look_at_every_value() {
    let two = Context::closed().with("aws:TagKeys", ["a", "b"]);
    let rows = [
        ("ForAllValues:StringEquals", json!(["a", "b", "c"]), true),
        ("ForAllValues:StringEquals", json!("a"), false),
        ("ForAnyValue:StringEquals", json!("a"), true),
        ("ForAnyValue:StringEquals", json!("c"), false),
        ("ForAllValues:StringNotEquals", json!("c"), true),
        ("ForAllValues:StringNotEquals", json!("a"), false),
        ("ForAnyValue:StringNotEquals", json!("a"), true),
        ("ForAnyValue:StringNotLike", json!("*"), false),
    ];
    for (operator, values, expected) in rows {
        assert_eq!(condition(json!({ operator: {"aws:TagKeys": values} }), &two), Some(expected), "{operator}");
    }
}

#[test]
fn variables_in_conditions_are_replaced() {
    let alice = Context::closed().with("aws:username", ["alice"]).with("aws:PrincipalTag/owner", ["alice"]);
    let ask = |operator: &str, value: &str, context: &Context| {
        condition(json!({ operator: {"aws:PrincipalTag/owner": value} }), context)
    };
    assert_eq!(ask("StringEquals", "${aws:username}", &alice), Some(true));
    assert_eq!(ask("StringLike", "al${aws:none, 'i'}*", &alice), Some(true));
    assert_eq!(ask("StringEquals", "${aws:none}", &alice), Some(false));
    assert_eq!(ask("StringNotEquals", "${aws:none}", &alice), Some(true));
    let unknown = Context::open().with("aws:PrincipalTag/owner", ["alice"]);
    assert_eq!(ask("StringEquals", "${aws:username}", &unknown), None);
}
