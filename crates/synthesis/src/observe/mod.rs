//! Whether the use of an action would have been in the input.
//!
//! What the trail could not have recorded is never called unused. An [`Observation`] knows what the records show
//! ([`Coverage`]), what the trails were told to record ([`Selectors`], if given), and what CloudTrail can record at all
//! (the catalog); `docs/coverage.md` says how they decide.

mod access;
mod caller;
mod gap;
mod inferred;
mod region;
mod remedy;
mod resources;
mod sight;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jiff::civil::Date;
use tighten_catalog::{Catalog, Service};
use tighten_iam::{ActionName, Principal, ResourcePattern};
use tighten_trail::selectors::{Level, Selectors};
use tighten_usage::{Access, Coverage, Hole, Place};

pub use gap::{Gap, GapKind, Observability, Wanted};
pub use remedy::Remedy;

pub(crate) use caller::CallerClass;
use inferred::{Inferred, Shown};
use region::{Regions, global_region};
use resources::{Caller, arn_prefix, concerns, targets};
use sight::{Calls, Group, Kind, Miss, Sight};

/// What this input could have shown.
#[derive(Debug)]
pub struct Observation<'a> {
    catalog: &'static Catalog,
    coverage: &'a Coverage,
    selectors: Option<&'a Selectors>,
    regions: &'a BTreeSet<String>,
    /// For accounts of which the records show the same.
    sights: BTreeMap<Shown, Sights>,
    /// What the records of each account show.
    shown: BTreeMap<&'a str, Shown>,
    /// How many questions were asked.
    #[cfg(test)]
    pub(crate) asked: std::sync::atomic::AtomicUsize,
}

/// By prefix, filled when the first action of the service is asked for.
type Sights = BTreeMap<&'static str, OnceLock<OfService>>;

#[derive(Debug)]
struct OfService {
    service: Option<&'static Service>,
    /// In the order of the service's actions.
    sights: Box<[Sight]>,
}

/// The days on which an account has records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DaysSeen {
    /// How many days have records.
    pub days: usize,
    /// The first of them.
    pub first: Option<Date>,
    /// The last of them.
    pub last: Option<Date>,
    /// The days without records in between.
    pub holes: Vec<Hole>,
}

impl<'a> Observation<'a> {
    /// What the input with this coverage could have shown; `regions` are those of `--region`, none: all.
    pub fn new(
        catalog: &'static Catalog,
        coverage: &'a Coverage,
        selectors: Option<&'a Selectors>,
        regions: &'a BTreeSet<String>,
    ) -> Self {
        let accounts = coverage.accounts.keys().map(|account| (&**account, Shown::of(coverage, account)));
        let shown: BTreeMap<&str, Shown> = accounts.collect();
        let unfilled = || catalog.prefixes().map(|prefix| (prefix, OnceLock::new())).collect();
        let sights = shown.values().map(|shown| (*shown, unfilled())).collect();
        Self {
            catalog,
            coverage,
            selectors,
            regions,
            sights,
            shown,
            #[cfg(test)]
            asked: std::sync::atomic::AtomicUsize::default(),
        }
    }

    /// Whether the use of the action by the principal, on any resource of the pattern, would have been in this input.
    pub fn of(&self, principal: &Principal, action: &ActionName, pattern: &ResourcePattern) -> Observability {
        #[cfg(test)]
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let account = principal.account();
        let (Some(places), Some(shown)) = (self.coverage.accounts.get(account), self.shown.get(account)) else {
            return Observability::not(GapKind::Account { account: account.to_owned() }, true);
        };
        let calls = match self.sight(*shown, action) {
            None | Some(Sight::Unknown) => return Observability::not(GapKind::UnknownRecording, false),
            Some(Sight::NoKnownCall) => return Observability::not(GapKind::NoKnownCall, false),
            Some(Sight::NotChecked) => return Observability::Full,
            Some(Sight::Never(why)) => {
                return Observability::not(GapKind::NeverRecorded { why: why.clone() }, false);
            }
            Some(Sight::Calls(calls)) => calls,
        };
        self.of_calls(calls, principal, places, pattern)
    }

