//! Which log objects there are to read.

use crate::skipped::{SkipReason, Skipped, Skips};

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
}

impl Listing {
    /// Adds an object that a source has, with what its name tells.
    ///
    /// Digest, Insight and aggregated files are left out by their folder or name. What was delivered outside the window
    /// is pruned by the day in native names, as [`Window::may_hold_file_of`] says; where folder and name have different
    /// days, either one keeps the object. Nothing is pruned by account or region: the name has the account that the log
    /// was delivered *to* and the region it was delivered *from*, and a record's own need not be the same.
    pub fn add(&mut self, mut object: LogObject, window: &Window) {
        let native = native::read(object.name.as_str());
        let left_out = match native.kind {
            Kind::Log => None,
            Kind::Digest => Some(SkipReason::Digest),
            Kind::Insight => Some(SkipReason::Insight),
            Kind::Aggregated => Some(SkipReason::Aggregated),
        };
        if let Some(reason) = left_out {
            return self.skip(object.name, reason);
        }
        let mut days = native.date.into_iter().chain(native.folder_date).peekable();
        if days.peek().is_some() && !days.any(|day| window.may_hold_file_of(day)) {
            self.pruned_files += 1;
            self.pruned_bytes += object.size;
            return;
        }
        (object.account, object.region, object.date) = (native.account, native.region, native.date);
        self.objects.push(object);
    }

    /// Leaves out an object, or what cannot be listed, as a whole.
    pub fn skip(&mut self, object: ObjectName, reason: SkipReason) {
        self.skips.push(Skipped { object, record: None, reason });
    }
}
