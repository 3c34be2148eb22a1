//! What becomes of each grant of a current policy, and why.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;
use tighten_iam::ResourcePattern;

use crate::generalise::{Guarded, How};
use crate::observe::Gap;
use crate::used::{Behind, ConditionKeys};

/// What is known of a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantVerdict {
    /// It was used.
    Used {
        /// What may have been used besides without a record.
        gaps: Vec<Gap>,
    },
    /// It was not used, and a use would have been recorded.
    Unused,
    /// It was not seen in use, and uses may have gone unrecorded.
    NotObservable {
        /// What is missing.
        gaps: Vec<Gap>,
    },
    /// The records do not show a use, and IAM's own records do, or do not rule it out.
    LastAccessed {
        /// The day of the last use.
        on: Date,
    },
    /// It was not seen in use, and it is too early to take it away.
    TooYoung(Young),
    /// A boundary of all who hold it does not allow it, so that it has no effect.
    OutsideBoundary {
        /// The boundary's name.
        boundary: String,
    },
    /// A rule keeps it.
    KeptByRule {
        /// The rule's reason.
        reason: String,
    },
    /// A rule forbids it.
    NeverGranted {
        /// The rule's reason.
        reason: Option<String>,
    },
}

/// Why it is too early to take something away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Young {
    /// Too few days have records.
    Window {
        /// How many have.
        days: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The principal was made a short while ago.
    Principal {
        /// When it was made.
        created: Date,
        /// For how many days it is left alone.
        grace: usize,
    },
    /// The policy is the permissions boundary of principals, too, whose needs are not those of its holders.
    Boundary,
    /// The policy was changed a short while ago.
    Policy {
        /// When it was changed.
        changed: Date,
        /// For how many days it is left alone.
        grace: usize,
    },
}

/// What stays of an action that a statement allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    Nothing,
    /// On all resources of the statement.
    Whole,
    /// On these. Never all of the statement's, and never none.
    On(BTreeSet<Target>),
}

/// Resources that stay.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// The entry of the statement that they are part of.
    pub(super) entry: usize,
    /// Their pattern; nothing where the entry stays as it is written.
    pub(super) pattern: Option<ResourcePattern>,
    /// Conditions that all uses met.
    pub(super) condition: ConditionKeys,
}

/// A pattern that took the place of a wider one, and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NarrowedTo {
    /// The pattern.
    pub pattern: ResourcePattern,
    /// Why it is as wide as it is.
    pub how: How,
    /// The names guard something of their own, and others keep taking their place.
    pub guarded: Option<Guarded>,
    /// How many resources it reaches that only others used.
    pub others: u64,
    /// What was observed.
    pub behind: Behind,
}

impl GrantVerdict {
    /// All codes, in the order in which they are shown.
    pub const CODES: [&'static str; 8] = [
        "unused",
        "outside-boundary",
        "never-granted",
        "not-observable",
        "too-young",
        "kept-by-rule",
        "last-accessed",
        "used",
    ];

    /// The stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Used { .. } => "used",
            Self::Unused => "unused",
            Self::NotObservable { .. } => "not-observable",
            Self::LastAccessed { .. } => "last-accessed",
            Self::TooYoung(_) => "too-young",
            Self::OutsideBoundary { .. } => "outside-boundary",
            Self::KeptByRule { .. } => "kept-by-rule",
            Self::NeverGranted { .. } => "never-granted",
        }
    }

    /// What may have gone unrecorded.
    pub fn gaps(&self) -> &[Gap] {
        match self {
            Self::Used { gaps } | Self::NotObservable { gaps } => gaps,
            _ => &[],
        }
    }
}
