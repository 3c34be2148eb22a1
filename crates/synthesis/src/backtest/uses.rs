//! Which needs a principal had and when, and how many calls stood behind those that a policy denies.
//!
//! A ledger knows how often a need was there on a day, and on which resources, but not how often on which. The calls of a day
//! are taken to be spread evenly over the resources of one type. Resources of several types are taken to be of the same calls,
//! as those of `ec2:RunInstances` are; so are different actions that come of the same call, as `iam:PassRole` does.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, ResourcePattern};
use tighten_usage::{ApiCall, Behind, DayWindow, Days, NeedKey, NeedUsage, PrincipalUsage};

use super::cuts::CutPoint;
use super::estimate::float;
use super::policy::EarlierPolicy;
use crate::generalise::name_of;

/// A need, and what it was on that some policy may not know yet.
pub(super) struct LaterNeed<'u> {
    pub(super) key: &'u NeedKey,
    usage: &'u NeedUsage,
    entries: Vec<LaterEntry<'u>>,
}

struct LaterEntry<'u> {
    pattern: ResourcePattern,
    behind: Behind<'u>,
    days: &'u Days,
    first: Option<Date>,
}

/// A name that a policy denies.
pub(super) struct DeniedName<'u> {
    pub(super) need: &'u LaterNeed<'u>,
    pub(super) name: ResourcePattern,
    /// The days of the window on which it was used.
    pub(super) days: Days,
    /// How many names it stands for.
    weight: f64,
    /// The policy does not have the action at all.
    pub(super) is_new_action: bool,
    /// The calls that would have been denied for it.
    pub(super) calls: f64,
}

/// What a principal needed that it may not have needed before the first of the midnights.
pub(super) fn later_needs<'u>(used: &'u PrincipalUsage, earliest: Date) -> Vec<LaterNeed<'u>> {
    let of_need = |(key, usage): (&'u NeedKey, &'u NeedUsage)| {
        let entries = usage.resources.entries().filter_map(|(pattern, entry)| {
            let (behind, days, first) = (entry.behind, entry.days, entry.days.first());
            // What has no day is in every window of all days, and in no other.
            let is_late = first.is_some_and(|first| first >= earliest) || behind != Behind::Exact;
            is_late.then_some(LaterEntry { pattern, behind, days, first })
        });
        let entries: Vec<LaterEntry<'_>> = entries.collect();
        (!entries.is_empty()).then_some(LaterNeed { key, usage, entries })
    };
    used.needs.iter().filter(|(key, _)| !key.suspected).filter_map(of_need).collect()
}

impl<'u> LaterNeed<'u> {
    /// Whether anything of it may be news after the midnight.
    pub(super) fn is_after(&self, cut: CutPoint) -> bool {
        self.entries.iter().any(|entry| entry.is_after(cut))
    }

    /// The days of the window on which it was there.
    pub(super) fn days(&self, window: &DayWindow) -> Days {
        self.usage.evidence.calendar.days().within(window)
    }

    /// What the policy would have denied from the midnight on.
    fn denied(&'u self, cut: CutPoint, policy: &dyn EarlierPolicy) -> Vec<DeniedName<'u>> {
        let window = cut.after();
        let is_new_action = !policy.has_action(self.key);
        let name = |name: ResourcePattern, days: Days, weight: f64| DeniedName {
            need: self,
            name,
            days,
            weight,
            is_new_action,
            calls: 0.0,
        };
        let mut denied = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.is_after(cut)) {
            let days = entry.days.within(&window);
            if days.is_empty() || !policy.denies(self.key, &entry.pattern) {
                continue;
            }
            let Behind::Collapsed { crowd, .. } = entry.behind else {
                denied.push(name(entry.pattern.clone(), days, 1.0));
                continue;
            };
            let drawn: Vec<(&str, &Days)> = crowd.drawn().collect();
            let weight = float(crowd.distinct()) / float(drawn.len().max(1) as u64);
            for (text, days) in drawn {
                if days.first().is_none_or(|first| first < cut.midnight) {
                    continue;
                }
                let Ok(pattern) = text.parse::<ResourcePattern>() else { continue };
                if policy.denies(self.key, &pattern) {
                    denied.push(name(pattern, days.within(&window), weight));
                }
            }
        }
        denied
    }

