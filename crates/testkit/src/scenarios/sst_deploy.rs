//! A first deploy of an SST (v3) app, `storefront`, stage `production`: bootstrap, state, secrets, then each resource
//! by a direct call of the deploy role.

use serde_json::json;

use super::trust;
use crate::shapes::{Actor, bucket_arn, object_pattern};
use crate::{Call, Caller};

const STATE: &str = "sst-state-kdnhwmfc";
const ASSET: &str = "sst-asset-kdnhwmfc";
const SITE: &str = "storefront-production-siteassets-bdfhkmsw";
const ROLE: &str = "storefront-production-ApiHandlerRole-tnxubdce";
const FUNCTION: &str = "storefront-production-ApiHandler-tnxubdce";
const TABLE: &str = "storefront-production-OrdersTable-cfkvzhsd";
const QUEUE: &str = "storefront-production-OrdersQueue-mwcsxekf";
const TOPIC: &str = "storefront-production-OrdersTopic-dbhnmskw";
const BUS: &str = "storefront-production-BusBus-xvbcfmds";
const RULE: &str = "storefront-production-BusRule-swtfxhkn";
const API: &str = "x1y2z3a4b5";
const ZONE: &str = "Z0123456ABCDEFGHIJKL";
const DISTRIBUTION: &str = "E2ABCDEFGHIJKL";
const CERTIFICATE: &str = "certificate/2f1c0a9e-4b7d-4c55-8d61-0c9a7b6e5d43";

pub(super) fn calls() -> Vec<Call> {
    let deployer = Caller::role("arn:aws:iam::111122223333:role/sst/storefront-deploy").session("gha-8812345");
    let actor = Actor::new(deployer, "us-east-1");
    let mut calls = bootstrap(&actor);
    calls.extend(state(&actor));
    calls.extend(compute(&actor));
    calls.extend(site(&actor));
    calls.extend(messaging(&actor));
    calls.extend(api(&actor));
    calls.extend(refused(&actor));
    calls.extend(settle(&actor));
    calls
}

