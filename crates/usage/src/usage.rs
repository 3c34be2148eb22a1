//! The sum of all records.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use tighten_iam::Principal;
use tighten_mapping::NoNeed;
use tighten_trail::{FileReport, NameIndex, NoPrincipal, Skips};

use crate::call::ApiCall;
use crate::coverage::Coverage;
use crate::evidence::Evidence;
use crate::filter::PrincipalFilter;
use crate::principal::{PrincipalUsage, merge_maps};
use crate::profiles::ProfileIndex;

/// Who did what, what that needed, and what the input could have shown.
///
/// Usages add up: the sum is the same for any order, split or merge of the records, as long as the copies of one event
/// were counted once (which [`Fold`](crate::Fold) sees to). Memory grows with principals and permissions, not with
/// the number of records.
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
    /// The roles and users that are named in full.
    pub(crate) roles: NameIndex,
    /// The roles inside instance profiles.
    pub(crate) profiles: ProfileIndex,
    /// What roles and users did in records that name them by name alone.
    pub(crate) by_name: BTreeMap<NameOnly, PrincipalUsage>,
}

/// How much was read, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

/// A role or user that a record names by its name alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NameOnly {
    /// The name in an ARN without a path.
    pub(crate) principal: Principal,
    /// A role's unique id.
    pub(crate) role_id: Option<String>,
}

impl Usage {
    /// The calls without needs over all principals, and why they have none.
    pub fn unmapped(&self) -> BTreeMap<(ApiCall, NoNeed), Evidence> {
        let mut all: BTreeMap<_, Evidence> = BTreeMap::new();
        for usage in self.principals.values().chain(self.by_name.values()) {
            merge_maps(&mut all, usage.unmapped.clone());
        }
        all
    }

    /// Gives what roles and users did in records that name them by name alone to those of their kind that other records
    /// name in full. A name that fits none, or more than one, stays a principal of its own.
    ///
    /// To be called when all records are in; further records may be added all the same, and joined again.
    pub fn join_names(&mut self, wanted: &PrincipalFilter) {
        for (name, mut usage) in std::mem::take(&mut self.by_name) {
            let full = self.roles.resolve(&name.principal, name.role_id.as_deref());
            usage.name_only = full.is_none();
            let principal = full.cloned().unwrap_or(name.principal);
            if wanted.admits(&principal) {
                merge_maps(&mut self.principals, BTreeMap::from([(principal, usage)]));
            } else {
                self.counts.other_principals += usage.seen.count;
            }
        }
    }

    /// Adds what failed calls needed, but for principals of whose calls nearly all were refused.
    ///
    /// To be called when all records are in and names are joined.
    pub fn settle_failed(&mut self) {
        self.principals.values_mut().for_each(PrincipalUsage::settle_failed);
    }

    /// Puts the roles inside instance profiles, where records tell them, in the place of those that were guessed.
    ///
    /// To be called when all records are in.
    pub fn join_profiles(&mut self) {
        for usage in self.principals.values_mut() {
            self.profiles.join(usage, &self.roles);
        }
    }

    /// Counts a file that was read, or should have been. `size` is what it has as stored, as far as that is known.
    pub(crate) fn add_file(&mut self, report: FileReport, size: u64) {
        let is_damaged = report.skips.lost_files() > 0;
        self.counts += Counts {
            damaged_files: u64::from(is_damaged),
            damaged_bytes: if is_damaged { size.max(report.bytes_compressed) } else { 0 },
            lost_records: report.skips.lost_records(),
            files: 1,
            bytes_compressed: report.bytes_compressed,
            bytes_json: report.bytes_json,
            outside_window: report.outside_window,
            without_time: report.without_time,
            ..Counts::default()
        };
        self.skips += report.skips;
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        merge_maps(&mut self.principals, other.principals);
        merge_maps(&mut self.unattributed, other.unattributed);
        self.coverage += other.coverage;
        self.counts += other.counts;
        self.skips += other.skips;
        self.roles += other.roles;
        self.profiles += other.profiles;
        merge_maps(&mut self.by_name, other.by_name);
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
