//! Which events were counted already.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use tighten_trail::{Event, Identity};
use tighten_usage::Judged;

/// The events that were counted, shared by all threads: the same event delivered twice is one call.
///
/// An event is known by a hash of its id and of what it says; a record without an id is its own event. This takes some
/// 16 bytes an event.
#[derive(Debug)]
pub(super) struct Distinct {
    state: RandomState,
    shards: Vec<Mutex<HashSet<u64>>>,
}

/// So many that threads seldom wait for each other.
const SHARDS: u64 = 64;

impl Default for Distinct {
    fn default() -> Self {
        Self { state: RandomState::new(), shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Distinct {
    /// Whether this is the first copy of the event.
    pub(super) fn is_first(&self, event: &Event<'_>, judged: &Judged) -> bool {
        let Some(id) = event.event_id.as_deref() else { return true };
        let who = match &judged.identity {
            Identity::Principal { principal, via, certain } => {
                Some((principal, via, if *certain { None } else { Some(event.user_identity.role_id()) }))
            }
            Identity::None(_) => None,
        };
        let place = (&event.aws_region, &event.recipient_account_id, event.event_time);
        let kind = (&event.event_category, event.management_event, event.read_only);
        let what = (&event.event_source, &event.event_name, judged.outcome.code(), judged.needs(), judged.none());
        let hash = self.state.hash_one((id, who, place, kind, what));
        let Some(shard) = usize::try_from(hash % SHARDS).ok().and_then(|at| self.shards.get(at)) else { return true };
        // A panic elsewhere cannot leave a set half changed.
        shard.lock().unwrap_or_else(PoisonError::into_inner).insert(hash)
    }
}
