//! Which records and principals are asked for.

use std::collections::BTreeSet;
use std::num::NonZero;

use serde::{Deserialize, Serialize};
use tighten_iam::{Principal, matches_ignoring_case};
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
        let names = [principal.as_str(), principal.name()];
        let fits = |pattern: &String| names.iter().any(|name| matches_ignoring_case(pattern, name));
        self.patterns.is_empty() || self.patterns.iter().any(fits)
    }

    /// Whether every principal is asked for.
    pub fn is_all(&self) -> bool {
        self.patterns.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
