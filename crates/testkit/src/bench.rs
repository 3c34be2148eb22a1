//! Large trails with known truth, for measuring: the records of [`crate::organisation::work`], filled in from
//! templates, in files of realistic sizes. The bytes depend on the options alone, not on the number of threads.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::thread;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::organisation::ORGANISATION;
use crate::organisation::work::{self, Job};
use crate::shapes::Actor;
use crate::{Call, Caller, Rng, TrailWriter, Truth};

const START: &str = "2026-05-01T00:00:00Z";
const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "us-west-2", "ap-southeast-2"];
const JOBS: [Job; 6] = [Job::Service, Job::Deploy, Job::Pipeline, Job::Developer, Job::Infrastructure, Job::Backup];
const SLOTS: [&str; 7] = ["~time~", "~id~", "~request~", "~key~", "~session~", "~ip~", "~hex~"];
/// Of a hundred records, those that another file repeats and those that are a service's own.
const REPEATED: u64 = 2;
const SERVICES: u64 = 8;

/// How the records are spread over files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Many small files, some large ones, as organisations have them.
    Mixed,
    /// Two records a file.
    Tiny,
    /// Everything in one file.
    One,
}

/// What to generate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Below this folder.
    pub out: PathBuf,
    /// About so many bytes of JSON.
    pub bytes: u64,
    /// The seed.
    pub seed: u64,
    /// So many accounts.
    pub accounts: u64,
    /// So many principals.
    pub principals: u64,
    /// Over so many days.
    pub days: u64,
    /// The sizes of the files.
    pub layout: Layout,
}

impl Options {
    /// 64 MiB of a mixed organisation.
    pub fn new(out: PathBuf) -> Self {
        Self { out, bytes: 64 << 20, seed: 1, accounts: 6, principals: 120, days: 30, layout: Layout::Mixed }
    }
}

/// A record with places to fill in.
#[derive(Debug)]
struct Template {
    call: Call,
    pieces: Vec<(String, Option<usize>)>,
    length: u64,
}

/// Everything that can be recorded, with cumulative weights.
#[derive(Debug)]
struct World {
    accounts: Vec<String>,
    templates: Vec<Template>,
    services: usize,
    weights: Vec<u64>,
}

/// One file to be: all that its records depend on.
#[derive(Debug, Clone)]
struct Plan {
    index: u64,
    records: u64,
    repeats: u64,
}

/// What one thread wrote.
#[derive(Debug, Default)]
struct Written {
    counts: Vec<u64>,
    bytes: u64,
}

/// Writes the trail and `truth.json`.
pub fn write(options: &Options) -> io::Result<Truth> {
    let world = World::new(options);
    let plans = plan(options, &world);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<io::Result<Written>> = thread::scope(|scope| {
        let (world, plans) = (&world, &plans);
        let handles: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    write_some(options, world, plans.iter().enumerate().skip(first).step_by(threads), plans)
                })
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|_| Err(io::Error::other("a writer panicked"))))
            .collect()
    });
    let mut truth = Truth::default();
    for part in parts {
        let part = part?;
        truth.totals.bytes += part.bytes;
        for (template, count) in world.templates.iter().zip(part.counts).filter(|(_, count)| *count > 0) {
            truth.record_times(&template.call, count);
        }
    }
    truth.totals.files = u64::try_from(plans.len()).unwrap_or_default();
    truth.totals.duplicates = plans.iter().map(|plan| plan.repeats).sum();
    truth.totals.distinct_events = plans.iter().map(|plan| plan.records).sum();
    truth.totals.records = truth.totals.distinct_events + truth.totals.duplicates;
    let text = serde_json::to_string_pretty(&truth).map_err(io::Error::other)?;
    fs::write(options.out.join("truth.json"), text)?;
    Ok(truth)
}

