//! Whose credentials count, and which way requests go.

use std::path::Path;
use std::process::Command;

use tighten_testkit::server::{Fault, Proxy, Request, Server};

use crate::support::{bare, buckets, organisation, run};

/// The program with these profiles.
fn with_profiles(folder: &Path, text: &str, url: &str) -> Command {
    let config = folder.join("config");
    std::fs::write(&config, text).unwrap();
    let mut command = bare();
    command.env("AWS_CONFIG_FILE", &config).env("AWS_SHARED_CREDENTIALS_FILE", folder.join("none"));
    command.env("AWS_ENDPOINT_URL", url);
    command
}

/// The key that a request was signed with, and the region.
fn signer(request: &Request) -> (String, String) {
    let header = request.header("authorization").unwrap();
    let credential = header.split("Credential=").nth(1).unwrap();
    let mut parts = credential.split('/');
    (parts.next().unwrap().to_owned(), parts.nth(1).unwrap().to_owned())
}

#[test]
fn a_profile_that_is_asked_for_is_all_that_counts() {
    let root = buckets(&[("logs", &organisation())]);
    let Some(server) = Server::folder(root.path()) else { return };
    let proxy = Proxy::recording(server.port()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let profiles = "[profile audit]\nregion = eu-west-1\naws_access_key_id = testing\naws_secret_access_key = testing\n\
                    [profile other]\naws_access_key_id = nobody\naws_secret_access_key = nothing\n";
    let command = || {
        let mut command = with_profiles(folder.path(), profiles, &proxy.url());
        // Somebody else's keys lie about.
        command.env("AWS_ACCESS_KEY_ID", "nobody").env("AWS_SECRET_ACCESS_KEY", "nothing");
        command
    };
    let out = run(command().args(["analyze", "s3://logs", "--allow-partial", "--profile", "audit"]));
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert!(out.stderr.contains("AWS: profile audit, eu-west-1"), "{}", out.stderr);
    assert!(proxy.requests().iter().all(|request| signer(request) == ("testing".into(), "eu-west-1".into())));
    let out = run(command().args(["analyze", "s3://logs", "--profile", "audti"]));
    assert_eq!(out.code, Some(2));
    let told = out.stderr.contains("there is no AWS profile `audti`") && out.stderr.contains("audit");
    assert!(told, "{}", out.stderr);
    // Either variable tells the region, and the flag beats both.
    let out = run(command().env("AWS_DEFAULT_REGION", "eu-central-1").args([
        "analyze",
        "s3://logs",
        "--profile",
        "other",
        "--aws-region",
        "ap-southeast-2",
    ]));
    assert!(out.stderr.contains("AWS: profile other, ap-southeast-2"), "{}", out.stderr);
    let out = run(command().env("AWS_DEFAULT_REGION", "eu-central-1").args(["analyze", "s3://logs"]));
    assert!(out.stderr.contains("AWS: environment variables, eu-central-1"), "{}", out.stderr);
}

#[test]
fn without_credentials_it_says_so_at_once() {
    let out = run(bare().args(["analyze", "s3://logs"]));
    assert_eq!(out.code, Some(2));
    assert!(out.stderr.contains("there are no AWS credentials") && out.stderr.contains("--profile"), "{}", out.stderr);
    let out = run(bare().env("AWS_CA_BUNDLE", "/nonexistent.pem").args(["analyze", "s3://logs"]));
    assert!(out.stderr.contains("/nonexistent.pem") && out.stderr.contains("AWS_CA_BUNDLE"), "{}", out.stderr);
}

#[test]
fn a_role_is_assumed_as_the_profile_says() {
    let Some(server) = Server::aws(&[]) else { return };
    let proxy = Proxy::recording(server.port()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let profiles = "[profile base]\naws_access_key_id = testing\naws_secret_access_key = testing\n\
                    [profile audit]\nrole_arn = arn:aws:iam::111122223333:role/audit\nsource_profile = base\n\
                    external_id = from-profile\nduration_seconds = 1800\n\
                    [profile device]\nrole_arn = arn:aws:iam::111122223333:role/audit\nsource_profile = base\n\
                    mfa_serial = arn:aws:iam::111122223333:mfa/me\n";
    let command = || with_profiles(folder.path(), profiles, &proxy.url());
    let assumed = |proxy: &Proxy| -> Vec<String> {
        let requests = proxy.requests();
        let bodies = requests.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned());
        bodies.filter(|body| body.contains("Action=AssumeRole")).collect()
    };
    run(command().args(["analyze", "s3://logs", "--profile", "audit"]));
    let calls = assumed(&proxy);
    assert_eq!(calls.len(), 1, "{calls:?}");
    for part in ["DurationSeconds=1800", "ExternalId=from-profile", "RoleSessionName=tighten"] {
        assert!(calls[0].contains(part), "{calls:?}");
    }
    let role = ["--role-arn", "arn:aws:iam::444455556666:role/reader", "--external-id", "from-flag"];
    run(command().args(["analyze", "s3://logs", "--profile", "base"]).args(role));
    let calls = assumed(&proxy);
    assert!(calls.len() == 2 && calls[1].contains("ExternalId=from-flag"), "{calls:?}");
    // A role that may not be assumed says what it takes, and of whom it was asked.
    let denied = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>";
    let refusing = Proxy::start(1, move |_, _| Fault::Instead(403, "text/xml", denied.to_owned())).unwrap();
    let mut refused = bare();
    refused.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
    let out = run(refused.env("AWS_ENDPOINT_URL", refusing.url()).args(["analyze", "s3://logs"]).args(role));
    assert_eq!(out.code, Some(2));
    for part in [
        "cannot assume role `arn:aws:iam::444455556666:role/reader`: AccessDenied",
        "`sts:AssumeRole`",
        "--external-id",
    ] {
        assert!(out.stderr.contains(part), "{}", out.stderr);
    }
    assert!(!out.stderr.contains("WARN") && !out.stderr.contains("profile"), "{}", out.stderr);
    // Nobody sits at a terminal.
    let out = run(command().args(["analyze", "s3://logs", "--profile", "device"]));
    assert_eq!(out.code, Some(2));
    let told = out.stderr.contains("mfa/me") && out.stderr.contains("credential_process");
    assert!(told, "{}", out.stderr);
}

#[test]
fn proxies_of_the_environment_are_used() {
    let root = buckets(&[("logs", &organisation())]);
    let Some(server) = Server::folder(root.path()) else { return };
    // A forward proxy is asked for whole addresses.
    let proxy = Proxy::start(server.port(), |request, _| {
        let is_forwarded = request.target.starts_with("http://");
        if is_forwarded { Fault::Instead(418, "text/plain", String::new()) } else { Fault::None }
    });
    let proxy = proxy.unwrap();
    let keys = |command: &mut Command| {
        command.env("AWS_ACCESS_KEY_ID", "testing").env("AWS_SECRET_ACCESS_KEY", "testing");
        command.env("AWS_ENDPOINT_URL", server.url()).env("HTTP_PROXY", proxy.url());
    };
    let mut command = bare();
    keys(&mut command);
    let out = run(command.args(["analyze", "s3://logs"]));
    assert_eq!(out.code, Some(2), "{}", out.stderr);
    assert!(!proxy.requests().is_empty());
    let before = proxy.requests().len();
    let mut command = bare();
    keys(&mut command);
    let out = run(command.env("NO_PROXY", "127.0.0.1").args(["analyze", "s3://logs", "--allow-partial"]));
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert_eq!(proxy.requests().len(), before);
}
