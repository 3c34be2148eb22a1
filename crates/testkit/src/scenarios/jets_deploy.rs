//! A deploy of a Ruby on Jets app, `my-cool-prefix`, environment `dev`. The tool uploads code and starts a stack;
//! CloudFormation then calls most services on the deploy role's behalf.

use serde_json::{Value, json};

use super::trust;
use crate::shapes::{Actor, bucket_arn, object_pattern};
use crate::{Call, Caller};

const STACK: &str = "my-cool-prefix-dev";
const BUCKET: &str = "my-cool-prefix-dev-s3bucket-1q2w3e4r5t6y7";
const ROLE: &str = "my-cool-prefix-dev-IamRole-1A2B3C4D5E6F7";
const LAYER: &str = "dev-my-cool-prefix-gems";
const API: &str = "p9q8r7s6t5";
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";
const FUNCTIONS: [&str; 4] = [
    "my-cool-prefix-dev-posts_controller-index",
    "my-cool-prefix-dev-posts_controller-show",
    "my-cool-prefix-dev-posts_controller-create",
    "my-cool-prefix-dev-cleanup_job-perform",
];

pub(super) fn calls() -> Vec<Call> {
    let deployer = Caller::role("arn:aws:iam::444455556666:role/jets-deployer").session("circleci-5521");
    let actor = Actor::new(deployer, "us-west-2");
    let mut calls = start(&actor);
    calls.extend(functions(&actor));
    calls.extend(routes(&actor));
    calls.extend(jobs(&actor));
    calls.extend(finish(&actor));
    calls
}

/// A call on the stack, named by its name: the id at the end of its ARN is CloudFormation's.
fn on_stack(actor: &Actor, name: &str, parameters: Value) -> Call {
    actor
        .call("cloudformation", name)
        .parameters(parameters)
        .need(&format!("cloudformation:{name}"), &actor.place.arn("cloudformation", &format!("stack/{STACK}/*")))
}

