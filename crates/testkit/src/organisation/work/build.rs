//! Those who change what is there: deploys and infrastructure tools.

use serde_json::{Value, json};

use crate::shapes::{Actor, bucket_arn, object_pattern};
use crate::{Call, Rng};

pub(super) fn deploy(actor: &Actor, app: &str, rng: &mut Rng) -> Vec<(u64, Call)> {
    let place = &actor.place;
    let function = format!("{app}-{}", rng.word(&["api", "worker"]));
    let function_arn = place.arn("lambda", &format!("function:{function}"));
    let stack = place.arn("cloudformation", &format!("stack/{app}-stack/*"));
    let repository = place.arn("ecr", &format!("repository/{app}"));
    let family = place.arn("ecs", &format!("task-definition/{app}:*"));
    let artifacts = format!("artifacts-{}", place.account);
    let key = format!("{app}/build-{}.zip", rng.below(9));
    let image = |name: &str| {
        actor
            .call("ecr", name)
            .parameters(json!({ "registryId": place.account, "repositoryName": app }))
            .resource(&repository, "AWS::ECR::Repository")
            .need(&format!("ecr:{name}"), &repository)
    };
    vec![
        (3, actor.who_am_i()),
        (
            4,
            actor
                .call("cloudformation", "DescribeStacks")
                .parameters(json!({ "stackName": format!("{app}-stack") }))
                .need("cloudformation:DescribeStacks", &stack),
        ),
        (
            1,
            actor
                .call("cloudformation", "UpdateStack")
                .parameters(json!({ "stackName": format!("{app}-stack"), "capabilities": ["CAPABILITY_IAM"] }))
                .need("cloudformation:UpdateStack", &stack),
        ),
        (
            2,
            actor
                .call("lambda", "UpdateFunctionCode20150331v2")
                .parameters(json!({ "functionName": function, "publish": false, "dryRun": false }))
                .response(json!({ "functionName": function, "functionArn": function_arn, "runtime": "python3.13", "state": "Active" }))
                .need("lambda:UpdateFunctionCode", &function_arn),
        ),
        (
            1,
            actor
                .call("lambda", "CreateFunction20150331")
                .parameters(json!({
                    "functionName": function, "runtime": "python3.13", "role": place.role(&format!("service-role/{function}-exec")),
                    "handler": "app.handler", "code": {}, "publish": false,
                }))
                .via("cloudformation.amazonaws.com")
                .need("lambda:CreateFunction", &function_arn)
                .pass_role(&place.role(&format!("service-role/{function}-exec")), "lambda.amazonaws.com"),
        ),
        (
            1,
            actor
                .call("sqs", "CreateQueue")
                .parameters(json!({ "queueName": format!("{app}-jobs"), "attributes": { "VisibilityTimeout": "60" } }))
                .response(json!({ "queueUrl": place.queue_url(&format!("{app}-jobs")) }))
                .via("cloudformation.amazonaws.com")
                .need("sqs:CreateQueue", &place.arn("sqs", &format!("{app}-jobs"))),
        ),
        (2, actor.call("ecr", "GetAuthorizationToken").need("ecr:GetAuthorizationToken", "*")),
        (2, image("BatchGetImage")),
        (1, image("PutImage")),
        (
            2,
            actor
                .call("ecs", "RegisterTaskDefinition")
                .parameters(json!({
                    "family": app, "networkMode": "awsvpc", "taskRoleArn": place.role(&format!("service-role/{app}-task")),
                    "executionRoleArn": place.role("service-role/ecs-execution"), "containerDefinitions": [{ "name": app, "essential": true }],
                }))
                .need("ecs:RegisterTaskDefinition", &family)
                .pass_role(&place.role(&format!("service-role/{app}-task")), "ecs-tasks.amazonaws.com")
                .pass_role(&place.role("service-role/ecs-execution"), "ecs-tasks.amazonaws.com"),
        ),
        (
            3,
            actor
                .call("ecs", "UpdateService")
                .parameters(json!({ "cluster": "main", "service": app, "taskDefinition": app, "forceNewDeployment": true }))
                .need("ecs:UpdateService", &place.arn("ecs", &format!("service/main/{app}"))),
        ),
        (3, actor.object("PutObject", &artifacts, &key, json!({})).need("s3:PutObject", &object_pattern(&artifacts, &key))),
        (
            1,
            actor
                .call("apigateway", "GetRestApi")
                .parameters(json!({ "restApiId": "a1b2c3d4e5", "template": false }))
                .need("apigateway:GET", &place.api("/restapis/a1b2c3d4e5")),
        ),
        (
            1,
            actor
                .call("kms", "ScheduleKeyDeletion")
                .parameters(Value::Null)
                .need("kms:ScheduleKeyDeletion", &place.arn("kms", "key/5d1c9e52-7f3a-4b06-9a8d-2e4f6a8c0b1d"))
                .denied_as_usual("AccessDenied"),
        ),
    ]
}

