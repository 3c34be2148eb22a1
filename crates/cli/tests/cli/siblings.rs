//! `analyze --siblings`, and what is said without it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tighten_iam::{ActionName, Arn, Context, Decision, PolicyDocument, Request, RequestResource, evaluate};

use crate::support::{analyze, call, fixture, run, trail};

fn report(trail: &Path, options: &[&str]) -> Value {
    let done = run(analyze().arg("--trail-dir").arg(trail).args(["--format", "json", "--quiet"]).args(options));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    serde_json::from_str(&done.stdout).unwrap()
}

fn documents(report: &Value) -> Vec<PolicyDocument> {
    let documents = report["principals"][0]["documents"].as_array().unwrap().iter();
    documents.map(|document| PolicyDocument::parse(&document["document"].to_string()).unwrap()).collect()
}

fn is_allowed(policies: &[PolicyDocument], action: &str, resource: &str) -> bool {
    let action: ActionName = action.parse().unwrap();
    let arn = (resource != "*").then(|| resource.parse::<Arn>().unwrap());
    let resource = arn.as_ref().map_or(RequestResource::Any, RequestResource::Arn);
    let context = Context::closed();
    let request = Request { principal: None, action: &action, resource, context: &context };
    matches!(evaluate(policies, &request), Decision::Allowed { .. })
}

/// Calls of updating and destroying what one deployment created, written from the references of the services.
const JETS: [(&str, &str); 30] = [
    ("cloudformation:UpdateStack", "arn:aws:cloudformation:us-west-2:444455556666:stack/my-cool-prefix-dev/7d1f"),
    ("cloudformation:DeleteStack", "arn:aws:cloudformation:us-west-2:444455556666:stack/my-cool-prefix-dev/7d1f"),
    (
        "cloudformation:DescribeStackEvents",
        "arn:aws:cloudformation:us-west-2:444455556666:stack/my-cool-prefix-dev/7d1f",
    ),
    (
        "lambda:UpdateFunctionCode",
        "arn:aws:lambda:us-west-2:444455556666:function:my-cool-prefix-dev-posts_controller-index",
    ),
    (
        "lambda:UpdateFunctionConfiguration",
        "arn:aws:lambda:us-west-2:444455556666:function:my-cool-prefix-dev-posts_controller-show",
    ),
    ("lambda:GetFunction", "arn:aws:lambda:us-west-2:444455556666:function:my-cool-prefix-dev-posts_controller-show"),
    (
        "lambda:DeleteFunction",
        "arn:aws:lambda:us-west-2:444455556666:function:my-cool-prefix-dev-posts_controller-index",
    ),
    ("lambda:DeleteFunction", "arn:aws:lambda:us-west-2:444455556666:function:my-cool-prefix-dev-cleanup_job-perform"),
    (
        "lambda:RemovePermission",
        "arn:aws:lambda:us-west-2:444455556666:function:my-cool-prefix-dev-cleanup_job-perform",
    ),
    ("lambda:GetPolicy", "arn:aws:lambda:us-west-2:444455556666:function:my-cool-prefix-dev-cleanup_job-perform"),
    ("lambda:PublishLayerVersion", "arn:aws:lambda:us-west-2:444455556666:layer:dev-my-cool-prefix-gems"),
    ("lambda:GetLayerVersion", "arn:aws:lambda:us-west-2:444455556666:layer:dev-my-cool-prefix-gems:2"),
    ("lambda:DeleteLayerVersion", "arn:aws:lambda:us-west-2:444455556666:layer:dev-my-cool-prefix-gems:1"),
    ("iam:UpdateAssumeRolePolicy", "arn:aws:iam::444455556666:role/my-cool-prefix-dev-IamRole-1A2B3C4D5E6F7"),
    ("iam:ListRolePolicies", "arn:aws:iam::444455556666:role/my-cool-prefix-dev-IamRole-1A2B3C4D5E6F7"),
    ("iam:ListAttachedRolePolicies", "arn:aws:iam::444455556666:role/my-cool-prefix-dev-IamRole-1A2B3C4D5E6F7"),
    ("iam:DeleteRolePolicy", "arn:aws:iam::444455556666:role/my-cool-prefix-dev-IamRole-1A2B3C4D5E6F7"),
    ("iam:DeleteRole", "arn:aws:iam::444455556666:role/my-cool-prefix-dev-IamRole-1A2B3C4D5E6F7"),
    ("s3:PutBucketVersioning", "arn:aws:s3:::my-cool-prefix-dev-s3bucket-1q2w3e4r5t6y7"),
    ("s3:ListBucket", "arn:aws:s3:::my-cool-prefix-dev-s3bucket-1q2w3e4r5t6y7"),
    ("s3:DeleteBucket", "arn:aws:s3:::my-cool-prefix-dev-s3bucket-1q2w3e4r5t6y7"),
    ("events:ListTargetsByRule", "arn:aws:events:us-west-2:444455556666:rule/my-cool-prefix-dev-cleanup_job-perform"),
    ("events:RemoveTargets", "arn:aws:events:us-west-2:444455556666:rule/my-cool-prefix-dev-cleanup_job-perform"),
    ("events:DeleteRule", "arn:aws:events:us-west-2:444455556666:rule/my-cool-prefix-dev-cleanup_job-perform"),
    ("apigateway:PATCH", "arn:aws:apigateway:us-west-2::/restapis/p9q8r7s6t5/resources/a1b2c3"),
    ("apigateway:PUT", "arn:aws:apigateway:us-west-2::/restapis/p9q8r7s6t5/resources/d4e5f6/methods/GET"),
    ("apigateway:DELETE", "arn:aws:apigateway:us-west-2::/restapis/p9q8r7s6t5/resources/a1b2c3/methods/GET"),
    ("apigateway:DELETE", "arn:aws:apigateway:us-west-2::/restapis/p9q8r7s6t5/stages/dev"),
    ("apigateway:DELETE", "arn:aws:apigateway:us-west-2::/restapis/p9q8r7s6t5/deployments/d1e2f3"),
    ("apigateway:DELETE", "arn:aws:apigateway:us-west-2::/restapis/p9q8r7s6t5"),
];

