//! The hand-kept rules as the program sees them. Shared with the build script, which reads, checks and packs them.

use serde::{Deserialize, Serialize};
use tighten_iam::ActionName;

/// What one API call needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRule {
    /// Event source and event name: `s3.amazonaws.com/PutObject`.
    pub id: String,
    /// The permissions that the call needs, some of them only with certain parameters.
    pub needs: Vec<NeedRule>,
    /// Why the call needs no permission at all, a kebab-case word; `needs` is empty then.
    pub none: Option<String>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// One permission that a call needs if its predicates hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedRule {
    /// The action, spelled as in the facts.
    pub action: ActionName,
    /// Where the resource is found; `None`: by the generic search over the action's resource types.
    pub on: Option<On>,
    /// Needed only if one of these holds; empty: always.
    pub when: Vec<Predicate>,
    /// Not needed if one of these holds.
    pub unless: Vec<Predicate>,
    /// Condition keys whose values the call fixes. Values may hold `${param:PATH}`.
    pub context: Vec<(String, Vec<String>)>,
    /// Needed only if the call ended in one of these errors, which whoever lacks it is not given; empty: always.
    pub when_error: Vec<String>,
    /// The call succeeds without it: documented, never to be emitted.
    pub optional: bool,
    /// The call may need it, and neither the record nor the outcome shows whether it did: never to be emitted, and never to
    /// be called unused where the call was made.
    pub untraced: bool,
    /// Of the resources that this need and its like of one call name, one is checked, and nobody says which.
    pub either: bool,
}

impl NeedRule {
    /// Whether the call needs it however it ended, as far as its parameters say so.
    pub fn is_shown_by_call(&self) -> bool {
        !self.optional && !self.untraced && self.when_error.is_empty()
    }
}

/// Where in a call the resource of a need is found. Paths follow the grammar of `docs/mapping.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum On {
    /// The resources of these types that the call names; the types stand in order of preference.
    Type(Vec<String>),
    /// The value of the first present request parameter: an ARN, or the name of a resource of the type.
    Param {
        /// The parameters, best first.
        params: Vec<Param>,
        /// The type that the value belongs to; without one, the value is an ARN of whatever service.
        resource_type: Option<String>,
        /// The parameter that another need of the call is about: what it names is none of this one's resources.
        except: Option<String>,
    },
    /// A request parameter that names a source object as `bucket/key?versionId=…`, perhaps URL-encoded.
    CopySource(String),
    /// An ARN with `${Partition}`, `${Region}`, `${Account}`, `${param:PATH}` and `${param:PATH|DECODE}` to be filled in.
    Template(String),
}

/// A request parameter whose value is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// Path of the parameter.
    pub path: String,
    /// How to get what is wanted out of the parameter's value.
    pub decode: Decode,
}

/// What is known of resource types that a call names no resource of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledRule {
    /// The actions concerned; empty: all of the prefix.
    pub actions: Vec<String>,
    /// The resource types concerned.
    pub types: Vec<String>,
    /// What is known.
    pub how: SettledAs,
    /// Applies only if one of these holds; empty: always.
    pub when: Vec<Predicate>,
    /// Does not apply if one of these holds.
    pub unless: Vec<Predicate>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// Whether it is known on which resources of a type a call was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettledAs {
    /// It is not: the record does not tell.
    Unsettled,
    /// On none.
    NotInvolved,
    /// The types are forms of one thing: a resource of one of them leaves the others out.
    Alternatives,
}

/// A condition on the request parameters. If a path leads to several values, one that satisfies it is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Predicate {
    /// Present: not null and not empty.
    Present {
        /// Path of the parameter.
        path: String,
    },
    /// Some parameter whose path starts with this text is present.
    PresentPrefix {
        /// The path's beginning.
        prefix: String,
    },
    /// The value, as text, is this one, ignoring ASCII case.
    Equals {
        /// Path of the parameter.
        path: String,
        /// The value.
        value: String,
    },
    /// The value, trimmed, starts with this text, ignoring ASCII case; with a `*` first, the value holds the rest of it.
    StartsWith {
        /// Path of the parameter.
        path: String,
        /// The value's beginning.
        text: String,
    },
    /// The value, seen as a URL, has this key in its query.
    Query {
        /// Path of the parameter.
        path: String,
        /// The query's key.
        sub: String,
    },
}

/// How sure a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Confidence {
    /// Inferred from names alone: worth a finding, not a permission.
    Low,
    /// Two independent sources agree, or AWS documents it.
    High,
}

/// What a parameter that passes a role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PassKind {
    /// The role's ARN or name.
    Role,
    /// The ARN or name of an instance profile that holds the role.
    InstanceProfile,
}

