//! What is known of each grant of a policy.

use serde::Serialize;
use tighten_catalog::RiskClass;
use tighten_synthesis::narrow::StatementChange;

use crate::shared::Wildcard;

/// One statement.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NarrowedStatement {
    /// Its number in the current document, from 0.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// What became of it.
    pub change: StatementChange,
    /// How many statements took its place.
    pub into: usize,
    /// What was used of it.
    pub used: Vec<UsedReport>,
    /// All actions that it allows, together where the same is known of them: places in the report's list.
    pub grants: Vec<usize>,
    /// The place of further ones, for each service that has none in `grants`, in the list of what statements have in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub common: Option<usize>,
    /// Patterns of actions that the catalog does not know.
    pub unknown: Vec<String>,
}

/// An action that was used.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsedReport {
    /// The action.
    pub action: String,
    /// What took the place of wider patterns; nothing where the statement's own patterns stay.
    pub narrowed_to: Vec<Wildcard>,
    /// The statement's own patterns stay although less was used: their author scoped them.
    pub as_written: bool,
    /// What may have been used besides without a record: places in the report's list.
    pub gaps: Vec<usize>,
}

/// Actions of a statement of which the same is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantReport {
    /// The service prefix.
    pub service: String,
    /// `list`, `read`, `write`, `tagging`, `permissions-management`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_level: Option<&'static str>,
    /// `unused`, `outside-boundary`, `never-granted`, `not-observable`, `too-young`, `kept-by-rule`, `last-accessed`,
    /// `used`.
    pub verdict: &'static str,
    /// What may have gone unrecorded: places in the report's list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<usize>,
    /// The reason of the rule that decided.
    pub reason: Option<String>,
    /// Whether they stay.
    pub kept: bool,
    /// They stay for the sake of others of their service.
    pub with_service: bool,
    /// A statement of the narrowed policies that allows them all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_effect: Option<NoEffect>,
    /// How many actions.
    pub count: usize,
    /// The actions; the first few unless details are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
}

/// A statement that allows what another no longer does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NoEffect {
    /// The name of its policy.
    pub policy: String,
    /// Its number in the narrowed document, from 0.
    pub statement: usize,
}

/// How many unused grants of a class of risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskReport {
    /// The class.
    pub class: RiskClass,
    /// Taken away.
    pub removed: usize,
    /// Not seen in use and still allowed.
    pub left: usize,
}

/// An unused grant, with what it would give an attacker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskyReport {
    /// The class.
    pub class: RiskClass,
    /// The action.
    pub action: String,
    /// What an attacker gets, in one sentence; known for known ways of abuse only.
    pub gives: Option<&'static str>,
    /// The other actions that it takes.
    pub with: Vec<String>,
    /// What the class rests on: `escalation`, `listed`, `data-event`, `name`, `access-level`, `unknown`.
    pub source: &'static str,
    /// Where that is known from.
    pub evidence: Option<&'static str>,
    /// The number of the statement, from 0.
    pub statement: usize,
    /// Whether the statement allows it on all resources.
    pub on_all: bool,
    /// Whether it stays.
    pub kept: bool,
    /// What is known of its use.
    pub verdict: &'static str,
}

impl NarrowedStatement {
    /// Whether it is not what it was.
    pub fn is_changed(&self) -> bool {
        matches!(self.change, StatementChange::Narrowed | StatementChange::Removed)
    }
}
