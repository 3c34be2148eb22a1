//! Every event once, with all threads.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use tighten_mapping::Mapper;
use tighten_trail::{Arriving, Event, Identity, Outline, Reader};

use crate::arrivals::Arrivals;
use crate::budget::Budget;
use crate::coverage::EventKind;
use crate::days::day_of;
use crate::deliveries::Queue;
use crate::filter::{FoldOptions, trail_account};
use crate::judge::Judged;
use crate::progress::Progress;
use crate::records::admitted;
use crate::seen::Seen;
use crate::usage::Counts;

/// Shows every distinct event of a source to a visitor. Each thread has its own, which are returned; which of them is
/// shown an event, and in which order, is not fixed.
///
/// Copies are recognised as a [`fold`](crate::fold) does: what can no longer come again is forgotten, and a copy that was
/// delivered days late may be shown, too. So memory keeps within [`FoldOptions::memory_limit`], whatever the visitors take
/// beside it. A role that a record names by name alone keeps that name.
pub fn for_each_event<V: Send>(
    source: &mut dyn Arriving,
    options: &FoldOptions,
    mapper: &Mapper,
    visitor: impl Fn() -> V + Sync,
    visit: impl Fn(&mut V, &Event<'_>, &Judged) + Sync,
    progress: &Progress,
) -> Vec<V> {
    let budget = Budget::of(options);
    let queue = Arrivals::new(source, budget.large, progress);
    let (seen, keys) = (Seen::default(), RandomState::default());
    let work = || {
        let mut visitor = visitor();
        let mut reader = Reader::within(options.window);
        while let Some((object, delivered)) = queue.next() {
            let mut counts = Counts::default();
            let report = reader.read(&object, &budget.limits, &mut |event| {
                let Some(judged) = admitted(&event, options, mapper, &mut counts) else { return };
                let among = delivered.compared(event.event_time.map(day_of));
                let is_first = |id| seen.is_first(among, key(&keys, id, &event, &judged));
                if event.event_id.as_deref().is_none_or(is_first) {
                    visit(&mut visitor, &event, &judged);
                }
            });
            progress.add_records(counts.records);
            progress.add_file(report.bytes_compressed, report.bytes_json);
            queue.done(delivered, &seen);
        }
        visitor
    };
    match rayon::ThreadPoolBuilder::new().num_threads(budget.threads).build() {
        Ok(pool) => pool.broadcast(|_| work()),
        // Where no thread can be started, there still is this one.
        Err(_) => vec![work()],
    }
}

/// What all copies of an event have in common and no other event: its id, and everything that decides what it says.
fn key(keys: &RandomState, id: &str, event: &Event<'_>, judged: &Judged) -> u64 {
    let who = match &judged.identity {
        Identity::Principal { principal, via, certain } => {
            Some((principal, via, if *certain { None } else { Some(event.user_identity.role_id()) }))
        }
        Identity::None(_) => None,
    };
    let place = (&event.aws_region, trail_account(&Outline::of(event)), EventKind::of(event));
    let refused = judged.denial.as_ref().map(|denial| (&event.error_code, &denial.action, denial.reason));
    let outcome = (judged.outcome.code(), event.failed(), judged.origin, refused);
    let what = (&event.event_source, &event.event_name, judged.needs(), judged.none());
    keys.hash_one((id, who, place, outcome, what))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};
    use std::num::NonZero;
    use std::sync::Arc;

    use tighten_catalog::Catalog;
    use tighten_trail::{Arrived, Listing, LogObject, Open};

    use super::*;

    #[derive(Debug)]
    struct Memory(String);

    impl Open for Memory {
        fn open(&self, _: &LogObject) -> io::Result<Box<dyn Read + Send>> {
            Ok(Box::new(io::Cursor::new(self.0.clone().into_bytes())))
        }
    }

    /// An object that is said to have this size, delivered on a day, with one call by each id on the first of May.
    fn object(name: &str, size: u64, date: &str, ids: &[Option<&str>]) -> LogObject {
        let record = |id: Option<&str>| {
            let id = id.map(|id| format!(r#""eventID": "{id}", "#)).unwrap_or_default();
            format!(
                r#"{{{id}"eventTime": "2026-05-01T12:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
                "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "userIdentity": {{"type": "IAMUser",
                "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333"}}}}"#
            )
        };
        let records: Vec<String> = ids.iter().copied().map(record).collect();
        let text = format!(r#"{{"Records": [{}]}}"#, records.join(", "));
        let mut object = LogObject::new(name, size, Arc::new(Memory(text)));
        object.date = Some(date.parse().unwrap());
        object
    }

    fn seen(objects: Vec<LogObject>, options: &FoldOptions) -> usize {
        let mut source = Arrived::new(Listing { objects, ..Listing::default() });
        let mapper = Mapper::new(Catalog::embedded());
        let count = |count: &mut usize, _: &Event<'_>, _: &Judged| *count += 1;
        for_each_event(&mut source, options, &mapper, || 0, count, &Progress::default()).into_iter().sum()
    }

    #[test]
    fn copies_are_one_event_and_records_without_an_id_are_their_own() {
        let objects = || {
            vec![
                object("a", 1, "2026-05-01", &[Some("1"), Some("2"), Some("1"), None]),
                object("b", 1, "2026-05-01", &[Some("2"), Some("3"), None]),
            ]
        };
        for threads in 1..=3 {
            let options = FoldOptions { threads: NonZero::new(threads), ..FoldOptions::default() };
            assert_eq!(seen(objects(), &options), 5);
        }
    }

    #[test]
    fn what_cannot_come_again_is_forgotten_in_a_large_log_alone() {
        let objects = |size| {
            let days = ["2026-05-01", "2026-05-02", "2026-05-20"];
            days.iter().map(|day| object(day, size, day, &[Some("1")])).collect::<Vec<_>>()
        };
        let options = FoldOptions { threads: NonZero::new(1), ..FoldOptions::default() };
        assert_eq!(seen(objects(1), &options), 1);
        // The third copy came weeks late, when the first was forgotten.
        assert_eq!(seen(objects(1 << 30), &options), 2);
        let limited = FoldOptions { memory_limit: Some(crate::LEAST_MEMORY), ..options };
        assert_eq!(seen(objects(64 << 20), &limited), 2);
    }
}