    /// The only region in which the account has records, if there is one.
    pub fn single_region(&self, account: &str) -> Option<&str> {
        let mut regions = self.coverage.accounts.get(account)?.keys();
        match (regions.next(), regions.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// The days on which the account has records.
    pub fn days(&self, account: &str) -> DaysSeen {
        let days = self.coverage.days(account);
        DaysSeen { days: days.len(), first: days.first(), last: days.last(), holes: days.holes() }
    }

    fn sight(&self, shown: Shown, action: &ActionName) -> Option<&Sight> {
        let (prefix, cell) = self.sights.get(&shown)?.get_key_value(action.service())?;
        let of_service = cell.get_or_init(|| {
            let service = self.catalog.service(prefix);
            let inferred = Inferred { coverage: self.coverage, shown };
            let sights = service.map(|service| sight::of_service(self.catalog, service, self.selectors, &inferred));
            OfService { service, sights: sights.unwrap_or_default() }
        });
        let actions = &of_service.service?.actions;
        let lower = |name: &str, other: &str| {
            name.bytes().map(|b| b.to_ascii_lowercase()).cmp(other.bytes().map(|b| b.to_ascii_lowercase()))
        };
        let at = actions.binary_search_by(|one| lower(one.name, action.name())).ok()?;
        of_service.sights.get(at)
    }

    fn of_calls(
        &self,
        calls: &Calls,
        principal: &Principal,
        places: &BTreeMap<Box<str>, Place>,
        pattern: &ResourcePattern,
    ) -> Observability {
        let home = calls.global.then(|| global_region(principal.partition())).flatten();
        let regions = Regions::of(pattern, home);
        let (mut most, missing) = regions.seen(places, self.regions);
        // A service that is recorded in one region of which nobody knows which.
        if calls.global && home.is_none() && most == Level::Full && !self.regions.is_empty() {
            most = Level::Some;
        }
        if most == Level::None {
            return Observability::Not(missing.into_iter().map(|what| Gap { what, inferred: true }).collect());
        }
        let mut gaps: BTreeSet<Gap> = missing.into_iter().map(|what| Gap { what, inferred: true }).collect();
        let mut levels = BTreeSet::new();
        let caller = Caller::new(principal, calls.global, regions);
        let concerned = |group: &&Group| concerns(&group.kind, pattern);
        let any = calls.groups.iter().any(|group| concerned(&group));
        for group in calls.groups.iter().filter(|group| !any || concerned(group)) {
            let (level, miss) = self.level(group, calls, &caller, pattern);
            levels.insert(level.min(most));
            if level < Level::Full {
                gaps.insert(self.gap(group, level, miss, pattern));
            }
        }
        Observability::of_ways(&levels, gap::join_accesses(gaps))
    }

    /// How many events of a group are recorded, and what stands in the way of the others.
    fn level(&self, group: &Group, calls: &Calls, caller: &Caller<'_>, pattern: &ResourcePattern) -> (Level, Miss) {
        let Some(selectors) = self.selectors else {
            return (group.inferred.unwrap_or(Level::None), group.miss);
        };
        let mut best = (Level::None, if group.hits.is_empty() { group.miss } else { Miss::Kind });
        for (at, level) in &group.hits {
            let Some(selector) = selectors.rows().get(*at) else { continue };
            let mut found = (*level, if *level == Level::Full { Miss::Nothing } else { group.miss });
            let mut limit = |level: Level, miss: Miss| {
                if level < found.0 {
                    found = (level, miss);
                }
            };
            if let Some(trail) = selectors.trail_of(selector) {
                limit(caller.within(trail), Miss::Region);
            }
            for identity in &selector.identities {
                limit(identity.of_arns(caller.sessions()), Miss::Identity);
            }
            if !selector.arns.is_empty() {
                let targets = targets(&group.kind, calls, caller, pattern);
                for arns in &selector.arns {
                    limit(Level::together(targets.iter().map(|target| arns.of_arns(target))), Miss::Resource);
                }
            }
            best = best.max(found);
            if best.0 == Level::Full {
                break;
            }
        }
        best
    }

    fn gap(&self, group: &Group, level: Level, miss: Miss, pattern: &ResourcePattern) -> Gap {
        let resource_type = match &group.kind {
            Kind::Management => None,
            Kind::Data { resource_type, .. } => Some(resource_type.clone()),
        };
        let is_data = resource_type.is_some();
        let arn_prefix = if is_data { arn_prefix(&group.kind, pattern) } else { None };
        let wanted = Wanted { resource_type, access: group.access, arn_prefix };
        let what = match miss {
            Miss::Kind | Miss::Access | Miss::Resource | Miss::Nothing if is_data => match level {
                Level::None => GapKind::DataEvents(wanted),
                _ => GapKind::DataEventsPartly(wanted),
            },
            Miss::Source if !is_data => {
                GapKind::ExcludedSource { sources: group.sources.iter().cloned().collect(), wanted }
            }
            Miss::Source => GapKind::EventFilter { field: "eventSource", wanted },
            Miss::Event(field) => GapKind::EventFilter { field, wanted },
            Miss::Identity => GapKind::IdentityFilter(wanted),
            Miss::Region => GapKind::EventFilter { field: "awsRegion", wanted },
            Miss::Kind | Miss::Access | Miss::Resource | Miss::Nothing => match group.access {
                Access::Read => GapKind::ReadEvents,
                _ => GapKind::WriteEvents,
            },
        };
        Gap { what, inferred: self.selectors.is_none() }
    }
}
