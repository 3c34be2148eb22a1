//! The reader equals a plain one: `serde_json::Value`, field by field, whatever the envelope and however the bytes
//! arrive.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use tighten_testkit::Wrapping;

use crate::limits::Limits;
use crate::reader::{FileReport, Reader};
use crate::record::decode::decode;
use crate::record::event::{Event, SessionIssuer, UserIdentity};
use crate::record::json::Json;
use crate::record::outline::Outline;
use crate::record::skim::Skimmer;
use crate::skipped::Weight;

/// What the law compares: every field of an event, owned.
pub(crate) type Plain = Vec<(&'static str, Value)>;

pub(crate) fn plain(event: &Event<'_>) -> Plain {
    let raw = |raw: Option<Json<'_>>| {
        // What reads as JSON may still hold half a surrogate pair, which no text has.
        raw.map_or(Value::Null, |raw| serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().into()))
    };
    let user = &event.user_identity;
    let UserIdentity {
        kind,
        principal_id,
        arn,
        account_id,
        user_name,
        access_key_id,
        invoked_by,
        source_identity,
        session_issuer,
    } = user;
    let none = SessionIssuer::default();
    let issuer = session_issuer.as_ref().unwrap_or(&none);
    vec![
        ("eventVersion", json!(event.event_version)),
        ("eventTime", json!(event.event_time.map(|time| time.to_string()))),
        ("eventSource", json!(event.event_source)),
        ("eventName", json!(event.event_name)),
        ("awsRegion", json!(event.aws_region)),
        ("errorCode", json!(event.error_code)),
        ("errorMessage", json!(event.error_message)),
        ("requestParameters", raw(event.request_parameters)),
        ("responseElements", raw(event.response_elements)),
        ("additionalEventData", raw(event.additional_event_data)),
        ("resources", raw(event.resources)),
        ("eventID", json!(event.event_id)),
        ("eventType", json!(event.event_type)),
        ("eventCategory", json!(event.event_category)),
        ("managementEvent", json!(event.management_event)),
        ("readOnly", json!(event.read_only)),
        ("recipientAccountId", json!(event.recipient_account_id)),
        ("sharedEventID", json!(event.shared_event_id)),
        ("sourceIPAddress", json!(event.source_ip_address)),
        ("vpcEndpointId", json!(event.vpc_endpoint_id)),
        ("user", json!([kind, principal_id, arn, account_id, user_name, access_key_id, invoked_by, source_identity])),
        ("issuer", json!([issuer.kind, issuer.principal_id, issuer.arn, issuer.account_id, issuer.user_name])),
    ]
}

