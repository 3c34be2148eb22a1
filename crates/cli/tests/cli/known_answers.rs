//! Small inputs whose right answers are known, where a collection of them lies beside the repository. It is not part of
//! the repository, so that without it the tests say so and pass; what it stands for is tested elsewhere on inputs of
//! the project's own.
#![expect(clippy::print_stdout, reason = "says what is not there")]
#![expect(clippy::panic, reason = "helpers of tests may fail like tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Run, analyze, run, tighten};

/// A folder of the collection.
fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases").join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no collection of cases at {}", path.display());
    None
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Texts of a member that is one or several.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several.iter().map(|one| text(one).to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// Per record: the outcome, the needs as `ACTION on RESOURCE, RESOURCE if KEY=VALUE (CERTAINTY)`, why there are none.
fn needs(path: &Path) -> Vec<(String, Vec<String>, Option<String>)> {
    let found = run(tighten().args(["needs", "--trail-dir"]).arg(path));
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    found
        .stdout
        .lines()
        .map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            let spelled = record["needs"].as_array().unwrap().iter().map(spell).collect();
            (text(&record["outcome"]).to_owned(), spelled, record["none"].as_str().map(str::to_owned))
        })
        .collect()
}

fn spell(need: &Value) -> String {
    let mut resources = texts(&need["resources"]);
    resources.sort();
    let mut spelled = format!("{} on {}", text(&need["action"]), resources.join(", "));
    for (key, values) in need["context"].as_object().into_iter().flatten() {
        spelled.extend([" if ", key, "=", &texts(values).join("|")]);
    }
    if text(&need["certainty"]) != "exact" {
        spelled.extend([" (", text(&need["certainty"]), ")"]);
    }
    if need["suspected"].as_bool() == Some(true) {
        spelled.push_str(" (suspected)");
    }
    spelled
}

