//! Actions that are checked while other calls run, and under no event name of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use tighten_catalog::Catalog;
use tighten_iam::ActionName;

use crate::observe::{Gap, GapKind};
use crate::used::Used;

/// How many calls the evidence of a need names at most; behind so many there may be others.
const NAMED: usize = 16;

/// Whether there may be calls behind the need which its evidence does not name.
pub(super) fn is_crowded(need: &Used) -> bool {
    need.seen.more_calls || need.seen.calls.len() >= NAMED
}

/// The calls that somebody made and that were let through.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    /// Lower-case, without dates.
    made: BTreeSet<String>,
    /// Services of which more calls were made than are named.
    crowded: BTreeSet<String>,
}

impl Calls {
    pub(super) fn of<'a>(catalog: &Catalog, needs: impl Iterator<Item = &'a Used>) -> Self {
        let mut all = Self::default();
        for need in needs {
            for call in &need.seen.calls {
                let Some((source, name)) = call.split_once('/') else { continue };
                let undated = catalog.rules().undated(source, name).unwrap_or(name);
                all.made.extend([name, undated].map(|name| format!("{source}/{name}").to_ascii_lowercase()));
                if is_crowded(need) {
                    all.crowded.extend(catalog.rules().prefix(source).map(str::to_owned));
                }
            }
        }
        all
    }

    /// All actions of which it is open whether they were checked during one of them.
    pub(super) fn may_have_checked_any(&self, catalog: &'static Catalog) -> BTreeSet<&'static ActionName> {
        let checked = Checked::of(catalog);
        let by_call = self.made.iter().filter_map(|call| checked.by_call.get(call));
        let by_service = self.crowded.iter().filter_map(|prefix| checked.by_service.get(prefix.as_str()));
        by_call.chain(by_service).flatten().map(|action| &**action).collect()
    }

    /// What leaves open whether an action was checked during one of them.
    pub(super) fn may_have_checked(&self, catalog: &Catalog, action: &ActionName) -> Option<Gap> {
        if self.made.is_empty() && self.crowded.is_empty() {
            return None;
        }
        let is_crowded = |call: &str| {
            let prefix = call.split_once('/').and_then(|(source, _)| catalog.rules().prefix(source));
            prefix.is_some_and(|prefix| self.crowded.contains(prefix))
        };
        let may_be_made = |call: &&String| self.made.contains(&call.to_ascii_lowercase()) || is_crowded(call);
        let parents = catalog.rules().checked_by(action);
        let call = parents.iter().find(may_be_made)?.clone();
        Some(Gap { what: GapKind::ParentCall { call }, inferred: false })
    }
}

/// The actions that are checked while calls of other names run.
struct Checked {
    /// By the call, in lower case.
    by_call: BTreeMap<String, Vec<Arc<ActionName>>>,
    /// By the service of the call.
    by_service: BTreeMap<&'static str, Vec<Arc<ActionName>>>,
}

impl Checked {
    fn of(catalog: &'static Catalog) -> &'static Self {
        static CHECKED: OnceLock<Checked> = OnceLock::new();
        CHECKED.get_or_init(|| {
            let mut all = Self { by_call: BTreeMap::new(), by_service: BTreeMap::new() };
            for action in catalog.rules().checked_actions().filter_map(|action| action.parse().ok().map(Arc::new)) {
                for call in catalog.rules().checked_by(&action) {
                    all.by_call.entry(call.to_ascii_lowercase()).or_default().push(Arc::clone(&action));
                    let prefix = call.split_once('/').and_then(|(source, _)| catalog.rules().prefix(source));
                    if let Some(prefix) = prefix {
                        all.by_service.entry(prefix).or_default().push(Arc::clone(&action));
                    }
                }
            }
            all
        })
    }
}
