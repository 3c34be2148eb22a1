//! Documents and times inside of the output.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::Value;
use tighten_iam::{PolicyDocument, PolicyError, PolicySource};

use crate::error::Explained;

/// Reads a document: an object, as the AWS CLI prints it, or URL-encoded text, as the API returns it. `place` names it in
/// an error.
pub(super) fn source(value: &Value, place: &str) -> Result<PolicySource> {
    let parsed: Result<PolicySource, PolicyError> = match value {
        Value::String(text) if text.trim_start().starts_with('{') => PolicySource::parse(text),
        Value::String(text) => PolicyDocument::parse_url_encoded(text).map(PolicySource::of),
        other => PolicyDocument::from_value(other.clone()).map(PolicySource::of),
    };
    parsed.map_err(|error| {
        let tip = "documents are JSON objects, as the AWS CLI prints them, or URL-encoded JSON, as the API returns it";
        Explained::new(format!("{place} is not a policy: {error}"), tip).into()
    })
}

/// Reads a time: RFC 3339, or seconds since 1970 as some clients write it.
pub(super) fn time(value: Option<&Value>, place: &str) -> Result<Option<Timestamp>> {
    let time = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        // Fractions of a second do not matter to a count of days.
        #[expect(clippy::cast_possible_truncation, reason = "what is out of range is no time either way")]
        Some(Value::Number(seconds)) => {
            seconds.as_f64().and_then(|seconds| Timestamp::from_second(seconds.floor() as i64).ok())
        }
        Some(_) => None,
    };
    match (time, value) {
        (None, Some(value)) => {
            let tip = "times are written like 2026-05-01T12:00:00+00:00, as the AWS CLI prints them";
            Err(Explained::new(format!("{place} is not a time: {value}"), tip).into())
        }
        (time, _) => Ok(time),
    }
}
