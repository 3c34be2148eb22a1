//! CloudFormation's handlers: the generated table and the rows by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use tighten_catalog::{Catalog, HandlerVerb, HandlerVerbs, Rules};

const GENERATED: &str = include_str!("../handlers.tsv");
const LEFT_OUT: &str = include_str!("../handlers_left_out.tsv");

fn rules() -> &'static Rules {
    Catalog::embedded().rules()
}

fn calls(resource_type: &str, verb: HandlerVerb) -> Vec<String> {
    rules().handlers(resource_type).unwrap().calls(verb).map(ToString::to_string).collect()
}

#[test]
fn the_handlers_of_a_queue_are_those_that_aws_publishes() {
    assert_eq!(
        calls("AWS::SQS::Queue", HandlerVerb::Create),
        ["sqs:CreateQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags", "sqs:TagQueue"]
    );
    assert_eq!(calls("AWS::SQS::Queue", HandlerVerb::Read), ["sqs:GetQueueAttributes", "sqs:ListQueueTags"]);
    assert_eq!(
        calls("AWS::SQS::Queue", HandlerVerb::Update),
        ["sqs:GetQueueAttributes", "sqs:ListQueueTags", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"]
    );
    assert_eq!(calls("AWS::SQS::Queue", HandlerVerb::Delete), ["sqs:DeleteQueue", "sqs:GetQueueAttributes"]);
    assert_eq!(calls("AWS::SQS::Queue", HandlerVerb::Tag), ["sqs:ListQueueTags", "sqs:TagQueue", "sqs:UntagQueue"]);
    assert_eq!(rules().handlers("AWS::SQS::Queue").unwrap().name_property(), Some("QueueName"));
    assert!(rules().handlers("AWS::SQS::Frobnicator").is_none());
}

/// Operations that the published lists name are replaced by the actions that they are checked as.
#[test]
fn operations_in_the_lists_are_replaced_by_their_actions() {
    let update = calls("AWS::S3::Bucket", HandlerVerb::Update);
    assert!(update.iter().any(|action| action == "s3:PutEncryptionConfiguration"));
    assert!(update.iter().all(|action| action != "s3:DeleteBucketEncryption"));
    assert!(calls("AWS::S3::Bucket", HandlerVerb::Read).iter().any(|action| action == "s3:GetBucketWebsite"));
}

#[test]
fn wildcards_are_resolved_within_the_service_or_left_out() {
    let read = calls("AWS::DynamoDB::GlobalTable", HandlerVerb::Read);
    assert!(read.iter().any(|action| action == "dynamodb:DescribeTable"), "{read:?}");
    let lake: Vec<&str> =
        LEFT_OUT.lines().filter_map(|line| line.strip_prefix("AWS::SecurityLake::DataLake\t")).collect();
    assert_eq!(lake, ["events:*", "glue:*", "lakeformation:*", "lambda:*", "organizations:*", "s3:*", "sqs:*"]);
}

#[test]
fn every_generated_line_is_there_and_every_action_exists() {
    let catalog = Catalog::embedded();
    let mut actions = BTreeSet::new();
    for line in GENERATED.lines() {
        let [kind, name, listed] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let handlers = rules().handlers(kind).unwrap();
        assert_eq!(handlers.name_property().unwrap_or("-"), name, "{kind}");
        assert_eq!(handlers.evidence(), None, "{kind}");
        let letters = |verbs: HandlerVerbs| verbs.iter().map(HandlerVerb::letter).collect::<String>();
        let unpacked: Vec<String> =
            handlers.actions().map(|(action, verbs)| format!("{action}={}", letters(verbs))).collect();
        let mut expected: Vec<&str> = listed.split(' ').collect();
        expected.sort_by_key(|one| one.to_ascii_lowercase());
        let mut unpacked: Vec<&str> = unpacked.iter().map(String::as_str).collect();
        unpacked.sort_by_key(|one| one.to_ascii_lowercase());
        assert_eq!(unpacked, expected, "{kind}");
        for (action, _) in handlers.actions() {
            assert!(catalog.action(action).is_some(), "{kind}: {action}");
            actions.insert(action);
        }
    }
    let by_hand = rules().all_handlers().filter(|handlers| handlers.evidence().is_some()).count();
    assert_eq!((GENERATED.lines().count(), rules().all_handlers().count()), (1_490, 1_490 + by_hand));
    assert!(by_hand >= 40 && actions.len() > 7_800, "{by_hand} {}", actions.len());
}

#[test]
fn a_type_without_published_handlers_has_a_row() {
    assert_eq!(calls("AWS::Route53::RecordSet", HandlerVerb::Read), ["route53:ListResourceRecordSets"]);
    assert!(rules().handlers("AWS::Route53::RecordSet").unwrap().evidence().is_some());
    assert_eq!(calls("AWS::IAM::AccessKey", HandlerVerb::Delete), ["iam:DeleteAccessKey"]);
    assert_eq!(rules().handlers("AWS::CDK::Metadata").unwrap().actions().count(), 0);
}

#[test]
fn what_is_called_only_with_certain_properties_says_which() {
    let scopes = rules().handler_scopes("AWS::Lambda::Function");
    let code =
        scopes.iter().find(|scope| scope.actions.iter().any(|action| action.to_string() == "s3:GetObject")).unwrap();
    assert_eq!(code.properties, ["Code.S3Bucket"]);
    assert_eq!(code.on, ["arn:${Partition}:s3:::${Code.S3Bucket}/${Code.S3Key/*}"]);
    assert!(rules().handler_scopes("AWS::SQS::Queue").is_empty());
    let rule = rules().physical_resource("AWS::Events::Rule").unwrap();
    assert_eq!(rule.resources, [("events".to_owned(), "rule-on-default-event-bus".to_owned())]);
}
