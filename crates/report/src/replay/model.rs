//! The value.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::page::Prose;
use crate::shared::{Evidence, Input, Span, Tool, UnmappedReport};

/// Everything that a replay found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayReport {
    /// [`SCHEMA_VERSION`](super::SCHEMA_VERSION).
    pub schema_version: u32,
    /// What made the report.
    pub tool: Tool,
    /// What was read.
    pub input: Input,
    /// The time that was asked for.
    pub asked: Span,
    /// The documents that judged, in the order in which they were given.
    pub policies: Vec<PolicyReport>,
    /// The account that control policies do not bind, if it was named.
    pub management_account: Option<String>,
    /// The worst of what may become of the calls of all principals: `denied`, `depends`, `partly`, `allowed`.
    pub verdict: &'static str,
    /// Each principal, by calls; where an organisation's policies or a boundary judged, by calls lost.
    pub principals: Vec<ReplayedPrincipal>,
}

/// A document that judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyReport {
    /// Its file.
    pub file: String,
    /// What it is: `identity`, `boundary`, `service-control`, `resource-control`.
    pub kind: &'static str,
    /// The level of a service control policy, from 0.
    pub level: Option<usize>,
    /// How many statements it has.
    pub statements: usize,
    /// What a reader should know about it.
    pub notes: Vec<PolicyNoteReport>,
}

/// Something in a document that may not be what its author meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyNoteReport {
    /// The stable code.
    pub code: &'static str,
    /// The statement's number, from 0; null where the document as a whole is meant.
    pub statement: Option<usize>,
    /// The text concerned.
    pub text: String,
    /// What follows from it.
    pub message: Prose,
}

/// One principal's calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayedPrincipal {
    /// Its ARN.
    pub principal: String,
    /// No record names it in full: the path in its ARN is a guess.
    pub name_only: bool,
    /// `denied`, `depends`, `partly` or `allowed`: the worst of its calls.
    pub verdict: &'static str,
    /// Its calls that were let through, by what would have become of them.
    pub calls: JudgedCalls,
    /// What they needed, the worst verdict first.
    pub needs: Vec<ReplayedNeed>,
    /// Calls of which it is not known what they needed.
    pub unmapped: Vec<UnmappedReport>,
    /// What was refused then and would be allowed now.
    pub now_allowed: Vec<NowAllowedReport>,
}

/// How many calls that were let through would have come to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JudgedCalls {
    /// All of them.
    pub total: u64,
    /// Those of which it is known what they needed.
    pub known: u64,
    /// Of these, surely allowed; those that need no permission are among them.
    pub allowed: u64,
    /// Of these, denied.
    pub denied: u64,
    /// Of these, decided by condition keys that the records do not show.
    pub depends: u64,
    /// Of these, decided by which resource was used, which the records do not tell.
    pub partly: u64,
    /// Of the allowed ones, those that need no permission.
    pub no_permission: u64,
    /// Those of which it is not known what they needed.
    pub unmapped: u64,
    /// Calls of the principal that could not be judged one by one: they are not in the total.
    pub not_replayed: u64,
}

/// One permission that calls needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayedNeed {
    /// `explicit-deny`, `implicit-deny`, `depends`, `partly`, `allowed`.
    pub verdict: &'static str,
    /// The action.
    pub action: String,
    /// What it was used on.
    pub resource: String,
    /// `exact`, `by-type` or `unresolved`: how surely the resource is known.
    pub certainty: &'static str,
    /// Condition keys that the requests carried, with their values.
    pub context: BTreeMap<String, BTreeSet<String>>,
    /// The service that made the calls with the principal's permissions.
    pub via: Option<String>,
    /// The statement that decided, or that leaves it in doubt.
    pub by: Option<StatementReport>,
    /// What does not allow it, where that is not the policies of the principal.
    pub withheld_by: Option<WithheldBy>,
    /// The condition keys, and other things in the policy, that decide.
    pub depends_on: BTreeSet<String>,
    /// Why the verdict is `partly`: `some-allowed`, `some-denied`, `entity-unknown`, `resource-policy`.
    pub doubt: Option<&'static str>,
    /// The calls behind it.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// Documents of one kind, and one level, that do not allow what they must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WithheldBy {
    /// The kind, as in [`PolicyReport`].
    pub kind: &'static str,
    /// Their files.
    pub files: Vec<String>,
}

/// A statement of one of the documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementReport {
    /// The document's file.
    pub file: String,
    /// The statement's number, from 0.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
}

/// Something that was refused then and would be allowed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NowAllowedReport {
    /// The action.
    pub action: String,
    /// What it is allowed on.
    pub resources: Vec<String>,
    /// On how many further resources it was wanted and is not surely allowed.
    pub other_resources: usize,
    /// The error's code.
    pub error_code: String,
    /// The service that made the calls with the principal's permissions.
    pub via: Option<String>,
    /// The refused calls, on whichever resource.
    #[serde(flatten)]
    pub evidence: Evidence,
}

impl ReplayReport {
    /// Whether every call of which it is known what it needed would surely have been let through.
    pub fn is_allowed(&self) -> bool {
        self.principals.iter().all(|principal| principal.calls.allowed == principal.calls.known)
    }
}
