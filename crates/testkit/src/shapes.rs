//! How CloudTrail writes the calls that several trails share, with what each of them needs.

use serde_json::{Map, Value, json};

use crate::{Call, Caller, Place, escape};

/// One caller in one place: the start of a call.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Who calls.
    pub caller: Caller,
    /// Where.
    pub place: Place,
}

impl Actor {
    /// An actor from its caller, at work in this region of the caller's account.
    pub fn new(caller: Caller, region: &str) -> Self {
        let place = Place::new(caller.account(), region);
        Self { caller, place }
    }

    /// A call by this actor.
    pub fn call(&self, service: &str, name: &str) -> Call {
        Call::new(service, name).by(&self.caller, &self.place)
    }

    /// A call of a service that records everything in `us-east-1`.
    pub fn global_call(&self, service: &str, name: &str) -> Call {
        self.call(service, name).event(|event| event.region("us-east-1"))
    }

    /// `sts:GetCallerIdentity`, which needs no permission.
    pub fn who_am_i(&self) -> Call {
        self.call("sts", "GetCallerIdentity").nothing("no-permission")
    }

    /// A management call on a bucket. `extra` holds the call's own parameters.
    pub fn bucket(&self, name: &str, bucket: &str, extra: Value) -> Call {
        let mut parameters = self.s3_parameters(bucket);
        merge(&mut parameters, extra);
        self.call("s3", name)
            .parameters(Value::Object(parameters))
            .event(|event| event.additional(s3_data(0)))
            .resource(&bucket_arn(bucket), "AWS::S3::Bucket")
    }

    /// A data event on an object. `extra` holds headers and query parameters.
    pub fn object(&self, name: &str, bucket: &str, key: &str, extra: Value) -> Call {
        let mut parameters = self.s3_parameters(bucket);
        merge(&mut parameters, extra);
        parameters.insert("key".to_owned(), json!(key));
        self.call("s3", name)
            .data()
            .parameters(Value::Object(parameters))
            .event(|event| event.additional(s3_data(2048)))
            .resource(&format!("{}/{key}", bucket_arn(bucket)), "AWS::S3::Object")
            .resource(&bucket_arn(bucket), "AWS::S3::Bucket")
    }

    /// `ListObjectsV2`, which CloudTrail calls `ListObjects`.
    pub fn list_objects(&self, bucket: &str, prefix: &str) -> Call {
        self.bucket("ListObjects", bucket, json!({ "list-type": "2", "prefix": prefix, "encoding-type": "url" }))
            .data()
            .event(|event| {
                event.resources(vec![
                    json!({ "type": "AWS::S3::Object", "ARNPrefix": format!("{}/{prefix}", bucket_arn(bucket)) }),
                    json!({ "accountId": self.place.account, "type": "AWS::S3::Bucket", "ARN": bucket_arn(bucket) }),
                ])
            })
            .need("s3:ListBucket", &bucket_arn(bucket))
    }

    /// A data event on an item of a table; the needs are the caller's to state.
    pub fn item(&self, name: &str, table: &str, parameters: Value) -> Call {
        let arn = self.table(table);
        self.call("dynamodb", name).data().parameters(parameters).resource(&arn, "AWS::DynamoDB::Table")
    }

    /// A table's ARN.
    pub fn table(&self, name: &str) -> String {
        self.place.arn("dynamodb", &format!("table/{name}"))
    }

    /// A data event on a queue, told by its URL.
    pub fn queue_message(&self, name: &str, queue: &str, extra: Value) -> Call {
        let mut parameters = Map::new();
        parameters.insert("queueUrl".to_owned(), json!(self.place.queue_url(queue)));
        merge(&mut parameters, extra);
        self.call("sqs", name)
            .data()
            .parameters(Value::Object(parameters))
            .resource(&self.place.arn("sqs", queue), "AWS::SQS::Queue")
    }

    /// A call on a KMS key by a service for the caller; only `resources` tells the key.
    pub fn key_through(&self, name: &str, key: &str, via: &str, context: &Value) -> Call {
        let arn = self.place.arn("kms", &format!("key/{key}"));
        self.call("kms", name)
            .parameters(json!({ "encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT" }))
            .resource(&arn, "AWS::KMS::Key")
            .via(via)
            .need(&format!("kms:{name}"), &arn)
    }

    fn s3_parameters(&self, bucket: &str) -> Map<String, Value> {
        let mut parameters = Map::new();
        parameters.insert("bucketName".to_owned(), json!(bucket));
        parameters.insert("Host".to_owned(), json!(self.place.bucket_host(bucket)));
        parameters
    }
}

/// A bucket's ARN.
pub fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

/// An object's ARN as a policy names it.
pub fn object_pattern(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{}", escape(key))
}

fn s3_data(bytes: u32) -> Value {
    json!({
        "SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "bytesTransferredIn": 0,
        "AuthenticationMethod": "AuthHeader", "bytesTransferredOut": bytes,
    })
}

fn merge(parameters: &mut Map<String, Value>, extra: Value) {
    if let Value::Object(extra) = extra {
        parameters.extend(extra);
    }
}
