//! The part of a CloudTrail record that decides which permissions were needed.

use serde_json::value::RawValue;
use tighten_iam::{ActionName, Partition, Principal};

/// A call, borrowed from a record.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// `eventSource`, such as `s3.amazonaws.com`.
    pub event_source: &'a str,
    /// `eventName`, such as `ListObjects`.
    pub event_name: &'a str,
    /// `awsRegion`.
    pub region: &'a str,
    /// The caller's account, which owns resources that are given by name alone.
    pub account: &'a str,
    /// Who called, for calls that act on the caller itself.
    pub principal: Option<&'a Principal>,
    /// `requestParameters`, as JSON text.
    pub parameters: Option<&'a RawValue>,
    /// `resources`, as JSON text.
    pub resources: Option<&'a RawValue>,
    /// `errorCode`; none on a success. Empty where a record gives an error's message alone.
    pub error_code: Option<&'a str>,
    /// What the record's error message names.
    pub named: Option<Named<'a>>,
}

/// What an error message names, in AWS's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// The action that was refused: then it is all that the call wanted, whatever else the call needs.
    pub action: Option<&'a ActionName>,
    /// The resource.
    pub resource: Option<NamedResource<'a>>,
}

/// A resource in the words of an error message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedResource<'a> {
    /// `*`.
    Any,
    /// An ARN; its `*` is a wildcard.
    Arn(&'a str),
    /// An IAM entity by its kind, as ARNs spell it, and its name.
    Entity {
        /// `user`, `role`, `instance-profile` and so on.
        kind: &'a str,
        /// The name, without a path.
        name: &'a str,
    },
    /// A bare name.
    Name(&'a str),
}

impl Call<'_> {
    /// The partition that the caller is in.
    pub(crate) fn partition(&self) -> &str {
        let own = self.principal.map(Principal::partition).filter(|name| name.starts_with("aws"));
        own.unwrap_or_else(|| Partition::of_region(self.region).as_str())
    }
}
