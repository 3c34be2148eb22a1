//! What was read, and what was not.

use serde::Serialize;
use tighten_trail::{Skips, Weight};
use tighten_usage::{Counts, Usage};

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Files that were read, in whole or in part.
    pub files: u64,
    /// Their bytes as stored.
    pub bytes: u64,
    /// Their bytes of JSON.
    pub bytes_json: u64,
    /// Records inside the window.
    pub records: u64,
    /// Distinct events among them, after the filters by account and region. Every other count is of these.
    pub events: u64,
    /// Further copies of the same events.
    pub duplicates: u64,
    /// Records that the filters by account and region left out.
    pub filtered_out: u64,
    /// Readable records outside the window.
    pub outside_window: u64,
    /// Records without a readable time that took part all the same.
    pub without_time: u64,
    /// Distinct events that were delivered days after they happened. Very large logs are compared day by day to find
    /// copies, and late ones only with each other, so that some of these may be counted twice.
    pub late: u64,
    /// Files that were delivered too far outside the window to be opened.
    pub pruned: Pruned,
    /// What could not be read: records are, or may be, missing.
    pub skipped: Vec<SkipReport>,
    /// What is no log of API calls, or is odd without anything missing.
    pub left_out: Vec<SkipReport>,
}

/// Files that were not opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pruned {
    /// How many.
    pub files: u64,
    /// Their bytes as stored.
    pub bytes: u64,
    /// Folders of a bucket that were not even listed, because nothing in them can be of the window, the accounts and the regions
    /// that were asked for; absent if there are none.
    #[serde(skip_serializing_if = "is_zero")]
    pub folders: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Things that were not read for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SkipReport {
    /// The reason's code.
    pub reason: &'static str,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<SkipExample>,
}

/// One thing that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SkipExample {
    /// The file.
    pub file: String,
    /// The record's number in the file, from 0; absent where the file is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
    /// Why, in words.
    pub message: String,
}

impl Input {
    /// How many files and records could not be read.
    pub fn lost(&self) -> u64 {
        self.skipped.iter().map(|skip| skip.count).sum()
    }
}

/// What was read.
pub(crate) fn input(usage: &Usage, pruned: Pruned) -> Input {
    let Counts {
        files,
        bytes_compressed,
        bytes_json,
        records,
        other_places,
        events,
        duplicates,
        late,
        other_principals: _,
        outside_window,
        without_time,
        damaged_files: _,
        damaged_bytes: _,
        lost_records: _,
    } = usage.counts;
    Input {
        files,
        bytes: bytes_compressed,
        bytes_json,
        records,
        events,
        duplicates,
        filtered_out: other_places,
        outside_window,
        without_time,
        late,
        pruned,
        skipped: skips(&usage.skips, |weight| weight == Weight::Lost),
        left_out: skips(&usage.skips, |weight| weight != Weight::Lost),
    }
}

fn skips(skips: &Skips, wanted: impl Fn(Weight) -> bool) -> Vec<SkipReport> {
    let mut reports: Vec<SkipReport> = skips
        .groups()
        .filter(|(_, group)| wanted(group.weight))
        .map(|(reason, group)| SkipReport {
            reason,
            count: group.count,
            examples: group
                .examples
                .iter()
                .map(|example| SkipExample {
                    file: example.object.to_string(),
                    record: example.record,
                    message: example.reason.to_string(),
                })
                .collect(),
        })
        .collect();
    reports.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.reason.cmp(other.reason)));
    reports
}
