//! Rows of columns, as searches answer.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::wrapped::Members;
use super::{Records, Stop};
use crate::record::envelope::{Place, Search, advice};
use crate::record::repair::repair;
use crate::skipped::SkipReason;

/// The columns of a row: their names and texts.
type Columns = BTreeMap<String, String>;

impl Records<'_> {
    /// A row of a search's result: a list of objects with one column each.
    pub(super) fn row(&mut self, place: Place) -> Result<(), Stop> {
        let Some(bytes) = self.value()? else { return Ok(()) };
        let text = String::from_utf8(bytes).unwrap_or_else(|error| repair(error.as_bytes()));
        let row = match serde_json::from_str::<Vec<Members<'_>>>(&text) {
            Ok(row) => row,
            Err(error) => {
                self.found.skip_record(SkipReason::InvalidJson(error.to_string()));
                return Ok(());
            }
        };
        let taken = self.found.taken();
        let search = if place == Place::LakeRows { Search::Lake } else { Search::Insights };
        match search {
            Search::Lake => self.columns(&lake_columns(&row), "eventJson", of_columns, advice::LAKE),
            _ => self.columns(&insights_columns(&row), "@message", |_| None, advice::INSIGHTS),
        }
        if self.found.taken() > taken {
            self.found.searched(search);
        }
        Ok(())
    }

    /// The record of a row: the text in the column `whole`, or what the columns make up.
    fn columns(
        &mut self,
        columns: &Columns,
        whole: &str,
        make: impl Fn(&Columns) -> Option<String>,
        advice: &'static str,
    ) {
        if let Some(text) = columns.get(whole) {
            return self.held(text, Place::Bare);
        }
        if let Some(record) = make(columns) {
            return self.whole_record(record.as_bytes(), None);
        }
        if columns.keys().any(|key| matches!(key.as_str(), "eventName" | "eventSource" | "eventID")) {
            self.found.skip_part(advice);
        } else {
            self.found.skip_record(SkipReason::NotARecord);
        }
    }
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// Columns of CloudTrail Lake: the key is the name. A column that is no text is absent.
fn lake_columns(row: &[Members<'_>]) -> Columns {
    row.iter().flatten().filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()
}

/// Columns of Logs Insights: `field` is the name, `value` the text.
fn insights_columns(row: &[Members<'_>]) -> Columns {
    row.iter().filter_map(|column| Some((text(column.get("field")?)?, text(column.get("value")?)?))).collect()
}

/// What decides who called, what the call needed and what became of it. A row without one of these says less than its
/// record; without `errorCode`, a refusal would look like a success.
const DECISIVE: [&str; 14] = [
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "userIdentity",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "resources",
    "eventID",
    "eventType",
    "recipientAccountId",
];

/// The record that a row's columns make up. `None` where one is missing, or is written in Lake's own notation
/// (`{key=value, …}`), which does not tell a value from what follows it.
fn of_columns(columns: &Columns) -> Option<String> {
    if !DECISIVE.iter().all(|column| columns.contains_key(*column)) {
        return None;
    }
    let mut record: BTreeMap<&str, Cow<'_, RawValue>> = BTreeMap::new();
    for (name, text) in columns {
        let value = match name.as_str() {
            _ if text.is_empty() || text == "null" => continue,
            "userIdentity" | "requestParameters" | "responseElements" | "additionalEventData" | "resources" => {
                Cow::Borrowed(serde_json::from_str(text).ok()?)
            }
            "readOnly" | "managementEvent" => Cow::Borrowed(serde_json::from_str(text).ok()?),
            _ => Cow::Owned(serde_json::value::to_raw_value(text).ok()?),
        };
        record.insert(name, value);
    }
    serde_json::to_string(&record).ok()
}
