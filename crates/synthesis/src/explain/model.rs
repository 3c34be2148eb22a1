//! The value.

use jiff::civil::Date;
use serde::Serialize;
use tighten_catalog::{RecordedCall, Visibility};
use tighten_iam::{ActionName, Principal, ResourcePattern};

use crate::generalise::Granted;
use crate::generate::Unmapped;
use crate::narrow::{AnsweredBy, Giver, GrantVerdict, NarrowedTo, StatementChange, Young};
use crate::observe::{DaysSeen, Gap, Observability};
use crate::proposal::Want;
use crate::replay::{StatementAt, Verdict};
use crate::risk::Risk;
use crate::used::{ConditionKeys, Observed, Seen, Used};

/// Why a principal has an action, keeps it, loses it, or never had it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Who.
    pub principal: Principal,
    /// The path in the principal's ARN is a guess.
    pub name_only: bool,
    /// The action.
    pub action: ActionName,
    /// The short answer.
    pub answer: Answer,
    /// What is said of the resource, if one was asked for.
    pub resource: Option<OnResource>,
    /// Whether policies bind the principal at all.
    pub has_policies: bool,
    /// Policies of today are explained, and not ones that are proposed from nothing.
    pub is_current: bool,
    /// The statements of today that allow the action.
    pub statements: Vec<StatementFor>,
    /// The statements of today that deny it.
    pub denials: Vec<DenialFor>,
    /// The principal's boundary, by name, and what it says to the asked resource, or to any.
    pub boundary: Option<(String, Verdict)>,
    /// The statements of the proposed documents that allow it.
    pub grants: Vec<GrantOf>,
    /// What the proposed documents grant it on, with the conditions and what stands behind each pattern.
    pub granted: Vec<(ConditionKeys, Granted)>,
    /// Its uses: the principal's, then those by others who hold one of the policies.
    pub uses: Vec<UseOf>,
    /// Uses that are suspected, which grant nothing.
    pub suspected: Vec<Used>,
    /// Calls that were refused for want of it.
    pub refused: Vec<Want>,
    /// Calls of the service of which it is not known what they needed.
    pub unmapped: Vec<Unmapped>,
    /// Whether a use by the principal would have been in the input.
    pub visibility: Observability,
    /// What `CloudTrail` can record of it.
    pub recorded: Visibility,
    /// The calls whose records show its use.
    pub shown_by: Vec<RecordedCall>,
    /// The days of the principal's account that have records.
    pub days: DaysSeen,
    /// What it would give an attacker.
    pub risk: Risk,
}

/// The short answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What becomes of the action.
    pub code: AnswerCode,
    /// Why.
    pub reason: Reason,
}

