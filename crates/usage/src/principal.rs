//! What one principal did.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use tighten_iam::ActionName;
use tighten_mapping::{Certainty, Need, NoNeed};
use tighten_trail::{DenialReason, Outcome, Via};

use crate::calendar::Calendar;
use crate::call::ApiCall;
use crate::dated::Dated;
use crate::days::DayWindow;
use crate::evidence::Evidence;
use crate::resources::{ResourceLimits, ResourceSet};

/// What one principal did, and which permissions that needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrincipalUsage {
    /// All its events.
    pub seen: Evidence,
    /// Its calls, by what became of them.
    pub calls: BTreeMap<ApiCall, CallUsage>,
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

/// How one call ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallUsage {
    /// Events that were let through.
    pub authorised: Calendar,
    /// Events that were refused.
    pub denied: Calendar,
    /// Events that show neither.
    pub no_evidence: Calendar,
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedUsage {
    /// How often, when and where.
    pub evidence: Evidence,
    /// The calls that needed it; the first few by name.
    pub calls: Dated<ApiCall, 16>,
    /// On what.
    pub resources: ResourceSet,
}

/// What keeps one refusal apart from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum WantOrigin {
    /// The message names it, and the call needs it.
    Both,
    /// The call needs it; the message names no action.
    Call,
    /// The message names it, and it is none of the call's known needs.
    Message,
}

/// How a refusal was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantUsage {
    /// How often, when and where.
    pub evidence: Evidence,
    /// The calls that were refused; the first few by name.
    pub calls: Dated<ApiCall, 16>,
    /// What they would have needed the action on.
    pub resources: ResourceSet,
    /// The resources that the messages name, in their own words; the first few by text.
    pub named: Dated<Box<str>, 16>,
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
}

impl CallUsage {
    /// How many events had which outcome.
    pub fn outcomes(&self) -> Outcomes {
        Outcomes {
            authorised: self.authorised.count(),
            denied: self.denied.count(),
            no_evidence: self.no_evidence.count(),
        }
    }

    pub(crate) fn add(&mut self, outcome: Outcome, seen: &Calendar) {
        let own = match outcome {
            Outcome::Authorised => &mut self.authorised,
            Outcome::Denied => &mut self.denied,
            Outcome::NoEvidence => &mut self.no_evidence,
        };
        own.merge(seen);
    }

    fn within(&self, window: &DayWindow) -> Option<Self> {
        let own = Self {
            authorised: self.authorised.within(window),
            denied: self.denied.within(window),
            no_evidence: self.no_evidence.within(window),
        };
        let is_empty = own.authorised.is_empty() && own.denied.is_empty() && own.no_evidence.is_empty();
        (!is_empty || window.is_all()).then_some(own)
    }
}

impl NeedUsage {
    pub(crate) fn new(limits: ResourceLimits) -> Self {
        Self { evidence: Evidence::default(), calls: Dated::default(), resources: ResourceSet::new(limits) }
    }

    fn within(&self, window: &DayWindow) -> Option<Self> {
        Some(Self {
            evidence: self.evidence.within(window)?,
            calls: self.calls.within(window),
            resources: self.resources.within(window),
        })
    }
}

impl WantUsage {
    pub(crate) fn new(limits: ResourceLimits) -> Self {
        Self {
            evidence: Evidence::default(),
            calls: Dated::default(),
            resources: ResourceSet::new(limits),
            named: Dated::default(),
        }
    }

    fn within(&self, window: &DayWindow) -> Option<Self> {
        Some(Self {
            evidence: self.evidence.within(window)?,
            calls: self.calls.within(window),
            resources: self.resources.within(window),
            named: self.named.within(window),
        })
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
        self.calls.values().fold(Outcomes::default(), |mut sum, call| {
            sum += call.outcomes();
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

    /// What it did on the days of a window, if it did anything.
    pub fn within(&self, window: &DayWindow) -> Option<Self> {
        Some(Self {
            seen: self.seen.within(window)?,
            calls: inside(&self.calls, |call| call.within(window)),
            needs: inside(&self.needs, |need| need.within(window)),
            failed: inside(&self.failed, |need| need.within(window)),
            wants: inside(&self.wants, |want| want.within(window)),
            unmapped: inside(&self.unmapped, |evidence| evidence.within(window)),
            name_only: self.name_only,
        })
    }

    /// The IAM actions that it needed, each once.
    pub fn actions(&self) -> BTreeSet<&ActionName> {
        self.needs.keys().map(|key| &key.action).collect()
    }
}

/// The part of a map that is inside a window.
pub(crate) fn inside<K: Ord + Clone, V, W>(map: &BTreeMap<K, V>, within: impl Fn(&V) -> Option<W>) -> BTreeMap<K, W> {
    map.iter().filter_map(|(key, value)| Some((key.clone(), within(value)?))).collect()
}

impl AddAssign for Outcomes {
    fn add_assign(&mut self, other: Self) {
        self.authorised += other.authorised;
        self.denied += other.denied;
        self.no_evidence += other.no_evidence;
    }
}

impl AddAssign for CallUsage {
    fn add_assign(&mut self, other: Self) {
        self.authorised.merge(&other.authorised);
        self.denied.merge(&other.denied);
        self.no_evidence.merge(&other.no_evidence);
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
