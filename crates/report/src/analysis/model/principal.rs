//! One principal: its policy, what stands behind it, and what it was denied.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::finding::FindingReport;
use crate::shared::{DeniedReport, Evidence, UnmappedReport, Wildcard};

/// One principal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrincipalReport {
    /// Its ARN.
    pub principal: String,
    /// `role`, `user`, `root` or `federated-user`.
    pub kind: &'static str,
    /// Its account.
    pub account: String,
    /// Its name, without its path.
    pub name: String,
    /// The permission set whose role it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission_set: Option<String>,
    /// Its calls, whatever became of them.
    pub calls: u64,
    /// Of these, denied.
    pub denied_calls: u64,
    /// The time of its first call.
    pub first_seen: Option<Timestamp>,
    /// The time of its last call.
    pub last_seen: Option<Timestamp>,
    /// The policy, in as many documents as it takes.
    pub documents: Vec<DocumentReport>,
    /// What its authorised calls needed.
    pub needs: Vec<NeedReport>,
    /// What was not used and is granted because it goes with what was (`--siblings`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inferred: Vec<InferredReport>,
    /// What it wanted and was denied; never granted.
    pub denied: Vec<DeniedReport>,
    /// Its calls without known needs.
    pub unmapped: Vec<UnmappedReport>,
    /// What a reader should know about it.
    pub findings: Vec<FindingReport>,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentReport {
    /// Where `--out` writes it, below the directory.
    pub path: String,
    /// The service for whose role it is, where it is not for the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Its size in characters, as IAM counts them.
    pub size: usize,
    /// The document.
    pub document: Value,
}

/// One action that was not used and is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InferredReport {
    /// The action.
    pub action: String,
    /// What the policy grants it on.
    pub granted: Vec<String>,
    /// The actions that it goes with, which were used.
    pub from: Vec<String>,
    /// The types of resources that it is about.
    pub resource_types: Vec<&'static str>,
}

/// One permission that was needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NeedReport {
    /// The action.
    pub action: String,
    /// What it was used on.
    pub resources: Vec<String>,
    /// What the policy grants it on; empty where nothing is granted for this need.
    pub granted: Vec<String>,
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
    /// What stands behind each granted pattern that is wider than what was used.
    pub wildcards: Vec<Wildcard>,
}

/// The roles of one permission set, over all accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PermissionSet {
    /// The set's name.
    pub name: String,
    /// The accounts that it was used in.
    pub accounts: Vec<String>,
    /// Its roles' calls.
    pub calls: u64,
    /// Of these, denied.
    pub denied_calls: u64,
    /// Distinct actions that its roles needed.
    pub actions: Vec<String>,
    /// The ARNs of the roles.
    pub roles: Vec<String>,
    /// The policy of the set, if one was asked for and something was needed.
    pub policy: Option<SetPolicy>,
}

/// The inline policy of a permission set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SetPolicy {
    /// Where it is written, below the directory.
    pub path: String,
    /// Its size in characters that count.
    pub size: usize,
    /// How large it may be.
    pub limit: usize,
    /// The document.
    pub document: Value,
}

impl PrincipalReport {
    /// Distinct actions that were needed.
    pub fn actions(&self) -> BTreeSet<&str> {
        self.needs.iter().map(|need| need.action.as_str()).collect()
    }

    /// How many needs have this certainty.
    pub fn needs_known(&self, certainty: &str) -> usize {
        self.needs.iter().filter(|need| need.certainty == certainty).count()
    }
}
