//! `--event-history`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use tighten_testkit::server::{Fault, Proxy, Request, Server};

use super::support::{ACCOUNT, body, call, finished, region, run, tighten};

/// A busy role in one region, a user in another, and a data event, which no history has.
fn records() -> Vec<Value> {
    let mut records: Vec<Value> = (0..120)
        .map(|at| {
            let name = ["CreateQueue", "DeleteQueue", "SetQueueAttributes"][at % 3];
            call(at, 30 + i64::try_from(at).unwrap() * 7, "eu-west-1", "deploy", "sqs.amazonaws.com", name)
        })
        .collect();
    records.push(call(200, 60, "us-east-1", "user/ada", "iam.amazonaws.com", "CreateRole"));
    records.push(call(201, 70, "eu-west-1", "user/ada", "sns.amazonaws.com", "CreateTopic"));
    let mut data = call(202, 80, "eu-west-1", "deploy", "s3.amazonaws.com", "GetObject");
    (data["managementEvent"], data["eventCategory"]) = (false.into(), "Data".into());
    records.push(data);
    records
}

fn serve(dir: &Path) -> Option<Server> {
    std::fs::write(dir.join("log.json"), json!({ "Records": records() }).to_string()).unwrap();
    let logs = dir.join("*.json").display().to_string();
    Server::aws(&[("LOOKUP_EVENTS_GLOB", &logs), ("LOOKUP_EVENTS_DISABLED", "ap-east-1,me-south-1")])
}

/// What the policies of a report allow, by principal.
fn proposed(report: &Value) -> Vec<(String, Value)> {
    let principals = report["principals"].as_array().unwrap();
    let of = |one: &Value| (one["principal"].as_str().unwrap().to_owned(), one["documents"].clone());
    principals.iter().map(of).collect()
}

fn codes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

fn error(kind: &str) -> Fault {
    let text = json!({ "__type": kind, "message": "no" }).to_string();
    Fault::Instead(400, "application/x-amz-json-1.1", text)
}

const HISTORY: [&str; 4] = ["analyze", "--event-history", "--format", "json"];

#[test]
fn the_history_of_all_regions_gives_what_the_logs_give() {
    let dir = tempfile::tempdir().unwrap();
    let Some(server) = serve(dir.path()) else { return };
    let proxy = Proxy::recording(server.port()).unwrap();
    let read = run(&mut tighten(&proxy.url(), &HISTORY));
    let report = read.report();
    assert_eq!(read.code, Some(0), "{}", read.stderr);
    assert!(read.stderr.contains("not enabled in this account: ap-east-1, me-south-1"), "{}", read.stderr);
    assert!(codes(&report).contains(&"event-history"));
    assert_eq!(report["input"]["events"], 122, "the data event is not in it");
    // The same records as files.
    let files = tempfile::tempdir().unwrap();
    let management: Vec<Value> = records().into_iter().filter(|one| one["managementEvent"] == true).collect();
    std::fs::write(files.path().join("log.json"), json!({ "Records": management }).to_string()).unwrap();
    let path = files.path().to_str().unwrap();
    let from_files = run(&mut tighten(&proxy.url(), &["analyze", "--trail-dir", path, "--format", "json"])).report();
    assert_eq!(proposed(&report), proposed(&from_files));
    // Three pages where it is busy, one elsewhere; no more than two a second.
    let asked = |name: &str| proxy.requests().iter().filter(|one| region(one) == Some(name)).count();
    assert_eq!((asked("eu-west-1"), asked("us-east-1"), asked("sa-east-1")), (3, 1, 1));

    // Of one user alone, where only that user is asked for.
    let before = proxy.requests().len();
    let ada = format!("arn:aws:iam::{ACCOUNT}:user/ada");
    let one = run(&mut tighten(&proxy.url(), &["analyze", "--event-history", "--format", "json", "--principal", &ada]));
    assert_eq!(one.report()["input"]["events"], 2);
    let requests = proxy.requests().split_off(before);
    let wanted = json!([{ "AttributeKey": "Username", "AttributeValue": "ada" }]);
    assert!(requests.iter().all(|request| body(request)["LookupAttributes"] == wanted));
    // Not so where it matters what others do, who hold the same policies.
    let before = proxy.requests().len();
    let details = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/authorization/details.json");
    assert!(details.exists());
    let shared = ["--region", "eu-west-1", "--account-authorization-details", details.to_str().unwrap()];
    run(&mut tighten(&proxy.url(), &[&["analyze", "--event-history", "--principal", &ada][..], &shared].concat()));
    let requests = proxy.requests().split_off(before);
    assert!(requests.len() == 3 && requests.iter().all(|request| body(request)["LookupAttributes"].is_null()));
    // Of a role AWS keeps the session's name.
    let role = run(&mut tighten(
        &proxy.url(),
        &["analyze", "--event-history", "--region", "eu-west-1", "--principal", "deploy"],
    ));
    assert_eq!(role.code, Some(0), "{}", role.stderr);
    assert_eq!(body(proxy.requests().last().unwrap())["LookupAttributes"], Value::Null);
}

