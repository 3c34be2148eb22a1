//! What deployments take, held against calls that are written from the services' own references.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail like tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tighten_catalog::Catalog;
use tighten_iam::{Arn, Conditions, Context, Decision, PolicyDocument, Request, RequestResource, Statement, evaluate};
use tighten_template::{Application, Deployment, Target, TemplateFinding, TemplateNeeds};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/templates").join(name)
}

fn target(stack: Option<&str>, account: &str, region: &str) -> Target {
    let text = |text: &str| Some(text.to_owned());
    Target { stack: stack.map(str::to_owned), account: text(account), region: text(region), ..Target::default() }
}

fn deployment(file: &str, target: &Target) -> Deployment {
    let application = Application::read(&fixture(file)).unwrap();
    let [stack] = &application.stacks[..] else { panic!("one stack") };
    Deployment::of(stack, target)
}

/// A statement for each need.
fn policy(needs: &TemplateNeeds) -> PolicyDocument {
    PolicyDocument::new(needs.keys().map(|need| {
        let mut conditions = Conditions::new();
        for (key, values) in &need.condition {
            conditions.insert("StringEquals", key, values);
        }
        Statement::allow([(&need.action).into()], [need.resource.clone()]).with_conditions(conditions)
    }))
}

struct Call {
    phase: String,
    action: String,
    resource: String,
    passed_to: Option<String>,
}

fn calls() -> Vec<Call> {
    let text = std::fs::read_to_string(fixture("jets/calls.tsv")).unwrap();
    let line = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let text = |at: usize| columns.get(at).map(|text| (*text).to_owned());
        Call { phase: text(0).unwrap(), action: text(1).unwrap(), resource: text(2).unwrap(), passed_to: text(3) }
    };
    text.lines().filter(|line| !line.starts_with('#')).map(line).collect()
}

fn is_allowed(policy: &PolicyDocument, action: &str, resource: &str, passed_to: Option<&str>) -> bool {
    let mut context = Context::closed();
    if let Some(service) = passed_to {
        context.insert("iam:PassedToService", [service]);
    }
    let arn: Arn = resource.parse().unwrap();
    let action = action.parse().unwrap();
    let request = Request { principal: None, action: &action, resource: RequestResource::Arn(&arn), context: &context };
    matches!(evaluate(std::slice::from_ref(policy), &request), Decision::Allowed { .. })
}

const JETS: &str = "jets/my-cool-prefix-dev.yml";

#[test]
fn every_call_of_creating_updating_and_destroying_is_allowed() {
    let deployment = deployment(JETS, &target(Some("my-cool-prefix-dev"), "444455556666", "us-west-2"));
    let policy = policy(&deployment.handlers);
    let calls = calls();
    let phases: BTreeSet<&str> = calls.iter().map(|call| call.phase.as_str()).collect();
    assert_eq!(phases, BTreeSet::from(["create", "delete", "update"]));
    let is_denied = |call: &&Call| !is_allowed(&policy, &call.action, &call.resource, call.passed_to.as_deref());
    let denied: Vec<String> = calls
        .iter()
        .filter(is_denied)
        .map(|call| format!("{} {} {}", call.phase, call.action, call.resource))
        .collect();
    assert!(calls.len() >= 90, "{}", calls.len());
    assert!(denied.is_empty(), "{} of {} are denied: {denied:#?}", denied.len(), calls.len());
}

