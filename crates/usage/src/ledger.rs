//! What adds up and is stored.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tighten_iam::Principal;
use tighten_trail::{NameIndex, NoPrincipal, Skips, Window};

use crate::days::{DayWindow, date_of};
use crate::evidence::Evidence;
use crate::filter::{FoldOptions, PrincipalFilter};
use crate::principal::{PrincipalUsage, inside, merge_maps};
use crate::profiles::ProfileIndex;
use crate::recorded::Recorded;
use crate::resources::ResourceLimits;
use crate::totals::Totals;
use crate::usage::{Counts, Usage};

/// The unfinished sum of records, with time: who did what, what that needed, when, and what the input could have shown.
///
/// Ledgers add up: the sum is the same for any order, split or merge of the records, as long as the copies of one event
/// were counted once (which a [`Fold`](crate::Fold) sees to within one run). Nothing is lost in it: what only all records
/// together tell, such as the full name of a role that some records name in part, is decided when a
/// [`usage`](Self::usage) is taken. Memory grows with principals, permissions and days, not with the number of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    pub(crate) header: LedgerHeader,
    pub(crate) sum: Sum,
}

/// What a ledger was made with. Ledgers whose limits or filters differ do not add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerHeader {
    /// The catalogs by which its calls were mapped, by the versions of their facts.
    pub catalogs: BTreeSet<String>,
    /// How many resources are kept apart.
    pub limits: ResourceLimits,
    /// Only records of these accounts' trails; all when empty.
    pub accounts: BTreeSet<String>,
    /// Only records of these regions; all when empty.
    pub regions: BTreeSet<String>,
    /// Only these principals.
    pub principals: PrincipalFilter,
    /// The time of the records that were asked for: of all parts together from the first beginning to the last end.
    pub since: Option<Timestamp>,
    /// See [`since`](Self::since).
    pub until: Option<Timestamp>,
}

/// Why two ledgers do not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerMismatch {
    /// One of them keeps more resources apart.
    #[error("the ledgers keep different numbers of resources apart: {own:?} and {other:?}")]
    Limits {
        /// Those of the one that was to be added to.
        own: Box<ResourceLimits>,
        /// Those of the other.
        other: Box<ResourceLimits>,
    },
    /// They were made of different accounts, regions or principals.
    #[error("the ledgers were made of different {0}")]
    Filter(&'static str),
}

/// All that adds up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sum {
    pub(crate) principals: BTreeMap<Principal, PrincipalUsage>,
    /// What roles and users did in records that name them by name alone.
    pub(crate) by_name: BTreeMap<NameOnly, PrincipalUsage>,
    pub(crate) unattributed: BTreeMap<NoPrincipal, Evidence>,
    pub(crate) recorded: Recorded,
    /// Counts of files, and of what was left out of them.
    pub(crate) files: Counts,
    /// Counts of records.
    pub(crate) totals: Totals,
    pub(crate) skips: Skips,
    /// The roles and users that are named in full.
    pub(crate) names: NameIndex,
    /// The roles inside instance profiles.
    pub(crate) profiles: ProfileIndex,
}

/// A role or user that a record names by its name alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct NameOnly {
    /// The name in an ARN without a path.
    pub(crate) principal: Principal,
    /// A role's unique id.
    pub(crate) role_id: Option<String>,
}

impl Ledger {
    /// What the ledger was made with.
    pub fn header(&self) -> &LedgerHeader {
        &self.header
    }

    /// The first and the last day that have a record.
    pub fn span(&self) -> Option<(Date, Date)> {
        self.sum.recorded.span().map(|(first, last)| (date_of(first), date_of(last)))
    }

    /// Adds everything that `other` holds.
    ///
    /// An event of which each has a copy is counted twice; that changes no permission, resource or day. An error leaves
    /// the ledger as it was.
    pub fn merge(&mut self, other: Self) -> Result<(), LedgerMismatch> {
        self.header.merge(other.header)?;
        self.sum.merge(other.sum);
        Ok(())
    }

