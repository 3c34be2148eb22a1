//! Patterns of resource names, as in a policy's `Resource`.

use std::borrow::Cow;
use std::str::FromStr;

use thiserror::Error;

use crate::arn::Arn;
use crate::text::{is_legal, text_type};
use crate::wildcard::{self, Token, Tokens};

/// Resources by pattern: `*`, which may be written with more stars, or an ARN whose segments may hold `*` and `?`.
///
/// The six segments are matched one by one, as IAM does, so a wildcard never crosses into the next segment; in the
/// last one it crosses `/` and `:`. An ARN that stops short of six segments goes on with `*`. `${*}`, `${?}` and `${$}`
/// stand for the characters. A policy variable such as `${aws:username}` is kept as it is; it matches nothing here, since
/// its value is known only with a request. Case counts.
///
/// ```
/// use tighten_iam::{Arn, ResourcePattern};
/// let objects: ResourcePattern = "arn:aws:s3:::logs-*/*".parse()?;
/// let object: Arn = "arn:aws:s3:::logs-prod/2026/why?.txt".parse()?;
/// assert!(objects.matches(&object));
///
/// let exactly = ResourcePattern::from(&object);
/// assert_eq!(exactly.as_str(), "arn:aws:s3:::logs-prod/2026/why${?}.txt");
/// assert!(objects.contains(&exactly) && !exactly.contains(&objects));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ResourcePattern {
    text: Box<str>,
    /// Where the colons between segments stand; fewer than five in a short ARN, none in `*`.
    colons: [u32; 5],
    count: u8,
}

/// Why text is not a pattern of resources.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResourceError {
    /// It is neither `*` nor starts with `arn:`.
    #[error("`{0}` is neither `*` nor starts with `arn:`")]
    NotAnArn(String),
    /// What comes before the resource is longer than any ARN.
    #[error("the segments before the resource are longer than 4 GiB")]
    TooLong,
}

impl ResourcePattern {
    /// `*`: every resource, and the one thing that actions without resources ask for.
    pub fn any() -> Self {
        Self { text: "*".into(), colons: [0; 5], count: 0 }
    }

    /// Joins segments that are already in pattern spelling.
    pub fn new(
        partition: &str,
        service: &str,
        region: &str,
        account: &str,
        resource: &str,
    ) -> Result<Self, ResourceError> {
        format!("arn:{partition}:{service}:{region}:{account}:{resource}").parse()
    }

    /// Whether this is `*`.
    pub fn is_any(&self) -> bool {
        self.count == 0
    }

    /// The pattern as it was spelled.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The six segments in pattern spelling, `arn` first; nothing for `*`.
    pub fn segments(&self) -> Option<[&str; 6]> {
        if self.is_any() {
            return None;
        }
        let mut segments = ["*"; 6];
        let mut start = 0;
        let mut ends = self.colons.iter().take(usize::from(self.count)).map(|&at| at as usize);
        for segment in segments.iter_mut().take(usize::from(self.count) + 1) {
            let end = ends.next().unwrap_or(self.text.len());
            *segment = self.text.get(start..end).unwrap_or_default();
            start = end + 1;
        }
        Some(segments)
    }

    /// Whether there is a `*` or `?` that is not escaped, one that a short ARN implies included.
    pub fn has_wildcard(&self) -> bool {
        self.count < 5 || wildcard::has_wildcard(&self.text)
    }

    /// The policy variables in it, without `${` and `}`.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        Tokens::new(&self.text).filter_map(|token| match token {
            Token::Variable(name) => Some(name),
            _ => None,
        })
    }

    /// The one resource that is meant, if there is neither wildcard nor variable.
    pub fn to_arn(&self) -> Option<Arn> {
        if self.count < 5 { None } else { wildcard::literal(&self.text)?.parse().ok() }
    }

    /// Whether the pattern matches the resource.
    pub fn matches(&self, arn: &Arn) -> bool {
        let Some(patterns) = self.segments() else { return true };
        patterns.iter().zip(arn.segments()).all(|(pattern, segment)| wildcard::matches(pattern, segment))
    }

    /// Whether every resource matched by `other` is matched by this, for every value of their variables.
    pub fn contains(&self, other: &Self) -> bool {
        let Some(outer) = self.segments() else { return true };
        let Some(inner) = other.segments() else { return false };
        // The last ones differ most often.
        outer.iter().zip(inner).rev().all(|(outer, inner)| wildcard::contains(outer, inner))
    }

    /// Whether some resource may be matched by both.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self.segments(), other.segments()) {
            (Some(left), Some(right)) => left.iter().zip(right).all(|(left, right)| wildcard::overlaps(left, right)),
            _ => true,
        }
    }

    /// Replaces what cannot be written in a policy document by wildcards, and says whether there was any.
    ///
    /// A character outside TAB, LF, CR and U+0020 to U+00FF becomes `?`, or `*` where it may count as two characters; a
    /// variable that holds one becomes `*`. The result matches all that the pattern did before.
    ///
    /// ```
    /// use tighten_iam::{Arn, ResourcePattern};
    /// let object: Arn = "arn:aws:s3:::logs/ 日.txt".parse()?;
    /// let mut pattern = ResourcePattern::from(&object);
    /// assert!(pattern.widen_illegal());
    /// assert_eq!(pattern.as_str(), "arn:aws:s3:::logs/ ?.txt");
    /// assert!(pattern.matches(&object));
    /// # Ok::<(), tighten_iam::ArnError>(())
    /// ```
    pub fn widen_illegal(&mut self) -> bool {
        if self.text.chars().all(is_legal) {
            return false;
        }
        let mut text = String::with_capacity(self.text.len());
        for token in Tokens::new(&self.text) {
            match token {
                Token::Char(c) if is_legal(c) => wildcard::push_literal(&mut text, c),
                Token::Char('\0'..='\u{ffff}') | Token::One => text.push('?'),
                Token::Variable(name) if name.chars().all(is_legal) => text.extend(["${", name, "}"]),
                Token::Char(_) | Token::Variable(_) | Token::Many => text.push('*'),
            }
        }
        // The colons stay, so the text is a pattern of as many segments as before.
        if let Ok(widened) = text.parse() {
            *self = widened;
        }
        true
    }
}

