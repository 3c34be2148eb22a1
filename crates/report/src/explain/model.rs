//! The value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;
use tighten_catalog::RiskClass;
use tighten_synthesis::explain::{AnswerCode, ConditionLine, Fit, Link};
use tighten_synthesis::narrow::{StatementChange, Young};

use crate::narrowing::NoEffect;
use crate::page::Prose;
use crate::shared::{DeniedReport, Evidence, GapReport, Input, Span, Tool, UnmappedReport, Wildcard};

/// Everything that explains one action.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainReport {
    /// [`SCHEMA_VERSION`](super::SCHEMA_VERSION).
    pub schema_version: u32,
    /// What made the report.
    pub tool: Tool,
    /// What was read.
    pub input: Input,
    /// The time that was asked for.
    pub asked: Span,
    /// The principal's ARN.
    pub principal: String,
    /// No record names the principal in full: the path in its ARN is a guess.
    pub name_only: bool,
    /// The action.
    pub action: String,
    /// `list`, `read`, `write`, `tagging`, `permissions-management`, `unknown`.
    pub access_level: &'static str,
    /// The short answer.
    pub answer: AnswerReport,
    /// The asked resource; nothing where none was asked for.
    pub resource: Option<OnResourceReport>,
    /// What is explained: `current` policies, or `generated` ones.
    pub policies: &'static str,
    /// The statements of today that allow the action.
    pub statements: Vec<TodayReport>,
    /// The statements of today that deny it.
    pub denials: Vec<DenialReport>,
    /// The principal's boundary; nothing where it has none, or the policies are files.
    pub boundary: Option<BoundaryReport>,
    /// The statements of the generated documents that allow it.
    pub generated: Vec<StatementOf>,
    /// What the generated documents grant it on.
    pub granted: Vec<GrantedReport>,
    /// Its uses: the principal's, then those of others who hold one of the policies.
    pub uses: Vec<UseReport>,
    /// Uses that are suspected, which grant nothing.
    pub suspected: Vec<UseReport>,
    /// Calls that were refused for want of it.
    pub refused: Vec<DeniedReport>,
    /// Calls of the service of which it is not known what they needed: some may have needed it.
    pub unmapped: Vec<UnmappedReport>,
    /// Whether a use would have been in the input.
    pub visibility: VisibilityReport,
    /// What it would give an attacker.
    pub risk: RiskOfAction,
}

/// The short answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerReport {
    /// `kept`, `narrowed`, `removed`, `granted`, `not-granted`, `denied`, `open`.
    pub code: AnswerCode,
    /// Why, as a stable code.
    pub reason: &'static str,
    /// Both in one sentence.
    pub message: Prose,
    /// The records that the reason speaks of.
    pub evidence: Option<Evidence>,
    /// What may have gone unrecorded.
    pub gaps: Vec<GapReport>,
}

/// What the documents say to the asked resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnResourceReport {
    /// The resource as it was asked for.
    pub asked: String,
    /// The resource that was judged: `*` for an action that knows no resources.
    pub judged: String,
    /// What a reader should know of it.
    pub note: Option<Prose>,
    /// What the policies of today say; nothing where there are none.
    pub before: Option<VerdictReport>,
    /// What the narrowed or the generated ones say.
    pub after: VerdictReport,
}

/// What documents say to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerdictReport {
    /// `explicit-deny`, `implicit-deny`, `depends`, `partly`, `allowed`.
    pub verdict: &'static str,
    /// The policy whose statement decides, or leaves it in doubt.
    pub policy: Option<String>,
    /// The number of the statement, from 0.
    pub statement: Option<usize>,
    /// Its `Sid`, of a policy of today.
    pub sid: Option<String>,
    /// Condition keys that decide, in lower case; what is not modelled is named as it stands in the policy.
    pub depends_on: Vec<String>,
    /// Why it is `partly`: `some-allowed`, `some-denied`, `entity-unknown`.
    pub doubt: Option<&'static str>,
}

/// A statement of today that allows the action.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "these are the fields of the JSON form")]
pub struct TodayReport {
    /// The name of its policy.
    pub policy: String,
    /// `file`, `inline`, `group`, `managed`, `aws-managed`.
    pub kind: &'static str,
    /// Its number in the current document, from 0.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Its patterns of actions that match; of a `NotAction`, all.
    pub actions: Vec<String>,
    /// The patterns are those of a `NotAction`.
    pub not_actions: bool,
    /// Its resources.
    pub resources: Vec<String>,
    /// The resources are those of a `NotResource`.
    pub not_resources: bool,
    /// Its conditions.
    pub conditions: Vec<ConditionLine>,
    /// It may allow the asked resource; true where none is asked for.
    pub concerns: bool,
    /// `used`, `unused`, `not-observable`, `too-young`, `outside-boundary`, `kept-by-rule`, `never-granted`; nothing where
    /// the catalog does not know the action.
    pub verdict: Option<&'static str>,
    /// What may have gone unrecorded.
    pub gaps: Vec<GapReport>,
    /// The reason of the rule that decided.
    pub reason: Option<String>,
    /// Why it is too early to take it away.
    pub young: Option<Young>,
    /// Whether the action stays in it.
    pub kept: bool,
    /// It stays for the sake of others of its service.
    pub with_service: bool,
    /// Its patterns stay although less was used: their author scoped them.
    pub as_written: bool,
    /// A statement of the narrowed policies that allows it all the same.
    pub no_effect: Option<NoEffect>,
    /// What became of the statement.
    pub change: StatementChange,
    /// What stands behind the patterns that took the place of wider ones.
    pub narrowed_to: Vec<Wildcard>,
    /// The statements in its place that still allow the action.
    pub becomes: Vec<StatementOf>,
    /// The uses that it answers for.
    pub uses: Vec<StatementUseReport>,
}