/// The same app deployed a second time under another name. What AWS names by ids alone (APIs, their deployments) cannot be
/// told apart before it is there, which `template-by-type` says.
#[test]
fn no_call_of_a_stack_that_looks_alike_is_allowed() {
    let deployment = deployment(JETS, &target(Some("my-cool-prefix-dev"), "444455556666", "us-west-2"));
    let policy = policy(&deployment.handlers);
    let mut tried = 0;
    for other in ["my-cool-prefix-prod", "my-cool-prefix2-dev", "my-cool-prefix-dev-2", "other-cool-prefix-dev"] {
        for call in calls().iter().filter(|call| !call.action.starts_with("apigateway:")) {
            let layer = format!("{}-{}", other.rsplit('-').next().unwrap(), other);
            let resource = call.resource.replace("my-cool-prefix-dev", other).replace("dev-my-cool-prefix", &layer);
            assert_ne!(resource, call.resource);
            tried += 1;
            assert!(
                !is_allowed(&policy, &call.action, &resource, call.passed_to.as_deref()),
                "{} {resource}",
                call.action
            );
        }
    }
    assert!(tried > 250, "{tried}");
    let by_type = |finding: &TemplateFinding| match finding {
        TemplateFinding::ByType { resource_type, .. } => Some(resource_type.clone()),
        _ => None,
    };
    let types: Vec<String> = deployment.findings.iter().filter_map(by_type).collect();
    assert!(types.iter().all(|kind| kind.starts_with("AWS::ApiGateway::")), "{types:?}");
    assert!(types.contains(&"AWS::ApiGateway::RestApi".to_owned()), "{types:?}");
}

#[test]
fn nothing_is_granted_that_no_handler_of_the_templates_types_calls() {
    let rules = Catalog::embedded().rules();
    for (file, stack) in [(JETS, "my-cool-prefix-dev"), ("plain/service.yaml", "billing")] {
        let deployment = deployment(file, &target(Some(stack), "444455556666", "us-west-2"));
        let types = deployment.resource_types.iter().map(|kind| match kind.strip_prefix("Custom::") {
            Some(_) => "AWS::CloudFormation::CustomResource",
            None => kind,
        });
        let handlers: Vec<_> = types.filter_map(|kind| rules.handlers(kind)).collect();
        for need in deployment.handlers.keys().chain(deployment.once.keys()) {
            let called = handlers.iter().any(|one| one.actions().any(|(action, _)| *action == need.action));
            assert!(called, "{file}: {}", need.action);
        }
        assert!(deployment.caller.keys().all(|need| need.action.service() == "cloudformation"), "{file}");
    }
}

fn resources(needs: &TemplateNeeds, action: &str) -> Vec<String> {
    let action = action.parse().unwrap();
    needs.keys().filter(|need| need.action == action).map(|need| need.resource.to_string()).collect()
}

fn passed(needs: &TemplateNeeds) -> Vec<(String, Vec<String>)> {
    let action = "iam:PassRole".parse().unwrap();
    let of_need = needs.keys().filter(|need| need.action == action);
    of_need.map(|need| (need.resource.to_string(), need.condition.values().flatten().cloned().collect())).collect()
}

#[test]
fn names_come_from_properties_parameters_and_the_stack() {
    let deployment = deployment("plain/service.yaml", &target(Some("billing"), "111122223333", "eu-west-1"));
    let on = |action: &str| resources(&deployment.handlers, action);
    assert_eq!(on("s3:DeleteBucket"), ["arn:aws:s3:::billing-archive-eu"]);
    assert_eq!(on("ecs:DeleteCluster"), ["arn:aws:ecs:eu-west-1:111122223333:cluster/billing-cluster"]);
    assert_eq!(
        on("ecs:DeleteService"),
        ["arn:aws:ecs:eu-west-1:111122223333:service/billing-cluster/billing-Service-*"]
    );
    assert_eq!(
        on("iam:DeleteRole"),
        [
            "arn:aws:iam::111122223333:role/billing-InstanceRole-*",
            "arn:aws:iam::111122223333:role/service/billing-task"
        ]
    );
    assert_eq!(on("route53:ChangeResourceRecordSets"), ["arn:aws:route53:::hostedzone/Z0123456789ABC"]);
    assert_eq!(
        on("secretsmanager:DeleteSecret"),
        ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:Secret-*-??????"]
    );
    assert_eq!(on("lambda:InvokeFunction"), ["arn:aws:lambda:eu-west-1:111122223333:function:migrate"]);
    assert_eq!(
        on("ec2:RunInstances"),
        [
            "arn:aws:ec2:eu-west-1:111122223333:instance/*",
            "arn:aws:ec2:eu-west-1:111122223333:network-interface/*",
            "arn:aws:ec2:eu-west-1:111122223333:security-group/*",
            "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0a1b2c3d",
            "arn:aws:ec2:eu-west-1::image/ami-0123456789abcdef0",
        ]
    );
    let task = vec!["ecs-tasks.amazonaws.com".to_owned()];
    assert_eq!(
        passed(&deployment.handlers),
        [
            ("arn:aws:iam::111122223333:role/billing-InstanceRole-*".to_owned(), vec!["ec2.amazonaws.com".to_owned()]),
            ("arn:aws:iam::111122223333:role/ecs-execution".to_owned(), task.clone()),
            ("arn:aws:iam::111122223333:role/service/billing-task".to_owned(), task),
        ]
    );
    let unknown = TemplateFinding::UnknownType {
        resource_type: "AWS::Quasar::Nebula".to_owned(),
        logical_ids: BTreeSet::from(["Odd".to_owned()]),
    };
    assert!(deployment.findings.contains(&unknown), "{:#?}", deployment.findings);
    assert!(
        deployment.findings.iter().any(|finding| matches!(finding, TemplateFinding::DefaultsAssumed { parameters }
        if parameters.iter().map(String::as_str).eq(["Name=billing", "Zone=Z0123456789ABC"])))
    );
}

