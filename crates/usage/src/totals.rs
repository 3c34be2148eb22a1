//! How many records there were on each day.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::days::DayWindow;
use crate::principal::merge_maps;
use crate::usage::Counts;

/// Those of the [`Counts`] that are of records, by day; `None`: records without a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Totals {
    days: BTreeMap<Option<i32>, DayTotals>,
}

/// What was counted of one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DayTotals {
    pub(crate) records: u64,
    pub(crate) other_places: u64,
    pub(crate) events: u64,
    pub(crate) duplicates: u64,
    pub(crate) late: u64,
    pub(crate) other_principals: u64,
}

impl Totals {
    pub(crate) fn add(&mut self, day: Option<i32>, totals: DayTotals) {
        if totals != DayTotals::default() {
            *self.days.entry(day).or_default() += totals;
        }
    }

    /// Adds distinct events. `of` makes of a day's number of them what they add.
    pub(crate) fn add_events(&mut self, seen: &Calendar, of: impl Fn(u64) -> DayTotals) {
        for (day, events) in seen.counts() {
            self.add(day, of(events));
        }
    }

    /// The counts of a window. What is readable on other days is outside of it.
    pub(crate) fn within(&self, window: &DayWindow) -> Counts {
        let inside = window.numbers();
        let mut counts = Counts::default();
        for (day, totals) in &self.days {
            if window.is_all() || day.is_some_and(|day| inside.contains(&day)) {
                counts += totals.counts();
            } else if day.is_some() {
                counts.outside_window += totals.records;
            }
        }
        counts
    }

    pub(crate) fn merge(&mut self, other: Self) {
        merge_maps(&mut self.days, other.days);
    }
}

impl DayTotals {
    fn counts(self) -> Counts {
        let Self { records, other_places, events, duplicates, late, other_principals } = self;
        Counts { records, other_places, events, duplicates, late, other_principals, ..Counts::default() }
    }
}

impl AddAssign for DayTotals {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.other_places += other.other_places;
        self.events += other.events;
        self.duplicates += other.duplicates;
        self.late += other.late;
        self.other_principals += other.other_principals;
    }
}
