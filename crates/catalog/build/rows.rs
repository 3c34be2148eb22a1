//! The rows of the rule files, as written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::rules::risk::RiskClass;
use super::rules::types::{Confidence, InferredFrom, PassKind, SettledAs};

/// A rule file. Every table may stand in every file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleFile {
    pub source: Vec<Spanned<SourceRow>>,
    pub dated: Vec<Spanned<DatedRow>>,
    pub call: Vec<Spanned<CallRow>>,
    pub pass_role: Vec<Spanned<PassRoleRow>>,
    pub not_passed: Vec<Spanned<NotPassedRow>>,
    pub tag_on_create: Vec<Spanned<TagOnCreateRow>>,
    pub alias: Vec<Spanned<AliasRow>>,
    pub default: Vec<Spanned<DefaultRow>>,
    pub minted: Vec<Spanned<MintedRow>>,
    pub unnamed: Vec<Spanned<MintedRow>>,
    #[serde(rename = "self")]
    pub self_call: Vec<Spanned<SelfRow>>,
    pub id_prefix: Vec<Spanned<IdPrefixRow>>,
    pub pick: Vec<Spanned<PickRow>>,
    pub path_name: Vec<Spanned<PathNameRow>>,
    pub ending: Vec<Spanned<EndingRow>>,
    pub owner: Vec<Spanned<OwnerRow>>,
    pub opaque: Vec<Spanned<OpaqueRow>>,
    pub settled: Vec<Spanned<SettledRow>>,
    pub data_event: Vec<Spanned<DataEventRow>>,
    pub never: Vec<Spanned<NeverRow>>,
    pub unknown: Vec<Spanned<UnknownRow>>,
    pub checked_by: Vec<Spanned<CheckedByRow>>,
    pub not_checked: Vec<Spanned<NotCheckedRow>>,
    pub escalation: Vec<Spanned<EscalationRow>>,
    pub risk: Vec<Spanned<RiskRow>>,
    pub handler: Vec<Spanned<HandlerRow>>,
    pub handler_scope: Vec<Spanned<HandlerScopeRow>>,
    pub physical: Vec<Spanned<PhysicalRow>>,
}

