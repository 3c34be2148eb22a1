//! Current policies, narrowed to what was used.

mod grants;
mod proof;

use serde::Serialize;
use serde_json::Value;
use tighten_synthesis::narrow::{Inclusion, PolicyOutcome, Young};

pub use grants::{GrantReport, NarrowedStatement, NoEffect, RiskReport, RiskyReport, UsedReport};
pub use proof::{HoldoutReport, LostReport, NotGrantedReport, ProofReport, ProvenNeeds, ReplayCounts};

/// What narrowing came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NarrowingReport {
    /// Each policy; those with the most dangerous unused grants first.
    pub policies: Vec<NarrowedPolicyReport>,
    /// Each holder of such a policy, and what was held against its narrowed policies.
    pub principals: Vec<ProofReport>,
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
    /// The ARNs of those to whom it is attached.
    pub holders: Vec<String>,
    /// How many unused grants of each class of risk, worst class first.
    pub risks: Vec<RiskReport>,
    /// The unused grants, the most dangerous first.
    pub risky: Vec<RiskyReport>,
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

impl NarrowedPolicyReport {
    /// How many statements are not what they were.
    pub fn changed(&self) -> usize {
        self.statements.iter().filter(|statement| statement.is_changed()).count()
    }
}
