//! Which events were counted already.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

const SHARDS: usize = 64;

/// With which others an event is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Among {
    /// Those of its day, until that is forgotten, and those that are kept.
    Day(i32),
    /// The same, and it is kept itself: it may be anywhere in the log once more.
    All(i32),
    /// Others whose files are of a much later day than they are.
    Late,
}

/// The events that were counted, shared by all threads of a fold.
///
/// An event is known by a 64-bit hash of its id and of everything that decides where it is counted; so it does not
/// matter which copy comes first. An event takes 10 to 20 bytes. The hashes are kept apart by the event's day, because
/// copies carry the same time: once no file that may hold a day is left, that day is forgotten (see
/// [`Deliveries`](crate::deliveries::Deliveries)).
#[derive(Debug)]
pub(crate) struct Seen {
    shards: Vec<Mutex<Shard>>,
}

#[derive(Debug, Default)]
struct Shard {
    days: FxHashMap<i32, Hashes>,
    kept: Hashes,
    late: Hashes,
}

impl Default for Seen {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Seen {
    /// Whether this is the first copy of the event.
    pub(crate) fn is_first(&self, among: Among, hash: u64) -> bool {
        // Neither the lowest nor the highest bits, which the tables themselves go by.
        let Some(shard) = self.shards.get(usize::from(hash.to_be_bytes()[2]) % SHARDS) else { return true };
        // A panic elsewhere cannot leave a set half changed.
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        match among {
            Among::Day(day) => !shard.kept.contains(&hash) && shard.days.entry(day).or_default().insert(hash),
            Among::All(day) => {
                let is_known = shard.days.get(&day).is_some_and(|hashes| hashes.contains(&hash));
                shard.kept.insert(hash) && !is_known
            }
            Among::Late => shard.late.insert(hash),
        }
    }

    /// Forgets the days before a day.
    pub(crate) fn forget_before(&self, day: i32) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.days.retain(|own, _| *own >= day);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let count = |shard: &Mutex<Shard>| shard.lock().unwrap().days.values().map(HashSet::len).sum::<usize>();
        self.shards.iter().map(count).sum()
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

    const DAY: [Among; 4] = [Among::Day(0), Among::Day(1), Among::Day(2), Among::Day(3)];

    #[test]
    fn an_event_is_first_once_a_day() {
        let seen = Seen::default();
        assert!(seen.is_first(DAY[1], 7));
        assert!(!seen.is_first(DAY[1], 7));
        assert!(seen.is_first(DAY[2], 7));
        assert!(seen.is_first(DAY[1], 7 << 40));
        assert!(!seen.is_first(DAY[1], 7 << 40));
    }

    #[test]
    fn days_are_forgotten_and_what_is_kept_is_not() {
        let seen = Seen::default();
        for among in [DAY[1], DAY[2], DAY[3], Among::Late] {
            assert!(seen.is_first(among, 7));
        }
        assert!(seen.is_first(Among::All(1), 8));
        seen.forget_before(3);
        assert_eq!(seen.len(), 1);
        assert!(!seen.is_first(DAY[3], 7));
        assert!(seen.is_first(DAY[2], 7));
        assert!(!seen.is_first(DAY[1], 8));
        assert!(!seen.is_first(Among::Late, 7));
    }

    #[test]
    fn copies_that_are_kept_count_once_in_any_order() {
        let copies = [Among::Day(1), Among::All(1), Among::All(1), Among::Day(1)];
        for turn in 0..copies.len() {
            let seen = Seen::default();
            let mut copies = copies;
            copies.rotate_left(turn);
            assert_eq!(copies.into_iter().filter(|among| seen.is_first(*among, 7)).count(), 1);
        }
    }
}
