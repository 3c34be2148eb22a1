//! Thirty days of records, placed into files.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::ORGANISATION;
use super::people::{DEVELOPMENT, PRODUCTION, SECURITY, Worker, workers};
use super::work;
use crate::shapes::{Actor, object_pattern};
use crate::{Call, Caller, CoverageTruth, EventBuilder, Rng, TrailFile, TrailWriter, Truth};

const SEED: u64 = 20_260_501;
const START: &str = "2026-05-01T00:00:00Z";
const DAYS: i64 = 30;
const DAY: i64 = 86_400;
/// Seconds from the start between which nothing at all was delivered: 12 May 06:00 to 14 May 10:00.
const SILENCE: (i64, i64) = (11 * DAY + 6 * 3600, 13 * DAY + 10 * 3600);
/// The same for the development account alone: 20 May 00:00 to 24 May 12:00.
const SILENCE_OF_DEVELOPMENT: (i64, i64) = (19 * DAY, 23 * DAY + 12 * 3600);

/// Account, region, day: what goes into one file.
type Slot = (String, String, i64);

/// The records of the trail, not yet written.
#[derive(Debug)]
pub(super) struct Trail {
    truth: Truth,
    start: i64,
    files: BTreeMap<Slot, Vec<(i64, Value)>>,
    times: BTreeMap<(String, String), BTreeSet<i64>>,
    rng: Rng,
}

pub(super) fn generate() -> io::Result<Trail> {
    let start: Timestamp = START.parse().map_err(io::Error::other)?;
    let mut trail = Trail {
        truth: Truth::default(),
        start: start.as_second(),
        files: BTreeMap::new(),
        times: BTreeMap::new(),
        rng: Rng::labelled(SEED, "organisation"),
    };
    let workers = workers();
    for day in 0..DAYS {
        for worker in &workers {
            trail.work(worker, day)?;
        }
        trail.services(day)?;
        trail.visitors(day)?;
    }
    trail.across_accounts()?;
    trail.duplicate();
    Ok(trail)
}

fn silent(account: &str, at: i64) -> bool {
    let within = |(from, to): (i64, i64)| (from..to).contains(&at);
    within(SILENCE) || (account == DEVELOPMENT && within(SILENCE_OF_DEVELOPMENT))
}

impl Trail {
    fn work(&mut self, worker: &Worker, day: i64) -> io::Result<()> {
        // 1 May 2026 is a Friday.
        let weekend = matches!(day % 7, 1 | 2);
        if day + 1 < i64::from(worker.from) || (weekend && !worker.weekends) {
            return Ok(());
        }
        let count = worker.daily / 2 + self.rng.below(worker.daily + 1);
        for _ in 0..count {
            let Some(mut call) = work::call(worker.job, &worker.actor, &mut self.rng) else { continue };
            if self.rng.chance(worker.without_issuer) {
                let arn = worker.actor.caller.principal().unwrap_or_default();
                let caller = Caller::role_without_issuer(&arn).session("detached");
                call = call.event(|event| event.principal(&caller));
            }
            let at = self.moment(day, worker.weekends);
            self.add(&call, at)?;
        }
        Ok(())
    }

    /// A second of the day: any, or one of the working hours.
    fn moment(&mut self, day: i64, any: bool) -> i64 {
        let (from, span) = if any { (0, 86_400) } else { (8 * 3600, 10 * 3600) };
        day * DAY + from + i64::try_from(self.rng.below(span)).unwrap_or_default()
    }

    fn add(&mut self, call: &Call, at: i64) -> io::Result<()> {
        let account = call.event.recorded_in().to_owned();
        if silent(&account, at) {
            return Ok(());
        }
        let region = call.event.recorded_at().to_owned();
        let time = self.time(at)?;
        let record = call.event.clone().seed(self.rng.next_u64()).time(&time).build();
        self.truth.record(call);
        self.truth.totals.distinct_events += 1;
        self.times.entry((account.clone(), region.clone())).or_default().insert(at);
        self.files.entry((account, region, at.div_euclid(DAY))).or_default().push((at, record));
        Ok(())
    }

    fn time(&self, at: i64) -> io::Result<String> {
        Ok(Timestamp::from_second(self.start + at).map_err(io::Error::other)?.to_string())
    }

