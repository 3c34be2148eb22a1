//! What everybody did in a window.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use tighten_iam::Principal;
use tighten_mapping::NoNeed;
use tighten_trail::{FileReport, NoPrincipal, Skips};

use crate::call::ApiCall;
use crate::coverage::Coverage;
use crate::evidence::Evidence;
use crate::principal::{PrincipalUsage, merge_maps};

/// Who did what in a window of time, what that needed, and what the input could have shown: a
/// [`Ledger`](crate::Ledger)'s window with everything joined that only all records together tell. It is to be read; what
/// adds up are ledgers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// What each principal did.
    pub principals: BTreeMap<Principal, PrincipalUsage>,
    /// Events that say nothing about anybody's policies, and why.
    pub unattributed: BTreeMap<NoPrincipal, Evidence>,
    /// What the input could have shown.
    pub coverage: Coverage,
    /// How many records.
    pub counts: Counts,
    /// What was not read.
    pub skips: Skips,
}

/// How much was read, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Files that were read, in whole or in part.
    pub files: u64,
    /// Bytes as stored.
    pub bytes_compressed: u64,
    /// Bytes of JSON.
    pub bytes_json: u64,
    /// Records inside the window.
    pub records: u64,
    /// Of these, left out because of their account or region.
    pub other_places: u64,
    /// Distinct events among the others. What is counted anywhere else is counted in these.
    pub events: u64,
    /// Further copies of them.
    pub duplicates: u64,
    /// Distinct events of a large log that were delivered days after they happened, or without a time: they were
    /// compared with each other alone, so that a copy that came in time counts as an event too.
    pub late: u64,
    /// Distinct events of principals that were not asked for.
    pub other_principals: u64,
    /// Readable records outside the window.
    pub outside_window: u64,
    /// Records without a readable time that took part.
    pub without_time: u64,
    /// Files that were not read to their end, or not at all.
    pub damaged_files: u64,
    /// Their bytes as stored.
    pub damaged_bytes: u64,
    /// Records that could not be read, of whatever file.
    pub lost_records: u64,
}

impl Usage {
    /// The calls without needs over all principals, and why they have none.
    pub fn unmapped(&self) -> BTreeMap<(ApiCall, NoNeed), Evidence> {
        let mut all: BTreeMap<_, Evidence> = BTreeMap::new();
        for usage in self.principals.values() {
            merge_maps(&mut all, usage.unmapped.clone());
        }
        all
    }
}

impl Counts {
    /// What a file adds that was read, or should have been. `size` is what it has as stored, as far as that is known.
    pub(crate) fn of_file(report: &FileReport, size: u64) -> Self {
        let is_damaged = report.skips.lost_files() > 0;
        Self {
            damaged_files: u64::from(is_damaged),
            damaged_bytes: if is_damaged { size.max(report.bytes_compressed) } else { 0 },
            lost_records: report.skips.lost_records(),
            files: 1,
            bytes_compressed: report.bytes_compressed,
            bytes_json: report.bytes_json,
            outside_window: report.outside_window,
            without_time: report.without_time,
            ..Self::default()
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Self {
            files,
            bytes_compressed,
            bytes_json,
            records,
            other_places,
            events,
            duplicates,
            late,
            other_principals,
            outside_window,
            without_time,
            damaged_files,
            damaged_bytes,
            lost_records,
        } = other;
        self.files += files;
        self.bytes_compressed += bytes_compressed;
        self.bytes_json += bytes_json;
        self.records += records;
        self.other_places += other_places;
        self.events += events;
        self.duplicates += duplicates;
        self.late += late;
        self.other_principals += other_principals;
        self.outside_window += outside_window;
        self.without_time += without_time;
        self.damaged_files += damaged_files;
        self.damaged_bytes += damaged_bytes;
        self.lost_records += lost_records;
    }
}
