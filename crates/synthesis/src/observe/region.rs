//! Where calls are recorded.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{Arn, Partition, ResourcePattern};
use tighten_trail::selectors::Level;
use tighten_usage::Place;

use super::gap::GapKind;

/// Services whose calls are recorded in one region, wherever they came from. Others that may be are not among them: to
/// take a service for regional errs towards keeping.
const GLOBAL: [&str; 4] = ["cloudfront", "iam", "organizations", "route53"];

/// Whether calls to the service of that prefix are recorded in one region.
pub(super) fn is_global(prefix: &str) -> bool {
    GLOBAL.contains(&prefix)
}

/// The region in which calls to global services are recorded.
pub(super) fn global_region(partition: &str) -> Option<&'static str> {
    Partition::all().find(|own| own.as_str() == partition)?.global_region()
}

/// The region segment of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regions<'p> {
    /// Any region, or none.
    Any,
    /// This one.
    One(&'p str),
    /// Those that this matches.
    Like(&'p str),
}

impl<'p> Regions<'p> {
    /// Where uses of an action on the resources are recorded; `home` for actions of global services.
    pub(super) fn of(pattern: &'p ResourcePattern, home: Option<&'p str>) -> Self {
        if let Some(home) = home {
            return Self::One(home);
        }
        match pattern.segments() {
            None | Some([_, _, _, "" | "*", _, _]) => Self::Any,
            Some([_, _, _, region, _, _]) if region.contains('$') => Self::Any,
            Some([_, _, _, region, _, _]) if region.contains(['*', '?']) => Self::Like(region),
            Some([_, _, _, region, _, _]) => Self::One(region),
        }
    }

    /// How many of the uses are recorded if this is done in one region only.
    pub(super) fn in_region(self, region: &str) -> Level {
        match self {
            Self::Any => Level::Some,
            Self::One(one) if one == region => Level::Full,
            Self::Like(pattern) if matches(pattern, region) => Level::Some,
            Self::One(_) | Self::Like(_) => Level::None,
        }
    }

    /// How many of the uses are in records of these places, of which those of `filter` were read.
    pub(super) fn seen(
        self,
        places: &BTreeMap<Box<str>, Place>,
        filter: &BTreeSet<String>,
    ) -> (Level, Option<GapKind>) {
        let read = |region: &str| places.contains_key(region) && (filter.is_empty() || filter.contains(region));
        let only = || Some(GapKind::RegionFilter { regions: filter.iter().cloned().collect() });
        match self {
            Self::One(region) if read(region) => (Level::Full, None),
            Self::One(region) => (Level::None, Some(GapKind::Region { region: region.to_owned() })),
            _ if filter.is_empty() => (Level::Full, None),
            Self::Any => (if filter.iter().any(|region| read(region)) { Level::Some } else { Level::None }, only()),
            Self::Like(pattern) => {
                let some = filter.iter().any(|region| read(region) && matches(pattern, region));
                (if some { Level::Some } else { Level::None }, only())
            }
        }
    }
}

fn matches(pattern: &str, region: &str) -> bool {
    let pattern = ResourcePattern::new("p", "s", pattern, "", "r");
    let region = format!("arn:p:s:{region}::r").parse::<Arn>();
    matches!((pattern, region), (Ok(pattern), Ok(region)) if pattern.matches(&region))
}
