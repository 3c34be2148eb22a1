//! What a user can choose about generated policies.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;
use tighten_iam::quota::PolicyKind;

use crate::accepted_risk::AcceptedRisk;

/// How observed resources become the resources of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceMode {
    /// As they were observed.
    Exact,
    /// Names that people chose, and ids that last, as they were observed; ids that AWS or a program makes up anew each
    /// time, and more names than a person would list, as wildcards. Names that guard something of their own (buckets,
    /// keys, secrets, roles), and all that an action is used on that changes permissions, are listed in any number.
    #[default]
    Auto,
    /// All resources of the observed types, in the observed regions and accounts.
    Type,
    /// `*`.
    Any,
}

/// Text that is no resource mode.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is none of exact, auto, type, any")]
pub struct UnknownMode(String);

impl ResourceMode {
    /// All modes, narrowest first.
    pub const ALL: [Self; 4] = [Self::Exact, Self::Auto, Self::Type, Self::Any];

    /// The spelling on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Auto => "auto",
            Self::Type => "type",
            Self::Any => "any",
        }
    }
}

impl FromStr for ResourceMode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or_else(|| UnknownMode(text.to_owned()))
    }
}

impl fmt::Display for ResourceMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How many values [`ResourceMode::Auto`] lists before a wildcard takes their place.
///
/// People choose the names that an ARN begins with (function, bucket, table), they are few, and each one left open
/// counts; twenty of them fill about a quarter of a managed policy. What follows below such a name (object keys, log
/// streams, versions) is mostly chosen by programs, and tomorrow's values differ from today's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Most names of one type in one place.
    pub names: usize,
    /// Most values below one name.
    pub below: usize,
    /// Most regions in which the same name is listed.
    pub regions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { names: 20, below: 8, regions: 8 }
    }
}

/// What a user can choose about generated policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How observed resources become the resources of a policy.
    pub resources: ResourceMode,
    /// When a wildcard takes the place of a list.
    pub limits: Limits,
    /// Names that start with one of these become `p*`, in every region and account.
    pub name_prefixes: Vec<String>,
    /// How much of what comes may fall outside.
    pub risk: AcceptedRisk,
    /// Where the documents will live, which decides how long they may be.
    pub kind: PolicyKind,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            resources: ResourceMode::default(),
            limits: Limits::default(),
            name_prefixes: Vec::new(),
            risk: AcceptedRisk::default(),
            kind: PolicyKind::Managed,
        }
    }
}
