//! A release role of a CI system that hands roles to Lambda, ECS, EC2, Step Functions, EventBridge and the scheduler.
//! `iam:PassRole` itself is never in a trail.

use serde_json::json;

use super::trust;
use crate::shapes::Actor;
use crate::{Call, Caller};

const VPC: &str = "vpc-0a1b2c3d4e5f60718";
const SUBNET: &str = "subnet-0b1c2d3e4f5a60718";
const GROUP: &str = "sg-0c1d2e3f4a5b60718";
const IMAGE: &str = "ami-0d1e2f3a4b5c60718";
const BUILDER: &str = "release-builder";

pub(super) fn calls() -> Vec<Call> {
    let release = Caller::role("arn:aws:iam::111122223333:role/ci/github/release").session("gha-90210");
    let actor = Actor::new(release, "eu-west-1");
    let mut calls = vec![login(&actor), actor.who_am_i()];
    calls.extend(containers(&actor));
    calls.extend(functions(&actor));
    calls.extend(instances(&actor));
    calls.extend(orchestration(&actor));
    calls.push(refused(&actor));
    calls
}

/// The token of the CI system is traded for the role's credentials; nobody's identity policy is asked.
fn login(actor: &Actor) -> Call {
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let runner = Caller::web_identity(&actor.place.account, provider, "repo:example/orders:ref:refs/heads/main");
    actor
        .call("sts", "AssumeRoleWithWebIdentity")
        .event(|event| event.principal(&runner).recipient(&actor.place.account))
        .parameters(json!({ "roleArn": actor.caller.principal(), "roleSessionName": "gha-90210" }))
        .nothing("no-principal")
}

