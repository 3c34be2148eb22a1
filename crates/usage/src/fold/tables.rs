//! What one thread has summed up, by index.

use std::collections::BTreeMap;
use std::hash::Hash;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use tighten_iam::{Principal, ResourcePattern};
use tighten_mapping::{Mapped, Need, NoNeed};
use tighten_trail::{Denial, DeniedResource, Event, NameIndex, NoPrincipal, Outcome, Via};

use super::Fold;
use super::key::Keys;
use crate::call::ApiCall;
use crate::days::Days;
use crate::evidence::Evidence;
use crate::judge::Verdict;
use crate::ledger::{NameOnly, Sum};
use crate::principal::{CallUsage, NeedKey, NeedUsage, PrincipalUsage, WantKey, WantOrigin, WantUsage};
use crate::profiles::ProfileIndex;
use crate::recorded::{PlaceRecords, Recorded};
use crate::resources::ResourceLimits;
use crate::seen::Among;
use crate::totals::{DayTotals, Totals};

type Table<K, V> = IndexMap<K, V, FxBuildHasher>;

/// The sums of one thread. Everything that many records share has a number, so that a record that says nothing new
/// only counts up.
#[derive(Debug, Default)]
pub(super) struct Tables {
    limits: ResourceLimits,
    parties: Table<Party, Evidence>,
    calls: Table<(u32, ApiCall), CallUsage>,
    needs: Table<(u32, NeedKey), NeedUsage>,
    /// What calls needed that were let through and failed.
    failed: Table<(u32, NeedKey), NeedUsage>,
    wants: Table<(u32, WantKey), WantUsage>,
    unmapped: Table<(u32, ApiCall, NoNeed), Evidence>,
    places: Table<(Box<str>, Box<str>), PlaceRecords>,
    pub(super) unattributed: BTreeMap<NoPrincipal, Evidence>,
    pub(super) recorded: Recorded,
    pub(super) names: NameIndex,
    pub(super) profiles: ProfileIndex,
    totals: Totals,
    /// The counts of the day of the last record; most records are of the same day as the one before.
    today: (Option<i32>, DayTotals),
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

/// What one kind of call is evidence of, and on which resources.
#[derive(Debug)]
pub(super) struct Effect {
    pub(super) slot: Slot,
    /// Each once.
    pub(super) resources: Vec<Box<str>>,
    /// The resource that a refusal names, in its own words.
    named: Option<Box<str>>,
}

impl<'a> Deed<'a> {
    fn needs(&self) -> impl Iterator<Item = &'a Need> + use<'a> {
        self.verdict.mapped.iter().flat_map(Mapped::needs)
    }

    /// Whether the call ended in an error.
    fn failed(&self) -> bool {
        self.event.failed()
    }

    /// The key of its outcome.
    pub(super) fn base(&self, keys: &Keys) -> u64 {
        let Verdict { outcome, denial, origin, mapped: _ } = self.verdict;
        let refused = denial.as_ref().map(|denial| (&self.event.error_code, &denial.action, denial.reason));
        keys.of((outcome, origin, self.failed(), refused))
    }

