//! What is recorded of an account, told by its records.

use tighten_trail::selectors::Level;
use tighten_usage::{Access, Category, Coverage, EventKind};

use super::sight::{Kind, Miss};

/// Event sources whose management events a trail can leave out.
const EXCLUDABLE: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

/// What the records of an account show of its trail's selectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shown {
    reads: bool,
    writes: bool,
    /// By their place in [`EXCLUDABLE`].
    excludable: [bool; EXCLUDABLE.len()],
}

/// Coverage as evidence of selectors.
#[derive(Debug)]
pub(super) struct Inferred<'a> {
    pub(super) coverage: &'a Coverage,
    pub(super) shown: Shown,
}

impl Shown {
    /// What the records of an account show. Those of another account tell nothing of it: its trail may be another one.
    pub(super) fn of(coverage: &Coverage, account: &str) -> Self {
        let places = || coverage.accounts.get(account).into_iter().flat_map(|places| places.values());
        let has =
            |access| places().any(|place| place.kinds.contains(&EventKind { category: Category::Management, access }));
        Self {
            reads: has(Access::Read),
            writes: has(Access::Write),
            excludable: EXCLUDABLE.map(|source| places().any(|place| place.sources.contains(source))),
        }
    }
}

impl Inferred<'_> {
    /// How many events of that kind are recorded.
    pub(super) fn level(&self, kind: &Kind, access: Access, source: &str) -> (Level, Miss) {
        match kind {
            Kind::Management if !self.has(access) => (Level::None, Miss::Access),
            Kind::Management if self.is_excluded(source) => (Level::None, Miss::Source),
            Kind::Management => (Level::Full, Miss::Nothing),
            // Events of a type show that some of its resources are recorded, and not which.
            Kind::Data { resource_type, also, .. } => {
                let seen = |kind: &String| self.coverage.data_resource_types.contains(kind.as_str());
                let seen = seen(resource_type) || also.iter().any(seen);
                if seen { (Level::Some, Miss::Resource) } else { (Level::None, Miss::Kind) }
            }
        }
    }

    fn has(&self, access: Access) -> bool {
        match access {
            Access::Read => self.shown.reads,
            Access::Write => self.shown.writes,
            Access::Unstated => false,
        }
    }

    /// Whether the source may be left out by the trail, since none of its events are there.
    fn is_excluded(&self, source: &str) -> bool {
        EXCLUDABLE.iter().zip(self.shown.excludable).any(|(excludable, seen)| *excludable == source && !seen)
    }
}