/// A call parameter that hands a role to a service, which takes `iam:PassRole` on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassRole {
    /// The request parameters.
    pub params: Vec<Param>,
    /// What the parameters hold.
    pub kind: PassKind,
    /// The services that the role may be passed to: values of `iam:PassedToService`; empty if nobody says which.
    pub passed_to: Vec<String>,
    /// How sure it is.
    pub confidence: Confidence,
    /// Applies only if one of these holds; empty: always.
    pub when: Vec<Predicate>,
    /// Does not apply if one of these holds.
    pub unless: Vec<Predicate>,
    /// Path of the request parameter that tells which of `passed_to` it is.
    pub passed_to_by: Option<String>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// Request parameters that may hold a role, which is not handed to a service: a filter, a principal, what the call is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPassed {
    /// The operations concerned, perhaps with `*` at the end; empty: all.
    pub operations: Vec<String>,
    /// Paths of the request parameters. Where nothing tells which parameters, all of them.
    pub params: Vec<String>,
    /// Names of members, wherever they stand.
    pub members: Vec<String>,
    /// Names of members, wherever they stand, below which no value passes a role.
    pub below: Vec<String>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// A call parameter that tags the resource being created, which takes a further action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagOnCreate {
    /// Paths of the request parameters that hold the tags; the rule applies if one is present.
    pub params: Vec<String>,
    /// The tagging action.
    pub action: ActionName,
    /// A condition key that the call sets to the operation's name: `ec2:CreateAction`.
    pub context_key: Option<String>,
    /// Paths of the request parameters that list the resource types to tag, best first; empty: the types that the call
    /// itself creates.
    pub type_from: Vec<String>,
    /// The resource types that are tagged, where the call's name does not tell; empty: as the name tells.
    pub types: Vec<String>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// Request parameters that hold the value of a variable of ARN formats, under another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The variable, as the ARN formats spell it.
    pub variable: String,
    /// The resource types concerned; empty: all of the prefix.
    pub types: Vec<String>,
    /// The operations concerned; empty: all of the prefix.
    pub operations: Vec<String>,
    /// The request parameters, best first.
    pub params: Vec<Param>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// How to get what is wanted out of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Decode {
    /// The value as it is.
    #[default]
    Text,
    /// The last path segment of a queue's URL.
    QueueUrl,
    /// What follows the last `/`.
    LastSegment,
    /// What precedes the first `/`.
    FirstSegment,
    /// The value without one leading `/`.
    StripSlash,
    /// The function's name out of `NAME`, `NAME:QUALIFIER`, `ACCOUNT:function:NAME[:QUALIFIER]`.
    Function,
    /// What precedes the last `:`.
    BeforeColon,
    /// What follows the last `:`; unknown without one.
    AfterColon,
    /// A secret's name, to which AWS appends `-` and six characters.
    Secret,
    /// The value without a trailing `:*`.
    LogGroup,
    /// The first DNS label of a URL's host.
    UrlHostLabel,
    /// A key's id; `alias/NAME` does not fill the variable.
    KmsKey,
    /// The name in `alias/NAME`; anything else does not fill the variable.
    KmsAlias,
    /// The value in lower case.
    Lower,
    /// The account in an ARN, in a URL or before a `:`; a bare account id as it is.
    Account,
    /// What precedes the first `|`.
    BeforePipe,
    /// The name of a `DynamoDB` table, out of its name or ARN.
    Table,
    /// The value without one leading `/`, and everything below it.
    StripSlashTree,
    /// A URL without its scheme.
    UrlWithoutScheme,
    /// The address in `NAME <ADDRESS>`; a bare address as it is.
    EmailAddress,
    /// The domain of the address in `NAME <ADDRESS>` or of a bare one; unknown without one.
    EmailDomain,
    /// What follows the first `.`; unknown without one.
    AfterDot,
    /// A function's name with the qualifier that may follow it: `ACCOUNT:function:NAME:QUALIFIER`.
    FunctionQualified,
    /// An access point's name out of its alias `NAME-…-s3alias`; other names of buckets are none.
    AccessPoint,
    /// A bucket's name; an access point's alias is none.
    Bucket,
    /// The scope of a web ACL as its ARN spells it: `global` for `CLOUDFRONT`, else `regional`.
    WafScope,
    /// The kind of what an ARN names, before the first `/` of its last part: `role`.
    ArnKind,
    /// The name in an ARN, behind the only `/` of its last part; unknown where there is a path.
    ArnName,
    /// A task definition out of its family, `FAMILY:REVISION` or ARN; without a revision, any.
    TaskDefinition,
    /// The cluster in a session's target `ecs:CLUSTER_TASK_RUNTIME`.
    EcsCluster,
    /// The task in a session's target `ecs:CLUSTER_TASK_RUNTIME`.
    EcsTask,
}

