//! Policy documents from files, in the forms in which AWS hands them out.

use std::path::Path;

use serde_json::Value;
use tighten_iam::{PolicyDocument, PolicyError, PolicyProblem, PolicySource};

use crate::error::InventoryError;
use crate::policy::{CurrentPolicy, Home, Origin};

/// What the AWS CLI wraps a document in, outermost first.
const WRAPPERS: [&str; 5] = ["PolicyVersion", "PolicyDocument", "Document", "Policy", "InlinePolicy"];

/// Reads the policy in a file: the document as JSON or URL-encoded, alone or as `aws iam get-policy-version`,
/// `get-role-policy`, `aws sso-admin get-inline-policy-for-permission-set` and their like print it. A file that is nothing but the document keeps its layout.
pub fn read_policy(path: &Path) -> Result<CurrentPolicy, InventoryError> {
    let text = read(path)?;
    let name = path.display().to_string();
    let (source, pointer) = source(&text, &name)?;
    let origin = Some(Origin { path: path.to_owned(), pointer });
    Ok(CurrentPolicy { origin, ..CurrentPolicy::new(name, Home::File, source) })
}

/// Reads what the policy in a file says, in any of these forms.
pub fn read_document(path: &Path) -> Result<PolicyDocument, InventoryError> {
    parse_document(&read(path)?, &path.display().to_string())
}

/// Reads what a policy says from text in any of these forms. `name` says in errors where it is from.
pub fn parse_document(text: &str, name: &str) -> Result<PolicyDocument, InventoryError> {
    let parsed = parse(text).map(|(document, _)| document);
    parsed.map_err(|source| InventoryError::NotAPolicy { name: name.to_owned(), source })
}

fn read(path: &Path) -> Result<String, InventoryError> {
    std::fs::read_to_string(path).map_err(|source| InventoryError::PolicyFile { path: path.to_owned(), source })
}

/// The policy and the JSON pointer to it.
fn source(text: &str, name: &str) -> Result<(PolicySource, String), InventoryError> {
    if let Ok(source) = PolicySource::parse(text) {
        return Ok((source, String::new()));
    }
    // Wrapped or encoded. Else this says what is wrong, and where.
    match parse(text) {
        Ok((document, keys)) => Ok((PolicySource::of(document), keys.iter().flat_map(|key| ["/", key]).collect())),
        Err(source) => Err(InventoryError::NotAPolicy { name: name.to_owned(), source }),
    }
}

/// The document, and the keys of what it is wrapped in. An error names the key that is wrong from the top of the file.
fn parse(text: &str) -> Result<(PolicyDocument, Vec<&'static str>), PolicyError> {
    let text = text.trim().trim_start_matches('\u{feff}');
    if text.starts_with('%') {
        return Ok((PolicyDocument::parse_url_encoded(text)?, Vec::new()));
    }
    let mut value: Value = serde_json::from_str(text).map_err(PolicyProblem::Json)?;
    let mut keys = Vec::new();
    while let Some((key, inner)) = unwrap(&mut value) {
        keys.push(key);
        value = inner;
    }
    let document = match value {
        Value::String(inner) if inner.trim_start().starts_with('{') => PolicyDocument::parse(&inner),
        Value::String(inner) => PolicyDocument::parse_url_encoded(&inner),
        other => PolicyDocument::from_value(other),
    };
    match document {
        Ok(document) => Ok((document, keys)),
        Err(error) => Err(error.within(&keys.join("."))),
    }
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
    fn every_form_is_the_same_document_and_its_place_is_known() {
        let plain = PolicyDocument::parse(PLAIN).unwrap();
        for (text, pointer) in [
            (format!("\u{feff}\n {PLAIN}\n"), ""),
            (encoded(), ""),
            (format!("\"{}\"", encoded()), ""),
            (serde_json::to_string(PLAIN).unwrap(), ""),
            (format!(r#"{{"PolicyVersion": {{"Document": {PLAIN}, "VersionId": "v1"}}}}"#), "/PolicyVersion/Document"),
            (format!(r#"{{"RoleName": "x", "PolicyName": "y", "PolicyDocument": {PLAIN}}}"#), "/PolicyDocument"),
            (serde_json::json!({ "InlinePolicy": PLAIN }).to_string(), "/InlinePolicy"),
            (format!(r#"{{"UserName": "x", "PolicyDocument": "{}"}}"#, encoded()), "/PolicyDocument"),
        ] {
            let (source, found) = source(&text, "p.json").unwrap();
            assert_eq!((source.document(), found.as_str()), (&plain, pointer), "{text}");
            assert_eq!(parse_document(&text, "p.json").unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn a_document_keeps_its_layout_and_a_wrapped_one_is_taken_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("p.json");
        let plain = "{ \"Statement\" : [ {\"Effect\":\"Allow\",\t\"Action\":\"sqs:*\", \"Resource\": \"*\"} ] }\r\n";
        std::fs::write(&path, plain).unwrap();
        let policy = read_policy(&path).unwrap();
        assert_eq!((policy.source.text(), &policy.home), (plain, &Home::File));
        assert_eq!(policy.origin, Some(Origin { path: path.clone(), pointer: String::new() }));
        std::fs::write(&path, format!("{{\"PolicyName\": \"p\", \"PolicyDocument\": {plain}}}")).unwrap();
        assert_eq!(read_policy(&path).unwrap().source.document(), policy.source.document());
    }

    #[test]
    fn errors_name_the_key_from_the_top_of_the_file() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
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

    #[test]
    fn an_error_says_which_file_and_its_cause_says_what() {
        let error = source("[]", "p.json").unwrap_err();
        let cause = std::error::Error::source(&error).unwrap();
        assert_eq!(error.to_string(), "`p.json` is not a policy");
        assert_eq!(cause.to_string(), "expected an object, found an array");
        assert!(cause.source().is_none(), "it says all of it");
        let missing = read_policy(Path::new("no-such-file.json")).unwrap_err();
        assert_eq!(missing.to_string(), "cannot read the policy `no-such-file.json`");
    }
}
