//! What was recorded where, of what kind and when: coverage as it adds up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tighten_trail::Json;

use crate::calendar::Calendar;
use crate::call::ApiCall;
use crate::coverage::{Category, Coverage, EventKind, Place};
use crate::days::{DayWindow, Days};
use crate::evidence::Evidence;
use crate::principal::{inside, merge_maps};

/// The sum from which the [`Coverage`] of any window of whole days follows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) accounts: BTreeMap<Box<str>, BTreeMap<Box<str>, PlaceRecords>>,
    kinds: BTreeMap<EventKind, Calendar>,
    sources: BTreeMap<Box<str>, Calendar>,
    data_calls: BTreeMap<ApiCall, Calendar>,
    data_resource_types: BTreeMap<Box<str>, Days>,
}

/// What was recorded in one region of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlaceRecords {
    /// Counts and times; single events and regions are not kept.
    seen: Evidence,
    kinds: BTreeMap<EventKind, Days>,
    sources: BTreeMap<Box<str>, Days>,
}

impl Recorded {
    /// Counts events of one call.
    pub(crate) fn see(&mut self, kind: EventKind, call: ApiCall, seen: &Calendar) {
        self.kinds.entry(kind).or_default().merge(seen);
        match self.sources.get_mut(&call.source) {
            Some(own) => own.merge(seen),
            None => drop(self.sources.insert(call.source.clone(), seen.clone())),
        }
        if kind.category == Category::Data {
            self.data_calls.entry(call).or_default().merge(seen);
        }
    }

    /// Takes a type of a data event's resources into account.
    pub(crate) fn see_resource_type(&mut self, kind: &str, days: &Days) {
        match self.data_resource_types.get_mut(kind) {
            Some(own) => own.merge(days),
            None => drop(self.data_resource_types.insert(kind.into(), days.clone())),
        }
    }

    /// What the records of a window say.
    pub(crate) fn within(&self, window: &DayWindow) -> Coverage {
        let counted = |calendar: &Calendar| {
            let own = calendar.within(window);
            (!own.is_empty() || window.is_all()).then(|| own.count())
        };
        let mut accounts = inside(&self.accounts, |regions| Some(inside(regions, |place| place.within(window))));
        accounts.retain(|_, regions| !regions.is_empty());
        Coverage {
            accounts,
            kinds: inside(&self.kinds, counted),
            sources: inside(&self.sources, counted),
            data_calls: inside(&self.data_calls, counted),
            data_resource_types: touched(&self.data_resource_types, window),
        }
    }

    /// The first and the last day that have a record.
    pub(crate) fn span(&self) -> Option<(i32, i32)> {
        let days = || self.accounts.values().flat_map(BTreeMap::values).map(|place| place.seen.calendar.days());
        let first = days().filter_map(|days| days.numbers().next()).min()?;
        Some((first, days().filter_map(|days| days.numbers().last()).max()?))
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (account, regions) in other.accounts {
            let own = self.accounts.entry(account).or_default();
            for (region, place) in regions {
                own.entry(region).or_default().merge(place);
            }
        }
        merge_maps(&mut self.kinds, other.kinds);
        merge_maps(&mut self.sources, other.sources);
        merge_maps(&mut self.data_calls, other.data_calls);
        merge_maps(&mut self.data_resource_types, other.data_resource_types);
    }
}

impl PlaceRecords {
    /// Counts events.
    pub(crate) fn see(&mut self, kind: EventKind, source: &str, seen: &Evidence) {
        let days = seen.calendar.days();
        self.seen.merge_counts(seen);
        self.kinds.entry(kind).or_default().merge(&days);
        match self.sources.get_mut(source) {
            Some(own) => own.merge(&days),
            None => drop(self.sources.insert(source.into(), days)),
        }
    }

    fn merge(&mut self, other: Self) {
        self.seen.merge(other.seen);
        merge_maps(&mut self.kinds, other.kinds);
        merge_maps(&mut self.sources, other.sources);
    }

    fn within(&self, window: &DayWindow) -> Option<Place> {
        let Evidence { count, first, last, calendar, .. } = self.seen.within(window)?;
        Some(Place {
            events: count,
            first,
            last,
            days: calendar.days(),
            kinds: touched(&self.kinds, window),
            sources: touched(&self.sources, window),
        })
    }
}

/// What was seen on a day of the window.
fn touched<K: Ord + Clone, S: FromIterator<K>>(map: &BTreeMap<K, Days>, window: &DayWindow) -> S {
    let is_inside = |days: &Days| window.is_all() || !days.within(window).is_empty();
    map.iter().filter(|(_, days)| is_inside(days)).map(|(key, _)| key.clone()).collect()
}

/// `resources[].type`, from a list of the shape that CloudTrail writes; anything else names no types.
pub(crate) fn resource_types(resources: Json<'_>) -> Vec<String> {
    #[derive(Deserialize)]
    struct Resource {
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    let resources: Vec<Resource> = serde_json::from_str(resources.get()).unwrap_or_default();
    resources.into_iter().filter_map(|resource| resource.kind).collect()
}
