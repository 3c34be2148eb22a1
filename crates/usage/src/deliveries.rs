//! In which order log objects are read, so that copies of events need not be looked for in all of the past.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tighten_trail::LogObject;

use crate::days::number_of;
use crate::seen::{Among, Seen};

/// How many days after the call it may be delivered, or delivered again, to be recognised in a large log.
pub(crate) const LATE: i32 = 3;
/// How many days before: clocks differ.
const EARLY: i32 = 1;
/// How many bytes an object has as stored that is read in no time.
const SMALL: u64 = 1 << 20;

/// How many objects are announced before they are opened.
pub(crate) const AHEAD: usize = 1_024;

/// What is to be read, for all threads.
pub(crate) trait Queue: Sync {
    /// The next object, and when it was delivered. Blocks where that is not known yet.
    fn next(&self) -> Option<(Cow<'_, LogObject>, Delivered)>;

    /// To be called when an object was read.
    fn done(&self, delivered: Delivered, seen: &Seen);
}

/// When an object was delivered, as far as that matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Delivered {
    /// It does not: the log is not large.
    #[default]
    Whenever,
    /// It is not known.
    Unknown,
    /// On this day.
    On(i32),
}

/// The objects of a log in the order of reading.
///
/// In a large log, the days of delivery are read one after the other, and what happened long before any object that is
/// left is forgotten. An event delivered later than [`LATE`] days is compared with other such events alone; that
/// depends on its object, not on what was read before, and is counted as [late](crate::Counts::late). Objects whose day is
/// not known come first, and their events are compared with all others.
#[derive(Debug)]
pub(crate) struct Deliveries<'o> {
    objects: Vec<(&'o LogObject, Delivered)>,
    /// The number of the next one.
    next: AtomicUsize,
    /// How many objects of each day are left.
    left: Mutex<BTreeMap<Delivered, usize>>,
}

impl<'o> Deliveries<'o> {
    /// In a log of `large` bytes as stored and more, events are forgotten that cannot come again.
    pub(crate) fn of(objects: &'o [LogObject], large: u64) -> Self {
        let is_large = objects.iter().map(|object| object.size).sum::<u64>() >= large;
        let delivered = |object: &LogObject| match object.date {
            _ if !is_large => Delivered::Whenever,
            None => Delivered::Unknown,
            Some(date) => Delivered::On(number_of(date)),
        };
        let mut objects: Vec<_> = objects.iter().map(|object| (object, delivered(object))).collect();
        // The largest first, so that no thread is left alone with a large one at the end. Of the others, those of one day
        // one after the other: their events are compared with each other, which is then close at hand.
        objects.sort_by_cached_key(|(object, delivered)| {
            let is_small = object.size < SMALL;
            (*delivered, is_small, object.date.filter(|_| is_small), Reverse(object.size), &object.name)
        });
        let mut left = BTreeMap::new();
        for (_, delivered) in &objects {
            *left.entry(*delivered).or_default() += 1;
        }
        for (object, _) in objects.iter().take(AHEAD) {
            object.announce();
        }
        Self { objects, next: AtomicUsize::new(0), left: Mutex::new(left) }
    }

    /// The object of a number, and when it was delivered.
    fn get(&self, number: usize) -> Option<(&'o LogObject, Delivered)> {
        self.objects.get(number).copied()
    }
}

impl Queue for Deliveries<'_> {
    fn next(&self) -> Option<(Cow<'_, LogObject>, Delivered)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some((object, _)) = self.get(number.saturating_add(AHEAD)) {
            object.announce();
        }
        self.get(number).map(|(object, delivered)| (Cow::Borrowed(object), delivered))
    }

    fn done(&self, delivered: Delivered, seen: &Seen) {
        // A panic elsewhere cannot leave the counts half changed.
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if is_last_of(&mut left, delivered)
            && let Some((Delivered::On(earliest), _)) = left.first_key_value()
        {
            seen.forget_before(earliest - LATE);
        }
    }
}

