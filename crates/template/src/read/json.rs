//! JSON to trees.

use serde_json::Value as Json;

use crate::error::{TemplateError, TemplateProblem};
use crate::node::{Entry, Mark, Node, Value};

pub(super) fn tree(text: &str, file: &str) -> Result<Node, TemplateError> {
    let parsed: Json = serde_json::from_str(text).map_err(|error| {
        let at = Mark { line: error.line(), column: error.column() };
        TemplateProblem::Json(error.to_string()).at(file, at)
    })?;
    Ok(node(parsed))
}

/// The parser refuses what is nested more than 128 levels deep.
fn node(json: Json) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(truth),
        Json::Number(number) => Value::Number(number.to_string()),
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(node).collect()),
        Json::Object(entries) => {
            let entry = |(key, value)| Entry { key, at: Mark::default(), value: node(value) };
            Value::Map(entries.into_iter().map(entry).collect())
        }
    };
    Node { value, at: Mark::default() }
}
