//! Records that come from other places than the trail's bucket: one fixture for each wrapper.

use std::fs;
use std::path::PathBuf;

use tighten_testkit::{Wrapping, envelopes, fixtures};
use tighten_trail::{FileReport, Limits, LogObject, Reader, Weight, Window, list};

fn fixture(name: &str) -> PathBuf {
    fixtures().join("envelopes").join(name)
}

fn read(path: PathBuf) -> (Vec<String>, FileReport) {
    let mut events = Vec::new();
    let object = LogObject::file(path, 0);
    let report = Reader::new().read(&object, &Limits::default(), &mut |event| {
        events.push(format!("{:?} {:?} {}", event.event_id, event.error_code, event.event_name));
    });
    (events, report)
}

fn of(name: &str, text: &str) -> (Vec<String>, FileReport) {
    let mut names = Vec::new();
    let report = Reader::new().read_bytes(name, text.as_bytes(), &Limits::default(), &mut |event| {
        names.push(event.event_name.into_owned());
    });
    (names, report)
}

/// What was skipped, by code, and in words.
fn skipped(report: &FileReport) -> Vec<String> {
    report.skips.examples().map(|skipped| format!("{}: {}", skipped.reason.code(), skipped.reason)).collect()
}

#[test]
fn each_wrapper_holds_the_same_records() {
    let (expected, plain) = read(fixture("lines.jsonl"));
    assert_eq!((expected.len(), plain.skips.is_empty()), (8, true));
    let searched = [
        ("filter-log-events.json", "CloudWatch Logs events"),
        ("insights.json", "CloudWatch Logs Insights"),
        ("insights-console.json", "CloudWatch Logs Insights"),
        ("lake.json", "CloudTrail Lake"),
        ("lake-columns.json", "CloudTrail Lake"),
        ("splunk.jsonl", "Splunk"),
        ("splunk.json", "Splunk"),
        ("elastic.json", "Elastic"),
        ("elastic.ndjson", "Elastic"),
    ];
    for wrapping in Wrapping::ALL {
        let name = wrapping.file_name();
        let (events, report) = read(fixture(name));
        assert_eq!(events, expected, "{name}");
        let place = searched.iter().find(|(file, _)| *file == name).map(|(_, place)| *place);
        assert_eq!(place.is_some(), wrapping.is_search(), "{name}");
        let notice = place.map(|place| {
            format!("search-result: records that a search of {place} found; what it left out is not known")
        });
        assert_eq!(skipped(&report), Vec::from_iter(notice), "{name}");
    }
}

#[test]
fn an_export_in_a_directory_is_recognised_by_its_content() {
    let dir = tempfile::tempdir().unwrap();
    fs::copy(fixture("000000.gz"), dir.path().join("000000.gz")).unwrap();
    let record = r#"{"eventVersion":"1","eventName":"A","eventSource":"s"}"#;
    fs::write(dir.path().join("export"), format!("2026-05-01T12:00:00.000Z {record}\n")).unwrap();
    fs::write(dir.path().join("notes"), "2026-05-01T12:00:00.000Z went home\n").unwrap();
    let listing = list(&[dir.path().to_owned()], &Window::default()).unwrap();
    assert_eq!((listing.objects.len(), listing.skips.count("not-a-log")), (2, 1));
    let records: u64 = listing.objects.iter().map(|object| read(object.path().unwrap().to_owned()).1.records).sum();
    assert_eq!(records, 9);
}

#[test]
fn what_is_no_whole_record_is_told_with_a_way_to_get_it() {
    let expected = [
        ("object-names.json", "names-objects: a notification that names 2 log objects, which hold the records"),
        ("object-created.json", "names-objects: a notification that names 3 log objects, which hold the records"),
        (
            "lake-parts.json",
            "part-of-a-record: holds fields of a record, but not the record: select `eventJson` in the query",
        ),
        (
            "insights-parts.json",
            "part-of-a-record: holds fields of a record, but not the record: add `@message` to the query's `fields`",
        ),
        (
            "elastic-parts.ndjson",
            "part-of-a-record: holds fields of a record, but not the record: keep `event.original` \
             (`preserve_original_event`)",
        ),
        (
            "splunk-parts.jsonl",
            "part-of-a-record: holds fields of a record, but not the record: export the field `_raw`",
        ),
    ];
    assert_eq!(envelopes::without_records().map(|(name, _)| name), expected.map(|(name, _)| name));
    for (name, reason) in expected {
        let (events, report) = read(fixture(envelopes::NO_RECORDS).join(name));
        assert_eq!((events.len(), skipped(&report)), (0, vec![reason.to_owned()]), "{name}");
        assert_eq!(report.skips.weighing(Weight::Lost), u64::from(!name.starts_with("object")), "{name}");
    }
}

