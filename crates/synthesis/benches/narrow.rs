//! From usage to narrowed and to new policies.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail like a test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use divan::Bencher;
use tighten_catalog::Catalog;
use tighten_iam::PolicySource;
use tighten_mapping::Mapper;
use tighten_synthesis::narrow::{CurrentPolicy, Holder, Home, NarrowInput, NarrowOptions, narrow};
use tighten_synthesis::{EntityPaths, Observation, Options, Subject, generate};
use tighten_trail::{Window, list};
use tighten_usage::{FoldOptions, Progress, Usage, fold};

fn main() {
    divan::main();
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

fn usage() -> Usage {
    let listing = list(&[fixtures().join("sst-deploy/trail")], &Window::ALL).unwrap();
    fold(&listing, FoldOptions::default(), &Mapper::new(Catalog::embedded()), &Progress::default()).into_usage()
}

/// The principal that needed most.
fn subject(usage: &Usage) -> Subject {
    let subjects = usage.principals.iter().map(|(principal, used)| Subject::of(principal, used));
    subjects.max_by_key(|subject| subject.needs.len()).unwrap()
}

#[divan::bench(args = ["sst-deploy", "administrator", "power-user", "read-only", "resource-scoped", "conditions"], sample_count = 20)]
fn narrowed(bencher: Bencher<'_, '_>, name: &str) {
    let (usage, paths) = (usage(), EntityPaths::default());
    let subject = subject(&usage);
    let everywhere = BTreeSet::new();
    let observation = Observation::new(Catalog::embedded(), &usage.coverage, None, &everywhere);
    let text = std::fs::read_to_string(fixtures().join(format!("policies/{name}.json"))).unwrap();
    let source = PolicySource::parse(text).unwrap();
    let policies = [CurrentPolicy::new(name, Home::File, source)];
    let input = NarrowInput {
        catalog: Catalog::embedded(),
        policies: &policies,
        holders: &[Holder { subject: &subject, policies: vec![0], created: None, boundary: None }],
        paths: &paths,
        observation: &observation,
        details: false,
    };
    let options = NarrowOptions::default();
    bencher.bench_local(|| narrow(&input, &options).unwrap());
}

#[divan::bench]
fn generated(bencher: Bencher<'_, '_>) {
    let (usage, paths, options) = (usage(), EntityPaths::default(), Options::default());
    let subject = subject(&usage);
    bencher.bench_local(|| generate(Catalog::embedded(), &subject, &paths, &options));
}
