//! What a call needed, or why it needed nothing that can be said.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use tighten_iam::{ActionName, ResourcePattern};

/// How surely the resources of a [`Need`] are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The patterns are what IAM evaluates for this call: a named resource, `*` for an action that takes no resource,
    /// or the type's wildcard where the service itself asks for it (a volume that does not exist yet).
    Exact,
    /// The call settles the type of the resource but not its name.
    ByType,
    /// Nothing in the record tells the resource; the pattern is `*`.
    Unresolved,
}

impl Certainty {
    /// The spelling used in JSON and in text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::ByType => "by-type",
            Self::Unresolved => "unresolved",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One permission that a call needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Need {
    /// The IAM action, in the catalog's spelling; in a message's, where AWS names one that the catalog lacks.
    pub action: ActionName,
    /// The resources, as policy patterns; never empty.
    pub resources: Vec<ResourcePattern>,
    /// Condition keys that the request carried and that a policy may ask for (`iam:PassedToService`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, BTreeSet<String>>,
    /// How surely the resources are known.
    pub certainty: Certainty,
    /// What decided the resources, such as `resources`, `parameter:functionName`, `no-resource-support`.
    pub rule: String,
    /// The resources name IAM entities by name alone, so that a path may stand before the name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub path_unknown: bool,
    /// The resource types of the action that the call leaves open, sorted: AWS may have checked it on such resources, too,
    /// and the record does not tell on which. With any of them, the need is never exact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsettled: Vec<String>,
    /// A rule that rests on names alone suspects this need: worth telling, never worth granting.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspected: bool,
}

impl Need {
    /// How rules begin of which several resources are named where one is checked.
    pub(crate) const EITHER: &str = "either:";

    /// Whether one of the resources is checked and nobody says which, so that what allows any of them may allow the call.
    pub fn is_either(&self) -> bool {
        self.resources.len() > 1 && self.rule.split('+').all(|rule| rule.starts_with(Self::EITHER))
    }

    /// Whether one call that has both needs has one: the same action under the same conditions, on further resources.
    pub(crate) fn is_joined_by(&self, other: &Self) -> bool {
        self.action == other.action
            && self.context == other.context
            && self.suspected == other.suspected
            && self.unsettled == other.unsettled
            && (self.path_unknown == other.path_unknown)
            && (self.certainty == other.certainty)
            && (self.rule.starts_with(Self::EITHER) == other.rule.starts_with(Self::EITHER))
    }

    /// With one resource, there is no choice between several.
    pub(crate) fn drop_choice_of_one(&mut self) {
        if self.resources.len() == 1 && self.rule.contains(Self::EITHER) {
            let mut rules: Vec<&str> = Vec::new();
            for rule in self.rule.split('+').map(|rule| rule.strip_prefix(Self::EITHER).unwrap_or(rule)) {
                if !rules.contains(&rule) {
                    rules.push(rule);
                }
            }
            self.rule = rules.join("+");
        }
    }

    /// Adds the resources of another need of the same call.
    pub(crate) fn join(&mut self, other: Self) {
        for resource in other.resources {
            if !self.resources.contains(&resource) {
                self.resources.push(resource);
            }
        }
        if !self.rule.split('+').any(|rule| rule == other.rule) {
            self.rule.push('+');
            self.rule.push_str(&other.rule);
        }
    }
}

/// Why a call has no needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoNeed {
    /// The service asks for no IAM permission.
    NoPermission,
    /// Neither the catalog nor a rule knows the call.
    UnknownCall,
    /// No IAM service prefix is known for the event source.
    UnknownSource,
    /// A rule knows the call, but the record lacks the parameters that decide.
    Undecided,
}

impl NoNeed {
    /// The stable kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoPermission => "no-permission",
            Self::UnknownCall => "unknown-call",
            Self::UnknownSource => "unknown-source",
            Self::Undecided => "undecided",
        }
    }
}

/// What a call maps to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mapped {
    /// The permissions that the call needed, in the order of the rule, without repeats.
    Needs(Vec<Need>),
    /// No needs, and why.
    None(NoNeed),
}

impl Mapped {
    /// The needs themselves; none where there are none.
    pub(crate) fn into_needs(self) -> Vec<Need> {
        match self {
            Self::Needs(needs) => needs,
            Self::None(_) => Vec::new(),
        }
    }

    /// The needs; empty where there are none.
    pub fn needs(&self) -> &[Need] {
        match self {
            Self::Needs(needs) => needs,
            Self::None(_) => &[],
        }
    }
}
