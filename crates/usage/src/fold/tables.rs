//! What one thread has summed up, by index.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use tighten_iam::{Principal, ResourcePattern};
use tighten_mapping::{Mapped, Need, NoNeed};
use tighten_trail::{Denial, Event, NameIndex, NoPrincipal, Outcome, Via};

use super::Fold;
use crate::call::ApiCall;
use crate::coverage::{Coverage, Place};
use crate::evidence::Evidence;
use crate::judge::Verdict;
use crate::principal::{NeedKey, NeedUsage, Outcomes, PrincipalUsage, WantKey, WantOrigin, WantUsage};
use crate::profiles::ProfileIndex;
use crate::resources::ResourceLimits;
use crate::seen::Among;
use crate::usage::{Counts, NameOnly, Usage};

type Table<K, V> = IndexMap<K, V, FxBuildHasher>;

/// The sums of one thread. Everything that many records share has a number, so that a record that says nothing new
/// only counts up.
#[derive(Debug, Default)]
pub(super) struct Tables {
    limits: ResourceLimits,
    parties: Table<Party, Evidence>,
    calls: Table<(u32, ApiCall), Outcomes>,
    needs: Table<(u32, NeedKey), NeedUsage>,
    /// What calls needed that were let through and failed.
    failed: Table<(u32, NeedKey), NeedUsage>,
    wants: Table<(u32, WantKey), WantUsage>,
    unmapped: Table<(u32, ApiCall, NoNeed), Evidence>,
    places: Table<(Box<str>, Box<str>), Place>,
    /// Of each place, the last 64 days that were seen, as [`Days`] has them.
    recent: Vec<(i32, u64)>,
    pub(super) unattributed: BTreeMap<NoPrincipal, Evidence>,
    pub(super) coverage: Coverage,
    pub(super) roles: NameIndex,
    pub(super) profiles: ProfileIndex,
    pub(super) counts: Counts,
}

/// A principal, as surely as one record knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Party {
    Full(Principal),
    ByName(NameOnly),
}

/// A principal's call, and what it says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deed<'a> {
    pub(super) party: u32,
    pub(super) via: Option<&'a Via>,
    pub(super) event: &'a Event<'a>,
    pub(super) verdict: &'a Verdict,
}

/// Something that a record is evidence of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Need(u32),
    Failed(u32),
    Want(u32),
    Unmapped(u32),
}

impl<'a> Deed<'a> {
    fn needs(&self) -> impl Iterator<Item = &'a Need> + use<'a> {
        self.verdict.mapped.iter().flat_map(Mapped::needs)
    }

    /// Whether the call ended in an error.
    fn failed(&self) -> bool {
        self.event.failed()
    }
}

/// What decides where a deed is counted, apart from who called what: two that mean the same are counted in the same
/// places.
impl Hash for Deed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Verdict { outcome, denial, origin, mapped } = self.verdict;
        (outcome, origin, self.failed()).hash(state);
        if let Some(denial) = denial {
            (&self.event.error_code, &denial.action, denial.reason).hash(state);
        }
        match mapped {
            Some(Mapped::Needs(needs)) => needs.hash(state),
            Some(Mapped::None(reason)) => reason.hash(state),
            None => {}
        }
    }
}

