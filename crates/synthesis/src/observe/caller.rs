//! What of a principal matters for whether its calls were recorded.

use std::collections::BTreeSet;

use tighten_iam::Principal;
use tighten_trail::selectors::{Level, Selectors};

use super::Observation;
use super::inferred::Shown;
use super::region::Regions;
use super::resources::Caller;

/// A class of principals: [`Observation::of`] answers the same for all of one class, whatever the action and the resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallerClass(Class);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// Nothing was recorded in the account.
    NotRecorded { account: Box<str> },
    Recorded {
        shown: Shown,
        /// The regions that have records.
        regions: BTreeSet<Box<str>>,
        partition: Box<str>,
        /// Where some trails cover certain accounts only.
        account: Option<Box<str>>,
        /// How many of the calls pass each condition on callers.
        identities: Vec<Level>,
    },
}

impl Observation<'_> {
    /// The class of a principal.
    pub(crate) fn class_of(&self, principal: &Principal) -> CallerClass {
        let account = principal.account();
        let (Some(places), Some(shown)) = (self.coverage.accounts.get(account), self.shown.get(account)) else {
            return CallerClass(Class::NotRecorded { account: account.into() });
        };
        let rows = self.selectors.map(Selectors::rows).unwrap_or_default();
        let mut trails =
            self.selectors.into_iter().flat_map(|selectors| rows.iter().filter_map(|row| selectors.trail_of(row)));
        let caller = Caller::new(principal, false, Regions::Any);
        let identities = rows.iter().flat_map(|row| &row.identities);
        CallerClass(Class::Recorded {
            shown: *shown,
            regions: places.keys().cloned().collect(),
            partition: principal.partition().into(),
            account: trails.any(|trail| trail.account.is_some()).then(|| account.into()),
            identities: identities.map(|identity| identity.of_arns(caller.sessions())).collect(),
        })
    }
}
