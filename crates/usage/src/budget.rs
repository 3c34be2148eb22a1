//! What a fold may spend, so that it keeps within a memory limit.

use std::num::NonZero;
use std::thread;

use tighten_trail::Limits;

use crate::filter::FoldOptions;

/// The least that [`FoldOptions::memory_limit`] can be, in bytes.
pub const LEAST_MEMORY: u64 = 64 << 20;

/// What the program takes before it reads anything, and what it makes of what was read.
const FIXED: u64 = 24 << 20;
/// What one thread takes beside its share: the shapes of records, the tables of inflating, the stack.
const SHAPES: u64 = 16 << 20;
/// What one thread takes at least.
const THREAD: u64 = SHAPES + (16 << 20);
/// What one kind of call takes that a thread recognises, with its caller and all ways in which it is recognised.
const CALL: u64 = 2 << 10;
/// How many kinds of calls a thread recognises at most. What they came to is added up whenever so many are known, so
/// this decides nothing but memory: some 50 MB a thread.
const CALLS: u64 = 1 << 15;
/// From how many kinds of calls on objects on it is looked whether they differ in nothing else.
const OBJECTS: u32 = 32;
/// An event is about so many bytes as stored, and remembered in so many.
const EVENT: (u64, u64) = (170, 16);
/// How many bytes a log has as stored for which remembering all of its events would need much memory.
const LARGE: u64 = 256 << 20;

/// How many threads read, and what each of them may spend. No permission depends on it; counts of events do where
/// [`large`](Self::large) makes copies that come late count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) threads: usize,
    pub(crate) limits: Limits,
    /// How many kinds of calls a thread recognises at a time.
    pub(crate) calls: usize,
    /// How many verdicts on calls all threads share at a time. A thread alone remembers what it needs itself.
    pub(crate) verdicts: usize,
    /// How many kinds of calls on S3's data of one caller there are before it may be that each has an object of its own.
    pub(crate) objects: u32,
    /// From how many stored bytes on events are forgotten that cannot come again.
    pub(crate) large: u64,
}

impl Budget {
    pub(crate) fn of(options: &FoldOptions) -> Self {
        let asked =
            options.threads.map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), NonZero::get);
        Self::with_threads(options, asked)
    }

    fn with_threads(options: &FoldOptions, asked: usize) -> Self {
        let Some(memory) = options.memory_limit else {
            let (calls, verdicts) = (small(CALLS), shared(small(CALLS), asked));
            return Self { threads: asked, limits: options.limits, calls, verdicts, objects: OBJECTS, large: LARGE };
        };
        let memory = memory.max(LEAST_MEMORY);
        // An eighth is for the events that were counted.
        let events = memory / 8;
        let rest = memory - FIXED - events;
        let threads = asked.min(small(rest / THREAD)).max(1);
        let share = (rest / threads as u64).saturating_sub(SHAPES);
        let limits = Limits {
            // With a quarter as much as it is stored.
            whole_size: options.limits.whole_size.min(share / 5),
            // A bad record is there three times while it is mended.
            max_record_size: options.limits.max_record_size.min(share / 8),
            ..options.limits
        };
        let calls = small((share / 3 / CALL).min(CALLS));
        Self {
            threads,
            limits,
            calls,
            verdicts: shared(calls, threads),
            objects: OBJECTS,
            large: (events / EVENT.1 * EVENT.0).min(LARGE),
        }
    }
}

/// Of the calls that a thread recognises, most are mapped while the log is new to it, so a part of them will do.
fn shared(calls: usize, threads: usize) -> usize {
    if threads > 1 { calls / 4 } else { 0 }
}

fn small(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(megabytes: Option<u64>, threads: usize) -> Budget {
        let memory_limit = megabytes.map(|megabytes| megabytes << 20);
        Budget::with_threads(&FoldOptions { memory_limit, ..FoldOptions::default() }, threads)
    }

    #[test]
    fn without_a_limit_nothing_changes() {
        let free = budget(None, 8);
        assert_eq!((free.threads, free.limits, free.large), (8, Limits::default(), LARGE));
        assert_eq!(budget(Some(64 << 10), 8), free);
    }

    #[test]
    fn a_limit_is_kept_by_fewer_threads_and_smaller_buffers() {
        for (megabytes, threads) in [(1, 1), (64, 1), (96, 1), (128, 2), (512, 13)] {
            let own = budget(Some(megabytes), 16);
            assert_eq!(own.threads, threads, "{megabytes}");
            let limit = (megabytes << 20).max(LEAST_MEMORY);
            let Limits { whole_size, max_record_size, .. } = own.limits;
            let buffers = SHAPES + whole_size + whole_size / 4 + 3 * max_record_size + own.calls as u64 * CALL;
            let events = own.large / EVENT.0 * EVENT.1;
            let verdicts = own.verdicts as u64 * CALL;
            assert!(FIXED + events + verdicts + own.threads as u64 * buffers <= limit, "{megabytes}: {own:?}");
            // CloudTrail's own records have a quarter of a megabyte at most.
            assert!(max_record_size >= 1 << 20, "{megabytes}: {own:?}");
        }
        assert_eq!(budget(Some(64), 1).limits.max_file_size, Limits::default().max_file_size);
    }
}
