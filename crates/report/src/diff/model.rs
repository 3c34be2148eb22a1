//! What is shown of a diff.

use std::collections::BTreeMap;

use serde::Serialize;
use tighten_synthesis::{Change, ConditionChange, DenyChange, Difference, Verdict};

/// The diff of two policies, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiffReport<'a> {
    /// The version of this form.
    pub schema_version: u32,
    /// What became of the policy as a whole.
    pub verdict: Verdict,
    /// Whether the new policy allows what the old one does not.
    pub new_access: &'a Difference<'a>,
    /// Whether the old policy allows what the new one does not.
    pub lost_access: &'a Difference<'a>,
    /// The old documents.
    pub old: Vec<DocumentName>,
    /// The new documents.
    pub new: Vec<DocumentName>,
    /// How many actions there are of each change.
    pub actions: BTreeMap<&'static str, usize>,
    /// What became of the actions, by change, service and access level.
    pub rows: Vec<RowReport<'a>>,
    /// Conditions that only one side has.
    pub conditions: &'a [ConditionChange],
    /// What only one side denies.
    pub denials: &'a [DenyChange<'a>],
}

/// A document of one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentName {
    /// Where it was read from.
    pub name: String,
    /// How many statements it has.
    pub statements: usize,
}

/// The actions of one service and access level that changed in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RowReport<'a> {
    /// What became of them.
    pub change: Change,
    /// The service's prefix.
    pub service: &'a str,
    /// What they do; nothing where the catalog does not know.
    pub access_level: Option<&'static str>,
    /// How many they are.
    pub actions: usize,
    /// How many of that service and level the catalog knows.
    pub known: usize,
    /// The actions, those together that the same statements are about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartReport<'a>>,
}

/// Actions that the same statements are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartReport<'a> {
    /// How many they are.
    pub actions: usize,
    /// Their names, where details are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<&'a [String]>,
    /// What is new about them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gained: Option<&'a Difference<'a>>,
    /// What is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<&'a Difference<'a>>,
}

impl DiffReport<'_> {
    /// Whether the names of actions are wanted.
    pub(super) fn has_details(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.parts).any(|part| part.names.is_some())
    }

    /// The rows of a change.
    pub(super) fn of(&self, change: Change) -> impl Iterator<Item = &RowReport<'_>> {
        self.rows.iter().filter(move |row| row.change == change)
    }
}
