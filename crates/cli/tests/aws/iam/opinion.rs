//! `--simulate` and `--check-no-new-access`.

use std::path::Path;

use serde_json::{Value, json};
use tighten_testkit::server::{Fault, Proxy, Server, evaluator};

use super::support::{Run, account, analyze, fixture, run};

const DEPLOY: &str = "github-deploy";

/// A server that can simulate, with the evaluator of `tools/checks`. Where that is not installed, the test is skipped.
fn simulating(details: &Path) -> Option<Server> {
    let packages = evaluator()?;
    account(details, &[("SIMULATE_NODE_PATH", packages.to_str()?), ("SIMULATE_PAGE", "1")])
}

fn narrowed(url: &str, arguments: &[&str]) -> (Value, String) {
    let mut command = analyze(url);
    command.args(["--allow-partial", "--format", "json"]).arg("--trail-dir").arg(fixture("organisation/trail"));
    let Run { code, stdout, stderr } = run(command.args(arguments));
    assert_eq!(code, Some(0), "{stderr}");
    (serde_json::from_str(&stdout).unwrap(), stderr)
}

fn findings<'r>(report: &'r Value, code: &str) -> Vec<&'r Value> {
    let of_principals =
        report["principals"].as_array().unwrap().iter().flat_map(|one| one["findings"].as_array().unwrap());
    let all = report["findings"].as_array().unwrap().iter().chain(of_principals);
    all.filter(|finding| finding["code"] == code).collect()
}

fn bodies(proxy: &Proxy) -> Vec<String> {
    proxy.requests().iter().map(|one| String::from_utf8_lossy(&one.body).into_owned()).collect()
}

#[test]
fn the_simulator_agrees_with_the_narrowed_policies_alone() {
    let Some(server) = simulating(&fixture("authorization/details.json")) else { return };
    let proxy = Proxy::recording(server.port()).unwrap();
    let (report, _) = narrowed(&proxy.url(), &["--from-iam", "--simulate", "--principal", DEPLOY]);
    let simulation = &report["narrowing"]["simulation"];
    let number = |field: &str| simulation[field].as_u64().unwrap();
    assert_eq!((number("answered"), number("agreed"), number("notSimulated")), (41, 41, 19), "{simulation}");
    assert_eq!((number("unanswered"), number("failed")), (0, 0), "{simulation}");
    assert!(findings(&report, "simulation-differs").is_empty());
    let simulated: Vec<String> = bodies(&proxy).into_iter().filter(|body| body.contains("SimulatePrincipal")).collect();
    // What is attached today has no say: the managed policy and the one inside of the role.
    for part in ["PolicyExclusionList.member.1.PolicyArn=arn", ".InlinePolicyIdentifier.AttachmentName=github-deploy"] {
        assert!(!simulated.is_empty() && simulated.iter().all(|body| body.contains(part)), "{part}: {simulated:?}");
    }
    // A file says nothing of what else is attached.
    let file = fixture("policies/administrator.json");
    let arguments = ["--current", file.to_str().unwrap(), "--simulate", "--principal", "orders-api-exec", "--account"];
    let (report, _) = narrowed(&proxy.url(), &[&arguments[..], &["111122223333"]].concat());
    let simulation = &report["narrowing"]["simulation"];
    assert!(
        simulation["answered"].as_u64() > Some(100) && simulation["agreed"] == simulation["answered"],
        "{simulation}"
    );
    let custom: Vec<String> = bodies(&proxy).into_iter().filter(|body| body.contains("SimulateCustomPolicy")).collect();
    assert!(custom.iter().any(|body| body.contains("&Marker=1")), "results have pages: {custom:?}");
}

#[test]
fn what_the_simulator_knows_better_is_a_finding() {
    // The boundary denies something that the role did, as if it had been changed since.
    let mut details: Value =
        serde_json::from_str(&std::fs::read_to_string(fixture("authorization/details.json")).unwrap()).unwrap();
    let policies = details["Policies"].as_array_mut().unwrap();
    let boundary = policies.iter_mut().find(|policy| policy["PolicyName"] == "deploy-boundary").unwrap();
    let statements = boundary["PolicyVersionList"][0]["Document"]["Statement"].as_array_mut().unwrap();
    statements.push(json!({ "Effect": "Deny", "Action": "lambda:UpdateFunctionCode", "Resource": "*" }));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("details.json");
    std::fs::write(&file, details.to_string()).unwrap();
    let Some(server) = simulating(&file) else { return };
    let (report, _) = narrowed(&server.url(), &["--from-iam", "--simulate", "--principal", DEPLOY]);
    let simulation = &report["narrowing"]["simulation"];
    let differing = simulation["answered"].as_u64().unwrap() - simulation["agreed"].as_u64().unwrap();
    let [finding] = findings(&report, "simulation-differs")[..] else { panic!("{simulation}") };
    let facts = &finding["facts"];
    assert_eq!((&facts["action"], &facts["simulatorAllows"]), (&json!("lambda:UpdateFunctionCode"), &json!(false)));
    assert_eq!(facts["resources"].as_array().unwrap().len() as u64, differing, "{facts}");
    // A call that is denied is a warning, and the report is there.
    let deny = Proxy::start(server.port(), |request, _| {
        let body = "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Code>AccessDenied</Code>\
                    <Message>no</Message></Error></ErrorResponse>";
        let simulates = String::from_utf8_lossy(&request.body).contains("Action=SimulatePrincipalPolicy");
        if simulates { Fault::Instead(403, "text/xml", body.to_owned()) } else { Fault::None }
    });
    let (report, told) = narrowed(&deny.unwrap().url(), &["--from-iam", "--simulate", "--principal", DEPLOY]);
    assert_eq!(report["narrowing"]["simulation"]["failed"], 1);
    for line in [
        "access denied: iam SimulatePrincipalPolicy on `arn:aws:iam::111122223333:role/ci/github-deploy` takes \
         `iam:SimulatePrincipalPolicy`",
        "`tighten permissions --preset simulate` prints the policy that grants it",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn access_analyzer_is_a_second_opinion_on_what_is_new() {
    let Some(server) = account(&fixture("authorization/details.json"), &[]) else { return };
    let (report, _) = narrowed(&server.url(), &["--from-iam", "--check-no-new-access"]);
    let check = &report["narrowing"]["noNewAccess"];
    assert!(check["checked"].as_u64() > Some(4) && check["passed"] == check["checked"], "{check}");
    assert_eq!((&check["invalid"], &check["failed"]), (&json!(0), &json!(0)));
    // Where it sees another document than ours as the present one, it objects: the answer is its own.
    let narrower = Proxy::start(server.port(), |request, _| {
        let fails =
            json!({ "result": "FAIL", "message": "new access", "reasons": [{ "description": "in statement 0" }] });
        if request.target == "/policy/check-no-new-access" {
            Fault::Instead(200, "application/json", fails.to_string())
        } else {
            Fault::None
        }
    });
    let (report, _) =
        narrowed(&narrower.unwrap().url(), &["--from-iam", "--check-no-new-access", "--principal", DEPLOY]);
    let check = &report["narrowing"]["noNewAccess"];
    assert!(check["checked"].as_u64() > Some(0) && check["passed"] == 0, "{check}");
    let objections = findings(&report, "second-opinion-differs");
    assert_eq!(objections.len() as u64, check["checked"].as_u64().unwrap());
    assert!(objections[0]["message"].as_str().unwrap().contains("in statement 0"), "{}", objections[0]);
}
