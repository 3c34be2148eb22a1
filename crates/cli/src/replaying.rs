//! The records, read once more and judged by policies: how many calls a resource stands for, only they tell.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;
use rayon::prelude::*;
use tighten_iam::Principal;
use tighten_mapping::Mapper;
use tighten_synthesis::is_service;
use tighten_synthesis::replay::{Distinct, Judge, Names, Replayer, Tally};
use tighten_trail::{Identity, Listing, LogObject, NameIndex, Outcome, Via, Window};
use tighten_usage::{FoldOptions, PrincipalFilter, RecordNeeds, Usage, for_each_record};

/// Policies that the calls of one principal are judged by.
pub(crate) struct Court<'a> {
    pub(crate) judge: Judge<'a>,
    pub(crate) names: &'a Names,
    /// Only calls from this moment on.
    pub(crate) since: Option<Timestamp>,
}

/// By principal, the policies that its calls are judged by, one tally for each.
pub(crate) type Courts<'a> = BTreeMap<&'a Principal, Vec<Court<'a>>>;

/// The records to be read.
#[derive(Clone, Copy)]
pub(crate) struct Records<'a> {
    pub(crate) listing: &'a Listing,
    pub(crate) fold: &'a FoldOptions,
    pub(crate) mapper: &'a Mapper,
    pub(crate) roles: &'a NameIndex,
    /// The principals of whose calls only those that succeeded show anything.
    pub(crate) mostly_refused: &'a BTreeSet<Principal>,
    /// Services whose calls on a principal's behalf are left out, by prefix.
    pub(crate) without: &'a [String],
}

/// The roles and users that records name in full, to complete those that are named by name alone.
pub(crate) fn roles_in_full(usage: &Usage) -> NameIndex {
    let mut roles = NameIndex::default();
    for (principal, used) in &usage.principals {
        if !used.name_only {
            roles.learn(principal, None);
        }
    }
    roles
}

/// The principals of which nearly everything was refused.
pub(crate) fn mostly_refused(usage: &Usage) -> BTreeSet<Principal> {
    let refused = usage.principals.iter().filter(|(_, used)| used.is_mostly_refused());
    refused.map(|(principal, _)| principal.clone()).collect()
}

impl Records<'_> {
    /// Judges the calls. Records before the first moment that any court asks for are not read.
    pub(crate) fn replay<'j>(self, courts: &'j Courts<'j>) -> Result<BTreeMap<&'j Principal, Vec<Tally>>> {
        let names = courts.keys().map(|principal| principal.name());
        // By name, so that records which know no more of their role are among them.
        let mut fold = FoldOptions { principals: PrincipalFilter::new(names), ..self.fold.clone() };
        let earliest = courts.values().flatten().map(|court| court.since).min().flatten();
        let since = fold.window.since.max(earliest);
        fold.window = Window { since, ..fold.window };
        let distinct = Distinct::default();
        let threads = self.fold.threads.map_or(0, usize::from);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let new = || -> BTreeMap<&'j Principal, Vec<Replayer<'j>>> {
            let of =
                |courts: &'j [Court<'j>]| courts.iter().map(|court| Replayer::new(&court.judge, court.names)).collect();
            courts.iter().map(|(principal, courts)| (*principal, of(courts))).collect()
        };
        // Records need not tell the path of a name, and paths change.
        let by_name: BTreeMap<_, &'j Principal> =
            courts.keys().map(|who| ((who.account(), who.kind(), who.name().to_owned()), *who)).collect();
        let tally = |mut replayers: BTreeMap<&'j Principal, Vec<Replayer<'j>>>, object: &LogObject| {
            let one = Listing { objects: vec![object.clone()], ..Listing::default() };
            for_each_record(&one, &fold, self.mapper, &mut |RecordNeeds { event, judged, .. }| {
                let Identity::Principal { principal, certain, .. } = &judged.identity else { return };
                let full = if *certain { None } else { self.roles.resolve(principal, event.user_identity.role_id()) };
                let who = full.unwrap_or(principal);
                // What they failed at is no evidence that they were let in.
                if judged.outcome == Outcome::Authorised && event.failed() && self.mostly_refused.contains(who) {
                    return;
                }
                let key = || (who.account(), who.kind(), who.name().to_owned());
                let Some(who) = courts.get_key_value(who).map(|(who, _)| *who).or_else(|| by_name.get(&key()).copied())
                else {
                    return;
                };
                let (Some(replayers), Some(courts)) = (replayers.get_mut(who), courts.get(who)) else { return };
                let via = judged.via().map(Via::as_str);
                if via.is_some_and(|via| self.without.iter().any(|service| is_service(via, service))) {
                    return;
                }
                if !distinct.is_first(event, &judged) {
                    return;
                }
                for (replayer, court) in replayers.iter_mut().zip(courts) {
                    if court.since.is_none_or(|since| event.event_time.is_some_and(|time| time >= since)) {
                        replayer.see(event, &judged);
                    }
                }
            });
            replayers
        };
        let sums = pool.install(|| {
            let replayers = self.listing.objects.par_iter().fold(new, tally);
            replayers.map(finished).reduce(BTreeMap::new, |mut sum, other| {
                for (principal, tallies) in other {
                    let own = sum.entry(principal).or_insert_with(|| vec![Tally::default(); tallies.len()]);
                    for (own, tally) in own.iter_mut().zip(tallies) {
                        *own += tally;
                    }
                }
                sum
            })
        });
        Ok(sums)
    }
}

fn finished<'j>(replayers: BTreeMap<&'j Principal, Vec<Replayer<'j>>>) -> BTreeMap<&'j Principal, Vec<Tally>> {
    let finished = |replayers: Vec<Replayer<'j>>| replayers.into_iter().map(Replayer::finish).collect();
    replayers.into_iter().map(|(principal, replayers)| (principal, finished(replayers))).collect()
}
