//! `--last-accessed`.

use serde_json::{Value, json};
use tighten_testkit::server::Proxy;

use super::support::{Run, account, analyze, fixture, run, tighten};

const TERRAFORM: &str = "arn:aws:iam::111122223333:role/terraform";

fn explained(url: &str, action: &str, arguments: &[&str]) -> String {
    let mut command = tighten(url);
    command.args(["explain", TERRAFORM, action, "--from-iam", "--allow-partial"]).args(arguments);
    let Run { code, stdout, stderr } = run(command.arg("--trail-dir").arg(fixture("organisation/trail")));
    assert_eq!(code, Some(0), "{stderr}");
    stdout
}

/// What is narrowed of the account, with every grant.
fn narrowed(url: &str, arguments: &[&str]) -> (Value, String) {
    let mut command = analyze(url);
    command.args(["--from-iam", "--allow-partial", "--details", "--format", "json", "--principal", "terraform"]);
    let done = run(command.arg("--trail-dir").arg(fixture("organisation/trail")).args(arguments));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    (serde_json::from_str(&done.stdout).unwrap(), done.stderr)
}

/// What stays of a service, by verdict, and the document that is proposed.
fn of_service(report: &Value, service: &str) -> (Vec<(String, String)>, String) {
    let narrowing = &report["narrowing"];
    let grants = narrowing["grants"].as_array().unwrap().iter();
    let own = grants.filter(|grant| grant["service"] == service && grant["kept"] == true);
    let told = |grant: &Value| {
        (grant["verdict"].as_str().unwrap().to_owned(), grant["reason"].as_str().unwrap_or_default().to_owned())
    };
    (own.map(told).collect(), narrowing["policies"][0]["document"].to_string())
}

#[test]
fn what_iam_saw_in_use_stays_and_nothing_else_changes() {
    let dir = tempfile::tempdir().unwrap();
    let records = dir.path().join("records.json");
    let at = "2026-05-03T10:00:00Z";
    let vaults = json!({ "at": at, "actions": { "CreateVault": at, "DeleteVault": null } });
    let accessed = json!({ TERRAFORM: { "glacier": vaults, "s3": { "at": at }, "xray": {} } });
    std::fs::write(&records, accessed.to_string()).unwrap();
    let variables = [("LAST_ACCESSED", records.to_str().unwrap()), ("LAST_ACCESSED_PAGE", "1")];
    let Some(server) = account(&fixture("authorization/details.json"), &variables) else { return };
    let proxy = Proxy::recording(server.port()).unwrap();
    let asked = ["--last-accessed"];
    let removed = explained(&server.url(), "glacier:CreateVault", &[]);
    assert!(removed.contains("removed"), "{removed}");
    for action in ["glacier:CreateVault", "glacier:UploadArchive"] {
        let kept = explained(&proxy.url(), action, &asked);
        assert!(kept.contains("although not seen: last accessed 2026-05-03 by IAM's records"), "{action}: {kept}");
    }
    for action in ["glacier:DeleteVault", "xray:GetGroup"] {
        let gone = explained(&server.url(), action, &asked);
        assert!(gone.contains("removed"), "IAM would have seen it: {action}: {gone}");
    }
    let (with, told) = narrowed(&server.url(), &asked);
    assert!(!told.contains("warning: 1 of 1 reports"), "{told}");
    let (without, _) = narrowed(&server.url(), &[]);
    let reason = "last accessed 2026-05-03 by IAM's records";
    let (grants, text) = of_service(&with, "glacier");
    assert!(!grants.is_empty() && grants.iter().all(|grant| *grant == ("last-accessed".to_owned(), reason.to_owned())));
    assert!(text.contains("\"glacier:CreateVault\"") && !text.contains("\"glacier:DeleteVault\""), "{text}");
    assert_eq!(of_service(&without, "glacier").0, []);
    // A service that the trail shows says nothing of its other actions.
    assert_eq!(of_service(&with, "s3").0, of_service(&without, "s3").0);
    assert_eq!(with["narrowing"]["principals"], without["narrowing"]["principals"], "the proofs are the same");
    let calls = |operation: &str| {
        let body = format!("Action={operation}&");
        proxy.requests().iter().filter(|one| String::from_utf8_lossy(&one.body).contains(&body)).count()
    };
    // Two runs: a report that is not ready at first, and its pages.
    assert_eq!((calls("GenerateServiceLastAccessedDetails"), calls("GetServiceLastAccessedDetails")), (2, 8));
}

#[test]
fn a_report_that_fails_is_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let records = dir.path().join("records.json");
    std::fs::write(&records, json!({ TERRAFORM: "IAM is busy" }).to_string()).unwrap();
    let variables = [("LAST_ACCESSED", records.to_str().unwrap())];
    let Some(server) = account(&fixture("authorization/details.json"), &variables) else { return };
    let (with, told) = narrowed(&server.url(), &["--last-accessed"]);
    let (without, _) = narrowed(&server.url(), &[]);
    assert_eq!(with["narrowing"]["policies"], without["narrowing"]["policies"]);
    for line in [
        "warning: 1 of 1 reports of what was last accessed failed; for these principals the logs alone decide",
        "  iam GetServiceLastAccessedDetails on `arn:aws:iam::111122223333:role/terraform` failed: IAM is busy",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}
