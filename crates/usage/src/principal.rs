//! What one principal did.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use tighten_iam::ActionName;
use tighten_mapping::{Certainty, Need, NoNeed};
use tighten_trail::{DenialReason, Outcome, Via};

use crate::call::ApiCall;
use crate::evidence::Evidence;
use crate::resources::{ResourceLimits, ResourceSet};
use crate::smallest::Smallest;

/// What one principal did, and which permissions that needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrincipalUsage {
    /// All its events.
    pub seen: Evidence,
    /// Its calls, by what became of them.
    pub calls: BTreeMap<ApiCall, Outcomes>,
    /// What its authorised calls needed: until all records are in, those that succeeded, then those that failed, too.
    pub needs: BTreeMap<NeedKey, NeedUsage>,
    /// What its calls needed that were let through and failed. Once all records are in, it is left here only of a principal
    /// that is [no witness](Self::is_mostly_refused), and counts for nothing.
    pub failed: BTreeMap<NeedKey, NeedUsage>,
    /// What its denied calls would have needed.
    pub wants: BTreeMap<WantKey, WantUsage>,
    /// Its authorised and denied calls without needs, and why they have none.
    pub unmapped: BTreeMap<(ApiCall, NoNeed), Evidence>,
    /// No record names the principal in full: the path in its ARN is a guess.
    pub name_only: bool,
}

/// How many distinct events had which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Let through.
    pub authorised: u64,
    /// Refused.
    pub denied: u64,
    /// Neither is shown.
    pub no_evidence: u64,
}

/// Of fewer calls nobody can say that nearly all were refused.
const LEAST_CALLS: u64 = 20;
/// How many of a hundred calls are nearly all.
const REFUSED_PER_CENT: u128 = 95;

/// What keeps one need apart from another. Resources are not part of it; they are the [`NeedUsage`]'s.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NeedKey {
    /// The action.
    pub action: ActionName,
    /// The service that called for the principal.
    pub via: Option<Via>,
    /// Condition keys that the request carried.
    pub context: BTreeMap<String, BTreeSet<String>>,
    /// How surely the resources are known.
    pub certainty: Certainty,
    /// What decided the resources.
    pub rule: String,
    /// The resources name IAM entities by name alone.
    pub path_unknown: bool,
    /// The resource types of the action that the calls left open, sorted.
    pub unsettled: Vec<String>,
    /// A rule that rests on names alone suspects this need: worth telling, never worth granting.
    pub suspected: bool,
}

/// How a need was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedUsage {
    /// How often, when and where.
    pub evidence: Evidence,
    /// The calls that needed it; the first few by name.
    pub calls: Smallest<ApiCall, 16>,
    /// On what.
    pub resources: ResourceSet,
}

/// What keeps one refusal apart from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WantKey {
    /// The action: of the call's needs, or in the message's own words.
    pub action: String,
    /// Where the action is from.
    pub origin: WantOrigin,
    /// The service that called for the principal.
    pub via: Option<Via>,
    /// `errorCode`.
    pub error_code: String,
    /// Which policy refused, as far as the message tells.
    pub reason: DenialReason,
}

/// How the wanted action is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WantOrigin {
    /// The message names it, and the call needs it.
    Both,
    /// The call needs it; the message names no action.
    Call,
    /// The message names it, and it is none of the call's known needs.
    Message,
}

/// How a refusal was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantUsage {
    /// How often, when and where.
    pub evidence: Evidence,
    /// The calls that were refused; the first few by name.
    pub calls: Smallest<ApiCall, 16>,
    /// What they would have needed the action on.
    pub resources: ResourceSet,
    /// The resources that the messages name, in their own words; the first few by text.
    pub named: Smallest<Box<str>, 16>,
}

impl NeedKey {
    /// The key of a need.
    pub fn of(need: &Need, via: Option<&Via>) -> Self {
        Self {
            action: need.action.clone(),
            via: via.cloned(),
            context: need.context.clone(),
            certainty: need.certainty,
            rule: need.rule.clone(),
            path_unknown: need.path_unknown,
            unsettled: need.unsettled.clone(),
            suspected: need.suspected,
        }
    }
}