#[test]
fn a_parameter_that_is_given_is_taken() {
    let mut target = target(Some("billing"), "111122223333", "eu-west-1");
    target.parameters.insert("Name".to_owned(), "ledger".to_owned());
    let deployment = deployment("plain/service.yaml", &target);
    assert_eq!(
        resources(&deployment.handlers, "ecs:DeleteCluster"),
        ["arn:aws:ecs:eu-west-1:111122223333:cluster/ledger-cluster"]
    );
}

#[test]
fn what_sam_makes_is_needed_too() {
    let deployment = deployment("sam-orders/template.yaml", &target(Some("orders"), "111122223333", "eu-west-1"));
    let on = |action: &str| resources(&deployment.handlers, action);
    assert_eq!(on("dynamodb:CreateTable"), ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders-dev"]);
    assert_eq!(
        on("sqs:DeleteQueue"),
        ["arn:aws:sqs:eu-west-1:111122223333:orders-work", "arn:aws:sqs:eu-west-1:111122223333:orders-work-dev"]
    );
    let function = |name: &str| format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}");
    assert_eq!(on("lambda:CreateFunction"), [function("orders-ReceiveFunction-*"), function("orders-work-dev")]);
    assert_eq!(on("lambda:AddPermission"), [function("orders-ReceiveFunction-*"), function("orders-work-dev")]);
    assert_eq!(on("lambda:CreateAlias"), [function("orders-work-dev")]);
    assert_eq!(on("events:PutRule"), ["arn:aws:events:eu-west-1:111122223333:rule/orders-WorkFunctionNightly-*"]);
    assert_eq!(on("states:CreateStateMachine"), ["arn:aws:states:eu-west-1:111122223333:stateMachine:Flow-*"]);
    assert!(on("apigateway:POST").contains(&"arn:aws:apigateway:eu-west-1::/apis".to_owned()));
    // The local code is uploaded to a bucket that the template does not name; the other one's next build has another key.
    assert_eq!(on("s3:GetObject"), ["arn:aws:s3:::orders-artifacts/work/*"]);
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/orders-{name}-*");
    assert_eq!(on("iam:CreateRole"), [role("FlowRole"), role("ReceiveFunctionRole"), role("WorkFunctionRole")]);
    let lambda = vec!["lambda.amazonaws.com".to_owned()];
    assert_eq!(
        passed(&deployment.handlers),
        [
            (role("FlowRole"), vec!["states.amazonaws.com".to_owned()]),
            (role("ReceiveFunctionRole"), lambda.clone()),
            (role("WorkFunctionRole"), lambda),
        ]
    );
    assert_eq!(
        resources(&deployment.caller, "cloudformation:CreateChangeSet"),
        [
            "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/*",
            "arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31",
        ]
    );
}

