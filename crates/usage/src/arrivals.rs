//! Log objects in the order in which a source lists them, while it does.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use tighten_trail::{Arrival, Arriving, LogObject};

use crate::days::number_of;
use crate::deliveries::{AHEAD, Delivered, LATE, Queue, is_last_of};
use crate::progress::Progress;
use crate::seen::Seen;

/// How many days an object's name and its folder may differ without a copy being forgotten too early.
const APART: i32 = 2;

/// The objects of a source that lists them meanwhile.
///
/// Whether a log is [large](crate::deliveries::Deliveries) decides how copies that come late count. So nothing is handed out
/// before that is known: until enough is listed, or all of it.
pub(crate) struct Arrivals<'s> {
    arriving: Mutex<Listed<'s>>,
    large: u64,
    progress: &'s Progress,
}

struct Listed<'s> {
    source: &'s mut dyn Arriving,
    waiting: VecDeque<LogObject>,
    /// How many of those that wait are announced.
    announced: usize,
    /// How many objects of each day wait or are being read.
    left: BTreeMap<Delivered, usize>,
    /// The day of the last that came.
    latest: Option<i32>,
    objects: u64,
    bytes: u64,
    is_large: bool,
    is_complete: bool,
}

impl fmt::Debug for Arrivals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrivals").finish_non_exhaustive()
    }
}

impl<'s> Arrivals<'s> {
    /// In a log of `large` bytes as stored and more, events are forgotten that cannot come again.
    pub(crate) fn new(source: &'s mut dyn Arriving, large: u64, progress: &'s Progress) -> Self {
        let listed = Listed {
            source,
            waiting: VecDeque::new(),
            announced: 0,
            left: BTreeMap::new(),
            latest: None,
            objects: 0,
            bytes: 0,
            is_large: large == 0,
            is_complete: false,
        };
        Self { arriving: Mutex::new(listed), large, progress }
    }

    /// How many objects came.
    pub(crate) fn objects(&self) -> u64 {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner).objects
    }
}

impl Listed<'_> {
    /// Takes what the source has. `false`: nothing yet.
    fn take(&mut self, wait: bool, large: u64, progress: &Progress) -> bool {
        let objects = match self.source.more(wait) {
            Arrival::Objects(objects) => objects,
            Arrival::Later => return false,
            Arrival::End => {
                self.is_complete = true;
                return true;
            }
        };
        let bytes = objects.iter().map(|object| object.size).sum::<u64>();
        progress.add_found(objects.len() as u64, bytes);
        self.objects += objects.len() as u64;
        self.bytes += bytes;
        if !self.is_large && self.bytes >= large {
            self.is_large = true;
            // Those that wait were taken for the objects of a small log.
            self.left.clear();
            for object in &self.waiting {
                *self.left.entry(delivered(object, true)).or_default() += 1;
            }
        }
        for object in &objects {
            let delivered = delivered(object, self.is_large);
            *self.left.entry(delivered).or_default() += 1;
            self.latest = self.latest.max(object.date.map(number_of));
        }
        self.waiting.extend(objects);
        self.announce();
        true
    }

    fn announce(&mut self) {
        while self.announced < AHEAD
            && let Some(object) = self.waiting.get(self.announced)
        {
            object.announce();
            self.announced += 1;
        }
    }

    fn next(&mut self) -> Option<(LogObject, Delivered)> {
        let object = self.waiting.pop_front()?;
        self.announced = self.announced.saturating_sub(1);
        self.announce();
        let delivered = delivered(&object, self.is_large);
        Some((object, delivered))
    }
}

fn delivered(object: &LogObject, is_large: bool) -> Delivered {
    match object.date {
        _ if !is_large => Delivered::Whenever,
        None => Delivered::Unknown,
        Some(date) => Delivered::On(number_of(date)),
    }
}

impl Queue for Arrivals<'_> {
    fn next(&self) -> Option<(Cow<'_, LogObject>, Delivered)> {
        let mut listed = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        while !listed.is_complete && !listed.is_large {
            listed.take(true, self.large, self.progress);
        }
        while !listed.is_complete && listed.waiting.len() < AHEAD {
            let wait = listed.waiting.is_empty();
            if !listed.take(wait, self.large, self.progress) {
                break;
            }
        }
        listed.next().map(|(object, delivered)| (Cow::Owned(object), delivered))
    }

    fn done(&self, delivered: Delivered, seen: &Seen) {
        let mut listed = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_last_of(&mut listed.left, delivered) || !listed.is_large {
            return;
        }
        let left = match listed.left.first_key_value() {
            // It may hold events of any day.
            Some((Delivered::Unknown | Delivered::Whenever, _)) => return,
            Some((Delivered::On(day), _)) => Some(*day),
            None => None,
        };
        let coming = listed.latest.filter(|_| !listed.is_complete);
        let earliest = left.into_iter().chain(coming).min();
        if let Some(earliest) = earliest {
            seen.forget_before(earliest - LATE - APART);
        }
    }
}

#[cfg(test)]
mod tests {
    use tighten_trail::{Arrived, Listing};

    use super::*;

    fn listing(objects: &[(&str, u64, Option<&str>)]) -> Listing {
        let mut listing = Listing::default();
        for (name, size, date) in objects {
            let mut object = LogObject::file(name, *size);
            object.date = date.map(|date| date.parse().unwrap());
            listing.objects.push(object);
        }
        listing
    }

    fn drain(source: &mut dyn Arriving, large: u64) -> Vec<(String, Delivered)> {
        let progress = Progress::default();
        let queue = Arrivals::new(source, large, &progress);
        let all = std::iter::from_fn(|| queue.next().map(|(object, when)| (object.name.as_str().to_owned(), when)));
        all.collect()
    }

    #[test]
    fn whether_a_log_is_large_is_known_before_anything_is_handed_out() {
        let objects = [("a", 5, Some("2026-05-01")), ("b", 7, Some("2026-05-02")), ("c", 1, None)];
        let whenever = |name: &str| (name.to_owned(), Delivered::Whenever);
        let small = drain(&mut Arrived::new(listing(&objects)), 14);
        assert_eq!(small, [whenever("c"), whenever("a"), whenever("b")]);
        let large = drain(&mut Arrived::new(listing(&objects)), 13);
        let [(_, Delivered::Unknown), (_, Delivered::On(first)), (_, Delivered::On(second))] = large[..] else {
            panic!("{large:?}")
        };
        assert_eq!(second, first + 1);
    }

    #[test]
    fn what_no_object_that_is_left_may_hold_is_forgotten() {
        let objects = [("a", 1, Some("2026-05-01")), ("b", 1, Some("2026-05-20")), ("c", 1, Some("2026-05-30"))];
        let (mut source, progress, seen) = (Arrived::new(listing(&objects)), Progress::default(), Seen::default());
        let queue = Arrivals::new(&mut source, 0, &progress);
        let mut read = Vec::new();
        while let Some((_, delivered)) = queue.next() {
            let Delivered::On(day) = delivered else { panic!("{delivered:?}") };
            assert!(seen.is_first(delivered.compared(Some(day)), 7));
            read.push(delivered);
        }
        assert_eq!(seen.len(), 3);
        queue.done(read[1], &seen);
        // An earlier one is still being read.
        assert_eq!(seen.len(), 3);
        queue.done(read[0], &seen);
        assert_eq!(seen.len(), 1);
    }
}