fn containers(actor: &Actor) -> Vec<Call> {
    let family = actor.place.arn("ecs", "task-definition/orders:*");
    let service = actor.place.arn("ecs", "service/production/orders");
    let reports = actor.place.arn("ecs", "service/production/reports");
    let tags = json!([{ "key": "team", "value": "orders" }]);
    vec![
        actor
            .call("ecs", "RegisterTaskDefinition")
            .parameters(json!({
                "family": "orders", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "512", "memory": "1024",
                "taskRoleArn": actor.place.role("services/orders-task"), "executionRoleArn": actor.place.role("services/ecs-execution"),
                "containerDefinitions": [{ "name": "orders", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:4f1c", "essential": true }],
                "tags": tags,
            }))
            .response(json!({ "taskDefinition": { "taskDefinitionArn": actor.place.arn("ecs", "task-definition/orders:42"), "revision": 42 } }))
            .need("ecs:RegisterTaskDefinition", &family)
            .need("ecs:TagResource", &family)
            .pass_role(&actor.place.role("services/orders-task"), "ecs-tasks.amazonaws.com")
            .pass_role(&actor.place.role("services/ecs-execution"), "ecs-tasks.amazonaws.com"),
        actor.call("ecs", "DescribeTaskDefinition").parameters(json!({ "taskDefinition": "orders:42" })).need("ecs:DescribeTaskDefinition", "*"),
        actor
            .call("ecs", "UpdateService")
            .parameters(json!({ "cluster": "production", "service": "orders", "taskDefinition": "orders:42", "forceNewDeployment": true }))
            .need("ecs:UpdateService", &service),
        actor
            .call("ecs", "DescribeServices")
            .parameters(json!({ "cluster": "production", "services": ["orders"] }))
            .need("ecs:DescribeServices", &service),
        actor
            .call("ecs", "RunTask")
            .parameters(json!({
                "cluster": "production", "taskDefinition": "orders-migrate:7", "launchType": "FARGATE",
                "overrides": { "taskRoleArn": actor.place.role("services/orders-migrate") },
            }))
            .need("ecs:RunTask", &actor.place.arn("ecs", "task-definition/orders-migrate:7"))
            .pass_role(&actor.place.role("services/orders-migrate"), "ecs-tasks.amazonaws.com"),
        actor
            .call("ecs", "CreateService")
            .parameters(json!({ "cluster": "production", "serviceName": "reports", "taskDefinition": "reports:3", "desiredCount": 1, "tags": tags }))
            .need("ecs:CreateService", &reports)
            .need("ecs:TagResource", &reports),
    ]
}

fn functions(actor: &Actor) -> Vec<Call> {
    let function = actor.place.arn("lambda", "function:orders-webhook");
    let (first, second) = (actor.place.role("services/orders-webhook"), actor.place.role("services/orders-webhook-v2"));
    let configure = |parameters| {
        actor
            .call("lambda", "UpdateFunctionConfiguration20150331v2")
            .parameters(parameters)
            .need("lambda:UpdateFunctionConfiguration", &function)
    };
    vec![
        actor
            .call("lambda", "CreateFunction20150331")
            .parameters(json!({
                "functionName": "orders-webhook", "runtime": "python3.13", "role": first, "handler": "app.handler", "code": {},
                "timeout": 10, "memorySize": 256, "publish": true, "tags": { "team": "orders" },
            }))
            .need("lambda:CreateFunction", &function)
            .need("lambda:TagResource", &function)
            .pass_role(&first, "lambda.amazonaws.com"),
        configure(json!({ "functionName": "orders-webhook", "memorySize": 512 })),
        configure(json!({ "functionName": "orders-webhook", "role": second })).pass_role(&second, "lambda.amazonaws.com"),
        actor
            .call("lambda", "UpdateFunctionCode20150331v2")
            .parameters(json!({ "functionName": function, "publish": true, "dryRun": false }))
            .need("lambda:UpdateFunctionCode", &function),
    ]
}

fn instances(actor: &Actor) -> Vec<Call> {
    let ec2 = |resource: &str| actor.place.arn("ec2", resource);
    let profile = actor.place.global("iam", &format!("instance-profile/{BUILDER}"));
    let role = actor.place.role(BUILDER);
    let group = ec2(&format!("security-group/{GROUP}"));
    vec![
        actor
            .global_call("iam", "CreateRole")
            .parameters(json!({ "roleName": BUILDER, "path": "/", "assumeRolePolicyDocument": trust("ec2.amazonaws.com") }))
            .need("iam:CreateRole", &role),
        actor
            .global_call("iam", "CreateInstanceProfile")
            .parameters(json!({ "instanceProfileName": BUILDER, "path": "/" }))
            .need("iam:CreateInstanceProfile", &profile),
        actor
            .global_call("iam", "AddRoleToInstanceProfile")
            .parameters(json!({ "instanceProfileName": BUILDER, "roleName": BUILDER }))
            .need("iam:AddRoleToInstanceProfile", &profile)
            .pass_role(&role, "ec2.amazonaws.com"),
        actor
            .call("ec2", "CreateSecurityGroup")
            .parameters(json!({
                "groupName": BUILDER, "groupDescription": "release builders", "vpcId": VPC,
                "tagSpecificationSet": { "items": [{ "resourceType": "security-group", "tags": [{ "key": "team", "value": "release" }] }] },
            }))
            .response(json!({ "_return": true, "groupId": GROUP }))
            .need_each("ec2:CreateSecurityGroup", &[&ec2("security-group/*"), &ec2(&format!("vpc/{VPC}"))])
            .need("ec2:CreateTags", &ec2("security-group/*"))
            .with("ec2:CreateAction", "CreateSecurityGroup"),
        actor
            .call("ec2", "AuthorizeSecurityGroupIngress")
            .parameters(json!({ "groupId": GROUP, "ipPermissions": { "items": [{ "ipProtocol": "tcp", "fromPort": 22, "toPort": 22 }] } }))
            .need("ec2:AuthorizeSecurityGroupIngress", &group),
        actor
            .call("ec2", "RunInstances")
            .parameters(json!({
                "instancesSet": { "items": [{ "imageId": IMAGE, "minCount": 1, "maxCount": 1, "keyName": "release" }] },
                "instanceType": "c7g.large", "blockDeviceMapping": {}, "monitoring": { "enabled": false }, "subnetId": SUBNET,
                "groupSet": { "items": [{ "groupId": GROUP }] }, "iamInstanceProfile": { "name": BUILDER },
                "tagSpecificationSet": { "items": [
                    { "resourceType": "instance", "tags": [{ "key": "team", "value": "release" }] },
                    { "resourceType": "volume", "tags": [{ "key": "team", "value": "release" }] },
                ] },
            }))
            .response(json!({ "instancesSet": { "items": [{ "instanceId": "i-0e1f2a3b4c5d60718", "imageId": IMAGE }] } }))
            .need_each(
                "ec2:RunInstances",
                &[
                    &format!("arn:aws:ec2:{}::image/{IMAGE}", actor.place.region),
                    &ec2("instance/*"),
                    &ec2("key-pair/release"),
                    &ec2("network-interface/*"),
                    &group,
                    &ec2(&format!("subnet/{SUBNET}")),
                    &ec2("volume/*"),
                ],
            )
            .need_each("ec2:CreateTags", &[&ec2("instance/*"), &ec2("volume/*")])
            .with("ec2:CreateAction", "RunInstances")
            .pass_role(&role, "ec2.amazonaws.com"),
    ]
}

fn orchestration(actor: &Actor) -> Vec<Call> {
    let machine = actor.place.arn("states", "stateMachine:orders-flow");
    let function = actor.place.arn("lambda", "function:orders-webhook");
    vec![
        actor
            .call("states", "CreateStateMachine")
            .parameters(json!({
                "name": "orders-flow", "type": "STANDARD", "definition": "HIDDEN_DUE_TO_SECURITY_REASONS",
                "roleArn": actor.place.role("services/orders-flow"),
            }))
            .response(json!({ "stateMachineArn": machine }))
            .need("states:CreateStateMachine", &machine)
            .pass_role(&actor.place.role("services/orders-flow"), "states.amazonaws.com"),
        actor
            .call("scheduler", "CreateSchedule")
            .parameters(json!({
                "name": "orders-nightly", "groupName": "default", "scheduleExpression": "cron(0 2 * * ? *)",
                "target": { "arn": function, "roleArn": actor.place.role("services/orders-scheduler") },
            }))
            .need("scheduler:CreateSchedule", &actor.place.arn("scheduler", "schedule/default/orders-nightly"))
            .pass_role(&actor.place.role("services/orders-scheduler"), "scheduler.amazonaws.com"),
        actor
            .call("events", "PutTargets")
            .parameters(json!({
                "rule": "orders-report",
                "targets": [{ "id": "report", "arn": actor.place.arn("ecs", "cluster/production"), "roleArn": actor.place.role("services/events-run-task") }],
            }))
            .need("events:PutTargets", &actor.place.arn("events", "rule/orders-report"))
            .pass_role(&actor.place.role("services/events-run-task"), "events.amazonaws.com"),
    ]
}

/// The refusal names `iam:PassRole`: that is what was wanted, and nothing says that the function could be made.
fn refused(actor: &Actor) -> Call {
    let admin = actor.place.role("organisation-admin");
    actor
        .call("lambda", "CreateFunction20150331")
        .parameters(json!({ "functionName": "orders-admin", "runtime": "python3.13", "role": admin, "handler": "app.handler", "code": {} }))
        .need("iam:PassRole", &admin)
        .with("iam:PassedToService", "lambda.amazonaws.com")
        .denied_as_usual("AccessDeniedException")
}
