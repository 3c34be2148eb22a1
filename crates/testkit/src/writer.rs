//! Files as CloudTrail delivers them, and the other envelopes that people keep records in.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use crate::Rng;

/// How the records of one file are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Envelope {
    /// CloudTrail's own: `{"Records":[…]}`, gzipped.
    #[default]
    Native,
    /// `{"Records":[…]}` as plain `.json`.
    PlainJson,
    /// One record a line, `.jsonl`.
    JsonLines,
    /// One record a line, gzipped.
    JsonLinesGzip,
    /// A bare array, `.json`.
    Array,
    /// The output of `aws cloudtrail lookup-events`, where each record is a string.
    LookupEvents,
    /// `EventBridge` events, one a line, with the record as `detail`.
    EventBridge,
}

impl Envelope {
    fn extension(self) -> &'static str {
        match self {
            Self::Native => "json.gz",
            Self::PlainJson | Self::Array | Self::LookupEvents => "json",
            Self::JsonLines | Self::EventBridge => "jsonl",
            Self::JsonLinesGzip => "jsonl.gz",
        }
    }

    /// The file's content before any compression.
    pub fn wrap(self, records: &[Value]) -> Vec<u8> {
        match self {
            Self::Native | Self::PlainJson => {
                let mut text = String::from("{\"Records\":[");
                join(&mut text, records, ",");
                text.push_str("]}");
                text.into_bytes()
            }
            Self::Array => {
                let mut text = String::from("[");
                join(&mut text, records, ",\n");
                text.push(']');
                text.into_bytes()
            }
            Self::JsonLines | Self::JsonLinesGzip => lines(records),
            Self::LookupEvents => {
                let events: Vec<Value> = records.iter().map(lookup_event).collect();
                let mut text = format!("{:#}", json!({ "Events": events }));
                text.push('\n');
                text.into_bytes()
            }
            Self::EventBridge => lines(&records.iter().map(bridge_event).collect::<Vec<_>>()),
        }
    }
}

fn join(text: &mut String, records: &[Value], separator: &str) {
    for (index, record) in records.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        text.push_str(&record.to_string());
    }
}

fn lines(records: &[Value]) -> Vec<u8> {
    let mut text = String::new();
    join(&mut text, records, "\n");
    text.push('\n');
    text.into_bytes()
}

fn lookup_event(record: &Value) -> Value {
    json!({
        "EventId": record.get("eventID"), "EventName": record.get("eventName"), "EventTime": record.get("eventTime"),
        "EventSource": record.get("eventSource"), "ReadOnly": record.get("readOnly").map(ToString::to_string),
        "Resources": [], "CloudTrailEvent": record.to_string(),
    })
}

fn bridge_event(record: &Value) -> Value {
    json!({
        "version": "0", "id": record.get("requestID"), "detail-type": "AWS API Call via CloudTrail",
        "source": record.get("eventSource").and_then(Value::as_str).map(|source| format!("aws.{}", source.split('.').next().unwrap_or_default())),
        "account": record.get("recipientAccountId"), "time": record.get("eventTime"), "region": record.get("awsRegion"),
        "resources": [], "detail": record,
    })
}

/// Gzip whose bytes depend on the content alone: no file name, no time.
pub fn gzip(content: &[u8], level: u32) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::with_capacity(content.len() / 8), Compression::new(level));
    encoder.write_all(content)?;
    encoder.finish()
}

/// One log file: where it belongs, when it was delivered, and its records.
#[derive(Debug, Clone)]
pub struct TrailFile {
    /// The account whose trail this is.
    pub account: String,
    /// The region's folder.
    pub region: String,
    /// The time of delivery, `YYYYMMDDTHHMMZ`.
    pub delivered: String,
    /// The records.
    pub records: Vec<Value>,
}

/// Writes trail files below a folder.
#[derive(Debug, Clone)]
pub struct TrailWriter {
    root: PathBuf,
    organisation: Option<String>,
    envelope: Envelope,
    level: u32,
}

