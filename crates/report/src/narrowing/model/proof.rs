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
    /// What its calls needed, judged by the policies of today and by the narrowed ones; none where that was not done.
    pub replay: Option<ReplayCounts>,
    /// How it is known that none of its policies allows anything new: the weakest way among them.
    pub included: Inclusion,
    /// What its calls of the last days needed, judged by what narrowing makes of its policies without those days; none where
    /// that was not done.
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

/// Distinct needs of calls that were let through, judged by the policies of today and by narrowed ones. A need is an action
/// on one resource, or on the wildcard that stands for many, with what is known of the request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayCounts {
    /// The calls that were let through.
    pub calls: u64,
    /// The calls of which it is not known what they needed, or would have needed.
    pub unmapped: u64,
    /// Some of the calls are not judged, and it is not known how many: what services with roles of their own did, and what
    /// failed of somebody of whose calls nearly all were refused.
    pub some_not_judged: bool,
    /// The distinct needs.
    pub needs: usize,
    /// Of these, allowed by the policies of today.
    pub allowed_before: usize,
    /// Of these, allowed by the narrowed ones.
    pub allowed_after: usize,
    /// Of all, denied by the policies of today: something else let them through, or the policies have changed.
    pub denied_before: usize,
    /// Of all, not decided by the records alone.
    pub open_before: usize,
    /// The needs that prove nothing either way: the last two together.
    pub left_out: usize,
    /// What the policies of today surely allow and the narrowed ones do not.
    pub lost: Vec<LostReport>,
}

/// A need that was allowed before and is not surely allowed any more.
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
    /// The calls behind it used the action on other resources, too, and which of them used which is not known.
    pub shared: bool,
    /// The calls behind it.
    #[serde(flatten)]
    pub evidence: Evidence,
}

/// What would have become of the last days.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "outcome")]
pub enum HoldoutReport {
    /// The policies were narrowed by the days before a midnight, and held against the needs of the days from then on.
    Replayed {
        /// The midnight.
        since: Timestamp,
        /// How many days there are from then on.
        days: usize,
        /// What was needed in them.
        replay: ReplayCounts,
    },
    /// That could not be done.
    NotPossible {
        /// Why.
        why: &'static str,
    },
}

impl ReplayCounts {
    /// How many needs the policies of today surely allow and the narrowed ones do not.
    pub fn lost_needs(&self) -> usize {
        self.allowed_before.saturating_sub(self.allowed_after)
    }

    /// Whether all that was lost would surely have been denied.
    pub fn is_denied(&self) -> bool {
        self.lost.iter().all(|lost| matches!(lost.verdict, "explicit-deny" | "implicit-deny"))
    }
}