pub(super) fn infrastructure(actor: &Actor, app: &str, rng: &mut Rng) -> Vec<(u64, Call)> {
    let place = &actor.place;
    let ec2 = |resource: &str| place.arn("ec2", resource);
    let bucket = format!("{app}-assets-{}", place.account);
    let task = place.role(&format!("service-role/{app}-task"));
    let rule = place.arn("events", &format!("rule/{app}-nightly"));
    let topic = place.arn("sns", &format!("{app}-events"));
    let parameter = place.arn("ssm", &format!("parameter/{app}/prod/config"));
    let volume_tags = json!({ "items": [{ "resourceType": "volume", "tags": [{ "key": "app", "value": app }] }] });
    vec![
        (
            1,
            actor
                .call("ec2", "CreateVolume")
                .parameters(json!({ "size": "100", "zone": format!("{}a", place.region), "volumeType": "gp3", "tagSpecificationSet": volume_tags }))
                .response(json!({ "volumeId": format!("vol-0{}", rng.hex(16)), "status": "creating" }))
                .need("ec2:CreateVolume", &ec2("volume/*"))
                .need("ec2:CreateTags", &ec2("volume/*"))
                .with("ec2:CreateAction", "CreateVolume"),
        ),
        (2, actor.bucket("GetBucketTagging", &bucket, json!({ "tagging": "" })).need("s3:GetBucketTagging", &bucket_arn(&bucket))),
        (2, actor.bucket("PutBucketTagging", &bucket, json!({ "tagging": "" })).need("s3:PutBucketTagging", &bucket_arn(&bucket))),
        (
            2,
            actor
                .bucket("GetBucketPolicy", &bucket, json!({ "policy": "" }))
                .need("s3:GetBucketPolicy", &bucket_arn(&bucket))
                .failed("NoSuchBucketPolicy", "The bucket policy does not exist"),
        ),
        (
            1,
            actor
                .global_call("iam", "CreateRole")
                .parameters(json!({ "roleName": format!("{app}-task"), "path": "/service-role/", "assumeRolePolicyDocument": "{}" }))
                .need("iam:CreateRole", &task)
                .failed("EntityAlreadyExistsException", &format!("Role with name {app}-task already exists.")),
        ),
        (
            2,
            actor
                .call("events", "PutRule")
                .parameters(json!({ "name": format!("{app}-nightly"), "scheduleExpression": "rate(1 day)", "state": "ENABLED" }))
                .response(json!({ "ruleArn": rule }))
                .need("events:PutRule", &rule),
        ),
        (
            2,
            actor
                .call("sns", "GetTopicAttributes")
                .parameters(json!({ "topicArn": topic }))
                .need("sns:GetTopicAttributes", &topic),
        ),
        (
            1,
            actor
                .call("ssm", "PutParameter")
                .parameters(json!({ "name": format!("/{app}/prod/config"), "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "type": "SecureString", "overwrite": true }))
                .resource(&parameter, "")
                .need("ssm:PutParameter", &parameter),
        ),
        (
            1,
            actor
                .global_call("route53", "ChangeResourceRecordSets")
                .parameters(json!({ "hostedZoneId": "Z0ABCDEFGHIJKLMNOPQR", "changeBatch": { "changes": [{ "action": "UPSERT" }] } }))
                .need("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0ABCDEFGHIJKLMNOPQR"),
        ),
        (1, actor.call("quasar", "ListNebulae").parameters(json!({ "maxResults": 10 })).nothing("unknown-source")),
    ]
}
