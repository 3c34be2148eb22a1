//! What could be created with a narrowed policy and no longer be deleted.

use std::collections::BTreeSet;

use tighten_iam::ActionName;

use super::Step;
use super::result::Results;
use crate::siblings::deleted_by;

/// Types that a policy creates, and the actions that delete them and go.
#[derive(Debug, Default)]
pub(super) struct LeftBehind {
    pub(super) resource_types: BTreeSet<&'static str>,
    pub(super) actions: BTreeSet<&'static ActionName>,
}

/// What the policy could no longer delete of what its holders created with it.
pub(super) fn left_behind(results: &Results<'_>, at: usize) -> LeftBehind {
    let mut found = LeftBehind::default();
    let own = || results.steps.iter().filter(|step| step.allow.policy == at);
    for step in own() {
        let used = step.decided.used(&step.allow.actions).filter(|(_, decided)| decided.stays());
        for (kind, deletes) in used.flat_map(|(action, _)| deleted_by(results.input.catalog, action)) {
            let goes = |action: &&ActionName| {
                own().any(|step| stays(step, action).is_some())
                    && !results.steps.iter().any(|step| stays(step, action) == Some(true))
            };
            let gone: Vec<_> = deletes.into_iter().filter(|action| goes(action)).collect();
            if !gone.is_empty() {
                found.resource_types.insert(kind);
                found.actions.extend(gone);
            }
        }
    }
    found
}

/// Whether anything of the action stays, if the statement allows it.
fn stays(step: &Step<'_>, action: &ActionName) -> Option<bool> {
    let position = step.allow.actions.position(action)?;
    step.decided.get(position).map(super::decide::Decided::stays)
}
