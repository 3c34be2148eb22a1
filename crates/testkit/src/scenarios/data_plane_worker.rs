//! A media worker that lives on data events: objects, items and messages, with keys used by services on its behalf.

use serde_json::{Value, json};

use crate::shapes::{Actor, bucket_arn, object_pattern};
use crate::{Call, Caller, escape};

const IN: &str = "media-in-444455556666";
const OUT: &str = "media-out-444455556666";
const ITEMS: &str = "media-items";
const USERS: &str = "media-users";
const JOBS: &str = "media-jobs";
const RESULTS: &str = "media-results";
const SECRETS_KEY: &str = "0f1e2d3c-4b5a-4c6d-8e7f-001122334455";
const MEDIA_KEY: &str = "1a2b3c4d-5e6f-4a7b-9c8d-66778899aabb";

pub(super) fn calls() -> Vec<Call> {
    let worker = Caller::role("arn:aws:iam::444455556666:role/workers/media-worker").session("5e1f0c7a9b8d4e2f");
    let actor = Actor::new(worker, "us-east-1");
    let mut calls = secrets(&actor);
    calls.extend(messages(&actor));
    calls.extend(objects(&actor));
    calls.extend(items(&actor));
    calls.extend(refused(&actor));
    calls
}

fn secrets(actor: &Actor) -> Vec<Call> {
    let secret = actor.place.arn("secretsmanager", "secret:media/database-x7Kq2P");
    let media_key = actor.place.arn("kms", &format!("key/{MEDIA_KEY}"));
    vec![
        actor
            .call("secretsmanager", "GetSecretValue")
            .parameters(json!({ "secretId": secret }))
            .need("secretsmanager:GetSecretValue", &secret),
        actor.key_through("Decrypt", SECRETS_KEY, "secretsmanager.amazonaws.com", &json!({ "SecretARN": secret })),
        actor
            .call("secretsmanager", "GetSecretValue")
            .parameters(json!({ "secretId": "media/api-token" }))
            .need("secretsmanager:GetSecretValue", &actor.place.arn("secretsmanager", "secret:media/api-token-??????")),
        actor
            .call("kms", "GenerateDataKey")
            .parameters(json!({ "keyId": media_key, "keySpec": "AES_256" }))
            .resource(&media_key, "AWS::KMS::Key")
            .need("kms:GenerateDataKey", &media_key),
        actor
            .call("kms", "Encrypt")
            .parameters(json!({ "keyId": "alias/media", "encryptionAlgorithm": "SYMMETRIC_DEFAULT" }))
            .resource(&media_key, "AWS::KMS::Key")
            .need("kms:Encrypt", &media_key),
    ]
}

fn messages(actor: &Actor) -> Vec<Call> {
    let (jobs, results) = (actor.place.arn("sqs", JOBS), actor.place.arn("sqs", RESULTS));
    let entries = json!({ "entries": [{ "id": "0" }, { "id": "1" }] });
    vec![
        actor.call("sqs", "GetQueueUrl").parameters(json!({ "queueName": JOBS })).need("sqs:GetQueueUrl", &jobs),
        actor
            .queue_message("ReceiveMessage", JOBS, json!({ "maxNumberOfMessages": 10 }))
            .need("sqs:ReceiveMessage", &jobs),
        actor.key_through("Decrypt", MEDIA_KEY, "sqs.amazonaws.com", &json!({ "aws:sqs:arn": jobs })),
        actor
            .queue_message("ChangeMessageVisibility", JOBS, json!({ "visibilityTimeout": 60 }))
            .need("sqs:ChangeMessageVisibility", &jobs),
        actor
            .queue_message("ChangeMessageVisibilityBatch", JOBS, entries.clone())
            .need("sqs:ChangeMessageVisibility", &jobs),
        actor.queue_message("DeleteMessage", JOBS, json!({})).need("sqs:DeleteMessage", &jobs),
        actor.queue_message("DeleteMessageBatch", JOBS, entries.clone()).need("sqs:DeleteMessage", &jobs),
        actor
            .queue_message("SendMessage", RESULTS, json!({ "messageBody": "HIDDEN_DUE_TO_SECURITY_REASONS" }))
            .need("sqs:SendMessage", &results),
        actor.queue_message("SendMessageBatch", RESULTS, entries).need("sqs:SendMessage", &results),
        actor.key_through("GenerateDataKey", MEDIA_KEY, "sqs.amazonaws.com", &json!({ "aws:sqs:arn": results })),
    ]
}

