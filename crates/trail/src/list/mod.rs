//! Which log objects there are to read.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::skipped::{SkipReason, Skipped, Skips};

pub(crate) mod arriving;
pub(crate) mod directories;
pub(crate) mod native;
pub(crate) mod object;
pub(crate) mod window;

use native::Kind;
use object::{LogObject, ObjectName};
use window::Window;

/// The log objects of a trail, in the order in which their sources have them.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// What to read.
    pub objects: Vec<LogObject>,
    /// What is not to be read, and why.
    pub skips: Skips,
    /// How many objects were delivered too far outside the window to hold any of its records.
    pub pruned_files: u64,
    /// Their size.
    pub pruned_bytes: u64,
    /// How many folders were not even listed, because no record that is asked for can be in them.
    pub pruned_folders: u64,
    /// What lies in an archive, and cannot be read as it is.
    pub archived: Archived,
}

/// Log objects that have to be restored before they can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Archived {
    /// How many.
    pub objects: u64,
    /// Their size.
    pub bytes: u64,
    /// How many of them lie so deep that restoring takes up to two days.
    pub deep: u64,
    /// The days on which they were delivered.
    pub days: BTreeSet<Date>,
}

impl Listing {
    /// Adds an object that a source has, with what its name tells.
    ///
    /// Digest, Insight and aggregated files are left out by their folder or name. What was delivered outside the window
    /// is pruned by the day in native names, as [`Window::may_hold_file_of`] says; where folder and name have different
    /// days, either one keeps the object. Nothing is pruned by account or region: the name has the account that the log
    /// was delivered *to* and the region it was delivered *from*, and a record's own need not be the same.
    pub fn add(&mut self, mut object: LogObject, window: &Window) {
        if self.admits(&mut object, window) {
            self.objects.push(object);
        }
    }

    /// Counts an object that has to be restored before it can be read, unless it would be left out anyhow.
    pub fn add_archived(&mut self, mut object: LogObject, is_deep: bool, window: &Window) {
        if self.admits(&mut object, window) {
            self.archived.objects += 1;
            self.archived.bytes += object.size;
            self.archived.deep += u64::from(is_deep);
            self.archived.days.extend(object.date);
            self.skip(object.name, SkipReason::Archived);
        }
    }

    /// Whether the object is to be read. If not, it is counted; if so, it knows what its name tells.
    fn admits(&mut self, object: &mut LogObject, window: &Window) -> bool {
        let native = native::read(object.name.as_str());
        let left_out = match native.kind {
            Kind::Log => None,
            Kind::Digest => Some(SkipReason::Digest),
            Kind::Insight => Some(SkipReason::Insight),
            Kind::Aggregated => Some(SkipReason::Aggregated),
        };
        if let Some(reason) = left_out {
            self.skip(object.name.clone(), reason);
            return false;
        }
        let mut days = native.date.into_iter().chain(native.folder_date).peekable();
        if days.peek().is_some() && !days.any(|day| window.may_hold_file_of(day)) {
            self.pruned_files += 1;
            self.pruned_bytes += object.size;
            return false;
        }
        (object.account, object.region, object.date) = (native.account, native.region, native.date);
        true
    }

    /// Takes over what another listing has.
    pub fn merge(&mut self, other: Self) {
        let Self { objects, skips, pruned_files, pruned_bytes, pruned_folders, archived } = other;
        self.objects.extend(objects);
        self.skips += skips;
        self.pruned_files += pruned_files;
        self.pruned_bytes += pruned_bytes;
        self.pruned_folders += pruned_folders;
        self.archived.objects += archived.objects;
        self.archived.bytes += archived.bytes;
        self.archived.deep += archived.deep;
        self.archived.days.extend(archived.days);
    }

    /// Leaves out an object, or what cannot be listed, as a whole.
    pub fn skip(&mut self, object: ObjectName, reason: SkipReason) {
        self.skips.push(Skipped { object, record: None, reason });
    }
}