    /// Spreads the calls of each day over its names, and adds those of names that are denied. Their indexes begin at `start`.
    fn spread(
        &'u self,
        catalog: &'static Catalog,
        window: &DayWindow,
        (denied, start): (&[DeniedName<'u>], usize),
        by_call: &mut ByCall<'u>,
    ) {
        let names = self.names_by_day(catalog, window);
        let counts: BTreeMap<Date, u64> = self.usage.evidence.calendar.by_day(window).collect();
        let mut by_day: BTreeMap<Date, BTreeMap<Option<&str>, Shares>> = BTreeMap::new();
        for (at, name) in denied.iter().enumerate() {
            let (kind, _) = name_of(catalog, &self.key.action, &name.name);
            for day in name.days.iter() {
                by_day.entry(day).or_default().entry(kind).or_default().push((start + at, name.weight));
            }
        }
        let call = self.usage.calls.iter().next();
        for (day, kinds) in by_day {
            let count = float(counts.get(&day).copied().unwrap_or_default());
            let of_all = |kind| names.get(&(day, kind)).copied().unwrap_or(1.0);
            let worst = greatest(kinds.into_iter().map(|(kind, names)| (sum(&names) / of_all(kind), (kind, names))));
            let Some((_, (kind, names))) = worst else { continue };
            let calls = names.into_iter().map(|(at, weight)| (at, count * (weight / of_all(kind))));
            by_call.entry((call, day)).or_default().entry(&self.key.action).or_default().extend(calls);
        }
    }

    /// How many names of each type it was on, on each day of the window.
    fn names_by_day(
        &self,
        catalog: &'static Catalog,
        window: &DayWindow,
    ) -> BTreeMap<(Date, Option<&'static str>), f64> {
        let mut names: BTreeMap<(Date, Option<&str>), f64> = BTreeMap::new();
        let mut see = |pattern: &ResourcePattern, days: &Days, weight: f64| {
            let (kind, _) = name_of(catalog, &self.key.action, pattern);
            for day in days.within(window).iter() {
                *names.entry((day, kind)).or_default() += weight;
            }
        };
        for (pattern, entry) in self.usage.resources.entries() {
            let Behind::Collapsed { crowd, .. } = entry.behind else {
                see(&pattern, entry.days, 1.0);
                continue;
            };
            let drawn: Vec<(&str, &Days)> = crowd.drawn().collect();
            let weight = float(crowd.distinct()) / float(drawn.len().max(1) as u64);
            for (text, days) in drawn {
                if let Ok(pattern) = text.parse() {
                    see(&pattern, days, weight);
                }
            }
        }
        names
    }
}

impl LaterEntry<'_> {
    /// Names that are not kept apart may each be news.
    fn is_after(&self, cut: CutPoint) -> bool {
        self.behind != Behind::Exact || self.first.is_some_and(|first| first >= cut.midnight)
    }
}

/// Denied names, by their index, with how many calls or names each stands for.
type Shares = Vec<(usize, f64)>;
/// The denied names of each action that come of one call on one day, with their calls.
type ByCall<'u> = BTreeMap<(Option<&'u ApiCall>, Date), BTreeMap<&'u ActionName, Shares>>;

/// What the policy would have denied from the midnight on, with the calls behind each name.
pub(super) fn denied_names<'u>(
    catalog: &'static Catalog,
    needs: &'u [LaterNeed<'u>],
    cut: CutPoint,
    policy: &dyn EarlierPolicy,
) -> Vec<DeniedName<'u>> {
    let mut all: Vec<DeniedName<'u>> = Vec::new();
    let mut by_call = ByCall::new();
    for need in needs {
        let denied = need.denied(cut, policy);
        if !denied.is_empty() {
            need.spread(catalog, &cut.after(), (&denied, all.len()), &mut by_call);
            all.extend(denied);
        }
    }
    for actions in by_call.into_values() {
        let Some((_, worst)) = greatest(actions.into_values().map(|shares| (sum(&shares), shares))) else { continue };
        for (at, calls) in worst {
            if let Some(name) = all.get_mut(at) {
                name.calls += calls;
            }
        }
    }
    all
}

fn sum(shares: &Shares) -> f64 {
    shares.iter().map(|(_, share)| share).sum()
}

/// The one with the greatest number, of several the first.
fn greatest<T>(all: impl Iterator<Item = (f64, T)>) -> Option<(f64, T)> {
    all.reduce(|a, b| if b.0 > a.0 { b } else { a })
}

/// What somebody used before the midnight, of these needs.
pub(super) fn earlier_names(used: &PrincipalUsage, action: &ActionName, cut: CutPoint) -> Vec<ResourcePattern> {
    let needs = used.needs.iter().filter(|(key, _)| key.action == *action && !key.suspected);
    let mut earlier = Vec::new();
    let is_before = |days: &Days| days.first().is_some_and(|first| first < cut.midnight);
    for (pattern, entry) in needs.flat_map(|(_, need)| need.resources.entries()) {
        match entry.behind {
            Behind::Exact => earlier.extend(is_before(entry.days).then_some(pattern)),
            Behind::Collapsed { crowd, .. } => {
                let drawn = crowd.drawn().filter(|(_, days)| is_before(days));
                earlier.extend(drawn.filter_map(|(text, _)| text.parse::<ResourcePattern>().ok()));
            }
        }
    }
    earlier
}