/// What becomes of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerCode {
    /// It stays as it is.
    Kept,
    /// It stays on less than before.
    Narrowed,
    /// It goes.
    Removed,
    /// A proposal grants it.
    Granted,
    /// Neither the policies of today nor a proposal give it.
    NotGranted,
    /// A statement denies it, whatever else allows it.
    Denied,
    /// The policies of today decide it by what is not known here.
    Open,
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It was used.
    Used {
        /// By the principal: how often, when and where.
        seen: Seen,
        /// What was asked for is one of several resources of these calls.
        among: bool,
    },
    /// Others who hold the policy used it.
    UsedByOthers {
        /// Who.
        principals: Vec<Principal>,
    },
    /// It was used on other resources. It stays where a pattern that stays covers the asked one, and else goes.
    UsedElsewhere {
        /// How often, when and where.
        seen: Seen,
    },
    /// It was not used, and a use would have been recorded.
    Unused {
        /// On how many days there are records.
        days: usize,
    },
    /// It was not seen in use, and uses may have gone unrecorded.
    NotObservable {
        /// What is missing.
        gaps: Vec<Gap>,
    },
    /// The records do not show a use, and IAM's own records do, or do not rule it out.
    LastAccessed {
        /// The day of the last use.
        on: Date,
    },
    /// It is too early to take it away.
    TooYoung(Young),
    /// A rule keeps it.
    KeptByRule {
        /// The rule's reason.
        reason: String,
    },
    /// A boundary of all who hold it does not allow it.
    OutsideBoundary {
        /// The boundary's name.
        boundary: String,
    },
    /// A rule forbids it.
    NeverGranted {
        /// The rule's reason.
        reason: Option<String>,
        /// How often it was used nevertheless.
        used: u64,
    },
    /// Other actions of its service stay, and the granularity is coarser.
    WithService,
    /// The catalog does not know the action, and the statement's pattern stays.
    NotInCatalog,
    /// This statement of today denies it.
    DeniedBy(StatementAt),
    /// Condition keys decide, in lower case.
    Conditions {
        /// The keys.
        keys: Vec<String>,
    },
    /// The asked pattern stands for resources that are treated differently.
    Partly,
    /// It was used, although the policies of today do not allow it.
    UsedNotAllowed {
        /// How often, when and where.
        seen: Seen,
    },
    /// It was refused, and never let through.
    Refused {
        /// How often, when and where.
        seen: Seen,
    },
    /// Its use is only suspected.
    Suspected {
        /// How often, when and where.
        seen: Seen,
    },
    /// No policy binds the principal.
    NoPolicies,
    /// Nothing allows it, and nothing was seen of it.
    NotAllowed,
}

/// A statement of today that allows the action.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementFor {
    /// Where it stands; the document is the policy's index.
    pub at: StatementAt,
    /// The name of its policy.
    pub policy: String,
    /// The kind of place where the policy lives.
    pub home: &'static str,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Its patterns of actions that match; of a `NotAction`, all.
    pub actions: Patterns,
    /// Its resources.
    pub resources: Patterns,
    /// Its conditions.
    pub conditions: Vec<ConditionLine>,
    /// It may allow the asked resource.
    pub concerns: bool,
    /// What is known of the action in it; nothing where the catalog does not know the action.
    pub verdict: Option<GrantVerdict>,
    /// It stays for the sake of others of its service.
    pub with_service: bool,
    /// Its patterns stay although less was used: their author scoped them.
    pub as_written: bool,
    /// A statement of the narrowed policies that allows it all the same.
    pub no_effect: Option<(String, Giver)>,
    /// What became of the statement.
    pub change: StatementChange,
    /// The patterns that took the place of wider ones.
    pub narrowed: Vec<NarrowedTo>,
    /// The statements in its place that still allow the action.
    pub becomes: Vec<GrantOf>,
    /// The uses that it answers for.
    pub uses: Vec<StatementUse>,
}

/// Patterns of a statement, as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns {
    /// The patterns.
    pub patterns: Vec<String>,
    /// They stand for all but what they match.
    pub negated: bool,
}

/// A use that a statement answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementUse {
    /// Who used it.
    pub principal: Principal,
    /// On what.
    pub observed: Observed,
    /// The statement allows all that the resource may be; else it is one of several that may have.
    pub whole: bool,
}

/// A statement of a document that allows the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantOf {
    /// The index of the document, as that of its policy.
    pub document: usize,
    /// The index of the statement.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Its resources.
    pub resources: Patterns,
    /// Its conditions.
    pub conditions: Vec<ConditionLine>,
}

/// A statement of today that denies the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenialFor {
    /// The name of its policy.
    pub policy: String,
    /// The statement.
    pub grant: GrantOf,
    /// It may deny the asked resource.
    pub concerns: bool,
    /// It denies everything, whatever the request.
    pub always: bool,
}

/// One line of a condition block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionLine {
    /// The operator.
    pub operator: String,
    /// The key.
    pub key: String,
    /// The values.
    pub values: Vec<String>,
}

