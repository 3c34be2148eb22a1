//! Who calls and what is called are in one partition, also where a region is all that tells it.

#![cfg(test)]

use serde_json::json;
use tighten_catalog::Catalog;
use tighten_iam::{Partition, Principal};
use tighten_mapping::{Call, Mapper};
use tighten_trail::{Identity, Limits, Reader, identify};

/// A region of each partition.
const REGIONS: [(&str, &str); 8] = [
    ("ap-southeast-2", "aws"),
    ("cn-northwest-1", "aws-cn"),
    ("us-gov-east-1", "aws-us-gov"),
    ("us-iso-west-1", "aws-iso"),
    ("us-isob-east-1", "aws-iso-b"),
    ("eu-isoe-west-1", "aws-iso-e"),
    ("us-isof-east-1", "aws-iso-f"),
    ("eusc-de-east-1", "aws-eusc"),
];

fn caller(region: &str) -> Principal {
    let record = json!({
        "eventSource": "sqs.amazonaws.com", "eventName": "GetQueueUrl", "awsRegion": region, "recipientAccountId": "111122223333",
        "userIdentity": {"type": "AssumedRole", "accountId": "111122223333", "sessionContext": {
            "sessionIssuer": {"type": "Role", "userName": "deploy"}}},
    });
    let mut found = None;
    Reader::new().read_bytes("x.json", record.to_string().as_bytes(), &Limits::default(), &mut |event| {
        found = Some(identify(&event));
    });
    let Some(Identity::Principal { principal, .. }) = found else { panic!("{region}: {found:?}") };
    principal
}

#[test]
fn a_region_puts_caller_and_resource_in_one_partition() {
    let mapper = Mapper::new(Catalog::embedded());
    let parameters = serde_json::value::to_raw_value(&json!({"queueName": "jobs"})).unwrap();
    for (region, partition) in REGIONS {
        assert_eq!(caller(region).to_string(), format!("arn:{partition}:iam::111122223333:role/deploy"));
        let call = Call {
            event_source: "sqs.amazonaws.com",
            event_name: "GetQueueUrl",
            region,
            account: "111122223333",
            principal: None,
            parameters: Some(&parameters),
            resources: None,
            error_code: None,
            named: None,
        };
        let answer = mapper.needs(&call);
        let resources: Vec<String> =
            answer.needs().iter().flat_map(|need| need.resources.iter().map(ToString::to_string)).collect();
        assert_eq!(resources, [format!("arn:{partition}:sqs:{region}:111122223333:jobs")]);
    }
    let named: Vec<&str> = REGIONS.iter().map(|(_, partition)| *partition).collect();
    assert_eq!(named, Partition::all().map(Partition::as_str).collect::<Vec<_>>());
}
