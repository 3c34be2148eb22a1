//! What calls came to, shared by all threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::judge::Verdict;
use crate::seen::ByHash;

/// The verdicts on calls, so that no thread maps what another one has mapped.
#[derive(Debug)]
pub(super) struct Verdicts {
    by_site: Mutex<ByHash<Arc<Verdict>>>,
    /// How many are kept at most. When there are so many, all are forgotten.
    most: usize,
}

impl Verdicts {
    pub(super) fn new(most: usize) -> Self {
        Self { by_site: Mutex::default(), most }
    }

    /// The verdict on the calls of a site, by its key. `judge` is asked where it is not known.
    pub(super) fn get(&self, site: u64, judge: impl FnOnce() -> Verdict) -> Arc<Verdict> {
        if let Some(known) = self.locked().get(&site) {
            return Arc::clone(known);
        }
        // Nobody waits for it meanwhile. Two threads that do the same come to the same.
        let verdict = Arc::new(judge());
        if self.most > 0 {
            let mut by_site = self.locked();
            if by_site.len() >= self.most {
                by_site.clear();
            }
            by_site.insert(site, Arc::clone(&verdict));
        }
        verdict
    }

    /// Forgets all verdicts, which takes its time.
    pub(super) fn forget(&self) {
        let all = std::mem::take(&mut *self.locked());
        drop(all);
    }

    fn locked(&self) -> MutexGuard<'_, ByHash<Arc<Verdict>>> {
        // A panic elsewhere cannot leave the map half changed.
        self.by_site.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tighten_trail::Outcome;

    use super::*;

    #[test]
    fn what_is_known_is_not_judged_again() {
        let verdicts = Verdicts::new(2);
        let ask = |site: u64| {
            let mut is_asked = false;
            verdicts.get(site, || {
                is_asked = true;
                Verdict { outcome: Outcome::Authorised, denial: None, origin: None, mapped: None }
            });
            is_asked
        };
        assert_eq!([1, 2, 1, 2].map(ask), [true, true, false, false]);
        // There is room for two.
        assert_eq!([3, 3, 1].map(ask), [true, false, true]);
        verdicts.forget();
        assert_eq!([1, 1].map(ask), [true, false]);
    }
}
