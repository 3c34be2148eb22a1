//! Why text is not a policy document.

use std::fmt;

use serde_json::Value;
use thiserror::Error;

use crate::action::ActionError;

/// Why text is not a policy document, and where.
#[derive(Debug, Error)]
pub struct PolicyError {
    path: String,
    problem: PolicyProblem,
}

/// What is wrong at a place of a policy document.
#[derive(Debug, Error)]
pub enum PolicyProblem {
    /// The text is not JSON.
    #[error("not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The text is not URL-encoded UTF-8.
    #[error("not valid URL-encoded text")]
    UrlEncoding,
    /// A value of another kind is needed.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What is needed.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A key is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Two keys that exclude each other are there.
    #[error("stands beside `{other}`, which excludes it")]
    Both {
        /// The other key.
        other: &'static str,
    },
    /// Neither `Allow` nor `Deny`.
    #[error("`{0}` is neither `Allow` nor `Deny`")]
    Effect(String),
    /// Not an action.
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl PolicyError {
    pub(crate) fn new(path: &str, problem: PolicyProblem) -> Self {
        Self { path: path.to_owned(), problem }
    }

    /// The key concerned, such as `Statement[2].Action`; empty for the document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    pub fn problem(&self) -> &PolicyProblem {
        &self.problem
    }

    /// The same for a document that stands at a key of something larger, such as `PolicyVersion.Document`.
    #[must_use]
    pub fn within(self, key: &str) -> Self {
        let path = match (key.is_empty(), self.path.is_empty()) {
            (true, _) => self.path,
            (false, true) => key.to_owned(),
            (false, false) => format!("{key}.{}", self.path),
        };
        Self { path, ..self }
    }
}

impl From<PolicyProblem> for PolicyError {
    /// An error of the document as a whole.
    fn from(problem: PolicyProblem) -> Self {
        Self { path: String::new(), problem }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { self.problem.fmt(f) } else { write!(f, "{}: {}", self.path, self.problem) }
    }
}

impl PolicyProblem {
    pub(crate) fn expected(expected: &'static str, found: &Value) -> Self {
        let found = match found {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        Self::Expected { expected, found }
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyDocument;

    #[test]
    fn errors_name_the_key_and_what_is_wrong_there() {
        let error = |text: &str| PolicyDocument::parse(text).unwrap_err().to_string();
        let statement = |text: &str| error(&format!(r#"{{"Statement": [{{"Effect": "Allow", {text}}}]}}"#));
        assert_eq!(error("[]"), "expected an object, found an array");
        assert_eq!(error("{}"), "`Statement` is missing");
        assert!(error("{").starts_with("not valid JSON: "));
        assert_eq!(error(r#"{"Version": 2012, "Statement": []}"#), "Version: expected a string, found a number");
        assert_eq!(error(r#"{"Statement": ["x"]}"#), "Statement[0]: expected an object, found a string");
        assert_eq!(error(r#"{"Statement": {"Action": "*", "Resource": "*"}}"#), "Statement: `Effect` is missing");
        assert_eq!(
            error(r#"{"Statement": {"Effect": "allow"}}"#),
            "Statement.Effect: `allow` is neither `Allow` nor `Deny`"
        );
        assert_eq!(statement(r#""Resource": "*""#), "Statement[0]: `Action` or `NotAction` is missing");
        assert_eq!(statement(r#""Action": "*""#), "Statement[0]: `Resource` or `NotResource` is missing");
        assert_eq!(
            statement(r#""Action": ["s3:*", "ec2"], "Resource": "*""#),
            "Statement[0].Action[1]: `ec2` has no service prefix; an action looks like `s3:GetObject`"
        );
        assert_eq!(
            statement(r#""Action": 7, "Resource": "*""#),
            "Statement[0].Action: expected a string or an array of strings, found a number"
        );
        assert_eq!(
            statement(r#""Action": "*", "NotAction": "*", "Resource": "*""#),
            "Statement[0].NotAction: stands beside `Action`, which excludes it"
        );
        assert_eq!(
            statement(r#""Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:x": [null]}}"#),
            "Statement[0].Condition.Bool.aws:x: expected a string, number or boolean, found null"
        );
    }
}
