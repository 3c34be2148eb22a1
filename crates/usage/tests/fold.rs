//! Whole folds over files.

#![cfg(test)]

use std::collections::BTreeSet;
use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;
use tighten_catalog::Catalog;
use tighten_mapping::Mapper;
use tighten_trail::{Listing, NoPrincipal, Window, list};
use tighten_usage::{
    ApiCall, Behind, Category, FoldOptions, PrincipalFilter, PrincipalUsage, Progress, Usage, WantOrigin, fold,
    for_each_record,
};

const HOME: &str = "111122223333";

struct Trail {
    dir: TempDir,
}

impl Trail {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn file(self, name: &str, records: &[Value]) -> Self {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let json = serde_json::to_vec(&json!({ "Records": records })).unwrap();
        if path.extension().is_some_and(|extension| extension == "gz") {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
            gzip.write_all(&json).unwrap();
            std::fs::write(path, gzip.finish().unwrap()).unwrap();
        } else {
            std::fs::write(path, json).unwrap();
        }
        self
    }

    fn listing(&self) -> Listing {
        list(&[self.dir.path().to_path_buf()], &Window::ALL).unwrap()
    }

    fn fold(&self, options: FoldOptions) -> Usage {
        fold(&self.listing(), options, &Mapper::new(Catalog::embedded()), &Progress::default()).into_usage()
    }
}

/// A record of the role `ci/deploy`; `over` replaces and adds fields.
fn record(id: &str, time: &str, source: &str, name: &str, over: Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.08", "eventID": id, "eventTime": time, "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name, "awsRegion": "us-east-1", "recipientAccountId": HOME, "eventType": "AwsApiCall",
        "eventCategory": "Management", "managementEvent": true, "readOnly": true,
        "userIdentity": role("deploy", true),
    });
    let Value::Object(over) = over else { panic!("fields") };
    for (key, value) in over {
        record[key] = value;
    }
    record
}

fn role(name: &str, named_in_full: bool) -> Value {
    let mut identity = json!({
        "type": "AssumedRole", "accountId": HOME, "principalId": format!("AROA{name}:session"),
        "arn": format!("arn:aws:sts::{HOME}:assumed-role/{name}/session"),
    });
    if named_in_full {
        identity["sessionContext"] = json!({"sessionIssuer": {"type": "Role", "principalId": format!("AROA{name}"), "accountId": HOME,
            "userName": name, "arn": format!("arn:aws:iam::{HOME}:role/ci/{name}")}});
    }
    identity
}

fn user(name: &str) -> Value {
    json!({"type": "IAMUser", "accountId": HOME, "arn": format!("arn:aws:iam::{HOME}:user/{name}"), "userName": name})
}

fn get_object(id: &str, time: &str, key: &str) -> Value {
    record(
        id,
        time,
        "s3",
        "GetObject",
        json!({
            "requestParameters": {"bucketName": "logs", "key": key}, "eventCategory": "Data", "managementEvent": false,
            "resources": [{"type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::logs/{key}")},
                {"type": "AWS::S3::Bucket", "accountId": HOME, "ARN": "arn:aws:s3:::logs"}],
        }),
    )
}

fn named<'u>(usage: &'u Usage, name: &str) -> &'u PrincipalUsage {
    let found = usage.principals.iter().find(|(principal, _)| principal.name() == name);
    found.unwrap_or_else(|| panic!("no {name} in {:?}", names(usage))).1
}

fn names(usage: &Usage) -> Vec<&str> {
    usage.principals.keys().map(tighten_iam::Principal::as_str).collect()
}

fn actions(used: &PrincipalUsage) -> Vec<&str> {
    used.actions().into_iter().map(tighten_iam::ActionName::as_str).collect()
}

