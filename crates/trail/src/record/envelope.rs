//! What a JSON object may be, by the keys that it has: where records are wrapped, as a table.

use crate::record::decode::is_record_key;

/// Where a value stands, which decides what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the top: any envelope, or a record.
    Top,
    /// In a list: a record, in a wrapper of its own or not. Lists of records do not nest.
    Element,
    /// Where only a record may be.
    Bare,
    /// In a list of `CloudWatch`'s log events, which carry any text.
    LogEvent,
    /// In `results`: the rows of Logs Insights, or the results of Splunk.
    Results,
    /// In the rows of a CloudTrail Lake query.
    LakeRows,
    /// One result of Splunk: `_raw` is the record, and the fields beside it are what Splunk took from it.
    Splunk,
    /// Elastic's `hits`, which holds the list `hits`.
    Hits,
    /// A document of Elastic: a record, or fields taken from one with its text beside them.
    Document,
    /// The member `event` of a document.
    Original,
    /// The member `aws` of a document.
    Parsed,
    /// The text of an SQS message, which may be an SNS message.
    Body,
    /// The text of an SNS message.
    Notice,
}

/// What an object's key makes of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A record.
    Record,
    /// An envelope: the value is a list of what stands at this place.
    List(Place),
    /// An envelope: the value is an object at this place.
    Object(Place),
    /// The value is an object at this place, which need not hold a record.
    Perhaps(Place),
    /// An envelope: the value is JSON text of what stands at this place.
    Text(Place),
    /// What only follows from a record, or is a part of one. The text says how to get the record itself.
    Part(&'static str),
    /// The names of log objects, which are somewhere else.
    Names,
    /// A digest file.
    Digest,
    /// `Records`, but no list.
    NoRecords,
    Other,
}

/// A search that records are a result of. What it left out is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Search {
    EventHistory,
    LogEvents,
    Insights,
    Lake,
    Splunk,
    Elastic,
}

impl Search {
    pub(crate) const ALL: [Self; 6] =
        [Self::EventHistory, Self::LogEvents, Self::Insights, Self::Lake, Self::Splunk, Self::Elastic];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EventHistory => "the event history",
            Self::LogEvents => "CloudWatch Logs events",
            Self::Insights => "CloudWatch Logs Insights",
            Self::Lake => "CloudTrail Lake",
            Self::Splunk => "Splunk",
            Self::Elastic => "Elastic",
        }
    }
}

/// How to get whole records from a search that gave parts of them.
pub(crate) mod advice {
    pub(crate) const LAKE: &str = "select `eventJson` in the query";
    pub(crate) const INSIGHTS: &str = "add `@message` to the query's `fields`";
    pub(crate) const SPLUNK: &str = "export the field `_raw`";
    pub(crate) const ELASTIC: &str = "keep `event.original` (`preserve_original_event`)";
}

/// A row of the table: at these places, a key with a value that begins so.
struct Wrapper {
    at: &'static [Place],
    key: &'static str,
    begins: u8,
    role: Role,
    search: Option<Search>,
}

const fn wrapper(at: &'static [Place], key: &'static str, begins: u8, role: Role, search: Option<Search>) -> Wrapper {
    Wrapper { at, key, begins, role, search }
}

const TOP: &[Place] = &[Place::Top];
const SINGLE: &[Place] = &[Place::Top, Place::Element];
const DOCUMENT: &[Place] = &[Place::Top, Place::Element, Place::Document];
const MESSAGE: &[Place] = &[Place::Body, Place::Notice];