/// A string or a list of strings.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Texts(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Texts {
    fn from(value: OneOrMany) -> Self {
        match value {
            OneOrMany::One(text) => Self(vec![text]),
            OneOrMany::Many(texts) => Self(texts),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRow {
    pub event_source: Texts,
    pub prefix: Option<String>,
    #[serde(default)]
    pub also: Texts,
    pub none: Option<String>,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedRow {
    pub source: Texts,
    pub suffix: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRow {
    pub source: Texts,
    pub name: Texts,
    pub needs: Option<Vec<NeedRow>>,
    pub none: Option<String>,
    /// Some of the names are known from CloudTrail alone: no operation or action has them.
    #[serde(default)]
    pub event_only: bool,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeedRow {
    pub action: String,
    pub on: Option<OnRow>,
    #[serde(default)]
    pub when: Texts,
    #[serde(default)]
    pub unless: Texts,
    #[serde(default)]
    pub context: BTreeMap<String, Texts>,
    #[serde(default)]
    pub when_error: Texts,
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub untraced: bool,
    #[serde(default)]
    pub either: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnRow {
    #[serde(default, rename = "type")]
    pub types: Texts,
    #[serde(default)]
    pub param: Texts,
    pub copy_source: Option<String>,
    pub template: Option<String>,
    /// A parameter that another need of the call is about.
    pub except: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassRoleRow {
    pub prefix: String,
    pub operation: Texts,
    pub param: Texts,
    /// Absent where nobody says which service takes the role: the need has no condition then.
    #[serde(default)]
    pub passed_to: Texts,
    pub confidence: ConfidenceWord,
    #[serde(default)]
    pub kind: PassKindWord,
    #[serde(default)]
    pub when: Texts,
    #[serde(default)]
    pub unless: Texts,
    pub passed_to_by: Option<String>,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotPassedRow {
    /// `*`: of all services.
    pub prefix: Texts,
    /// Names, perhaps with `*` at the end; absent: all.
    #[serde(default)]
    pub operation: Texts,
    #[serde(default)]
    pub param: Texts,
    /// Names of members, wherever they stand.
    #[serde(default)]
    pub member: Texts,
    /// Names of members; what stands below them, wherever they stand.
    #[serde(default)]
    pub below: Texts,
    pub evidence: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfidenceWord {
    Low,
    High,
}

impl From<ConfidenceWord> for Confidence {
    fn from(word: ConfidenceWord) -> Self {
        match word {
            ConfidenceWord::Low => Self::Low,
            ConfidenceWord::High => Self::High,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PassKindWord {
    #[default]
    Role,
    InstanceProfile,
}

impl From<PassKindWord> for PassKind {
    fn from(word: PassKindWord) -> Self {
        match word {
            PassKindWord::Role => Self::Role,
            PassKindWord::InstanceProfile => Self::InstanceProfile,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagOnCreateRow {
    pub prefix: String,
    pub operation: Texts,
    pub param: Texts,
    pub action: String,
    pub context_key: Option<String>,
    #[serde(default)]
    pub type_from: Texts,
    #[serde(default, rename = "type")]
    pub types: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliasRow {
    pub prefix: Texts,
    #[serde(default, rename = "type")]
    pub types: Texts,
    pub variable: String,
    pub params: Texts,
    #[serde(default)]
    pub operations: Texts,
    pub decode: Option<String>,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultRow {
    pub prefix: String,
    pub variable: String,
    pub value: String,
    #[serde(default)]
    pub operations: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MintedRow {
    pub prefix: String,
    pub types: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfRow {
    pub prefix: String,
    pub operations: Texts,
    #[serde(rename = "type")]
    pub resource_type: String,
    #[serde(default)]
    pub unless: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdPrefixRow {
    pub id: Texts,
    pub prefix: String,
    #[serde(rename = "type")]
    pub resource_type: String,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpaqueRow {
    pub source: Texts,
    pub params: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettledRow {
    pub prefix: String,
    #[serde(default)]
    pub actions: Texts,
    pub types: Texts,
    #[serde(rename = "as")]
    pub how: SettledWord,
    #[serde(default)]
    pub when: Texts,
    #[serde(default)]
    pub unless: Texts,
    pub evidence: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettledWord {
    Unsettled,
    NotInvolved,
    Alternatives,
}

impl From<SettledWord> for SettledAs {
    fn from(word: SettledWord) -> Self {
        match word {
            SettledWord::Unsettled => Self::Unsettled,
            SettledWord::NotInvolved => Self::NotInvolved,
            SettledWord::Alternatives => Self::Alternatives,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PickRow {
    pub prefix: String,
    pub operations: Texts,
    pub types: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndingRow {
    pub prefix: String,
    pub types: Texts,
    pub text: String,
    #[serde(default)]
    pub except: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerRow {
    pub prefix: String,
    #[serde(default, rename = "type")]
    pub types: Texts,
    #[serde(default)]
    pub params: Texts,
    pub account: Option<String>,
    #[serde(default)]
    pub when: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathNameRow {
    pub prefix: String,
    pub types: Texts,
    pub variable: String,
    pub params: Texts,
    pub path_param: String,
    #[serde(default)]
    pub creating: Texts,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataEventRow {
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Absent where no call of the type is known.
    #[serde(default)]
    pub event_source: Texts,
    #[serde(default)]
    pub basic: bool,
    #[serde(default)]
    pub calls: Texts,
    /// Further names of events, known from CloudTrail alone: no operation or action has them.
    #[serde(default)]
    pub event_only: Texts,
    #[serde(default)]
    pub actions: Texts,
    /// Actions whose calls may be such data events, where nobody says which are.
    #[serde(default)]
    pub maybe: Texts,
    /// The type that records the same calls, too.
    pub through: Option<String>,
    /// Pattern of the ARNs of such resources.
    pub arn: Option<String>,
    #[serde(default)]
    pub inferred: bool,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnknownRow {
    pub action: Texts,
    pub evidence: String,
}

/// Actions that are checked while other calls run, and by those alone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedByRow {
    pub action: Texts,
    /// `event source/name`, where `*` in the name stands for any operation or action of the service that fits.
    pub calls: Texts,
    pub evidence: String,
}

/// Actions that no call asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotCheckedRow {
    pub action: Texts,
    pub why: String,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeverRow {
    pub action: Texts,
    pub why: String,
    pub inferred_from: Option<InferredFrom>,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalationRow {
    /// Needed all together.
    #[serde(default)]
    pub actions: Texts,
    /// One of these, too: a row for each.
    #[serde(default)]
    pub any: Texts,
    #[serde(default)]
    pub with: Texts,
    pub class: RiskClass,
    pub gives: String,
    pub evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskRow {
    /// Patterns.
    pub action: Texts,
    pub class: RiskClass,
    pub evidence: String,
}

/// The handlers of types of which AWS publishes none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandlerRow {
    #[serde(rename = "type")]
    pub types: Texts,
    pub name: Option<String>,
    #[serde(default)]
    pub create: Texts,
    #[serde(default)]
    pub read: Texts,
    #[serde(default)]
    pub update: Texts,
    #[serde(default)]
    pub delete: Texts,
    pub evidence: String,
}

/// What handlers call only for resources with certain properties, or on something that these name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandlerScopeRow {
    #[serde(rename = "type")]
    pub types: Texts,
    /// Patterns of the actions.
    pub action: Texts,
    #[serde(default)]
    pub property: Texts,
    #[serde(default)]
    pub never: bool,
    #[serde(default)]
    pub on: Texts,
    pub evidence: String,
}

/// How IAM sees a resource of a type of CloudFormation's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhysicalRow {
    #[serde(rename = "type")]
    pub types: Texts,
    /// Service prefix and resource type: `lambda:function`.
    #[serde(default)]
    pub resource: Texts,
    #[serde(default)]
    pub fill: BTreeMap<String, String>,
    #[serde(default)]
    pub longest: u16,
    #[serde(default)]
    pub lower_case: bool,
    pub made_up: Option<String>,
    #[serde(default)]
    pub minted: bool,
    pub evidence: String,
}