#[test]
fn sessions_are_folded_into_roles_with_evidence_for_each_need() {
    let trail = Trail::new()
        .file(
            "a.json.gz",
            &[
                get_object("1", "2026-05-02T10:00:00Z", "a.gz"),
                get_object("2", "2026-05-01T10:00:00Z", "b.gz"),
                record("3", "2026-05-01T11:00:00Z", "s3", "ListBuckets", json!({"awsRegion": "eu-west-1"})),
            ],
        )
        .file(
            "b.json",
            &[
                get_object("4", "2026-05-03T10:00:00Z", "a.gz"),
                record("5", "2026-05-01T11:00:00Z", "s3", "ListBuckets", json!({"userIdentity": user("ada")})),
            ],
        );
    let usage = trail.fold(FoldOptions::default());
    assert_eq!(names(&usage), [format!("arn:aws:iam::{HOME}:role/ci/deploy"), format!("arn:aws:iam::{HOME}:user/ada")]);
    let deploy = named(&usage, "deploy");
    assert_eq!(actions(deploy), ["s3:GetObject", "s3:ListAllMyBuckets"]);
    let (_, get) = deploy.needs.iter().find(|(key, _)| key.action.as_str() == "s3:GetObject").unwrap();
    assert_eq!(get.evidence.count, 3);
    assert_eq!(get.evidence.first, Some("2026-05-01T10:00:00Z".parse().unwrap()));
    assert_eq!(get.evidence.last, Some("2026-05-03T10:00:00Z".parse().unwrap()));
    assert_eq!(get.evidence.events.iter().map(|event| &*event.id).collect::<Vec<_>>(), ["2", "1", "4"]);
    assert!(get.calls.iter().eq([&ApiCall::new("s3.amazonaws.com", "GetObject")]));
    let resources: Vec<(String, bool)> =
        get.resources.iter().map(|(pattern, behind)| (pattern.to_string(), behind == Behind::Exact)).collect();
    assert_eq!(resources, [("arn:aws:s3:::logs/a.gz".to_owned(), true), ("arn:aws:s3:::logs/b.gz".to_owned(), true)]);
    assert_eq!(deploy.seen.regions.iter().map(|region| &**region).collect::<Vec<_>>(), ["eu-west-1", "us-east-1"]);
    assert_eq!((usage.counts.files, usage.counts.records, usage.counts.events, usage.counts.duplicates), (2, 5, 5, 0));
}

#[test]
fn refusals_are_wanted_and_never_needed() {
    let denied = |id: &str, message: &str| {
        record(
            id,
            "2026-05-01T10:00:00Z",
            "s3",
            "ListBuckets",
            json!({"errorCode": "AccessDenied", "errorMessage": message}),
        )
    };
    let trail = Trail::new().file("a.json", &[
        denied("1", "Access Denied"),
        denied("2", "User: arn:aws:sts::111122223333:assumed-role/deploy/s is not authorized to perform: s3:ListAllMyBuckets \
            because no identity-based policy allows the s3:ListAllMyBuckets action"),
        denied("3", "User: arn:aws:sts::111122223333:assumed-role/deploy/s is not authorized to perform: kms:Decrypt on resource: \
            arn:aws:kms:us-east-1:111122223333:key/k because no identity-based policy allows the kms:Decrypt action"),
        record("4", "2026-05-01T10:00:00Z", "s3", "ListBuckets", json!({"errorCode": "ThrottlingException"})),
    ]);
    let usage = trail.fold(FoldOptions::default());
    let deploy = named(&usage, "deploy");
    assert!(deploy.needs.is_empty());
    let wants: Vec<(&str, WantOrigin, u64)> =
        deploy.wants.iter().map(|(key, want)| (key.action.as_str(), key.origin, want.evidence.count)).collect();
    assert_eq!(
        wants,
        [
            ("kms:Decrypt", WantOrigin::Message, 1),
            ("s3:ListAllMyBuckets", WantOrigin::Both, 1),
            ("s3:ListAllMyBuckets", WantOrigin::Call, 1),
        ]
    );
    let (_, decrypt) = deploy.wants.first_key_value().unwrap();
    let key = "arn:aws:kms:us-east-1:111122223333:key/k";
    assert_eq!(decrypt.resources.iter().map(|(pattern, _)| pattern.to_string()).collect::<Vec<_>>(), [key]);
    assert_eq!(decrypt.named.iter().map(|named| &**named).collect::<Vec<_>>(), [key]);
    let outcomes = deploy.calls[&ApiCall::new("s3.amazonaws.com", "ListBuckets")].outcomes();
    assert_eq!((outcomes.authorised, outcomes.denied, outcomes.no_evidence), (0, 3, 1));
}

