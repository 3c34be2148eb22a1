//! One file: how it is stored, what is wrong with it, and how far it is read.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::io::{self, Read, Write};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use tighten_trail::{FileReport, Limits, LogObject, Reader, SkipReason, Skipped, Weight, Window};

fn record(name: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.09","eventTime":"2026-05-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"{name}","userIdentity":{{}}}}"#
    )
}

fn log(names: &[&str]) -> Vec<u8> {
    let records: Vec<_> = names.iter().map(|name| record(name)).collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(",")).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read_as(name: &str, bytes: &[u8], limits: &Limits) -> (Vec<String>, FileReport) {
    let mut names = Vec::new();
    let report = Reader::new().read_bytes(name, bytes, limits, &mut |event| names.push(event.event_name.into()));
    assert_eq!(names.len() as u64, report.records);
    (names, report)
}

fn read(bytes: &[u8]) -> (Vec<String>, FileReport) {
    read_as("x.json.gz", bytes, &Limits::default())
}

fn reasons(report: &FileReport) -> Vec<(Option<u64>, SkipReason)> {
    report.skips.examples().map(|Skipped { record, reason, .. }| (*record, reason.clone())).collect()
}

#[test]
fn content_decides_how_a_file_is_stored() {
    let log = log(&["A", "B"]);
    for (name, bytes) in
        [("a.json", gzip(&log)), ("a.json.gz", log.clone()), ("a.json", log.clone()), ("a.json.gz", gzip(&log))]
    {
        let (names, report) = read_as(name, &bytes, &Limits::default());
        assert_eq!(names, ["A", "B"]);
        assert!(report.skips.is_empty());
        assert_eq!((report.bytes_compressed, report.bytes_json), (bytes.len() as u64, log.len() as u64));
    }
}

#[test]
fn members_are_one_stream_and_padding_is_none() {
    let log = log(&["A", "B", "C"]);
    let mut bytes: Vec<u8> = log.chunks(50).flat_map(gzip).collect();
    assert_eq!(read(&bytes).0, ["A", "B", "C"]);
    bytes.extend([0; 512]);
    let (names, report) = read(&bytes);
    assert_eq!((names.len(), report.skips.is_empty()), (3, true));
    bytes.extend(gzip(&log));
    assert_eq!(read(&bytes).0.len(), 6);
    bytes.extend(b"\0\0garbage");
    let (names, report) = read(&bytes);
    assert_eq!((names.len(), reasons(&report)), (6, vec![(None, SkipReason::TrailingGarbage { bytes: 9 })]));
    assert_eq!(report.skips.weighing(Weight::Lost), 0);
}

