//! Files of logs: whatever their bytes, the reader comes back and accounts for them.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::OnceLock;

use serde_json::{Value, json};
use tighten_fuzz::{Choices, json as edits, seeds, text};
use tighten_testkit::{Envelope, Wrapping, gzip};
use tighten_trail::{Again, Event, FileReport, Json, Likeness, Limits, NotJson, Outline, Reader, Record, Visit};

/// Keys and texts that decide about a record.
pub(crate) const WORDS: [&str; 40] = [
    "Records",
    "Events",
    "CloudTrailEvent",
    "detail",
    "detail-type",
    "logEvents",
    "message",
    "eventVersion",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "userIdentity",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "resources",
    "eventID",
    "eventType",
    "eventCategory",
    "managementEvent",
    "readOnly",
    "recipientAccountId",
    "sessionContext",
    "sessionIssuer",
    "type",
    "arn",
    "principalId",
    "accountId",
    "userName",
    "invokedBy",
    "s3.amazonaws.com",
    "GetObject",
    "AssumedRole",
    "AwsApiCall",
    "AccessDenied",
    "2026-05-01T00:00:00Z",
    "arn:aws:iam::111122223333:role/x",
    "Insight",
    "",
];

pub(crate) fn records() -> &'static [Value] {
    static RECORDS: OnceLock<Vec<Value>> = OnceLock::new();
    RECORDS.get_or_init(|| seeds::records().unwrap())
}

fn files() -> &'static [Vec<u8>] {
    static FILES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| seeds::files("envelopes").unwrap())
}

/// What was read of a file: the events, printed, and the report.
type Seen = (Vec<String>, FileReport);

fn read(reader: &mut Reader, input: &mut dyn Read, limits: &Limits) -> Seen {
    let mut events = Vec::new();
    let report = reader.read_from("x.json.gz", input, limits, &mut |event| events.push(format!("{event:?}")));
    (events, report)
}

/// Arbitrary bytes, plain and compressed.
pub(crate) fn envelopes(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let limits = match choices.below(4) {
        0 => Limits { max_file_size: 20 << 10, max_record_size: 4 << 10, ..Limits::default() },
        1 => Limits { max_file_size: 1 << 10, max_record_size: 1 << 10, ..Limits::default() },
        _ => Limits::default(),
    };
    let content = content(&mut choices);
    let content = text::mangle(&mut choices, &content, 5);
    let stored = match choices.below(4) {
        0 | 1 => content.clone(),
        2 => gzip(&content, 1).unwrap(),
        _ => {
            let (first, second) = content.split_at(choices.below(content.len() + 1));
            [gzip(first, 1).unwrap(), gzip(second, 1).unwrap()].concat()
        }
    };
    let stored = if choices.chance(30) { text::mangle(&mut choices, &stored, 3) } else { stored };

    let mut reader = Reader::new();
    let whole = read(&mut reader, &mut stored.as_slice(), &limits);
    account(&whole, &stored, &limits);
    // Neither the size of the reads nor what the reader read before makes a difference.
    let mut dribble = Dribble { rest: &stored, size: 1 + choices.below(50), interrupts: choices.chance(50) };
    assert_eq!(read(&mut reader, &mut dribble, &limits), whole);
}

/// Records that are much like one another are read as they are alone, and those that are alike say the same.
pub(crate) fn alike(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let mut lines = Vec::new();
    for _ in 0..=choices.below(2) {
        let record = edits::document(&mut choices, records(), &WORDS).unwrap_or_default().to_string().into_bytes();
        for _ in 0..=choices.below(5) {
            let edited = if choices.chance(70) { text::mangle(&mut choices, &record, 2) } else { record.clone() };
            lines.extend([&edited[..], b"\n"].concat());
        }
    }
    let limits = Limits::default();
    let (events, report) = read(&mut Reader::new(), &mut lines.as_slice(), &limits);
    let mut reader = Reader::new();
    let mut memory = Memory::default();
    for _ in 0..2 {
        memory.events.clear();
        let own = reader.read_unchecked_from("x.json.gz", &mut lines.as_slice(), &limits, &mut memory);
        assert_eq!((&memory.events, &own), (&events, &report));
    }
}

/// Looks at each record, and holds it against those that are alike.
#[derive(Default)]
struct Memory {
    events: Vec<String>,
    said: HashMap<Likeness, String>,
    expected: Option<(Likeness, String)>,
}

