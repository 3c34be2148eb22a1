//! People, scanners and the root user.

use serde_json::json;

use crate::shapes::{Actor, bucket_arn};
use crate::{Call, Rng};

pub(super) fn developer(actor: &Actor, app: &str, rng: &mut Rng) -> Vec<(u64, Call)> {
    let place = &actor.place;
    let instance = format!("i-0{}", rng.word(&["a1b2c3d4e5f60718", "b2c3d4e5f6071829", "c3d4e5f60718293a"]));
    let instance_arn = place.arn("ec2", &format!("instance/{instance}"));
    let bucket = format!("{app}-assets-{}", place.account);
    let function = place.arn("lambda", &format!("function:{app}-api"));
    let reader = place.role(&format!("{app}-reader"));
    let who = actor.caller.session_arn();
    let one = json!({ "instancesSet": { "items": [{ "instanceId": instance }] } });
    vec![
        (
            5,
            actor
                .call("ec2", "DescribeInstances")
                .parameters(json!({ "maxResults": 1000, "instancesSet": {}, "filterSet": { "items": [{ "name": "tag:app", "valueSet": { "items": [{ "value": app }] } }] } }))
                .need("ec2:DescribeInstances", "*"),
        ),
        (1, actor.call("ec2", "StopInstances").parameters(one.clone()).need("ec2:StopInstances", &instance_arn)),
        (
            1,
            actor
                .call("ec2", "StartInstances")
                .parameters(one.clone())
                .need("ec2:StartInstances", &instance_arn)
                .failed("Client.DryRunOperation", "Request would have succeeded, but DryRun flag is set."),
        ),
        (2, actor.call("s3", "ListBuckets").parameters(json!({ "Host": "s3.amazonaws.com" })).need("s3:ListAllMyBuckets", "*")),
        (2, actor.bucket("GetBucketLocation", &bucket, json!({ "location": "" })).need("s3:GetBucketLocation", &bucket_arn(&bucket))),
        (2, actor.call("lambda", "ListFunctions20150331").need("lambda:ListFunctions", "*")),
        (
            3,
            actor
                .call("lambda", "GetFunction20150331v2")
                .parameters(json!({ "functionName": format!("{app}-api") }))
                .need("lambda:GetFunction", &function),
        ),
        (
            1,
            actor
                .call("monitoring", "PutMetricAlarm")
                .parameters(json!({ "alarmName": format!("{app}-5xx"), "metricName": "5XXError", "namespace": "AWS/ApiGateway", "period": 60, "threshold": 5.0 }))
                .need("cloudwatch:PutMetricAlarm", &place.arn("cloudwatch", &format!("alarm:{app}-5xx"))),
        ),
        (2, actor.call("dynamodb", "ListTables").need("dynamodb:ListTables", "*")),
        (
            1,
            actor
                .call("sts", "AssumeRole")
                .parameters(json!({ "roleArn": reader, "roleSessionName": "debug", "durationSeconds": 3600 }))
                .resource(&reader, "AWS::IAM::Role")
                .need("sts:AssumeRole", &reader),
        ),
        (
            1,
            actor.call("ec2", "TerminateInstances").parameters(one).need("ec2:TerminateInstances", &instance_arn).denied(
                "Client.UnauthorizedOperation",
                &format!(
                    "You are not authorized to perform this operation. User: {who} is not authorized to perform: ec2:TerminateInstances on resource: {instance_arn} because no identity-based policy allows the ec2:TerminateInstances action. Encoded authorization failure message: {}",
                    rng.hex(16)
                ),
            ),
        ),
        (
            1,
            actor
                .global_call("iam", "CreateUser")
                .parameters(json!({ "userName": "contractor", "path": "/" }))
                .need("iam:CreateUser", &place.global("iam", "user/contractor"))
                .denied(
                    "AccessDenied",
                    &format!(
                        "User: {who} is not authorized to perform: iam:CreateUser on resource: user contractor because no identity-based policy allows the iam:CreateUser action"
                    ),
                ),
        ),
    ]
}

pub(super) fn audit(actor: &Actor, app: &str) -> Vec<(u64, Call)> {
    let place = &actor.place;
    let bucket = format!("evidence-{app}-{}", place.account);
    let trail = place.arn("cloudtrail", "trail/org-trail");
    vec![
        (2, actor.bucket("GetBucketAcl", &bucket, json!({ "acl": "" })).need("s3:GetBucketAcl", &bucket_arn(&bucket))),
        (2, actor.global_call("iam", "GetAccountSummary").need("iam:GetAccountSummary", "*")),
        (1, actor.global_call("iam", "GenerateCredentialReport").need("iam:GenerateCredentialReport", "*")),
        (2, actor.call("kms", "ListKeys").need("kms:ListKeys", "*")),
        (
            2,
            actor
                .call("ec2", "DescribeSecurityGroups")
                .parameters(json!({ "securityGroupSet": {} }))
                .need("ec2:DescribeSecurityGroups", "*"),
        ),
        (
            2,
            actor
                .call("cloudtrail", "GetTrailStatus")
                .parameters(json!({ "name": trail }))
                .need("cloudtrail:GetTrailStatus", &trail),
        ),
    ]
}

pub(super) fn root(actor: &Actor) -> Vec<(u64, Call)> {
    vec![
        (1, actor.global_call("iam", "GetAccountSummary").need("iam:GetAccountSummary", "*")),
        (
            1,
            actor
                .call("s3", "ListBuckets")
                .parameters(json!({ "Host": "s3.amazonaws.com" }))
                .need("s3:ListAllMyBuckets", "*"),
        ),
    ]
}