fn start(actor: &Actor) -> Vec<Call> {
    let stack_id = actor.place.arn("cloudformation", &format!("stack/{STACK}/7d1f0b60-4e0c-11f1-9a51-0a1b2c3d4e5f"));
    let code = "jets/code/code-0f1e2d3c.zip";
    let template = "jets/cfn-templates/dev/my-cool-prefix-dev.yml";
    vec![
        actor.who_am_i(),
        on_stack(actor, "DescribeStacks", json!({ "stackName": STACK }))
            .failed("ValidationException", "Stack with id my-cool-prefix-dev does not exist"),
        on_stack(
            actor,
            "CreateStack",
            json!({ "stackName": STACK, "capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"], "parameters": [] }),
        )
        .response(json!({ "stackId": stack_id })),
        actor
            .bucket("CreateBucket", BUCKET, json!({}))
            .via(CLOUDFORMATION)
            .need("s3:CreateBucket", &bucket_arn(BUCKET)),
        actor
            .bucket("PutBucketEncryption", BUCKET, json!({ "encryption": "" }))
            .via(CLOUDFORMATION)
            .need("s3:PutEncryptionConfiguration", &bucket_arn(BUCKET)),
        on_stack(actor, "DescribeStackEvents", json!({ "stackName": STACK })),
        on_stack(actor, "DescribeStackResources", json!({ "stackName": STACK })),
        actor.object("PutObject", BUCKET, code, json!({})).need("s3:PutObject", &object_pattern(BUCKET, code)),
        actor.object("PutObject", BUCKET, template, json!({})).need("s3:PutObject", &object_pattern(BUCKET, template)),
        actor.list_objects(BUCKET, "jets/"),
        on_stack(
            actor,
            "UpdateStack",
            json!({
                "stackName": STACK, "templateURL": format!("https://s3.us-west-2.amazonaws.com/{BUCKET}/{template}"),
                "capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            }),
        )
        .response(json!({ "stackId": stack_id })),
        actor
            .object("GetObject", BUCKET, template, json!({}))
            .via(CLOUDFORMATION)
            .need("s3:GetObject", &object_pattern(BUCKET, template)),
        actor
            .call("cloudformation", "DescribeStackEvents")
            .parameters(json!({ "stackName": stack_id }))
            .need("cloudformation:DescribeStackEvents", &stack_id),
    ]
}

fn functions(actor: &Actor) -> Vec<Call> {
    let role = actor.place.role(ROLE);
    let layer = actor.place.arn("lambda", &format!("layer:{LAYER}"));
    let on_role = |name: &str, parameters: Value| {
        actor.global_call("iam", name).parameters(parameters).via(CLOUDFORMATION).need(&format!("iam:{name}"), &role)
    };
    let mut calls = vec![
        on_role(
            "CreateRole",
            json!({ "roleName": ROLE, "path": "/", "assumeRolePolicyDocument": trust("lambda.amazonaws.com") }),
        ),
        on_role(
            "PutRolePolicy",
            json!({ "roleName": ROLE, "policyName": "my-cool-prefix-dev-application-policy", "policyDocument": "{}" }),
        ),
        on_role("GetRole", json!({ "roleName": ROLE })),
        on_role("GetRolePolicy", json!({ "roleName": ROLE, "policyName": "my-cool-prefix-dev-application-policy" })),
        actor
            .call("lambda", "PublishLayerVersion20181031")
            .parameters(
                json!({ "layerName": LAYER, "content": { "s3Bucket": BUCKET, "s3Key": "jets/layers/gems-77aa.zip" } }),
            )
            .response(json!({ "layerArn": layer, "layerVersionArn": format!("{layer}:1"), "version": 1 }))
            .via(CLOUDFORMATION)
            .need("lambda:PublishLayerVersion", &layer),
        actor
            .call("lambda", "GetLayerVersion20181031")
            .parameters(json!({ "layerName": LAYER, "versionNumber": 1 }))
            .via(CLOUDFORMATION)
            .need("lambda:GetLayerVersion", &format!("{layer}:1")),
    ];
    for name in FUNCTIONS {
        let function = actor.place.arn("lambda", &format!("function:{name}"));
        calls.extend([
            actor
                .call("lambda", "CreateFunction20150331")
                .parameters(json!({
                    "functionName": name, "runtime": "ruby3.3", "role": role, "handler": "handlers/app.handler", "code": {},
                    "timeout": 30, "memorySize": 1536, "layers": [format!("{layer}:1")], "publish": false,
                }))
                .response(json!({ "functionName": name, "functionArn": function, "state": "Pending" }))
                .via(CLOUDFORMATION)
                .need("lambda:CreateFunction", &function)
                .need("lambda:GetLayerVersion", &format!("{layer}:1"))
                .pass_role(&role, "lambda.amazonaws.com"),
            actor
                .call("lambda", "GetFunction20150331v2")
                .parameters(json!({ "functionName": name }))
                .via(CLOUDFORMATION)
                .need("lambda:GetFunction", &function),
            actor
                .call("lambda", "AddPermission20150331v2")
                .parameters(json!({ "functionName": function, "statementId": "api", "action": "lambda:InvokeFunction", "principal": "apigateway.amazonaws.com" }))
                .via(CLOUDFORMATION)
                .need("lambda:AddPermission", &function),
        ]);
    }
    calls
}

fn routes(actor: &Actor) -> Vec<Call> {
    let call = |name: &str, verb: &str, parameters: Value, path: &str| {
        actor
            .call("apigateway", name)
            .parameters(parameters)
            .via(CLOUDFORMATION)
            .need(&format!("apigateway:{verb}"), &actor.place.api(path))
    };
    let (root, posts) = ("m1n2o3p4q5", "a1b2c3");
    let method = format!("/restapis/{API}/resources/{posts}/methods/GET");
    vec![
        call("CreateRestApi", "POST", json!({ "createRestApiInput": { "name": STACK } }), "/restapis")
            .response(json!({ "id": API, "name": STACK })),
        call("GetResources", "GET", json!({ "restApiId": API }), &format!("/restapis/{API}/resources")),
        call(
            "CreateResource",
            "POST",
            json!({ "restApiId": API, "parentId": root, "createResourceInput": { "pathPart": "posts" } }),
            &format!("/restapis/{API}/resources/{root}"),
        ),
        call(
            "PutMethod",
            "PUT",
            json!({ "restApiId": API, "resourceId": posts, "httpMethod": "GET", "putMethodInput": { "authorizationType": "NONE" } }),
            &method,
        ),
        call(
            "PutIntegration",
            "PUT",
            json!({ "restApiId": API, "resourceId": posts, "httpMethod": "GET", "putIntegrationInput": { "type": "AWS_PROXY" } }),
            &format!("{method}/integration"),
        ),
        call(
            "CreateDeployment",
            "POST",
            json!({ "restApiId": API, "createDeploymentInput": { "stageName": "dev" } }),
            &format!("/restapis/{API}/deployments"),
        ),
        call(
            "UpdateStage",
            "PATCH",
            json!({ "restApiId": API, "stageName": "dev" }),
            &format!("/restapis/{API}/stages/dev"),
        ),
    ]
}

fn jobs(actor: &Actor) -> Vec<Call> {
    let name = "my-cool-prefix-dev-cleanup_job-perform";
    let rule = actor.place.arn("events", &format!("rule/{name}"));
    let target = actor.place.arn("lambda", &format!("function:{name}"));
    let on_rule = |event: &str, parameters: Value| {
        actor.call("events", event).parameters(parameters).via(CLOUDFORMATION).need(&format!("events:{event}"), &rule)
    };
    vec![
        on_rule("DescribeRule", json!({ "name": name })).failed(
            "ResourceNotFoundException",
            "Rule my-cool-prefix-dev-cleanup_job-perform does not exist on EventBus default.",
        ),
        on_rule("PutRule", json!({ "name": name, "scheduleExpression": "rate(10 hours)", "state": "ENABLED" }))
            .response(json!({ "ruleArn": rule })),
        on_rule("PutTargets", json!({ "rule": name, "targets": [{ "id": "RuleTarget", "arn": target }] })),
    ]
}

fn finish(actor: &Actor) -> Vec<Call> {
    let index = actor.place.arn("lambda", "function:my-cool-prefix-dev-posts_controller-index");
    vec![
        on_stack(actor, "DescribeStacks", json!({ "stackName": STACK })),
        actor
            .call("logs", "DescribeLogGroups")
            .parameters(json!({ "logGroupNamePrefix": "/aws/lambda/my-cool-prefix-dev" }))
            .need("logs:DescribeLogGroups", "*"),
        actor
            .call("lambda", "Invoke")
            .data()
            .parameters(json!({ "functionName": index, "invocationType": "RequestResponse" }))
            .resource(&index, "AWS::Lambda::Function")
            .need("lambda:InvokeFunction", &index),
        actor
            .global_call("route53", "ListHostedZones")
            .via(CLOUDFORMATION)
            .need("route53:ListHostedZones", "*")
            .denied_as_usual("AccessDenied"),
    ]
}
