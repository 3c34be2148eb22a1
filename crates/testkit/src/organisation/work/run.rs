//! Those who run: functions, pipelines, backups, Auto Scaling.

use serde_json::{Value, json};

use crate::shapes::{Actor, object_pattern};
use crate::{Call, Rng};

pub(super) fn service(actor: &Actor, app: &str, rng: &mut Rng) -> Vec<(u64, Call)> {
    let bucket = format!("{app}-assets-{}", actor.place.account);
    let key = format!("{}/part-{}.json", rng.word(&["in", "out", "daily"]), rng.below(12));
    let table = format!("{app}-items");
    let verb = rng.word(&["GetItem", "PutItem", "UpdateItem", "Query"]);
    let object = object_pattern(&bucket, &key);
    let mut calls = messages(actor, app, rng);
    calls.extend([
        (6, actor.object("GetObject", &bucket, &key, json!({})).need("s3:GetObject", &object)),
        (
            4,
            actor
                .object("PutObject", &bucket, &key, json!({ "x-amz-server-side-encryption": "AES256" }))
                .need("s3:PutObject", &object),
        ),
        (2, actor.list_objects(&bucket, "daily/")),
        (
            6,
            actor
                .item(verb, &table, json!({ "tableName": table, "key": { "id": "***" } }))
                .need(&format!("dynamodb:{verb}"), &actor.table(&table)),
        ),
        (
            1,
            actor
                .object("GetObject", &bucket, "config/missing.json", json!({}))
                .need("s3:GetObject", &object_pattern(&bucket, "config/missing.json"))
                .failed("NoSuchKey", "The specified key does not exist."),
        ),
        (
            1,
            actor
                .item("PutItem", &table, json!({ "tableName": table, "key": { "id": "***" } }))
                .need("dynamodb:PutItem", &actor.table(&table))
                .throttled("ProvisionedThroughputExceededException"),
        ),
        (
            1,
            actor
                .object("DeleteObject", &bucket, &key, json!({}))
                .need("s3:DeleteObject", &object)
                .denied("AccessDenied", "Access Denied"),
        ),
    ]);
    calls
}

fn messages(actor: &Actor, app: &str, rng: &mut Rng) -> Vec<(u64, Call)> {
    let place = &actor.place;
    let queue = format!("{app}-jobs");
    let secret = place.arn("secretsmanager", &format!("secret:{app}/db-{}", rng.word(&["Ab3dEf", "Qw9xYz"])));
    let parameter = place.arn("ssm", &format!("parameter/{app}/prod/config"));
    let topic = place.arn("sns", &format!("{app}-events"));
    let helper = place.arn("lambda", &format!("function:{app}-worker"));
    vec![
        (
            3,
            actor
                .queue_message("SendMessage", &queue, json!({ "messageBody": "HIDDEN_DUE_TO_SECURITY_REASONS" }))
                .need("sqs:SendMessage", &place.arn("sqs", &queue)),
        ),
        (
            3,
            actor
                .queue_message("ReceiveMessage", &queue, json!({ "maxNumberOfMessages": 10 }))
                .need("sqs:ReceiveMessage", &place.arn("sqs", &queue)),
        ),
        (
            2,
            actor
                .call("secretsmanager", "GetSecretValue")
                .parameters(json!({ "secretId": secret }))
                .need("secretsmanager:GetSecretValue", &secret),
        ),
        (
            2,
            actor.key_through(
                "Decrypt",
                "2b7e1516-28ae-4d2a-8bf7-158809cf4f3c",
                "secretsmanager.amazonaws.com",
                &json!({ "SecretARN": secret }),
            ),
        ),
        (
            2,
            actor
                .call("ssm", "GetParameter")
                .parameters(json!({ "name": format!("/{app}/prod/config"), "withDecryption": true }))
                .resource(&parameter, "")
                .need("ssm:GetParameter", &parameter),
        ),
        (
            1,
            actor
                .call("sns", "Publish")
                .data()
                .parameters(json!({ "topicArn": topic, "message": "HIDDEN_DUE_TO_SECURITY_REASONS" }))
                .resource(&topic, "AWS::SNS::Topic")
                .need("sns:Publish", &topic),
        ),
        (
            1,
            actor
                .call("lambda", "Invoke")
                .data()
                .parameters(json!({ "functionName": helper, "invocationType": "Event" }))
                .resource(&helper, "AWS::Lambda::Function")
                .need("lambda:InvokeFunction", &helper),
        ),
    ]
}

