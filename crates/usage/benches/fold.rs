//! From events to usage.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail like a test")]

use std::path::Path;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use tighten_catalog::Catalog;
use tighten_iam::ResourcePattern;
use tighten_mapping::Mapper;
use tighten_testkit::{Envelope, envelopes};
use tighten_usage::{Fold, FoldOptions, ResourceLimits, ResourceSet};

fn main() {
    divan::main();
}

/// The fixtures' records, over and over, each time as new events.
fn records(times: usize) -> Vec<u8> {
    let mut all = Vec::new();
    for time in 0..times {
        for (at, mut record) in envelopes::records().into_iter().enumerate() {
            record.as_object_mut().unwrap().insert("eventID".to_owned(), format!("{time:08}-{at}").into());
            all.push(record);
        }
    }
    Envelope::PlainJson.wrap(&all)
}

#[divan::bench(args = [1, 10, 500])]
fn fold(bencher: Bencher<'_, '_>, times: usize) {
    let (content, mapper) = (records(times), Mapper::new(Catalog::embedded()));
    bencher.counter(BytesCount::of_slice(&content)).bench_local(|| {
        let fold = Fold::new(FoldOptions::default(), &mapper);
        let mut worker = fold.worker();
        worker.read_bytes(Path::new("x.json"), &content);
        fold.finish(worker.finish())
    });
}

#[divan::bench(args = [10, 1_000, 100_000])]
fn resources(bencher: Bencher<'_, '_>, count: usize) {
    let patterns: Vec<ResourcePattern> = (0..count)
        .map(|at| format!("arn:aws:s3:::bucket-{}/logs/{}/{at}.gz", at % 7, at % 31).parse().unwrap())
        .collect();
    bencher.counter(ItemsCount::new(count)).bench(|| {
        let mut set = ResourceSet::new(ResourceLimits::default());
        for pattern in &patterns {
            set.insert(pattern);
        }
        set
    });
}
