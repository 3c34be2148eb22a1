//! The parallel fold.

use std::sync::atomic::{AtomicUsize, Ordering};

use tighten_mapping::Mapper;
use tighten_trail::{Listing, TrailFile};

use crate::budget::Budget;
use crate::deliveries::Deliveries;
use crate::filter::FoldOptions;
use crate::progress::Progress;
use crate::seen::Seen;
use crate::usage::Usage;

mod key;
mod sums;
mod tables;
mod tally;
mod verdicts;
mod worker;

pub use worker::Worker;

use key::Keys;
use verdicts::Verdicts;

/// Folds the files of a listing into one [`Usage`].
pub fn fold(listing: &Listing, options: FoldOptions, mapper: &Mapper, progress: &Progress) -> Usage {
    let fold = Fold::new(options, mapper);
    let mut usage = fold.files(&listing.files, progress);
    usage.counts.damaged_files += listing.skips.lost_files();
    usage.skips += listing.skips.clone();
    fold.finish(usage)
}

/// One fold over any number of files, by any number of threads.
///
/// ```
/// use std::path::Path;
/// use tighten_catalog::Catalog;
/// use tighten_mapping::Mapper;
/// use tighten_usage::{Fold, FoldOptions};
///
/// let log = br#"{"Records": [{
///     "eventID": "1", "eventTime": "2026-05-01T12:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
///     "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
///     "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333"}
/// }]}"#;
/// let mapper = Mapper::new(Catalog::embedded());
/// let fold = Fold::new(FoldOptions::default(), &mapper);
/// let mut worker = fold.worker();
/// worker.read_bytes(Path::new("log.json"), log);
/// let usage = fold.finish(worker.finish());
/// let (who, used) = usage.principals.first_key_value().unwrap();
/// assert_eq!(who.name(), "ada");
/// assert_eq!(used.needs.keys().next().unwrap().action.to_string(), "s3:ListAllMyBuckets");
/// ```
#[derive(Debug)]
pub struct Fold<'m> {
    mapper: &'m Mapper,
    options: FoldOptions,
    seen: Seen,
    keys: Keys,
    verdicts: Verdicts,
    budget: Budget,
}

impl<'m> Fold<'m> {
    /// A fold that has seen nothing.
    pub fn new(options: FoldOptions, mapper: &'m Mapper) -> Self {
        let budget = Budget::of(&options);
        let verdicts = Verdicts::new(budget.verdicts);
        Self { mapper, options, seen: Seen::default(), keys: Keys::default(), verdicts, budget }
    }

    /// A worker, which is to be given files or content. Each thread has its own; their sums add up in any order.
    pub fn worker(&self) -> Worker<'_> {
        Worker::new(self)
    }

    /// Reads files with all threads, in an order that suits memory and threads.
    pub fn files(&self, files: &[TrailFile], progress: &Progress) -> Usage {
        let queue = Deliveries::of(files, self.budget.large);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut worker = self.worker();
            while let Some((file, delivered)) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
                worker.read_delivered(file, delivered, progress);
                queue.done(delivered, &self.seen);
            }
            // Others have one file left at most, and need not wait until this is done.
            self.verdicts.forget();
            worker.finish()
        };
        let sums = match rayon::ThreadPoolBuilder::new().num_threads(self.budget.threads).build() {
            Ok(pool) => pool.broadcast(|_| work()),
            // Where no thread can be started, there still is this one.
            Err(_) => vec![work()],
        };
        sums.into_iter()
            .reduce(|mut all, sum| {
                all += sum;
                all
            })
            .unwrap_or_default()
    }

    /// What is left to do when all records are in: roles and users known by name alone are joined with those known in full,
    /// what failed calls needed with the rest, and instance profiles with the roles that they hold.
    pub fn finish(&self, mut usage: Usage) -> Usage {
        usage.join_names(&self.options.principals);
        usage.settle_failed();
        usage.join_profiles();
        usage
    }
}

#[cfg(test)]
mod tests;
