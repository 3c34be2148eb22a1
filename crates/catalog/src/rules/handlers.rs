//! What CloudFormation's handlers of a resource type call. Shared with the build script.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tighten_iam::ActionName;

/// What CloudFormation does to a resource, or to its tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HandlerVerb {
    /// Makes it.
    Create,
    /// Looks at it, after making it and to find out how it drifted.
    Read,
    /// Changes it.
    Update,
    /// Deletes it.
    Delete,
    /// Changes its tags.
    Tag,
}

impl HandlerVerb {
    /// All verbs.
    pub const ALL: [Self; 5] = [Self::Create, Self::Read, Self::Update, Self::Delete, Self::Tag];

    /// The letter in `handlers.tsv`.
    pub fn letter(self) -> char {
        match self {
            Self::Create => 'c',
            Self::Read => 'r',
            Self::Update => 'u',
            Self::Delete => 'd',
            Self::Tag => 't',
        }
    }

    /// The verb as it is written in sentences: `create`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Tag => "tag",
        }
    }
}

impl std::fmt::Display for HandlerVerb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Some of the verbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct HandlerVerbs(u8);

impl HandlerVerbs {
    /// These and one more.
    #[must_use]
    pub fn with(self, verb: HandlerVerb) -> Self {
        Self(self.0 | 1 << verb as u8)
    }

    /// Whether the verb is one of them.
    pub fn contains(self, verb: HandlerVerb) -> bool {
        self.0 >> verb as u8 & 1 == 1
    }

    /// The verbs, in order.
    pub fn iter(self) -> impl Iterator<Item = HandlerVerb> {
        HandlerVerb::ALL.into_iter().filter(move |verb| self.contains(*verb))
    }
}

/// All handlers, as they are packed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PackedHandlers {
    /// Every action that a handler calls, once, sorted.
    pub(crate) actions: Vec<ActionName>,
    /// By resource type: `AWS::S3::Bucket`.
    pub(crate) types: BTreeMap<String, PackedType>,
    /// By resource type.
    pub(crate) scopes: BTreeMap<String, Vec<HandlerScope>>,
    /// By resource type.
    pub(crate) physical: BTreeMap<String, PhysicalResource>,
}

/// The handlers of one resource type, as they are packed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PackedType {
    pub(crate) name: Option<String>,
    /// Place among all actions, and which handlers call it.
    pub(crate) actions: Vec<(u16, HandlerVerbs)>,
    /// Where a row that is kept by hand is known from.
    pub(crate) evidence: Option<String>,
}

/// What a handler calls only for resources with certain properties, or on something that these name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerScope {
    /// The actions concerned.
    pub actions: Vec<ActionName>,
    /// Paths of properties of which one must be there, `.` between levels; empty: none is needed.
    pub properties: Vec<String>,
    /// The handlers do not call them, whatever the properties.
    pub never: bool,
    /// `*`, or ARNs with `${Partition}`, `${Region}`, `${Account}`, and `${PATH}` for the value of a property; empty: on
    /// what every other action is.
    pub on: Vec<String>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// How IAM sees a resource of a type of CloudFormation's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PhysicalResource {
    /// Service prefix and resource types: `lambda`, `function`.
    pub resources: Vec<(String, String)>,
    /// Variables of the ARN formats, and the property that holds the value.
    pub fill: BTreeMap<String, String>,
    /// The longest name that the service accepts, where CloudFormation makes it up; 0: not known.
    pub longest: u16,
    /// Names are in lower case.
    pub lower_case: bool,
    /// The name that CloudFormation makes up, with `${LogicalId}`; `None`: of the stack, the logical id and more.
    pub made_up: Option<String>,
    /// No property names it: the service mints its name.
    pub minted: bool,
}

/// The handlers of one resource type.
#[derive(Debug, Clone, Copy)]
pub struct Handlers<'a> {
    all: &'a PackedHandlers,
    resource_type: &'a str,
    packed: &'a PackedType,
}

impl<'a> Handlers<'a> {
    pub(crate) fn of(all: &'a PackedHandlers, resource_type: &str) -> Option<Self> {
        let (resource_type, packed) = all.types.get_key_value(resource_type)?;
        Some(Self { all, resource_type, packed })
    }

    pub(crate) fn each(all: &'a PackedHandlers) -> impl Iterator<Item = Self> {
        all.types.iter().map(move |(resource_type, packed)| Self { all, resource_type, packed })
    }

    /// The type: `AWS::S3::Bucket`.
    pub fn resource_type(&self) -> &'a str {
        self.resource_type
    }

    /// The property that names a resource of the type; without one, AWS mints the name or another property refers to what
    /// the resource is a part of.
    pub fn name_property(&self) -> Option<&'a str> {
        self.packed.name.as_deref()
    }

    /// All actions, sorted, with the handlers that call them.
    pub fn actions(&self) -> impl Iterator<Item = (&'a ActionName, HandlerVerbs)> + use<'a> {
        let Self { all, packed, .. } = *self;
        packed.actions.iter().filter_map(|(at, verbs)| Some((all.actions.get(usize::from(*at))?, *verbs)))
    }

    /// The actions that one handler calls, sorted.
    pub fn calls(&self, verb: HandlerVerb) -> impl Iterator<Item = &'a ActionName> + use<'a> {
        self.actions().filter(move |(_, verbs)| verbs.contains(verb)).map(|(action, _)| action)
    }

    /// Where a row that is kept by hand is known from; `None` for what AWS publishes.
    pub fn evidence(&self) -> Option<&'a str> {
        self.packed.evidence.as_deref()
    }
}
