//! What was not read, and why.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::list::object::ObjectName;

/// One thing that was not read: a log object, or one record of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// The log object.
    pub object: ObjectName,
    /// The record's position among the object's records, from 0; `None` when the object is meant.
    pub record: Option<u64>,
    /// Why.
    pub reason: SkipReason,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.object)?;
        if let Some(record) = self.record {
            write!(f, ", record {record}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// How much a [`SkipReason`] takes from what the reader may conclude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// It is no log of API calls; nothing is missing without it.
    LeftOut,
    /// Something is odd, but every record was read.
    Notice,
    /// Records are, or may be, missing.
    Lost,
}

/// Why something was not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SkipReason {
    /// Neither the name nor the content is that of a log.
    NotALog,
    /// A digest file: checksums of log files.
    Digest,
    /// Insight records: unusual activity, no calls.
    Insight,
    /// Aggregated records: counts of data events, without their callers.
    Aggregated,
    /// A directory that is named like a log and holds nothing.
    Directory,
    /// A link that leads nowhere.
    DanglingLink,
    /// A link that leads back to a directory above it.
    LinkLoop,
    /// A named pipe, socket or device.
    NotAFile,
    /// The operating system refused, or failed.
    Unreadable(String),
    /// It lies in an archive, and would have to be restored before it can be read.
    Archived,
    /// No bytes, or a compressed stream of none.
    Empty,
    /// The content is not JSON text in UTF-8.
    NotText(Cow<'static, str>),
    /// Compressed in a way that CloudTrail does not use.
    Compression(Cow<'static, str>),
    /// The compressed stream is damaged; the records before the damage were read.
    Corrupt(String),
    /// The file ends within a record or within the compressed stream; the whole records before were read.
    Truncated,
    /// Good records are followed by something else.
    TrailingGarbage {
        /// How many bytes follow; at least this many when the rest was not read.
        bytes: u64,
    },
    /// Larger than [`Limits::max_file_size`](crate::Limits::max_file_size); the records before were read.
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// `Records` is no list.
    NoRecords,
    /// Not valid JSON.
    InvalidJson(String),
    /// A number, text, list or `null` where a record should be.
    NotAnObject,
    /// An object without any of the fields of a record.
    NotARecord,
    /// Fields taken from a record, where the record itself is not. The text says how to get it.
    PartOfARecord(Cow<'static, str>),
    /// Records that a search found. What it left out is not known. The text names what was searched.
    SearchResult(Cow<'static, str>),
    /// The names of log objects, which are somewhere else.
    NamesObjects {
        /// How many names.
        objects: u64,
    },
    /// `eventName` is missing or no text.
    NoEventName,
    /// `eventSource` is missing or no text.
    NoEventSource,
    /// Larger than [`Limits::max_record_size`](crate::Limits::max_record_size).
    RecordTooLarge {
        /// The limit.
        limit: u64,
    },
    /// `eventTime` is missing or unreadable, and only a window of time was asked for.
    NoEventTime,
}

impl SkipReason {
    /// The reason's stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotALog => "not-a-log",
            Self::Digest => "digest",
            Self::Insight => "insight",
            Self::Aggregated => "aggregated",
            Self::Directory => "directory",
            Self::DanglingLink => "dangling-link",
            Self::LinkLoop => "link-loop",
            Self::NotAFile => "not-a-file",
            Self::Unreadable(_) => "unreadable",
            Self::Archived => "archived",
            Self::Empty => "empty-file",
            Self::NotText(_) => "not-text",
            Self::Compression(_) => "unknown-compression",
            Self::Corrupt(_) => "corrupt-file",
            Self::Truncated => "truncated-file",
            Self::TrailingGarbage { .. } => "trailing-garbage",
            Self::TooLarge { .. } => "file-too-large",
            Self::NoRecords => "no-records",
            Self::InvalidJson(_) => "invalid-json",
            Self::NotAnObject => "not-an-object",
            Self::NotARecord => "not-a-record",
            Self::PartOfARecord(_) => "part-of-a-record",
            Self::SearchResult(_) => "search-result",
            Self::NamesObjects { .. } => "names-objects",
            Self::NoEventName => "no-event-name",
            Self::NoEventSource => "no-event-source",
            Self::RecordTooLarge { .. } => "record-too-large",
            Self::NoEventTime => "no-event-time",
        }
    }

    /// What it takes from the result.
    pub fn weight(&self) -> Weight {
        match self {
            Self::NotALog | Self::Digest | Self::Insight | Self::Aggregated | Self::Directory => Weight::LeftOut,
            Self::TrailingGarbage { .. } | Self::SearchResult(_) | Self::NamesObjects { .. } => Weight::Notice,
            _ => Weight::Lost,
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotALog => f.write_str("not a log"),
            Self::Digest => f.write_str("a digest file, which holds no calls"),
            Self::Insight => f.write_str("Insight records, which are no calls"),
            Self::Aggregated => f.write_str("aggregated records, which name no caller"),
            Self::Directory => f.write_str("an empty directory that is named like a log"),
            Self::DanglingLink => f.write_str("a link that leads nowhere"),
            Self::LinkLoop => f.write_str("a link that leads back to a directory above it"),
            Self::NotAFile => f.write_str("neither a file nor a directory"),
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::Archived => f.write_str("archived, and has to be restored before it can be read"),
            Self::Empty => f.write_str("empty"),
            Self::NotText(found) => write!(f, "not JSON text in UTF-8: {found}"),
            Self::Compression(found) => write!(f, "compressed with {found}; gzip is read"),
            Self::Corrupt(error) => write!(f, "damaged compressed data ({error}); records before the damage were read"),
            Self::Truncated => f.write_str("cut short; the whole records before the cut were read"),
            Self::TrailingGarbage { bytes } => {
                write!(f, "every record was read, but {bytes} bytes of something else follow them")
            }
            Self::TooLarge { limit } => {
                write!(f, "inflates to more than the limit of {limit} bytes; the records before the limit were read")
            }
            Self::NoRecords => f.write_str("`Records` is not a list"),
            Self::InvalidJson(error) => write!(f, "invalid JSON: {error}"),
            Self::NotAnObject => f.write_str("not an object"),
            Self::NotARecord => f.write_str("an object without the fields of a record"),
            Self::PartOfARecord(advice) => write!(f, "holds fields of a record, but not the record: {advice}"),
            Self::SearchResult(place) => {
                write!(f, "records that a search of {place} found; what it left out is not known")
            }
            Self::NamesObjects { objects } => {
                let names = if *objects == 1 { "1 log object".to_owned() } else { format!("{objects} log objects") };
                write!(f, "a notification that names {names}, which hold the records")
            }
            Self::NoEventName => f.write_str("`eventName` is missing or not text"),
            Self::NoEventSource => f.write_str("`eventSource` is missing or not text"),
            Self::RecordTooLarge { limit } => write!(f, "larger than the limit of {limit} bytes for one record"),
            Self::NoEventTime => f.write_str("`eventTime` is missing or unreadable, so the window cannot be applied"),
        }
    }
}

/// Everything that was skipped, counted by reason, with the first few examples of each.
///
/// Which examples are kept depends only on what was skipped, never on the order of reading or merging.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredSkips", into = "StoredSkips")]
pub struct Skips {
    groups: BTreeMap<&'static str, SkipGroup>,
    /// How many skips are of records that are missing.
    lost_records: u64,
}

/// The skips that share a reason's [`code`](SkipReason::code).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipGroup {
    /// How many there are.
    pub count: u64,
    /// What they take from the result.
    pub weight: Weight,
    /// The first of them, by object and record; at most [`Skips::EXAMPLES`].
    pub examples: Vec<Skipped>,
}

/// How skips are stored: the code and the weight of a group are those of its examples.
#[derive(Serialize, Deserialize)]
struct StoredSkips {
    groups: Vec<(u64, Vec<Skipped>)>,
    lost_records: u64,
}

impl From<StoredSkips> for Skips {
    fn from(stored: StoredSkips) -> Self {
        let mut skips = Self { lost_records: stored.lost_records, ..Self::default() };
        for (count, examples) in stored.groups {
            let Some(first) = examples.first() else { continue };
            let (code, weight) = (first.reason.code(), first.reason.weight());
            let group =
                skips.groups.entry(code).or_insert_with(|| SkipGroup { count: 0, weight, examples: Vec::new() });
            group.count += count;
            for example in examples {
                group.keep(example);
            }
        }
        skips
    }
}

impl From<Skips> for StoredSkips {
    fn from(skips: Skips) -> Self {
        let groups = skips.groups.into_values().map(|group| (group.count, group.examples));
        Self { groups: groups.collect(), lost_records: skips.lost_records }
    }
}

impl Skips {
    /// How many examples of a reason are kept.
    pub const EXAMPLES: usize = 10;

    /// Whether nothing was skipped.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The groups by code, in the order of the codes.
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, &SkipGroup)> {
        self.groups.iter().map(|(code, group)| (*code, group))
    }

    /// All kept examples, in the order of the codes.
    pub fn examples(&self) -> impl Iterator<Item = &Skipped> {
        self.groups.values().flat_map(|group| &group.examples)
    }

    /// How many skips have this code.
    pub fn count(&self, code: &str) -> u64 {
        self.groups.get(code).map_or(0, |group| group.count)
    }

    /// How many skips have this weight.
    pub fn weighing(&self, weight: Weight) -> u64 {
        self.groups.values().filter(|group| group.weight == weight).map(|group| group.count).sum()
    }

    /// How many records are missing that were seen, but could not be read.
    pub fn lost_records(&self) -> u64 {
        self.lost_records
    }

    /// How many skips are of files, or parts of files, of which records may be missing that nobody counted.
    pub fn lost_files(&self) -> u64 {
        self.weighing(Weight::Lost) - self.lost_records
    }

    /// Counts one more.
    pub fn push(&mut self, skipped: Skipped) {
        self.push_many(skipped, 1);
    }

    /// Counts `count` skips of which `first` is the first.
    pub fn push_many(&mut self, first: Skipped, count: u64) {
        let weight = first.reason.weight();
        if weight == Weight::Lost && first.record.is_some() {
            self.lost_records += count;
        }
        let group = self.groups.entry(first.reason.code()).or_insert_with(|| SkipGroup {
            count: 0,
            weight,
            examples: Vec::new(),
        });
        group.count += count;
        group.keep(first);
    }
}

impl SkipGroup {
    fn keep(&mut self, skipped: Skipped) {
        let at = self.examples.partition_point(|kept| *kept <= skipped);
        if at < Skips::EXAMPLES {
            self.examples.insert(at, skipped);
            self.examples.truncate(Skips::EXAMPLES);
        }
    }
}

impl AddAssign for Skips {
    fn add_assign(&mut self, other: Self) {
        self.lost_records += other.lost_records;
        for (code, group) in other.groups {
            match self.groups.get_mut(code) {
                None => {
                    self.groups.insert(code, group);
                }
                Some(own) => {
                    own.count += group.count;
                    for skipped in group.examples {
                        own.keep(skipped);
                    }
                }
            }
        }
    }
}