#[test]
fn nested_stacks_are_read_beside_their_parent_and_nowhere_else() {
    let deployment = deployment("nested/parent.yaml", &target(Some("media"), "111122223333", "eu-west-1"));
    let on = |action: &str| resources(&deployment.handlers, action);
    // The owner is not known though it has a default: the parent gives another value.
    assert_eq!(on("s3:DeleteBucket"), ["arn:aws:s3:::media-*-uploads"]);
    assert_eq!(on("sqs:DeleteQueue"), ["arn:aws:sqs:eu-west-1:111122223333:media-Storage-*-Inbox-*"]);
    assert_eq!(
        on("cloudformation:DeleteStack"),
        ["Elsewhere", "Outside", "Storage"]
            .map(|id| format!("arn:aws:cloudformation:eu-west-1:111122223333:stack/media-{id}-*/*"))
    );
    let unread: Vec<&str> = deployment
        .findings
        .iter()
        .filter_map(|finding| match finding {
            TemplateFinding::NestedUnread { logical_id, .. } => Some(logical_id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(unread, ["Elsewhere", "Outside"]);
}

#[test]
fn an_app_of_the_cdk_is_deployed_through_the_roles_of_its_bootstrap() {
    let deployment = deployment("cdk", &Target::default());
    assert_eq!(deployment.stack, "orders-prod");
    assert!(deployment.has_execution_role);
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/cdk-hnb659fds-{name}-role-111122223333-eu-west-1");
    assert_eq!(
        resources(&deployment.caller, "sts:AssumeRole"),
        [role("deploy"), role("file-publishing"), role("lookup")]
    );
    assert_eq!(deployment.caller.len(), 3);
    let on = |action: &str| resources(&deployment.handlers, action);
    assert_eq!(on("iam:CreateRole"), ["arn:aws:iam::111122223333:role/orders-prod-HandlerServiceRoleFCDC14AE-*"]);
    assert_eq!(on("sns:CreateTopic"), ["arn:aws:sns:eu-west-1:111122223333:orders-prod-NestedStackResource-*-Topic-*"]);
    assert_eq!(on("s3:GetObject"), ["arn:aws:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1/*"]);
    assert_eq!(
        on("ssm:GetParameters"),
        ["arn:aws:ssm:eu-west-1:111122223333:parameter/cdk-bootstrap/hnb659fds/version"]
    );
    assert!(resources(&deployment.once, "cloudformation:CreateStack")[0].ends_with("stack/CDKToolkit/*"));
    assert!(on("cloudformation:CreateChangeSet").is_empty());
}

#[test]
fn errors_name_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bad.yaml");
    std::fs::write(&path, "Resources:\n  A:\n    Properties: {}\n").unwrap();
    let error = Application::read(&path).unwrap_err().to_string();
    assert!(error.ends_with("bad.yaml:2: the resource `A` has no `Type`"), "{error}");
    let error = Application::read(dir.path()).unwrap_err().to_string();
    assert!(error.contains("no `*.template.json`"), "{error}");
    std::fs::write(dir.path().join("manifest.json"), "{}").unwrap();
    let error = Application::read(dir.path()).unwrap_err().to_string();
    assert!(error.contains("no `artifacts`"), "{error}");
}

#[test]
fn a_name_that_a_condition_leaves_away_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let queues = |name: &str| {
        let file = folder.path().join("queue.yaml");
        let parameters = "Parameters: {N: {Type: String, Default: named}, U: {Type: String}}\n";
        let conditions = "Conditions: {K: !Equals [!Ref U, x]}\n";
        let queue = format!("Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {name}}}}}}}\n");
        std::fs::write(&file, format!("{parameters}{conditions}{queue}")).unwrap();
        let application = Application::read(&file).unwrap();
        let [stack] = &application.stacks[..] else { panic!("one stack") };
        let deployment = Deployment::of(stack, &target(Some("st"), "111122223333", "eu-west-1"));
        resources(&deployment.handlers, "sqs:DeleteQueue")
    };
    let arn = |name: &str| format!("arn:aws:sqs:eu-west-1:111122223333:{name}");
    assert_eq!(queues("!If [K, aa, !Ref AWS::NoValue]"), [arn("aa"), arn("st-Q-*")]);
    assert_eq!(queues("!If [K, !Ref AWS::NoValue, !Ref N]"), [arn("named"), arn("st-Q-*")]);
    assert_eq!(queues("''"), [arn("st-Q-*")]);
}
