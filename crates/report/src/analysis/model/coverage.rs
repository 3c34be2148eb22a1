//! What the input could have shown.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::shared::Span;

/// What the input could have shown, taken from all records that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// The time that was asked for. An end that is null is open.
    pub asked: Span,
    /// The time of the first and of the last record.
    pub window: Span,
    /// Days in UTC with records, over all accounts.
    pub days: usize,
    /// The accounts whose trails recorded.
    pub accounts: BTreeMap<String, AccountCoverage>,
    /// The regions of all accounts.
    pub regions: Vec<String>,
    /// How many events by category and by whether they only read.
    pub event_categories: Vec<EventCount>,
    /// The resource types that data events named.
    pub data_event_types: Vec<String>,
    /// The calls that were recorded as data events, with their counts.
    pub data_calls: BTreeMap<String, u64>,
}

/// One account's trail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountCoverage {
    /// How many events.
    pub events: u64,
    /// The time of its first and of its last record.
    pub window: Span,
    /// Days in UTC with records.
    pub days: usize,
    /// Its regions, with the number of events in each.
    pub regions: BTreeMap<String, u64>,
    /// Whole days without any record between its first and its last.
    pub holes: Vec<HoleReport>,
}

/// Days without a record. Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HoleReport {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// How many days.
    pub days: i64,
}

/// How many events of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventCount {
    /// `management`, `data`, `network-activity` and so on.
    pub category: &'static str,
    /// `read`, `write` or `unstated`.
    pub access: &'static str,
    /// How many events.
    pub count: u64,
}
