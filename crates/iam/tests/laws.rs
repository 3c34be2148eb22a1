//! The laws of the policy language, as properties: parsing and printing are inverse, and containment is right.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod naive;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tighten_iam::{
    ActionName, ActionPattern, Arn, PolicyDocument, Principal, ResourcePattern, Statement, escape_literal,
};

/// Patterns over two letters, wildcards and escapes.
fn small_pattern() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        4 => Just("a"),
        2 => Just("b"),
        3 => Just("*"),
        2 => Just("?"),
        1 => Just("${*}"),
        1 => Just("${?}"),
        1 => Just("${$}"),
    ];
    vec(token, 0..6).prop_map(|tokens| tokens.concat())
}

fn resource(name: &str) -> ResourcePattern {
    // The leading letter keeps the resource from being empty, which no ARN's is.
    format!("arn:aws:s3:::x{name}").parse().unwrap()
}

fn arn(name: &str) -> Arn {
    format!("arn:aws:s3:::x{name}").parse().unwrap()
}

fn action_text() -> impl Strategy<Value = String> {
    ("[a-z][a-z0-9-]{0,8}", "[A-Z][A-Za-z0-9]{0,12}").prop_map(|(service, name)| format!("{service}:{name}"))
}

fn action_pattern_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("*".to_owned()),
        ("[a-zA-Z][a-z0-9-]{0,8}", "[A-Za-z*?]{1,12}").prop_map(|(s, n)| format!("{s}:{n}"))
    ]
}

fn resource_text() -> impl Strategy<Value = String> {
    let segment = "([a-z0-9*?-]|\\$\\{[*?$]\\}){0,4}";
    let variable =
        prop_oneof![4 => Just(""), 1 => Just("${aws:username}"), 1 => Just("${aws:PrincipalTag/team, 'none'}")];
    let full =
        (segment, segment, segment, "[ -~é]{0,12}", variable).prop_map(|(service, region, account, name, variable)| {
            format!("arn:aws:{service}:{region}:{account}:{name}{variable}")
        });
    prop_oneof![1 => Just("*".to_owned()), 1 => "arn:aws(:[a-z*]{1,3}){0,3}", 1 => Just("${BUCKET}/*".to_owned()), 5 => full]
}

fn one_or_many(item: BoxedStrategy<String>) -> impl Strategy<Value = Value> {
    prop_oneof![item.clone().prop_map(Value::String), vec(item, 0..4).prop_map(|all| json!(all))]
}

fn condition() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(|n| json!(n)),
        "[ -~]{0,8}".prop_map(Value::String)
    ];
    let values = prop_oneof![scalar.clone(), vec(scalar, 0..3).prop_map(Value::Array)];
    let keys = vec(("(aws|s3):[A-Za-z/]{1,8}", values), 0..3).prop_map(|all| all.into_iter().collect::<Map<_, _>>());
    vec(("[A-Z][A-Za-z]{0,8}", keys.prop_map(Value::Object)), 0..3)
        .prop_map(|all| Value::Object(all.into_iter().collect()))
}

/// A statement with its keys in any order, some of them unknown.
fn statement() -> impl Strategy<Value = Value> {
    let optional = (
        proptest::option::of("[A-Za-z0-9]{0,8}"),
        proptest::option::of(condition()),
        proptest::option::of(Just(json!({"AWS": ["*", "111122223333"]}))),
        proptest::option::of(any::<u8>().prop_map(|n| json!({"note": [n]}))),
    );
    let actions = (any::<bool>(), one_or_many(action_pattern_text().boxed()));
    let resources = (any::<bool>(), one_or_many(resource_text().boxed()));
    (any::<bool>(), actions, resources, optional).prop_flat_map(|(allow, actions, resources, optional)| {
        let (sid, condition, principal, unknown) = optional;
        let mut keys = vec![
            ("Effect", json!(if allow { "Allow" } else { "Deny" })),
            (if actions.0 { "Action" } else { "NotAction" }, actions.1),
            (if resources.0 { "Resource" } else { "NotResource" }, resources.1),
        ];
        keys.extend(sid.map(|sid| ("Sid", json!(sid))));
        keys.extend(condition.map(|condition| ("Condition", condition)));
        keys.extend(principal.map(|principal| ("Principal", principal)));
        keys.extend(unknown.map(|unknown| ("Comment", unknown)));
        Just(keys).prop_shuffle().prop_map(object)
    })
}

fn document() -> impl Strategy<Value = Value> {
    let statements = prop_oneof![1 => statement(), 3 => vec(statement(), 0..4).prop_map(Value::Array)];
    let optional = (proptest::option::of(Just("2012-10-17")), proptest::option::of("[a-z ]{0,8}"), any::<bool>());
    (statements, optional).prop_flat_map(|(statements, (version, id, unknown))| {
        let mut keys = vec![("Statement", statements)];
        keys.extend(version.map(|version| ("Version", json!(version))));
        keys.extend(id.map(|id| ("Id", json!(id))));
        keys.extend(unknown.then(|| ("Owner", json!({"team": null}))));
        Just(keys).prop_shuffle().prop_map(object)
    })
}

