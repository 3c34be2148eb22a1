//! The facts: services, actions, resource types, condition keys, operations.
//!
//! Text is `&'static str`: a service is unpacked once, on first use, and lives as long as the program.

use serde::{Deserialize, Serialize};
use tighten_iam::ActionName;

/// What the embedded catalog was made from, and how much it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogInfo {
    /// The pinned packages that the facts were generated from.
    pub sources: Vec<CatalogSource>,
    /// Number of service prefixes.
    pub services: usize,
    /// Number of actions, withdrawn ones included.
    pub actions: usize,
    /// Number of resource types.
    pub resource_types: usize,
    /// Number of API operations, counted per SDK service.
    pub operations: usize,
}

/// One package that the facts come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogSource {
    /// The package's name in its registry.
    pub name: String,
    /// The pinned version.
    pub version: String,
    /// Which facts it contributes.
    pub what: String,
}

/// One service prefix and all that IAM defines under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// The prefix before the colon of an action, lower-case.
    pub prefix: &'static str,
    /// Sorted by lower-case name.
    pub actions: Vec<Action>,
    /// Sorted by name.
    pub resource_types: Vec<ResourceType>,
    /// Sorted by name.
    pub condition_keys: Vec<ConditionKey>,
    /// Sorted by lower-case name, then SDK service.
    pub operations: Vec<Operation>,
    /// The ARN formats of all resource types, in the same order, taken apart.
    #[serde(skip)]
    pub arn_formats: Vec<ArnFormat>,
}

impl Service {
    /// The action of that name, ignoring ASCII case.
    pub fn action(&self, name: &str) -> Option<&Action> {
        find(&self.actions, name, |action| action.name)
    }

    /// The resource type of exactly that name.
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.resource_types.iter().find(|kind| kind.name == name)
    }

    /// The API operation of that name, ignoring ASCII case; the first one if several SDK services have it.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        find(&self.operations, name, |operation| operation.name)
    }

    /// All API operations of that name, ignoring ASCII case: `apigateway` has some twice, for REST and HTTP APIs.
    pub fn operations_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Operation> {
        let start = self.operations.partition_point(|operation| compare(operation.name, name).is_lt());
        self.operations
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(move |operation| operation.name.eq_ignore_ascii_case(name))
    }

    /// The condition key of that name, ignoring ASCII case.
    pub fn condition_key(&self, name: &str) -> Option<&ConditionKey> {
        self.condition_keys.iter().find(|key| key.name.eq_ignore_ascii_case(name))
    }
}

/// What an action lets its holder do, as AWS classifies it. Ordered from the least to the most sensitive.
///
/// Tagging ranks above writing because tags decide access wherever policies have tag conditions, and because AWS
/// lists writing beside it for every tagging action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AccessLevel {
    /// Sees that resources exist.
    List,
    /// Reads contents or attributes.
    Read,
    /// Creates, changes or deletes.
    Write,
    /// Changes tags.
    Tagging,
    /// Changes who may do what.
    PermissionsManagement,
}

impl AccessLevel {
    /// All levels, least sensitive first.
    pub const ALL: [Self; 5] = [Self::List, Self::Read, Self::Write, Self::Tagging, Self::PermissionsManagement];

    /// The level as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::PermissionsManagement => "Permissions management",
        }
    }
}

impl std::fmt::Display for AccessLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// An IAM action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// The name after the colon, as AWS spells it.
    pub name: &'static str,
    /// Sorted, least sensitive first; rarely more than one.
    pub access_levels: Vec<AccessLevel>,
    /// The resource types that a statement with this action may name; none: only `*` has an effect.
    pub resources: Vec<ActionResource>,
    /// Condition keys of the action itself, beyond the global ones and those of its resource types.
    pub condition_keys: Vec<&'static str>,
    /// Further actions that the caller needs for this one to succeed, in some or all cases.
    pub dependents: Vec<ActionName>,
    /// No API operation of its own: it is checked while another one runs.
    pub permission_only: bool,
    /// No longer documented by AWS; old policies and logs may still name it.
    pub withdrawn: bool,
}

impl Action {
    /// The most sensitive of the access levels.
    pub fn access_level(&self) -> AccessLevel {
        self.access_levels.last().copied().unwrap_or(AccessLevel::Write)
    }

