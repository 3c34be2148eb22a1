//! Folds over log objects that are not files.

#![cfg(test)]

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use tighten_catalog::Catalog;
use tighten_mapping::Mapper;
use tighten_trail::{Listing, LogObject, Open, SkipReason, Skipped, Window, list};
use tighten_usage::{FoldOptions, Progress, Usage, fold, for_each_record};

const PREFIX: &str = "s3://trail/AWSLogs/111122223333";
/// From this size on, as stored, objects are inflated on a thread of their own.
const LARGE: u64 = 8 << 20;

/// A bucket that counts how often each of its objects is opened.
#[derive(Debug, Default)]
struct Bucket {
    objects: BTreeMap<String, (Vec<u8>, AtomicU64)>,
}

impl Bucket {
    fn put(&mut self, key: &str, content: Vec<u8>) {
        self.objects.insert(format!("{PREFIX}/{key}"), (content, AtomicU64::new(0)));
    }

    fn opens(&self) -> BTreeMap<&str, u64> {
        self.objects.iter().map(|(name, (_, opens))| (name.as_str(), opens.swap(0, Ordering::Relaxed))).collect()
    }
}

impl Open for Bucket {
    fn open(&self, object: &LogObject) -> io::Result<Box<dyn Read + Send>> {
        let found = self.objects.get(object.name.as_str());
        let (content, opens) = found.ok_or_else(|| io::Error::other("the key does not exist"))?;
        opens.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Cursor::new(content.clone())))
    }
}

fn log(day: u8, calls: u64) -> Vec<u8> {
    let records: Vec<_> = (0..calls)
        .map(|call| {
            json!({
                "eventVersion": "1.08", "eventID": format!("{day}-{call}"), "eventTime": format!("2026-05-{day:02}T10:00:00Z"),
                "eventSource": "sqs.amazonaws.com", "eventName": "GetQueueUrl", "awsRegion": "eu-west-1",
                "recipientAccountId": "111122223333", "requestParameters": {"queueName": format!("queue-{call}")},
                "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333"},
            })
        })
        .collect();
    json!({ "Records": records }).to_string().into_bytes()
}

fn day(day: u8) -> String {
    format!("CloudTrail/eu-west-1/2026/05/{day:02}/111122223333_CloudTrail_eu-west-1_202605{day:02}T1005Z_x.json")
}

/// The bucket's listing, and the same content as files. Every second object says that it is large.
fn listings(bucket: Bucket, window: &Window) -> (Arc<Bucket>, Listing, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let bucket = Arc::new(bucket);
    let mut listing = Listing::default();
    for (number, (name, (content, _))) in bucket.objects.iter().enumerate() {
        let path = dir.path().join(name.strip_prefix("s3://").unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        let size = if number % 2 == 0 { LARGE } else { content.len() as u64 };
        listing.add(LogObject::new(name.as_str(), size, bucket.clone()), window);
    }
    (bucket, listing, dir)
}

fn folded(listing: &Listing, threads: usize) -> Usage {
    let options = FoldOptions { threads: NonZero::new(threads), ..FoldOptions::default() };
    fold(listing, options, &Mapper::new(Catalog::embedded()), &Progress::default()).into_usage()
}

#[test]
fn a_fold_opens_each_object_once_and_says_the_same_as_of_files() {
    let mut bucket = Bucket::default();
    for number in 2..=9 {
        bucket.put(&day(number), log(number, u64::from(number)));
    }
    bucket.put("CloudTrail-Digest/eu-west-1/2026/05/02/d.json", b"{}".to_vec());
    let window = Window::parse(Some("2026-05-04"), None, jiff::Timestamp::UNIX_EPOCH).unwrap();
    let (bucket, listing, dir) = listings(bucket, &window);
    let files = list(&[dir.path().to_path_buf()], &window).unwrap();
    // The folder of the digest, and the day before the one before the window.
    assert_eq!((listing.objects.len(), listing.pruned_files, listing.skips.count("digest")), (7, 1, 1));
    let told = |listing: &Listing| {
        let of = |object: &LogObject| (object.account.clone(), object.region.clone(), object.date);
        listing.objects.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(told(&listing), told(&files));
    assert_eq!(told(&listing)[0].2, Some("2026-05-03".parse().unwrap()));
    let wanted: BTreeMap<&str, u64> = bucket
        .objects
        .keys()
        .map(|name| (name.as_str(), u64::from(listing.objects.iter().any(|object| object.name.as_str() == name))))
        .collect();
    for threads in [1, 2] {
        let usage = folded(&listing, threads);
        assert_eq!(bucket.opens(), wanted, "{threads} threads");
        assert_eq!(usage.counts.events, (3..=9).sum::<u64>());
        let of_files = folded(&files, threads);
        assert_eq!((usage.principals, usage.counts), (of_files.principals, of_files.counts));
    }
}

#[test]
fn an_object_that_cannot_be_opened_is_counted_with_its_name() {
    let mut bucket = Bucket::default();
    bucket.put(&day(2), log(2, 5));
    let (bucket, mut listing, _dir) = listings(bucket, &Window::ALL);
    for size in [70, LARGE] {
        listing.objects.truncate(1);
        let name = format!("{PREFIX}/gone-{size}.json.gz");
        listing.add(LogObject::new(name.as_str(), size, bucket.clone()), &Window::ALL);
        let reason = SkipReason::Unreadable("the key does not exist".to_owned());
        let skipped = Skipped { object: name.into(), record: None, reason };
        for threads in [1, 2] {
            let usage = folded(&listing, threads);
            assert_eq!(usage.skips.examples().collect::<Vec<_>>(), [&skipped]);
            let counts = usage.counts;
            assert_eq!((counts.events, counts.damaged_files, counts.damaged_bytes), (5, 1, size));
        }
        let mapper = Mapper::new(Catalog::embedded());
        let mut names = Vec::new();
        let report = for_each_record(&listing, &FoldOptions::default(), &mapper, &mut |record| {
            names.push(record.object.to_string());
        });
        assert_eq!(names, vec![format!("{PREFIX}/{}", day(2)); 5]);
        assert_eq!(report.skips.examples().collect::<Vec<_>>(), [&skipped]);
    }
}
