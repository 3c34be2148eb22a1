//! `--trail`.

use serde_json::{Value, json};
use tighten_testkit::server::{Fault, Proxy, Server};

use super::support::{ACCOUNT, boto, call, put_log, run, service, tighten};

const MAKE: &str = "
client('s3').create_bucket(Bucket='audit-logs')
trails = client('cloudtrail', 'us-west-2')
trails.create_trail(Name='main', S3BucketName='audit-logs', S3KeyPrefix='org', IsMultiRegionTrail=True)
trails.put_event_selectors(TrailName='main', AdvancedEventSelectors=[
    {'Name': 'calls', 'FieldSelectors': [{'Field': 'eventCategory', 'Equals': ['Management']}]},
    {'Name': 'objects', 'FieldSelectors': [
        {'Field': 'eventCategory', 'Equals': ['Data']}, {'Field': 'resources.type', 'Equals': ['AWS::S3::Object']}]}])
trails.start_logging(Name='main')
trails.create_trail(Name='second', S3BucketName='audit-logs')
";

fn findings(report: &Value) -> Vec<(&str, &Value)> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| (finding["code"].as_str().unwrap(), &finding["facts"])).collect()
}

/// What is not seen because nobody knows whether it would be.
fn inferred(report: &Value) -> bool {
    report.to_string().contains("selectors-inferred")
}

fn narrowed(report: &Value) -> String {
    report["narrowing"]["policies"][0]["document"].to_string()
}

#[test]
fn a_trail_is_found_by_name_and_says_what_it_records() {
    let Some(server) = Server::aws(&[]) else { return };
    boto(&server.url(), MAKE);
    let dir = tempfile::tempdir().unwrap();
    let records: Vec<Value> =
        (0..3).map(|at| call(at, 60, "us-east-1", "deploy", "sqs.amazonaws.com", "CreateQueue")).collect();
    std::fs::write(dir.path().join("log.json"), json!({ "Records": records }).to_string()).unwrap();
    let policy = dir.path().join("policy.txt");
    let current = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["sqs:CreateQueue", "s3:GetObject", "dynamodb:GetItem"], "Resource": "*" }] });
    std::fs::write(&policy, current.to_string()).unwrap();
    put_log(&server.url(), "audit-logs", "org/", &records);
    let (logs, policy) = (dir.path().join("log.json").display().to_string(), policy.display().to_string());
    let arguments = [
        "analyze",
        "--principal",
        "deploy",
        "--current",
        &policy,
        "--min-window",
        "0d",
        "--since",
        "30d",
        "--format",
        "json",
    ];
    let with = |more: &[&str]| run(&mut tighten(&server.url(), &[&arguments[..], more].concat()));
    let unknown = with(&["--trail-dir", &logs]).report();
    assert!(inferred(&unknown), "without the trail nobody knows");
    assert!(narrowed(&unknown).contains("s3:GetObject"));

    let arn = format!("arn:aws:cloudtrail:us-west-2:{ACCOUNT}:trail/main");
    // By name it is a shadow in us-east-1; by ARN it is asked at home.
    for name in ["main", &arn] {
        let read = with(&["--trail", name]);
        let report = read.report();
        assert!(!inferred(&report), "{report}");
        let told = format!("{arn} delivers to s3://audit-logs/org/AWSLogs/{ACCOUNT}/");
        assert!(read.stderr.contains(&told), "{}", read.stderr);
        assert_eq!(report["input"]["events"], 3, "its bucket is read");
        let findings = findings(&report);
        let late = findings.iter().find(|(code, _)| *code == "trail-started-late").unwrap();
        assert_eq!(late.1["trail"], arn.as_str());
        let others = findings.iter().find(|(code, _)| *code == "other-trails").unwrap();
        assert_eq!(others.1["others"], json!([format!("arn:aws:cloudtrail:us-west-2:{ACCOUNT}:trail/second")]));
        assert!(!findings.iter().any(|(code, _)| *code == "trail-stopped"));
        // Its data events are of S3 alone: that nobody read a table is not known, that nobody read an object is.
        let text = narrowed(&report);
        assert!(text.contains("sqs:CreateQueue") && text.contains("dynamodb:GetItem"), "{text}");
        assert!(!text.contains("s3:GetObject"), "{text}");
    }
    // What is read as well is no other trail, and one that is named twice is one.
    let second = format!("arn:aws:cloudtrail:us-west-2:{ACCOUNT}:trail/second");
    let both = with(&["--trail", "main", "--trail", &arn, "--trail", &second]).report();
    let codes: Vec<&str> = findings(&both).into_iter().map(|(code, _)| code).collect();
    assert!(!codes.contains(&"other-trails"), "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "trail-started-late").count(), 1, "{codes:?}");
    boto(&server.url(), "client('cloudtrail', 'us-west-2').stop_logging(Name='main')");
    let stopped = with(&["--trail", "main"]).report();
    assert!(findings(&stopped).iter().any(|(code, facts)| *code == "trail-stopped" && facts["since"].is_string()));

    let missing = with(&["--trail", "mian"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("no trail `mian`") && missing.stderr.contains(&arn), "{}", missing.stderr);
    let proxy = Proxy::recording(server.port()).unwrap();
    let missing = run(&mut tighten(&proxy.url(), &["analyze", "--trail", "mian", "--from-iam"]));
    assert_eq!(missing.code, Some(2));
    let asked: Vec<_> = proxy.requests().iter().filter_map(|request| service(request).map(str::to_owned)).collect();
    assert_eq!(asked, ["cloudtrail"], "nothing is read of IAM before the name is known to be right");
}

#[test]
fn a_refusal_names_the_call_and_the_preset() {
    let Some(server) = Server::aws(&[]) else { return };
    boto(&server.url(), MAKE);
    let proxy = Proxy::start(server.port(), |request, _| {
        if request.header("x-amz-target").is_some_and(|target| target.ends_with(".GetTrailStatus")) {
            let text = json!({ "__type": "AccessDeniedException", "message": "no" }).to_string();
            return Fault::Instead(400, "application/x-amz-json-1.1", text);
        }
        Fault::None
    });
    let refused = run(&mut tighten(&proxy.unwrap().url(), &["analyze", "--trail", "main"]));
    assert_eq!(refused.code, Some(2));
    for part in
        ["cloudtrail GetTrailStatus on `arn:aws:cloudtrail:us-west-2", "`cloudtrail:GetTrailStatus`", "--preset trail"]
    {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
}
