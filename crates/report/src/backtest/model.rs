//! How the proposals of earlier dates fared.

use jiff::civil::Date;
use serde::Serialize;

/// How the proposals of earlier dates fared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "outcome")]
pub enum BacktestReport {
    /// Proposals were made at some midnights, each from the days before, and held against the calls from then on.
    Made {
        /// All principals together, by midnight, the earliest first.
        cuts: Vec<CutReport>,
        /// What is to be expected of the next 30 days, by all of it.
        estimate: Option<DeniedShareReport>,
        /// Each principal of which enough was known at one of the midnights: those of which most would have been denied first.
        principals: Vec<PrincipalBacktestReport>,
        /// The ARNs of the others.
        too_few_days: Vec<String>,
    },
    /// That could not be done.
    NotPossible {
        /// Why.
        why: &'static str,
    },
}

/// How the proposals made at one midnight fared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CutReport {
    /// The first day that the proposals do not know.
    pub midnight: Date,
    /// How many days there are before it.
    pub days_before: usize,
    /// How many days there are from then on.
    pub days_after: usize,
    /// The calls of these days of which it is known what they needed.
    pub calls: u64,
    /// Of these, those that would have been denied.
    pub denied: u64,
    /// Of these, for the name of the resource: the action had been used before.
    pub new_names: u64,
    /// The rest: the action had not been used before.
    pub new_actions: u64,
    /// What most of them needed.
    pub worst: Vec<DeniedUseReport>,
}

/// A permission that a proposal of an earlier date would have denied.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeniedUseReport {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// `new-name`, `new-action`.
    pub kind: &'static str,
    /// How many calls.
    pub calls: u64,
    /// The day of the first.
    pub first: Option<Date>,
    /// The proposal made from all days allows more of the kind.
    pub learnt: bool,
}

/// How the proposals for one principal fared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrincipalBacktestReport {
    /// Its ARN.
    pub principal: String,
    /// Its account.
    pub account: String,
    /// Its name, without its path.
    pub name: String,
    /// By midnight, the earliest first; without those at which too little was known of it.
    pub cuts: Vec<CutReport>,
    /// What is to be expected of its next 30 days.
    pub estimate: Option<DeniedShareReport>,
}

/// A share of the calls of the next 30 days that the proposals made from all days are going to deny: 0.01 is 1 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeniedShareReport {
    /// What is expected.
    pub expected: f64,
    /// With a probability of 90 % it is from this ...
    pub low: f64,
    /// ... to this.
    pub high: f64,
}

impl CutReport {
    /// Whether nothing would have been denied.
    pub(crate) fn is_clean(&self) -> bool {
        self.denied == 0
    }
}
