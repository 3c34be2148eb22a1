use super::*;

const TEXT: &str = r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}"#;
const LIST: &str = r#"{"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}"#;

#[test]
fn what_cannot_be_edited_is_told() {
    let told = |by: Edits<'_>| edit(TEXT, by).unwrap_err();
    assert!(matches!(told(&[(0, &[]), (1, &[])]), EditError::UnusedPolicy));
    assert!(told(&[(0, &[]), (1, &[])]).to_string().contains("`unused-policy`"));
    assert_eq!(told(&[(2, &[])]).to_string(), "there is no `Statement[2]`; the policy has 2");
    let empty = BTreeMap::from([(1, StatementEdit::Replace(Vec::new()))]);
    let error = PolicySource::parse(TEXT).unwrap().edit(&empty).unwrap_err();
    assert!(matches!(error, EditError::EmptyReplacement(1)), "{error}");
}

#[test]
fn an_only_statement_without_an_array_cannot_be_removed() {
    let text = format!(r#"{{"Statement": {LIST}}}"#);
    assert!(matches!(edit(&text, &[(0, &[])]), Err(EditError::UnusedPolicy)));
}

#[test]
fn a_statement_that_is_none_is_refused() {
    let mut nowhere = statement(LIST);
    nowhere.resource = crate::Resources::Implied;
    let edits = BTreeMap::from([(0, StatementEdit::Replace(vec![nowhere]))]);
    let error = PolicySource::parse(TEXT).unwrap().edit(&edits).unwrap_err();
    assert!(matches!(&error, EditError::Invalid(why) if why.path() == "Statement[0]"), "{error}");
}

#[test]
fn errors_of_parsing_name_the_same_places() {
    for text in ["{", "[]", r#"{"Statement": [{"Effect": "Allow", "Action": ["s3"], "Resource": "*"}]}"#] {
        let (source, document) = (PolicySource::parse(text).unwrap_err(), PolicyDocument::parse(text).unwrap_err());
        assert_eq!((source.path(), source.to_string()), (document.path(), document.to_string()));
    }
}

#[test]
fn a_document_without_text_is_printed() {
    let document = PolicyDocument::parse(TEXT).unwrap();
    let source = PolicySource::of(document.clone());
    assert_eq!(source.text(), document.to_string_pretty());
    let text = source.edit(&edits(&[(1, &[])])).unwrap();
    assert_eq!(text.matches("Effect").count(), 1);
    assert_eq!(source.document(), &document);
}

#[test]
fn of_equal_keys_the_last_counts() {
    // The first `Action` and the first `Statement` say nothing, to IAM's JSON as to ours.
    let before = r#"{"Statement": [], "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Action": ["s3:Get*", "s3:Put*"], "Resource": "*"}]}"#;
    becomes(
        before,
        &[(0, &[r#"{"Effect": "Allow", "Action": ["s3:Put*"], "Resource": "*"}"#])],
        r#"{"Statement": [], "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Action": ["s3:Put*"], "Resource": "*"}]}"#,
    );
    becomes(
        before,
        &[(0, &[r#"{"Effect": "Allow", "NotAction": ["s3:Put*"], "Resource": "*"}"#])],
        r#"{"Statement": [], "Statement": [{"Effect": "Allow", "NotAction": ["s3:Put*"], "Resource": "*"}]}"#,
    );
}

#[test]
fn equal_keys_in_a_condition_never_change_what_is_said() {
    let before = r#"{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
      "Condition": {"Bool": {"a:x": "true", "a:x": "false"}, "bool": {"a:y": "true"}, "Bool": {"a:z": ["true", "false"]}}}]}"#;
    let mut wanted = PolicyDocument::parse(before).unwrap();
    let mut conditions = crate::Conditions::new();
    conditions.insert("Bool", "a:z", ["false"]);
    conditions.insert("BOOL", "a:y", ["true"]);
    wanted.statements[0].conditions = conditions;
    let edits = BTreeMap::from([(0, StatementEdit::Replace(wanted.statements.clone()))]);
    let after = PolicySource::parse(before).unwrap().edit(&edits).unwrap();
    assert_eq!(PolicyDocument::parse(&after).unwrap(), wanted, "{after}");
}
