//! Documents and times inside of the output.

use jiff::Timestamp;
use serde_json::Value;
use tighten_iam::{PolicyDocument, PolicyError, PolicySource};

use crate::error::InventoryError;

/// Reads a document: an object, as the AWS CLI prints it, or URL-encoded text, as the API returns it.
pub(super) fn source(value: &Value) -> Result<PolicySource, PolicyError> {
    match value {
        Value::String(text) if text.trim_start().starts_with('{') => PolicySource::parse(text),
        Value::String(text) => PolicyDocument::parse_url_encoded(text).map(PolicySource::of),
        other => PolicyDocument::from_value(other.clone()).map(PolicySource::of),
    }
}

/// Reads a time: RFC 3339, or seconds since 1970 as some clients write it. An error names the field and the ARN.
pub(super) fn time(
    value: Option<&Value>,
    (field, arn): (&'static str, &str),
) -> Result<Option<Timestamp>, InventoryError> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    let time = match value {
        Value::String(text) => text.parse().ok(),
        // Fractions of a second do not matter to a count of days.
        #[expect(clippy::cast_possible_truncation, reason = "what is out of range is no time either way")]
        Value::Number(seconds) => {
            seconds.as_f64().and_then(|seconds| Timestamp::from_second(seconds.floor() as i64).ok())
        }
        _ => None,
    };
    match time {
        Some(time) => Ok(Some(time)),
        None => Err(InventoryError::NotATime { field, arn: arn.to_owned(), value: value.clone() }),
    }
}
