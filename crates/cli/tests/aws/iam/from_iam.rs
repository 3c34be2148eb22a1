//! `--from-iam`.

use serde_json::Value;
use tighten_testkit::server::{Fault, Proxy, Request};

use super::support::{Run, account, analyze, fixture, run, shown, tighten};

fn narrowed(url: &str, arguments: &[&str]) -> Run {
    let mut command = analyze(url);
    command.arg("--trail-dir").arg(fixture("organisation/trail")).args(["--allow-partial", "--format", "json"]);
    run(command.args(arguments))
}

fn is_details(request: &Request) -> bool {
    String::from_utf8_lossy(&request.body).contains("Action=GetAccountAuthorizationDetails")
}

#[test]
fn iam_and_the_file_that_the_aws_cli_makes_of_it_give_the_same_report() {
    // Pages of five: the account has 17 entities.
    let details = fixture("authorization/details.json");
    let Some(server) = account(&details, &[("AUTHORIZATION_DETAILS_PAGE", "5")]) else { return };
    let proxy = Proxy::recording(server.port()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("details.json");
    std::fs::write(&file, shown(&server)).unwrap();
    let by_file = narrowed(&server.url(), &["--account-authorization-details", file.to_str().unwrap()]);
    let live = narrowed(&proxy.url(), &["--from-iam"]);
    assert_eq!((by_file.code, live.code), (Some(0), Some(0)), "{}", live.stderr);
    assert_eq!(live.stdout, by_file.stdout);
    let pages = proxy.requests().iter().filter(|request| is_details(request)).count();
    assert_eq!((pages, proxy.requests().len()), (4, 4), "and nothing else is asked for");
    for told in [
        "AWS: environment variables, us-east-1",
        "IAM: 7 users and roles with ",
        " in account 111122223333",
        "left out, service-linked roles, whose policies cannot be changed: 1",
        "note: the logs hold calls from 2 other accounts (444455556666, 777788889999), whose policies",
    ] {
        assert!(live.stderr.contains(told), "{told}: {}", live.stderr);
    }
    // Who is asked for narrows what is told, and not what is read.
    let report: Value = serde_json::from_str(&live.stdout).unwrap();
    let policies = |report: &Value| report["narrowing"]["policies"].as_array().unwrap().len();
    let one = narrowed(&proxy.url(), &["--from-iam", "--principal", "orders-api-exec"]);
    let one: Value = serde_json::from_str(&one.stdout).unwrap();
    assert!(policies(&one) < policies(&report), "{} of {}", policies(&one), policies(&report));
    let holders = &one["narrowing"]["policies"][0]["holders"];
    assert!(holders.to_string().contains("media-worker-exec"), "whoever shares a policy is known: {holders}");
    let mut explain = tighten(&proxy.url());
    explain.args(["explain", "orders-api-exec", "sns:Publish", "--from-iam", "--allow-partial"]);
    let explained = run(explain.arg("--trail-dir").arg(fixture("organisation/trail")));
    assert_eq!(explained.code, Some(0), "{}", explained.stderr);
    assert!(explained.stdout.contains("app-runtime"), "{}", explained.stdout);
}

#[test]
fn what_goes_wrong_names_the_call_and_the_permission() {
    let details = fixture("authorization/details.json");
    let Some(server) = account(&details, &[("AUTHORIZATION_DETAILS_PAGE", "5")]) else { return };
    let error = |code: &str| {
        format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        )
    };
    let answering = |status: u16, code: &str, times: usize| {
        let body = error(code);
        let fault = move |_: &Request, before: usize| match before {
            before if before < times => Fault::Instead(status, "text/xml", body.clone()),
            _ => Fault::None,
        };
        Proxy::start(server.port(), fault).unwrap()
    };
    let denied = narrowed(&answering(403, "AccessDenied", 99).url(), &["--from-iam"]);
    assert_eq!((denied.code, denied.stdout.as_str()), (Some(2), ""));
    for told in [
        "error: access denied: iam GetAccountAuthorizationDetails on `the account` takes \
         `iam:GetAccountAuthorizationDetails`",
        "`tighten permissions --preset iam` prints the policy that grants it",
    ] {
        assert!(denied.stderr.contains(told), "{told}: {}", denied.stderr);
    }
    let expired = narrowed(&answering(403, "ExpiredToken", 99).url(), &["--from-iam"]);
    assert!(expired.stderr.contains("error: the AWS credentials have expired"), "{}", expired.stderr);
    let slow = answering(400, "Throttling", 2);
    let recovered = narrowed(&slow.url(), &["--from-iam"]);
    assert_eq!(recovered.code, Some(0), "{}", recovered.stderr);
    assert_eq!(slow.requests().len(), 6, "two that were throttled and four pages");
    // Nobody may be left out because a page never came.
    let endless = Proxy::start(server.port(), |request, _| {
        let marker = String::from_utf8_lossy(&request.body).contains("Marker=5");
        if marker { Fault::Instead(200, "text/xml", truncated()) } else { Fault::None }
    });
    let endless = narrowed(&endless.unwrap().url(), &["--from-iam"]);
    assert_eq!((endless.code, endless.stdout.as_str()), (Some(2), ""));
    assert!(endless.stderr.contains("error: an answer that makes no sense"), "{}", endless.stderr);
    let both = narrowed(&server.url(), &["--from-iam", "--all"]);
    assert!(both.stderr.contains("cannot be used with"), "{}", both.stderr);
}

/// A page that says that more follow, and not where.
fn truncated() -> String {
    "<GetAccountAuthorizationDetailsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
     <GetAccountAuthorizationDetailsResult><IsTruncated>true</IsTruncated></GetAccountAuthorizationDetailsResult>\
     </GetAccountAuthorizationDetailsResponse>"
        .to_owned()
}