impl Visit for Memory {
    fn record(&mut self, record: Record<'_>) -> Result<(), NotJson> {
        let event = record.event()?;
        event.check()?;
        let outline = record.outline();
        if let (Some((likeness, what)), Some(own)) = (self.expected.take(), record.likeness()) {
            assert_eq!((likeness, what), (own, format!("{:?} {:?}", outline.event_time, outline.event_id)));
            let session = |text| if outline.names_role() { None } else { text };
            let said = Outline {
                event_time: None,
                event_id: None,
                user_arn: session(outline.user_arn),
                principal_id: session(outline.principal_id),
                user_name: session(outline.user_name),
                ..*outline
            };
            let said = format!("{said:?}");
            assert_eq!(self.said.entry(likeness).or_insert_with(|| said.clone()), &said);
        }
        self.events.push(format!("{event:?}"));
        Ok(())
    }

    fn again(&mut self, again: &Again<'_>) -> bool {
        let id = again.id.map(|id| std::str::from_utf8(id).unwrap());
        self.expected = Some((again.likeness, format!("{:?} {id:?}", again.time)));
        false
    }

    fn remembers(&self) -> bool {
        true
    }
}

fn content(choices: &mut Choices<'_>) -> Vec<u8> {
    match choices.below(5) {
        0 => choices.rest().to_vec(),
        1 => choices.pick(files()).cloned().unwrap_or_default(),
        _ => {
            let records: Vec<Value> =
                (0..choices.below(4)).filter_map(|_| edits::document(choices, records(), &WORDS)).collect();
            let envelopes = [
                Envelope::PlainJson,
                Envelope::JsonLines,
                Envelope::Array,
                Envelope::LookupEvents,
                Envelope::EventBridge,
            ];
            if choices.chance(50) {
                return choices.pick(&Wrapping::ALL).unwrap().wrap(&records);
            }
            choices.pick(&envelopes).unwrap().wrap(&records)
        }
    }
}

/// Nothing is lost without a word, and nothing is read beyond the limits.
fn account((events, report): &Seen, stored: &[u8], limits: &Limits) {
    assert_eq!(report.records, events.len() as u64);
    assert!(report.without_time <= report.records && report.outside_window == 0);
    assert!(report.bytes_compressed <= stored.len() as u64, "{report:?}");
    assert!(report.bytes_json <= limits.max_file_size, "{report:?}");
    if report.bytes_compressed < stored.len() as u64 {
        assert!(!report.skips.is_empty(), "the reader stopped early without a word: {report:?}");
    }
    for (code, group) in report.skips.groups() {
        assert!(group.count >= group.examples.len() as u64 && !group.examples.is_empty(), "{code}");
        assert!(group.examples.iter().all(|skipped| skipped.reason.code() == code));
    }
    let is_empty = serde_json::from_slice::<Value>(stored).is_ok_and(|value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().any(|value| value.as_array().is_some_and(Vec::is_empty)),
        _ => false,
    });
    if report.records == 0 && report.skips.is_empty() {
        assert!(is_empty || stored.starts_with(&[0x1f, 0x8b]) || no_plain_json(stored), "{}", text_of(stored));
    }
}

/// Files without records need not be one JSON document.
fn no_plain_json(stored: &[u8]) -> bool {
    serde_json::from_slice::<Value>(stored).is_err()
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A reader that gives few bytes at a time.
struct Dribble<'b> {
    rest: &'b [u8],
    size: usize,
    interrupts: bool,
}

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.interrupts && self.rest.len() % 3 == 1 {
            self.interrupts = false;
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = self.size.min(buffer.len());
        let mut part = &self.rest[..length.min(self.rest.len())];
        let read = part.read(buffer)?;
        self.rest = &self.rest[read..];
        Ok(read)
    }
}

