//! What actions are worth to an attacker. Shared with the build script.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tighten_iam::ActionName;

/// What a grant would give an attacker. Ordered from the worst, which is the order of showing.
///
/// The first four change or get around who may do what, the fifth takes away the record of it; then come data, lasting
/// harm, and the rest by access level. `docs/risk.md` gives the reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskClass {
    /// More permissions than the principal has.
    Escalation,
    /// Credentials or secrets that work elsewhere.
    CredentialAccess,
    /// Opens resources, or copies of them, to other accounts or everybody.
    ResourceExposure,
    /// Changes who may do what, in some other way.
    PermissionsManagement,
    /// Hides what is done, or stops its detection.
    LoggingEvasion,
    /// Reads the content of resources.
    DataRead,
    /// Destroys what its counterpart cannot bring back.
    DestructiveWrite,
    /// Changes tags, and with them what is allowed where policies look at tags.
    Tagging,
    /// Creates and changes.
    Write,
    /// Reads what does not count as content: attributes, states, counts.
    MetadataRead,
    /// Sees that resources exist.
    List,
}

impl RiskClass {
    /// All classes, worst first.
    pub const ALL: [Self; 11] = [
        Self::Escalation,
        Self::CredentialAccess,
        Self::ResourceExposure,
        Self::PermissionsManagement,
        Self::LoggingEvasion,
        Self::DataRead,
        Self::DestructiveWrite,
        Self::Tagging,
        Self::Write,
        Self::MetadataRead,
        Self::List,
    ];

    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Escalation => "escalation",
            Self::CredentialAccess => "credential-access",
            Self::ResourceExposure => "resource-exposure",
            Self::PermissionsManagement => "permissions-management",
            Self::LoggingEvasion => "logging-evasion",
            Self::DataRead => "data-read",
            Self::DestructiveWrite => "destructive-write",
            Self::Write => "write",
            Self::Tagging => "tagging",
            Self::MetadataRead => "metadata-read",
            Self::List => "list",
        }
    }
}

impl std::fmt::Display for RiskClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A known way of abusing permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The actions that make the way, needed all together. A grant of any of them is of this class.
    pub actions: Vec<ActionName>,
    /// What must be allowed besides, though it is harmless by itself.
    pub with: Vec<ActionName>,
    /// What it amounts to.
    pub class: RiskClass,
    /// What an attacker gets, in one sentence.
    pub gives: String,
    /// Where it is known from.
    pub evidence: String,
}

impl Escalation {
    /// What else must be allowed for `action` to work in this way.
    pub fn others<'a>(&'a self, action: &'a ActionName) -> impl Iterator<Item = &'a ActionName> {
        self.actions.iter().chain(&self.with).filter(move |other| *other != action)
    }
}

/// The class of an action that its access level does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRisk {
    /// The class.
    pub class: RiskClass,
    /// Where it is known from.
    pub evidence: String,
}

/// What actions are worth to an attacker.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Risks {
    /// By class, then in the order of the file.
    pub(crate) escalations: Vec<Escalation>,
    /// By lower-case action: places of the escalations that class it.
    pub(crate) by_action: BTreeMap<String, Vec<usize>>,
    /// By lower-case action: place in `rows`.
    pub(crate) listed: BTreeMap<String, usize>,
    pub(crate) rows: Vec<ListedRisk>,
}
