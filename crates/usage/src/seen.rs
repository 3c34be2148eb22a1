//! Which events were counted already.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

const SHARDS: usize = 64;

/// The events that were counted, shared by all threads of a fold.
///
/// An event is known by a 64-bit hash of its id and of everything that decides where it is counted; so it does not
/// matter which copy comes first. An event takes 10 to 20 bytes. The hashes are kept apart by the event's day, because
/// copies carry the same time: once no file that may hold a day is left, that day can be forgotten.
#[derive(Debug)]
pub(crate) struct Seen {
    shards: Vec<Mutex<Shard>>,
}

#[derive(Debug, Default)]
struct Shard {
    days: FxHashMap<i32, Hashes>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Seen {
    /// Whether this is the first copy of the event.
    pub(crate) fn is_first(&self, day: i32, hash: u64) -> bool {
        // Neither the lowest nor the highest bits, which the tables themselves go by.
        let Some(shard) = self.shards.get(usize::from(hash.to_be_bytes()[2]) % SHARDS) else { return true };
        // A panic elsewhere cannot leave a set half changed.
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.days.entry(day).or_default().insert(hash)
    }
}

/// The hasher of what is a hash already.
#[derive(Debug, Default)]
pub(crate) struct Hashed(u64);

/// A set of hashes.
pub(crate) type Hashes = HashSet<u64, BuildHasherDefault<Hashed>>;

/// A map by hashes.
pub(crate) type ByHash<T> = HashMap<u64, T, BuildHasherDefault<Hashed>>;

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_first_once_a_day() {
        let seen = Seen::default();
        assert!(seen.is_first(1, 7));
        assert!(!seen.is_first(1, 7));
        assert!(seen.is_first(2, 7));
        assert!(seen.is_first(1, 7 << 40));
        assert!(!seen.is_first(1, 7 << 40));
    }
}