/// Where records are wrapped. What a row leads to stands at another place, and no row leads back, so that wrappers nest
/// only as deep as the table says.
#[rustfmt::skip]
const WRAPPERS: &[Wrapper] = &[
    wrapper(TOP, "Records", b'[', Role::List(Place::Element), None),
    wrapper(TOP, "Events", b'[', Role::List(Place::Element), None),
    wrapper(SINGLE, "detail", b'{', Role::Object(Place::Bare), None),
    wrapper(SINGLE, "CloudTrailEvent", b'"', Role::Text(Place::Bare), Some(Search::EventHistory)),
    // CloudWatch Logs: what a subscription delivers; what `filter-log-events` and `get-log-events` print.
    wrapper(TOP, "logEvents", b'[', Role::List(Place::LogEvent), None),
    wrapper(TOP, "events", b'[', Role::List(Place::LogEvent), Some(Search::LogEvents)),
    wrapper(&[Place::LogEvent], "message", b'"', Role::Text(Place::Bare), None),
    // Logs Insights as its API answers, and as the console exports it.
    wrapper(TOP, "results", b'[', Role::List(Place::Results), None),
    wrapper(SINGLE, "@message", b'"', Role::Text(Place::Bare), Some(Search::Insights)),
    wrapper(SINGLE, "@message", b'{', Role::Object(Place::Bare), Some(Search::Insights)),
    wrapper(TOP, "QueryResultRows", b'[', Role::List(Place::LakeRows), Some(Search::Lake)),
    wrapper(SINGLE, "eventJson", b'"', Role::Text(Place::Bare), Some(Search::Lake)),
    wrapper(SINGLE, "result", b'{', Role::Object(Place::Splunk), Some(Search::Splunk)),
    wrapper(&[Place::Top, Place::Element, Place::Splunk], "_raw", b'"', Role::Text(Place::Bare), Some(Search::Splunk)),
    wrapper(TOP, "hits", b'{', Role::Object(Place::Hits), Some(Search::Elastic)),
    wrapper(&[Place::Hits], "hits", b'[', Role::List(Place::Element), Some(Search::Elastic)),
    wrapper(SINGLE, "_source", b'{', Role::Object(Place::Document), Some(Search::Elastic)),
    wrapper(DOCUMENT, "event", b'{', Role::Perhaps(Place::Original), Some(Search::Elastic)),
    wrapper(&[Place::Original], "original", b'"', Role::Text(Place::Bare), Some(Search::Elastic)),
    wrapper(DOCUMENT, "event.original", b'"', Role::Text(Place::Bare), Some(Search::Elastic)),
    wrapper(DOCUMENT, "aws", b'{', Role::Perhaps(Place::Parsed), None),
    wrapper(&[Place::Parsed], "cloudtrail", b'{', Role::Part(advice::ELASTIC), None),
    // SQS and SNS: records, or the names of log objects, from CloudTrail or from S3.
    wrapper(TOP, "Messages", b'[', Role::List(Place::Element), None),
    wrapper(SINGLE, "Body", b'"', Role::Text(Place::Body), None),
    wrapper(&[Place::Top, Place::Element, Place::Body], "Message", b'"', Role::Text(Place::Notice), None),
    wrapper(MESSAGE, "Records", b'[', Role::List(Place::Bare), None),
    wrapper(MESSAGE, "detail", b'{', Role::Object(Place::Bare), None),
    wrapper(&[Place::Top, Place::Element, Place::Body, Place::Notice], "s3ObjectKey", b'[', Role::Names, None),
    wrapper(&[Place::Top, Place::Element, Place::Body, Place::Notice], "s3ObjectKey", b'"', Role::Names, None),
];

impl Role {
    /// What a key makes of the object that stands at a place, by the first byte of its value, and the search that its
    /// records are a result of.
    pub(crate) fn of(key: &str, value: u8, place: Place) -> (Self, Option<Search>) {
        let is_row = |row: &&Wrapper| row.key == key && row.begins == value && row.at.contains(&place);
        if let Some(row) = WRAPPERS.iter().find(is_row) {
            return (row.role, row.search);
        }
        let role = match (key, place) {
            ("Records", Place::Top) => Self::NoRecords,
            ("digestStartTime" | "digestEndTime", Place::Top) => Self::Digest,
            // Fields that Splunk shows beside the text are flat, and say less than a record.
            ("eventName" | "eventSource", Place::Splunk) => Self::Part(advice::SPLUNK),
            (_, Place::Splunk | Place::Hits | Place::Original | Place::Parsed) => Self::Other,
            (key, _) if is_record_key(key) => Self::Record,
            _ => Self::Other,
        };
        (role, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How deep wrappers nest from a place on.
    fn depth(place: Place, left: usize) -> usize {
        assert!(left > 0, "a row leads back to {place:?}");
        let rows = WRAPPERS.iter().filter(|row| row.at.contains(&place));
        let next = rows.filter_map(|row| match row.role {
            Role::List(next) | Role::Object(next) | Role::Perhaps(next) | Role::Text(next) => Some(next),
            _ => None,
        });
        next.map(|next| 1 + depth(next, left - 1)).max().unwrap_or(0)
    }

    #[test]
    fn wrappers_nest_to_a_fixed_depth() {
        assert_eq!(depth(Place::Top, WRAPPERS.len()), 5, "hits, hits, _source, event, original");
    }

    #[test]
    fn no_two_rows_say_what_one_key_is() {
        for (number, row) in WRAPPERS.iter().enumerate() {
            for other in
                WRAPPERS.iter().skip(number + 1).filter(|other| (other.key, other.begins) == (row.key, row.begins))
            {
                assert!(!row.at.iter().any(|place| other.at.contains(place)), "{}", row.key);
            }
        }
    }
}
