//! Current policies, narrowed to what was used.

mod decision;
mod grants;
mod opinion;
mod proof;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use tighten_synthesis::narrow::{Inclusion, PolicyOutcome, Young};

use crate::shared::GapReport;

pub use decision::DecisionReport;
pub use grants::{GrantReport, NarrowedStatement, NoEffect, RiskReport, RiskyReport, UsedReport};
pub use opinion::{AccessCheckReport, SimulationReport};
pub use proof::{HoldoutReport, LostReport, NotGrantedReport, ProofReport, ProvenNeeds, ReplayCounts};

/// What narrowing came to. What several policies have in common stands in a list of its own, once, and they refer to it by
/// its place there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NarrowingReport {
    /// What there is to decide: the unused grants of each service by class of risk, the most dangerous first.
    pub decisions: Vec<DecisionReport>,
    /// Each policy; those with the most dangerous unused grants first.
    pub policies: Vec<NarrowedPolicyReport>,
    /// Each holder of such a policy, and what was held against its narrowed policies.
    pub principals: Vec<ProofReport>,
    /// What is known of grants.
    pub grants: Vec<GrantReport>,
    /// Places in `grants`: those of statements that allow the same services, where they have them in common.
    pub common: Vec<Vec<usize>>,
    /// Unused grants, with what they would give an attacker.
    pub risky: Vec<RiskyReport>,
    /// Why uses may have gone unrecorded.
    pub gaps: Vec<GapReport>,
    /// How far IAM's policy simulator agrees; absent where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulation: Option<SimulationReport>,
    /// Whether Access Analyzer agrees that nothing new is allowed; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_new_access: Option<AccessCheckReport>,
    /// Whether every action is named.
    #[serde(skip)]
    pub details: bool,
}

/// One policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NarrowedPolicyReport {
    /// What it is called: a file, a policy's ARN, the name of an inline policy.
    pub name: String,
    /// Where it lives: `file`, `inline`, `group`, `managed`, `aws-managed`.
    pub kind: &'static str,
    /// The ARN of the policy, or of the group that it is inside of.
    pub arn: Option<String>,
    /// The ARNs of those to whom it is attached. Of a policy that is narrowed for each of them by itself, those of whom the
    /// same is known and nothing is left.
    pub holders: Vec<String>,
    /// How many unused grants of each class of risk, worst class first.
    pub risks: Vec<RiskReport>,
    /// The unused grants, the most dangerous first: their places in the report's list.
    pub risky: Vec<usize>,
    /// What became of it.
    pub outcome: PolicyOutcome,
    /// Why nothing was taken away, if it is too early for that.
    pub young: Option<Young>,
    /// How it is known that nothing new is allowed.
    pub inclusion: Inclusion,
    /// Its size in characters as IAM counts them.
    pub size_before: usize,
    /// Likewise, narrowed.
    pub size_after: usize,
    /// Where `--out` writes it, below the directory; nowhere where nothing is left of it.
    pub path: Option<String>,
    /// Its statements, in order.
    pub statements: Vec<NarrowedStatement>,
    /// The narrowed document; none where nothing is left of it.
    pub document: Option<Value>,
    /// Its text, in which everything that did not change is as it was written.
    #[serde(skip)]
    pub text: Option<String>,
}

impl NarrowingReport {
    /// What is known of the grants of a statement: its own, and those that it has in common with others.
    pub fn grants_of(&self, statement: &NarrowedStatement) -> Vec<&GrantReport> {
        let mut grants: Vec<&GrantReport> = statement.grants.iter().filter_map(|at| self.grants.get(*at)).collect();
        let own: BTreeSet<&str> = grants.iter().map(|grant| grant.service.as_str()).collect();
        let common = statement.common.and_then(|at| self.common.get(at)).into_iter().flatten();
        let common = common.filter_map(|at| self.grants.get(*at));
        grants.extend(common.filter(|grant| !own.contains(grant.service.as_str())));
        grants
    }

    /// Likewise of all statements.
    pub(crate) fn all_grants(&self) -> impl Iterator<Item = &GrantReport> {
        let statements = self.policies.iter().flat_map(|policy| &policy.statements);
        statements.flat_map(|statement| self.grants_of(statement))
    }

    /// What may have gone unrecorded of a grant.
    pub(crate) fn gaps_of<'g>(&'g self, grant: &'g GrantReport) -> impl Iterator<Item = &'g GapReport> {
        grant.gaps.iter().filter_map(|at| self.gaps.get(*at))
    }
}

impl NarrowedPolicyReport {
    /// How many statements are not what they were.
    pub fn changed(&self) -> usize {
        self.statements.iter().filter(|statement| statement.is_changed()).count()
    }
}