impl World {
    fn new(options: &Options) -> Self {
        let mut rng = Rng::labelled(options.seed, "world");
        let accounts: Vec<String> =
            (0..options.accounts.max(1)).map(|_| (100_000_000_000 + rng.below(899_999_999_999)).to_string()).collect();
        let (mut templates, mut weights, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for account in &accounts {
            for region in REGIONS {
                let call = Call::new("s3", "GetBucketAcl")
                    .event(|event| {
                        event.principal(&Caller::service("cloudtrail.amazonaws.com", account)).region(region)
                    })
                    .parameters(json!({ "bucketName": "example-org-trail", "acl": "" }))
                    .resource("arn:aws:s3:::example-org-trail", "AWS::S3::Bucket")
                    .nothing("no-principal");
                templates.push(Template::new(call));
            }
        }
        let services = templates.len();
        for index in 0..options.principals {
            let actor = actor(index, &accounts, &mut rng);
            let job = rng.pick(&JOBS).copied().unwrap_or(Job::Service);
            for rank in 0..8 + rng.below(33) {
                let Some(call) = work::call(job, &actor, &mut rng) else { continue };
                let template = Template::new(call);
                // The same call drawn twice would be two templates of one truth; it only gains weight.
                if seen.insert((index, template.pieces.iter().map(|(text, _)| text.as_str()).collect::<String>())) {
                    templates.push(template);
                    weights.push(1_000_000 / (index + 1) / (rank + 1) + 1);
                }
            }
        }
        let mut sum = 0;
        for weight in &mut weights {
            sum += *weight;
            *weight = sum;
        }
        Self { accounts, templates, services, weights }
    }

    fn draw(&self, rng: &mut Rng) -> usize {
        if self.weights.is_empty() || rng.chance(SERVICES) {
            return usize::try_from(rng.below(u64::try_from(self.services).unwrap_or(1))).unwrap_or_default();
        }
        let point = rng.below(self.weights.last().copied().unwrap_or(1));
        self.services + self.weights.partition_point(|&weight| weight <= point)
    }

    fn mean_length(&self, seed: u64) -> u64 {
        let mut rng = Rng::labelled(seed, "length");
        let total: u64 =
            (0..2000).filter_map(|_| self.templates.get(self.draw(&mut rng))).map(|template| template.length).sum();
        (total / 2000).max(1)
    }
}

fn actor(index: u64, accounts: &[String], rng: &mut Rng) -> Actor {
    let account = rng.pick(accounts).map_or("111122223333", String::as_str);
    let region =
        rng.word(&["us-east-1", "us-east-1", "us-east-1", "eu-west-1", "eu-west-1", "us-west-2", "ap-southeast-2"]);
    let caller = if index % 6 == 5 {
        Caller::user(&format!("arn:aws:iam::{account}:user/{}user-{index}", rng.word(&["", "people/"])))
    } else {
        let name =
            match rng.word(&["", "", "service-role/", "team/platform/", "aws-reserved/sso.amazonaws.com/eu-west-1/"]) {
                path if path.contains("sso") => format!("{path}AWSReservedSSO_Developer_{}", rng.hex(16)),
                path => format!("{path}role-{index}-{}", rng.word(&["deploy", "runner", "app", "lambda"])),
            };
        Caller::role(&format!("arn:aws:iam::{account}:role/{name}")).session("~session~")
    };
    Actor::new(caller, region)
}

impl Template {
    fn new(call: Call) -> Self {
        let event =
            call.event.clone().time("~time~").id("~id~").request_id("~request~").access_key("~key~").source_ip("~ip~");
        let mut record = event.build();
        if let Some(data) = record.get_mut("additionalEventData").and_then(Value::as_object_mut) {
            data.insert("x-amz-id-2".to_owned(), json!("~hex~"));
        }
        let text = record.to_string();
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((at, slot)) = next_slot(rest) {
            let (before, after) = rest.split_at(at);
            pieces.push((before.to_owned(), Some(slot)));
            rest = after.get(SLOTS.get(slot).map_or(0, |name| name.len())..).unwrap_or_default();
        }
        pieces.push((rest.to_owned(), None));
        let mut filled = String::new();
        let template = Self { call, pieces, length: 0 };
        template.fill(&mut filled, 0, &mut Rng::new(0));
        Self { length: u64::try_from(filled.len()).unwrap_or_default() + 1, ..template }
    }

