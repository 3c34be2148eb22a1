//! Running the program against a server, and what the server has.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tighten_testkit::server::Request;

pub(crate) const ACCOUNT: &str = "123456789012";

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn report(&self) -> Value {
        assert!(matches!(self.code, Some(0 | 3)), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// `tighten` with these arguments, in us-east-1 of the account behind this address.
pub(crate) fn tighten(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tighten"));
    command.env_clear().stdin(Stdio::null()).args(arguments);
    command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
    command.env("AWS_REGION", "us-east-1").env("AWS_ENDPOINT_URL", url);
    command
}

pub(crate) fn run(command: &mut Command) -> Run {
    finished(command.output().unwrap())
}

pub(crate) fn finished(Output { status, stdout, stderr }: Output) -> Run {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// Runs lines of Python that have `client(service, region)` of boto3.
pub(crate) fn boto(url: &str, lines: &str) {
    let head = format!(
        "import boto3\ndef client(service, region='us-east-1'):\n    return boto3.client(service, region_name=region, \
         endpoint_url={url:?}, aws_access_key_id='testing', aws_secret_access_key='testing')\n"
    );
    let servers = std::env::var_os("TIGHTEN_TEST_SERVERS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/servers"), Into::into);
    let output = Command::new(servers.join("bin/python")).args(["-c", &format!("{head}{lines}")]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Puts a log with these records where a trail would, below a prefix of its own (`team/`), today.
pub(crate) fn put_log(url: &str, bucket: &str, prefix: &str, records: &[Value]) {
    let day = Timestamp::now().strftime("%Y/%m/%d").to_string();
    let stamp = Timestamp::now().strftime("%Y%m%dT%H%MZ").to_string();
    let folder = format!("{prefix}AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{day}");
    let key = format!("{folder}/{ACCOUNT}_CloudTrail_us-east-1_{stamp}_AbCdEfGhIjKlMnOp.json.gz");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("log.json");
    std::fs::write(&file, json!({ "Records": records }).to_string()).unwrap();
    let body = format!("import gzip\nbody = gzip.compress(open({:?}, 'rb').read())\n", file.display().to_string());
    boto(url, &format!("{body}client('s3').put_object(Bucket={bucket:?}, Key={key:?}, Body=body)\n"));
}

/// A time so many minutes ago.
pub(crate) fn ago(minutes: i64) -> String {
    let moment = Timestamp::now() - SignedDuration::from_mins(minutes);
    Timestamp::from_second(moment.as_second()).unwrap().to_string()
}

/// A call of a role or user.
pub(crate) fn call(id: usize, minutes: i64, region: &str, who: &str, source: &str, name: &str) -> Value {
    let identity = match who.strip_prefix("user/") {
        Some(user) => json!({
            "type": "IAMUser", "arn": format!("arn:aws:iam::{ACCOUNT}:user/{user}"), "accountId": ACCOUNT, "userName": user,
        }),
        None => json!({
            "type": "AssumedRole", "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{who}/run"), "accountId": ACCOUNT,
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "arn": format!("arn:aws:iam::{ACCOUNT}:role/{who}"), "accountId": ACCOUNT, "userName": who,
            } },
        }),
    };
    json!({
        "eventVersion": "1.11", "eventID": format!("{id:08}-0000-4000-8000-000000000000"), "eventTime": ago(minutes),
        "eventSource": source, "eventName": name, "awsRegion": region, "eventType": "AwsApiCall",
        "eventCategory": "Management", "managementEvent": true, "readOnly": false, "recipientAccountId": ACCOUNT,
        "userIdentity": identity,
    })
}

/// The region that a request is signed for.
pub(crate) fn region(request: &Request) -> Option<&str> {
    scope(request)?.nth(2)
}

/// The service that a request is signed for.
pub(crate) fn service(request: &Request) -> Option<&str> {
    scope(request)?.nth(3)
}

fn scope(request: &Request) -> Option<impl Iterator<Item = &str>> {
    let (_, scope) = request.header("authorization")?.split_once("Credential=")?;
    Some(scope.split([',', ' ']).next()?.split('/'))
}

pub(crate) fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}
