//! From events to usage.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail like a test")]

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use serde_json::{Value, json};
use tighten_catalog::Catalog;
use tighten_iam::ResourcePattern;
use tighten_mapping::Mapper;
use tighten_testkit::{Call, Caller, Envelope, envelopes};
use tighten_usage::{Days, Fold, FoldOptions, ResourceLimits, ResourceSet, Usage};

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

fn folded(content: &[u8], mapper: &Mapper) -> Usage {
    let fold = Fold::new(FoldOptions::default(), mapper);
    let mut worker = fold.worker();
    worker.read_bytes("x.json", content);
    worker.finish().into_usage()
}

#[divan::bench(args = [1, 10, 500])]
fn fold(bencher: Bencher<'_, '_>, times: usize) {
    let (content, mapper) = (records(times), Mapper::new(Catalog::embedded()));
    bencher.counter(BytesCount::of_slice(&content)).bench_local(|| folded(&content, &mapper));
}

/// Data events, each about an object of its own: none is like one before, and each is mapped.
#[divan::bench(args = [1_000, 20_000])]
fn objects(bencher: Bencher<'_, '_>, count: usize) {
    let caller = Caller::role("arn:aws:iam::111122223333:role/etl").session("s");
    let records: Vec<Value> = (0..count)
        .map(|at| {
            let key = format!("raw/2026/05/{:02}/{:016x}.parquet", at % 28 + 1, at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let call = Call::new("s3", "GetObject")
                .event(|event| event.principal(&caller).region("us-east-1"))
                .parameters(json!({ "bucketName": "lake", "Host": "lake.s3.amazonaws.com", "key": key }))
                .resource(&format!("arn:aws:s3:::lake/{key}"), "AWS::S3::Object")
                .resource("arn:aws:s3:::lake", "AWS::S3::Bucket");
            call.event.id(&format!("{at:08}")).build()
        })
        .collect();
    let (content, mapper) = (Envelope::PlainJson.wrap(&records), Mapper::new(Catalog::embedded()));
    bencher.counter(ItemsCount::new(count)).bench_local(|| folded(&content, &mapper));
}

#[divan::bench(args = [10, 1_000, 100_000])]
fn resources(bencher: Bencher<'_, '_>, count: usize) {
    let patterns: Vec<ResourcePattern> = (0..count)
        .map(|at| format!("arn:aws:s3:::bucket-{}/logs/{}/{at}.gz", at % 7, at % 31).parse().unwrap())
        .collect();
    let mut days = Days::default();
    days.insert("2026-05-01T12:00:00Z".parse().unwrap());
    bencher.counter(ItemsCount::new(count)).bench(|| {
        let mut set = ResourceSet::new(ResourceLimits::default());
        for pattern in &patterns {
            set.insert(pattern, &days);
        }
        set
    });
}