    /// Appends the record with its places filled in; `second` counts from the start of the trail.
    fn fill(&self, out: &mut String, second: i64, rng: &mut Rng) {
        let start: Timestamp = START.parse().unwrap_or_default();
        let time = start.checked_add(SignedDuration::from_secs(second)).unwrap_or(start);
        let session = rng.below(6);
        for (text, slot) in &self.pieces {
            out.push_str(text);
            match slot {
                Some(0) => out.push_str(&time.to_string()),
                Some(1 | 2) => out.push_str(&rng.uuid()),
                Some(3) => out.push_str(&Rng::labelled(session, "key").base32(13)),
                Some(4) => {
                    out.push_str("session-");
                    out.push_str(&Rng::labelled(session, "session").hex(12));
                }
                Some(5) => {
                    // A write to a string does not fail.
                    let _ = write!(out, "10.{session}.{}.{}", second.rem_euclid(250), second.rem_euclid(97));
                }
                Some(_) => (0..4).for_each(|_| out.push_str(&rng.hex(16))),
                None => {}
            }
        }
    }
}

fn next_slot(text: &str) -> Option<(usize, usize)> {
    SLOTS.iter().enumerate().filter_map(|(slot, name)| text.find(name).map(|at| (at, slot))).min()
}

fn plan(options: &Options, world: &World) -> Vec<Plan> {
    let mut rng = Rng::labelled(options.seed, "plan");
    let want = (options.bytes / world.mean_length(options.seed)).max(1);
    let (mut plans, mut total, mut before) = (Vec::new(), 0, 0);
    while total < want {
        let size = match options.layout {
            Layout::One => want,
            Layout::Tiny => 2,
            Layout::Mixed => match rng.below(1000) {
                0..700 => {
                    let magnitude = 1 + rng.below(7);
                    1 + rng.below(1 << magnitude)
                }
                700..985 => 200 + rng.below(3800),
                _ => 4000 + rng.below(31_000),
            },
        };
        let size = size.min(want - total).max(1);
        let repeats = if options.layout == Layout::Mixed { (before * REPEATED / 100).min(size / 4) } else { 0 };
        let records = size - repeats;
        plans.push(Plan { index: u64::try_from(plans.len()).unwrap_or_default(), records, repeats });
        total += size;
        before = records;
    }
    plans
}

/// Where and when a file's records happen.
fn header(options: &Options, world: &World, plan: &Plan) -> (String, &'static str, i64) {
    let mut rng = Rng::labelled(options.seed ^ plan.index.wrapping_mul(0x9e37_79b9), "file");
    let account = rng.pick(&world.accounts).cloned().unwrap_or_default();
    let minute = rng.below(options.days.max(1) * 1440 - 5);
    (account, rng.word(&REGIONS), i64::try_from(minute * 60).unwrap_or_default())
}

/// Record `number` of a file: the same wherever it is written.
fn record(options: &Options, world: &World, plan: &Plan, base: i64, number: u64, out: &mut String) -> usize {
    let mut rng = Rng::new(
        options.seed ^ plan.index.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ number.wrapping_mul(0xa076_1d64_78bd_642f),
    );
    let index = world.draw(&mut rng);
    let second = base + i64::try_from(rng.below(300)).unwrap_or_default();
    if let Some(template) = world.templates.get(index) {
        template.fill(out, second, &mut rng);
    }
    index
}

fn write_some<'a>(
    options: &Options,
    world: &World,
    mine: impl Iterator<Item = (usize, &'a Plan)>,
    plans: &[Plan],
) -> io::Result<Written> {
    let mut written = Written { counts: vec![0; world.templates.len()], bytes: 0 };
    let layout = TrailWriter::new(&options.out).organisation(ORGANISATION);
    let mut text = String::new();
    for (position, plan) in mine {
        let mut encoder = create(options, world, plan, &layout)?;
        let base = header(options, world, plan).2;
        text.clear();
        text.push_str("{\"Records\":[");
        let before = position.checked_sub(1).and_then(|before| plans.get(before));
        for number in 0..plan.repeats {
            if let Some(before) = before {
                record(options, world, before, header(options, world, before).2, number, &mut text);
                text.push(',');
            }
        }
        for number in 0..plan.records {
            if number > 0 {
                text.push(',');
            }
            let index = record(options, world, plan, base, number, &mut text);
            if let Some(count) = written.counts.get_mut(index) {
                *count += 1;
            }
            if text.len() > 1 << 20 {
                written.bytes += flush(&mut encoder, &mut text)?;
            }
        }
        text.push_str("]}");
        written.bytes += flush(&mut encoder, &mut text)?;
        encoder.finish()?.flush()?;
    }
    Ok(written)
}

fn flush(encoder: &mut GzEncoder<BufWriter<File>>, text: &mut String) -> io::Result<u64> {
    encoder.write_all(text.as_bytes())?;
    let bytes = u64::try_from(text.len()).unwrap_or_default();
    text.clear();
    Ok(bytes)
}

fn create(
    options: &Options,
    world: &World,
    plan: &Plan,
    layout: &TrailWriter,
) -> io::Result<GzEncoder<BufWriter<File>>> {
    let (account, region, base) = header(options, world, plan);
    let start: Timestamp = START.parse().map_err(io::Error::other)?;
    let time = start.checked_add(SignedDuration::from_secs(base)).map_err(io::Error::other)?;
    let delivered = time.strftime("%Y%m%dT%H%MZ").to_string();
    let folder = layout.folder("CloudTrail", &account, region, &delivered);
    fs::create_dir_all(&folder)?;
    let name = format!(
        "{account}_CloudTrail_{region}_{delivered}_{:08}{}.json.gz",
        plan.index,
        Rng::new(plan.index).base32(8)
    );
    let file = BufWriter::new(File::create(folder.join(name))?);
    Ok(GzBuilder::new().mtime(0).write(file, Compression::new(6)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive;

    fn options(out: &std::path::Path, layout: Layout) -> Options {
        Options { bytes: 600_000, principals: 12, layout, ..Options::new(out.to_owned()) }
    }

    #[test]
    fn the_truth_is_what_the_naive_way_finds() {
        for layout in [Layout::Mixed, Layout::Tiny, Layout::One] {
            let folder = tempfile::tempdir().unwrap();
            let truth = write(&options(folder.path(), layout)).unwrap();
            let found = naive::summarise(&folder.path().join("AWSLogs")).unwrap();
            assert_eq!((truth.totals.files, truth.totals.records), (found.files, found.records), "{layout:?}");
            assert_eq!(truth.totals.bytes, found.bytes);
            assert_eq!(truth.totals.distinct_events, u64::try_from(found.event_ids.len()).unwrap());
            assert!((500_000..700_000).contains(&truth.totals.bytes), "{}", truth.totals.bytes);
            let calls: Vec<(&String, u64)> = truth.principals.iter().map(|(arn, truth)| (arn, truth.calls)).collect();
            let naive: Vec<(&String, u64)> =
                found.calls.iter().map(|(arn, calls)| (arn, calls.values().sum())).collect();
            assert_eq!(calls, naive);
        }
    }

    #[test]
    fn the_same_options_give_the_same_files() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(
            write(&options(first.path(), Layout::Mixed)).unwrap(),
            write(&options(second.path(), Layout::Mixed)).unwrap()
        );
        for file in naive::files(first.path()).unwrap() {
            let twin = second.path().join(file.strip_prefix(first.path()).unwrap());
            assert_eq!(fs::read(&file).unwrap(), fs::read(twin).unwrap());
        }
    }
}
