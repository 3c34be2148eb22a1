//! The guard rails of narrowing.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use thiserror::Error;
use tighten_iam::{ActionName, ActionPattern, PolicyDocument, Principal, ResourcePattern};
use tighten_usage::PrincipalFilter;

use super::accessed::LastAccessed;
use super::placeholders::Placeholders;
use crate::options::Options;

/// What a user can choose about narrowed policies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NarrowOptions {
    /// How observed resources become the resources of a policy.
    pub generate: Options,
    /// What is taken away as a whole or not at all.
    pub granularity: Granularity,
    /// What becomes of grants whose use the input could not have shown.
    pub unobservable: Unobservable,
    /// What becomes of grants of used services of which no call is known that would show their use.
    pub without_known_call: WithoutKnownCall,
    /// What stays, used or not.
    pub keep: Vec<Keep>,
    /// What goes with creating things stays, too, where something was created.
    pub siblings: bool,
    /// What goes, used or not.
    pub never_grant: Vec<NeverGrant>,
    /// Days with records that it takes before anything is taken away.
    pub min_window: usize,
    /// Days for which principals and policies are left as they are after they were made or changed.
    pub grace: usize,
    /// The values of placeholders in current policies.
    pub defines: BTreeMap<String, String>,
    /// What principals last used by IAM's own records. It keeps what would go as unused.
    pub last_accessed: BTreeMap<Principal, LastAccessed>,
    /// The moment that expiry and grace are counted to.
    pub as_of: Option<Timestamp>,
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// All choices.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The spelling on the command line, in `tighten.toml` and in JSON.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownChoice;

            fn from_str(text: &str) -> Result<Self, UnknownChoice> {
                let found = Self::ALL.iter().copied().find(|choice| choice.as_str() == text);
                found.ok_or_else(|| UnknownChoice { text: text.to_owned(), choices: concat!($($text, " "),*).trim_end() })
            }
        }
    };
}

/// Text that is none of the choices.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is none of {}", choices.replace(' ', ", "))]
pub struct UnknownChoice {
    text: String,
    choices: &'static str,
}

choice! {
    /// What is taken away as a whole or not at all.
    Granularity {
        /// Services of which a statement's grants were not used at all.
        Service = "service",
        /// Actions; their resources stay as they are.
        Action = "action",
        /// Actions, and of the resources of those that were used what they were not used on.
        #[default]
        Resource = "resource",
    }
}

choice! {
    /// What becomes of grants whose use the input could not have shown.
    Unobservable {
        /// They stay where the principal used the service, or where the policy names the service; what only `*` or
        /// `NotAction` reaches goes.
        #[default]
        KeepUsedServices = "keep-used-services",
        /// They stay.
        Keep = "keep",
        /// They go as if they were unused.
        Drop = "drop",
    }
}

choice! {
    /// What becomes of grants of which no call is known that would show their use, where the principal used the service and
    /// only `*` or `NotAction` reaches them.
    WithoutKnownCall {
        /// They go, with a warning.
        #[default]
        Drop = "drop",
        /// They stay.
        Keep = "keep",
    }
}

/// A grant that stays, used or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// Which actions.
    pub action: ActionPattern,
    /// On which resources; all when absent.
    pub resource: Option<ResourcePattern>,
    /// Of which principals; of all when it asks for all.
    pub principals: PrincipalFilter,
    /// Why.
    pub reason: String,
    /// The last day on which the rule holds.
    pub expires: Option<Date>,
}

/// A grant that no proposal contains, used or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeverGrant {
    /// Which actions.
    pub action: ActionPattern,
    /// Of which principals; of all when it asks for all.
    pub principals: PrincipalFilter,
    /// Why.
    pub reason: Option<String>,
}

impl NarrowOptions {
    /// The document with the values of placeholders in its resources, as it would be in force.
    pub fn fill(&self, document: &PolicyDocument) -> PolicyDocument {
        Placeholders::new(&self.defines).fill_document(document)
    }
}

impl Keep {
    /// Whether the rule speaks of the action, on resources that may be among those of the pattern.
    pub(super) fn speaks_of(&self, action: &ActionName, resource: Option<&ResourcePattern>) -> bool {
        let resources = || match (&self.resource, resource) {
            (Some(own), Some(other)) => own.overlaps(other),
            _ => true,
        };
        self.action.matches(action) && resources()
    }

    /// Whether the rule's time is over on that day.
    pub fn is_expired(&self, day: Date) -> bool {
        self.expires.is_some_and(|expires| expires < day)
    }
}

impl NeverGrant {
    /// Whether the rule speaks of the action.
    pub fn applies(&self, principal: &Principal, action: &ActionName) -> bool {
        self.action.matches(action) && self.principals.admits(principal)
    }
}