fn bootstrap(actor: &Actor) -> Vec<Call> {
    let parameter = |name: &str| actor.place.arn("ssm", &format!("parameter/sst/{name}"));
    let repository = actor.place.arn("ecr", "repository/sst-asset");
    let (marker, passphrase) = (parameter("bootstrap"), parameter("passphrase/storefront/production"));
    let secret = parameter("storefront/production/Secret/StripeKey/value");
    let mut calls = vec![
        actor.who_am_i(),
        actor
            .call("ssm", "GetParameters")
            .parameters(
                json!({ "names": ["/sst/bootstrap", "/sst/passphrase/storefront/production"], "withDecryption": true }),
            )
            .need_each("ssm:GetParameters", &[&marker, &passphrase]),
        actor
            .call("ssm", "GetParameter")
            .parameters(json!({ "name": "/sst/bootstrap", "withDecryption": false }))
            .need("ssm:GetParameter", &marker)
            .failed("ParameterNotFound", "Parameter /sst/bootstrap not found."),
    ];
    for bucket in [STATE, ASSET] {
        let arn = bucket_arn(bucket);
        calls.extend([
            actor.bucket("CreateBucket", bucket, json!({})).need("s3:CreateBucket", &arn),
            actor
                .bucket(
                    "PutBucketVersioning",
                    bucket,
                    json!({ "versioning": "", "VersioningConfiguration": { "Status": "Enabled" } }),
                )
                .need("s3:PutBucketVersioning", &arn),
            actor
                .bucket("PutBucketNotification", bucket, json!({ "notification": "", "NotificationConfiguration": {} }))
                .need("s3:PutBucketNotification", &arn),
            actor
                .bucket(
                    "PutBucketPolicy",
                    bucket,
                    json!({ "policy": "", "bucketPolicy": { "Version": "2012-10-17", "Statement": [] } }),
                )
                .need("s3:PutBucketPolicy", &arn),
        ]);
    }
    let put = |name: &str, arn: &str| {
        actor
            .call("ssm", "PutParameter")
            .parameters(json!({ "name": name, "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "type": "SecureString", "overwrite": true }))
            .response(json!({ "version": 1, "tier": "Standard" }))
            .resource(arn, "")
            .need("ssm:PutParameter", arn)
    };
    calls.extend([
        actor
            .call("ecr", "DescribeRepositories")
            .parameters(json!({ "repositoryNames": ["sst-asset"] }))
            .need("ecr:DescribeRepositories", &repository)
            .failed(
                "RepositoryNotFoundException",
                "The repository with name 'sst-asset' does not exist in the registry",
            ),
        actor
            .call("ecr", "CreateRepository")
            .parameters(json!({ "repositoryName": "sst-asset", "imageTagMutability": "MUTABLE" }))
            .resource(&repository, "AWS::ECR::Repository")
            .need("ecr:CreateRepository", &repository),
        put("/sst/bootstrap", &marker),
        put("/sst/passphrase/storefront/production", &passphrase),
        put("/sst/storefront/production/Secret/StripeKey/value", &secret),
        actor
            .call("ssm", "GetParameter")
            .parameters(json!({ "name": "/sst/storefront/production/Secret/StripeKey/value", "withDecryption": true }))
            .resource(&secret, "")
            .need("ssm:GetParameter", &secret),
        actor
            .call("ssm", "GetParameters")
            .parameters(
                json!({ "names": ["/sst/storefront/production/Secret/StripeKey/value"], "withDecryption": true }),
            )
            .need("ssm:GetParameters", &secret),
        actor
            .call("ssm", "GetParametersByPath")
            .parameters(json!({ "path": "/sst/storefront/production", "recursive": true, "withDecryption": true }))
            .need("ssm:GetParametersByPath", &parameter("storefront/production")),
        actor
            .call("ssm", "DeleteParameter")
            .parameters(json!({ "name": "/sst/storefront/production/Secret/OldKey/value" }))
            .need("ssm:DeleteParameter", &parameter("storefront/production/Secret/OldKey/value")),
    ]);
    calls
}

fn state(actor: &Actor) -> Vec<Call> {
    let mut calls = Vec::new();
    for (bucket, key) in [(STATE, "app/storefront/production.json"), (ASSET, "assets/0f3c2a.zip")] {
        let object = object_pattern(bucket, key);
        calls.extend([
            actor.list_objects(bucket, key.split('/').next().unwrap_or_default()),
            actor
                .object("HeadObject", bucket, key, json!({}))
                .need("s3:GetObject", &object)
                .event(|event| event.error_code("404").resources(Vec::new())),
            actor.object("PutObject", bucket, key, json!({})).need("s3:PutObject", &object),
            actor.object("GetObject", bucket, key, json!({})).need("s3:GetObject", &object),
        ]);
    }
    let lock = "lock/storefront/production.json";
    let stale = "assets/0f3c29.zip";
    calls.extend([
        actor.object("PutObject", STATE, lock, json!({})).need("s3:PutObject", &object_pattern(STATE, lock)),
        actor.object("DeleteObject", STATE, lock, json!({})).need("s3:DeleteObject", &object_pattern(STATE, lock)),
        actor.object("DeleteObject", ASSET, stale, json!({})).need("s3:DeleteObject", &object_pattern(ASSET, stale)),
        actor
            .call("iot", "DescribeEndpoint")
            .parameters(json!({ "endpointType": "iot:Data-ATS" }))
            .need("iot:DescribeEndpoint", "*"),
    ]);
    calls
}

fn compute(actor: &Actor) -> Vec<Call> {
    let role = actor.place.role(ROLE);
    let function = actor.place.arn("lambda", &format!("function:{FUNCTION}"));
    let layer = actor.place.arn("lambda", "layer:storefront-sharp");
    let repository = actor.place.arn("ecr", "repository/sst-asset");
    let on_role = |name: &str, extra: serde_json::Value| {
        let mut parameters = json!({ "roleName": ROLE });
        if let (Some(parameters), serde_json::Value::Object(extra)) = (parameters.as_object_mut(), extra) {
            parameters.extend(extra);
        }
        actor.global_call("iam", name).parameters(parameters).need(&format!("iam:{name}"), &role)
    };
    let on_function = |event: &str, action: &str, mut parameters: serde_json::Value| {
        if let Some(parameters) = parameters.as_object_mut() {
            parameters.insert("functionName".to_owned(), json!(FUNCTION));
        }
        actor.call("lambda", event).parameters(parameters).need(&format!("lambda:{action}"), &function)
    };
    let image = |name: &str| {
        actor
            .call("ecr", name)
            .parameters(json!({ "registryId": actor.place.account, "repositoryName": "sst-asset" }))
            .resource(&repository, "AWS::ECR::Repository")
            .need(&format!("ecr:{name}"), &repository)
    };
    vec![
        actor.call("ecr", "GetAuthorizationToken").need("ecr:GetAuthorizationToken", "*"),
        image("BatchCheckLayerAvailability"),
        image("InitiateLayerUpload"),
        image("UploadLayerPart"),
        image("CompleteLayerUpload"),
        image("PutImage"),
        on_role(
            "CreateRole",
            json!({
                "path": "/", "assumeRolePolicyDocument": trust("lambda.amazonaws.com"),
                "tags": [{ "key": "sst:app", "value": "storefront" }, { "key": "sst:stage", "value": "production" }],
            }),
        )
        .need("iam:TagRole", &role),
        on_role("PutRolePolicy", json!({ "policyName": "inline", "policyDocument": "{\"Version\":\"2012-10-17\",\"Statement\":[]}" })),
        on_role("AttachRolePolicy", json!({ "policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" })),
        on_role("GetRole", json!({})),
        on_role("ListRolePolicies", json!({})),
        on_role("ListAttachedRolePolicies", json!({})),
        actor
            .call("lambda", "PublishLayerVersion20181031")
            .parameters(json!({ "layerName": "storefront-sharp", "content": {}, "compatibleRuntimes": ["nodejs22.x"] }))
            .response(json!({ "layerArn": layer, "layerVersionArn": format!("{layer}:1"), "version": 1 }))
            .need("lambda:PublishLayerVersion", &layer),
        on_function(
            "CreateFunction20150331",
            "CreateFunction",
            json!({
                "runtime": "nodejs22.x", "role": role, "handler": "index.handler", "code": {}, "timeout": 20, "memorySize": 1024,
                "layers": [format!("{layer}:1")], "environment": {}, "tags": { "sst:app": "storefront", "sst:stage": "production" },
            }),
        )
        .need("lambda:TagResource", &function)
        .need("lambda:GetLayerVersion", &format!("{layer}:1"))
        .pass_role(&role, "lambda.amazonaws.com"),
        on_function("GetFunction20150331v2", "GetFunction", json!({})),
        on_function("CreateFunctionUrlConfig", "CreateFunctionUrlConfig", json!({ "authType": "NONE", "invokeMode": "BUFFERED" })),
        on_function(
            "AddPermission20150331v2",
            "AddPermission",
            json!({ "statementId": "public", "action": "lambda:InvokeFunctionUrl", "principal": "*", "functionUrlAuthType": "NONE" }),
        ),
        on_function("UpdateFunctionCode20150331v2", "UpdateFunctionCode", json!({ "publish": false, "dryRun": false })),
        on_function("GetFunctionConfiguration20150331v2", "GetFunctionConfiguration", json!({})),
    ]
}

fn site(actor: &Actor) -> Vec<Call> {
    let distribution = actor.place.global("cloudfront", &format!("distribution/{DISTRIBUTION}"));
    let zone = format!("arn:aws:route53:::hostedzone/{ZONE}");
    let certificate = actor.place.arn("acm", CERTIFICATE);
    let bucket = bucket_arn(SITE);
    let mut calls = vec![
        actor.bucket("CreateBucket", SITE, json!({})).need("s3:CreateBucket", &bucket),
        actor
            .bucket("PutBucketPublicAccessBlock", SITE, json!({ "publicAccessBlock": "" }))
            .need("s3:PutBucketPublicAccessBlock", &bucket),
        actor.bucket("PutBucketCors", SITE, json!({ "cors": "" })).need("s3:PutBucketCORS", &bucket),
        actor.bucket("PutBucketTagging", SITE, json!({ "tagging": "" })).need("s3:PutBucketTagging", &bucket),
        actor.bucket("PutBucketPolicy", SITE, json!({ "policy": "" })).need("s3:PutBucketPolicy", &bucket),
    ];
    for key in ["_assets/app.4f1c.js", "_assets/app.4f1c.css", "index.html"] {
        calls.push(actor.object("PutObject", SITE, key, json!({})).need("s3:PutObject", &object_pattern(SITE, key)));
    }
    calls.extend([
        actor
            .call("acm", "RequestCertificate")
            .parameters(json!({ "domainName": "shop.example.com", "validationMethod": "DNS" }))
            .response(json!({ "certificateArn": certificate }))
            .need("acm:RequestCertificate", "*"),
        actor
            .call("acm", "DescribeCertificate")
            .parameters(json!({ "certificateArn": certificate }))
            .need("acm:DescribeCertificate", &certificate),
        actor.global_call("route53", "ListHostedZones").need("route53:ListHostedZones", "*"),
        actor
            .global_call("route53", "ChangeResourceRecordSets")
            .parameters(json!({
                "hostedZoneId": ZONE,
                "changeBatch": { "changes": [{ "action": "UPSERT", "resourceRecordSet": { "name": "shop.example.com.", "type": "A" } }] },
            }))
            .response(json!({ "changeInfo": { "id": "/change/C01234567ABCDEFGHIJK", "status": "PENDING" } }))
            .need("route53:ChangeResourceRecordSets", &zone),
        actor
            .global_call("route53", "GetChange")
            .parameters(json!({ "id": "C01234567ABCDEFGHIJK" }))
            .need("route53:GetChange", "arn:aws:route53:::change/C01234567ABCDEFGHIJK"),
        actor
            .global_call("route53", "ListResourceRecordSets")
            .parameters(json!({ "hostedZoneId": ZONE }))
            .need("route53:ListResourceRecordSets", &zone),
        actor
            .global_call("cloudfront", "CreateOriginAccessControl2020_05_31")
            .parameters(json!({ "originAccessControlConfig": { "name": "storefront-production", "originAccessControlOriginType": "s3" } }))
            .need("cloudfront:CreateOriginAccessControl", "*"),
        actor
            .global_call("cloudfront", "CreateFunction2020_05_31")
            .parameters(json!({ "name": "storefront-production-router", "functionConfig": { "runtime": "cloudfront-js-2.0" } }))
            .need("cloudfront:CreateFunction", "*"),
        actor
            .global_call("cloudfront", "PublishFunction2020_05_31")
            .parameters(json!({ "name": "storefront-production-router", "ifMatch": "ETVPDKIKX0DER" }))
            .need("cloudfront:PublishFunction", &actor.place.global("cloudfront", "function/storefront-production-router")),
        actor
            .global_call("cloudfront", "CreateDistributionWithTags2020_05_31")
            .parameters(json!({ "distributionConfigWithTags": {
                "distributionConfig": { "callerReference": "storefront-production", "enabled": true, "aliases": { "quantity": 1, "items": ["shop.example.com"] } },
                "tags": { "items": [{ "key": "sst:app", "value": "storefront" }] },
            } }))
            .response(json!({ "distribution": { "id": DISTRIBUTION, "aRN": distribution, "status": "InProgress" } }))
            .need("cloudfront:CreateDistribution", "*")
            .need("cloudfront:TagResource", &actor.place.global("cloudfront", "distribution/*")),
        actor
            .global_call("cloudfront", "GetDistribution2020_05_31")
            .parameters(json!({ "id": DISTRIBUTION }))
            .need("cloudfront:GetDistribution", &distribution),
        actor
            .global_call("cloudfront", "CreateInvalidation2020_05_31")
            .parameters(json!({ "distributionId": DISTRIBUTION, "invalidationBatch": { "callerReference": "1", "paths": { "quantity": 1, "items": ["/*"] } } }))
            .need("cloudfront:CreateInvalidation", &distribution),
    ]);
    calls
}

fn messaging(actor: &Actor) -> Vec<Call> {
    let tags = json!([{ "key": "sst:app", "value": "storefront" }]);
    let table = actor.table(TABLE);
    let queue = actor.place.arn("sqs", QUEUE);
    let topic = actor.place.arn("sns", TOPIC);
    let rule = actor.place.arn("events", &format!("rule/{BUS}/{RULE}"));
    let function = actor.place.arn("lambda", &format!("function:{FUNCTION}"));
    let on_table = |name: &str| {
        actor
            .call("dynamodb", name)
            .parameters(json!({ "tableName": TABLE }))
            .resource(&table, "AWS::DynamoDB::Table")
            .need(&format!("dynamodb:{name}"), &table)
    };
    vec![
        actor
            .call("dynamodb", "CreateTable")
            .parameters(json!({
                "tableName": TABLE, "billingMode": "PAY_PER_REQUEST", "tags": tags,
                "attributeDefinitions": [{ "attributeName": "id", "attributeType": "S" }], "keySchema": [{ "attributeName": "id", "keyType": "HASH" }],
            }))
            .resource(&table, "AWS::DynamoDB::Table")
            .need("dynamodb:CreateTable", &table)
            .need("dynamodb:TagResource", &table),
        on_table("DescribeTable"),
        on_table("DescribeContinuousBackups"),
        on_table("UpdateTimeToLive"),
        actor
            .call("sqs", "CreateQueue")
            .parameters(json!({ "queueName": QUEUE, "attributes": { "VisibilityTimeout": "30" }, "tags": { "sst:app": "storefront" } }))
            .response(json!({ "queueUrl": actor.place.queue_url(QUEUE) }))
            .need("sqs:CreateQueue", &queue)
            .need("sqs:TagQueue", &queue),
        actor
            .call("sqs", "GetQueueAttributes")
            .parameters(json!({ "queueUrl": actor.place.queue_url(QUEUE), "attributeNames": ["All"] }))
            .need("sqs:GetQueueAttributes", &queue),
        actor
            .call("lambda", "CreateEventSourceMapping20150331")
            .parameters(json!({ "functionName": FUNCTION, "eventSourceArn": queue, "batchSize": 10 }))
            .need("lambda:CreateEventSourceMapping", "*"),
        actor
            .call("sns", "CreateTopic")
            .parameters(json!({ "name": TOPIC, "tags": tags }))
            .response(json!({ "topicArn": topic }))
            .need("sns:CreateTopic", &topic)
            .need("sns:TagResource", &topic),
        actor
            .call("sns", "Subscribe")
            .parameters(json!({ "topicArn": topic, "protocol": "lambda", "endpoint": function }))
            .need("sns:Subscribe", &topic),
        actor
            .call("events", "CreateEventBus")
            .parameters(json!({ "name": BUS }))
            .need("events:CreateEventBus", &actor.place.arn("events", &format!("event-bus/{BUS}"))),
        actor
            .call("events", "PutRule")
            .parameters(json!({ "name": RULE, "eventBusName": BUS, "eventPattern": "{\"source\":[\"storefront\"]}", "state": "ENABLED" }))
            .response(json!({ "ruleArn": rule }))
            .need("events:PutRule", &rule),
        actor
            .call("events", "PutTargets")
            .parameters(json!({ "rule": RULE, "eventBusName": BUS, "targets": [{ "id": "handler", "arn": function }] }))
            .response(json!({ "failedEntryCount": 0, "failedEntries": [] }))
            .need("events:PutTargets", &rule),
    ]
}

fn api(actor: &Actor) -> Vec<Call> {
    let path = |tail: &str| actor.place.api(&format!("/apis{tail}"));
    let child = |name: &str, input: &str, collection: &str| {
        actor
            .call("apigateway", name)
            .parameters(json!({ "apiId": API, input: {} }))
            .need("apigateway:POST", &path(&format!("/{API}/{collection}")))
    };
    let group = "/aws/vendedlogs/apis/storefront-production";
    let on_group = |name: &str, parameters| {
        actor
            .call("logs", name)
            .parameters(parameters)
            .need(&format!("logs:{name}"), &actor.place.arn("logs", &format!("log-group:{group}:*")))
    };
    vec![
        on_group("CreateLogGroup", json!({ "logGroupName": group })),
        on_group("PutRetentionPolicy", json!({ "logGroupName": group, "retentionInDays": 30 })),
        actor
            .call("logs", "DescribeLogGroups")
            .parameters(json!({ "logGroupNamePrefix": group }))
            .need("logs:DescribeLogGroups", "*"),
        actor
            .call("apigateway", "CreateApi")
            .parameters(json!({ "createApiInput": { "name": "storefront-production", "protocolType": "HTTP" } }))
            .response(json!({ "apiId": API }))
            .need("apigateway:POST", &path("")),
        child("CreateIntegration", "createIntegrationInput", "integrations"),
        child("CreateRoute", "createRouteInput", "routes"),
        child("CreateStage", "createStageInput", "stages"),
        actor
            .call("apigateway", "UpdateStage")
            .parameters(json!({ "apiId": API, "stageName": "$default", "updateStageInput": { "autoDeploy": true } }))
            .need("apigateway:PATCH", &path(&format!("/{API}/stages/${{$}}default"))),
        actor
            .call("apigateway", "GetApi")
            .parameters(json!({ "apiId": API }))
            .need("apigateway:GET", &path(&format!("/{API}"))),
    ]
}

fn refused(actor: &Actor) -> Vec<Call> {
    let secret = actor.place.arn("secretsmanager", "secret:storefront/production/stripe-??????");
    let who = actor.caller.session_arn();
    vec![
        actor.call("ec2", "DescribeVpcs").parameters(json!({ "vpcSet": {}, "filterSet": {} })).need("ec2:DescribeVpcs", "*").denied(
            "Client.UnauthorizedOperation",
            &format!(
                "You are not authorized to perform this operation. User: {who} is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action"
            ),
        ),
        actor
            .call("secretsmanager", "CreateSecret")
            .parameters(json!({ "name": "storefront/production/stripe", "clientRequestToken": "1f0d7c52-52a3-4c67-9d0b-3a7e54f1c801" }))
            .need("secretsmanager:CreateSecret", &secret)
            .denied(
                "AccessDenied",
                &format!(
                    "User: {who} is not authorized to perform: secretsmanager:CreateSecret on resource: storefront/production/stripe because no identity-based policy allows the secretsmanager:CreateSecret action"
                ),
            ),
    ]
}

fn settle(actor: &Actor) -> Vec<Call> {
    vec![
        actor
            .call("lambda", "GetFunction20150331v2")
            .parameters(json!({ "functionName": FUNCTION }))
            .need("lambda:GetFunction", &actor.place.arn("lambda", &format!("function:{FUNCTION}")))
            .throttled("TooManyRequestsException"),
        actor
            .object("PutObject", STATE, "app/storefront/production.json", json!({}))
            .need("s3:PutObject", &object_pattern(STATE, "app/storefront/production.json")),
    ]
}
