//! Which events were counted already.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    days: Days,
    kept: Hashes,
    late: Hashes,
}

#[derive(Debug, Default)]
struct Days {
    sets: FxHashMap<i32, Hashes>,
    /// How many events came since the last new day. The next one is likely to have as many.
    since: usize,
}

impl Days {
    fn of(&mut self, day: i32) -> &mut Hashes {
        let since = &mut self.since;
        let new = || Hashes::with_capacity_and_hasher(std::mem::take(since), BuildHasherDefault::default());
        self.sets.entry(day).or_insert_with(new)
    }
}

/// The events of one thread that were not looked up yet.
///
/// Many of one shard are looked up at once. That takes one lock, and the memory they are in is waited for once, not for
/// each.
#[derive(Debug)]
pub(crate) struct Waiting {
    shards: Vec<Vec<Wait>>,
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    hash: u64,
    day: i32,
    tally: u32,
}

impl Default for Seen {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Seen {
    /// Whether this is the first copy of the event.
    pub(crate) fn is_first(&self, among: Among, hash: u64) -> bool {
        let Some(shard) = self.shards.get(shard_of(hash)) else { return true };
        let mut shard = locked(shard);
        match among {
            Among::Day(day) => {
                let mut is_first = true;
                shard.look_up(day, [(hash, ())], |()| is_first = false);
                is_first
            }
            Among::All(day) => {
                let is_known = shard.days.sets.get(&day).is_some_and(|hashes| hashes.contains(&hash));
                shard.kept.insert(hash) && !is_known
            }
            Among::Late => shard.late.insert(hash),
        }
    }

    /// Forgets the days before a day.
    pub(crate) fn forget_before(&self, day: i32) {
        for shard in &self.shards {
            locked(shard).days.sets.retain(|own, _| *own >= day);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let count = |shard: &Mutex<Shard>| shard.lock().unwrap().days.sets.values().map(HashSet::len).sum::<usize>();
        self.shards.iter().map(count).sum()
    }
}

fn shard_of(hash: u64) -> usize {
    // Neither the lowest nor the highest bits, which the tables themselves go by.
    usize::from(hash.to_be_bytes()[2]) % SHARDS
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // A panic elsewhere cannot leave a set half changed.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shard {
    /// Looks up events of a day, and tells whose are copies.
    fn look_up<T>(&mut self, day: i32, events: impl IntoIterator<Item = (u64, T)>, mut is_copy: impl FnMut(T)) {
        let hashes = self.days.of(day);
        let before = hashes.len();
        for (hash, of) in events {
            if self.kept.contains(&hash) || !hashes.insert(hash) {
                is_copy(of);
            }
        }
        self.days.since += hashes.len() - before;
    }

    /// Looks up all events that wait.
    fn settle(&mut self, waits: &mut Vec<Wait>, mut is_copy: impl FnMut(u32, i32)) {
        for waits in waits.chunk_by(|one, next| one.day == next.day) {
            let Some(day) = waits.first().map(|wait| wait.day) else { continue };
            self.look_up(day, waits.iter().map(|wait| (wait.hash, wait.tally)), |tally| is_copy(tally, day));
        }
        waits.clear();
    }
}

impl Waiting {
    /// How many of a shard are looked up at once.
    const MANY: usize = 32;

    /// Takes an event of a day that a tally has counted. `is_copy` gets the tallies and days of those that turn out to
    /// have been seen before.
    #[inline]
    pub(crate) fn add(&mut self, seen: &Seen, day: i32, hash: u64, tally: u32, is_copy: impl FnMut(u32, i32)) {
        let number = shard_of(hash);
        let (Some(shard), Some(waits)) = (seen.shards.get(number), self.shards.get_mut(number)) else { return };
        waits.push(Wait { hash, day, tally });
        if waits.len() >= Self::MANY {
            locked(shard).settle(waits, is_copy);
        }
    }

    /// Looks up all that are left.
    pub(crate) fn settle(&mut self, seen: &Seen, mut is_copy: impl FnMut(u32, i32)) {
        for (shard, waits) in seen.shards.iter().zip(&mut self.shards) {
            if !waits.is_empty() {
                locked(shard).settle(waits, &mut is_copy);
            }
        }
    }
}

impl Default for Waiting {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Vec::with_capacity(Self::MANY)).collect() }
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
    fn events_that_waited_are_copies_of_all_that_was_looked_up_before() {
        let seen = Seen::default();
        let mut waiting = Waiting::default();
        let mut copies = Vec::new();
        assert!(seen.is_first(DAY[1], 1));
        assert!(seen.is_first(Among::All(1), 2));
        // All of one shard, and more than are looked up at once.
        for hash in 0..100 {
            waiting.add(&seen, 1, hash, u32::try_from(hash).unwrap(), |of, _| copies.push(of));
        }
        waiting.settle(&seen, |of, _| copies.push(of));
        assert_eq!(copies, [1, 2]);
        waiting.add(&seen, 2, 1, 100, |of, _| copies.push(of));
        waiting.add(&seen, 1, 99, 101, |of, _| copies.push(of));
        waiting.add(&seen, 1, 99 << 40, 102, |of, _| copies.push(of));
        waiting.settle(&seen, |of, _| copies.push(of));
        assert_eq!(copies, [1, 2, 101]);
        assert!(!seen.is_first(DAY[1], 99 << 40));
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
