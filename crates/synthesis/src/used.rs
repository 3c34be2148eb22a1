//! What a principal used, in the form that policies are made from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use tighten_iam::{ActionName, ResourcePattern};
use tighten_mapping::Certainty;
use tighten_usage::Days;

/// The condition keys of requests with their values, or of a statement with the values it allows. Where there are several
/// values for a request, it carried one of them, and it is not known which.
pub type ConditionKeys = BTreeMap<String, BTreeSet<String>>;

/// One permission that a principal's calls needed, or that its denied calls would have needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The action.
    pub action: ActionName,
    /// On what.
    pub resources: Vec<Observed>,
    /// Condition keys that the requests carried and that a policy may ask for.
    pub context: ConditionKeys,
    /// How surely the resources are known.
    pub certainty: Certainty,
    /// What decided the resources.
    pub rule: String,
    /// The service that called for the principal.
    pub via: Option<String>,
    /// The resources name IAM entities by name alone.
    pub path_unknown: bool,
    /// The resource types of the action that the calls left open, sorted: they may have been checked on such resources, too.
    pub unsettled: Vec<String>,
    /// Not sure enough to grant.
    pub suspected: bool,
    /// How often, when and where.
    pub seen: Seen,
}

/// A resource as usage kept it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Observed {
    /// The resource, or a wildcard where too many were seen to keep apart.
    pub pattern: ResourcePattern,
    /// What stands behind the wildcard, if usage put it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// The days on which it was used; none where that is not known.
    #[serde(skip)]
    pub days: Days,
}

/// What stands behind a pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Behind {
    /// The first few values, by text.
    pub samples: Vec<String>,
    /// How many distinct values there were.
    pub count: u64,
    /// There were more than `count`; how many is not known.
    pub more: bool,
}

/// How often, when and where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Seen {
    /// How many distinct events.
    pub count: u64,
    /// The time of the first.
    pub first: Option<Timestamp>,
    /// The time of the last.
    pub last: Option<Timestamp>,
    /// The ids of the first few.
    pub event_ids: Vec<String>,
    /// The regions they were in.
    pub regions: Vec<String>,
    /// The API calls, as `eventSource/eventName`.
    pub calls: Vec<String>,
    /// There may be more calls than these, as where usage knows too many to keep all.
    pub more_calls: bool,
    /// There may be more regions than these.
    pub more_regions: bool,
}

impl Observed {
    /// One resource, of which the days of use are not known.
    pub fn one(pattern: ResourcePattern) -> Self {
        Self::on(pattern, Days::default())
    }

    /// One resource that was used on these days.
    pub fn on(pattern: ResourcePattern, days: Days) -> Self {
        Self { pattern, behind: None, days }
    }

    /// Each resource once, with all of its days.
    pub(crate) fn united<'a>(all: impl IntoIterator<Item = &'a Self>) -> Vec<Self> {
        let mut all: Vec<&Self> = all.into_iter().collect();
        // The resources of each need are in order.
        all.sort_by(|a, b| a.pattern.cmp(&b.pattern));
        let same = all.chunk_by(|a, b| a.pattern == b.pattern);
        let united = same.filter_map(|same| {
            let (first, others) = same.split_first()?;
            let mut own = (*first).clone();
            for one in others {
                own.days.merge(&one.days);
                own.behind = own.behind.take().max(one.behind.clone());
            }
            Some(own)
        });
        united.collect()
    }
}

impl Behind {
    /// How many samples are kept.
    pub const SAMPLES: usize = 5;

    /// What stands behind a pattern that takes the place of these.
    pub(crate) fn of<'a>(observed: impl IntoIterator<Item = &'a Observed>) -> Self {
        let mut samples = BTreeSet::new();
        let mut behind = Self::default();
        for one in observed {
            match &one.behind {
                None => {
                    behind.count += 1;
                    samples.insert(one.pattern.as_str());
                }
                Some(known) => {
                    behind.count += known.count;
                    behind.more |= known.more;
                    samples.extend(known.samples.iter().map(String::as_str));
                }
            }
        }
        behind.samples = samples.into_iter().take(Self::SAMPLES).map(str::to_owned).collect();
        behind
    }
}

impl Seen {
    /// How many event ids are kept.
    pub const EVENT_IDS: usize = 3;

    /// The evidence of both; the events of `other` are taken to be others.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.first = match (self.first, other.first) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self.last = self.last.max(other.last);
        union(&mut self.event_ids, &other.event_ids);
        self.event_ids.truncate(Self::EVENT_IDS);
        union(&mut self.regions, &other.regions);
        union(&mut self.calls, &other.calls);
        self.more_calls |= other.more_calls;
        self.more_regions |= other.more_regions;
    }
}

fn union(own: &mut Vec<String>, other: &[String]) {
    own.extend_from_slice(other);
    own.sort();
    own.dedup();
}
