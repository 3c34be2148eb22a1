//! `fixtures/envelopes`: the same records in every wrapping that people keep them in.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::{Envelope, Rng, Wrapping, gzip, scenarios};

/// The files and how each wraps the records.
pub const FILES: [(&str, Envelope); 7] = [
    ("records.json.gz", Envelope::Native),
    ("records.json", Envelope::PlainJson),
    ("lines.jsonl", Envelope::JsonLines),
    ("lines.jsonl.gz", Envelope::JsonLinesGzip),
    ("array.json", Envelope::Array),
    ("lookup-events.json", Envelope::LookupEvents),
    ("event-bridge.jsonl", Envelope::EventBridge),
];

/// A file of two gzip members, as appending to a compressed file makes it.
pub const TWO_MEMBERS: &str = "two-members.jsonl.gz";

/// The folder of files that hold no whole record.
pub const NO_RECORDS: &str = "no-records";

/// Names of log objects, and fields taken from records, which are no records.
pub fn without_records() -> [(&'static str, String); 6] {
    let names = json!({ "s3Bucket": "logs", "s3ObjectKey": ["AWSLogs/a.json.gz", "AWSLogs/b.json.gz"] });
    let created = |key: &str| {
        json!({ "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventTime": "2026-05-15T12:00:00.000Z",
            "eventName": "ObjectCreated:Put", "userIdentity": { "principalId": "AWS:AIDAEXAMPLE" },
            "s3": { "bucket": { "name": "logs" }, "object": { "key": key } } })
    };
    let created = json!({ "Records": [created("a"), created("b"), created("c")] });
    let row = json!([{ "eventSource": "s3.amazonaws.com" }, { "eventName": "ListBuckets" }, { "userIdentity": "{type=Root, accountid=111122223333}" }]);
    let fields = json!([{ "field": "eventName", "value": "ListBuckets" }, { "field": "@ptr", "value": "p" }]);
    let parsed = json!({ "_source": { "event": { "action": "ListBuckets" }, "aws": { "cloudtrail": { "event_version": "1.09" } } } });
    let line = |value: &Value| format!("{value}\n");
    [
        ("object-names.json", line(&json!({ "Type": "Notification", "Message": names.to_string() }))),
        ("object-created.json", line(&json!({ "Messages": [{ "Body": created.to_string() }] }))),
        ("lake-parts.json", line(&json!({ "QueryResultRows": [row] }))),
        ("insights-parts.json", line(&json!({ "results": [fields], "status": "Complete" }))),
        ("elastic-parts.ndjson", line(&parsed)),
        (
            "splunk-parts.jsonl",
            line(&json!({ "preview": false, "result": { "eventName": "ListBuckets", "user": "root" } })),
        ),
    ]
}

/// The records that every file holds.
pub fn records() -> Vec<Value> {
    let mut rng = Rng::labelled(1, "envelopes");
    let calls = scenarios::ALL.iter().flat_map(|scenario| scenario.calls().into_iter().take(2));
    calls.map(|call| call.event.seed(rng.next_u64()).time("2026-05-15T12:00:00Z").build()).collect()
}

/// Writes the files into this folder.
pub fn write(folder: &Path) -> io::Result<()> {
    let records = records();
    std::fs::create_dir_all(folder)?;
    for (name, envelope) in FILES {
        put(folder, name, envelope.wrap(&records))?;
    }
    for wrapping in Wrapping::ALL {
        put(folder, wrapping.file_name(), wrapping.wrap(&records))?;
    }
    std::fs::create_dir_all(folder.join(NO_RECORDS))?;
    for (name, content) in without_records() {
        std::fs::write(folder.join(NO_RECORDS).join(name), content)?;
    }
    let (first, second) = records.split_at(records.len() / 2);
    let mut members = gzip(&Envelope::JsonLines.wrap(first), 9)?;
    members.extend(gzip(&Envelope::JsonLines.wrap(second), 9)?);
    std::fs::write(folder.join(TWO_MEMBERS), members)
}

/// Writes a file, compressed if its name says so.
fn put(folder: &Path, name: &str, content: Vec<u8>) -> io::Result<()> {
    let is_compressed = Path::new(name).extension().is_some_and(|end| end == "gz");
    std::fs::write(folder.join(name), if is_compressed { gzip(&content, 9)? } else { content })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive;

    #[test]
    fn every_file_holds_the_same_records() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let mut files = naive::files(folder.path()).unwrap();
        files.retain(|file| !file.starts_with(folder.path().join(NO_RECORDS)));
        assert_eq!(files.len(), FILES.len() + Wrapping::ALL.len() + 1);
        for file in files {
            let content = naive::inflate(&std::fs::read(&file).unwrap()).unwrap();
            let found = naive::records(&content).unwrap();
            if file.ends_with("lake-columns.json") {
                // A column that a record lacks is empty there.
                assert_eq!(found.len(), records().len());
                continue;
            }
            assert_eq!(found, records(), "{}", file.display());
        }
    }
}
