//! Policy documents from files, in the forms in which AWS hands them out.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use tighten_iam::{ActionPattern, PolicyDocument, Statement};

use crate::error::Explained;

/// What the AWS CLI wraps a document in, outermost first.
const WRAPPERS: [&str; 4] = ["PolicyVersion", "PolicyDocument", "Document", "Policy"];

/// Reads one document from each file.
pub(crate) fn read(files: &[PathBuf]) -> Result<Vec<PolicyDocument>> {
    files.iter().map(|file| read_one(file)).collect()
}

pub(crate) fn read_one(file: &Path) -> Result<PolicyDocument> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the policy `{}`", file.display()))?;
    from_text(&text, &file.display().to_string())
}

/// Reads one document from text that comes from `name`.
pub(crate) fn from_text(text: &str, name: &str) -> Result<PolicyDocument> {
    parse(text).map_err(|problem| {
        let tip = "a policy file holds one document, as JSON or URL-encoded, alone or as `aws iam get-policy-version`, \
                   `get-role-policy`, `get-user-policy` or `get-group-policy` print it";
        Explained::new(format!("`{name}` is not a policy: {problem}"), tip).into()
    })
}

/// What a reader is told of entries that IAM saves and that match no action, each with its place.
pub(crate) fn matches_nothing(document: &PolicyDocument, name: &str) -> Vec<String> {
    let statements = document.statements.iter().enumerate();
    let odd = |(at, statement): (usize, &Statement)| -> Vec<String> {
        let patterns = statement.action.patterns().iter().filter(|pattern| pattern.matches_nothing());
        let told = |pattern: &ActionPattern| {
            format!("note: {name}: Statement[{at}]: no action is called `{pattern}`, so it matches nothing")
        };
        patterns.map(told).collect()
    };
    statements.flat_map(odd).collect()
}

/// The error names the key that is wrong, from the top of the file.
fn parse(text: &str) -> Result<PolicyDocument, String> {
    let text = text.trim().trim_start_matches('\u{feff}');
    if text.starts_with('%') {
        return PolicyDocument::parse_url_encoded(text).map_err(|error| error.to_string());
    }
    let mut value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => return Err(format!("not valid JSON: {error}")),
    };
    let mut path = String::new();
    while let Some((key, inner)) = unwrap(&mut value) {
        path.extend([key, "."]);
        value = inner;
    }
    let document = match value {
        Value::String(inner) if inner.trim_start().starts_with('{') => PolicyDocument::parse(&inner),
        Value::String(inner) => PolicyDocument::parse_url_encoded(&inner),
        other => PolicyDocument::from_value(other),
    };
    document.map_err(|error| {
        let at = if error.path().is_empty() { path.trim_end_matches('.').to_owned() } else { path + error.path() };
        if at.is_empty() { error.problem().to_string() } else { format!("{at}: {}", error.problem()) }
    })
}

/// What is inside of a wrapper, and the key that it stands at.
fn unwrap(value: &mut Value) -> Option<(&'static str, Value)> {
    let map = value.as_object_mut().filter(|map| !map.contains_key("Statement"))?;
    WRAPPERS.into_iter().find_map(|key| map.remove(key).map(|inner| (key, inner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}"#;

    fn encoded() -> String {
        PLAIN.bytes().flat_map(|byte| ['%', hex(byte >> 4), hex(byte & 15)]).collect()
    }

    fn hex(digit: u8) -> char {
        char::from_digit(digit.into(), 16).unwrap().to_ascii_uppercase()
    }

    #[test]
    fn every_form_is_the_same_document() {
        let plain = parse(PLAIN).unwrap();
        for text in [
            format!("\u{feff}\n {PLAIN}\n"),
            encoded(),
            format!("\"{}\"", encoded()),
            serde_json::to_string(PLAIN).unwrap(),
            format!(r#"{{"PolicyVersion": {{"Document": {PLAIN}, "VersionId": "v1"}}}}"#),
            format!(r#"{{"RoleName": "x", "PolicyName": "y", "PolicyDocument": {PLAIN}}}"#),
            format!(r#"{{"UserName": "x", "PolicyDocument": "{}"}}"#, encoded()),
        ] {
            assert_eq!(parse(&text).as_ref(), Ok(&plain), "{text}");
        }
    }

    #[test]
    fn errors_name_the_key_from_the_top_of_the_file() {
        let error = |text: &str| parse(text).unwrap_err();
        let statement = r#"{"Statement": [{"Effect": "Allow", "Action": ["s3"], "Resource": "*"}]}"#;
        let action = "Statement[0].Action[0]: `s3` has no service prefix; an action looks like `s3:GetObject`";
        assert_eq!(error(statement), action);
        let wrapped = format!(r#"{{"PolicyVersion": {{"Document": {statement}}}}}"#);
        assert_eq!(error(&wrapped), format!("PolicyVersion.Document.{action}"));
        assert_eq!(error(r#"{"PolicyDocument": []}"#), "PolicyDocument: expected an object, found an array");
        assert_eq!(error("[]"), "expected an object, found an array");
        assert_eq!(error("{}"), "`Statement` is missing");
        assert_eq!(error("%7"), "not valid URL-encoded text");
        assert!(error("").starts_with("not valid JSON: "));
    }
}
