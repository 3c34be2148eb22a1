//! JSON values that know where they stand.

use serde_json::Value;

use super::SelectorsError;

/// A value and its key path.
#[derive(Debug, Clone)]
pub(super) struct At<'a> {
    pub(super) value: &'a Value,
    path: String,
}

impl<'a> At<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// The key path, as a reader would write it.
    pub(super) fn path(&self) -> &str {
        if self.path.is_empty() { "the top" } else { &self.path }
    }

    pub(super) fn error(&self, problem: impl Into<String>) -> SelectorsError {
        SelectorsError::Value { path: self.path().to_owned(), problem: problem.into() }
    }

    /// The member of that key, unless it is missing or null.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        let dot = if self.path.is_empty() { "" } else { "." };
        Some(Self { value, path: format!("{}{dot}{key}", self.path) })
    }

    /// The keys of an object.
    pub(super) fn keys(&self) -> Result<Vec<&'a str>, SelectorsError> {
        let object = self.value.as_object().ok_or_else(|| self.error("is not an object"))?;
        Ok(object.keys().map(String::as_str).collect())
    }

    pub(super) fn list(&self) -> Result<Vec<Self>, SelectorsError> {
        let list = self.value.as_array().ok_or_else(|| self.error("is not a list"))?;
        let item = |(at, value)| Self { value, path: format!("{}[{at}]", self.path) };
        Ok(list.iter().enumerate().map(item).collect())
    }

    /// The elements of the member of that key; none if it is missing.
    pub(super) fn list_of(&self, key: &str) -> Result<Vec<Self>, SelectorsError> {
        self.get(key).map_or_else(|| Ok(Vec::new()), |member| member.list())
    }

    pub(super) fn text(&self) -> Result<&'a str, SelectorsError> {
        self.value.as_str().ok_or_else(|| self.error("is not a string"))
    }

    pub(super) fn text_of(&self, key: &str) -> Result<Option<&'a str>, SelectorsError> {
        self.get(key).map(|member| member.text()).transpose()
    }

    pub(super) fn flag_of(&self, key: &str) -> Result<Option<bool>, SelectorsError> {
        let Some(member) = self.get(key) else { return Ok(None) };
        member.value.as_bool().map(Some).ok_or_else(|| member.error("is neither true nor false"))
    }

    pub(super) fn texts_of(&self, key: &str) -> Result<Vec<&'a str>, SelectorsError> {
        self.list_of(key)?.iter().map(Self::text).collect()
    }
}
