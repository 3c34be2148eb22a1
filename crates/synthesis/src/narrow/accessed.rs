//! IAM's own records of what principals last used: a second witness beside the trail.
//!
//! It speaks of uses that the trail could not show: of data that no trail records, before the first record, or of whole services.
//! What it saw in use stays. It takes nothing away, and knows of no resources.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use tighten_iam::ActionName;

/// What a principal last used, by IAM's records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LastAccessed {
    services: BTreeMap<String, ServiceAccess>,
}

/// When a service was last used, and of its actions those that are recorded one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccess {
    /// The day on which it was last used.
    pub on: Date,
    /// The actions that are recorded one by one, with the day of the last use; none where there was no use. Of the others nothing is
    /// known but that the service was used.
    pub actions: BTreeMap<ActionName, Option<Date>>,
}

impl LastAccessed {
    /// From services by their prefixes; those that were not used are left out.
    pub fn new(services: impl IntoIterator<Item = (String, ServiceAccess)>) -> Self {
        Self { services: services.into_iter().map(|(prefix, access)| (prefix.to_ascii_lowercase(), access)).collect() }
    }
}

/// What the records of all holders of a policy come down to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Accessed {
    services: BTreeMap<String, Service>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Service {
    actions: BTreeMap<ActionName, Option<Date>>,
    /// The last use that may have been of any other action.
    others: Option<Date>,
}

impl Accessed {
    /// Adds the records of a holder. A use of a service of which the trail shows calls is most likely one of these, so it says
    /// nothing of other actions.
    pub(super) fn add(&mut self, accessed: &LastAccessed, seen: &BTreeSet<&str>) {
        for (prefix, access) in &accessed.services {
            let own = self.services.entry(prefix.clone()).or_default();
            for (action, on) in &access.actions {
                let known = own.actions.entry(action.clone()).or_default();
                *known = (*known).max(*on);
            }
            if !seen.contains(prefix.as_str()) {
                own.others = own.others.max(Some(access.on));
            }
        }
    }

    /// The day of the last use of the action, or of what may have been one.
    pub(super) fn on(&self, action: &ActionName) -> Option<Date> {
        let service = self.services.get(action.service())?;
        service.actions.get(action).copied().unwrap_or(service.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn access(on: &str, actions: &[(&str, Option<&str>)]) -> LastAccessed {
        let of = |(name, on): &(&str, Option<&str>)| (name.parse().unwrap(), on.map(day));
        let access = ServiceAccess { on: day(on), actions: actions.iter().map(of).collect() };
        LastAccessed::new([("s3".to_owned(), access)])
    }

    #[test]
    fn a_service_that_the_trail_shows_says_nothing_of_actions_that_are_not_recorded_one_by_one() {
        let records = access("2026-05-03", &[("s3:CreateBucket", Some("2026-04-01")), ("s3:DeleteBucket", None)]);
        let on = |seen: &[&str], action: &str| {
            let mut accessed = Accessed::default();
            accessed.add(&records, &seen.iter().copied().collect());
            accessed.on(&action.parse().unwrap())
        };
        for seen in [&[][..], &["s3"]] {
            assert_eq!(on(seen, "s3:createbucket"), Some(day("2026-04-01")));
            assert_eq!(on(seen, "s3:DeleteBucket"), None, "IAM would have seen it");
            assert_eq!(on(seen, "sqs:SendMessage"), None);
        }
        assert_eq!(on(&["sqs"], "s3:GetObject"), Some(day("2026-05-03")));
        assert_eq!(on(&["s3"], "s3:GetObject"), None);
    }

    #[test]
    fn what_any_holder_used_counts_and_the_last_use_of_all_is_told() {
        let mut accessed = Accessed::default();
        accessed.add(&access("2026-05-03", &[("s3:CreateBucket", Some("2026-04-01"))]), &["s3"].into());
        accessed.add(&access("2026-02-01", &[("s3:CreateBucket", Some("2026-01-01"))]), &[].into());
        assert_eq!(accessed.on(&"s3:CreateBucket".parse().unwrap()), Some(day("2026-04-01")));
        assert_eq!(accessed.on(&"s3:GetObject".parse().unwrap()), Some(day("2026-02-01")));
    }
}