#[test]
fn a_folder_is_gone_on_with_after_an_interrupt_and_later() {
    let dir = tempfile::tempdir().unwrap();
    let Some(server) = serve(dir.path()) else { return };
    // The second page comes late, so that there is time for an interrupt.
    let is_second = |request: &Request| body(request)["NextToken"].is_string();
    let slow =
        move |request: &Request, _| if is_second(request) { Fault::Late(Duration::from_secs(2)) } else { Fault::None };
    let slow = Proxy::start(server.port(), slow).unwrap();
    let folder = dir.path().join("history");
    let arguments = ["--region", "eu-west-1", "--event-history-dir", folder.to_str().unwrap()];
    let command = |url: &str| tighten(url, &[&HISTORY[..], &arguments[..]].concat());
    let child = command(&slow.url()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while slow.requests().len() < 2 && begun.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(20));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let interrupted = finished(child.wait_with_output().unwrap());
    assert_eq!(interrupted.code, Some(2), "{interrupted:?}");
    assert!(interrupted.stderr.contains("interrupted"), "{}", interrupted.stderr);
    assert!(interrupted.stderr.contains("the same command goes on from there"), "{}", interrupted.stderr);

    // The rest alone is fetched.
    let proxy = Proxy::recording(server.port()).unwrap();
    let resumed = run(&mut command(&proxy.url()));
    let report = resumed.report();
    assert_eq!(report["input"]["events"], 121, "{}", resumed.stderr);
    let first = proxy.requests().len();
    assert!((2..=3).contains(&first), "what is new, and what is older than the interrupt: {first}");

    // Of a later run, the last quarter of an hour.
    let again = run(&mut command(&proxy.url()));
    assert_eq!(proposed(&again.report()), proposed(&report));
    let later = proxy.requests().split_off(first);
    assert_eq!(later.len(), 1);
    let age = Timestamp::now().as_second() - moment(&body(&later[0])["StartTime"]);
    assert!((14 * 60..20 * 60).contains(&age), "{age}");
    // Another user's folder is not for everybody, and a whole one is for everybody.
    let ada = format!("arn:aws:iam::{ACCOUNT}:user/ada");
    let mut of_one = command(&proxy.url());
    assert_eq!(run(of_one.args(["--principal", &ada])).report()["principals"].as_array().unwrap().len(), 1);
}

#[test]
fn throttling_and_stale_tokens_are_got_over_and_a_refusal_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let Some(server) = serve(dir.path()) else { return };
    let proxy = Proxy::start(server.port(), |request, _| {
        let page = || String::from_utf8_lossy(&request.body).contains("NextToken");
        let attempt = request.header("amz-sdk-request").unwrap_or_default();
        match region(request) {
            Some("us-east-1") if attempt.starts_with("attempt=1;") => error("ThrottlingException"),
            Some("eu-west-1") if page() && moment(&body(request)["EndTime"]) > stale() => {
                error("InvalidNextTokenException")
            }
            Some("eu-north-1") => error("AccessDeniedException"),
            _ => Fault::None,
        }
    });
    let proxy = proxy.unwrap();
    let read = run(&mut tighten(&proxy.url(), &HISTORY));
    let report = read.report();
    assert_eq!(report["input"]["events"], 122, "{}", read.stderr);
    assert_eq!(read.code, Some(3), "{}", read.stderr);
    assert!(codes(&report).contains(&"skipped-input"));
    assert!(read.stdout.contains("event-history/eu-north-1 from "), "{}", read.stderr);
    let from_there = |request: &Request| {
        let asked = body(request);
        region(request) == Some("eu-west-1") && asked["NextToken"].is_null() && moment(&asked["EndTime"]) < stale()
    };
    assert_eq!(proxy.requests().iter().filter(|request| from_there(request)).count(), 1, "gone on with by time");

    let denied = Proxy::start(server.port(), |_, _| error("AccessDeniedException")).unwrap();
    let refused = run(&mut tighten(&denied.url(), &HISTORY));
    assert_eq!(refused.code, Some(2));
    for part in ["cloudtrail LookupEvents", "`cloudtrail:LookupEvents`", "--preset event-history"] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    // Whoever names a region wants it, so that it is not enabled is no small matter.
    let disabled = run(&mut tighten(&server.url(), &["analyze", "--event-history", "--region", "ap-east-1"]));
    assert_eq!(disabled.code, Some(2), "{}", disabled.stderr);
    let old = run(&mut tighten(&server.url(), &["analyze", "--event-history", "--until", "100d"]));
    assert!(old.stderr.contains("the last 90 days"), "{}", old.stderr);
}

/// Tokens of requests that end after this moment are refused: those of the first attempt, and not of what comes after a restart.
fn stale() -> i64 {
    Timestamp::now().as_second() - 20 * 60
}

/// The whole seconds of a number.
fn moment(value: &Value) -> i64 {
    value.to_string().split('.').next().unwrap().parse().unwrap()
}
