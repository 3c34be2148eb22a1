//! What the narrowed policies of a principal were held against.

use jiff::Timestamp;
use serde::Serialize;
use tighten_synthesis::narrow::Inclusion;

use crate::shared::Evidence;

/// What the narrowed policies of a principal were held against.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofReport {
    /// Its ARN.
    pub principal: String,
    /// Its account.
    pub account: String,
    /// Its name, without its path.
    pub name: String,
    /// The names of its policies.
    pub policies: Vec<String>,
    /// What it was seen to need.
    pub needs: ProvenNeeds,
    /// Its calls, judged by the policies of today and by the narrowed ones; none where they were not replayed.
    pub replay: Option<ReplayCounts>,
    /// How it is known that none of its policies allows anything new: the weakest way among them.
    pub included: Inclusion,
    /// Its calls of the last days, judged by what narrowing came to without them; none where they were not replayed.
    pub holdout: Option<HoldoutReport>,
}

/// What a principal was seen to need.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvenNeeds {
    /// How many permissions.
    pub needed: usize,
    /// Of these, allowed by the policies of today, and by the narrowed ones unless a rule forbids them.
    pub allowed: usize,
    /// Of these, not decided by the records alone. They are decided as before.
    pub open: usize,
    /// What a rule forbids.
    pub forbidden: Vec<NotGrantedReport>,
    /// What the policies of today do not allow.
    pub not_granted: Vec<NotGrantedReport>,
}

/// A permission that was needed and that the policies do not give.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotGrantedReport {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The records behind it.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// Calls that were let through, judged by the policies of today and by narrowed ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayCounts {
    /// The calls of which it is known what they needed.
    pub calls: u64,
    /// Of these, allowed by the policies of today.
    pub allowed_before: u64,
    /// Of these, allowed by the narrowed ones.
    pub allowed_after: u64,
    /// Of all, denied by the policies of today: something else let them through, or the policies have changed.
    pub denied_before: u64,
    /// Of all, not decided by the records alone.
    pub open_before: u64,
    /// The calls of which it is not known what they needed. They are not among the others.
    pub unmapped: u64,
    /// The calls that prove nothing either way: the last three together.
    pub left_out: u64,
    /// What the policies of today surely allow and the narrowed ones do not.
    pub lost: Vec<LostReport>,
}

/// A permission of which less is allowed than before.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LostReport {
    /// What the narrowed policies say: `explicit-deny`, `implicit-deny`, `depends`, `partly`.
    pub verdict: &'static str,
    /// The action.
    pub action: String,
    /// What it was used on.
    pub resource: String,
    /// The service that made the calls with the principal's permissions.
    pub via: Option<String>,
    /// The calls behind it.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// What would have become of the last days.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "outcome")]
pub enum HoldoutReport {
    /// The policies were narrowed by the records before a moment, and the calls after it were replayed.
    Replayed {
        /// The moment.
        since: Timestamp,
        /// How many days that is before the last record.
        days: usize,
        /// What the calls came to.
        replay: ReplayCounts,
    },
    /// That could not be done.
    NotPossible {
        /// Why.
        why: &'static str,
    },
}

impl ReplayCounts {
    /// How many calls the policies of today surely allow and the narrowed ones do not.
    pub fn lost_calls(&self) -> u64 {
        self.allowed_before.saturating_sub(self.allowed_after)
    }

    /// Whether all that was lost would surely have been denied.
    pub fn is_denied(&self) -> bool {
        self.lost.iter().all(|lost| matches!(lost.verdict, "explicit-deny" | "implicit-deny"))
    }
}
