//! Running the programs, and trails to run them on.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// What a program left behind.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn tighten() -> Command {
    program(env!("CARGO_BIN_EXE_tighten"))
}

pub(crate) fn analyze() -> Command {
    program(env!("CARGO_BIN_EXE_analyze"))
}

/// A command that sees nothing of the environment in which the tests run.
fn program(path: &str) -> Command {
    let mut command = Command::new(path);
    command.env_clear().stdin(Stdio::null());
    command
}

pub(crate) fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// A directory with one log file of these records.
pub(crate) fn trail(records: &[Value]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write_log(&dir.path().join("log.json"), records);
    dir
}

pub(crate) fn write_log(path: &Path, records: &[Value]) {
    std::fs::write(path, json!({ "Records": records }).to_string()).unwrap();
}

/// A trail of the repository.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name).join("trail")
}

pub(crate) const ACCOUNT: &str = "111122223333";

/// A call by the role `deploy`; `more` adds fields or replaces them.
pub(crate) fn call(id: &str, source: &str, name: &str, more: &Value) -> Value {
    call_by("ci/deploy", id, source, name, more)
}

/// A call by a role, given by its path and name.
pub(crate) fn call_by(role: &str, id: &str, source: &str, name: &str, more: &Value) -> Value {
    let session = role.rsplit('/').next().unwrap();
    let mut record = json!({
        "eventVersion": "1.08",
        "eventID": id,
        "eventTime": "2026-05-01T12:00:00Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": "eu-west-1",
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": true,
        "readOnly": false,
        "recipientAccountId": ACCOUNT,
        "userIdentity": {
            "type": "AssumedRole",
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{session}/run"),
            "accountId": ACCOUNT,
            "principalId": "AROAEXAMPLE:run",
            "sessionContext": { "sessionIssuer": {
                "type": "Role",
                "arn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
                "accountId": ACCOUNT,
                "userName": session,
                "principalId": "AROAEXAMPLE",
            } },
        },
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        record[key] = value.clone();
    }
    record
}

/// A small trail with one of everything: uses, a role that is passed, a denial, an unknown call, a copy, a service event.
pub(crate) fn small() -> Vec<Value> {
    let function = json!({ "functionName": "api", "role": format!("arn:aws:iam::{ACCOUNT}:role/app/api-exec") });
    let read = call(
        "01",
        "s3.amazonaws.com",
        "GetObject",
        &json!({
            "eventCategory": "Data", "managementEvent": false, "readOnly": true,
            "requestParameters": { "bucketName": "assets", "key": "site/index.html" },
            "resources": [
                { "type": "AWS::S3::Object", "ARN": "arn:aws:s3:::assets/site/index.html" },
                { "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::assets", "accountId": ACCOUNT },
            ],
        }),
    );
    vec![
        read.clone(),
        read,
        call("02", "lambda.amazonaws.com", "CreateFunction20150331", &json!({ "requestParameters": function })),
        call(
            "03",
            "ec2.amazonaws.com",
            "TerminateInstances",
            &json!({
                "eventTime": "2026-05-03T12:00:00Z",
                "errorCode": "Client.UnauthorizedOperation",
                "errorMessage": "You are not authorized to perform this operation.",
                "requestParameters": { "instancesSet": { "items": [{ "instanceId": "i-0123456789abcdef0" }] } },
            }),
        ),
        call("04", "quasar.amazonaws.com", "ListNebulae", &json!({})),
        call("05", "sts.amazonaws.com", "GetCallerIdentity", &json!({})),
        json!({
            "eventID": "06", "eventTime": "2026-05-01T12:00:00Z", "eventSource": "kms.amazonaws.com", "eventName": "RotateKey",
            "awsRegion": "eu-west-1", "eventType": "AwsServiceEvent", "recipientAccountId": ACCOUNT,
            "userIdentity": { "accountId": ACCOUNT, "invokedBy": "AWS Internal" },
        }),
    ]
}