impl Decode {
    /// Every way with its name in the rule files and templates.
    pub const NAMES: [(&'static str, Self); 31] = [
        ("text", Self::Text),
        ("queue-url", Self::QueueUrl),
        ("last-segment", Self::LastSegment),
        ("first-segment", Self::FirstSegment),
        ("strip-slash", Self::StripSlash),
        ("function", Self::Function),
        ("before-colon", Self::BeforeColon),
        ("after-colon", Self::AfterColon),
        ("secret", Self::Secret),
        ("log-group", Self::LogGroup),
        ("url-host-label", Self::UrlHostLabel),
        ("kms-key", Self::KmsKey),
        ("kms-alias", Self::KmsAlias),
        ("lower", Self::Lower),
        ("account", Self::Account),
        ("before-pipe", Self::BeforePipe),
        ("table", Self::Table),
        ("strip-slash-tree", Self::StripSlashTree),
        ("url-without-scheme", Self::UrlWithoutScheme),
        ("email-address", Self::EmailAddress),
        ("email-domain", Self::EmailDomain),
        ("after-dot", Self::AfterDot),
        ("function-qualified", Self::FunctionQualified),
        ("access-point", Self::AccessPoint),
        ("bucket", Self::Bucket),
        ("waf-scope", Self::WafScope),
        ("arn-kind", Self::ArnKind),
        ("arn-name", Self::ArnName),
        ("task-definition", Self::TaskDefinition),
        ("ecs-cluster", Self::EcsCluster),
        ("ecs-task", Self::EcsTask),
    ];

    /// Whether it takes an ARN apart, of whatever kind it is.
    pub fn reads_arns(self) -> bool {
        matches!(self, Self::Account | Self::ArnKind | Self::ArnName)
    }

    /// The way of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, decode)| *decode)
    }
}

/// The value of an ARN variable that no parameter filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultValue {
    /// The variable, as the ARN formats spell it.
    pub variable: String,
    /// The operations concerned; empty: all of the prefix.
    pub operations: Vec<String>,
    /// The value.
    pub value: String,
    /// Where the rule is known from.
    pub evidence: String,
}

/// A call about the caller itself when it does not say about whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfCall {
    /// The resource type of the caller: `user`.
    pub resource_type: String,
    /// Does not apply if one of these holds.
    pub unless: Vec<Predicate>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// How ids of a resource type begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdPrefix {
    /// The beginning: `i-`.
    pub id: String,
    /// The service prefix of the type.
    pub prefix: String,
    /// The resource type.
    pub resource_type: String,
}

/// Whose resources a call names, where they may be another account's than the caller's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The resource types concerned; empty: all of the prefix.
    pub types: Vec<String>,
    /// The request parameters that tell the account.
    pub params: Vec<Param>,
    /// The account part of the ARN where no parameter tells it: `*`, or empty for what AWS owns.
    pub account: Option<String>,
    /// Applies only if one of these holds; empty: always.
    pub when: Vec<Predicate>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// Resource types whose ARN holds a path that calls do not name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathName {
    /// The resource types.
    pub types: Vec<String>,
    /// The variable of the ARN format that holds path and name.
    pub variable: String,
    /// The request parameters that hold the bare name.
    pub params: Vec<Param>,
    /// Path of the request parameter that holds the path, where a call creates the resource.
    pub path_param: String,
    /// The operations that create one; there a missing path means `/`.
    pub creating: Vec<String>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// Resource types whose name IAM sees with something behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The resource types.
    pub types: Vec<String>,
    /// What stands behind the name: `:*`.
    pub text: String,
    /// The operations that are checked against the bare name.
    pub except: Vec<String>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// Events that CloudTrail records only for trails that select their resource type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataEvent {
    /// The event selector's resource type: `AWS::S3::Object`.
    pub resource_type: String,
    /// The event sources.
    pub event_sources: Vec<String>,
    /// Basic event selectors can select it, too.
    pub basic: bool,
    /// The names of the events, as far as known.
    pub calls: Vec<String>,
    /// The list of events is inferred from the SDK, not documented.
    pub inferred: bool,
    /// The type that records the same events: this one only selects those that came by a certain way.
    pub through: Option<String>,
    /// Pattern of the ARNs of such resources, where several types record the same action.
    pub arn: Option<String>,
    /// Where the rule is known from.
    pub evidence: String,
}

/// What shows the use of an action that has no event of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InferredFrom {
    /// A role in a parameter of another call.
    PassRole,
    /// Tags in a parameter of another call.
    TagOnCreate,
    /// A call's rule.
    Rule,
    /// Other calls during which it is checked, all of which are known. That one was made does not tell whether it was.
    Calls,
}

/// Whether CloudTrail can record the use of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// As a management event, which every trail has unless told otherwise.
    Management,
    /// As a data event, only if a trail selects one of these resource types.
    Data {
        /// Event-selector resource types, the main one first: `AWS::S3::Object`.
        resource_types: Vec<String>,
    },
    /// As a management event or as a data event of one of these resource types: AWS does not say which.
    Either {
        /// Event-selector resource types: `AWS::Bedrock::Blueprint`.
        resource_types: Vec<String>,
    },
    /// Nobody says whether anything records it, though it is known to be used.
    Unknown,
    /// No call is known that would show it: it is no API operation of that name, and no rule names it.
    NoKnownCall,
    /// No call asks for it, so that a grant of it has no effect.
    NotChecked {
        /// The reason.
        why: String,
    },
    /// Not at all, or not under a name of its own.
    Never {
        /// The reason.
        why: String,
        /// What shows its use nevertheless: then its absence means something where that is visible.
        inferred_from: Option<InferredFrom>,
    },
}