pub(super) fn pipeline(actor: &Actor, app: &str, rng: &mut Rng) -> Vec<(u64, Call)> {
    let place = &actor.place;
    let lake = format!("lake-{}", place.account);
    let key = format!("curated/{app}/dt=2026-05-{:02}/part-0.parquet", 1 + rng.below(6));
    let raw = format!("raw/{app}/batch-{}.json", rng.below(6));
    let data_key = place.arn("kms", "key/6c1f0b9a-8d7e-4f6a-9b5c-4d3e2f1a0b9c");
    let glue = |resource: &str| place.arn("glue", resource);
    vec![
        (
            3,
            actor
                .call("athena", "StartQueryExecution")
                .parameters(
                    json!({ "workGroup": "etl", "queryString": "***OMITTED***", "clientRequestToken": rng.hex(16) }),
                )
                .need("athena:StartQueryExecution", &place.arn("athena", "workgroup/etl")),
        ),
        (
            3,
            actor.call("glue", "GetTable").parameters(json!({ "databaseName": "curated", "name": app })).need_each(
                "glue:GetTable",
                &[&glue("catalog"), &glue("database/curated"), &glue(&format!("table/curated/{app}"))],
            ),
        ),
        (5, actor.object("GetObject", &lake, &raw, json!({})).need("s3:GetObject", &object_pattern(&lake, &raw))),
        (
            4,
            actor
                .object("PutObject", &lake, &key, json!({ "x-amz-acl": "bucket-owner-full-control" }))
                .need("s3:PutObject", &object_pattern(&lake, &key))
                .need("s3:PutObjectAcl", &object_pattern(&lake, &key)),
        ),
        (2, actor.list_objects(&lake, "raw/")),
        (
            1,
            actor
                .call("kms", "GenerateDataKey")
                .parameters(json!({ "keyId": data_key, "keySpec": "AES_256" }))
                .resource(&data_key, "AWS::KMS::Key")
                .need("kms:GenerateDataKey", &data_key),
        ),
        (
            1,
            actor
                .item("Scan", &format!("{app}-items"), json!({ "tableName": format!("{app}-items") }))
                .need("dynamodb:Scan", &actor.table(&format!("{app}-items"))),
        ),
        (2, actor.call("ssm", "GetParameter").parameters(Value::Null).throttled("ThrottlingException")),
        (
            1,
            actor
                .call("glue", "StartJobRun")
                .parameters(json!({ "jobName": format!("{app}-nightly") }))
                .need("glue:StartJobRun", &glue(&format!("job/{app}-nightly")))
                .denied_as_usual("AccessDeniedException"),
        ),
    ]
}

pub(super) fn backup(actor: &Actor, app: &str, rng: &mut Rng) -> Vec<(u64, Call)> {
    let place = &actor.place;
    let vault = format!("backup-{}", place.account);
    let key = format!("{app}/2026-05-{:02}.tar.zst", 1 + rng.below(8));
    let volume = format!("vol-0{}", rng.word(&["1f2e3d4c5b6a7988", "2e3d4c5b6a798877"]));
    vec![
        (
            3,
            actor
                .object("PutObject", &vault, &key, json!({ "x-amz-storage-class": "STANDARD_IA" }))
                .need("s3:PutObject", &object_pattern(&vault, &key)),
        ),
        (
            2,
            actor
                .call("ec2", "DescribeVolumes")
                .parameters(json!({ "volumeSet": {}, "filterSet": {} }))
                .need("ec2:DescribeVolumes", "*"),
        ),
        (
            2,
            actor
                .call("ec2", "CreateSnapshot")
                .parameters(json!({ "volumeId": volume, "description": app }))
                .response(json!({ "snapshotId": format!("snap-0{}", rng.hex(16)), "status": "pending" }))
                .need_each(
                    "ec2:CreateSnapshot",
                    &[
                        &format!("arn:aws:ec2:{}::snapshot/*", place.region),
                        &place.arn("ec2", &format!("volume/{volume}")),
                    ],
                ),
        ),
        (1, actor.call("ec2", "DescribeFrobnicators").parameters(json!({})).nothing("unknown-call")),
        (
            1,
            actor
                .object("GetObject", &vault, &key, json!({}))
                .need("s3:GetObject", &object_pattern(&vault, &key))
                .denied("AccessDenied", "Access Denied"),
        ),
    ]
}

pub(super) fn scaling(actor: &Actor, rng: &mut Rng) -> Vec<(u64, Call)> {
    let instance = format!("i-0{}", rng.word(&["d4e5f60718293a4b", "e5f60718293a4b5c"]));
    let arn = actor.place.arn("ec2", &format!("instance/{instance}"));
    let own = |call: Call| call.via("autoscaling.amazonaws.com");
    vec![
        (
            3,
            own(actor
                .call("ec2", "DescribeInstances")
                .parameters(json!({ "instancesSet": {} }))
                .need("ec2:DescribeInstances", "*")),
        ),
        (
            1,
            own(actor
                .call("ec2", "TerminateInstances")
                .parameters(json!({ "instancesSet": { "items": [{ "instanceId": instance }] } }))
                .need("ec2:TerminateInstances", &arn)),
        ),
    ]
}