fn objects(actor: &Actor) -> Vec<Call> {
    let read = |key: &str, extra: Value| actor.object("GetObject", IN, key, extra);
    let write = |name: &str, key: &str, extra: Value| {
        actor.object(name, OUT, key, extra).need("s3:PutObject", &object_pattern(OUT, key))
    };
    let odd = "reports/2026*final$.csv";
    let version = "3HL4kqtJvjVBH40Nrjfkd";
    let mut calls = vec![
        actor.bucket("HeadBucket", IN, json!({})).data().need("s3:ListBucket", &bucket_arn(IN)),
        actor.list_objects(IN, "raw/"),
        actor
            .bucket("ListObjectVersions", IN, json!({ "versions": "", "prefix": "raw/" }))
            .data()
            .need("s3:ListBucketVersions", &bucket_arn(IN)),
        read("raw/clip-7.mov", json!({})).need("s3:GetObject", &object_pattern(IN, "raw/clip-7.mov")),
        read("raw/clip-8.mov", json!({ "versionId": version }))
            .need("s3:GetObjectVersion", &object_pattern(IN, "raw/clip-8.mov")),
        actor
            .object("HeadObject", IN, "raw/clip-9.mov", json!({}))
            .need("s3:GetObject", &object_pattern(IN, "raw/clip-9.mov")),
        // The key holds the characters that mean something in a policy.
        read(odd, json!({})).need("s3:GetObject", &format!("arn:aws:s3:::{IN}/{}", escape(odd))),
        read("raw/gone.mov", json!({}))
            .need("s3:GetObject", &object_pattern(IN, "raw/gone.mov"))
            .failed("NoSuchKey", "The specified key does not exist."),
        actor
            .object("GetObjectTagging", IN, "raw/clip-7.mov", json!({ "tagging": "" }))
            .need("s3:GetObjectTagging", &object_pattern(IN, "raw/clip-7.mov")),
        write("PutObject", "done/clip-7.mp4", json!({})),
        actor.key_through(
            "GenerateDataKey",
            MEDIA_KEY,
            "s3.amazonaws.com",
            &json!({ "aws:s3:arn": format!("{}/done/clip-7.mp4", bucket_arn(OUT)) }),
        ),
        write("PutObject", "done/clip-8.mp4", json!({ "x-amz-acl": "bucket-owner-full-control" }))
            .need("s3:PutObjectAcl", &object_pattern(OUT, "done/clip-8.mp4")),
        write("PutObject", "done/clip-9.mp4", json!({ "x-amz-tagging": "codec=av1" }))
            .need("s3:PutObjectTagging", &object_pattern(OUT, "done/clip-9.mp4")),
    ];
    for name in ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] {
        let query = if name == "UploadPart" {
            json!({ "partNumber": "1", "uploadId": "u-1" })
        } else {
            json!({ "uploads": "" })
        };
        calls.push(write(name, "done/feature.mp4", query));
    }
    calls.extend([
        actor
            .object("AbortMultipartUpload", OUT, "done/broken.mp4", json!({ "uploadId": "u-2" }))
            .need("s3:AbortMultipartUpload", &object_pattern(OUT, "done/broken.mp4")),
        copy(actor, "archive/clip-7.mov", "raw/clip-7.mov", None)
            .need("s3:GetObject", &object_pattern(IN, "raw/clip-7.mov")),
        copy(actor, "archive/clip-8.mov", "raw/clip-8.mov", Some(version))
            .need("s3:GetObjectVersion", &object_pattern(IN, "raw/clip-8.mov")),
        actor
            .object("DeleteObject", IN, "raw/clip-7.mov", json!({}))
            .need("s3:DeleteObject", &object_pattern(IN, "raw/clip-7.mov")),
        actor
            .object("DeleteObject", IN, "raw/clip-8.mov", json!({ "versionId": version }))
            .need("s3:DeleteObjectVersion", &object_pattern(IN, "raw/clip-8.mov")),
    ]);
    calls
}

/// `CopyObject` from the first bucket to the second; S3 lists both objects and both buckets.
fn copy(actor: &Actor, to: &str, from: &str, version: Option<&str>) -> Call {
    let query = version.map(|version| format!("?versionId={version}")).unwrap_or_default();
    actor
        .object("CopyObject", OUT, to, json!({ "x-amz-copy-source": format!("{IN}/{from}{query}") }))
        .resource(&format!("{}/{from}", bucket_arn(IN)), "AWS::S3::Object")
        .resource(&bucket_arn(IN), "AWS::S3::Bucket")
        .need("s3:PutObject", &object_pattern(OUT, to))
}

