//! Answers that are worked out once, whoever asks first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A map that is filled as it is asked, from any thread.
#[derive(Debug)]
pub(super) struct Memo<K, V>(Mutex<BTreeMap<K, Arc<OnceLock<V>>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    /// The answer for the key. Others who ask for the same meanwhile wait for it, and for nothing else.
    pub(super) fn get(&self, key: K, answer: impl FnOnce() -> V) -> V {
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key).or_default())
        };
        cell.get_or_init(answer).clone()
    }
}

/// Where a shared value lies: equal for the same value only, as long as somebody has it.
pub(super) fn address<T>(shared: &Arc<T>) -> usize {
    Arc::as_ptr(shared).addr()
}
