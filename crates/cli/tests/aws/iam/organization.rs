//! `replay --from-iam`: the SCPs and RCPs of an organisation.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tighten_testkit::server::{Fault, Proxy, Server};

use super::support::{Run, fixture, root, run, tighten};
use crate::trail::support::{ago, body, service};

/// The account that made the organisation, and one that is in none.
const MANAGEMENT: &str = "123456789012";
const STRANGER: &str = "777788889999";

/// Lines of Python that make an organisation: an account in a unit that may delete no queue, and that may set no queue's attributes
/// by a policy of its own for resources; another account right below the root.
const MAKE: &str = r#"
import json, sys
import boto3
url, enable = sys.argv[1:]
client = boto3.client("organizations", region_name="us-east-1", endpoint_url=url, aws_access_key_id="testing", aws_secret_access_key="testing")
client.create_organization(FeatureSet="ALL")
top = client.list_roots()["Roots"][0]["Id"]
if enable == "enabled":
    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]:
        client.enable_policy_type(RootId=top, PolicyType=kind)
unit = client.create_organizational_unit(ParentId=top, Name="workloads")["OrganizationalUnit"]["Id"]
def account(name):
    return client.create_account(AccountName=name, Email=name + "@example.com")["CreateAccountStatus"]["AccountId"]
bound, free = account("bound"), account("free")
client.move_account(AccountId=bound, SourceParentId=top, DestinationParentId=unit)
def attach(name, kind, target, statement):
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = client.create_policy(Name=name, Description="", Type=kind, Content=content)["Policy"]["PolicySummary"]
    client.attach_policy(PolicyId=policy["Id"], TargetId=target)
attach("NoDeletion", "SERVICE_CONTROL_POLICY", unit, {"Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "*"})
attach("NoChange", "RESOURCE_CONTROL_POLICY", bound, {"Effect": "Deny", "Principal": "*", "Action": "sqs:SetQueueAttributes", "Resource": "*"})
print(bound, free)
"#;

/// An organisation on a server, and the logs of its accounts.
pub(crate) struct Made {
    pub(crate) bound: String,
    pub(crate) free: String,
    pub(crate) logs: tempfile::TempDir,
}

/// Makes the organisation.
pub(crate) fn made(server: &Server, enabled: bool) -> Made {
    let servers = std::env::var_os("TIGHTEN_TEST_SERVERS").map_or_else(|| root().join("target/servers"), PathBuf::from);
    let mut python = Command::new(servers.join("bin/python"));
    let enabled = if enabled { "enabled" } else { "disabled" };
    let Run { code, stdout, stderr } = run(python.args(["-c", MAKE, &server.url(), enabled]));
    assert_eq!(code, Some(0), "{stderr}");
    let (bound, free) = stdout.trim().split_once(' ').unwrap();
    let mut records = Vec::new();
    for account in [bound, free, MANAGEMENT, STRANGER] {
        for name in ["DeleteQueue", "SetQueueAttributes", "GetQueueAttributes"] {
            records.push(call(records.len(), account, name));
        }
    }
    let logs = tempfile::tempdir().unwrap();
    std::fs::write(logs.path().join("log.json"), json!({ "Records": records }).to_string()).unwrap();
    Made { bound: bound.to_owned(), free: free.to_owned(), logs }
}

/// A call of the role `worker` of an account on a queue there.
fn call(id: usize, account: &str, name: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": format!("{id:08}-0000-4000-8000-000000000000"), "eventTime": ago(60),
        "eventSource": "sqs.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1", "eventType": "AwsApiCall",
        "eventCategory": "Management", "managementEvent": true, "readOnly": false, "recipientAccountId": account,
        "requestParameters": { "queueUrl": format!("https://sqs.eu-west-1.amazonaws.com/{account}/jobs") },
        "userIdentity": {
            "type": "AssumedRole", "arn": format!("arn:aws:sts::{account}:assumed-role/worker/run"), "accountId": account,
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "arn": format!("arn:aws:iam::{account}:role/worker"), "accountId": account, "userName": "worker",
            } },
        },
    })
}

fn replay(url: &str, made: &Made, arguments: &[&str]) -> Run {
    let mut command = tighten(url);
    command.args(["replay", "--from-iam", "--format", "json", "--trail-dir"]).arg(made.logs.path());
    run(command.args(arguments))
}

/// The denied and the allowed calls of the principal of an account.
fn calls(report: &Value, account: &str) -> (u64, u64) {
    let of = report["principals"].as_array().unwrap().iter();
    let one = of.clone().find(|one| one["principal"].as_str().unwrap().contains(account)).unwrap();
    (one["calls"]["denied"].as_u64().unwrap(), one["calls"]["allowed"].as_u64().unwrap())
}

