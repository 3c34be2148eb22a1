//! Concrete resource names.

use std::str::FromStr;

use thiserror::Error;

use crate::text::text_type;

/// The name of one resource: `arn:partition:service:region:account:resource`.
///
/// Nothing in it is a wildcard: a `*` in an object's key is that character. It is split once, when it is parsed.
///
/// ```
/// use tighten_iam::Arn;
/// let arn: Arn = "arn:aws:lambda:eu-west-1:111122223333:function:resize:live".parse()?;
/// assert_eq!((arn.service(), arn.region(), arn.resource()), ("lambda", "eu-west-1", "function:resize:live"));
/// assert!("resize".parse::<Arn>().is_err());
/// # Ok::<(), tighten_iam::ArnError>(())
/// ```
#[derive(Clone)]
pub struct Arn {
    text: Box<str>,
    colons: [u16; 5],
}

/// Why text is not an ARN.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArnError {
    /// It does not start with `arn:`.
    #[error("`{0}` does not start with `arn:`")]
    NotAnArn(String),
    /// It has fewer than six segments.
    #[error("`{0}` has fewer than six segments; an ARN looks like `arn:aws:s3:::bucket`")]
    TooFewSegments(String),
    /// A segment that may not be empty is.
    #[error("`{text}` has an empty {segment} segment")]
    EmptySegment {
        /// The whole text.
        text: String,
        /// Which segment.
        segment: &'static str,
    },
    /// What comes before the resource is longer than any ARN.
    #[error("the segments before the resource are longer than 65,535 bytes")]
    TooLong,
}

impl Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub fn partition(&self) -> &str {
        self.segment(0, 1)
    }

    /// The service's namespace, `s3`.
    pub fn service(&self) -> &str {
        self.segment(1, 2)
    }

    /// The region, empty for global resources.
    pub fn region(&self) -> &str {
        self.segment(2, 3)
    }

    /// The account, empty for resources such as buckets.
    pub fn account(&self) -> &str {
        self.segment(3, 4)
    }

    /// All that follows the account; may hold further colons.
    pub fn resource(&self) -> &str {
        let start = usize::from(self.colons[4]) + 1;
        self.text.get(start..).unwrap_or_default()
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The six segments, `arn` first.
    pub fn segments(&self) -> [&str; 6] {
        ["arn", self.partition(), self.service(), self.region(), self.account(), self.resource()]
    }

    fn segment(&self, before: usize, after: usize) -> &str {
        let at = |index: usize| self.colons.get(index).copied().map_or(0, usize::from);
        self.text.get(at(before) + 1..at(after)).unwrap_or_default()
    }
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        if !text.starts_with("arn:") {
            return Err(ArnError::NotAnArn(text.to_owned()));
        }
        let mut colons = [0_u16; 5];
        let mut found = text.match_indices(':').map(|(at, _)| at);
        for slot in &mut colons {
            let at = found.next().ok_or_else(|| ArnError::TooFewSegments(text.to_owned()))?;
            *slot = u16::try_from(at).map_err(|_| ArnError::TooLong)?;
        }
        let arn = Self { text: text.into(), colons };
        let required = [("partition", arn.partition()), ("service", arn.service()), ("resource", arn.resource())];
        if let Some((segment, _)) = required.into_iter().find(|(_, value)| value.is_empty()) {
            return Err(ArnError::EmptySegment { text: text.to_owned(), segment });
        }
        Ok(arn)
    }
}

text_type!(Arn, compared by text);
