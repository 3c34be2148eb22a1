//! What the input could have shown.

use tighten_trail::Window;
use tighten_usage::{Coverage as Seen, Days, Hole, Place};

use crate::analysis::model::{AccountCoverage, Coverage, EventCount, HoleReport};
use crate::shared::Span;

pub(super) fn coverage(seen: &Seen, asked: Window) -> Coverage {
    let mut days = Days::default();
    for account in seen.accounts.keys() {
        days.merge(&seen.days(account));
    }
    Coverage {
        asked: Span { since: asked.since, until: asked.until },
        window: span(seen.accounts.values().flat_map(std::collections::BTreeMap::values)),
        days: days.len(),
        accounts: seen.accounts.keys().map(|account| (account.to_string(), of_account(seen, account))).collect(),
        regions: seen.regions().into_iter().map(str::to_owned).collect(),
        event_categories: seen
            .kinds
            .iter()
            .map(|(kind, count)| EventCount {
                category: kind.category.code(),
                access: kind.access.code(),
                count: *count,
            })
            .collect(),
        data_event_types: seen.data_resource_types.iter().map(ToString::to_string).collect(),
        data_calls: seen.data_calls.iter().map(|(call, count)| (call.to_string(), *count)).collect(),
    }
}

fn of_account(seen: &Seen, account: &str) -> AccountCoverage {
    let regions = seen.accounts.get(account).into_iter().flatten();
    let places = || regions.clone().map(|(_, place)| place);
    AccountCoverage {
        events: places().map(|place| place.events).sum(),
        window: span(places()),
        days: seen.days(account).len(),
        regions: regions.clone().map(|(region, place)| (region.to_string(), place.events)).collect(),
        holes: seen.holes(account).into_iter().map(hole).collect(),
    }
}

fn span<'a>(places: impl Iterator<Item = &'a Place> + Clone) -> Span {
    Span {
        since: places.clone().filter_map(|place| place.first).min(),
        until: places.filter_map(|place| place.last).max(),
    }
}

fn hole(hole: Hole) -> HoleReport {
    HoleReport { from: hole.from, to: hole.to, days: hole.days() }
}