fn items(actor: &Actor) -> Vec<Call> {
    let (table, users) = (actor.table(ITEMS), actor.table(USERS));
    let plain = |name: &str| {
        actor
            .item(name, ITEMS, json!({ "tableName": ITEMS, "key": { "id": "clip-7" } }))
            .need(&format!("dynamodb:{name}"), &table)
    };
    let statement = |text: &str, action: &str| {
        actor.item("ExecuteStatement", ITEMS, json!({ "statement": text })).need(&format!("dynamodb:{action}"), &table)
    };
    vec![
        plain("GetItem"),
        plain("PutItem"),
        plain("UpdateItem"),
        plain("Query"),
        // A query of an index is authorised on the index, though the record names the table alone.
        actor
            .item("Query", ITEMS, json!({ "tableName": ITEMS, "indexName": "by-owner", "keyConditionExpression": "#o = :o" }))
            .need("dynamodb:Query", &format!("{table}/index/by-owner")),
        actor
            .item("BatchGetItem", ITEMS, json!({ "requestItems": { ITEMS: { "keys": [{ "id": "clip-7" }] }, USERS: { "keys": [{ "id": "ines" }] } } }))
            .resource(&users, "AWS::DynamoDB::Table")
            .need_each("dynamodb:BatchGetItem", &[&table, &users]),
        actor
            .item("BatchWriteItem", ITEMS, json!({ "requestItems": { ITEMS: [{ "putRequest": { "key": { "id": "clip-8" } } }] } }))
            .need("dynamodb:BatchWriteItem", &table),
        actor
            .item(
                "TransactWriteItems",
                ITEMS,
                json!({ "requestItems": [
                    { "operation": "Put", "tableName": ITEMS, "key": { "id": "clip-9" } },
                    { "operation": "Update", "tableName": USERS, "key": { "id": "ines" } },
                    { "operation": "Delete", "tableName": ITEMS, "key": { "id": "clip-1" } },
                    { "operation": "ConditionCheck", "tableName": USERS, "key": { "id": "omar" } },
                ] }),
            )
            .resource(&users, "AWS::DynamoDB::Table")
            .need("dynamodb:PutItem", &table)
            .need("dynamodb:UpdateItem", &users)
            .need("dynamodb:DeleteItem", &table)
            .need("dynamodb:ConditionCheckItem", &users),
        actor
            .item("TransactGetItems", USERS, json!({ "requestItems": [{ "operation": "Get", "tableName": USERS, "key": { "id": "ines" } }] }))
            .need("dynamodb:GetItem", &users),
        statement("SELECT * FROM \"media-items\" WHERE \"id\" = 'clip-7'", "PartiQLSelect"),
        statement("INSERT INTO \"media-items\" VALUE {'id': 'clip-10', 'codec': ***(Redacted)}", "PartiQLInsert"),
        statement("UPDATE \"media-items\" SET \"codec\" = ***(Redacted) WHERE \"id\" = 'clip-10'", "PartiQLUpdate"),
        plain("PutItem").throttled("ProvisionedThroughputExceededException"),
    ]
}

fn refused(actor: &Actor) -> Vec<Call> {
    let elsewhere = object_pattern("media-legal-444455556666", "holds/2026.json");
    vec![
        actor
            .object("GetObject", "media-legal-444455556666", "holds/2026.json", json!({}))
            .need("s3:GetObject", &elsewhere)
            .denied("AccessDenied", "Access Denied"),
        actor
            .object("DeleteObject", OUT, "done/clip-7.mp4", json!({}))
            .need("s3:DeleteObject", &object_pattern(OUT, "done/clip-7.mp4"))
            .denied(
                "AccessDenied",
                &format!(
                    "User: {} is not authorized to perform: s3:DeleteObject on resource: \"arn:aws:s3:::{OUT}/done/clip-7.mp4\" because no identity-based policy allows the s3:DeleteObject action",
                    actor.caller.session_arn()
                ),
            ),
        actor
            .item("DeleteItem", USERS, json!({ "tableName": USERS, "key": { "id": "omar" } }))
            .need("dynamodb:DeleteItem", &actor.table(USERS))
            .denied_as_usual("AccessDenied"),
        actor
            .call("kms", "Decrypt")
            .parameters(Value::Null)
            .need("kms:Decrypt", &actor.place.arn("kms", "key/9f8e7d6c-5b4a-4938-8271-605f4e3d2c1b"))
            .denied_as_usual("AccessDenied"),
    ]
}
