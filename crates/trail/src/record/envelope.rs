//! What a JSON object may be, by the keys that it has.

use crate::record::decode::is_record_key;

/// Where an object stands, which decides what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the top: any envelope, or a record.
    Top,
    /// In a list: a record, in a wrapper of its own or not. Envelopes do not nest.
    Element,
    /// In a list of `CloudWatch`'s log events, which carry any text.
    LogEvent,
}

/// What an object's key makes of the object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A record.
    Record,
    /// An envelope: the value is a list of records.
    List(Place),
    /// An envelope: the value is a record (EventBridge).
    Object,
    /// An envelope: the value is the text of a record (the event history, `CloudWatch` Logs).
    Text,
    /// A digest file.
    Digest,
    /// `Records`, but no list.
    NoRecords,
    Other,
}

impl Role {
    pub(crate) fn of(key: &str, value: u8, place: Place) -> Self {
        match (key, value, place) {
            ("Records" | "Events", b'[', Place::Top) => Self::List(Place::Element),
            ("logEvents", b'[', Place::Top) => Self::List(Place::LogEvent),
            ("Records", _, Place::Top) => Self::NoRecords,
            ("detail", b'{', Place::Top | Place::Element) => Self::Object,
            ("CloudTrailEvent", b'"', Place::Top | Place::Element) | ("message", b'"', Place::LogEvent) => Self::Text,
            ("digestStartTime" | "digestEndTime", _, Place::Top) => Self::Digest,
            (key, ..) if is_record_key(key) => Self::Record,
            _ => Self::Other,
        }
    }
}
