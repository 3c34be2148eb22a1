//! The name of an API call.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An API call by the names that CloudTrail gives it, such as `s3.amazonaws.com` / `ListObjects`. Not an IAM action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ApiCall {
    /// `eventSource`.
    pub source: Box<str>,
    /// `eventName`.
    pub name: Box<str>,
}

impl ApiCall {
    /// The call of these names.
    pub fn new(source: &str, name: &str) -> Self {
        Self { source: source.into(), name: name.into() }
    }
}

impl fmt::Display for ApiCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.source, self.name)
    }
}