/// The plain decode. `None`: a record without a name or source.
fn naive(record: &str) -> Option<Plain> {
    let record: Value = serde_json::from_str(record).unwrap();
    let text = |value: &Value| value.as_str().map_or(Value::Null, Value::from);
    let texts = |of: &Value, keys: &[&str]| Value::from(keys.iter().map(|key| text(&of[*key])).collect::<Vec<_>>());
    let flag = |value: &Value| value.as_bool().map_or(Value::Null, Value::from);
    let time = record["eventTime"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let user = &record["userIdentity"];
    let context = &user["sessionContext"];
    let mut who = texts(user, &["type", "principalId", "arn", "accountId", "userName", "accessKeyId", "invokedBy"]);
    who.as_array_mut().unwrap().push(text(&context["sourceIdentity"]));
    let plain = vec![
        ("eventVersion", text(&record["eventVersion"])),
        ("eventTime", json!(time.map(|time| time.to_string()))),
        ("eventSource", Value::from(record["eventSource"].as_str()?)),
        ("eventName", Value::from(record["eventName"].as_str()?)),
        ("awsRegion", Value::from(record["awsRegion"].as_str().unwrap_or_default())),
        ("errorCode", text(&record["errorCode"])),
        ("errorMessage", text(&record["errorMessage"])),
        ("requestParameters", record["requestParameters"].clone()),
        ("responseElements", record["responseElements"].clone()),
        ("additionalEventData", record["additionalEventData"].clone()),
        ("resources", record["resources"].clone()),
        ("eventID", text(&record["eventID"])),
        ("eventType", text(&record["eventType"])),
        ("eventCategory", text(&record["eventCategory"])),
        ("managementEvent", flag(&record["managementEvent"])),
        ("readOnly", flag(&record["readOnly"])),
        ("recipientAccountId", text(&record["recipientAccountId"])),
        ("sharedEventID", text(&record["sharedEventID"])),
        ("sourceIPAddress", text(&record["sourceIPAddress"])),
        ("vpcEndpointId", text(&record["vpcEndpointId"])),
        ("user", who),
        ("issuer", texts(&context["sessionIssuer"], &["type", "principalId", "arn", "accountId", "userName"])),
    ];
    Some(plain)
}

const RECORD_KEYS: [&str; 24] = [
    "eventVersion",
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
    "eventCategory",
    "managementEvent",
    "readOnly",
    "recipientAccountId",
    "sharedEventID",
    "sourceIPAddress",
    "vpcEndpointId",
    "userAgent",
    "Records",
    "tlsDetails",
];
const USER_KEYS: [&str; 10] = [
    "type",
    "principalId",
    "arn",
    "accountId",
    "userName",
    "accessKeyId",
    "invokedBy",
    "sessionContext",
    "inScopeOf",
    "x",
];
const CONTEXT_KEYS: [&str; 4] = ["sourceIdentity", "sessionIssuer", "attributes", "x"];
const ISSUER_KEYS: [&str; 6] = ["type", "principalId", "arn", "accountId", "userName", "x"];

/// A JSON text, written with any escapes.
fn text() -> BoxedStrategy<String> {
    let words = select(vec![
        "AwsApiCall",
        "s3.amazonaws.com",
        "2026-05-01T00:00:00Z",
        "2026-05-01T02:00:00+02:00",
        "arn:aws:iam::1:role/x",
        "",
    ]);
    let anything = prop_oneof![words.prop_map(str::to_owned), "[ -~é日😀\n\"\\\\/{}\\[\\],:]{0,12}"];
    (anything, any::<Index>(), any::<bool>())
        .prop_map(|(text, at, escapes)| {
            let mut written = String::from("\"");
            let escaped = escapes.then(|| at.index(text.chars().count().max(1)));
            for (place, character) in text.chars().enumerate() {
                match character {
                    '"' | '\\' => written.extend(['\\', character]),
                    '\n' => written.push_str("\\n"),
                    _ if escaped == Some(place) => {
                        for unit in character.encode_utf16(&mut [0; 2]) {
                            write!(written, "\\u{unit:04x}").unwrap();
                        }
                    }
                    _ => written.push(character),
                }
            }
            written + "\""
        })
        .boxed()
}

fn value() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        4 => text(),
        1 => select(vec!["null", "true", "false", "0", "-1.5e3", "[]", "{}", " null"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|values| format!("[{}]", values.join(" ,"))),
            prop::collection::vec((text(), inner), 0..3).prop_map(|fields| written(&fields)),
        ]
    })
    .boxed()
}

fn written(fields: &[(String, String)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(key, value)| format!("{key} :{value}")).collect();
    format!("{{{}}}", fields.join(", "))
}

/// An object with some of these keys, in any order, some twice, some escaped; `inner` writes the value of a key.
fn object(keys: &'static [&'static str], inner: fn(&'static str) -> BoxedStrategy<String>) -> BoxedStrategy<String> {
    let field = (select(keys), any::<bool>()).prop_flat_map(move |(key, is_escaped)| {
        let mut name = key.to_owned();
        if is_escaped {
            let last = u32::from(name.pop().unwrap());
            write!(name, "\\u{last:04X}").unwrap();
        }
        (Just(format!("\"{name}\"")), inner(key))
    });
    prop::collection::vec(field, 0..keys.len() + 3).prop_map(|fields| written(&fields)).boxed()
}

