//! What only others used: resources that a pattern must not reach because it was made wider than what was seen.

use tighten_iam::{Principal, ResourcePattern};
use tighten_usage::{Behind, Days, Usage};

/// Who used which resources, in all records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UsedByOthers {
    /// Sorted.
    principals: Vec<Principal>,
    /// Sorted by resource.
    uses: Vec<UsedBy>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct UsedBy {
    resource: ResourcePattern,
    /// The index of the principal.
    by: u32,
    /// On how many days.
    days: u32,
}

/// The same, seen from one principal, or from several that are to share a policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Others<'a> {
    /// Nothing where nothing is known of others.
    all: Option<&'a UsedByOthers>,
    /// The indexes of those who are not others, sorted.
    own: Vec<u32>,
}

/// How many uses are looked at for one pattern: those whose resources begin as it does.
const LOOKED_AT: usize = 16_384;
/// How many resources are counted for one pattern.
const COUNTED: usize = 100;
/// How many names behind a wildcard stand for all of them.
const DRAWN: usize = 16;

impl UsedByOthers {
    /// Of all principals' authorised calls.
    pub(crate) fn of(usage: &Usage) -> Self {
        let mut uses = Vec::new();
        for (index, principal) in usage.principals.values().enumerate() {
            let by = u32::try_from(index).unwrap_or(u32::MAX);
            let mut add = |resource: ResourcePattern, days: &Days| uses.extend(UsedBy::new(resource, by, days));
            for (_, need) in principal.needs.iter().filter(|(key, _)| !key.suspected) {
                for (resource, entry) in need.resources.entries() {
                    match entry.behind {
                        Behind::Exact => add(resource, entry.days),
                        Behind::Collapsed { crowd, .. } => crowd
                            .drawn()
                            .take(DRAWN)
                            .filter_map(|(text, days)| Some((text.parse().ok()?, days)))
                            .for_each(|(resource, days)| add(resource, days)),
                    }
                }
            }
        }
        Self::sorted(usage.principals.keys().cloned().collect(), uses)
    }

    /// Of these principals, sorted, alone.
    #[cfg(test)]
    pub(crate) fn from_uses(all: impl IntoIterator<Item = (Principal, Vec<crate::used::Observed>)>) -> Self {
        let (principals, observed): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let uses = (0..).zip(observed).flat_map(|(by, observed)| {
            observed.into_iter().filter_map(move |one| UsedBy::new(one.pattern, by, &one.days))
        });
        Self::sorted(principals, uses.collect())
    }

    fn sorted(principals: Vec<Principal>, mut uses: Vec<UsedBy>) -> Self {
        uses.sort_unstable();
        uses.dedup_by(|next, own| {
            let same = next.resource == own.resource && next.by == own.by;
            own.days = if same { own.days.max(next.days) } else { own.days };
            same
        });
        Self { principals, uses }
    }

    /// Seen from these principals.
    pub(crate) fn beside<'p>(&self, own: impl IntoIterator<Item = &'p Principal>) -> Others<'_> {
        let index = |principal: &Principal| self.principals.binary_search(principal).ok();
        let mut own: Vec<u32> =
            own.into_iter().filter_map(index).filter_map(|index| u32::try_from(index).ok()).collect();
        own.sort_unstable();
        Others { all: Some(self), own }
    }
}

impl UsedBy {
    fn new(resource: ResourcePattern, by: u32, days: &Days) -> Option<Self> {
        // What is everything is nothing in particular.
        let days = u32::try_from(days.len()).unwrap_or(u32::MAX);
        (!resource.is_any()).then_some(Self { resource, by, days })
    }
}

impl Others<'_> {
    /// Whether a pattern reaches a resource that only others used, on at least so many days; or may reach one, because there are
    /// too many to look at.
    pub(crate) fn reached_by(&self, pattern: &ResourcePattern, days: u32) -> bool {
        let (_, is_cut) = self.alike(pattern);
        self.reached(pattern, days).next().is_some() || is_cut
    }

    /// How many resources a pattern reaches that only others used, of those that are kept apart; a hundred at most.
    pub(crate) fn count(&self, pattern: &ResourcePattern) -> u64 {
        self.reached(pattern, 0).take(COUNTED).map(|_| 1).sum()
    }

    fn reached<'r>(&'r self, pattern: &'r ResourcePattern, days: u32) -> impl Iterator<Item = &'r ResourcePattern> {
        let (alike, _) = self.alike(pattern);
        alike.chunk_by(|a, b| a.resource == b.resource).filter_map(move |uses| {
            let first = uses.first()?;
            let is_own = uses.iter().any(|used| self.own.binary_search(&used.by).is_ok());
            let often = uses.iter().any(|used| used.days >= days);
            let reaches = || {
                let is_plain = !first.resource.has_wildcard();
                if is_plain { pattern.contains(&first.resource) } else { pattern.overlaps(&first.resource) }
            };
            (!is_own && often && reaches()).then_some(&first.resource)
        })
    }

    /// The uses of resources that begin as the pattern does, and whether there are more than these.
    fn alike(&self, pattern: &ResourcePattern) -> (&[UsedBy], bool) {
        let text = pattern.as_str();
        let literal = text.find(['*', '?', '$']).and_then(|end| text.get(..end)).unwrap_or(text);
        let uses = self.all.map(|all| all.uses.as_slice()).unwrap_or_default();
        let start = uses.partition_point(|used| used.resource.as_str() < literal);
        let after = uses.get(start..).unwrap_or_default();
        let end = after.partition_point(|used| used.resource.as_str().starts_with(literal));
        (after.get(..end.min(LOOKED_AT)).unwrap_or_default(), end > LOOKED_AT)
    }
}