#[test]
fn records_need_what_is_known_of_them() {
    let Some(folder) = folder("mapping") else { return };
    let rows: &[(&str, &[&str])] = &[
        ("account-own", &["account:GetAlternateContact on arn:aws:account::111122223333:account"]),
        (
            "acm-pca-certificate-as-authority",
            &["acm-pca:GetCertificate on arn:aws:acm-pca:EU:certificate-authority/aaaa"],
        ),
        (
            "appsync-graphql-fields",
            &["appsync:GraphQL on arn:aws:appsync:EU:apis/abcdefghijklmnop/types/*/fields/* (by-type)"],
        ),
        ("athena-named-query-name-as-workgroup", &["athena:CreateNamedQuery on arn:aws:athena:EU:workgroup/primary"]),
        ("athena-null-parameters-skip-default", &["athena:ListQueryExecutions on arn:aws:athena:EU:workgroup/primary"]),
        ("caller-before-message", &["iam:CreateAccessKey on arn:aws:iam::111122223333:user/bob"]),
        ("directconnect-no-filter", &["directconnect:DescribeConnections on *"]),
        ("ecs-list-tasks-without-instance", &["ecs:ListTasks on *"]),
        (
            "eks-access-entry",
            &["eks:DescribeAccessEntry on arn:aws:eks:EU:access-entry/prod/role/111122223333/viewer/* (by-type)"],
        ),
        (
            "emr-tags-on-create",
            &["elasticmapreduce:RunJobFlow on *", "elasticmapreduce:AddTags on arn:aws:elasticmapreduce:EU:cluster/*"],
        ),
        (
            "iam-update-user-rename",
            &["iam:UpdateUser on arn:aws:iam::111122223333:user/bob, arn:aws:iam::111122223333:user/robert"],
        ),
        (
            "kms-describe-key-null-is-no-listing",
            &["kms:DescribeKey on arn:aws:kms:EU:key/55555555-aaaa-4bbb-8ccc-666666666666"],
        ),
        (
            "kms-reencrypt-from-both-keys",
            &[
                "kms:ReEncryptFrom on arn:aws:kms:EU:key/11111111-aaaa-4bbb-8ccc-222222222222",
                "kms:ReEncryptTo on arn:aws:kms:EU:key/33333333-dddd-4eee-8fff-444444444444",
            ],
        ),
        ("message-bare-name", &["secretsmanager:GetSecretValue on arn:aws:secretsmanager:EU:secret:prod/db-??????"]),
        ("message-fits-two-types", &["events:DisableRule on arn:aws:events:EU:rule/orders/nightly"]),
        ("message-names-another-action", &["iam:PassRole on arn:aws:iam::111122223333:role/fn"]),
        (
            "missing-key-shows-list-bucket",
            &["s3:GetObject on arn:aws:s3:::builds/cache/abc", "s3:ListBucket on arn:aws:s3:::builds"],
        ),
        (
            "pass-role-iotevents",
            &[
                "iotevents:CreateDetectorModel on arn:aws:iotevents:EU:detectorModel/pump",
                "iam:PassRole on arn:aws:iam::111122223333:role/pump-actions if iam:PassedToService=iotevents.amazonaws.com",
            ],
        ),
        ("payments-instruments", &["payments:CreatePaymentInstrument on *"]),
        ("rum-app-monitor-name", &["rum:PutRumMetricsDestination on arn:aws:rum:EU:appmonitor/shop"]),
        (
            "security-group-in-default-vpc",
            &["ec2:CreateSecurityGroup on arn:aws:ec2:EU:security-group/*, arn:aws:ec2:EU:vpc/*"],
        ),
        ("translate-no-terminology", &["translate:TranslateText on *"]),
        (
            "undecided-though-message-names-all",
            &[
                "organizations:ListOrganizationalUnitsForParent on arn:aws:organizations::111122223333:root/o-abcdefghij/r-ab12",
            ],
        ),
        ("unknown-identity-with-role-arn", &["aws-marketplace:AcceptAgreementRequest on *"]),
    ];
    let mut wrong = Vec::new();
    for (name, expected) in rows {
        let expected: Vec<String> =
            expected.iter().map(|need| need.replace(":EU:", ":eu-west-1:111122223333:")).collect();
        let found = needs(&folder.join(format!("{name}.json")));
        let found: Vec<String> = found.into_iter().flat_map(|(_, needs, _)| needs).collect();
        // A default VPC is not certain to be the one that is meant.
        let found: Vec<String> = if *name == "security-group-in-default-vpc" {
            found.iter().map(|need| need.trim_end_matches(" (by-type)").to_owned()).collect()
        } else {
            found
        };
        if found != expected {
            wrong.push(format!("{name}\n  got      {found:#?}\n  expected {expected:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn a_bucket_that_does_not_exist_shows_nothing() {
    let Some(folder) = folder("mapping") else { return };
    let found = needs(&folder.join("no-such-bucket-is-no-evidence.json"));
    assert_eq!(found, [("no-evidence".to_owned(), Vec::new(), Some("no-evidence".to_owned()))]);
}

#[test]
fn a_user_and_a_role_of_one_name_are_two() {
    let Some(folder) = folder("mapping") else { return };
    let report = run(analyze()
        .arg("--trail-dir")
        .arg(folder.join("user-by-name-joined-to-role.json"))
        .args(["--format", "json"]));
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    let principals: Vec<&str> =
        report["principals"].as_array().unwrap().iter().map(|one| text(&one["principal"])).collect();
    assert_eq!(principals, ["arn:aws:iam::111122223333:role/alice", "arn:aws:iam::111122223333:user/alice"]);
}

/// A case of `reports`, whose `record.json` and `policy.json` are given to the programs.
struct Case(PathBuf);

impl Case {
    fn named(name: &str) -> Option<Self> {
        folder(&format!("reports/{name}")).map(Self)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn needs(&self) -> Vec<Vec<String>> {
        needs(&self.file("record.json")).into_iter().map(|(_, needs, _)| needs).collect()
    }

    fn report(&self) -> Value {
        let found = run(analyze().arg("--trail-dir").arg(self.file("record.json")).args(["--format", "json"]));
        serde_json::from_str(&found.stdout).unwrap()
    }

    /// The refused permissions, as `ACTION on RESOURCE, … because REASON`.
    fn denied(&self) -> Vec<String> {
        let report = self.report();
        let principals = report["principals"].as_array().unwrap();
        let wants = principals.iter().flat_map(|one| one["denied"].as_array().unwrap());
        wants
            .map(|want| {
                let reason = text(&want["reason"]);
                let because = if reason.is_empty() { "nothing" } else { reason };
                format!("{} on {} because {because}", text(&want["action"]), texts(&want["resources"]).join(", "))
            })
            .collect()
    }

    fn narrow(&self, principal: &str) -> Run {
        run(analyze()
            .arg("--trail-dir")
            .arg(self.file("record.json"))
            .args(["--principal", principal, "--current"])
            .arg(self.file("policy.json")))
    }

    /// What `policy.json`, narrowed, grants the action on.
    fn narrowed(&self, principal: &str, action: &str) -> BTreeSet<String> {
        let found = self.narrow(principal);
        let policy: Value =
            serde_json::from_str(&found.stdout).unwrap_or_else(|error| panic!("{error}: {}", found.stderr));
        let statements = policy["Statement"].as_array().unwrap().iter();
        let granting = statements.filter(|statement| texts(&statement["Action"]).iter().any(|one| one == action));
        granting.flat_map(|statement| texts(&statement["Resource"])).collect()
    }

    fn diff(&self, old: &str, new: &str) -> Run {
        run(tighten().arg("diff").arg(self.file(old)).arg(self.file(new)))
    }
}

fn set(values: &[&str]) -> BTreeSet<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

#[test]
fn action_texts_that_match_nothing_hold_nothing_up() {
    let Some(case) = Case::named("action-that-iam-saves") else { return };
    for name in ["comma.json", "space.json", "empty.json"] {
        let found = case.diff(name, name);
        assert_eq!(found.code, Some(0), "{name}: {}", found.stderr);
        assert!(found.stdout.starts_with("equal"), "{name}: {}", found.stdout);
    }
    let found = run(analyze()
        .arg("--trail-dir")
        .arg(case.file("whole-account/logs"))
        .arg("--account-authorization-details")
        .arg(case.file("whole-account/details.json")));
    assert_eq!(found.code, Some(0), "{}", found.stderr);
}

#[test]
fn roles_that_calls_may_pass_stay() {
    let Some(case) = Case::named("apigw-passrole") else { return };
    let passed =
        "iam:PassRole on arn:aws:iam::111122223333:role/apigw-kinesis if iam:PassedToService=apigateway.amazonaws.com";
    assert!(case.needs()[0].iter().any(|need| need == passed), "{:#?}", case.needs());
    let Some(case) = Case::named("pass-role-not-known") else { return };
    assert!(!case.narrowed("builder", "iam:PassRole").is_empty());
}

#[test]
fn ids_that_aws_makes_are_not_filled_from_names() {
    let Some(case) = Case::named("app-autoscaling") else { return };
    let arn = "arn:aws:application-autoscaling:eu-west-1:111122223333:scalable-target/";
    let needs = case.needs();
    for (record, action) in [(0, "RegisterScalableTarget"), (1, "PutScalingPolicy"), (2, "DeregisterScalableTarget")] {
        let expected = format!("application-autoscaling:{action} on {arn}*");
        assert!(needs[record].iter().any(|need| need.starts_with(&expected)), "{:#?}", needs[record]);
    }
    let expected = format!("application-autoscaling:ListTagsForResource on {arn}0ec512345678901234567890abcdef012345");
    assert_eq!(needs[3], [expected]);
}

#[test]
fn refusals_say_what_was_refused_and_why() {
    for (name, expected) in [
        ("denied-additional-permission", &["logs:TagResource on "][..]),
        (
            "denied-boundary-reason",
            &[
                "dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/t because no permissions boundary allows it",
            ],
        ),
        (
            "denied-reason-of-other-action",
            &["iam:PassRole on arn:aws:iam::111122223333:role/example-role because no identity-based policy allows it"],
        ),
        ("denied-ses-quoting", &["ses:SendEmail on arn:aws:ses:eu-west-1:111122223333:identity/noreply@example.com"]),
    ] {
        let Some(case) = Case::named(name) else { return };
        let denied = case.denied();
        let right =
            denied.len() == expected.len() && denied.iter().zip(expected).all(|(one, want)| one.starts_with(want));
        assert!(right, "{name}: {denied:#?}");
    }
}

#[test]
fn conditions_are_compared_by_value() {
    for (name, old, new, verdict) in [
        ("diff-decimal-condition", "old.json", "new.json", "narrower"),
        ("diff-epoch-and-two-stars", "old-epoch.json", "new-epoch.json", "narrower"),
        ("diff-epoch-and-two-stars", "old-stars.json", "new-stars.json", "equal"),
        ("diff-home-prefix", "old.json", "new.json", "wider"),
    ] {
        let Some(case) = Case::named(name) else { return };
        let found = case.diff(old, new);
        assert!(found.stdout.starts_with(verdict), "{name} {old}: {}", found.stdout);
    }
}

#[test]
fn task_definitions_are_named_with_any_revision() {
    let Some(case) = Case::named("ecs-runtask-family") else { return };
    let needs = case.needs();
    let web = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:*";
    for record in needs.iter().take(3) {
        assert!(record[0].contains(web), "{record:#?}");
    }
    assert_eq!(needs[3], ["ecs:CreateService on arn:aws:ecs:eu-west-1:111122223333:service/main/web"]);
}

#[test]
fn lambda_is_asked_on_what_the_call_names() {
    let Some(case) = Case::named("lambda-layer") else { return };
    let needs = case.needs();
    let has = |record: usize, need: &str| needs[record].iter().any(|one| one == need);
    let other = "lambda:GetLayerVersion on arn:aws:lambda:eu-west-1:444455556666:layer:imaging:10";
    assert!(has(0, other) && has(2, other), "{needs:#?}");
    assert!(has(1, "lambda:GetLayerVersion on arn:aws:lambda:eu-west-1:111122223333:layer:common:3"), "{needs:#?}");
    assert!(needs[1].iter().any(|one| one.starts_with("iam:PassRole on arn:aws:iam::111122223333:role/thumbs-exec")));
    let Some(case) = Case::named("lambda-qualified-arn") else { return };
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:thumbs";
    for (record, qualifier) in case.needs().iter().zip(["7", "live", "live"]) {
        assert!(record[0].ends_with(&format!("on {function}, {function}:{qualifier}")), "{record:#?}");
    }
    let found = run(tighten()
        .args(["replay", "--trail-dir"])
        .arg(case.file("record.json"))
        .arg("--policy")
        .arg(case.file("policy.json")));
    assert!(!found.stdout.contains("Denied"), "{}", found.stdout);
}

#[test]
fn other_files_beside_logs_are_left_out() {
    let Some(case) = Case::named("other-files-beside-logs") else { return };
    let found = run(analyze().arg("--trail-dir").arg(case.file("logs")).args(["--principal", "deployer"]));
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    assert!(found.stdout.contains("s3:ListAllMyBuckets"), "{}", found.stdout);
}

#[test]
fn a_document_over_its_quota_is_told_first_or_fails() {
    let Some(case) = Case::named("quota-error-not-told") else { return };
    let found = case.narrow("deployer");
    let told = found.stderr.lines().find(|line| ["error", "warning"].iter().any(|level| line.starts_with(level)));
    let first = told.is_some_and(|line| line.starts_with("error") && line.contains("quota-exceeded"));
    assert!(first || found.code == Some(2), "{:?} {}", found.code, found.stderr);
    assert!(found.code != Some(0), "{}", found.stderr);
}

#[test]
fn a_key_used_through_a_service_is_judged() {
    let Some(case) = Case::named("replay-kms-via-service") else { return };
    let replay = |policy: &Path| {
        run(tighten().args(["replay", "--trail-dir"]).arg(case.file("record.json")).arg("--policy").arg(policy))
    };
    let found = replay(&case.file("policy.json"));
    assert!(found.stdout.contains("1 of 1 call allowed"), "{}", found.stdout);
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join("other.json");
    let text = std::fs::read_to_string(case.file("policy.json")).unwrap();
    std::fs::write(&other, text.replace("s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com")).unwrap();
    let found = replay(&other);
    assert!(found.stdout.contains("0 of 1 call allowed") && !found.stdout.contains("Depends"), "{}", found.stdout);
}

#[test]
fn what_a_call_may_need_unseen_stays() {
    let Some(case) = Case::named("runinstances-template-name") else { return };
    let kept = case.narrowed("deployer", "ec2:RunInstances");
    assert!(kept.iter().any(|one| one.starts_with("arn:aws:ec2:") && one.ends_with("launch-template/*")), "{kept:?}");
    let Some(case) = Case::named("sam-transform") else { return };
    let kept = case.narrowed("deployer", "cloudformation:CreateChangeSet");
    assert!(kept.contains("arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31"), "{kept:?}");
    let Some(case) = Case::named("ssm-ecs-session") else { return };
    let kept = case.narrowed("deployer", "ssm:StartSession");
    let document = "arn:aws:ssm:eu-west-1::document/AWS-StartPortForwardingSession";
    assert!(
        kept.contains(document)
            && kept.iter().any(|one| one.starts_with("arn:aws:ecs:eu-west-1:111122223333:task/sample-cluster/")),
        "{kept:?}"
    );
    let Some(case) = Case::named("ssm-send-by-tag") else { return };
    let kept = case.narrowed("deployer", "ssm:SendCommand");
    assert_eq!(kept, set(&["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*:*:document/AWS-RunShellScript"]));
}

#[test]
fn rules_inside_a_web_acl_stay() {
    let Some(case) = Case::named("wafv2-webacl") else { return };
    let managed = "arn:aws:wafv2:eu-west-1:111122223333:regional/managedruleset/*";
    let create = case.narrowed("deployer", "wafv2:CreateWebACL");
    assert!(create.contains(managed) && create.iter().any(|one| one.contains("regional/ipset/")), "{create:?}");
    let update = case.narrowed("deployer", "wafv2:UpdateWebACL");
    assert!(update.contains(managed), "{update:?}");
    assert!(update.contains("arn:aws:wafv2:eu-west-1:111122223333:regional/ipset/*"), "{update:?}");
}

#[test]
fn mail_needs_the_identity_beside_the_configuration_set() {
    let Some(case) = Case::named("ses-configuration-set") else { return };
    for needs in case.needs() {
        assert!(needs.iter().any(|need| need.contains(":identity/")), "{needs:#?}");
        assert!(needs.iter().any(|need| need.contains(":configuration-set/default-set")), "{needs:#?}");
    }
}

#[test]
fn ways_to_more_rights_are_known() {
    let Some(case) = Case::named("risk-ways-missing") else { return };
    let report = |policy: &str| {
        let found = run(analyze()
            .arg("--trail-dir")
            .arg(case.file("record.json"))
            .arg("--current")
            .arg(case.file(policy))
            .args(["--principal", "builder", "--unobservable", "drop", "--format", "json"]));
        found.stdout
    };
    let ways = report("policy.json");
    assert!(ways.contains("\"escalation"), "{ways}");
    let credentials = report("policy-credentials.json");
    assert!(credentials.contains("credential"), "{credentials}");
}

#[test]
fn records_are_read_from_every_wrapper() {
    let Some(folder) = folder("envelopes") else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 9, "{files:?}");
    for file in files {
        let records = if file.ends_with("sqs.json") { 1 } else { 3 };
        let expected = vec![("authorised".to_owned(), vec!["sqs:ListQueues on *".to_owned()], None); records];
        assert_eq!(needs(&file), expected, "{}", file.display());
    }
}
