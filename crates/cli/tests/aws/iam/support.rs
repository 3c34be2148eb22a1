//! Running the programs against a server.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tighten_testkit::server::Server;

/// What a program left behind.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A program that sees nothing of the environment in which the tests run, and has the server's keys.
pub(crate) fn program(path: &str, url: &str) -> Command {
    let mut command = Command::new(path);
    command.env_clear().stdin(Stdio::null()).env("AWS_ENDPOINT_URL", url).env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
    command
}

pub(crate) fn analyze(url: &str) -> Command {
    program(env!("CARGO_BIN_EXE_analyze"), url)
}

pub(crate) fn tighten(url: &str) -> Command {
    program(env!("CARGO_BIN_EXE_tighten"), url)
}

pub(crate) fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    root().join("fixtures").join(name)
}

/// A server that holds the account of these authorization details.
pub(crate) fn account(details: &Path, variables: &[(&str, &str)]) -> Option<Server> {
    let mut all = vec![
        ("MOTO_ACCOUNT_ID", "111122223333"),
        ("MOTO_IAM_LOAD_MANAGED_POLICIES", "true"),
        // Principals that are younger than the logs would be left alone.
        ("AUTHORIZATION_DETAILS_CREATED", "2024-03-01T00:00:00+00:00"),
    ];
    all.extend(variables);
    let server = Server::aws(&all)?;
    iam(&server, "put", Some(details));
    Some(server)
}

/// What the account holds, as the AWS CLI prints it.
pub(crate) fn shown(server: &Server) -> String {
    iam(server, "show", None)
}

fn iam(server: &Server, what: &str, file: Option<&Path>) -> String {
    let servers = std::env::var_os("TIGHTEN_TEST_SERVERS").map_or_else(|| root().join("target/servers"), PathBuf::from);
    let mut command = Command::new(servers.join("bin/python"));
    command.arg(root().join("tools/servers/iam.py")).args([&server.url(), what]).args(file);
    let Run { code, stdout, stderr } = run(&mut command);
    assert_eq!(code, Some(0), "{stderr}");
    stdout
}