impl Tables {
    pub(super) fn new(limits: ResourceLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Whether this is the first copy of the event, which counts. A record without an id is its own event.
    #[inline]
    pub(super) fn is_first(&mut self, fold: &Fold<'_>, content: u64, id: Option<&[u8]>, among: Among) -> bool {
        let first = id.is_none_or(|id| fold.seen.is_first(among, fold.keys.event(content, id)));
        self.counts.duplicates += u64::from(!first);
        self.counts.late += u64::from(first && among == Among::Late);
        first
    }

    pub(super) fn party(&mut self, party: Party) -> u32 {
        number(&mut self.parties, party, Evidence::default)
    }

    pub(super) fn call(&mut self, party: u32, call: ApiCall) -> u32 {
        number(&mut self.calls, (party, call), Outcomes::default)
    }

    pub(super) fn place(&mut self, account: &str, region: &str) -> u32 {
        let place = number(&mut self.places, (account.into(), region.into()), Place::default);
        self.recent.resize(self.places.len(), (i32::MIN, 0));
        place
    }

    /// Takes a day of a place into account.
    #[inline]
    pub(super) fn see_day(&mut self, place: u32, day: i32) {
        let Some((word, bits)) = self.recent.get_mut(place as usize) else { return };
        let (own, bit) = (day.div_euclid(64), 1 << day.rem_euclid(64));
        if *word == own && *bits & bit != 0 {
            return;
        }
        *bits = if *word == own { *bits | bit } else { bit };
        *word = own;
        if let Some((_, place)) = self.places.get_index_mut(place as usize) {
            place.days.insert_day(day);
        }
    }

    pub(super) fn place_mut(&mut self, place: u32) -> Option<&mut Place> {
        self.places.get_index_mut(place as usize).map(|(_, place)| place)
    }

    /// What a new kind of call is evidence of. Its resources are taken in here, once.
    pub(super) fn slots(&mut self, deed: &Deed<'_>) -> Box<[Slot]> {
        let Deed { party, event, verdict, .. } = *deed;
        let call = ApiCall::new(&event.event_source, &event.event_name);
        let mut slots = match &verdict.denial {
            None => self.needed(deed, &call),
            Some(denial) => self.wanted(deed, denial, &call),
        };
        if let Some(Mapped::None(reason)) = verdict.mapped {
            slots.push(Slot::Unmapped(number(&mut self.unmapped, (party, call, reason), Evidence::default)));
        }
        slots.into()
    }

    fn needed(&mut self, deed: &Deed<'_>, call: &ApiCall) -> Vec<Slot> {
        let mut slots = Vec::new();
        for need in deed.needs() {
            let key = (deed.party, NeedKey::of(need, deed.via));
            let table = if deed.failed() { &mut self.failed } else { &mut self.needs };
            let index = number(table, key, || NeedUsage::new(self.limits));
            if let Some((_, usage)) = table.get_index_mut(index as usize) {
                usage.calls.insert(call.clone());
                for resource in &need.resources {
                    usage.resources.insert(resource);
                }
            }
            push_once(&mut slots, if deed.failed() { Slot::Failed(index) } else { Slot::Need(index) });
        }
        slots
    }

    /// What a refused call wanted: the action that its message names, else all that the call needs.
    fn wanted(&mut self, deed: &Deed<'_>, denial: &Denial, call: &ApiCall) -> Vec<Slot> {
        let origin = deed.verdict.origin.unwrap_or(WantOrigin::Call);
        let mut wants: Vec<(&str, &[ResourcePattern])> = Vec::new();
        for need in deed.needs().filter(|need| !need.suspected) {
            wants.push((need.action.as_str(), &need.resources));
        }
        // A text that is no action is told as it is.
        if wants.is_empty()
            && let Some(named) = denial.action.as_deref()
        {
            wants.push((named, &[]));
        }
        let mut slots = Vec::new();
        for (action, resources) in wants {
            let key = WantKey {
                action: action.to_owned(),
                origin,
                via: deed.via.cloned(),
                error_code: deed.event.error_code.as_deref().unwrap_or_default().to_owned(),
                reason: denial.reason,
            };
            let index = number(&mut self.wants, (deed.party, key), || WantUsage::new(self.limits));
            if let Some((_, usage)) = self.wants.get_index_mut(index as usize) {
                usage.calls.insert(call.clone());
                for resource in resources {
                    usage.resources.insert(resource);
                }
                if let Some(words) = &denial.resource {
                    usage.named.insert(words.as_str().into());
                }
            }
            push_once(&mut slots, Slot::Want(index));
        }
        slots
    }

    /// Adds what the records of one kind of call came to.
    pub(super) fn add_slots(&mut self, slots: &[Slot], evidence: &Evidence) {
        for slot in slots {
            let sum = match *slot {
                Slot::Need(index) => self.needs.get_index_mut(index as usize).map(|(_, usage)| &mut usage.evidence),
                Slot::Failed(index) => self.failed.get_index_mut(index as usize).map(|(_, usage)| &mut usage.evidence),
                Slot::Want(index) => self.wants.get_index_mut(index as usize).map(|(_, usage)| &mut usage.evidence),
                Slot::Unmapped(index) => self.unmapped.get_index_mut(index as usize).map(|(_, evidence)| evidence),
            };
            if let Some(sum) = sum {
                sum.merge(evidence.clone());
            }
        }
    }

    pub(super) fn add_outcome(&mut self, call: u32, outcome: Outcome, count: u64) {
        if let Some((_, outcomes)) = self.calls.get_index_mut(call as usize) {
            outcomes.add(outcome, count);
        }
    }

    pub(super) fn add_party(&mut self, party: u32, evidence: Evidence) {
        if let Some((_, seen)) = self.parties.get_index_mut(party as usize) {
            seen.merge(evidence);
        }
    }

    /// The sums in the form in which they add up with those of other threads.
    pub(super) fn into_usage(self) -> Usage {
        let mut parties: Vec<(Party, PrincipalUsage)> = self
            .parties
            .into_iter()
            .map(|(party, seen)| {
                let name_only = matches!(party, Party::ByName(_));
                (party, PrincipalUsage { seen, name_only, ..PrincipalUsage::default() })
            })
            .collect();
        // Each key is new to its party, because the tables had it once.
        for ((party, call), outcomes) in self.calls {
            of(&mut parties, party).map(|usage| usage.calls.insert(call, outcomes));
        }
        for ((party, key), value) in self.needs {
            of(&mut parties, party).map(|usage| usage.needs.insert(key, value));
        }
        for ((party, key), value) in self.failed {
            of(&mut parties, party).map(|usage| usage.failed.insert(key, value));
        }
        for ((party, key), value) in self.wants {
            of(&mut parties, party).map(|usage| usage.wants.insert(key, value));
        }
        for ((party, call, reason), value) in self.unmapped {
            of(&mut parties, party).map(|usage| usage.unmapped.insert((call, reason), value));
        }
        let mut usage = Usage {
            unattributed: self.unattributed,
            coverage: self.coverage,
            counts: self.counts,
            roles: self.roles,
            profiles: self.profiles,
            ..Usage::default()
        };
        for ((account, region), place) in self.places {
            usage.coverage.accounts.entry(account).or_default().insert(region, place);
        }
        for (party, value) in parties {
            match party {
                Party::Full(principal) => {
                    usage.principals.insert(principal, value);
                }
                Party::ByName(name) => {
                    usage.by_name.insert(name, value);
                }
            }
        }
        usage
    }
}

/// A call may need one action on several resources for several reasons; it still is one event.
fn push_once(slots: &mut Vec<Slot>, slot: Slot) {
    if !slots.contains(&slot) {
        slots.push(slot);
    }
}

fn of(parties: &mut [(Party, PrincipalUsage)], party: u32) -> Option<&mut PrincipalUsage> {
    parties.get_mut(party as usize).map(|(_, usage)| usage)
}

/// The number of the key, which is new or not.
fn number<K: Hash + Eq, V>(table: &mut Table<K, V>, key: K, value: impl FnOnce() -> V) -> u32 {
    let entry = table.entry(key);
    let index = entry.index();
    entry.or_insert_with(value);
    // Four thousand million keys would not fit into memory.
    u32::try_from(index).unwrap_or(u32::MAX)
}
