//! Where a call happens, and how its resources are named there.

use std::borrow::Cow;

/// An account and a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The 12-digit account.
    pub account: String,
    /// The region's code, such as `us-east-1`.
    pub region: String,
}

impl Place {
    /// A place from its account and region.
    pub fn new(account: &str, region: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned() }
    }

    /// The ARN of a regional resource: `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// The ARN of a resource of a service without regions: `arn:aws:SERVICE::ACCOUNT:RESOURCE`.
    pub fn global(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}::{}:{resource}", self.account)
    }

    /// The ARN of a role, from its path and name.
    pub fn role(&self, name: &str) -> String {
        self.global("iam", &format!("role/{name}"))
    }

    /// The ARN that API Gateway evaluates for a path of its own API.
    pub fn api(&self, path: &str) -> String {
        format!("arn:aws:apigateway:{}::{path}", self.region)
    }

    /// The URL of a queue.
    pub fn queue_url(&self, name: &str) -> String {
        format!("https://sqs.{}.amazonaws.com/{}/{name}", self.region, self.account)
    }

    /// The path-style or bucket-style host that S3 records for a bucket.
    pub fn bucket_host(&self, bucket: &str) -> String {
        format!("{bucket}.s3.{}.amazonaws.com", self.region)
    }
}

/// Literal text as it is written in a policy, where `*`, `?` and `$` have a meaning of their own.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['*', '?', '$']) {
        return Cow::Borrowed(text);
    }
    let mut pattern = String::with_capacity(text.len() + 8);
    for symbol in text.chars() {
        match symbol {
            '*' | '?' | '$' => {
                pattern.push_str("${");
                pattern.push(symbol);
                pattern.push('}');
            }
            _ => pattern.push(symbol),
        }
    }
    Cow::Owned(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_spelled_as_aws_spells_them() {
        let place = Place::new("111122223333", "eu-west-1");
        assert_eq!(place.arn("lambda", "function:f"), "arn:aws:lambda:eu-west-1:111122223333:function:f");
        assert_eq!(place.role("ci/deploy"), "arn:aws:iam::111122223333:role/ci/deploy");
        assert_eq!(place.api("/apis"), "arn:aws:apigateway:eu-west-1::/apis");
    }

    #[test]
    fn special_characters_are_escaped() {
        assert_eq!(escape("plain/name"), "plain/name");
        assert_eq!(escape("a*b?$c"), "a${*}b${?}${$}c");
    }
}