/// Counts an object that was read. Whether it was the last of its day.
pub(crate) fn is_last_of(left: &mut BTreeMap<Delivered, usize>, delivered: Delivered) -> bool {
    let Some(count) = left.get_mut(&delivered) else { return false };
    *count -= 1;
    let is_last = *count == 0;
    if is_last {
        left.remove(&delivered);
    }
    is_last
}

impl Delivered {
    /// With which others an event of an object is compared.
    pub(crate) fn compared(self, day: Option<i32>) -> Among {
        /// The day of events without a time.
        const NONE: i32 = i32::MIN;
        match (self, day) {
            (Self::Whenever, day) => Among::Day(day.unwrap_or(NONE)),
            (Self::Unknown, day) => Among::All(day.unwrap_or(NONE)),
            (Self::On(delivered), Some(day)) if (delivered - LATE..=delivered + EARLY).contains(&day) => {
                Among::Day(day)
            }
            (Self::On(_), _) => Among::Late,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str, size: u64, date: Option<&str>) -> LogObject {
        let mut object = LogObject::file(name, size);
        object.date = date.map(|date| date.parse().unwrap());
        object
    }

    fn order(objects: &[LogObject], large: u64) -> Vec<&str> {
        let deliveries = Deliveries::of(objects, large);
        (0..).map_while(|number| deliveries.get(number)).map(|(object, _)| object.name.as_str()).collect()
    }

    #[test]
    fn a_large_log_is_read_day_by_day() {
        let objects = [
            object("a", 5, Some("2026-05-02")),
            object("b", 7, Some("2026-05-01")),
            object("c", 9, Some("2026-05-02")),
            object("d", 1, None),
        ];
        assert_eq!(order(&objects, 22), ["d", "b", "c", "a"]);
        assert_eq!(order(&objects, 23), ["d", "b", "c", "a"]);
        let objects =
            [object("a", 1, Some("2026-05-01")), object("b", SMALL, Some("2026-05-02")), object("c", SMALL + 1, None)];
        assert_eq!(order(&objects, u64::MAX), ["c", "b", "a"]);
    }

    #[test]
    fn what_no_object_that_is_left_may_hold_is_forgotten() {
        let objects = [
            object("a", 1, Some("2026-05-01")),
            object("b", 1, Some("2026-05-02")),
            object("c", 1, Some("2026-05-09")),
            object("d", 1, None),
        ];
        let deliveries = Deliveries::of(&objects, 0);
        let delivered: Vec<Delivered> = (0..4).filter_map(|number| Some(deliveries.get(number)?.1)).collect();
        let [Delivered::Unknown, Delivered::On(first), Delivered::On(_), Delivered::On(last)] = delivered[..] else {
            panic!("{delivered:?}")
        };
        let seen = Seen::default();
        for own in &delivered {
            let Delivered::On(day) = own else { continue };
            assert!(seen.is_first(own.compared(Some(*day)), 7));
        }
        deliveries.done(delivered[1], &seen);
        deliveries.done(delivered[2], &seen);
        // An object that may hold anything is left.
        assert_eq!(seen.len(), 3);
        assert!(!seen.is_first(Delivered::Unknown.compared(Some(first)), 7));
        deliveries.done(delivered[0], &seen);
        assert_eq!(seen.len(), 1);
        assert!(!seen.is_first(Delivered::On(last + 3).compared(Some(last)), 7));
    }

    #[test]
    fn late_events_stand_apart_whatever_was_read_before() {
        assert_eq!(Delivered::On(13).compared(Some(10)), Among::Day(10));
        assert_eq!(Delivered::On(14).compared(Some(10)), Among::Late);
        assert_eq!(Delivered::On(9).compared(Some(10)), Among::Day(10));
        assert_eq!(Delivered::On(8).compared(Some(10)), Among::Late);
        assert_eq!(Delivered::On(10).compared(None), Among::Late);
        assert_eq!(Delivered::Unknown.compared(Some(10)), Among::All(10));
        assert_eq!(Delivered::Whenever.compared(Some(10)), Among::Day(10));
    }
}
