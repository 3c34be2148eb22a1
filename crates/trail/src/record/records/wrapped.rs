//! Records within wrappers: objects, and JSON text within a text.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{Records, Stop};
use crate::record::decode::is_record_key;
use crate::record::envelope::{Place, Role};
use crate::record::repair::repair;
use crate::record::scan::Scan;
use crate::skipped::SkipReason;

/// An object's members; of a key that comes again, the last value counts.
pub(super) type Members<'a> = BTreeMap<String, &'a RawValue>;

impl Records<'_> {
    /// The value that is what is at hand begins with, as its key says.
    pub(super) fn wrapped(&mut self, role: Role) -> Result<(), Stop> {
        match role {
            Role::List(place) => {
                self.json.consume(1);
                self.list(place)
            }
            Role::Object(Place::Bare) => self.bare_record(),
            Role::Object(Place::Document) => {
                if self.record()? {
                    return Ok(());
                }
                self.object(Place::Document)
            }
            Role::Object(place) | Role::Perhaps(place) => self.object(place),
            Role::Text(place) => self.text(place),
            Role::Part(advice) => {
                self.part = Some(advice);
                self.discard(Scan::default())
            }
            Role::Names => {
                if let Some(value) = self.value()? {
                    self.found.name_objects(names(&value));
                }
                Ok(())
            }
            Role::Digest => {
                self.found.mark_digest();
                self.discard(Scan::default())
            }
            Role::Record | Role::NoRecords | Role::Other => self.discard(Scan::default()),
        }
    }

    /// Takes the value that is what is at hand begins with. `None`: it is larger than a record may be, and is left out.
    pub(super) fn value(&mut self) -> Result<Option<Vec<u8>>, Stop> {
        let end = match self.value_end(0) {
            Err(Stop::TooLarge) => return self.too_large(Scan::default()).map(|()| None),
            end => end?,
        };
        let value = self.json.data().get(..end).unwrap_or_default().to_vec();
        self.json.consume(end);
        Ok(Some(value))
    }

    /// A text that holds JSON.
    fn text(&mut self, place: Place) -> Result<(), Stop> {
        let end = match self.value_end(0) {
            Err(Stop::TooLarge) => return self.too_large(Scan::default()),
            end => end?,
        };
        let text = unescape(self.json.data().get(..end).unwrap_or_default());
        self.json.consume(end);
        self.unescaped(text, place);
        Ok(())
    }

    fn unescaped(&mut self, text: Result<String, serde_json::Error>, place: Place) {
        match text {
            Ok(text) => self.held(&text, place),
            Err(error) => self.found.skip_record(SkipReason::InvalidJson(error.to_string())),
        }
    }

    /// The JSON that a text holds. A text that is no object is none that went wrong: messages say anything.
    pub(super) fn held(&mut self, text: &str, place: Place) {
        if !text.trim_start().starts_with('{') {
            return self.found.skip_record(SkipReason::NotARecord);
        }
        if place == Place::Bare {
            return self.whole_record(text.as_bytes(), None);
        }
        match serde_json::from_str::<Members<'_>>(text) {
            Ok(members) => self.message(text, &members, place),
            Err(_) => self.whole_record(text.as_bytes(), None),
        }
    }

    /// An SQS or SNS message: an SNS message, records, a record, or names of log objects.
    fn message(&mut self, text: &str, members: &Members<'_>, place: Place) {
        // Whatever else it has, it is a record.
        if members.keys().any(|key| is_record_key(key)) {
            return self.whole_record(text.as_bytes(), None);
        }
        let before = self.found.seen();
        for (key, value) in members {
            let value = value.get();
            let begins = value.bytes().next().unwrap_or_default();
            match Role::of(key, begins, place).0 {
                Role::List(_) => {
                    let records: Vec<&RawValue> = serde_json::from_str(value).unwrap_or_default();
                    if !records.is_empty() {
                        self.found.mark_log();
                    }
                    for record in records {
                        self.whole_record(record.get().as_bytes(), None);
                    }
                    return;
                }
                Role::Object(_) => return self.whole_record(value.as_bytes(), None),
                Role::Text(place) => return self.unescaped(unescape(value.as_bytes()), place),
                Role::Names => self.found.name_objects(names(value.as_bytes())),
                _ => {}
            }
        }
        if self.found.seen() == before {
            self.found.skip_record(SkipReason::NotARecord);
        }
    }
}

/// The text that JSON text stands for.
fn unescape(quoted: &[u8]) -> Result<String, serde_json::Error> {
    serde_json::from_slice(quoted).or_else(|_| serde_json::from_str(&repair(quoted)))
}

/// How many names a value is.
fn names(value: &[u8]) -> u64 {
    serde_json::from_slice::<Vec<IgnoredAny>>(value).map_or(1, |names| names.len() as u64)
}
