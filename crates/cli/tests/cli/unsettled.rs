//! Calls that may be checked on more than their records name: what today's policy grants for that stays, and is told.

use serde_json::{Value, json};

use crate::support::{analyze, call, run, tighten, trail};

fn statement(sid: &str, action: &Value, resource: &Value) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource })
}

/// The statements that are left of a policy, and what is said beside them.
fn narrowed(records: &[Value], statements: &[Value]) -> (Vec<Value>, String) {
    let dir = trail(records);
    let policy = tempfile::tempdir().unwrap();
    let current = policy.path().join("current.json");
    std::fs::write(&current, json!({ "Version": "2012-10-17", "Statement": statements }).to_string()).unwrap();
    let mut command = analyze();
    command.args(["--principal", "deploy", "--trail-dir"]).arg(dir.path());
    let done = run(command.arg("--current").arg(&current));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let document: Value = serde_json::from_str(&done.stdout).unwrap();
    (document["Statement"].as_array().unwrap().clone(), done.stderr)
}

fn request(id: &str, source: &str, name: &str, parameters: &Value) -> Value {
    call(id, source, name, &json!({ "requestParameters": parameters }))
}

/// Instances from a template that is given by name.
fn launch() -> Value {
    let template = json!({ "launchTemplateName": "batch-workers", "version": "7" });
    let instances = json!({ "items": [{ "minCount": 2, "maxCount": 2 }] });
    request("1", "ec2.amazonaws.com", "RunInstances", &json!({ "instancesSet": instances, "launchTemplate": template }))
}

#[test]
fn a_launch_template_by_name_stays() {
    let templates = "arn:aws:ec2:eu-west-1:111122223333:launch-template/*";
    let current = [
        statement(
            "Launch",
            &json!("ec2:RunInstances"),
            &json!(["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*::image/*"]),
        ),
        statement("Templates", &json!("ec2:RunInstances"), &json!(templates)),
        statement("Fleets", &json!("ec2:CreateFleet"), &json!(templates)),
    ];
    let (left, told) = narrowed(&[launch()], &current);
    let sids: Vec<&Value> = left.iter().map(|statement| &statement["Sid"]).collect();
    assert_eq!(sids, ["Launch", "Templates"]);
    assert_eq!(left[1], current[1]);
    assert!(told.contains("unsettled-type"), "{told}");
}

#[test]
fn the_transform_of_a_template_stays_for_a_change_set() {
    let parameters = json!({ "stackName": "web-prod", "changeSetName": "deploy", "changeSetType": "UPDATE", "capabilities": ["CAPABILITY_IAM"] });
    let record = request("1", "cloudformation.amazonaws.com", "CreateChangeSet", &parameters);
    let transform = "arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31";
    let current = [
        statement(
            "Stacks",
            &json!(["cloudformation:CreateChangeSet", "cloudformation:DeleteStack"]),
            &json!("arn:aws:cloudformation:eu-west-1:111122223333:stack/web-*"),
        ),
        statement("Sam", &json!("cloudformation:CreateChangeSet"), &json!(transform)),
        statement("Unused", &json!("cloudformation:CreateStack"), &json!(transform)),
    ];
    let (left, _) = narrowed(&[record], &current);
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(left[0]["Action"], json!(["cloudformation:CreateChangeSet"]));
    assert_eq!(left[1], current[1]);
}

#[test]
fn a_session_into_a_task_keeps_the_task() {
    let id = "fedcba9876543210fedcba9876543210";
    let parameters = json!({ "target": format!("ecs:back_end_{id}_{id}-0987654321"), "documentName": "AWS-StartInteractiveCommand" });
    let record = request("1", "ssm.amazonaws.com", "StartSession", &parameters);
    let current = [
        statement("Tasks", &json!("ssm:StartSession"), &json!("arn:aws:ecs:*:*:task/*")),
        statement("Nodes", &json!("ssm:StartSession"), &json!("arn:aws:ec2:*:*:instance/*")),
        statement(
            "Documents",
            &json!("ssm:StartSession"),
            &json!("arn:aws:ssm:*:*:document/AWS-StartInteractiveCommand"),
        ),
    ];
    let (left, told) = narrowed(&[record], &current);
    let sids: Vec<&Value> = left.iter().map(|statement| &statement["Sid"]).collect();
    assert_eq!(sids, ["Tasks", "Documents"]);
    let task = left[0]["Resource"].as_str().unwrap();
    assert!(task.starts_with("arn:aws:ecs:eu-west-1:111122223333:task/"), "{task}");
    assert!(!told.contains("unsettled-type"), "{told}");
}