fn record_value(key: &'static str) -> BoxedStrategy<String> {
    match key {
        "userIdentity" => prop_oneof![6 => object(&USER_KEYS, user_value), 1 => value()].boxed(),
        "eventSource" | "eventName" | "eventTime" => prop_oneof![6 => text(), 1 => value()].boxed(),
        _ => prop_oneof![2 => text(), 1 => value()].boxed(),
    }
}

fn user_value(key: &'static str) -> BoxedStrategy<String> {
    match key {
        "sessionContext" => prop_oneof![6 => object(&CONTEXT_KEYS, context_value), 1 => value()].boxed(),
        _ => prop_oneof![3 => text(), 1 => value()].boxed(),
    }
}

fn context_value(key: &'static str) -> BoxedStrategy<String> {
    match key {
        "sessionIssuer" => prop_oneof![6 => object(&ISSUER_KEYS, user_value), 1 => value()].boxed(),
        _ => prop_oneof![3 => text(), 1 => value()].boxed(),
    }
}

/// A record. The first key makes it one, in every envelope.
fn record() -> BoxedStrategy<String> {
    object(&RECORD_KEYS, record_value)
        .prop_map(|object| {
            let rest = object.strip_prefix('{').unwrap();
            let comma = if rest == "}" { "" } else { "," };
            format!("{{\"eventVersion\":\"1.09\"{comma}{rest}")
        })
        .boxed()
}

/// A record, before whose keys those of another tool may stand.
fn copied_record() -> BoxedStrategy<String> {
    let tools =
        select(vec!["", r#""p_event_time":"2026-05-01 00:00:00","#, r#""p_delay" : 12 ,"#, r#""aws":{"a":[1.5]}, "#]);
    (record(), tools).prop_map(|(record, tools)| record.replacen('{', &format!("{{{tools}"), 1)).boxed()
}

/// The ways in which files hold records.
fn envelopes(records: &[String]) -> Vec<(&'static str, String)> {
    let list = records.join(",");
    let quoted: Vec<_> =
        records.iter().map(|record| format!("{{\"EventId\":\"x\",\"CloudTrailEvent\":{}}}", json!(record))).collect();
    let messages: Vec<_> =
        records.iter().map(|record| format!("{{\"id\":\"1\",\"message\":{}}}", json!(record))).collect();
    let details: Vec<_> = records
        .iter()
        .map(|record| {
            format!("{{\"version\":\"0\",\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\": {record} }}")
        })
        .collect();
    vec![
        ("records", format!("{{\"Records\":[{list}]}}")),
        (
            "records behind another key",
            format!("{{\"meta\":{{\"Records\":[{{}}]}}, \"Records\" : [ {list} ] ,\"next\":[1]}}"),
        ),
        ("list", format!("[{list}]")),
        ("lines", records.join("\n")),
        ("lines of Windows", records.join("\r\n") + "\r\n"),
        ("concatenated", records.concat()),
        ("event history", format!("{{\"Events\":[{}],\"NextToken\":\"x\"}}", quoted.join(",\n"))),
        ("lines of the event history", quoted.join("\n")),
        ("event bus", details.join("\n")),
        ("list of the event bus", format!("[{}]", details.join(","))),
        ("log events", format!("{{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{}]}}", messages.join(","))),
        ("with a byte order mark", format!("\u{feff} {{\"Records\":[{list}]}}\n")),
    ]
}

/// JSON with every ninth letter of its texts written as an escape.
fn with_escapes(json: &str, start: usize) -> String {
    let mut written = String::new();
    let (mut in_text, mut is_escaped) = (false, false);
    for (place, character) in json.chars().enumerate() {
        let is_plain = in_text && !is_escaped;
        if is_plain && character.is_ascii_alphabetic() && place % 9 == start {
            write!(written, "\\u{:04x}", u32::from(character)).unwrap();
            continue;
        }
        written.push(character);
        in_text ^= character == '"' && !is_escaped;
        is_escaped = is_plain && character == '\\';
    }
    written
}

/// Small chunks end everywhere: in numbers, escapes, marks.
pub(crate) fn chunk() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 1..300_usize, 1 => Just(1 << 18)]
}