#[test]
fn each_account_is_judged_by_what_binds_it_and_the_management_account_by_nothing() {
    let Some(server) = Server::aws(&[]) else { return };
    let made = made(&server, true);
    let proxy = Proxy::recording(server.port()).unwrap();
    let done = replay(&proxy.url(), &made, &[]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(calls(&report, &made.bound), (2, 1));
    for account in [&made.free, MANAGEMENT, STRANGER] {
        assert_eq!(calls(&report, account), (0, 3), "{account}");
    }
    assert_eq!(report["managementAccount"], MANAGEMENT);
    let files: Vec<&str> =
        report["policies"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    // The root, the unit and the two accounts: everything four times, and the two that deny.
    assert_eq!(files.iter().filter(|file| file.starts_with("FullAWSAccess (p-FullAWSAccess) of ")).count(), 4);
    assert_eq!(files.iter().filter(|file| file.starts_with("RCPFullAWSAccess ")).count(), 4);
    assert!(files.iter().any(|file| file.starts_with("NoDeletion (p-") && file.contains(") of ou-")), "{files:?}");
    assert!(files.iter().any(|file| file.ends_with(&format!(") of {}", made.bound))), "{files:?}");
    // A denial names its document.
    let denied = report["principals"].as_array().unwrap().iter().flat_map(|one| one["needs"].as_array().unwrap());
    let by: Vec<&str> = denied
        .filter(|need| need["verdict"] == "explicit-deny")
        .filter_map(|need| need["by"]["file"].as_str())
        .collect();
    assert!(by.iter().any(|file| file.starts_with("NoDeletion")), "{by:?} {report}");
    assert!(by.iter().any(|file| file.starts_with("NoChange")), "{by:?}");
    for told in [
        format!("organisation of {MANAGEMENT}: 2 SCPs at 4 levels, 2 RCPs in force"),
        format!("not in the organisation, so its policies do not bind them: {STRANGER}"),
    ] {
        assert!(done.stderr.contains(&told), "{told}: {}", done.stderr);
    }
    let mut asked: Vec<String> = proxy
        .requests()
        .iter()
        .map(|request| request.header("x-amz-target").unwrap().rsplit('.').next().unwrap().to_owned())
        .collect();
    asked.sort();
    let count = |name: &str| asked.iter().filter(|one| *one == name).count();
    let counts =
        ["DescribeOrganization", "ListRoots", "ListParents", "ListPoliciesForTarget", "DescribePolicy"].map(count);
    assert_eq!((counts, asked.len()), ([1, 1, 4, 8, 4], 18));
    // What is tried out besides counts beside it.
    let deny =
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "sqs:Get*", "Resource": "*" } });
    let file = made.logs.path().join("deny.scp");
    std::fs::write(&file, deny.to_string()).unwrap();
    let done = replay(&server.url(), &made, &["--scp", file.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((calls(&report, &made.bound), calls(&report, &made.free)), ((3, 0), (1, 2)));
    assert_eq!(calls(&report, MANAGEMENT), (0, 3));
}

#[test]
fn kinds_that_are_not_enabled_and_accounts_without_an_organisation_bind_nobody() {
    let Some(server) = Server::aws(&[]) else { return };
    let Some(other) = Server::aws(&[]) else { return };
    let made = made(&server, false);
    let done = replay(&server.url(), &made, &[]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for told in ["SCPs are not enabled in the organisation", "RCPs are not enabled in the organisation"] {
        assert!(done.stderr.contains(told), "{}", done.stderr);
    }
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(calls(&report, &made.bound), (0, 3));
    let done = replay(&other.url(), &made, &[]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(
        done.stderr.contains("the account is in no organisation, so no SCP and no RCP binds it"),
        "{}",
        done.stderr
    );
}

#[test]
fn what_may_not_be_read_is_no_failure_unless_there_is_nothing_else_to_judge_by() {
    let Some(server) = Server::aws(&[]) else { return };
    let made = made(&server, true);
    let proxy = Proxy::start(server.port(), |request, _| {
        let refused = service(request) == Some("organizations") && body(request).get("TargetId").is_some();
        let answer = json!({ "__type": "AccessDeniedException", "Message": "no" }).to_string();
        if refused { Fault::Instead(400, "application/x-amz-json-1.1", answer) } else { Fault::None }
    });
    let url = proxy.unwrap().url();
    let alone = replay(&url, &made, &[]);
    assert_eq!((alone.code, alone.stdout.as_str()), (Some(2), ""));
    let policy = fixture("policies/administrator.json").display().to_string();
    let done = replay(&url, &made, &["--policy", &policy, "--all"]);
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(calls(&report, &made.bound), (0, 3));
    for stderr in [alone.stderr, done.stderr] {
        assert!(stderr.contains("access denied: organizations ListPoliciesForTarget on `r-"), "{stderr}");
        assert!(stderr.contains("takes `organizations:ListPoliciesForTarget`"), "{stderr}");
        assert!(stderr.contains("`tighten permissions --preset organization` prints the policy"), "{stderr}");
    }
}