const SST: [(&str, &str); 27] = [
    (
        "lambda:UpdateFunctionCode",
        "arn:aws:lambda:us-east-1:111122223333:function:storefront-production-ApiHandler-tnxubdce",
    ),
    (
        "lambda:UpdateFunctionConfiguration",
        "arn:aws:lambda:us-east-1:111122223333:function:storefront-production-ApiHandler-tnxubdce",
    ),
    (
        "lambda:GetFunctionUrlConfig",
        "arn:aws:lambda:us-east-1:111122223333:function:storefront-production-ApiHandler-tnxubdce",
    ),
    (
        "lambda:DeleteFunctionUrlConfig",
        "arn:aws:lambda:us-east-1:111122223333:function:storefront-production-ApiHandler-tnxubdce",
    ),
    (
        "lambda:RemovePermission",
        "arn:aws:lambda:us-east-1:111122223333:function:storefront-production-ApiHandler-tnxubdce",
    ),
    ("lambda:DeleteEventSourceMapping", "arn:aws:lambda:us-east-1:111122223333:event-source-mapping:0f1e2d3c"),
    (
        "lambda:DeleteFunction",
        "arn:aws:lambda:us-east-1:111122223333:function:storefront-production-ApiHandler-tnxubdce",
    ),
    ("lambda:DeleteLayerVersion", "arn:aws:lambda:us-east-1:111122223333:layer:storefront-sharp:1"),
    ("iam:DetachRolePolicy", "arn:aws:iam::111122223333:role/storefront-production-ApiHandlerRole-tnxubdce"),
    ("iam:DeleteRolePolicy", "arn:aws:iam::111122223333:role/storefront-production-ApiHandlerRole-tnxubdce"),
    ("iam:DeleteRole", "arn:aws:iam::111122223333:role/storefront-production-ApiHandlerRole-tnxubdce"),
    (
        "dynamodb:UpdateTable",
        "arn:aws:dynamodb:us-east-1:111122223333:table/storefront-production-OrdersTable-cfkvzhsd",
    ),
    (
        "dynamodb:DeleteTable",
        "arn:aws:dynamodb:us-east-1:111122223333:table/storefront-production-OrdersTable-cfkvzhsd",
    ),
    ("sqs:SetQueueAttributes", "arn:aws:sqs:us-east-1:111122223333:storefront-production-OrdersQueue-mwcsxekf"),
    ("sqs:DeleteQueue", "arn:aws:sqs:us-east-1:111122223333:storefront-production-OrdersQueue-mwcsxekf"),
    ("sns:Unsubscribe", "arn:aws:sns:us-east-1:111122223333:storefront-production-OrdersTopic-dbhnmskw"),
    ("sns:DeleteTopic", "arn:aws:sns:us-east-1:111122223333:storefront-production-OrdersTopic-dbhnmskw"),
    ("events:DeleteEventBus", "arn:aws:events:us-east-1:111122223333:event-bus/storefront-production-BusBus-xvbcfmds"),
    (
        "events:RemoveTargets",
        "arn:aws:events:us-east-1:111122223333:rule/storefront-production-BusBus-xvbcfmds/storefront-production-BusRule-swtfxhkn",
    ),
    (
        "events:DeleteRule",
        "arn:aws:events:us-east-1:111122223333:rule/storefront-production-BusBus-xvbcfmds/storefront-production-BusRule-swtfxhkn",
    ),
    (
        "logs:DeleteLogGroup",
        "arn:aws:logs:us-east-1:111122223333:log-group:/aws/vendedlogs/apis/storefront-production:log-stream:",
    ),
    ("s3:DeleteBucketPolicy", "arn:aws:s3:::storefront-production-siteassets-bdfhkmsw"),
    ("s3:DeleteBucket", "arn:aws:s3:::storefront-production-siteassets-bdfhkmsw"),
    ("cloudfront:UpdateDistribution", "arn:aws:cloudfront::111122223333:distribution/E2ABCDEFGHIJKL"),
    ("cloudfront:DeleteDistribution", "arn:aws:cloudfront::111122223333:distribution/E2ABCDEFGHIJKL"),
    ("acm:DeleteCertificate", "arn:aws:acm:us-east-1:111122223333:certificate/2f1c0a9e-4b7d-4c55-8d61-0c9a7b6e5d43"),
    ("apigateway:DELETE", "arn:aws:apigateway:us-east-1::/apis/x1y2z3a4b5"),
];

