//! The part of a CloudTrail record that decides which permissions were needed.

use serde_json::value::RawValue;
use tighten_iam::Principal;

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
    /// `errorCode`; none on a success, or where a record gives an error's message alone.
    pub error_code: Option<&'a str>,
    /// The resource that the record's error message names, when nothing else does.
    pub message_resource: Option<&'a str>,
}

/// An AWS partition, the second part of every ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition(&'static str);

impl Partition {
    /// The partition that a region belongs to.
    pub fn of_region(region: &str) -> Self {
        const BY_PREFIX: [(&str, &str); 7] = [
            ("cn-", "aws-cn"),
            ("us-gov-", "aws-us-gov"),
            ("us-iso-", "aws-iso"),
            ("us-isob-", "aws-iso-b"),
            ("eu-isoe-", "aws-iso-e"),
            ("us-isof-", "aws-iso-f"),
            ("eusc-", "aws-eusc"),
        ];
        let known = BY_PREFIX.iter().find(|(prefix, _)| region.starts_with(prefix));
        Self(known.map_or("aws", |(_, partition)| partition))
    }

    /// The ARN spelling.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}