    /// What AWS itself does in the accounts.
    fn services(&mut self, day: i64) -> io::Result<()> {
        let trail_bucket = "arn:aws:s3:::example-org-trail";
        for account in [PRODUCTION, DEVELOPMENT, SECURITY] {
            let shared = self.rng.uuid();
            let delivery = Call::new("s3", "GetBucketAcl")
                .event(|event| event.principal(&Caller::service("cloudtrail.amazonaws.com", account)).shared_id(&shared))
                .parameters(json!({ "bucketName": "example-org-trail", "Host": "example-org-trail.s3.us-east-1.amazonaws.com", "acl": "" }))
                .resource(trail_bucket, "AWS::S3::Bucket")
                .nothing("no-principal");
            let at = self.moment(day, true);
            self.add(&delivery, at)?;
        }
        let exec = format!("arn:aws:iam::{PRODUCTION}:role/service-role/orders-api-exec");
        let start = Call::new("sts", "AssumeRole")
            .event(|event| event.principal(&Caller::service("lambda.amazonaws.com", PRODUCTION)))
            .parameters(json!({ "roleArn": exec, "roleSessionName": "orders-api" }))
            .resource(&exec, "AWS::IAM::Role")
            .nothing("no-principal");
        let at = self.moment(day, true);
        self.add(&start, at)?;
        if day % 9 == 4 {
            let rotation = Call::new("kms", "RotateKey")
                .event(|event| {
                    event
                        .principal(&Caller::nobody(PRODUCTION))
                        .event_type("AwsServiceEvent")
                        .field("serviceEventDetails", json!({ "keyId": "2b7e1516-28ae-4d2a-8bf7-158809cf4f3c" }))
                })
                .nothing("service-event");
            let at = self.moment(day, true);
            self.add(&rotation, at)?;
        }
        Ok(())
    }

    /// Sign-ins, console actions, the anonymous, and people before they have a role.
    fn visitors(&mut self, day: i64) -> io::Result<()> {
        let ines = Caller::user(&format!("arn:aws:iam::{PRODUCTION}:user/people/ines"));
        let sign_in = |name: &str, caller: &Caller| {
            Call::new("signin", name)
                .event(|event| event.principal(caller).event_type("AwsConsoleSignIn"))
                .response(json!({ name: "Success" }))
                .nothing("sign-in")
        };
        let mut calls = Vec::new();
        if day % 3 == 0 {
            calls.push(sign_in("ConsoleLogin", &ines));
            calls.push(sign_in("CheckMfa", &ines));
        }
        if day >= 26 {
            calls.push(sign_in("ConsoleLogin", &Caller::root(SECURITY)));
        }
        if day % 10 == 5 {
            calls.push(
                Call::new("billingconsole", "AWSPaymentPortalService.GetPaymentsDue")
                    .event(|event| event.principal(&ines).event_type("AwsConsoleAction"))
                    .nothing("console-action"),
            );
        }
        if day % 6 == 2 {
            let public = Actor::new(Caller::anonymous(), "eu-west-1");
            calls.push(
                public
                    .object("GetObject", "media-public-111122223333", "logo.svg", json!({}))
                    .event(|event| event.recipient(PRODUCTION))
                    .nothing("no-principal"),
            );
            let portal = Caller::identity_center(SECURITY, "94482488-3041-7058-a5b1-22e0c1d3f4a5");
            calls.push(
                Call::new("sso", "ListProfilesForApplication")
                    .event(|event| event.principal(&portal))
                    .nothing("no-principal"),
            );
        }
        for call in calls {
            let at = self.moment(day, false);
            self.add(&call, at)?;
        }
        Ok(())
    }

    /// Calls that two accounts record: the caller's with its identity, the owner's with little more than an id.
    fn across_accounts(&mut self) -> io::Result<()> {
        let auditor = Actor::new(
            Caller::role(&format!("arn:aws:iam::{SECURITY}:role/security-audit")).session("scanner"),
            "us-east-1",
        );
        let deployer = Actor::new(
            Caller::role(&format!("arn:aws:iam::{PRODUCTION}:role/ci/github-deploy")).session("gha-4711"),
            "us-east-1",
        );
        let (bucket, key) = ("orders-assets-111122223333", "daily/part-3.json");
        let target = format!("arn:aws:iam::{DEVELOPMENT}:role/deploy-target");
        for day in (3..DAYS).step_by(4) {
            let read =
                auditor.object("GetObject", bucket, key, json!({})).need("s3:GetObject", &object_pattern(bucket, key));
            let assume = deployer
                .call("sts", "AssumeRole")
                .parameters(json!({ "roleArn": target, "roleSessionName": "deploy" }))
                .resource(&target, "AWS::IAM::Role")
                .need("sts:AssumeRole", &target);
            for (call, owner) in [(read, PRODUCTION), (assume, DEVELOPMENT)] {
                let shared = self.rng.uuid();
                let at = self.moment(day, false);
                let call = call.event(|event| event.shared_id(&shared));
                let id = format!("{}:{}", call.event.caller().unique_id(), "session");
                let outside = Caller::other_account(call.event.caller().account(), &id);
                let copy =
                    call.clone().event(|event| event.principal(&outside).recipient(owner)).nothing("not-callers-copy");
                self.add(&call, at)?;
                self.add(&copy, at)?;
            }
        }
        Ok(())
    }

    /// The same event delivered into a second region's folder, and a whole file delivered twice.
    fn duplicate(&mut self) {
        let slots: Vec<Slot> = self.files.keys().cloned().collect();
        for slot in slots.iter().filter(|(account, ..)| account == PRODUCTION) {
            let Some(record) = self.files.get(slot).and_then(|records| records.first()).cloned() else { continue };
            let (account, region, day) = slot;
            let other = if region == "us-east-1" { "eu-west-1" } else { "us-east-1" };
            if let Some(records) = self.files.get_mut(&(account.clone(), other.to_owned(), *day)) {
                records.push(record);
            }
        }
    }