#[test]
fn the_nodes_of_a_command_by_tag_stay() {
    let targets = json!([{ "key": "tag:Fleet", "values": ["crawlers"] }]);
    let parameters = json!({ "documentName": "AWS-RunPatchBaseline", "targets": targets });
    let record = request("1", "ssm.amazonaws.com", "SendCommand", &parameters);
    let mut nodes = statement("Nodes", &json!("ssm:SendCommand"), &json!("arn:aws:ec2:*:*:instance/*"));
    nodes["Condition"] = json!({ "StringEquals": { "ssm:resourceTag/Fleet": "crawlers" } });
    let current = [
        statement("Documents", &json!("ssm:SendCommand"), &json!("arn:aws:ssm:*:*:document/AWS-RunPatchBaseline")),
        nodes,
        statement("Buckets", &json!("ssm:SendCommand"), &json!("arn:aws:s3:::command-output")),
    ];
    let (left, _) = narrowed(&[record], &current);
    assert_eq!(left, current[..2]);
}

#[test]
fn managed_rule_groups_stay_and_a_set_is_narrowed_where_its_arn_is_told() {
    let of = |kind: &str| format!("arn:aws:wafv2:eu-west-1:111122223333:regional/{kind}");
    let set = of("ipset/partners/aaaaaaaa-2222-4333-8444-555555555555");
    let rules = json!([
        { "name": "managed", "statement": { "managedRuleGroupStatement": { "vendorName": "AWS", "name": "AWSManagedRulesSQLiRuleSet" } } },
        { "name": "partners", "statement": { "iPSetReferenceStatement": { "aRN": set } } },
    ]);
    let create = json!({ "name": "edge", "scope": "REGIONAL", "rules": rules });
    let update =
        json!({ "name": "edge", "scope": "REGIONAL", "id": "bbbbbbbb-2222-4333-8444-555555555555", "rules": [] });
    let resources = json!([of("webacl/*"), of("managedruleset/*"), of("ipset/*"), of("regexpatternset/*")]);
    let current = [
        statement("Create", &json!("wafv2:CreateWebACL"), &resources),
        statement("Update", &json!("wafv2:UpdateWebACL"), &resources),
    ];
    let created = request("1", "wafv2.amazonaws.com", "CreateWebACL", &create);
    let updated = request("2", "wafv2.amazonaws.com", "UpdateWebACL", &update);
    let (left, _) = narrowed(&[created, updated], &current);
    let allowed = |at: usize| left[at]["Resource"].to_string();
    assert!(allowed(0).contains(&of("managedruleset/*")) && !allowed(0).contains("regexpatternset"), "{left:?}");
    assert!(allowed(0).contains(&of("ipset/")), "{left:?}");
    for kind in ["managedruleset/*", "ipset/*", "regexpatternset/*"] {
        assert!(allowed(1).contains(&of(kind)), "{left:?}");
    }
}

#[test]
fn open_types_are_in_every_report() {
    let dir = trail(&[launch()]);
    let lines = run(tighten().args(["needs", "--trail-dir"]).arg(dir.path()));
    let line: Value = serde_json::from_str(lines.stdout.trim()).unwrap();
    let need = &line["needs"][0];
    assert_eq!(need["certainty"], "by-type");
    assert!(need["unsettled"].as_array().unwrap().contains(&json!("launch-template")), "{need}");
    let report = run(analyze().args(["--format", "json", "--trail-dir"]).arg(dir.path()));
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["principals"][0]["needs"][0]["unsettled"], need["unsettled"]);
    let policy = tempfile::tempdir().unwrap();
    let current = policy.path().join("current.json");
    let templates = statement("T", &json!("ec2:RunInstances"), &json!("arn:aws:ec2:*:*:launch-template/*"));
    std::fs::write(&current, json!({ "Version": "2012-10-17", "Statement": [templates] }).to_string()).unwrap();
    let explain = |format: &str| {
        let mut command = tighten();
        command.args(["explain", "deploy", "ec2:RunInstances", "--format", format, "--trail-dir"]).arg(dir.path());
        run(command.arg("--current").arg(&current))
    };
    let explained = explain("json");
    let explained: Value = serde_json::from_str(&explained.stdout).unwrap_or_else(|_| panic!("{explained:?}"));
    let gaps = explained["statements"][0]["gaps"].to_string();
    assert!(gaps.contains("unsettled-types") && gaps.contains("launch-template"), "{explained}");
    let text = explain("text").stdout;
    assert!(text.contains("their records do not tell"), "{text}");
}