/// Records that are valid JSON, with fields changed: every field of the event is what a plain decode finds.
pub(crate) fn events(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let record = edits::document(&mut choices, records(), &WORDS).unwrap();
    let printed = edits::print(&mut choices, &record);
    // Keys that come twice count once, with the last value.
    let Ok(record) = serde_json::from_str::<Value>(&printed) else { return };
    let text = format!("{{\"Records\":[{printed}]}}");
    let mut events = Vec::new();
    let report = Reader::new().read_bytes("x.json", text.as_bytes(), &Limits::default(), &mut |event| {
        events.push(fields(&event));
    });
    let is_left_out = report.skips.count("insight") + report.skips.count("aggregated") > 0;
    let expected = if is_left_out { None } else { plain(&record) };
    match (expected, events.as_slice()) {
        (Some(expected), [event]) => assert_eq!(*event, expected, "{printed}"),
        (None, []) => assert!(!report.skips.is_empty(), "{printed}"),
        (expected, _) => panic!("{expected:#?}\n{events:#?}\n{report:?}\n{printed}"),
    }
}

/// The fields of an event as JSON.
fn fields(event: &Event<'_>) -> Value {
    let raw = |raw: Option<Json<'_>>| raw.map_or(Value::Null, |raw| serde_json::from_str(raw.get()).unwrap());
    let user = &event.user_identity;
    let issuer = user.session_issuer.clone().unwrap_or_default();
    json!({
        "eventVersion": event.event_version, "eventTime": event.event_time.map(|time| time.to_string()),
        "eventSource": event.event_source, "eventName": event.event_name, "awsRegion": event.aws_region,
        "errorCode": event.error_code, "errorMessage": event.error_message, "eventID": event.event_id,
        "eventType": event.event_type, "eventCategory": event.event_category,
        "recipientAccountId": event.recipient_account_id, "sharedEventID": event.shared_event_id,
        "sourceIPAddress": event.source_ip_address, "vpcEndpointId": event.vpc_endpoint_id,
        "managementEvent": event.management_event, "readOnly": event.read_only,
        "requestParameters": raw(event.request_parameters), "responseElements": raw(event.response_elements),
        "additionalEventData": raw(event.additional_event_data), "resources": raw(event.resources),
        "user": [
            user.kind, user.principal_id, user.arn, user.account_id, user.user_name, user.access_key_id,
            user.invoked_by, user.source_identity
        ],
        "issuer": [issuer.kind, issuer.principal_id, issuer.arn, issuer.account_id, issuer.user_name],
    })
}

/// The same from a plain decode; nothing where it is no record of a call.
fn plain(record: &Value) -> Option<Value> {
    const MARKS: [&str; 7] =
        ["eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "eventID", "eventType"];
    let text = |value: &Value| value.as_str().map_or(Value::Null, Value::from);
    let flag = |value: &Value| value.as_bool().map_or(Value::Null, Value::from);
    let texts = |of: &Value, keys: &[&str]| Value::from(keys.iter().map(|key| text(&of[*key])).collect::<Vec<_>>());
    if !MARKS.iter().any(|key| record.get(key).is_some()) {
        return None;
    }
    record["eventName"].as_str().and(record["eventSource"].as_str())?;
    let user = &record["userIdentity"];
    let context = &user["sessionContext"];
    let mut who = texts(user, &["type", "principalId", "arn", "accountId", "userName", "accessKeyId", "invokedBy"]);
    who.as_array_mut()?.push(text(&context["sourceIdentity"]));
    let mut plain = json!({
        "awsRegion": record["awsRegion"].as_str().unwrap_or_default(),
        "eventTime": record["eventTime"].as_str().and_then(moment),
        "managementEvent": flag(&record["managementEvent"]), "readOnly": flag(&record["readOnly"]),
        "user": who,
        "issuer": texts(&context["sessionIssuer"], &["type", "principalId", "arn", "accountId", "userName"]),
    });
    for key in [
        "eventVersion",
        "eventSource",
        "eventName",
        "errorCode",
        "errorMessage",
        "eventID",
        "eventType",
        "eventCategory",
        "recipientAccountId",
        "sharedEventID",
        "sourceIPAddress",
        "vpcEndpointId",
    ] {
        plain[key] = text(&record[key]);
    }
    for key in ["requestParameters", "responseElements", "additionalEventData", "resources"] {
        plain[key] = record[key].clone();
    }
    Some(plain)
}

/// RFC 3339, or the same without an offset, which is UTC.
fn moment(text: &str) -> Option<String> {
    let whole = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let is_date_alone = text.len() <= "2026-05-01".len();
    whole(text).or_else(|| whole(&format!("{text}Z")).filter(|_| !is_date_alone)).map(|time| time.to_string())
}
