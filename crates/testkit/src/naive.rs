//! The slow and plain way to read a trail: whole files, `serde_json::Value`, maps. Fast code is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

/// The content of a file, inflated if it is gzip (of any number of members).
pub fn inflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut content = Vec::new();
        MultiGzDecoder::new(bytes).read_to_end(&mut content)?;
        Ok(content)
    } else {
        Ok(bytes.to_vec())
    }
}

/// The records of one file's content, whatever the envelope.
pub fn records(content: &[u8]) -> io::Result<Vec<Value>> {
    let mut found = Vec::new();
    // The lines of a CloudWatch Logs export begin with a time stamp.
    if content.first().is_some_and(u8::is_ascii_digit) {
        for line in String::from_utf8_lossy(content).lines() {
            let (_, record) = line.split_once(' ').ok_or_else(|| io::Error::other(line.to_owned()))?;
            found.push(serde_json::from_str(record).map_err(io::Error::other)?);
        }
        return Ok(found);
    }
    for value in serde_json::Deserializer::from_slice(content).into_iter::<Value>() {
        unwrap(value.map_err(io::Error::other)?, &mut found)?;
    }
    Ok(found)
}

fn unwrap(value: Value, found: &mut Vec<Value>) -> io::Result<()> {
    let members = match value {
        Value::Array(values) => return values.into_iter().try_for_each(|value| unwrap(value, found)),
        Value::Object(members) => members,
        other => {
            found.push(other);
            return Ok(());
        }
    };
    let first = |key: &str| members.get(key).cloned();
    if let Some(records) = first("Records").or_else(|| first("Events")) {
        unwrap(records, found)
    } else if let Some(Value::String(text)) = first("CloudTrailEvent") {
        unwrap(serde_json::from_str(&text).map_err(io::Error::other)?, found)
    } else if let (Some(detail), true) = (first("detail"), members.contains_key("detail-type")) {
        unwrap(detail, found)
    } else {
        let mut inside = Vec::new();
        if !members.contains_key("eventID") {
            let nested = members.values().filter(|value| value.is_object() || value.is_array() || value.is_string());
            nested.for_each(|value| search(value, &mut inside));
        }
        if inside.is_empty() {
            inside.push(Value::Object(members));
        }
        found.append(&mut inside);
        Ok(())
    }
}

/// Whatever is a record, however deep it lies, as an object or as text; rows of columns are put together.
fn search(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(members) if members.contains_key("eventID") && members.contains_key("eventName") => {
            found.push(value.clone());
        }
        Value::Object(members) => members.values().for_each(|value| search(value, found)),
        Value::Array(columns)
            if columns.iter().any(|column| column.get("requestParameters").is_some_and(|_| one(column))) =>
        {
            let columns = columns.iter().filter_map(Value::as_object).flatten();
            found.push(columns.map(|(key, value)| (key.clone(), value.clone())).collect());
        }
        Value::Array(values) => values.iter().for_each(|value| search(value, found)),
        Value::String(text) if text.starts_with('{') => {
            if let Ok(value) = serde_json::from_str(text) {
                search(&value, found);
            }
        }
        _ => {}
    }
}

/// A text member of a record.
pub fn text<'a>(record: &'a Value, pointer: &str) -> Option<&'a str> {
    record.pointer(pointer).and_then(Value::as_str)
}

/// A role's unique id → its ARN, from the records that name the session's issuer.
pub type Issuers = BTreeMap<String, String>;

/// Learns from one record which role has which id.
pub fn learn(record: &Value, issuers: &mut Issuers) {
    let issuer = "/userIdentity/sessionContext/sessionIssuer";
    let member = |name: &str| text(record, &format!("{issuer}/{name}")).map(str::to_owned);
    if let (Some(id), Some(arn)) = (member("principalId"), member("arn")) {
        issuers.insert(id, arn);
    }
}

/// The ARN of the role, user or root that acted with credentials of its own, in the copy of its own account.
pub fn principal(record: &Value, issuers: &Issuers) -> Option<String> {
    let account = text(record, "/userIdentity/accountId")?;
    if text(record, "/eventType") != Some("AwsApiCall") || text(record, "/recipientAccountId") != Some(account) {
        return None;
    }
    match text(record, "/userIdentity/type")? {
        "AssumedRole" => {
            if let Some(issuer) = text(record, "/userIdentity/sessionContext/sessionIssuer/arn") {
                return Some(issuer.to_owned());
            }
            let id = text(record, "/userIdentity/principalId")?.split(':').next()?;
            let role = text(record, "/userIdentity/arn")?.split('/').nth(1)?;
            Some(issuers.get(id).cloned().unwrap_or_else(|| format!("arn:aws:iam::{account}:role/{role}")))
        }
        "IAMUser" => text(record, "/userIdentity/arn").map(str::to_owned),
        "Root" => Some(format!("arn:aws:iam::{account}:root")),
        _ => None,
    }
}

/// What the naive way finds in a folder of log files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Log files, digest and Insight files left out.
    pub files: u64,
    /// Files that could not be read to their end.
    pub broken_files: u64,
    /// Records that are objects.
    pub records: u64,
    /// Elements that are no records.
    pub broken_records: u64,
    /// Distinct event ids.
    pub event_ids: BTreeSet<String>,
    /// Bytes of JSON in readable files.
    pub bytes: u64,
    /// Principal → source/name → distinct events.
    pub calls: BTreeMap<String, BTreeMap<String, u64>>,
    /// Account → region → the times of distinct events.
    pub times: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

/// Reads every log file below a folder, in the order of the paths.
pub fn summarise(root: &Path) -> io::Result<Summary> {
    let (mut summary, mut issuers, mut all) = (Summary::default(), Issuers::new(), Vec::new());
    for path in files(root)? {
        let name = path.to_string_lossy();
        if name.contains("_CloudTrail-Digest_") || name.contains("_CloudTrail-Insight_") {
            continue;
        }
        summary.files += 1;
        let mut bytes = Vec::new();
        File::open(&path)?.read_to_end(&mut bytes)?;
        let Ok((found, length)) = inflate(&bytes).and_then(|content| Ok((records(&content)?, content.len()))) else {
            summary.broken_files += 1;
            continue;
        };
        summary.bytes += u64::try_from(length).unwrap_or(u64::MAX);
        for record in &found {
            learn(record, &mut issuers);
        }
        all.extend(found);
    }
    for record in &all {
        summary.add(record, &issuers);
    }
    Ok(summary)
}

impl Summary {
    fn add(&mut self, record: &Value, issuers: &Issuers) {
        if !record.is_object() {
            self.broken_records += 1;
            return;
        }
        self.records += 1;
        if !self.event_ids.insert(text(record, "/eventID").unwrap_or_default().to_owned()) {
            return;
        }
        let [source, name, region, account, time] =
            ["/eventSource", "/eventName", "/awsRegion", "/recipientAccountId", "/eventTime"]
                .map(|pointer| text(record, pointer).unwrap_or_default());
        let regions = self.times.entry(account.to_owned()).or_default();
        regions.entry(region.to_owned()).or_default().insert(time.to_owned());
        if let Some(principal) = principal(record, issuers) {
            *self.calls.entry(principal).or_default().entry(format!("{source}/{name}")).or_default() += 1;
        }
    }
}

fn one(column: &Value) -> bool {
    column.as_object().is_some_and(|members| members.len() == 1)
}

/// Every file below a folder, sorted by path.
pub fn files(root: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}
