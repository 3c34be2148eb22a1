//! What records say about permissions.

use std::sync::OnceLock;

use serde_json::{Value, json};
use tighten_catalog::Catalog;
use tighten_fuzz::{Choices, json as edits, seeds, text};
use tighten_mapping::Mapper;
use tighten_testkit::naive;
use tighten_trail::{DeniedResource, Limits, Reader, denial};
use tighten_usage::{Fold, FoldOptions, judge};

use crate::trails::WORDS;

/// Records of every kind of call that the fixtures hold.
fn calls() -> &'static [Value] {
    static CALLS: OnceLock<Vec<Value>> = OnceLock::new();
    CALLS.get_or_init(|| {
        let trails = ["sst-deploy/trail", "jets-deploy/trail", "ci-pass-role/trail", "data-plane-worker/trail"];
        let files = trails.iter().flat_map(|trail| seeds::files(trail).unwrap());
        files.flat_map(|bytes| naive::records(&naive::inflate(&bytes).unwrap()).unwrap()).collect()
    })
}

fn mapper() -> &'static Mapper {
    static MAPPER: OnceLock<Mapper> = OnceLock::new();
    MAPPER.get_or_init(|| Mapper::new(Catalog::embedded()))
}

/// Calls with any parameters are judged, always the same, and needs are ones that a policy can say.
pub(crate) fn judging(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let words: Vec<&str> = WORDS.iter().copied().chain(PARAMETERS).collect();
    let record = edits::document(&mut choices, calls(), &words).unwrap();
    let text = format!("{{\"Records\":[{}]}}", edits::print(&mut choices, &record));
    let mut judged = 0;
    let report = Reader::new().read_bytes("x.json", text.as_bytes(), &Limits::default(), &mut |event| {
        judged += 1;
        let found = judge(&event, mapper());
        assert_eq!(found, judge(&event, mapper()), "{text}");
        for need in found.needs() {
            for resource in &need.resources {
                let printed = resource.to_string();
                assert_eq!(printed.parse::<tighten_iam::ResourcePattern>().unwrap(), *resource, "{printed}\n{text}");
            }
        }
    });
    let fold = Fold::new(FoldOptions::default(), mapper());
    let mut worker = fold.worker();
    worker.read_bytes("x.json", text.as_bytes());
    let usage = worker.finish().into_usage();
    assert_eq!((report.records, usage.counts.records), (judged, judged), "{text}");
}

const PARAMETERS: [&str; 24] = [
    "bucketName",
    "key",
    "roleName",
    "roleArn",
    "functionName",
    "tableName",
    "queueUrl",
    "name",
    "instancesSet",
    "items",
    "instanceId",
    "resourceArn",
    "tagSpecificationSet",
    "tags",
    "policyArn",
    "iamInstanceProfile",
    "*",
    "a/b:c*?${aws:username}",
    "arn:aws:s3:::b/*",
    "arn:aws:sqs:us-east-1:111122223333:q",
    "https://sqs.us-east-1.amazonaws.com/111122223333/q",
    "arn:",
    "arn:aws:::::",
    "i-0123456789abcdef0",
];

const MESSAGES: [&str; 10] = [
    "User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/k\" because no identity-based policy allows the s3:GetObject action",
    "User: arn:aws:iam::111122223333:user/u is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/x with an explicit deny in a service control policy",
    "You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/u is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:us-east-1:111122223333:instance/* because no permissions boundary allows the ec2:RunInstances action. Encoded authorization failure message: abcDEF_-123",
    "User: arn:aws:iam::111122223333:user/u is not authorized to perform: iam:GetRole on resource: role deploy",
    "Access Denied",
    "AccessDenied when calling kms:Decrypt",
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
    "User is not authorized to access this resource with an explicit deny",
    "not authorized to perform: sts:AssumeRole on resource: *",
    "is not authorized to perform: on resource: because",
];

/// Whatever a refusal's message says, nothing is read out of it that does not stand in it.
pub(crate) fn refusals(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let message = choices.word(&MESSAGES);
    let mut message = text::mangle_text(&mut choices, message, 4);
    if choices.chance(20) {
        message.push_str(choices.word(&MESSAGES));
    }
    let code =
        choices.word(&["AccessDenied", "Client.UnauthorizedOperation", "VpceAccessDenied", "AccessDeniedException"]);
    let record = json!({
        "eventVersion": "1.09", "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "errorCode": code,
        "errorMessage": message,
    });
    let mut seen = 0;
    let text = record.to_string();
    Reader::new().read_bytes("x.json", text.as_bytes(), &Limits::default(), &mut |event| {
        seen += 1;
        let Some(denial) = denial(&event) else { panic!("no refusal: {message:?}") };
        let resource = match &denial.resource {
            Some(DeniedResource::Any) | None => None,
            Some(DeniedResource::Arn(text) | DeniedResource::Name(text) | DeniedResource::Iam { name: text, .. }) => {
                Some(text.clone())
            }
        };
        for part in [&denial.action, &denial.user, &denial.encoded, &resource].into_iter().flatten() {
            assert!(!part.is_empty() && message.contains(part.as_str()), "{part:?} of {message:?}");
        }
    });
    assert_eq!(seen, 1);
}
