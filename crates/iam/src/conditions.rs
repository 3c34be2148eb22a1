//! The condition block of a statement.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::policy_error::{PolicyError, PolicyProblem};

/// A statement's conditions: operator → key → values. All of them must hold.
///
/// Keeps the order and spelling of the source. Equality looks through both: the order of operators, keys and values does
/// not count, nor whether a single value was written as an array, nor the case of operators and keys.
///
/// ```
/// use tighten_iam::Conditions;
/// let mut conditions = Conditions::new();
/// conditions.insert("StringEquals", "iam:PassedToService", ["lambda.amazonaws.com"]);
/// assert_eq!(conditions.iter().count(), 1);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    operators: IndexMap<String, IndexMap<String, Value>>,
}

/// One line of a condition block.
#[derive(Debug, Clone, Copy)]
pub struct Condition<'a> {
    /// `StringEquals`, `ForAllValues:StringLikeIfExists`, …
    pub operator: &'a str,
    /// `aws:SourceVpce`, …
    pub key: &'a str,
    values: &'a Value,
}

impl Conditions {
    /// No conditions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is no condition.
    pub fn is_empty(&self) -> bool {
        self.operators.values().all(IndexMap::is_empty)
    }

    /// Every condition, in the order of the source.
    pub fn iter(&self) -> impl Iterator<Item = Condition<'_>> {
        self.operators
            .iter()
            .flat_map(|(operator, keys)| keys.iter().map(|(key, values)| Condition { operator, key, values }))
    }

    /// Adds a condition; a single value is written as a string. Replaces the values of the same operator and key.
    pub fn insert<V: Into<String>>(
        &mut self,
        operator: impl Into<String>,
        key: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) {
        let mut values: Vec<Value> = values.into_iter().map(|value| Value::String(value.into())).collect();
        let values = match values.pop() {
            Some(only) if values.is_empty() => only,
            last => {
                values.extend(last);
                Value::Array(values)
            }
        };
        self.operators.entry(operator.into()).or_default().insert(key.into(), values);
    }

    pub(crate) fn from_value(value: Value, path: &str) -> Result<Self, PolicyError> {
        let Value::Object(blocks) = value else {
            return Err(PolicyError::new(path, PolicyProblem::expected("an object", &value)));
        };
        let mut operators = IndexMap::with_capacity(blocks.len());
        for (operator, block) in blocks {
            let path = format!("{path}.{operator}");
            let Value::Object(keys) = block else {
                return Err(PolicyError::new(&path, PolicyProblem::expected("an object", &block)));
            };
            for (key, values) in &keys {
                let all =
                    if let Value::Array(values) = values { values.as_slice() } else { std::slice::from_ref(values) };
                if let Some(odd) = all.iter().find(|value| value.is_array() || value.is_object() || value.is_null()) {
                    let problem = PolicyProblem::expected("a string, number or boolean", odd);
                    return Err(PolicyError::new(&format!("{path}.{key}"), problem));
                }
            }
            operators.insert(operator, keys.into_iter().collect());
        }
        Ok(Self { operators })
    }

    pub(crate) fn to_value(&self) -> Value {
        let blocks = self.operators.iter().map(|(operator, keys)| {
            let keys: Map<String, Value> = keys.iter().map(|(key, values)| (key.clone(), values.clone())).collect();
            (operator.clone(), Value::Object(keys))
        });
        Value::Object(blocks.collect())
    }

    /// What equality compares.
    fn normal_form(&self) -> Vec<(String, String, Vec<Cow<'_, str>>)> {
        let mut all: Vec<_> = self
            .iter()
            .map(|condition| {
                let mut values: Vec<_> = condition.values().collect();
                values.sort_unstable();
                values.dedup();
                (condition.operator.to_ascii_lowercase(), condition.key.to_ascii_lowercase(), values)
            })
            .collect();
        all.sort_unstable();
        all
    }
}

impl PartialEq for Conditions {
    fn eq(&self, other: &Self) -> bool {
        self.normal_form() == other.normal_form()
    }
}

impl Eq for Conditions {}

impl<'a> Condition<'a> {
    /// The values as text: IAM takes `true` and `"true"`, `7` and `"7"` for the same.
    pub fn values(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        let values: &'a [Value] =
            if let Value::Array(values) = self.values { values } else { std::slice::from_ref(self.values) };
        values.iter().map(|value| match value {
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        })
    }
}