    /// The key of all that decides where it is counted, of calls of a frame: two that mean the same are counted in the same
    /// places.
    pub(super) fn content(&self, keys: &Keys, frame: u64) -> u64 {
        let mut content = keys.content(frame, self.base(keys));
        for need in self.needs() {
            content.need(keys.need(need));
            need.resources.iter().for_each(|resource| content.resource(keys.of(resource.as_str())));
        }
        if let Some(Mapped::None(reason)) = self.verdict.mapped {
            content.need(keys.of(reason));
        }
        content.finish()
    }
}

impl Tables {
    pub(super) fn new(limits: ResourceLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Whether this is the first copy of the event, which counts. A record without an id is its own event.
    #[inline]
    pub(super) fn is_first(
        &mut self,
        fold: &Fold<'_>,
        content: u64,
        id: Option<&[u8]>,
        day: Option<i32>,
        among: Among,
    ) -> bool {
        let first = id.is_none_or(|id| fold.seen.is_first(among, fold.keys.event(content, id)));
        let today = self.day(day);
        today.duplicates += u64::from(!first);
        today.late += u64::from(first && among == Among::Late);
        first
    }

    /// The counts of a day.
    #[inline]
    pub(super) fn day(&mut self, day: Option<i32>) -> &mut DayTotals {
        if self.today.0 != day {
            let (before, totals) = std::mem::replace(&mut self.today, (day, DayTotals::default()));
            self.totals.add(before, totals);
        }
        &mut self.today.1
    }

    /// Adds distinct events by day. `of` makes of a day's number of them what they add.
    pub(super) fn add_events(&mut self, seen: &Evidence, of: impl Fn(u64) -> DayTotals) {
        self.totals.add_events(&seen.calendar, of);
    }

    pub(super) fn party(&mut self, party: Party) -> u32 {
        number(&mut self.parties, party, Evidence::default)
    }

    pub(super) fn call(&mut self, party: u32, call: ApiCall) -> u32 {
        number(&mut self.calls, (party, call), CallUsage::default)
    }

    pub(super) fn place(&mut self, account: &str, region: &str) -> u32 {
        number(&mut self.places, (account.into(), region.into()), PlaceRecords::default)
    }

    pub(super) fn place_mut(&mut self, place: u32) -> Option<&mut PlaceRecords> {
        self.places.get_index_mut(place as usize).map(|(_, place)| place)
    }

    /// What a new kind of call is evidence of.
    pub(super) fn effects(&mut self, deed: &Deed<'_>) -> Box<[Effect]> {
        let Deed { party, event, verdict, .. } = *deed;
        let mut effects = match &verdict.denial {
            None => self.needed(deed),
            Some(denial) => self.wanted(deed, denial),
        };
        if let Some(Mapped::None(reason)) = verdict.mapped {
            let call = ApiCall::new(&event.event_source, &event.event_name);
            let slot = Slot::Unmapped(number(&mut self.unmapped, (party, call, reason), Evidence::default));
            effects.push(Effect { slot, resources: Vec::new(), named: None });
        }
        effects.into()
    }

    fn needed(&mut self, deed: &Deed<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for need in deed.needs() {
            add(&mut effects, self.need(deed, need), &need.resources, None);
        }
        effects
    }

    /// Where a need of the call is counted.
    pub(super) fn need(&mut self, deed: &Deed<'_>, need: &Need) -> Slot {
        let key = (deed.party, NeedKey::of(need, deed.via));
        let table = if deed.failed() { &mut self.failed } else { &mut self.needs };
        let index = number(table, key, || NeedUsage::new(self.limits));
        if deed.failed() { Slot::Failed(index) } else { Slot::Need(index) }
    }

    /// Adds a resource of a need.
    pub(super) fn add_resource(&mut self, slot: Slot, resource: &str, days: &Days) {
        if let Slot::Need(index) = slot
            && let Some((_, usage)) = self.needs.get_index_mut(index as usize)
        {
            usage.resources.insert_text(resource, days);
        }
    }

    fn wanted(&mut self, deed: &Deed<'_>, denial: &Denial) -> Vec<Effect> {
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
        let mut effects = Vec::new();
        for (action, resources) in wants {
            let key = WantKey {
                action: action.to_owned(),
                origin,
                via: deed.via.cloned(),
                error_code: deed.event.error_code.as_deref().unwrap_or_default().to_owned(),
                reason: denial.reason,
            };
            let index = number(&mut self.wants, (deed.party, key), || WantUsage::new(self.limits));
            add(&mut effects, Slot::Want(index), resources, denial.resource.as_ref().map(DeniedResource::as_str));
        }
        effects
    }

    /// Adds what the records of one kind of call say.
    pub(super) fn add_effects(&mut self, effects: &[Effect], call: &ApiCall, seen: &Evidence) {
        let days = seen.calendar.days();
        for Effect { slot, resources, named } in effects {
            let (evidence, used) = match *slot {
                Slot::Need(index) | Slot::Failed(index) => {
                    let table = if matches!(slot, Slot::Need(_)) { &mut self.needs } else { &mut self.failed };
                    let Some((_, usage)) = table.get_index_mut(index as usize) else { continue };
                    (&mut usage.evidence, Some((&mut usage.calls, &mut usage.resources)))
                }
                Slot::Want(index) => {
                    let Some((_, usage)) = self.wants.get_index_mut(index as usize) else { continue };
                    if let Some(words) = named {
                        usage.named.see(words, &days, || words.clone());
                    }
                    (&mut usage.evidence, Some((&mut usage.calls, &mut usage.resources)))
                }
                Slot::Unmapped(index) => {
                    let Some((_, evidence)) = self.unmapped.get_index_mut(index as usize) else { continue };
                    (evidence, None)
                }
            };
            evidence.merge(seen.clone());
            if let Some((calls, all)) = used {
                calls.see(call, &days, || call.clone());
                for resource in resources {
                    all.insert_text(resource, &days);
                }
            }
        }
    }

    pub(super) fn add_outcome(&mut self, call: u32, outcome: Outcome, seen: &Evidence) {
        if let Some((_, usage)) = self.calls.get_index_mut(call as usize) {
            usage.add(outcome, &seen.calendar);
        }
    }

    pub(super) fn add_party(&mut self, party: u32, evidence: Evidence) {
        if let Some((_, seen)) = self.parties.get_index_mut(party as usize) {
            seen.merge(evidence);
        }
    }

    /// The sums in the form in which they add up with those of other threads.
    pub(super) fn into_sum(mut self) -> Sum {
        let (day, totals) = self.today;
        self.totals.add(day, totals);
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
        let mut sum = Sum {
            unattributed: self.unattributed,
            recorded: self.recorded,
            totals: self.totals,
            names: self.names,
            profiles: self.profiles,
            ..Sum::default()
        };
        for ((account, region), place) in self.places {
            sum.recorded.accounts.entry(account).or_default().insert(region, place);
        }
        for (party, value) in parties {
            match party {
                Party::Full(principal) => {
                    sum.principals.insert(principal, value);
                }
                Party::ByName(name) => {
                    sum.by_name.insert(name, value);
                }
            }
        }
        sum
    }
}

/// A call may need one action on several resources for several reasons; it still is one event.
fn add(effects: &mut Vec<Effect>, slot: Slot, resources: &[ResourcePattern], named: Option<&str>) {
    let at = effects.iter().position(|effect| effect.slot == slot).unwrap_or_else(|| {
        effects.push(Effect { slot, resources: Vec::new(), named: named.map(Into::into) });
        effects.len() - 1
    });
    let Some(effect) = effects.get_mut(at) else { return };
    for resource in resources {
        if !effect.resources.iter().any(|own| **own == *resource.as_str()) {
            effect.resources.push(resource.as_str().into());
        }
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