#[test]
fn what_is_no_call_of_a_principal_is_counted_by_its_reason() {
    let time = "2026-05-01T10:00:00Z";
    let trail = Trail::new().file(
        "a.json",
        &[
            record(
                "1",
                time,
                "signin",
                "ConsoleLogin",
                json!({"eventType": "AwsConsoleSignIn", "userIdentity": user("ada")}),
            ),
            record("2", time, "kms", "RotateKey", json!({"eventType": "AwsServiceEvent"})),
            record(
                "3",
                time,
                "sts",
                "AssumeRole",
                json!({"userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}}),
            ),
            record("4", time, "s3", "GetObject", json!({"recipientAccountId": "444455556666"})),
            record("5", time, "s3", "NoSuchCallAtAll", json!({})),
            record("6", time, "sts", "GetCallerIdentity", json!({})),
            record(
                "7",
                time,
                "kms",
                "Decrypt",
                json!({"userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}}),
            ),
        ],
    );
    let usage = trail.fold(FoldOptions::default());
    let reasons: Vec<(NoPrincipal, u64)> =
        usage.unattributed.iter().map(|(reason, seen)| (*reason, seen.count)).collect();
    assert_eq!(
        reasons,
        [
            (NoPrincipal::Service, 2),
            (NoPrincipal::ServiceEvent, 1),
            (NoPrincipal::SignIn, 1),
            (NoPrincipal::NotCallersCopy, 1),
        ]
    );
    let unmapped: Vec<(String, &str)> =
        usage.unmapped().keys().map(|(call, reason)| (call.name.to_string(), reason.code())).collect();
    assert_eq!(
        unmapped,
        [("NoSuchCallAtAll".to_owned(), "unknown-call"), ("GetCallerIdentity".to_owned(), "no-permission")]
    );
    assert_eq!(names(&usage).len(), 1);
}

#[test]
fn the_same_event_in_two_region_folders_counts_once() {
    let records: Vec<Value> =
        (0..50).map(|n| get_object(&format!("id-{n}"), "2026-05-01T10:00:00Z", &format!("{}.gz", n % 7))).collect();
    let once = Trail::new().file("us-east-1/a.json.gz", &records).fold(FoldOptions::default());
    let twice = Trail::new()
        .file("us-east-1/a.json.gz", &records)
        .file("eu-west-1/b.json.gz", &records)
        .file("eu-west-1/c.json", &records[10..20])
        .fold(FoldOptions::default());
    assert_eq!(twice.principals, once.principals);
    assert_eq!(twice.coverage, once.coverage);
    assert_eq!((twice.counts.events, twice.counts.duplicates, twice.counts.records), (50, 60, 110));
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let mut trail = Trail::new();
    for file in 0..24 {
        let records: Vec<Value> = (0..40)
            .map(|n| {
                let time = format!("2026-05-{:02}T10:{n:02}:00Z", file % 9 + 1);
                match n % 4 {
                    0 => get_object(&format!("{file}-{n}"), &time, &format!("{file}/{n}/x.gz")),
                    1 => get_object(&format!("{}-{n}", file / 2), "2026-05-01T10:00:00Z", "same.gz"),
                    2 => record(
                        &format!("{file}-{n}"),
                        &time,
                        "s3",
                        "ListBuckets",
                        json!({"userIdentity": user(&format!("u{n}"))}),
                    ),
                    _ => record(
                        &format!("{file}-{n}"),
                        &time,
                        "s3",
                        "ListBuckets",
                        json!({"userIdentity": role("deploy", n % 8 == 3)}),
                    ),
                }
            })
            .collect();
        trail = trail.file(&format!("{file}.json.gz"), &records);
    }
    trail = trail.file("odd.json", &[json!(7), json!({"eventSource": "s3.amazonaws.com"})]);
    let threads = |count| trail.fold(FoldOptions { threads: NonZero::new(count), ..FoldOptions::default() });
    let one = threads(1);
    assert_eq!(one.counts.records, 24 * 40);
    assert_eq!(one.counts.duplicates, 12 * 10);
    for count in [2, 2, 3, 8] {
        let many = threads(count);
        assert_eq!(many, one);
        assert_eq!(format!("{many:?}"), format!("{one:?}"), "hash order shows");
    }
}

#[test]
fn filters_leave_out_what_was_not_asked_for() {
    let record = |id: &str, day: &str, region: &str, account: &str, name: &str| {
        let identity =
            json!({"type": "IAMUser", "accountId": account, "arn": format!("arn:aws:iam::{account}:user/team/{name}")});
        record(
            id,
            &format!("2026-05-{day}T10:00:00Z"),
            "s3",
            "ListBuckets",
            json!({
                "awsRegion": region, "recipientAccountId": account, "userIdentity": identity,
            }),
        )
    };
    let trail = Trail::new().file(
        "a.json",
        &[
            record("1", "01", "us-east-1", HOME, "ada"),
            record("2", "02", "eu-west-1", HOME, "ada"),
            record("3", "03", "us-east-1", "444455556666", "bob"),
            record("4", "04", "us-east-1", HOME, "bob"),
        ],
    );
    let set = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let left = |options: FoldOptions| {
        let usage = trail.fold(options);
        (usage.principals.values().map(|used| used.seen.count).collect::<Vec<_>>(), usage)
    };
    let (counts, usage) = left(FoldOptions { accounts: set(&[HOME]), ..FoldOptions::default() });
    assert_eq!((counts, usage.counts.other_places, usage.coverage.accounts.len()), (vec![2, 1], 1, 1));
    let (counts, usage) = left(FoldOptions { regions: set(&["eu-west-1"]), ..FoldOptions::default() });
    assert_eq!((counts, usage.counts.other_places), (vec![1], 3));
    let (counts, usage) =
        left(FoldOptions { principals: PrincipalFilter::new(["*:user/team/B*"]), ..FoldOptions::default() });
    assert_eq!((counts, usage.counts.other_principals, usage.counts.events), (vec![1, 1], 2, 4));
    assert_eq!(usage.coverage.regions(), BTreeSet::from(["eu-west-1", "us-east-1"]), "coverage is the input's");
    let window =
        Window::parse(Some("2026-05-02"), Some("2026-05-03"), "2026-06-01T00:00:00Z".parse().unwrap()).unwrap();
    let (counts, usage) = left(FoldOptions { window, ..FoldOptions::default() });
    assert_eq!((counts, usage.counts.outside_window, usage.counts.records), (vec![1, 1], 2, 2));
}

#[test]
fn records_that_are_alike_are_left_out_where_they_were_not_asked_for() {
    let of = |region: &str, days: std::ops::Range<u32>| -> Vec<Value> {
        let one = |day: u32| {
            let (id, time) = (format!("{region}-{day}"), format!("2026-05-{day:02}T10:00:00Z"));
            record(&id, &time, "s3", "ListBuckets", json!({"awsRegion": region, "userIdentity": role("ci", true)}))
        };
        days.map(one).collect()
    };
    let (wanted, others) = (of("eu-west-1", 1..9), of("us-east-1", 5..25));
    let options = || FoldOptions { regions: BTreeSet::from(["eu-west-1".to_owned()]), ..FoldOptions::default() };
    let mut all = Trail::new().file("a.json", &[wanted.clone(), others].concat()).fold(options());
    let alone = Trail::new().file("a.json", &wanted).fold(options());
    assert_eq!((all.counts.records, all.counts.other_places, all.counts.events), (28, 20, 8));
    all.counts = alone.counts;
    assert_eq!(all, alone);
}

#[test]
fn names_without_a_path_are_joined_with_the_role_that_another_record_names_in_full() {
    let time = "2026-05-01T10:00:00Z";
    let bare = |id: &str, name: &str| record(id, time, "s3", "ListBuckets", json!({"userIdentity": role(name, false)}));
    let trail = Trail::new()
        .file("a.json", &[bare("1", "deploy"), bare("2", "stranger")])
        .file("b.json", &[record("3", time, "sts", "GetCallerIdentity", json!({}))]);
    let usage = trail.fold(FoldOptions::default());
    assert_eq!(
        names(&usage),
        [format!("arn:aws:iam::{HOME}:role/ci/deploy"), format!("arn:aws:iam::{HOME}:role/stranger")]
    );
    assert_eq!(named(&usage, "deploy").seen.count, 2);
    assert!(!named(&usage, "deploy").name_only);
    assert!(named(&usage, "stranger").name_only);
    let asked = trail.fold(FoldOptions { principals: PrincipalFilter::new(["*role/ci/*"]), ..FoldOptions::default() });
    assert_eq!(names(&asked), [format!("arn:aws:iam::{HOME}:role/ci/deploy")]);
    assert_eq!(named(&asked, "deploy").seen.count, 2);
    assert_eq!(asked.counts.other_principals, 1);
}

#[test]
fn coverage_tells_days_holes_and_kinds() {
    let write = json!({"readOnly": false, "awsRegion": "eu-west-1"});
    let trail = Trail::new().file(
        "a.json",
        &[
            get_object("1", "2026-05-01T23:59:59Z", "a"),
            record("2", "2026-05-02T00:00:00Z", "s3", "CreateBucket", write.clone()),
            record("3", "2026-05-05T00:00:00Z", "s3", "CreateBucket", write),
            record("4", "2026-05-09T12:00:00Z", "kms", "RotateKey", json!({"eventType": "AwsServiceEvent"})),
        ],
    );
    let coverage = trail.fold(FoldOptions::default()).coverage;
    let holes: Vec<String> = coverage.holes(HOME).iter().map(|hole| format!("{}..{}", hole.from, hole.to)).collect();
    assert_eq!(holes, ["2026-05-03..2026-05-04", "2026-05-06..2026-05-08"]);
    let place = &coverage.accounts[HOME]["us-east-1"];
    assert_eq!((place.events, place.days.len()), (2, 2));
    assert_eq!(place.last, Some("2026-05-09T12:00:00Z".parse().unwrap()));
    assert_eq!(coverage.of_category(Category::Data), 1);
    assert_eq!(coverage.of_category(Category::Management), 3);
    assert_eq!(coverage.data_resource_types, BTreeSet::from(["AWS::S3::Bucket".into(), "AWS::S3::Object".into()]));
    assert_eq!(coverage.data_calls.keys().map(ToString::to_string).collect::<Vec<_>>(), ["s3.amazonaws.com/GetObject"]);
    assert_eq!(coverage.sources["s3.amazonaws.com"], 3);
}

#[test]
fn one_call_on_two_tables_is_one_event() {
    let put = |table: &str| json!({"put": {"tableName": table}});
    let trail = Trail::new().file(
        "a.json",
        &[record(
            "1",
            "2026-05-01T10:00:00Z",
            "dynamodb",
            "TransactWriteItems",
            json!({
                "requestParameters": {"transactItems": [put("one"), put("two"), put("two")]},
            }),
        )],
    );
    let usage = trail.fold(FoldOptions::default());
    let deploy = named(&usage, "deploy");
    let puts: Vec<_> = deploy.needs.iter().filter(|(key, _)| key.action.as_str() == "dynamodb:PutItem").collect();
    assert!(puts.iter().all(|(_, need)| need.evidence.count == 1), "{puts:?}");
    let tables: BTreeSet<String> =
        puts.iter().flat_map(|(_, need)| need.resources.iter().map(|(pattern, _)| pattern.to_string())).collect();
    let table = |name: &str| format!("arn:aws:dynamodb:us-east-1:{HOME}:table/{name}");
    assert_eq!(tables, BTreeSet::from([table("one"), table("two")]));
}

#[test]
fn many_objects_end_in_a_wildcard_with_examples_behind_it() {
    let records: Vec<Value> =
        (0..2_000).map(|n| get_object(&n.to_string(), "2026-05-01T10:00:00Z", &format!("raw/{n:05}.gz"))).collect();
    let usage = Trail::new().file("a.json.gz", &records).fold(FoldOptions::default());
    let need = named(&usage, "deploy").needs.values().next().unwrap();
    assert_eq!(need.evidence.count, 2_000);
    let patterns: Vec<_> = need.resources.iter().collect();
    let [(pattern, Behind::Collapsed { samples, more_than, .. })] = patterns.as_slice() else { panic!("{patterns:?}") };
    assert_eq!(pattern.to_string(), "arn:aws:s3:::logs/raw/*");
    assert_eq!(&**samples.iter().next().unwrap(), "arn:aws:s3:::logs/raw/00000.gz");
    assert!(*more_than >= 100 && samples.more());
}

#[test]
fn what_cannot_be_read_is_counted_and_the_rest_is_read() {
    let trail = Trail::new().file("a.json", &[json!(7), get_object("1", "2026-05-01T10:00:00Z", "a")]);
    std::fs::write(trail.dir.path().join("broken.json.gz"), b"\x1f\x8bnonsense").unwrap();
    let progress = Progress::default();
    let usage =
        fold(&trail.listing(), FoldOptions::default(), &Mapper::new(Catalog::embedded()), &progress).into_usage();
    assert_eq!(usage.counts.records, 1);
    assert_eq!(usage.skips.count("not-an-object"), 1);
    assert!(usage.skips.examples().any(|skipped| skipped.object.as_str().ends_with("/broken.json.gz")));
    let shown = progress.snapshot();
    assert_eq!((shown.files, shown.records), (2, 1));
    assert_eq!(shown.bytes_json, usage.counts.bytes_json);
}

#[test]
fn records_are_shown_in_the_order_of_the_input() {
    let time = "2026-05-01T10:00:00Z";
    let trail = Trail::new()
        .file("b.json", &[record("3", time, "s3", "ListBuckets", json!({"errorCode": "AccessDenied"}))])
        .file(
            "a.json",
            &[
                get_object("1", time, "a"),
                record("2", time, "sts", "GetCallerIdentity", json!({})),
                record("x", time, "s3", "ListBuckets", json!({"errorCode": "ThrottlingException"})),
                record("y", time, "kms", "RotateKey", json!({"eventType": "AwsServiceEvent"})),
            ],
        );
    let mut seen = Vec::new();
    let mapper = Mapper::new(Catalog::embedded());
    let report = for_each_record(&trail.listing(), &FoldOptions::default(), &mapper, &mut |record| {
        let file = PathBuf::from(Path::new(record.object.as_str()).file_name().unwrap());
        let id = record.event.event_id.as_deref().unwrap().to_owned();
        let needs: Vec<String> = record.judged.needs().iter().map(|need| need.action.to_string()).collect();
        seen.push((file, id, needs.join(","), record.judged.none()));
    });
    let row = |file: &str, id: &str, needs: &str, none| {
        (Path::new(file).to_path_buf(), id.to_owned(), needs.to_owned(), none)
    };
    assert_eq!(
        seen,
        [
            row("a.json", "1", "s3:GetObject", None),
            row("a.json", "2", "", Some("no-permission")),
            row("a.json", "x", "", Some("no-evidence")),
            row("a.json", "y", "", Some("service-event")),
            row("b.json", "3", "s3:ListAllMyBuckets", None),
        ]
    );
    assert_eq!((report.counts.records, report.counts.files), (5, 2));
}

#[test]
fn a_user_known_by_name_is_not_the_role_of_that_name() {
    let time = "2026-05-01T10:00:00Z";
    let by_name = |name: &str| json!({"type": "IAMUser", "accountId": HOME, "principalId": "AIDAX", "userName": name});
    let trail = Trail::new().file(
        "a.json",
        &[
            record("1", time, "sqs", "ListQueues", json!({"userIdentity": role("alice", true)})),
            record("2", time, "s3", "ListBuckets", json!({"userIdentity": by_name("alice")})),
            // A session that is known by name alone is the role, and a user with a path the user of that name.
            record("3", time, "sns", "ListTopics", json!({"userIdentity": role("alice", false)})),
            record("4", time, "iam", "ListUsers", json!({"userIdentity": user("ops/bob")})),
            record("5", time, "ec2", "DescribeRegions", json!({"userIdentity": by_name("bob")})),
        ],
    );
    let usage = trail.fold(FoldOptions::default());
    let found: Vec<(&str, Vec<&str>)> =
        usage.principals.iter().map(|(who, used)| (who.as_str(), actions(used))).collect();
    assert_eq!(
        found,
        [
            ("arn:aws:iam::111122223333:role/ci/alice", vec!["sns:ListTopics", "sqs:ListQueues"]),
            ("arn:aws:iam::111122223333:user/alice", vec!["s3:ListAllMyBuckets"]),
            ("arn:aws:iam::111122223333:user/ops/bob", vec!["ec2:DescribeRegions", "iam:ListUsers"]),
        ]
    );
    let name_only: Vec<bool> = usage.principals.values().map(|used| used.name_only).collect();
    assert_eq!(name_only, [false, true, false]);
}

/// Calls of the role `probe`: so many refused, so many that failed behind the front door, and one success each of two.
fn probing(refused: usize, failed: usize) -> Vec<Value> {
    let by = |id: String, source: &str, name: &str, more: Value| {
        let mut one = record(&id, "2026-05-01T10:00:00Z", source, name, more);
        one["userIdentity"] = role("probe", true);
        one
    };
    let mut records: Vec<Value> =
        (0..refused).map(|at| by(format!("r{at}"), "iam", "ListRoles", json!({"errorCode": "AccessDenied"}))).collect();
    let missing = json!({"errorCode": "NoSuchEntity", "requestParameters": {"roleName": "nobody"}});
    records.extend((0..failed).map(|at| by(format!("f{at}"), "iam", "GetRole", missing.clone())));
    records.push(by("s1".to_owned(), "s3", "ListBuckets", json!({})));
    records.push(by("s2".to_owned(), "iam", "GetRole", json!({"requestParameters": {"roleName": "known"}})));
    records
}

#[test]
fn of_who_is_refused_nearly_everything_only_successes_count() {
    let fold = |records: &[Value]| Trail::new().file("a.json", records).fold(FoldOptions::default());
    let roles = |used: &PrincipalUsage| -> Vec<String> {
        let of_get = used.needs.iter().filter(|(key, _)| key.action.as_str() == "iam:GetRole");
        of_get.flat_map(|(_, need)| need.resources.iter().map(|(pattern, _)| pattern.to_string())).collect()
    };
    let (known, nobody) = (format!("arn:aws:iam::{HOME}:role/known"), format!("arn:aws:iam::{HOME}:role/nobody"));
    // 95 of 100 calls: what failed is no evidence, what succeeded is.
    let refused = fold(&probing(95, 3));
    let used = named(&refused, "probe");
    assert!(used.is_mostly_refused());
    assert_eq!(actions(used), ["iam:GetRole", "s3:ListAllMyBuckets"]);
    assert_eq!(roles(used), [known.as_str()]);
    assert_eq!(used.failed.values().map(|need| need.evidence.count).sum::<u64>(), 3);
    // 95 of 101.
    let heard = fold(&probing(95, 4));
    let used = named(&heard, "probe");
    assert!(!used.is_mostly_refused() && used.failed.is_empty());
    assert_eq!(roles(used), [known.clone(), nobody.clone()]);
    let (_, get) = used.needs.iter().find(|(key, _)| key.action.as_str() == "iam:GetRole").unwrap();
    assert_eq!(get.evidence.count, 5);
    // 19 calls are too few.
    let few = fold(&probing(16, 1));
    assert_eq!(roles(named(&few, "probe")), [known, nobody]);
}

#[test]
fn who_is_mostly_refused_shows_when_all_records_are_in() {
    // Of a piece alone it would be decided otherwise.
    let records = probing(95, 3);
    let whole = Trail::new().file("a.json", &records).fold(FoldOptions::default());
    let mut shuffled: Vec<Value> = records.iter().rev().cloned().collect();
    shuffled.rotate_left(37);
    let mut trail = Trail::new();
    for (at, piece) in shuffled.chunks(9).enumerate() {
        trail = trail.file(&format!("{at}.json"), piece);
    }
    let options = || FoldOptions { threads: NonZero::new(2), ..FoldOptions::default() };
    let pieces = trail.fold(options());
    assert_eq!(pieces.principals, whole.principals);
    assert!(named(&pieces, "probe").is_mostly_refused());
}

#[test]
fn a_role_that_did_not_get_into_a_profile_is_not_in_it() {
    let time = "2026-05-01T10:00:00Z";
    let add =
        json!({"requestParameters": {"instanceProfileName": "web", "roleName": "other"}, "errorCode": "LimitExceeded"});
    let run = json!({"requestParameters": {"iamInstanceProfile": {"name": "web"}}});
    let trail = Trail::new().file(
        "a.json",
        &[record("1", time, "iam", "AddRoleToInstanceProfile", add), record("2", time, "ec2", "RunInstances", run)],
    );
    let usage = trail.fold(FoldOptions::default());
    let pass = named(&usage, "deploy")
        .needs
        .iter()
        .find(|(key, _)| key.action.as_str() == "iam:PassRole" && key.rule.contains("instance-profile"));
    let (key, _) = pass.unwrap_or_else(|| panic!("{:?}", named(&usage, "deploy").needs));
    assert!(key.rule.starts_with("pass-role:instance-profile:"), "{}", key.rule);
}