    pub(super) fn write(mut self, root: &Path) -> io::Result<Truth> {
        let writer = TrailWriter::new(root).organisation(ORGANISATION);
        let mut digested: BTreeMap<(String, String), Vec<PathBuf>> = BTreeMap::new();
        let files = std::mem::take(&mut self.files);
        for (index, ((account, region, day), mut records)) in files.into_iter().enumerate() {
            records.sort_by_key(|(at, _)| *at);
            let delivered = self.delivered(day, 0)?;
            let mut records: Vec<Value> = records.into_iter().map(|(_, record)| record).collect();
            self.count(records.len());
            if index == 20 {
                // Something that is no record, amid records.
                records.insert(1, json!("record withheld"));
                *self.truth.totals.unreadable.entry("not-a-record".to_owned()).or_default() += 1;
            }
            let file = TrailFile { account: account.clone(), region: region.clone(), delivered, records };
            let (path, bytes) = writer.write(&file)?;
            self.truth.totals.files += 1;
            self.truth.totals.bytes += bytes;
            if index == 40 {
                let again = TrailFile { delivered: self.delivered(day, 1)?, ..file.clone() };
                let (_, bytes) = writer.write(&again)?;
                self.truth.totals.files += 1;
                self.truth.totals.bytes += bytes;
                self.count(again.records.len());
            }
            digested.entry((account, region)).or_default().push(path);
        }
        self.odd_files(&writer, &digested)?;
        self.settle()?;
        Ok(self.truth)
    }

    fn count(&mut self, records: usize) {
        self.truth.totals.records += u64::try_from(records).unwrap_or_default();
    }

    /// Files that hold no calls, and one that was cut off before its first record ended.
    fn odd_files(
        &mut self,
        writer: &TrailWriter,
        digested: &BTreeMap<(String, String), Vec<PathBuf>>,
    ) -> io::Result<()> {
        let production = |region: &str| (PRODUCTION.to_owned(), region.to_owned());
        let logs = digested.get(&production("us-east-1")).map(Vec::as_slice).unwrap_or_default();
        writer.write_digest(PRODUCTION, "us-east-1", &self.delivered(4, 0)?, logs.get(..4).unwrap_or(logs))?;
        let file = |delivered, records| TrailFile {
            account: PRODUCTION.to_owned(),
            region: "us-east-1".to_owned(),
            delivered,
            records,
        };
        writer.write_insight(&file(self.delivered(7, 0)?, vec![insight()]))?;
        let lost = EventBuilder::new("s3.amazonaws.com", "ListBuckets").time(&self.time(9 * DAY)?).seed(9).build();
        writer.write_truncated(&file(self.delivered(9, 1)?, vec![lost]), 200)?;
        self.truth.totals.files += 1;
        *self.truth.totals.unreadable.entry("truncated-file".to_owned()).or_default() += 1;
        Ok(())
    }

    /// When the file of a day is delivered: five minutes past the next midnight would move it into the next folder.
    fn delivered(&self, day: i64, minutes: i64) -> io::Result<String> {
        let end = Timestamp::from_second(self.start + (day + 1) * DAY).map_err(io::Error::other)?;
        let time = end.checked_sub((5 - minutes).minutes()).map_err(io::Error::other)?;
        Ok(time.strftime("%Y%m%dT%H%MZ").to_string())
    }

    fn settle(&mut self) -> io::Result<()> {
        let totals = &mut self.truth.totals;
        totals.duplicates = totals.records - totals.distinct_events;
        let times = std::mem::take(&mut self.times);
        for ((account, region), times) in times {
            let (Some(&first), Some(&last)) = (times.first(), times.last()) else { continue };
            let mut coverage = CoverageTruth {
                first: self.time(first)?,
                last: self.time(last)?,
                times: u64::try_from(times.len()).unwrap_or_default(),
                holes: Vec::new(),
            };
            for (&before, &after) in times.iter().zip(times.iter().skip(1)) {
                if after - before >= DAY {
                    coverage.holes.push((self.time(before)?, self.time(after)?));
                }
            }
            self.truth.coverage.entry(account).or_default().insert(region, coverage);
        }
        Ok(())
    }
}

/// An Insight event: statistics about calls, no call.
fn insight() -> Value {
    json!({
        "eventVersion": "1.08", "eventTime": "2026-05-08T09:15:00Z", "awsRegion": "us-east-1", "eventID": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
        "eventType": "AwsCloudTrailInsight", "recipientAccountId": PRODUCTION, "sharedEventID": "1b2c3d4e-5f6a-4b7c-9d8e-0f1a2b3c4d5e",
        "insightDetails": {
            "state": "Start", "eventSource": "s3.amazonaws.com", "eventName": "DeleteObject", "insightType": "ApiCallRateInsight",
            "insightContext": { "statistics": { "baseline": { "average": 0.02 }, "insight": { "average": 4.5 } } },
        },
        "eventCategory": "Insight",
    })
}
