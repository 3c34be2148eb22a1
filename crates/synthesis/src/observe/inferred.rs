//! What is recorded, told by the records themselves.

use tighten_usage::{Access, Category, Coverage, EventKind};

use super::gap::Level;
use super::sight::{Kind, Miss};

/// Event sources whose management events a trail can leave out.
const EXCLUDABLE: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

/// Coverage as evidence of selectors.
#[derive(Debug)]
pub(super) struct Inferred<'a>(pub(super) &'a Coverage);

impl Inferred<'_> {
    /// How many events of that kind are recorded.
    pub(super) fn level(&self, kind: &Kind, access: Access, source: &str) -> (Level, Miss) {
        match kind {
            Kind::Management if !self.has(Category::Management, access) => (Level::None, Miss::Access),
            Kind::Management if EXCLUDABLE.contains(&source) && !self.0.sources.contains_key(source) => {
                (Level::None, Miss::Source)
            }
            Kind::Management => (Level::Full, Miss::Nothing),
            // Events of a type show that some of its resources are recorded, and not which.
            Kind::Data { resource_type, also, .. } => {
                let seen = |kind: &String| self.0.data_resource_types.contains(kind.as_str());
                let seen = seen(resource_type) || also.iter().any(seen);
                if seen { (Level::Some, Miss::Resource) } else { (Level::None, Miss::Kind) }
            }
        }
    }

    fn has(&self, category: Category, access: Access) -> bool {
        self.0.kinds.get(&EventKind { category, access }).is_some_and(|count| *count > 0)
    }
}