    /// What everybody did on the days of a window, with everything joined that only all records together tell: roles and
    /// users known by name alone with those known in full (by any record, inside or outside), what failed calls needed
    /// with the rest, and instance profiles with the roles that they hold.
    ///
    /// Equal to the usage of a ledger of the window's records alone, but that patterns which stand for too many values to
    /// be kept apart stay, and that of the first events only those of the whole are kept.
    pub fn usage(&self, window: &DayWindow) -> Usage {
        let Self { header, sum } = self;
        let usage = Usage {
            principals: inside(&sum.principals, |own| own.within(window)),
            unattributed: inside(&sum.unattributed, |own| own.within(window)),
            coverage: sum.recorded.within(window),
            counts: sum.counts(window),
            skips: sum.skips.clone(),
        };
        let by_name = inside(&sum.by_name, |own| own.within(window));
        joined(usage, by_name, &sum.names, &sum.profiles, &header.principals)
    }

    /// The usage of all days.
    pub fn into_usage(self) -> Usage {
        let Self { header, sum } = self;
        let (coverage, counts) = (sum.recorded.within(&DayWindow::ALL), sum.counts(&DayWindow::ALL));
        let Sum { principals, by_name, unattributed, skips, names, profiles, .. } = sum;
        let usage = Usage { principals, unattributed, coverage, counts, skips };
        joined(usage, by_name, &names, &profiles, &header.principals)
    }
}

/// Gives what roles and users did in records that name them by name alone to those of their kind that other records name
/// in full. A name that fits none, or more than one, stays a principal of its own.
fn joined(
    mut usage: Usage,
    by_name: BTreeMap<NameOnly, PrincipalUsage>,
    names: &NameIndex,
    profiles: &ProfileIndex,
    wanted: &PrincipalFilter,
) -> Usage {
    for (name, mut used) in by_name {
        let full = names.resolve(&name.principal, name.role_id.as_deref());
        used.name_only = full.is_none();
        let principal = full.cloned().unwrap_or(name.principal);
        if wanted.admits(&principal) {
            merge_maps(&mut usage.principals, BTreeMap::from([(principal, used)]));
        } else {
            usage.counts.other_principals += used.seen.count;
        }
    }
    for used in usage.principals.values_mut() {
        used.settle_failed();
        profiles.join(used, names);
    }
    usage
}

impl LedgerHeader {
    /// That of what a fold with these options makes.
    pub(crate) fn of(options: &FoldOptions, catalog: String) -> Self {
        let Window { since, until } = options.window;
        Self {
            catalogs: BTreeSet::from([catalog]),
            limits: options.resources,
            accounts: options.accounts.clone(),
            regions: options.regions.clone(),
            principals: options.principals.clone(),
            since,
            until,
        }
    }

    fn merge(&mut self, other: Self) -> Result<(), LedgerMismatch> {
        if self.limits != other.limits {
            return Err(LedgerMismatch::Limits { own: Box::new(self.limits), other: Box::new(other.limits) });
        }
        let filters = [
            ("accounts", self.accounts == other.accounts),
            ("regions", self.regions == other.regions),
            ("principals", self.principals == other.principals),
        ];
        if let Some((what, _)) = filters.iter().find(|(_, equal)| !equal) {
            return Err(LedgerMismatch::Filter(what));
        }
        self.catalogs.extend(other.catalogs);
        self.since = self.since.zip(other.since).map(|(own, other)| own.min(other));
        self.until = self.until.zip(other.until).map(|(own, other)| own.max(other));
        Ok(())
    }
}

impl Sum {
    fn counts(&self, window: &DayWindow) -> Counts {
        let mut counts = self.totals.within(window);
        counts += self.files;
        counts
    }

    pub(crate) fn merge(&mut self, other: Self) {
        merge_maps(&mut self.principals, other.principals);
        merge_maps(&mut self.by_name, other.by_name);
        merge_maps(&mut self.unattributed, other.unattributed);
        self.recorded.merge(other.recorded);
        self.files += other.files;
        self.totals.merge(other.totals);
        self.skips += other.skips;
        self.names += other.names;
        self.profiles += other.profiles;
    }
}