impl TrailWriter {
    /// A writer below this folder, in the layout of a trail of one account.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), organisation: None, envelope: Envelope::Native, level: 9 }
    }

    /// The layout of an organisation's trail, with the organisation's id in the path.
    #[must_use]
    pub fn organisation(mut self, id: &str) -> Self {
        self.organisation = Some(id.to_owned());
        self
    }

    /// Another envelope.
    #[must_use]
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = envelope;
        self
    }

    /// The compression level, 0 to 9.
    #[must_use]
    pub fn level(mut self, level: u32) -> Self {
        self.level = level;
        self
    }

    /// Where a file of this kind (`CloudTrail`, `CloudTrail-Digest`, `CloudTrail-Insight`) goes.
    pub fn folder(&self, kind: &str, account: &str, region: &str, delivered: &str) -> PathBuf {
        let mut folder = self.root.join("AWSLogs");
        if let Some(organisation) = &self.organisation {
            folder.push(organisation);
        }
        let part = |range| delivered.get(range).unwrap_or_default();
        folder.join(account).join(kind).join(region).join(part(0..4)).join(part(4..6)).join(part(6..8))
    }

    /// Writes one log file and returns its path and the bytes of JSON in it.
    pub fn write(&self, file: &TrailFile) -> io::Result<(PathBuf, u64)> {
        let content = self.envelope.wrap(&file.records);
        let bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let path = self.path("CloudTrail", file);
        match self.envelope {
            Envelope::Native | Envelope::JsonLinesGzip => put(&path, &gzip(&content, self.level)?)?,
            _ => put(&path, &content)?,
        }
        Ok((path, bytes))
    }

    /// Writes only the first `bytes` of the compressed file, as an interrupted copy leaves it.
    pub fn write_truncated(&self, file: &TrailFile, bytes: usize) -> io::Result<PathBuf> {
        let content = gzip(&self.envelope.wrap(&file.records), self.level)?;
        let path = self.path("CloudTrail", file);
        put(&path, content.get(..bytes).unwrap_or(&content))?;
        Ok(path)
    }

    /// Writes an Insight file, whose events are no calls.
    pub fn write_insight(&self, file: &TrailFile) -> io::Result<PathBuf> {
        let path = self.path("CloudTrail-Insight", file);
        put(&path, &gzip(&Envelope::Native.wrap(&file.records), self.level)?)?;
        Ok(path)
    }

    /// Writes a digest file over log files already written; it holds no records.
    pub fn write_digest(&self, account: &str, region: &str, delivered: &str, files: &[PathBuf]) -> io::Result<PathBuf> {
        let logs: Vec<Value> = files
            .iter()
            .map(|path| {
                let object = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/");
                json!({
                    "s3Bucket": "example-org-trail", "s3Object": object, "hashValue": Rng::labelled(1, &object).hex(16).repeat(4),
                    "hashAlgorithm": "SHA-256",
                })
            })
            .collect();
        let digest = json!({
            "awsAccountId": account, "digestS3Bucket": "example-org-trail", "digestSignatureAlgorithm": "SHA256withRSA",
            "previousDigestS3Bucket": null, "logFiles": logs,
        });
        let stem =
            format!("{account}_CloudTrail-Digest_{region}_org-trail_{region}_{}00Z", delivered.trim_end_matches('Z'));
        let path = self.folder("CloudTrail-Digest", account, region, delivered).join(format!("{stem}.json.gz"));
        put(&path, &gzip(digest.to_string().as_bytes(), self.level)?)?;
        Ok(path)
    }

    fn path(&self, kind: &str, file: &TrailFile) -> PathBuf {
        let TrailFile { account, region, delivered, .. } = file;
        let mut rng = Rng::labelled(2, &format!("{kind}/{account}/{region}/{delivered}"));
        let name = format!(
            "{account}_{kind}_{region}_{delivered}_{}{}.{}",
            rng.base32(8),
            rng.base32(8),
            self.envelope.extension()
        );
        self.folder(kind, account, region, delivered).join(name)
    }
}

fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> TrailFile {
        TrailFile {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            delivered: "20260503T0005Z".to_owned(),
            records: vec![json!({ "eventID": "a", "eventName": "x" }), json!({ "eventID": "b" })],
        }
    }

    #[test]
    fn the_layout_is_that_of_a_bucket() {
        let root = tempfile::tempdir().unwrap();
        let (path, bytes) = TrailWriter::new(root.path()).organisation("o-exampleorg1").write(&file()).unwrap();
        let path = path.strip_prefix(root.path()).unwrap().to_str().unwrap();
        let prefix = "AWSLogs/o-exampleorg1/111122223333/CloudTrail/eu-west-1/2026/05/03/111122223333_CloudTrail_eu-west-1_20260503T0005Z_";
        assert!(path.starts_with(prefix), "{path}");
        assert!(path.ends_with(".json.gz"));
        assert_eq!(
            bytes,
            u64::try_from(r#"{"Records":[{"eventID":"a","eventName":"x"},{"eventID":"b"}]}"#.len()).unwrap()
        );
    }

    #[test]
    fn gzip_carries_no_time() {
        let bytes = gzip(b"text", 9).unwrap();
        assert_eq!(bytes.get(4..8), Some(&[0, 0, 0, 0][..]));
        assert_eq!(bytes, gzip(b"text", 9).unwrap());
    }

    #[test]
    fn each_envelope_holds_every_record() {
        for envelope in [
            Envelope::Native,
            Envelope::PlainJson,
            Envelope::JsonLines,
            Envelope::JsonLinesGzip,
            Envelope::Array,
            Envelope::LookupEvents,
            Envelope::EventBridge,
        ] {
            let content = envelope.wrap(&file().records);
            let records = crate::naive::records(&content).unwrap();
            assert_eq!(records, file().records, "{envelope:?}");
        }
    }
}