/// One need of the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseOf {
    /// Whose.
    pub principal: Principal,
    /// The need, with names completed.
    pub need: Used,
    /// Its resources.
    pub resources: Vec<UsedResource>,
    /// The patterns that it is granted on, where nothing is narrowed.
    pub granted: Vec<Granted>,
    /// How its calls lead to the action.
    pub links: Vec<Link>,
}

/// A resource of a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedResource {
    /// The resource.
    pub observed: Observed,
    /// What it has to do with the asked one.
    pub fit: Option<Fit>,
    /// The statements of today that answer for it.
    pub by: Vec<AnsweredBy>,
}

/// What an observed resource has to do with the asked one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// It is the same.
    Same,
    /// It is one of those that the asked pattern stands for.
    Within,
    /// Too many were seen to keep them apart: a wildcard stands for them, and the asked one is among those it matches.
    Covered,
    /// They share some.
    Overlaps,
    /// They have nothing in common.
    Other,
}

/// How a call leads to the action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The call, as `eventSource/eventName`.
    pub call: String,
    /// By what.
    pub by: LinkKind,
    /// Where the rule is known from.
    pub evidence: Option<String>,
}

/// By what a call leads to an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// A rule for the call.
    Rule,
    /// A rule for roles in its parameters.
    PassRole,
    /// A rule for tags in its parameters.
    TagOnCreate,
    /// The action has the call's name.
    SameName,
    /// The action is the call's HTTP verb.
    Verb,
    /// In some other way.
    Other,
}

/// What the documents say to the asked resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnResource {
    /// The resource as it was asked for.
    pub asked: ResourcePattern,
    /// The resource that is judged: `*` for an action that knows no resources.
    pub judged: ResourcePattern,
    /// What a reader should know of it.
    pub note: Option<ResourceNote>,
    /// What the policies of today say; the document is the policy's index.
    pub before: Option<Verdict>,
    /// What the narrowed or the proposed ones say; likewise.
    pub after: Verdict,
}

/// What a reader should know of the asked resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceNote {
    /// The action knows no resources: only `*` has an effect.
    NoResources,
    /// No resource type of the action has such ARNs.
    NoSuchType {
        /// The formats that it has.
        formats: Vec<String>,
    },
}

impl AnswerCode {
    /// The stable kebab-case code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
            Self::Granted => "granted",
            Self::NotGranted => "not-granted",
            Self::Denied => "denied",
            Self::Open => "open",
        }
    }
}

impl Reason {
    /// The stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Used { .. } => "used",
            Self::UsedByOthers { .. } => "used-by-others",
            Self::UsedElsewhere { .. } => "used-elsewhere",
            Self::Unused { .. } => "unused",
            Self::NotObservable { .. } => "not-observable",
            Self::LastAccessed { .. } => "last-accessed",
            Self::TooYoung(_) => "too-young",
            Self::KeptByRule { .. } => "kept-by-rule",
            Self::OutsideBoundary { .. } => "outside-boundary",
            Self::NeverGranted { .. } => "never-granted",
            Self::WithService => "with-service",
            Self::NotInCatalog => "not-in-catalog",
            Self::DeniedBy(_) => "denied",
            Self::Conditions { .. } => "conditions",
            Self::Partly => "partly",
            Self::UsedNotAllowed { .. } => "used-not-allowed",
            Self::Refused { .. } => "refused",
            Self::Suspected { .. } => "suspected",
            Self::NoPolicies => "no-policies",
            Self::NotAllowed => "not-allowed",
        }
    }
}

impl StatementFor {
    /// Whether the action stays in it.
    pub fn is_kept(&self) -> bool {
        !self.becomes.is_empty()
    }
}

impl Fit {
    /// Whether the asked resource was, or may have been, used.
    pub fn is_on(self) -> bool {
        self < Self::Other
    }
}

impl UseOf {
    /// Whether it was, or may have been, a use of the asked resource; where none is asked for, always.
    pub fn is_on(&self) -> bool {
        self.resources.iter().any(|one| one.fit.is_none_or(Fit::is_on))
    }
}
