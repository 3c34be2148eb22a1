//! Which records and principals are asked for.

use std::collections::BTreeSet;
use std::num::NonZero;

use serde::{Deserialize, Serialize};
use tighten_iam::Principal;
use tighten_trail::{Limits, Outline, Window};

use crate::resources::ResourceLimits;

/// What a fold takes, and what it may spend.
#[derive(Debug, Clone, Default)]
pub struct FoldOptions {
    /// Only records of this time.
    pub window: Window,
    /// Only records of these accounts' trails; all when empty.
    pub accounts: BTreeSet<String>,
    /// Only records of these regions; all when empty.
    pub regions: BTreeSet<String>,
    /// Only these principals. What the input could have shown is taken from the records of all.
    pub principals: PrincipalFilter,
    /// What reading one file may cost.
    pub limits: Limits,
    /// How many resources are kept apart.
    pub resources: ResourceLimits,
    /// How many threads; as many as there are processors when `None`.
    pub threads: Option<NonZero<usize>>,
    /// How much memory it should all take, in bytes; [`LEAST_MEMORY`](crate::LEAST_MEMORY) at least. Buffers and
    /// threads adapt to it. No permission does, unless a record is larger than what may be kept of a file; copies of
    /// events that come late may count once more.
    pub memory_limit: Option<u64>,
}

/// Which principals are asked for: patterns with `*` and `?` on the ARN or on the bare name, whatever the case. No
/// patterns ask for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalFilter {
    patterns: Vec<String>,
}

impl FoldOptions {
    /// Whether the record's account and region are asked for.
    pub(crate) fn admits_place(&self, outline: &Outline<'_>) -> bool {
        (self.accounts.is_empty() || self.accounts.contains(trail_account(outline)))
            && (self.regions.is_empty() || self.regions.contains(outline.aws_region))
    }
}

/// The account whose trail the record is from. The first versions did not say; they had the caller's copy alone.
pub(crate) fn trail_account<'a>(outline: &Outline<'a>) -> &'a str {
    outline.recipient_account_id.or(outline.account_id).unwrap_or_default()
}

impl PrincipalFilter {
    /// Asks for the principals that match any of the patterns.
    pub fn new<T: Into<String>>(patterns: impl IntoIterator<Item = T>) -> Self {
        Self { patterns: patterns.into_iter().map(Into::into).collect() }
    }

    /// Whether the principal is asked for.
    pub fn admits(&self, principal: &Principal) -> bool {
        let fits = |pattern: &String| matches(pattern, principal.as_str()) || matches(pattern, principal.name());
        self.patterns.is_empty() || self.patterns.iter().any(fits)
    }

    /// Whether every principal is asked for.
    pub fn is_all(&self) -> bool {
        self.patterns.is_empty()
    }
}

/// Whether the text matches a pattern with `*` for any text and `?` for one character, whatever the case.
fn matches(pattern: &str, text: &str) -> bool {
    let same = |one: char, other: char| one == '?' || one == other || one.to_lowercase().eq(other.to_lowercase());
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when the text after the last `*` does not fit: that `*` takes one character more.
    let mut retry = None;
    loop {
        let at_text = text.clone();
        match (pattern.next(), text.next()) {
            (Some('*'), _) => {
                text = at_text.clone();
                retry = Some((pattern.clone(), at_text));
            }
            (Some(one), Some(other)) if same(one, other) => {}
            (None, None) => return true,
            _ => {
                let Some((after, mut taken)) = retry.take() else { return false };
                if taken.next().is_none() {
                    return false;
                }
                pattern = after.clone();
                text = taken.clone();
                retry = Some((after, taken));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
            (['?', pattern @ ..], [_, text @ ..]) => naive(pattern, text),
            ([one, pattern @ ..], [other, text @ ..]) => one.eq_ignore_ascii_case(other) && naive(pattern, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_equals_the_definition(pattern in "[aAb*?]{0,8}", text in "[abB]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), naive(&chars(&pattern), &chars(&text)));
        }
    }

    #[test]
    fn a_principal_is_asked_for_by_arn_or_name() {
        let role = Principal::from_arn("arn:aws:iam::111122223333:role/ci/Deploy-prod").unwrap();
        let admits = |patterns: &[&str]| PrincipalFilter::new(patterns.iter().copied()).admits(&role);
        assert!(admits(&[]));
        assert!(admits(&["deploy-*"]));
        assert!(admits(&["other", "arn:aws:iam::*:role/ci/*"]));
        assert!(admits(&["arn:aws:iam::111122223333:role/ci/Deploy-prod"]));
        assert!(!admits(&["deploy"]));
        assert!(!admits(&["role/ci/*"]));
    }
}