impl Outcomes {
    /// All events.
    pub fn total(self) -> u64 {
        self.authorised + self.denied + self.no_evidence
    }

    pub(crate) fn add(&mut self, outcome: Outcome, count: u64) {
        match outcome {
            Outcome::Authorised => self.authorised += count,
            Outcome::Denied => self.denied += count,
            Outcome::NoEvidence => self.no_evidence += count,
        }
    }
}

impl NeedUsage {
    pub(crate) fn new(limits: ResourceLimits) -> Self {
        Self { evidence: Evidence::default(), calls: Smallest::default(), resources: ResourceSet::new(limits) }
    }
}

impl WantUsage {
    pub(crate) fn new(limits: ResourceLimits) -> Self {
        Self {
            evidence: Evidence::default(),
            calls: Smallest::default(),
            resources: ResourceSet::new(limits),
            named: Smallest::default(),
        }
    }
}

impl PrincipalUsage {
    /// Whether nearly all that it tried was refused. Some errors come before AWS authorises, and nobody knows all of
    /// them; of somebody who is let in nowhere else, such an error would be the only evidence. Its successes count.
    pub fn is_mostly_refused(&self) -> bool {
        let all = self.outcomes();
        all.total() >= LEAST_CALLS && u128::from(all.denied) * 100 >= u128::from(all.total()) * REFUSED_PER_CENT
    }

    /// All its calls, by what became of them.
    pub fn outcomes(&self) -> Outcomes {
        self.calls.values().copied().fold(Outcomes::default(), |mut sum, outcomes| {
            sum += outcomes;
            sum
        })
    }

    /// Takes what failed calls needed into account, unless nearly everything was refused. To be called when all of the
    /// principal's records are in.
    pub(crate) fn settle_failed(&mut self) {
        if !self.is_mostly_refused() {
            merge_maps(&mut self.needs, std::mem::take(&mut self.failed));
        }
    }

    /// The IAM actions that it needed, each once.
    pub fn actions(&self) -> BTreeSet<&ActionName> {
        self.needs.keys().map(|key| &key.action).collect()
    }
}

impl AddAssign for Outcomes {
    fn add_assign(&mut self, other: Self) {
        self.authorised += other.authorised;
        self.denied += other.denied;
        self.no_evidence += other.no_evidence;
    }
}

impl AddAssign for NeedUsage {
    fn add_assign(&mut self, other: Self) {
        self.evidence.merge(other.evidence);
        self.calls.merge(other.calls);
        self.resources.merge(other.resources);
    }
}

impl AddAssign for WantUsage {
    fn add_assign(&mut self, other: Self) {
        self.evidence.merge(other.evidence);
        self.calls.merge(other.calls);
        self.resources.merge(other.resources);
        self.named.merge(other.named);
    }
}

impl AddAssign for Evidence {
    fn add_assign(&mut self, other: Self) {
        self.merge(other);
    }
}

impl AddAssign for PrincipalUsage {
    /// Merging is for usages of one principal. It is known in full as soon as one of them says so.
    fn add_assign(&mut self, other: Self) {
        self.seen.merge(other.seen);
        merge_maps(&mut self.calls, other.calls);
        merge_maps(&mut self.needs, other.needs);
        merge_maps(&mut self.failed, other.failed);
        merge_maps(&mut self.wants, other.wants);
        merge_maps(&mut self.unmapped, other.unmapped);
        self.name_only = self.name_only && other.name_only;
    }
}

/// Adds up two maps by key.
pub(crate) fn merge_maps<K: Ord, V: AddAssign>(own: &mut BTreeMap<K, V>, other: BTreeMap<K, V>) {
    use std::collections::btree_map::Entry;
    for (key, value) in other {
        match own.entry(key) {
            Entry::Occupied(mut entry) => *entry.get_mut() += value,
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
        }
    }
}
