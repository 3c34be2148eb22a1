//! From a file's bytes to events.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail like a test")]

use std::io::Write;

use divan::Bencher;
use divan::counter::BytesCount;
use flate2::Compression;
use flate2::write::GzEncoder;
use tighten_trail::{Limits, Reader, identify, outcome};

fn main() {
    divan::main();
}

/// The records of the fixtures, over and over, one to a line.
fn lines(times: usize) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/envelopes/lines.jsonl");
    // The file ends with a line's end, or the next copy would begin on its last line.
    let lines = std::fs::read_to_string(path).unwrap();
    format!("{}\n", lines.trim_end()).repeat(times).into_bytes()
}

/// The same records as CloudTrail delivers them.
fn envelope(times: usize) -> Vec<u8> {
    let lines = String::from_utf8(lines(times)).unwrap();
    format!("{{\"Records\":[{}]}}", lines.trim_end().replace('\n', ",")).into_bytes()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn read(bencher: Bencher<'_, '_>, content: &[u8], stored: &[u8]) {
    let mut reader = Reader::new();
    bencher.counter(BytesCount::of_slice(content)).bench_local(|| {
        let mut visited = 0;
        let report = reader.read_bytes("x.json", stored, &Limits::default(), &mut |_| visited += 1);
        assert_eq!(report.records, visited);
        visited
    });
}

#[divan::bench(args = [1, 100])]
fn delivered(bencher: Bencher<'_, '_>, times: usize) {
    let content = envelope(times);
    read(bencher, &content, &gzip(&content));
}

#[divan::bench(args = [1, 100])]
fn not_compressed(bencher: Bencher<'_, '_>, times: usize) {
    let content = envelope(times);
    read(bencher, &content, &content);
}

#[divan::bench(args = [100])]
fn one_to_a_line(bencher: Bencher<'_, '_>, times: usize) {
    let content = lines(times);
    read(bencher, &content, &content);
}

#[divan::bench]
fn with_identity_and_outcome(bencher: Bencher<'_, '_>) {
    let content = envelope(100);
    let mut reader = Reader::new();
    bencher.counter(BytesCount::of_slice(&content)).bench_local(|| {
        reader.read_bytes("x.json", &content, &Limits::default(), &mut |event| {
            divan::black_box((identify(&event), outcome(&event)));
        })
    });
}