#[test]
fn columns_of_lake_count_only_where_they_say_all_that_decides() {
    let full = fs::read_to_string(fixture("lake-columns.json")).unwrap();
    assert_eq!(of("lake.json", &full).0.len(), 8);
    // Without the column, a refused call would look like one that was allowed.
    let (names, report) = of("lake.json", &full.replace("\"errorCode\"", "\"errorcode2\""));
    assert_eq!((names.len(), report.skips.count("part-of-a-record")), (0, 8));
    // Lake's own notation does not tell where a value ends.
    let row = |parameters: &str| {
        let columns = [
            "eventTime",
            "awsRegion",
            "errorCode",
            "errorMessage",
            "responseElements",
            "additionalEventData",
            "resources",
        ];
        let empty: Vec<String> = columns.iter().map(|name| format!("{{\"{name}\":\"\"}}")).collect();
        format!(
            r#"{{"QueryResultRows":[[{},{{"eventID":"1"}},{{"eventType":"AwsApiCall"}},{{"recipientAccountId":"1"}},{{"eventSource":"s"}},{{"eventName":"A"}},{{"userIdentity":"{{}}"}},{{"requestParameters":"{parameters}"}}]]}}"#,
            empty.join(",")
        )
    };
    assert_eq!(of("lake.json", &row(r#"{\"bucketName\":\"b\"}"#)).0, ["A"]);
    let (names, report) = of("lake.json", &row("{bucketName=b, key=a, b=c}"));
    assert_eq!((names.len(), report.skips.count("part-of-a-record")), (0, 1));
}

#[test]
fn damage_in_one_message_or_line_loses_that_alone() {
    let record = |name: &str| format!(r#"{{"eventVersion":"1","eventName":"{name}","eventSource":"s"}}"#);
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (a, bad, b) = (quoted(&record("A")), quoted(r#"{"eventVersion":"1","eventName":"#), quoted(&record("B")));
    let (plain_a, plain_b) = (record("A"), record("B"));
    let lines = [
        format!(r#"{{"events":[{{"message":{a}}},{{"message":{bad}}},{{"message":{b}}}]}}"#),
        format!(r#"{{"QueryResultRows":[[{{"eventJson":{a}}}],[{{"eventJson":{bad}}}],[{{"eventJson":{b}}}]]}}"#),
        format!("{{\"result\":{{\"_raw\":{a}}}}}\n{{\"result\":{{\"_raw\":{bad}}}}}\n{{\"result\":{{\"_raw\":{b}}}}}"),
        format!("{{\"_source\":{plain_a}}}\n{{\"_source\":{{\"eventName\":}}}}\n{{\"_source\":{plain_b}}}"),
        format!(
            "2026-05-01T12:00:00.000Z {plain_a}\n2026-05-01T12:00:00.000Z {{\"eventName\":\n2026-05-01T12:00:00.000Z {plain_b}\n"
        ),
        format!(r#"{{"Messages":[{{"Body":{a}}},{{"Body":{bad}}},{{"Body":{b}}}]}}"#),
    ];
    for text in lines {
        let (names, report) = of("x.json", &text);
        assert_eq!((names, report.skips.count("invalid-json")), (vec!["A".to_owned(), "B".to_owned()], 1), "{text}");
        assert_eq!(report.skips.weighing(Weight::Lost), 1, "{text} {:?}", report.skips);
    }
    // Log groups hold lines of any text.
    let mixed = format!("2026-05-01T12:00:00.000Z START\n  a second line\n2026-05-01T12:00:00.000Z {plain_a}\n");
    let (names, report) = of("x", &mixed);
    assert_eq!((names, report.skips.count("not-a-record")), (vec!["A".to_owned()], 2));
}

#[test]
fn other_json_with_such_keys_is_no_log() {
    for text in [
        r#"{"Message":"hello"}"#,
        r#"{"Message":"{\"Records\":[]}"}"#,
        r#"{"events":[{"message":"hello"},{"message":"{\"a\":1}"}]}"#,
        r#"{"results":[[{"field":"@message","value":"hello"}],[{"field":"count","value":"1"}],{"a":1},2]}"#,
        r#"{"hits":{"total":0,"hits":[]}}"#,
        r#"{"result":{"a":1}}"#,
        r#"{"event":{"original":"hello"}}"#,
        r#"{"aws":{"region":"eu-west-1"},"event":{"a":1}}"#,
        "2026-05-01T12:00:00.000Z hello\n2026-05-01T12:00:00.000Z again\n",
    ] {
        let (names, report) = of("x.json", text);
        assert_eq!((names.len(), skipped(&report)), (0, vec!["not-a-log: not a log".to_owned()]), "{text}");
    }
    // With keys of other tools in front, a record is a record.
    let record =
        r#"{"aws":{"cloudtrail":{}},"event":{"original":"x"},"eventVersion":"1","eventName":"A","eventSource":"s"}"#;
    assert_eq!(of("x.json", record).0, ["A"]);
}

#[test]
fn wrappers_made_to_be_costly_are_not() {
    let record = r#"{"eventVersion":"1","eventName":"A","eventSource":"s"}"#;
    let mut nested = record.to_owned();
    for _ in 0..12 {
        nested = format!(
            r#"{{"Body":{}}}"#,
            serde_json::Value::from(format!(r#"{{"Message":{}}}"#, serde_json::Value::from(nested)))
        );
        if nested.len() > 1 << 20 {
            break;
        }
    }
    let (names, report) = of("x.json", &nested);
    assert_eq!((names.len(), report.skips.count("not-a-log")), (0, 1));
    for open in [
        r#"{"_source":"#,
        r#"{"hits":{"hits":["#,
        r#"{"results":[["#,
        r#"{"QueryResultRows":[["#,
        r#"{"event":"#,
        r#"{"aws":{"cloudtrail":"#,
    ] {
        let began = std::time::Instant::now();
        let (names, report) = of("x.json", &format!("{record}\n{}", open.repeat(50_000)));
        assert_eq!(names, ["A"], "{open}");
        assert!(report.skips.weighing(Weight::Lost) > 0 && began.elapsed().as_secs() < 60, "{open}");
    }
    let limits = Limits { max_record_size: 1 << 20, ..Limits::default() };
    let long = "x".repeat(4 << 20);
    let text = format!(r#"{{"events":[{{"message":"{long}"}},{{"message":{}}}]}}"#, serde_json::Value::from(record));
    let mut names = Vec::new();
    let report = Reader::new()
        .read_bytes("x.json", text.as_bytes(), &limits, &mut |event| names.push(event.event_name.into_owned()));
    assert_eq!((names, report.skips.count("record-too-large")), (vec!["A".to_owned()], 1));
}
