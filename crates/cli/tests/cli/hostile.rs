//! No string from a log reaches the terminal as it is.

use serde_json::{Value, json};

use crate::support::{Run, analyze, call, run, tighten, trail};

fn hostile() -> Vec<Value> {
    let evil = "x\u{1b}[2J\u{9b}31m\r\n\u{202e}gnp\u{200b}.exe\u{7}";
    vec![
        call(
            "01",
            &format!("s3{evil}.amazonaws.com"),
            &format!("Get{evil}"),
            &json!({ "awsRegion": format!("eu{evil}") }),
        ),
        call(
            "02",
            "ec2.amazonaws.com",
            "TerminateInstances",
            &json!({
                "recipientAccountId": "111122223333",
                "errorCode": format!("AccessDenied"),
                "errorMessage": format!("User: {evil} is not authorized to perform: ec2:TerminateInstances on resource: arn:aws:ec2:x:1:{evil}"),
            }),
        ),
        call(
            "03",
            "s3.amazonaws.com",
            "GetObject",
            &json!({
                "eventCategory": "Data",
                "requestParameters": { "bucketName": "b", "key": evil },
                "resources": [{ "type": evil, "ARN": format!("arn:aws:s3:::b/{evil}") }],
            }),
        ),
        call(
            evil,
            "sqs.amazonaws.com",
            "ListQueues",
            &json!({ "userIdentity": { "type": "IAMUser", "accountId": "111122223333",
            "arn": format!("arn:aws:iam::111122223333:user/{evil}"), "userName": evil } }),
        ),
    ]
}

fn is_safe(done: &Run) -> bool {
    let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}');
    !done.stdout.contains(bad) && !done.stderr.contains(bad)
}

#[test]
fn control_characters_and_overrides_are_spelled_out() {
    let dir = trail(&hostile());
    for format in ["text", "json", "markdown"] {
        let done = run(analyze().args(["--format", format, "-vv", "--trail-dir"]).arg(dir.path()));
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(is_safe(&done), "{done:?}");
        assert!(done.stdout.contains("\\u"), "{}", done.stdout);
    }
    let done = run(tighten().args(["needs", "--trail-dir"]).arg(dir.path()));
    assert!(is_safe(&done), "{done:?}");
    assert_eq!(done.stdout.lines().count(), 4);
    let first: Value = serde_json::from_str(done.stdout.lines().next().unwrap()).unwrap();
    assert!(first["eventName"].as_str().unwrap().contains("\u{1b}[2J"), "JSON means the same text");
}

#[test]
fn names_of_files_are_spelled_out() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a\u{1b}[2J\u{202e}.json"), "nothing").unwrap();
    let done = run(analyze().args(["-v", "--trail-dir"]).arg(dir.path()));
    assert_eq!(done.code, Some(3));
    assert!(is_safe(&done), "{done:?}");
    assert!(done.stdout.contains(r"a\u{1b}[2J\u{202e}.json"), "{}", done.stdout);
}