impl FromStr for ResourcePattern {
    type Err = ResourceError;

    fn from_str(text: &str) -> Result<Self, ResourceError> {
        // `*` is any run of characters, so that a run of stars is one.
        if !text.is_empty() && text.bytes().all(|b| b == b'*') {
            return Ok(Self { text: text.into(), ..Self::any() });
        }
        if !text.starts_with("arn:") {
            return Err(ResourceError::NotAnArn(text.to_owned()));
        }
        let mut colons = [0_u32; 5];
        let mut count = 0;
        let mut tokens = Tokens::new(text);
        for slot in &mut colons {
            // Read by token: the colon in `${aws:username}` separates nothing.
            if tokens.by_ref().any(|token| token == Token::Char(':')) {
                *slot = u32::try_from(text.len() - tokens.rest().len() - 1).map_err(|_| ResourceError::TooLong)?;
                count += 1;
            }
        }
        Ok(Self { text: text.into(), colons, count })
    }
}

impl From<&Arn> for ResourcePattern {
    /// The pattern that matches this resource alone.
    fn from(arn: &Arn) -> Self {
        match wildcard::escape_literal(arn.as_str()) {
            Cow::Borrowed(text) => text.parse(),
            Cow::Owned(text) => text.parse(),
        }
        // Cannot fail: the segments before an ARN's resource are short, and escaping lengthens them fourfold at most.
        .unwrap_or_else(|_| Self::any())
    }
}

impl From<Arn> for ResourcePattern {
    fn from(arn: Arn) -> Self {
        Self::from(&arn)
    }
}

text_type!(ResourcePattern, compared by text);

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> ResourcePattern {
        text.parse().unwrap()
    }

    fn matches(text: &str, arn: &str) -> bool {
        pattern(text).matches(&arn.parse().unwrap())
    }

    #[test]
    fn wildcards_stay_within_their_segment() {
        assert!(matches("arn:aws:logs:*:*:log-group:/x:*", "arn:aws:logs:eu-west-1:1:log-group:/x:log-stream:a/b"));
        assert!(!matches("arn:aws:s*:x", "arn:aws:s3:::x"));
        assert!(!matches("arn:aws:sqs:*:jobs", "arn:aws:sqs:eu-west-1:1:jobs"));
        assert!(matches("arn:aws:s3:::a/*/z", "arn:aws:s3:::a/b/c/z"));
        assert!(!matches("arn:aws:s3:::Logs", "arn:aws:s3:::logs"));
    }

    #[test]
    fn short_arns_go_on_with_stars() {
        assert_eq!(pattern("arn:aws:s3").segments(), Some(["arn", "aws", "s3", "*", "*", "*"]));
        assert!(matches("arn:aws:s3:*", "arn:aws:s3:::bucket"));
        assert!(pattern("arn:aws:s3").has_wildcard() && pattern("arn:aws:s3").to_arn().is_none());
        assert!(pattern("arn:aws:s3").contains(&pattern("arn:aws:s3:::*")));
    }

    #[test]
    fn colons_of_variables_separate_nothing() {
        let home = pattern("arn:aws:s3:::home/${aws:username}/*");
        assert_eq!(home.segments().unwrap()[5], "home/${aws:username}/*");
        assert_eq!(home.variables().collect::<Vec<_>>(), ["aws:username"]);
        let region = pattern("arn:aws:sqs:${aws:RequestedRegion}:1:jobs");
        assert_eq!(region.segments().unwrap()[3], "${aws:RequestedRegion}");
    }

    #[test]
    fn only_the_star_stands_for_actions_without_resources() {
        assert!(pattern("*").is_any() && pattern("*").contains(&pattern("arn:*")));
        assert!(!pattern("arn:*").contains(&ResourcePattern::any()));
        assert_eq!(
            "logs/*".parse::<ResourcePattern>().unwrap_err().to_string(),
            "`logs/*` is neither `*` nor starts with `arn:`"
        );
    }
}
