//! What is proposed for a principal, and why.

use serde::Serialize;
use tighten_iam::{ActionName, PolicyDocument, Principal, ResourcePattern};
use tighten_mapping::Certainty;

use crate::finding::Finding;
use crate::generalise::Granted;
use crate::used::{ConditionKeys, Observed, Seen};

/// The documents proposed for one principal, with the evidence for all that is in them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// Whom it is for.
    pub principal: Principal,
    /// The documents; several where one would be too long, none where no policy could help or nothing was needed.
    pub documents: Vec<PolicyDocument>,
    /// What the documents were made from.
    pub evidence: Vec<Evidence>,
    /// What was not used and is granted because it goes with what was; empty unless that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inferred: Vec<Inferred>,
    /// What was refused. None of it is in the documents.
    pub wants: Vec<Want>,
    /// What a reader should know.
    pub findings: Vec<Finding>,
    /// Whether the principal has policies at all. Root and the roles of services have none.
    pub has_policies: bool,
}

/// One need, and what it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The action.
    pub action: ActionName,
    /// The resources that the calls named, with paths completed.
    pub observed: Vec<Observed>,
    /// The resources of the policy that these led to; none where the need is not granted.
    pub granted: Vec<Granted>,
    /// Condition keys of the requests, which are the conditions of the grant.
    #[serde(skip_serializing_if = "ConditionKeys::is_empty")]
    pub context: ConditionKeys,
    /// How surely the resources are known.
    pub certainty: Certainty,
    /// The resource types of the action that the calls left open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsettled: Vec<String>,
    /// What decided the resources.
    pub rule: String,
    /// The service that called for the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// How often, when and where.
    pub seen: Seen,
}

/// An action that was not used and is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inferred {
    /// The action.
    pub action: ActionName,
    /// On what it is granted, in statements whose names begin with `Inferred`.
    pub granted: Vec<Granted>,
    /// The actions that it goes with, which were used, sorted.
    pub from: Vec<ActionName>,
    /// The types of resources that it is about, as CloudFormation names them, sorted.
    pub resource_types: Vec<&'static str>,
}

/// An action that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Want {
    /// The action; from a message in its own words.
    pub action: String,
    /// Where the action is known from: `both`, `call`, `message`.
    pub origin: &'static str,
    /// `errorCode`.
    pub error_code: String,
    /// Which policy refused, as far as the message tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The service that called for the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// What the calls would have needed the action on.
    pub resources: Vec<ResourcePattern>,
    /// The resources that the messages name, in their own words.
    pub named: Vec<String>,
    /// How often, when and where.
    pub seen: Seen,
}