pub(crate) fn read(chunk: usize, bytes: &[u8]) -> (Vec<Plain>, FileReport) {
    let mut events = Vec::new();
    let report = Reader::with_chunk(chunk)
        .read_bytes("x.json", bytes, &Limits::default(), &mut |event| events.push(plain(&event)));
    (events, report)
}

/// A record as CloudTrail writes them, with white space of any kind between its parts.
pub(crate) fn usual_record() -> BoxedStrategy<String> {
    let word = "[ -!#-\\[\\]-~é日]{0,30}";
    let texts = prop::collection::vec(word, 12);
    let json = prop_oneof![Just("null".to_owned()), text(), object(&USER_KEYS, user_value)];
    let space = select(vec!["", " ", "\n  ", "\t", "\r\n"]);
    let order = Just((0..20_usize).collect::<Vec<_>>()).prop_shuffle();
    let shape = (0..5_u8, any::<[bool; 3]>(), select(vec!["true", "false", "null"]), any::<bool>(), order);
    (texts, prop::collection::vec(json, 4), space, shape)
        .prop_map(|(texts, json, space, (session, has, flag, is_shuffled, order))| {
            let mut fields: Vec<(&str, String)> = Vec::new();
            let text = |number: usize| format!("\"{}\"", texts[number]);
            fields.push(("eventVersion", "\"1.09\"".to_owned()));
            let mut user = format!(r#"{{"type":{space}"AssumedRole","principalId":{},"arn" : {}"#, text(0), text(1));
            let issuer = format!(r#"{{"type":"Role","arn":{}}}"#, text(2));
            // Of users, CloudTrail writes an issuer that says nothing.
            let context = match session {
                0 => None,
                1 => Some(format!("{{{space}}}")),
                2 => Some(format!(r#"{{"sessionIssuer":{{{space}}},"webIdFederationData":{{}},"attributes":{{}}}}"#)),
                _ => Some(format!(r#"{{"sessionIssuer":{issuer},"attributes":{{"a":[{{}}]}}}}"#)),
            };
            if let Some(context) = context {
                write!(user, r#",{space}"sessionContext":{context}"#).unwrap();
            }
            fields.push(("userIdentity", user + "}"));
            fields.push(("eventTime", "\"2026-05-31T23:59:59Z\"".to_owned()));
            fields.push(("eventSource", text(3)));
            fields.push(("eventName", text(4)));
            if has[0] {
                fields.extend([("errorCode", text(5)), ("errorMessage", text(6))]);
            }
            if has[1] {
                fields.extend([("userAgent", text(7)), ("somethingNew", json[0].clone()), ("delay", "120".to_owned())]);
            }
            fields.extend([("requestParameters", json[1].clone()), ("responseElements", json[2].clone())]);
            fields.extend([("eventID", text(8)), ("readOnly", flag.to_owned()), ("eventCategory", text(9))]);
            if has[2] {
                fields.push(("resources", json[3].clone()));
            }
            if is_shuffled {
                fields = order.iter().filter_map(|place| fields.get(*place).cloned()).collect();
            }
            let fields: Vec<_> =
                fields.iter().map(|(key, value)| format!("{space}\"{key}\":{space}{value}{space}")).collect();
            format!("{{{}}}", fields.join(","))
        })
        .boxed()
}

#[test]
fn what_may_be_something_else_is_not_stepped_over() {
    let is_taken = |text: &str| {
        let mut skimmer = Skimmer::default();
        skimmer.begin(0);
        skimmer.record(text.as_bytes(), 0).is_some()
    };
    let keys = r#""eventSource":"s3.amazonaws.com","eventName":"ListBuckets""#;
    assert!(is_taken(&format!("{{{keys},\"zzz\":\"1\"}}")));
    assert!(is_taken(&format!("{{\"zzz\":\"1\",\"yyy\":20,\"detail\":\"1\",{keys},\"xxx\":0}}")));
    assert!(is_taken(&format!("{{\"resources\":[],\"readOnly\":true,{keys}}}")));
    for other in [
        format!("{{\"zzz\":01,{keys}}}"),
        format!("{{\"zzz\":1.5,{keys}}}"),
        format!("{{\"zzz\":\"1\",\"detail\":{{{keys}}},{keys}}}"),
        format!("{{\"zzz\":\"1\",\"Records\":[],{keys}}}"),
        format!("{{\"zzz\":\"1\",\"CloudTrailEvent\":\"\",{keys}}}"),
        "{\"zzz\":\"1\"}".to_owned(),
        format!("{{\"detail\":{{{keys}}},{keys}}}"),
        format!("{{\"resources\":[],\"detail\":{{{keys}}},{keys}}}"),
        r#"{"awsRegion":"us-east-1","readOnly":true}"#.to_owned(),
        "{}".to_owned(),
    ] {
        assert!(!is_taken(&other), "{other}");
    }
    // An event of the event bus that has a key of records before its record.
    let event = r#"{"resources":[],"detail":{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances"},"eventSource":"s","eventName":"n"}"#;
    let (events, _) = read(1 << 16, event.as_bytes());
    let names: Vec<&Value> =
        events.iter().flatten().filter(|(key, _)| *key == "eventName").map(|(_, name)| name).collect();
    assert_eq!(names, ["RunInstances"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn usual_records_are_stepped_over(records in prop::collection::vec(usual_record(), 1..4)) {
        let text = records.join(",");
        let mut skimmer = Skimmer::default();
        skimmer.begin(0);
        let mut at = 0;
        for record in &records {
            let skimmed = skimmer.record(text.as_bytes(), at);
            prop_assert!(skimmed.is_some(), "{}", record);
            let skimmed = skimmed.unwrap();
            prop_assert_eq!(skimmed.len(), record.len());
            prop_assert_eq!(Some(plain(&skimmed.event().unwrap())), naive(record), "{}", record);
            at += record.len() + 1;
        }
    }

    #[test]
    fn stepping_over_equals_decoding(
        record in prop_oneof![copied_record(), usual_record(), object(&RECORD_KEYS, record_value)],
        edits in prop::collection::vec((any::<Index>(), prop_oneof![select(b"\"\\{}[]:,0\n\xff\xc3 ".to_vec()), any::<u8>()]), 0..3),
        cut in any::<Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = record.into_bytes();
        for (at, byte) in &edits {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut skimmer = Skimmer::default();
        skimmer.begin(0);
        let Some(skimmed) = skimmer.record(&bytes, 0) else { return Ok(()) };
        match decode(&bytes) {
            Ok((draft, length)) => {
                let event = draft.into_event().ok();
                let expected = event.as_ref().map(plain);
                if let Some(own) = skimmed.event().ok().filter(|own| own.check().is_ok()) {
                    prop_assert_eq!(skimmed.len(), length);
                    prop_assert_eq!(Some(plain(&own)), expected);
                }
                if let (Ok(outline), Some(event)) = (skimmed.outline(), &event) {
                    prop_assert_eq!(format!("{outline:?}"), format!("{:?}", Outline::of(event)));
                }
            }
            // What is wrong lies in what was stepped over.
            Err(_) => prop_assert!(serde_json::from_slice::<Value>(&bytes[..skimmed.len()]).is_err()),
        }
    }

    #[test]
    fn times_are_read_as_the_calendar_has_them(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z", year in 0..10_000i16, month in 1..=12i8, day in 1..=31i8) {
        let other = format!("{year:04}-{month:02}-{day:02}T12:34:56Z");
        for text in [text, other] {
            let record = format!(r#"{{"eventTime":"{text}","eventName":"a","eventSource":"b"}}"#);
            let mut skimmer = Skimmer::default();
            skimmer.begin(0);
            let event = skimmer.record(record.as_bytes(), 0).map(|skimmed| skimmed.event()).unwrap().unwrap();
            prop_assert_eq!(event.event_time, text.parse().ok());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn the_reader_equals_the_plain_one(records in prop::collection::vec(copied_record(), 1..4), chunk in chunk()) {
        let expected: Vec<_> = records.iter().map(|record| naive(record)).collect();
        let good: Vec<_> = expected.iter().flatten().cloned().collect();
        for (name, text) in envelopes(&records) {
            let (events, report) = read(chunk, text.as_bytes());
            prop_assert_eq!(&events, &good, "{}: {}", name, text);
            prop_assert_eq!(report.records, good.len() as u64);
            let bad = report.skips.count("no-event-name") + report.skips.count("no-event-source");
            prop_assert_eq!(bad, (records.len() - good.len()) as u64, "{}: {:?}", name, report.skips);
            prop_assert_eq!(report.skips.weighing(Weight::Lost), bad, "{}: {:?}", name, report.skips);
            prop_assert_eq!(report.bytes_json, text.len() as u64);
        }
    }

    #[test]
    fn a_wrapped_record_is_the_record(
        records in prop::collection::vec(prop_oneof![record(), usual_record()], 1..4),
        wrapping in select(Wrapping::ALL.to_vec()),
        escaped in prop::option::of(0..9_usize),
        chunk in chunk(),
    ) {
        // Columns are texts, in which nothing and an empty text are the same.
        prop_assume!(wrapping != Wrapping::LakeColumns);
        let records: Vec<String> = records.iter().map(|record| serde_json::from_str::<Value>(record).unwrap().to_string()).collect();
        let good: Vec<_> = records.iter().filter_map(|record| naive(record)).collect();
        let text = String::from_utf8(wrapping.wrap_texts(&records)).unwrap();
        let text = escaped.map_or_else(|| text.clone(), |start| with_escapes(&text, start));
        let (events, report) = read(chunk, text.as_bytes());
        prop_assert_eq!(&events, &good, "{:?}: {}", wrapping, text);
        prop_assert_eq!(report.skips.weighing(Weight::Lost), (records.len() - good.len()) as u64, "{:?}: {:?}", wrapping, report.skips);
        let is_search = wrapping.is_search() && !good.is_empty();
        prop_assert_eq!(report.skips.count("search-result"), u64::from(is_search), "{:?}: {:?}", wrapping, report.skips);
    }

    #[test]
    fn a_bad_record_spoils_no_other(
        records in prop::collection::vec(record(), 2..5),
        at in any::<Index>(),
        bad in select(vec!["{\"eventName\":NaN}", "{\"eventName\":}", "{\"a\":[}", "{\"a\":1]}", "{x}", "{\"eventName\":\"a\" \"b\"}", "{\"a\":\"\\x\"}", "{\"a\":{\"b\":1}"]),
        chunk in chunk(),
    ) {
        let good: Vec<_> = records.iter().filter_map(|record| naive(record)).collect();
        let mut with_bad = records.clone();
        with_bad.insert(at.index(records.len()), bad.to_owned());
        for (name, text) in [("records", format!("{{\"Records\":[{}]}}", with_bad.join(","))), ("lines", with_bad.join("\n"))] {
            let (events, report) = read(chunk, text.as_bytes());
            prop_assert_eq!(&events, &good, "{}: {} {:?}", name, text, report);
            prop_assert!(report.skips.weighing(Weight::Lost) > (records.len() - good.len()) as u64, "{}: {:?}", name, report.skips);
        }
    }

    #[test]
    fn no_bytes_stop_the_reader(
        records in prop::collection::vec(record(), 1..4),
        cut in any::<Index>(),
        edits in prop::collection::vec((any::<Index>(), any::<u8>()), 0..4),
        chunk in chunk(),
    ) {
        let wrapped = Wrapping::ALL.map(|wrapping| wrapping.wrap_texts(&records));
        for mut bytes in envelopes(&records).into_iter().map(|(_, text)| text.into_bytes()).chain(wrapped) {
            for (at, byte) in &edits {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            bytes.truncate(cut.index(bytes.len() + 1));
            let (events, report) = read(chunk, &bytes);
            prop_assert_eq!(events.len() as u64, report.records);
            prop_assert!(report.bytes_json <= bytes.len() as u64);
        }
    }
}