/// A statement of a document that allows the action, or denies it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementOf {
    /// The number of the document, from 0; of policies of today, in the order in which they were narrowed together.
    pub document: usize,
    /// The number of the statement, from 0.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Its resources.
    pub resources: Vec<String>,
    /// The resources are those of a `NotResource`.
    pub not_resources: bool,
    /// Its conditions.
    pub conditions: Vec<ConditionLine>,
}

/// A use that a statement answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementUseReport {
    /// Who used it.
    pub principal: String,
    /// On what.
    pub resource: String,
    /// The statement allows all that the resource may be; else it is one of several that may have.
    pub whole: bool,
}

/// A statement of today that denies the action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DenialReport {
    /// The name of its policy.
    pub policy: String,
    /// The statement.
    #[serde(flatten)]
    pub statement: StatementOf,
    /// It may deny the asked resource; true where none is asked for.
    pub concerns: bool,
}

/// What the principal's boundary says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BoundaryReport {
    /// Its name.
    pub policy: String,
    /// `explicit-deny`, `implicit-deny`, `depends`, `partly`, `allowed`: of the asked resource, or of any.
    pub verdict: &'static str,
}

/// What the generated documents grant the action on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantedReport {
    /// The pattern and what stands behind it; why it is one: `exact` where it is what was used.
    #[serde(flatten)]
    pub pattern: Wildcard,
    /// The conditions.
    pub context: BTreeMap<String, BTreeSet<String>>,
}

/// One need of the action.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UseReport {
    /// Whose.
    pub principal: String,
    /// On what.
    pub resources: Vec<UsedResourceReport>,
    /// Condition keys that the requests carried, with their values.
    pub context: BTreeMap<String, BTreeSet<String>>,
    /// `exact`, `by-type` or `unresolved`: how surely the resources are known.
    pub certainty: &'static str,
    /// The resource types of the action that the calls left open: they may have been checked on such resources, too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsettled: Vec<String>,
    /// What decided the resources.
    pub rule: String,
    /// The service that made the calls with the principal's permissions.
    pub via: Option<String>,
    /// The records behind it.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// How each of the calls leads to the action.
    pub mapped_by: Vec<Link>,
    /// The patterns of the generated documents that it led to.
    pub granted: Vec<String>,
}

/// A resource of a need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsedResourceReport {
    /// The resource, or a pattern for many.
    pub resource: String,
    /// What it has to do with the asked one: `same`, `within`, `covered`, `overlaps`, `other`.
    pub fit: Option<Fit>,
    /// The statements of today that answer for it.
    pub answered_by: Vec<PlaceReport>,
}

/// A statement of today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceReport {
    /// The name of its policy.
    pub policy: String,
    /// Its number, from 0.
    pub statement: usize,
}

/// Whether a use would have been in the input.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VisibilityReport {
    /// `full`, `partly` or `not`.
    pub observable: &'static str,
    /// What is missing.
    pub gaps: Vec<GapReport>,
    /// What `CloudTrail` can record of it: `management`, `data`, `either`, `never`, `unknown`.
    pub recorded: &'static str,
    /// The same in words.
    pub message: String,
    /// The resource types that selectors of data events name.
    pub resource_types: Vec<String>,
    /// The calls whose records show its use, `eventSource/eventName`.
    pub shown_by: Vec<String>,
    /// How many days of the principal's account have records.
    pub days: usize,
    /// The first of them.
    pub first_day: Option<Date>,
    /// The last of them.
    pub last_day: Option<Date>,
}

/// What an action would give an attacker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskOfAction {
    /// The class.
    pub class: RiskClass,
    /// What an attacker gets, in one sentence; known for known ways of abuse only.
    pub gives: Option<&'static str>,
    /// The other actions that it takes, all of which the principal has.
    pub with: Vec<String>,
    /// What the class rests on: `escalation`, `listed`, `data-event`, `name`, `access-level`, `unknown`.
    pub source: &'static str,
    /// Where that is known from.
    pub evidence: Option<&'static str>,
}
