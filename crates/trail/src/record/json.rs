//! A part of a record that stays JSON text until it is asked for.

use serde_json::value::RawValue;

/// The JSON text of one value of a record.
///
/// Where the text begins and ends is certain. Whether what is in between is JSON is known only where the record came
/// through [`Reader::read`](crate::Reader::read), which has looked at the parts that decide what a call needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

/// A record whose parameters or resources turn out not to be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is not JSON")]
pub struct NotJson;

impl<'a> Json<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The text.
    pub fn get(self) -> &'a str {
        self.0
    }

    /// The text as JSON; `None` if it is none.
    pub fn value(self) -> Option<&'a RawValue> {
        serde_json::from_str(self.0).ok()
    }
}
