//! Reading and comparing policies of real size.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail like a test")]

use divan::Bencher;
use divan::counter::BytesCount;
use serde_json::json;
use tighten_iam::{Arn, Budget, PolicyDocument, ResourcePattern, compare};

fn main() {
    divan::main();
}

fn fixture(name: &str) -> PolicyDocument {
    PolicyDocument::parse(&text(name)).unwrap()
}

fn text(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../fixtures/policies/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// 2,400 patterns over 200 services, as policies for readers have them.
fn patterns(verb: &str) -> PolicyDocument {
    let actions: Vec<String> = (0..2_400).map(|at| format!("service{}:{verb}{}*", at / 12, at % 12)).collect();
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    PolicyDocument::from_value(json!({"Version": "2012-10-17", "Statement": [statement]})).unwrap()
}

#[divan::bench(args = ["sst-deploy", "read-only", "conditions"])]
fn parse(bencher: Bencher<'_, '_>, name: &str) {
    let text = text(name);
    bencher.counter(BytesCount::of_str(&text)).bench(|| PolicyDocument::parse(divan::black_box(&text)).unwrap());
}

#[divan::bench(args = [("resource-scoped", "administrator"), ("jets-prefixed", "jets-broad"), ("conditions", "conditions"), ("power-user", "read-only")])]
fn documents(bencher: Bencher<'_, '_>, (inner, outer): (&str, &str)) {
    let (inner, outer) = ([fixture(inner)], [fixture(outer)]);
    bencher.bench(|| compare(divan::black_box(&inner), divan::black_box(&outer), Budget::default()));
}

#[divan::bench]
fn thousands_of_patterns(bencher: Bencher<'_, '_>) {
    let (inner, outer) = ([patterns("Get")], [patterns("G*t")]);
    bencher.bench(|| compare(divan::black_box(&inner), divan::black_box(&outer), Budget::default()));
}

#[divan::bench]
fn match_resource(bencher: Bencher<'_, '_>) {
    let pattern: ResourcePattern = "arn:aws:s3:::logs-*/AWSLogs/*/CloudTrail/*.json.gz".parse().unwrap();
    let arn: Arn =
        "arn:aws:s3:::logs-prod/AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/11/x.json.gz".parse().unwrap();
    bencher.bench(|| divan::black_box(&pattern).matches(divan::black_box(&arn)));
}