fn denied(policies: &[PolicyDocument], calls: &[(&str, &str)]) -> Vec<String> {
    let is_denied = |(action, resource): &&(&str, &str)| !is_allowed(policies, action, resource);
    calls.iter().filter(is_denied).map(|(action, resource)| format!("{action} {resource}")).collect()
}

#[test]
fn what_was_created_can_be_changed_and_destroyed() {
    for (name, calls, other) in [
        ("jets-deploy", &JETS[..], ("my-cool-prefix-dev", "my-cool-prefix-prod")),
        ("sst-deploy", &SST[..], ("storefront-production", "storefront-staging")),
    ] {
        let without = documents(&report(&fixture(name), &[]));
        assert!(denied(&without, calls).len() * 2 > calls.len(), "{name}: {:#?}", denied(&without, calls));
        let with = documents(&report(&fixture(name), &["--siblings"]));
        assert_eq!(denied(&with, calls), Vec::<String>::new(), "{name}");
        // The same calls on a second stack of another name.
        let of_other: Vec<String> = calls
            .iter()
            .filter(|(_, resource)| resource.contains(other.0))
            .filter(|(action, resource)| is_allowed(&with, action, &resource.replace(other.0, other.1)))
            .map(|(action, resource)| format!("{action} {resource}"))
            .collect();
        assert_eq!(of_other, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn what_is_inferred_is_marked() {
    let report = report(&fixture("jets-deploy"), &["--siblings"]);
    let principal = &report["principals"][0];
    let needs: BTreeSet<&str> =
        principal["needs"].as_array().unwrap().iter().map(|need| need["action"].as_str().unwrap()).collect();
    assert!(!needs.contains("lambda:DeleteFunction"));
    let inferred = principal["inferred"].as_array().unwrap();
    let delete = inferred.iter().find(|one| one["action"] == "lambda:DeleteFunction").unwrap();
    assert_eq!(delete["from"], json!(["lambda:CreateFunction"]));
    assert_eq!(delete["resourceTypes"], json!(["AWS::Lambda::Function"]));
    assert_eq!(delete["granted"].as_array().unwrap().len(), 4);
    let inferred: BTreeSet<&str> = inferred.iter().map(|one| one["action"].as_str().unwrap()).collect();
    for document in documents(&report) {
        for statement in &document.statements {
            let is_marked = statement.sid.as_deref().is_some_and(|sid| sid.starts_with("Inferred"));
            for pattern in statement.action.patterns() {
                assert!(!is_marked || inferred.contains(pattern.as_str()), "{pattern}");
                assert!(is_marked || needs.contains(pattern.as_str()), "{pattern}");
            }
        }
    }
}

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:thumbs";

fn creates(function: &str) -> Value {
    call(
        "1",
        "lambda.amazonaws.com",
        "CreateFunction20150331",
        &json!({ "requestParameters": { "functionName": function } }),
    )
}

/// Narrowing keeps what today's policy allows of it, and adds nothing.
#[test]
fn narrowing_keeps_what_goes_with_creating_inside_the_policy_of_today() {
    let trail = trail(&[creates("thumbs")]);
    let current = trail.path().join("current.txt");
    let today = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Action": ["lambda:CreateFunction", "lambda:DeleteFunction", "lambda:DeleteLayerVersion"], "Resource": "*" }] });
    std::fs::write(&current, today.to_string()).unwrap();
    let narrowed = |options: &[&str]| {
        let options = [&["--current", current.to_str().unwrap(), "--unobservable", "drop"], options].concat();
        report(trail.path(), &options)
    };
    let policy = |report: &Value| {
        let document = &report["narrowing"]["policies"][0]["document"];
        [PolicyDocument::parse(&document.to_string()).unwrap()]
    };
    let codes = |report: &Value| -> BTreeSet<String> {
        let general = report["findings"].as_array().unwrap().iter();
        let own = report["principals"][0]["findings"].as_array().unwrap().iter();
        general.chain(own).map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    };
    let without = narrowed(&[]);
    assert!(is_allowed(&policy(&without), "lambda:CreateFunction", FUNCTION));
    assert!(!is_allowed(&policy(&without), "lambda:DeleteFunction", FUNCTION));
    assert!(codes(&without).contains("sibling-removed"), "{:?}", codes(&without));
    let with = narrowed(&["--siblings"]);
    assert!(is_allowed(&policy(&with), "lambda:DeleteFunction", FUNCTION));
    assert!(!is_allowed(&policy(&with), "lambda:DeleteFunction", &FUNCTION.replace("thumbs", "others")));
    assert!(!is_allowed(
        &policy(&with),
        "lambda:DeleteLayerVersion",
        "arn:aws:lambda:eu-west-1:111122223333:layer:l:1"
    ));
    assert!(!is_allowed(&policy(&with), "lambda:UpdateFunctionCode", FUNCTION));
    assert!(!codes(&with).contains("sibling-removed"), "{:?}", codes(&with));
}
