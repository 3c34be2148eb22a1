//! The parallel fold.

use tighten_mapping::Mapper;
use tighten_trail::{Arriving, Listing, LogObject};

use crate::arrivals::Arrivals;
use crate::budget::Budget;
use crate::deliveries::{Deliveries, Queue};
use crate::filter::FoldOptions;
use crate::ledger::{Ledger, LedgerHeader, Sum};
use crate::progress::Progress;
use crate::seen::Seen;

mod key;
mod object;
mod sums;
mod tables;
mod tally;
mod verdicts;
mod worker;

pub use worker::Worker;

use key::Keys;
use verdicts::Verdicts;

/// Folds the log objects of a listing into one [`Ledger`].
pub fn fold(listing: &Listing, options: FoldOptions, mapper: &Mapper, progress: &Progress) -> Ledger {
    let mut ledger = Fold::new(options, mapper).objects(&listing.objects, progress);
    leave_out(&mut ledger, listing);
    ledger
}

/// Folds the log objects of a source that lists them meanwhile. The ledger is that of [`fold`] over the same objects. Returned
/// beside it is what else the source has to say, and how many objects it had.
pub fn fold_arriving(
    source: &mut dyn Arriving,
    options: FoldOptions,
    mapper: &Mapper,
    progress: &Progress,
) -> (Ledger, Listing, u64) {
    let fold = Fold::new(options, mapper);
    let queue = Arrivals::new(source, fold.budget.large, progress);
    let mut ledger = fold.read(&queue, progress);
    let objects = queue.objects();
    let listing = source.rest();
    leave_out(&mut ledger, &listing);
    (ledger, listing, objects)
}

/// Counts what was left out while listing.
fn leave_out(ledger: &mut Ledger, listing: &Listing) {
    ledger.sum.files.damaged_files += listing.skips.lost_files();
    ledger.sum.skips += listing.skips.clone();
}

/// One fold over any number of log objects, by any number of threads.
///
/// ```
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
/// worker.read_bytes("log.json", log);
/// let usage = worker.finish().into_usage();
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

    /// A worker, which is to be given objects or content. Each thread has its own; their sums add up in any order.
    pub fn worker(&self) -> Worker<'_> {
        Worker::new(self)
    }

    /// Reads objects with all threads, each once, in an order that suits memory and threads.
    pub fn objects(&self, objects: &[LogObject], progress: &Progress) -> Ledger {
        self.read(&Deliveries::of(objects, self.budget.large), progress)
    }

    fn read(&self, queue: &impl Queue, progress: &Progress) -> Ledger {
        let work = || {
            let mut worker = self.worker();
            while let Some((object, delivered)) = queue.next() {
                worker.read_delivered(&object, delivered, progress);
                queue.done(delivered, &self.seen);
            }
            // Others have one object left at most, and need not wait until this is done.
            self.verdicts.forget();
            worker.into_sum()
        };
        let sums = match rayon::ThreadPoolBuilder::new().num_threads(self.budget.threads).build() {
            Ok(pool) => pool.broadcast(|_| work()),
            // Where no thread can be started, there still is this one.
            Err(_) => vec![work()],
        };
        let sum = sums.into_iter().reduce(|mut all, sum| {
            all.merge(sum);
            all
        });
        self.ledger(sum.unwrap_or_default())
    }

    fn ledger(&self, sum: Sum) -> Ledger {
        let sources = &self.mapper.catalog().info().sources;
        let versions: Vec<String> =
            sources.iter().map(|source| format!("{} {}", source.name, source.version)).collect();
        let header = LedgerHeader::of(&self.options, versions.join(", "));
        Ledger { header, sum }
    }
}

#[cfg(test)]
mod tests;