fn object(keys: Vec<(&str, Value)>) -> Value {
    Value::Object(keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn url_encode(text: &str) -> String {
    let encode = |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(encode).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn arns_print_as_they_were_parsed(text in "arn:aws[a-z-]{0,4}:[a-z0-9-]{1,6}:[a-z0-9-]{0,6}:[0-9]{0,12}:\\PC{1,20}") {
        let arn: Arn = text.parse().unwrap();
        prop_assert_eq!(arn.as_str(), &text);
        prop_assert_eq!(&arn.segments().join(":"), &text);
        prop_assert_eq!(serde_json::from_value::<Arn>(serde_json::to_value(&arn).unwrap()).unwrap(), arn);
    }

    #[test]
    fn parsing_an_arn_takes_any_text(text in "(arn:)?[a:*${}é/]{0,20}") {
        if let Ok(arn) = text.parse::<Arn>() {
            prop_assert_eq!(arn.segments().join(":"), text);
            let pattern = ResourcePattern::from(&arn);
            prop_assert!(pattern.matches(&arn), "{pattern}");
            prop_assert_eq!(pattern.to_arn(), Some(arn));
        }
    }

    #[test]
    fn actions_print_as_they_were_parsed(text in action_text()) {
        let action: ActionName = text.parse().unwrap();
        prop_assert_eq!(action.as_str(), &text);
        prop_assert_eq!(ActionName::new(action.service(), action.name()).unwrap(), action.clone());
        prop_assert_eq!(text.to_ascii_uppercase().parse::<ActionName>().unwrap(), action);
    }

    #[test]
    fn patterns_print_as_they_were_parsed(action in action_pattern_text(), resource in resource_text()) {
        prop_assert_eq!(action.parse::<ActionPattern>().unwrap().to_string(), action);
        if let Ok(pattern) = resource.parse::<ResourcePattern>() {
            prop_assert_eq!(pattern.to_string(), resource);
        }
    }

    #[test]
    fn statements_print_as_they_were_parsed(value in statement()) {
        let document = PolicyDocument::from_value(json!({"Statement": value})).unwrap();
        let [statement] = document.statements.as_slice() else { panic!("one statement") };
        prop_assert_eq!(statement.to_value().to_string(), value.to_string());
        prop_assert_eq!(statement, &statement.clone());
    }

    #[test]
    fn documents_print_as_they_were_parsed(value in document()) {
        let document = PolicyDocument::from_value(value.clone()).unwrap();
        // Text, not `Value`s: equality of those does not see the order of keys.
        prop_assert_eq!(document.to_string_compact(), value.to_string());
        prop_assert_eq!(document.to_string_pretty().parse::<Value>().unwrap().to_string(), value.to_string());
        prop_assert_eq!(&PolicyDocument::parse(&document.to_string_pretty()).unwrap(), &document);
        prop_assert_eq!(&PolicyDocument::parse_url_encoded(&url_encode(&value.to_string())).unwrap(), &document);
    }

    #[test]
    fn matching_agrees_with_the_naive_matcher(pattern in small_pattern(), text in "[ab*?$]{0,6}") {
        let expected = naive::matches(&pattern, &text);
        prop_assert_eq!(resource(&pattern).matches(&arn(&text)), expected);
    }

    #[test]
    fn literal_text_matches_itself_alone(text in "[ab*?${}]{0,8}", other in "[ab*?${}]{0,8}") {
        let pattern = resource(&escape_literal(&text));
        prop_assert!(pattern.matches(&arn(&text)));
        prop_assert_eq!(pattern.matches(&arn(&other)), text == other);
    }

    #[test]
    fn containment_is_exact_on_a_small_alphabet(outer in small_pattern(), inner in small_pattern()) {
        // `z` occurs in no pattern, so that it shows what a wildcard takes beyond the letters.
        let mut inner_only = naive::texts(&['a', 'b', '*', 'z'], 5).filter(|text| naive::matches(&inner, text) && !naive::matches(&outer, text));
        let witness = inner_only.next().or_else(|| naive::stretched(&inner, 'z', 6).find(|text| !naive::matches(&outer, text)));
        prop_assert_eq!(resource(&outer).contains(&resource(&inner)), witness.is_none(), "{:?}", witness);
    }

    #[test]
    fn overlap_is_exact_on_a_small_alphabet(left in small_pattern(), right in small_pattern()) {
        let shared = naive::stretched(&left, 'z', 0).chain(naive::texts(&['a', 'b', '*', '?', '$'], 4)).find(|text| {
            naive::matches(&left, text) && naive::matches(&right, text)
        });
        let overlaps = resource(&left).overlaps(&resource(&right));
        prop_assert!(overlaps || shared.is_none(), "{:?}", shared);
        // Texts of four characters do not show every overlap of longer patterns.
        if left.len() + right.len() < 5 {
            prop_assert_eq!(overlaps, shared.is_some());
        }
    }

    #[test]
    fn containment_of_actions_ignores_case(outer in "[aAbB*?]{1,5}", inner in "[aAbB*?]{1,5}", name in "[aAbBz]{1,6}") {
        let pattern = |service: &str, name: &str| format!("{service}:{name}").parse::<ActionPattern>().unwrap();
        let action: ActionName = format!("S3:{name}").parse().unwrap();
        let (wide, narrow) = (pattern("s3", &outer), pattern("S3", &inner));
        prop_assert_eq!(narrow.matches(&action), naive::matches(&inner.to_lowercase(), &name.to_lowercase()));
        prop_assert_eq!(wide.contains(&narrow), pattern("s3", &outer.to_uppercase()).contains(&narrow));
        prop_assert!(!wide.contains(&narrow) || !narrow.matches(&action) || wide.matches(&action));
        prop_assert!(!pattern("s4", "*").contains(&narrow) && ActionPattern::any().contains(&narrow));
    }

    #[test]
    fn containment_of_resources_is_segment_by_segment(outer in resource_text(), inner in resource_text(), text in "arn:aws:[a-z]{1,2}:[a-z]{0,2}:[0-9]{0,1}:[a-z]{1,3}") {
        if let (Ok(outer), Ok(inner)) = (outer.parse::<ResourcePattern>(), inner.parse::<ResourcePattern>()) {
            let arn: Arn = text.parse().unwrap();
            prop_assert!(!outer.contains(&inner) || !inner.matches(&arn) || outer.matches(&arn));
            prop_assert!(outer.contains(&outer) && ResourcePattern::any().contains(&outer));
            prop_assert!(!outer.contains(&inner) || outer.overlaps(&inner));
        }
    }

    #[test]
    fn widening_what_cannot_be_written_only_widens(name in "[a*日\u{1F600}\u{7}/]{0,8}") {
        let arn = arn(&name);
        let mut pattern = ResourcePattern::from(&arn);
        let before = pattern.clone();
        let widened = pattern.widen_illegal();
        prop_assert_eq!(widened, tighten_iam::illegal_character(&name).is_some());
        prop_assert_eq!(tighten_iam::illegal_character(pattern.as_str()), None);
        prop_assert!(pattern.matches(&arn) && pattern.contains(&before));
    }

    #[test]
    fn principals_print_as_they_were_parsed(kind in "role|user", path in "(/[a-z.]{1,6}){0,2}", name in "[A-Za-z0-9+=,.@_-]{1,12}") {
        let text = format!("arn:aws:iam::111122223333:{kind}{path}/{name}");
        let principal = Principal::from_arn(&text).unwrap();
        prop_assert_eq!(principal.to_string(), text);
        prop_assert_eq!(principal.name(), name);
        prop_assert_eq!(principal.path(), format!("{path}/"));
    }
}

#[test]
fn equality_looks_through_layout() {
    let parse = |text: &str| PolicyDocument::parse(text).unwrap();
    let left = parse(
        r#"{"Statement": {"Effect": "Allow", "Action": ["S3:GetObject", "s3:PutObject", "s3:getobject"], "Resource": "*",
            "Condition": {"StringEquals": {"aws:a": "1", "aws:b": ["2", "3"]}, "Bool": {"aws:c": true}}}}"#,
    );
    let right = parse(
        r#"{"Statement": [{"Resource": ["*"], "Action": ["s3:PutObject", "s3:GetObject"], "Effect": "Allow",
            "Condition": {"Bool": {"aws:c": "true"}, "StringEquals": {"aws:b": ["3", "2"], "aws:A": ["1"]}}}]}"#,
    );
    assert_eq!(left, right);
    assert_ne!(left, parse(&right.to_string_compact().replace("PutObject", "PutObjectAcl")));
    assert_ne!(left, parse(&right.to_string_compact().replace("Action", "NotAction")));
    assert_ne!(left, parse(&right.to_string_compact().replace("\"Resource", "\"NotResource")));
    assert_ne!(left, parse(&right.to_string_compact().replace("[\"3\",\"2\"]", "\"2\"")));
}

#[test]
fn edited_statements_keep_the_layout_of_their_source() {
    let text = r#"{"Statement":[{"Action":"s3:*","Note":1,"Resource":["arn:aws:s3:::a"],"Effect":"Allow"}]}"#;
    let mut document = PolicyDocument::parse(text).unwrap();
    let statement: &mut Statement = &mut document.statements[0];
    statement.sid = Some("Buckets".to_owned());
    statement.action = tighten_iam::Actions::Action(vec!["s3:Get*".parse().unwrap(), "s3:List*".parse().unwrap()]);
    statement.conditions.insert("Bool", "aws:SecureTransport", ["true"]);
    document.version = Some("2012-10-17".to_owned());
    assert_eq!(
        document.to_string_compact(),
        concat!(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"Buckets","Action":["s3:Get*","s3:List*"],"Note":1,"#,
            r#""Resource":["arn:aws:s3:::a"],"Effect":"Allow","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}"#
        )
    );
}