    /// Whether a statement may restrict this action to resources.
    pub fn supports_resources(&self) -> bool {
        !self.resources.is_empty()
    }

    /// How the action uses that resource type, if it does.
    pub fn resource(&self, resource_type: &str) -> Option<&ActionResource> {
        self.resources.iter().find(|resource| resource.resource_type == resource_type)
    }
}

/// A resource type that an action can be restricted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionResource {
    /// Name of a [`ResourceType`] of the same service.
    pub resource_type: &'static str,
    /// AWS marks the type as required. With several required types that may mean all of them (`ec2:RunInstances`) or
    /// one of them (`bedrock:InvokeModel`); AWS's data does not tell which.
    pub required: bool,
    /// Condition keys that apply when this type is named.
    pub condition_keys: Vec<&'static str>,
    /// Of an action that takes several types: the members of its requests that have room for resources of this one,
    /// by name (`LaunchTemplateId`) or with the name around it (`Rule.Name`). `*` in front marks a member that has room for
    /// several of the types, a lone `+` stands for what the call makes. Read off the API shapes.
    #[serde(skip)]
    pub members: Vec<&'static str>,
}

/// A kind of resource and how its ARNs look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceType {
    /// The type's name within its service.
    pub name: &'static str,
    /// ARN formats with variables: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`.
    pub formats: Vec<&'static str>,
    /// Condition keys that resources of the type carry.
    pub condition_keys: Vec<&'static str>,
}

/// An ARN format taken apart at its colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArnFormat {
    /// Name of the [`ResourceType`] that it is of.
    pub resource_type: &'static str,
    /// The service, perhaps as a variable.
    pub service: &'static str,
    /// The region: a variable, or nothing for what has no region.
    pub region: &'static str,
    /// The account: a variable, or nothing for what is of no account.
    pub account: &'static str,
    /// All that follows.
    pub resource: &'static str,
    /// What of that stands before the first variable.
    pub beginning: &'static str,
}

impl ArnFormat {
    pub(crate) fn new(resource_type: &'static str, format: &'static str) -> Option<Self> {
        let mut segments = format.splitn(6, ':').skip(2);
        let (service, region, account) = (segments.next()?, segments.next()?, segments.next()?);
        let resource = segments.next()?;
        let beginning = resource.get(..Self::fixed_end(resource))?;
        Some(Self { resource_type, service, region, account, resource, beginning })
    }

    /// Where the next variable, or a `*`, begins in a part of a format; its length where there is none.
    pub fn fixed_end(part: &str) -> usize {
        let bytes = part.as_bytes();
        let begins = |at: &usize| matches!(bytes.get(*at..), Some([b'$', b'{', ..] | [b'*', ..]));
        (0..bytes.len()).find(begins).unwrap_or(bytes.len())
    }
}

/// A condition key and the type of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ConditionKey {
    /// The key, perhaps with a variable: `aws:RequestTag/${TagKey}`.
    pub name: &'static str,
    /// `String`, `ARN`, `Bool`, `ArrayOfString` and so on.
    pub value_type: &'static str,
}

/// An API operation of an AWS SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// The operation's name.
    pub name: &'static str,
    /// The SDK service (botocore's name) that has it.
    pub sdk_service: &'static str,
    /// HTTP verb and URI template, where the permission is derived from them (`apigateway`).
    pub http: Option<(&'static str, &'static str)>,
    /// The call carries no signature: no identity policy is involved.
    pub unsigned: bool,
    /// A request without members is no valid one: the operation's input has required members.
    pub needs_input: bool,
    /// An action of the same name (ignoring ASCII case) exists under the same prefix.
    pub is_action: bool,
}

/// The first of the sorted `items` whose key equals `name` but for ASCII case.
fn find<'a, T>(items: &'a [T], name: &str, key: impl Fn(&T) -> &'static str) -> Option<&'a T> {
    let at = items.partition_point(|item| compare(key(item), name).is_lt());
    items.get(at).filter(|item| key(item).eq_ignore_ascii_case(name))
}

fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    let (a, b) = (a.bytes(), b.bytes());
    a.map(|byte| byte.to_ascii_lowercase()).cmp(b.map(|byte| byte.to_ascii_lowercase()))
}
