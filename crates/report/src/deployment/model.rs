//! What is shown of deployments.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use tighten_iam::{ActionName, PolicyDocument, ResourcePattern, quota};
use tighten_synthesis::Finding;

use crate::finding::FindingReport;

/// What deploying, updating and destroying some stacks takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentReport {
    /// The version of this form.
    pub schema_version: u32,
    /// One after the other.
    pub stacks: Vec<StackReport>,
}

/// What one stack takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackReport {
    /// The stack's name.
    pub stack: String,
    /// The file of its template.
    pub template: String,
    /// How many resources it has.
    pub resources: usize,
    /// Their types.
    pub resource_types: Vec<String>,
    /// The permissions, by who needs them.
    pub documents: Vec<DeploymentDocument>,
    /// What a reader should know.
    pub findings: Vec<FindingReport>,
}

/// What somebody needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentDocument {
    /// Who: `caller`, `cloudformation`, or `once` for what is needed once in an account.
    pub needed_by: &'static str,
    /// The policy, in as many documents as it takes.
    pub policies: Vec<Value>,
    /// The size of each, as IAM counts.
    pub characters: Vec<usize>,
    /// Each permission with why it is needed.
    pub needs: Vec<DeploymentNeed>,
}

/// A permission and why it is needed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentNeed {
    /// The action.
    pub action: ActionName,
    /// On what.
    pub resource: ResourcePattern,
    /// Condition keys with their values.
    pub condition: BTreeMap<String, BTreeSet<String>>,
    /// What is done: `create`, `read`, `update`, `delete`, `tag`; none: the call is about the stack itself.
    pub verbs: Vec<&'static str>,
    /// The resources of the template.
    pub logical_ids: BTreeSet<String>,
}

impl DeploymentDocument {
    /// What somebody needs, with the policy for it.
    pub fn new(needed_by: &'static str, needs: Vec<DeploymentNeed>, policies: &[PolicyDocument]) -> Self {
        Self {
            needed_by,
            policies: policies.iter().map(PolicyDocument::to_value).collect(),
            characters: policies.iter().map(quota::size).collect(),
            needs,
        }
    }
}

impl StackReport {
    /// Puts the findings in the order of showing.
    #[must_use]
    pub fn with_findings(mut self, mut findings: Vec<Finding>) -> Self {
        Finding::sort(&mut findings);
        self.findings = findings.iter().map(FindingReport::from).collect();
        self
    }

    /// Whether something is more than information.
    pub fn has_warnings(&self) -> bool {
        self.findings.iter().any(FindingReport::is_warning)
    }
}
