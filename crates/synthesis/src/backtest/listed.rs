//! What the proposal made from all days lists name by name, as if it were a policy that allows no name that is yet to come.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, PolicyDocument, ResourcePattern};
use tighten_mapping::NoNeed;
use tighten_usage::{Behind, Days, NeedKey, PrincipalUsage};

use super::cuts::CutPoint;
use super::estimate::{Arrivals, Outlook, float};
use super::policy::{EarlierPolicy, patterns};
use super::uses::{LaterNeed, denied_names, later_needs};
use crate::generalise::name_of;
use crate::grant::is_plain;

/// What the documents made from all days say of names, had they been made at the moment before each name came.
pub(super) struct Listed<'a> {
    used: &'a PrincipalUsage,
    documents: &'a [PolicyDocument],
    /// Actions that were not used before it are denied as a whole.
    actions_from: Date,
    /// By action.
    known: BTreeMap<&'a ActionName, Known>,
}

/// What is known of an action.
#[derive(Default)]
struct Known {
    /// When it was used first.
    first: Option<Date>,
    /// When each name was.
    names: BTreeMap<ResourcePattern, Date>,
    /// The patterns that it is allowed on, with the first day of any name that each of them stands for.
    patterns: Vec<(ResourcePattern, Date)>,
}

impl<'a> Listed<'a> {
    /// For the actions of these needs.
    fn new(
        (used, documents): (&'a PrincipalUsage, &'a [PolicyDocument]),
        needs: &[LaterNeed<'a>],
        actions_from: Date,
    ) -> Self {
        let mut listed = Self { used, documents, actions_from, known: BTreeMap::new() };
        for need in needs {
            if !listed.known.contains_key(&need.key.action) {
                listed.known.insert(&need.key.action, listed.of_action(need.key));
            }
        }
        listed
    }

    fn of_action(&self, key: &NeedKey) -> Known {
        let mut known = Known::default();
        let needs = self.used.needs.iter().filter(|(own, _)| own.action == key.action && !own.suspected);
        let mut see = |name: ResourcePattern, days: &Days| {
            let Some(first) = days.first() else { return };
            known.first = Some(known.first.map_or(first, |own| own.min(first)));
            known.names.entry(name).and_modify(|own| *own = first.min(*own)).or_insert(first);
        };
        for (pattern, entry) in needs.flat_map(|(_, need)| need.resources.entries()) {
            match entry.behind {
                Behind::Exact => see(pattern, entry.days),
                Behind::Collapsed { crowd, .. } => {
                    let drawn = crowd.drawn().filter_map(|(text, days)| Some((text.parse().ok()?, days)));
                    drawn.for_each(|(name, days)| see(name, days));
                }
            }
        }
        let mut by_day: Vec<(Date, &ResourcePattern)> =
            known.names.iter().map(|(name, first)| (*first, name)).collect();
        by_day.sort_unstable();
        let wide = patterns(self.documents, key).filter(|pattern| !is_plain(pattern));
        let first = |pattern: &ResourcePattern| by_day.iter().find(|(_, name)| pattern.contains(name));
        known.patterns = wide.filter_map(|pattern| Some((pattern.clone(), first(pattern)?.0))).collect();
        known
    }
}

impl EarlierPolicy for Listed<'_> {
    fn denies(&self, need: &NeedKey, name: &ResourcePattern) -> bool {
        let Some(known) = self.known.get(&need.action).filter(|_| self.has_action(need)) else { return true };
        // What stands for many names has no first day of its own.
        let first = known.names.get(name).copied().unwrap_or(Date::MAX);
        let is_of_new_action = known.first.is_none_or(|of_action| of_action >= first);
        !is_of_new_action
            && !known.patterns.iter().any(|(pattern, earliest)| *earliest < first && pattern.contains(name))
    }

    fn has_action(&self, need: &NeedKey) -> bool {
        let first = self.known.get(&need.action).and_then(|known| known.first);
        first.is_some_and(|first| first < self.actions_from)
    }
}

/// What is to be expected of a principal, by the names that arrived from one midnight on, and the actions that did from another.
/// Actions that are used once in a while take longer to be seen than names do.
pub(super) fn outlook(
    catalog: &'static Catalog,
    used: &PrincipalUsage,
    documents: &[PolicyDocument],
    (from, actions_from): (CutPoint, CutPoint),
) -> Outlook {
    let actions_from = if actions_from.midnight > from.midnight { actions_from } else { from };
    let days = float(from.days_after as u64);
    let window = from.after();
    let needs = later_needs(used, from.midnight);
    let listed = Listed::new((used, documents), &needs, actions_from.midnight);
    let mut arrivals: BTreeMap<Option<(&ActionName, Option<&str>)>, Arrivals> = BTreeMap::new();
    let calls = float(judged_calls(used, from)) / days;
    let end = from.end();
    for name in denied_names(catalog, &needs, from, &listed).iter().filter(|name| name.calls > 0.0) {
        let action = &name.need.key.action;
        let is_new = name.is_new_action;
        let kind = (!is_new).then(|| (action, name_of(catalog, action, &name.name).0));
        let own = arrivals.entry(kind).or_insert_with(|| {
            let of_action = used.needs.iter().filter(|(key, _)| key.action == *action && !key.suspected);
            let of_kind: u64 = of_action.map(|(_, need)| need.evidence.calendar.count_within(&window)).sum();
            if is_new {
                Arrivals::new(float(actions_from.days_after as u64), calls)
            } else {
                Arrivals::new(days, float(of_kind) / days)
            }
        });
        // A new action stays, on whatever it is used.
        let days = if is_new { name.need.days(&window) } else { name.days.clone() };
        let Some(first) = days.first() else { continue };
        let since = first.until(end).map_or(1, |span| span.get_days()).max(1);
        if days.len() > 1 {
            *own.staying.entry(first).or_default() += name.calls / f64::from(since);
        } else {
            *own.passing.entry(first).or_default() += name.calls;
        }
    }
    let kinds = used.needs.values().filter(|need| need.evidence.calendar.count_within(&window) > 0).count();
    Outlook::of(days, (calls, float(kinds as u64)), arrivals.values())
}

/// The calls from the midnight on of which it is known what they needed.
pub(super) fn judged_calls(used: &PrincipalUsage, cut: CutPoint) -> u64 {
    let window = cut.after();
    let authorised: u64 = used.calls.values().map(|call| call.authorised.count_within(&window)).sum();
    let unmapped = used.unmapped.iter().filter(|((_, reason), _)| *reason != NoNeed::NoPermission);
    let unmapped: u64 = unmapped.map(|(_, evidence)| evidence.calendar.count_within(&window)).sum();
    authorised.saturating_sub(unmapped)
}
