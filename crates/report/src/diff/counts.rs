//! How many actions changed, by service and access level.

use tighten_synthesis::Change;

use super::model::DiffReport;
use crate::words::counted;

/// A service and how many of its actions changed, by access level; those that the catalog does not know last.
pub(super) struct Counts<'a> {
    pub(super) service: &'a str,
    pub(super) levels: [usize; 6],
}

/// The headings of [`Counts::levels`].
pub(super) const LEVELS: [&str; 6] = ["list", "read", "write", "tagging", "permissions", "unknown"];

impl DiffReport<'_> {
    /// How many actions of how many services.
    pub(super) fn size(&self, change: Change) -> String {
        let actions: usize = self.of(change).map(|row| row.actions).sum();
        let services = self.counts(change).len();
        format!("{} of {}", counted(actions, "action"), counted(services, "service"))
    }

    /// The actions of a change by service and level, in the order of the rows.
    pub(super) fn counts(&self, change: Change) -> Vec<Counts<'_>> {
        let mut counts: Vec<Counts<'_>> = Vec::new();
        for row in self.of(change) {
            if counts.last().is_none_or(|last| last.service != row.service) {
                counts.push(Counts { service: row.service, levels: [0; 6] });
            }
            let level = match row.access_level {
                Some("list") => 0,
                Some("read") => 1,
                Some("write") => 2,
                Some("tagging") => 3,
                Some(_) => 4,
                None => 5,
            };
            if let Some(number) = counts.last_mut().and_then(|last| last.levels.get_mut(level)) {
                *number += row.actions;
            }
        }
        counts
    }
}
