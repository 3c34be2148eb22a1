//! What a diff says.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use tighten_catalog::AccessLevel;
use tighten_iam::{ActionName, PolicyDocument, RequestedResource};

/// What two policies allow, compared. Borrows both.
///
/// Lists are sorted, and the same policies always give the same value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyDiff<'a> {
    /// The documents before the change.
    #[serde(skip)]
    pub old: &'a [PolicyDocument],
    /// The documents after it.
    #[serde(skip)]
    pub new: &'a [PolicyDocument],
    /// What became of the whole.
    pub verdict: Verdict,
    /// Whether the new policy allows a request that the old one does not.
    pub gained: Difference<'a>,
    /// Whether the old policy allows a request that the new one does not.
    pub lost: Difference<'a>,
    /// What became of the actions, by change, service and access level.
    pub rows: Vec<Row<'a>>,
    /// Conditions of allowing statements that only one side has, where they concern actions that changed.
    pub conditions: Vec<ConditionChange>,
    /// What only one side denies.
    pub denials: Vec<DenyChange<'a>>,
}

/// What became of a policy as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Both policies allow the same requests.
    Equal,
    /// The new policy allows less, and nothing else.
    Narrower,
    /// The new policy allows more, and nothing less.
    Wider,
    /// Each allows requests that the other does not.
    Mixed,
    /// At least one direction could not be decided.
    Undecided,
}

/// What became of an action. In the order in which changes are shown: what is new comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The old policy does not allow it at all, the new one does.
    Added,
    /// Allowed as before, and on more resources or under fewer conditions.
    Widened,
    /// Allowed where it was not, and not allowed where it was.
    Mixed,
    /// At least one direction could not be decided.
    Undecided,
    /// The old policy allows it, the new one does not at all.
    Removed,
    /// Still allowed, on fewer resources or under more conditions.
    Narrowed,
    /// Allowed exactly as before.
    Kept,
}

/// Whether one policy allows a request that the other does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "answer", rename_all = "lowercase")]
pub enum Difference<'a> {
    /// It is proven that it does not.
    No,
    /// It does.
    Yes(Witness<'a>),
    /// Neither is proven.
    Undecided {
        /// What stands in the way.
        why: String,
        /// One of the actions that it is about, where not all are meant.
        #[serde(skip_serializing_if = "Option::is_none")]
        action: Option<ActionName>,
        /// The statement that may allow more, if it is a certain one.
        #[serde(skip_serializing_if = "Option::is_none")]
        statement: Option<StatementRef<'a>>,
    },
}

/// A request that one policy allows and the other does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Witness<'a> {
    /// What is asked for.
    pub action: ActionName,
    /// On what.
    pub resource: RequestedResource,
    /// The condition keys that it takes; all others are absent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub assumed: BTreeMap<String, Vec<String>>,
    /// The statement that allows it.
    pub statement: StatementRef<'a>,
    /// The entry of its `Resource` that matches, as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted_on: Option<&'a str>,
    /// The statement of the other policy that denies it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_by: Option<StatementRef<'a>>,
}

/// Where a statement stands. Counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StatementRef<'a> {
    /// The document of its side.
    pub document: usize,
    /// The statement of the document.
    pub statement: usize,
    /// Its `Sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<&'a str>,
}

/// The actions of one service and access level that changed in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row<'a> {
    /// What became of them.
    pub change: Change,
    /// The service's prefix.
    pub service: String,
    /// What the actions do; nothing for those that the catalog does not know.
    pub access_level: Option<AccessLevel>,
    /// How many actions of that service and level the catalog knows.
    pub known: usize,
    /// The actions, those together that the same statements are about.
    pub parts: Vec<Part<'a>>,
}

/// Actions that the same statements of both policies are about, so that what holds for one of them holds for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part<'a> {
    /// The actions, sorted. A pattern stands here if it matches none that the catalog knows.
    pub actions: Vec<String>,
    /// Whether the new policy allows them where the old one does not.
    pub gained: Difference<'a>,
    /// Whether the old policy allows them where the new one does not.
    pub lost: Difference<'a>,
}

/// A condition that allowing statements of only one side have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionChange {
    /// The condition key, as it is written.
    pub key: String,
    /// The operator, as it is written.
    pub operator: String,
    /// The values in the old policy; nothing where the condition is new.
    pub old: Option<Vec<String>>,
    /// The values in the new policy; nothing where the condition is gone.
    pub new: Option<Vec<String>>,
    /// The services whose actions it concerns.
    pub services: BTreeSet<String>,
    /// How many actions it concerns.
    pub actions: usize,
}

/// A statement that denies what the other policy does not deny.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DenyChange<'a> {
    /// Whether the statement is one of the new policy; else it is one of the old policy.
    #[serde(rename = "change", serialize_with = "added_or_removed")]
    pub added: bool,
    /// The statement.
    pub statement: StatementRef<'a>,
    /// A request that only it denies, or why it is not known whether there is one. Its `statement` is the denying one.
    pub example: Difference<'a>,
}

impl PolicyDiff<'_> {
    /// Whether both policies are proven to allow the same requests.
    pub fn is_unchanged(&self) -> bool {
        self.verdict == Verdict::Equal
    }

    /// Whether the new policy is proven to allow nothing that the old one does not.
    pub fn is_no_wider(&self) -> bool {
        self.gained == Difference::No
    }

    /// How many actions changed in this way.
    pub fn count(&self, change: Change) -> usize {
        self.rows.iter().filter(|row| row.change == change).map(Row::count).sum()
    }
}

impl Verdict {
    /// What follows from both directions.
    pub(super) fn of(gained: &Difference<'_>, lost: &Difference<'_>) -> Self {
        match (gained, lost) {
            (Difference::No, Difference::No) => Self::Equal,
            (Difference::No, Difference::Yes(_)) => Self::Narrower,
            (Difference::Yes(_), Difference::No) => Self::Wider,
            (Difference::Yes(_), Difference::Yes(_)) => Self::Mixed,
            (Difference::Undecided { .. }, _) | (_, Difference::Undecided { .. }) => Self::Undecided,
        }
    }

    /// The spelling used in JSON and in text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Narrower => "narrower",
            Self::Wider => "wider",
            Self::Mixed => "mixed",
            Self::Undecided => "undecided",
        }
    }
}

impl Change {
    /// All changes, in the order in which they are shown.
    pub const ALL: [Self; 7] =
        [Self::Added, Self::Widened, Self::Mixed, Self::Undecided, Self::Removed, Self::Narrowed, Self::Kept];

    /// The spelling used in JSON and in text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Widened => "widened",
            Self::Mixed => "mixed",
            Self::Undecided => "undecided",
            Self::Removed => "removed",
            Self::Narrowed => "narrowed",
            Self::Kept => "kept",
        }
    }
}

impl<'a> Difference<'a> {
    /// The request that shows it.
    pub fn witness(&self) -> Option<&Witness<'a>> {
        match self {
            Self::Yes(witness) => Some(witness),
            Self::No | Self::Undecided { .. } => None,
        }
    }

    /// Why it is not known.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Undecided { why, .. } => Some(why),
            Self::No | Self::Yes(_) => None,
        }
    }
}

impl Row<'_> {
    /// How many actions there are.
    pub fn count(&self) -> usize {
        self.parts.iter().map(|part| part.actions.len()).sum()
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn added_or_removed<S: Serializer>(added: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if *added { "added" } else { "removed" })
}