#[test]
fn members_may_say_what_file_they_are_of() {
    let named = |bytes: &[u8]| {
        let builder = GzBuilder::new().filename("trail.json").comment("a log").extra(&b"AB\x01\0x"[..]).mtime(1);
        let mut encoder = builder.write(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let log = log(&["A", "B", "C"]);
    let (first, second) = log.split_at(100);
    let bytes = [named(first), named(second)].concat();
    let (found, report) = read(&bytes);
    assert_eq!((found.len(), report.skips.is_empty()), (3, true));
    let (_, report) = read(&[named(&log), named(&log)[..20].to_vec()].concat());
    assert_eq!(reasons(&report), [(None, SkipReason::Truncated)]);
}

#[test]
fn whole_records_before_a_cut_are_read() {
    let log = log(&["A", "B", "C"]);
    let cut = log.len() - 40;
    for bytes in [log[..cut].to_vec(), gzip(&log[..cut])] {
        let (names, report) = read(&bytes);
        assert_eq!(
            (names, reasons(&report)),
            (vec!["A".to_owned(), "B".to_owned()], vec![(None, SkipReason::Truncated)])
        );
    }
    let whole = gzip(&log);
    for cut in 2..whole.len() {
        let (_, report) = read(&whole[..cut]);
        assert_eq!(reasons(&report), [(None, SkipReason::Truncated)], "{cut}");
    }
}

#[test]
fn damage_is_reported() {
    let mut bytes = gzip(&log(&["A", "B"]));
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    let (names, report) = read(&bytes);
    assert_eq!(names, ["A", "B"]);
    assert_eq!(report.skips.count("corrupt-file"), 1);
    let mut bytes = gzip(&log(&["A", "B"]));
    let length = bytes.len() - 4;
    bytes[length] ^= 1;
    let (names, report) = read(&bytes);
    assert_eq!((names.len(), report.skips.count("corrupt-file")), (2, 1));
    let mut second = gzip(&log(&["A"]));
    second.extend([0x1f, 0x8b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    let (names, report) = read(&second);
    assert_eq!(names, ["A"]);
    assert_eq!(report.skips.count("corrupt-file"), 1);
}

#[test]
fn files_that_are_no_logs_are_told_apart_from_bad_ones() {
    let of = |name: &str, bytes: &[u8]| match reasons(&read_as(name, bytes, &Limits::default()).1).as_slice() {
        [(None, reason)] => reason.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(of("a.json", b""), "empty-file");
    assert_eq!(of("a.json", b" \n"), "empty-file");
    assert_eq!(of("a.json", b"\xff\xfe{\0"), "not-text");
    assert_eq!(of("a.json", b"\0\x01"), "not-text");
    assert_eq!(of("a.json", b"\x28\xb5\x2f\xfdxxx"), "unknown-compression");
    assert_eq!(of("a.json", &gzip(&gzip(b"{}"))), "unknown-compression");
    assert_eq!(of("a.json", b"hello"), "invalid-json");
    assert_eq!(of("a.json", b"{hello}"), "invalid-json");
    assert_eq!(of("a.json", br#"{"Records":null}"#), "no-records");
    assert_eq!(of("a.json", br#"{"Records":[{"eventName":"#), "truncated-file");
    assert_eq!(of("a.json", br#"{"hello":1}"#), "not-a-log");
    assert_eq!(of("a.json", b"[1,2]"), "not-a-log");
    assert_eq!(of("a.json", br#"[{"a":1},{"b":2}]"#), "not-a-log");
    assert_eq!(of("a.json", br#"{"digestStartTime":"x","logFiles":[]}"#), "digest");
    assert_eq!(
        of("a.json", br#"{"Records":[{"eventName":"x","eventSource":"y","eventType":"AwsCloudTrailInsight"}]}"#),
        "insight"
    );
    for bytes in [&b"hello"[..], b"", b"\0", b"{hello}"] {
        assert_eq!(of("notes.txt", bytes), "not-a-log");
    }
}

#[test]
fn bad_records_are_counted_with_their_place() {
    let (a, b) = (record("A"), record("B"));
    let text = format!(
        r#"{{"Records":[{a},1,null,"x",[{a}],{{"eventName":5,"eventSource":"s"}},{{"eventName":"n"}},{{"z":1}},{b},{{"a":}}]}}"#
    );
    let (names, report) = read(text.as_bytes());
    assert_eq!(names, ["A", "B"]);
    let mut found: Vec<_> =
        reasons(&report).into_iter().map(|(record, reason)| (record.unwrap(), reason.code())).collect();
    found.sort_unstable();
    let expected = [
        (1, "not-an-object"),
        (2, "not-an-object"),
        (3, "not-an-object"),
        (4, "not-an-object"),
        (5, "no-event-name"),
        (6, "no-event-source"),
        (7, "not-a-record"),
        (9, "invalid-json"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_follows_good_records_is_noticed() {
    let mut bytes = log(&["A"]);
    bytes.extend(b" what?\n");
    let (names, report) = read(&bytes);
    assert_eq!((names.len(), report.skips.count("trailing-garbage"), report.skips.weighing(Weight::Lost)), (1, 1, 0));
    bytes.extend(log(&["B"]));
    let (names, report) = read(&bytes);
    assert_eq!((names, report.skips.weighing(Weight::Lost)), (vec!["A".to_owned(), "B".to_owned()], 1));
}

#[test]
fn envelopes_in_envelopes_do_not_use_up_the_stack() {
    for open in [r#"{"Records":["#, r#"{"detail":"#, "[", r#"{"a":"#, r#"{"Events":[{"detail":"#] {
        let (names, report) = read(format!("{}{}", log_line(), open.repeat(100_000)).as_bytes());
        assert_eq!(names, ["A"], "{open}");
        assert!(report.skips.weighing(Weight::Lost) > 0, "{open}");
    }
}

fn log_line() -> String {
    record("A") + "\n"
}

#[test]
fn many_bad_records_take_no_longer_than_good_ones() {
    // Each of these could be read as the beginning of something that goes on to the end of the file.
    for bad in
        ["{\"a\":[}\n", "{\"eventName\":[}\n", "{\"eventName\":\"\n", "{\"eventVersion\":[},", "{\"a\":{\"b\":1}\n"]
    {
        let bytes = [log_line().into_bytes(), bad.repeat(100_000).into_bytes(), log_line().into_bytes()].concat();
        let began = std::time::Instant::now();
        let (names, report) = read(&bytes);
        assert!(began.elapsed().as_secs() < 60, "{bad}");
        assert_eq!(names.first().map(String::as_str), Some("A"), "{bad}");
        assert!(report.skips.weighing(Weight::Lost) > 0, "{bad}");
        assert!(report.skips.examples().count() <= 4 * tighten_trail::Skips::EXAMPLES);
    }
}

#[test]
fn many_objects_that_are_no_records_take_no_longer_behind_a_bad_one() {
    // The first one is read to the end in vain, so that all of the file is at hand.
    for other in [r#"{"z":1}"#, r#"{"z":1,"y":{}}"#, r#"{"eventName":[]}"#] {
        for last in [format!(",{}", record("B")), String::new()] {
            let others = vec![other; 300_000].join(",");
            let text = format!(r#"{{"Records":[{{"eventVersion":{{"a":,{},{others}{last}]}}"#, record("A"));
            let began = std::time::Instant::now();
            let (names, report) = read(text.as_bytes());
            assert!(began.elapsed().as_secs() < 30, "{other}");
            assert_eq!(names.len(), if last.is_empty() { 1 } else { 2 }, "{other}");
            assert!(report.skips.weighing(Weight::Lost) > 0, "{other}");
        }
    }
}

#[test]
fn files_made_to_be_costly_are_given_up() {
    let limits = Limits { max_record_size: 1 << 20, ..Limits::default() };
    let nested = r#"{"eventVersion":1,"x":"#.repeat(40_000);
    let (a, b) = (record("A"), record("B"));
    let closers = "]".repeat(24_000);
    for text in [
        // A quote that some take for the end of a text and others do not.
        format!("{a}{}", r#"{"[[":[\"x"]}"#.repeat(60_000)),
        format!(r#"{{"Records":[{a},{}{b}]}}"#, r#"{"[[":[\"x"]},"#.repeat(60_000)),
        format!("{a}{}{{{closers}", r#"{"a":[\"x"],\"y"}"#.repeat(20_000)),
        // An object that ends while the list in it does not.
        format!("{a}{}", r#"{"z":[}"#.repeat(300_000)),
        format!("{a}{}]!", r#"{"z":],"y":[}"#.repeat(40_000)),
        // Each is cut off, or damaged, where all others are.
        format!("{a}\n{nested}"),
        format!("{a}\n{nested}!!!!\n{b}"),
    ] {
        let began = std::time::Instant::now();
        let (names, report) = read_as("x.json", text.as_bytes(), &limits);
        assert!(began.elapsed().as_secs() < 60, "{text:.300}");
        assert_eq!(names, ["A"], "{text:.300}");
        assert_eq!(report.skips.count("corrupt-file"), 1, "{text:.300}");
    }
}

#[test]
fn much_honest_damage_is_no_reason_to_give_up() {
    let own =
        r#""requestParameters":{"event":{"eventVersion":"1","eventName":"Nested","eventSource":"s"}},"eventName""#;
    let records: Vec<String> = (0..1_000)
        .map(|number| match number {
            _ if number % 20 == 7 => {
                format!(r#"{},"resources":[{{"ARN":"x"}}"#, record("Cut").trim_end_matches('}'))
            }
            950 => record("Good").replacen(r#""eventName""#, own, 1),
            _ => record("Good"),
        })
        .collect();
    let text = format!("{{\"Records\":[{}]}}", records.join(",\n"));
    let (names, report) = read(text.as_bytes());
    assert_eq!(names, vec!["Good"; 950]);
    assert_eq!((report.skips.count("corrupt-file"), report.skips.count("invalid-json")), (0, 50));
}

#[test]
fn limits_are_kept_and_said() {
    let bytes = log(&["A", "B", "C"]);
    let limit = record("A").len() as u64 * 2;
    for bytes in [bytes.clone(), gzip(&bytes)] {
        let (names, report) = read_as("x.json", &bytes, &Limits { max_file_size: limit, ..Limits::default() });
        assert_eq!((names.len(), reasons(&report)), (1, vec![(None, SkipReason::TooLarge { limit })]));
        assert_eq!(report.bytes_json, limit);
    }
    let exact = Limits { max_file_size: bytes.len() as u64, ..Limits::default() };
    assert!(read_as("x.json", &bytes, &exact).1.skips.is_empty());
    let long = "x".repeat(4 << 20);
    let limits = Limits { max_record_size: 1 << 20, ..Limits::default() };
    for text in [
        format!(r#"{{"Records":[{},{},{}]}}"#, record("A"), record(&long), record("B")),
        format!("{}\n{}\n{}", record("A"), record(&long), record("B")),
    ] {
        let (names, report) = read_as("x.json", text.as_bytes(), &limits);
        assert_eq!((names, report.skips.count("record-too-large")), (vec!["A".to_owned(), "B".to_owned()], 1));
    }
    let text = format!(r#"{{"meta":"{long}","Records":[{}]}}"#, record("A"));
    assert_eq!(
        read_as("x.json", text.as_bytes(), &limits).1.skips.count("record-too-large")
            + read_as("x.json", text.as_bytes(), &limits).1.skips.count("not-a-log"),
        1
    );
    assert_eq!(read_as("x.json", text.as_bytes(), &Limits::default()).0, ["A"]);
}

#[test]
fn a_window_leaves_out_what_is_outside_and_counts_it() {
    let no_time = r#"{"eventName":"N","eventSource":"s","eventTime":"soon"}"#;
    let text = format!("{}\n{}\n{no_time}", record("A"), record("B").replace("2026-05-01", "2026-05-02"));
    let window = Window { since: Some("2026-05-02T00:00:00Z".parse().unwrap()), until: None };
    let mut names = Vec::new();
    let report = Reader::within(window).read_bytes("x.json", text.as_bytes(), &Limits::default(), &mut |event| {
        names.push(event.event_name.into_owned());
    });
    assert_eq!((names, report.outside_window, report.without_time), (vec!["B".to_owned()], 1, 0));
    assert_eq!(reasons(&report), [(Some(2), SkipReason::NoEventTime)]);
    let (names, report) = read(text.as_bytes());
    assert_eq!((names.len(), report.without_time, report.skips.is_empty()), (3, 1, true));
}

/// A reader that gives few bytes at a time, is interrupted, and fails at the end.
struct Flaky<'b> {
    bytes: &'b [u8],
    calls: usize,
    fails: bool,
}

impl Read for Flaky<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.bytes.is_empty() && self.fails {
            return Err(io::Error::other("the disk is gone"));
        }
        let length = buffer.len().min(1 + self.calls % 5).min(self.bytes.len());
        let (head, rest) = self.bytes.split_at(length);
        buffer.iter_mut().zip(head).for_each(|(to, from)| *to = *from);
        self.bytes = rest;
        Ok(length)
    }
}

#[test]
fn short_reads_interruptions_and_failures() {
    let log = log(&["A", "B"]);
    for bytes in [log.clone(), gzip(&log), gzip(&log[..log.len() - 2])] {
        for fails in [false, true] {
            let mut names = Vec::new();
            let mut input = Flaky { bytes: &bytes, calls: 0, fails };
            let report = Reader::new().read_from("x.json", &mut input, &Limits::default(), &mut |event| {
                names.push(event.event_name.into_owned());
            });
            assert_eq!(names, ["A", "B"]);
            assert_eq!(report.skips.count("unreadable"), u64::from(fails), "{:?}", report.skips);
        }
    }
    let missing = Reader::new().read(&LogObject::file("/nowhere/x.json", 1), &Limits::default(), &mut |_| {});
    assert_eq!(missing.skips.count("unreadable"), 1);
}
