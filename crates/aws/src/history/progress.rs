//! How far it is, and how long it will take.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How far reading the event history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryProgress {
    /// How many regions are read to their end.
    pub regions_done: usize,
    /// How many there are.
    pub regions: usize,
    /// How many requests were answered.
    pub pages: u64,
    /// How long the slowest region will still take, if its remaining time is as busy as that which was read; nothing
    /// before there is something to go by.
    pub left: Option<Duration>,
}

/// Who wants to know how far it is.
pub(super) type Watch = Box<dyn Fn(HistoryProgress) + Send + Sync>;

/// Counts, and tells.
pub(super) struct Meter {
    begun: Instant,
    stop: AtomicBool,
    pages: Mutex<(u64, BTreeMap<String, Region>)>,
    watch: Watch,
}

#[derive(Debug, Default)]
struct Region {
    /// Seconds of the history that are wanted, that are read in whole spans, and in the present one.
    wanted: i64,
    read: i64,
    present: i64,
    is_done: bool,
}

impl Meter {
    pub(super) fn new(wanted: impl IntoIterator<Item = (String, i64)>, watch: Watch) -> Self {
        let region = |(name, wanted)| (name, Region { wanted, ..Region::default() });
        let pages = Mutex::new((0, wanted.into_iter().map(region).collect()));
        Self { begun: Instant::now(), stop: AtomicBool::new(false), pages, watch }
    }

    /// The user has interrupted the program. Returns whether that is known already.
    pub(super) fn stop(&self) -> bool {
        self.stop.swap(true, Ordering::SeqCst)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// A page came, after which so much of the present span is read.
    pub(super) fn page(&self, region: &str, present: i64) {
        self.update(region, |pages, region| {
            *pages += 1;
            region.present = present;
        });
    }

    /// A span of so many seconds is read.
    pub(super) fn span(&self, region: &str, seconds: i64) {
        self.update(region, |_, region| {
            region.read += seconds;
            region.present = 0;
        });
    }

    /// A region is read.
    pub(super) fn done(&self, region: &str) {
        self.update(region, |_, region| region.is_done = true);
    }

    fn update(&self, name: &str, change: impl FnOnce(&mut u64, &mut Region)) {
        let progress = {
            let mut state = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
            let (pages, regions) = &mut *state;
            if let Some(region) = regions.get_mut(name) {
                change(pages, region);
            }
            progress(*pages, regions, self.begun.elapsed())
        };
        (self.watch)(progress);
    }
}

fn progress(pages: u64, regions: &BTreeMap<String, Region>, elapsed: Duration) -> HistoryProgress {
    let open = || regions.values().filter(|region| !region.is_done);
    let left = |region: &Region| {
        let read = u32::try_from(region.read + region.present).ok().filter(|read| *read > 0)?;
        let rest = u32::try_from(region.wanted - region.read - region.present).unwrap_or(0);
        Some(elapsed.mul_f64(f64::from(rest) / f64::from(read)))
    };
    // As long as one region has told nothing, nobody knows.
    let left = open().map(left).collect::<Option<Vec<Duration>>>().and_then(|all| all.into_iter().max());
    let regions_done = regions.len() - open().count();
    HistoryProgress { regions_done, regions: regions.len(), pages, left }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("stop", &self.stop).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_region_says_how_long_it_takes() {
        let region = |read, present, is_done| Region { wanted: 100, read, present, is_done };
        let of = |regions: Vec<Region>| {
            let regions = regions.into_iter().enumerate().map(|(at, region)| (at.to_string(), region)).collect();
            progress(7, &regions, Duration::from_secs(10))
        };
        let told = of(vec![region(100, 0, true), region(40, 10, false), region(0, 10, false)]);
        assert_eq!((told.regions_done, told.regions, told.pages), (1, 3, 7));
        assert_eq!(told.left, Some(Duration::from_secs(90)));
        assert_eq!(of(vec![region(50, 0, false), region(0, 0, false)]).left, None);
        assert_eq!(of(vec![region(100, 0, true)]).left, None);
    }
}
