//! How much is recorded.

use std::collections::BTreeSet;

/// How much of something is recorded. Ordered from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    None,
    /// A part, or nobody can tell.
    Some,
    /// Everything.
    Full,
}

impl Level {
    /// Of parts that matter alike: as much as of each, if that is the same.
    pub fn together(levels: impl IntoIterator<Item = Self>) -> Self {
        let levels: BTreeSet<Self> = levels.into_iter().collect();
        match (levels.first(), levels.last()) {
            (Some(low), Some(high)) if low == high => *low,
            (Some(_), _) => Self::Some,
            (None, _) => Self::None,
        }
    }
}
