//! What the input could have shown.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tighten_trail::Event;

use crate::call::ApiCall;
use crate::days::{Days, Hole};

/// What the records of the input, taken together, say about what was recorded: when, where and which kinds of events.
///
/// Every record that was read takes part, whoever called; counts are of distinct events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By the account whose trail recorded, then by region.
    pub accounts: BTreeMap<Box<str>, BTreeMap<Box<str>, Place>>,
    /// How many events of each kind.
    pub kinds: BTreeMap<EventKind, u64>,
    /// How many events of each event source.
    pub sources: BTreeMap<Box<str>, u64>,
    /// The calls that were recorded as data events.
    pub data_calls: BTreeMap<ApiCall, u64>,
    /// The resource types that data events named, such as `AWS::S3::Object`.
    pub data_resource_types: BTreeSet<Box<str>>,
}

/// One region of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// How many distinct events.
    pub events: u64,
    /// The time of the first.
    pub first: Option<Timestamp>,
    /// The time of the last.
    pub last: Option<Timestamp>,
    /// The days in UTC on which something was recorded.
    pub days: Days,
    /// The kinds of events that were.
    pub kinds: BTreeSet<EventKind>,
    /// The event sources that were.
    pub sources: BTreeSet<Box<str>>,
}

/// What selectors of a trail distinguish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventKind {
    /// What it is an event of.
    pub category: Category,
    /// Whether the call changes something.
    pub access: Access,
}

/// `eventCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Category {
    /// Calls on the control plane.
    Management,
    /// Calls on the content of resources.
    Data,
    /// What passed a VPC endpoint.
    NetworkActivity,
    /// Unusual activity.
    Insight,
    /// Summaries of data events.
    Aggregated,
    /// Something newer than this program.
    Other,
}

/// `readOnly`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Access {
    /// It reads.
    Read,
    /// It may change something.
    Write,
    /// The record does not say.
    Unstated,
}

impl Coverage {
    /// The days of an account over all its regions.
    pub fn days(&self, account: &str) -> Days {
        let mut days = Days::default();
        for place in self.accounts.get(account).into_iter().flat_map(BTreeMap::values) {
            days.merge(&place.days);
        }
        days
    }

    /// The whole days without any record of the account, between its first and its last.
    ///
    /// A region may well rest for a day, and a trail does not fall silent for one region alone; so only days on which
    /// the whole account was silent are holes.
    pub fn holes(&self, account: &str) -> Vec<Hole> {
        self.days(account).holes()
    }

    /// The regions in which something was recorded, in any account.
    pub fn regions(&self) -> BTreeSet<&str> {
        self.accounts.values().flat_map(BTreeMap::keys).map(|region| &**region).collect()
    }

    /// How many events of a category.
    pub fn of_category(&self, category: Category) -> u64 {
        self.kinds.iter().filter(|(kind, _)| kind.category == category).map(|(_, count)| count).sum()
    }
}

impl EventKind {
    /// The kind of a record.
    pub fn of(event: &Event<'_>) -> Self {
        let category = match event.event_category.as_deref() {
            Some("Management") => Category::Management,
            Some("Data") => Category::Data,
            Some("NetworkActivity") => Category::NetworkActivity,
            Some("Insight") => Category::Insight,
            Some("Aggregated") => Category::Aggregated,
            Some(_) => Category::Other,
            // Records of the first versions have no category.
            None => match (event.event_type.as_deref(), event.management_event) {
                (Some("AwsCloudTrailInsight"), _) => Category::Insight,
                (Some("AwsAggregatedEvent"), _) => Category::Aggregated,
                (Some("AwsVpceEvent" | "AwsVpceEvents"), _) => Category::NetworkActivity,
                (_, Some(false)) => Category::Data,
                _ => Category::Management,
            },
        };
        let access = match event.read_only {
            Some(true) => Access::Read,
            Some(false) => Access::Write,
            None => Access::Unstated,
        };
        Self { category, access }
    }
}

impl Category {
    /// The stable spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::Management => "management",
            Self::Data => "data",
            Self::NetworkActivity => "network-activity",
            Self::Insight => "insight",
            Self::Aggregated => "aggregated",
            Self::Other => "other",
        }
    }
}

impl Access {
    /// The stable spelling.
    pub fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Unstated => "unstated",
        }
    }
}
