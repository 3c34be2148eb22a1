//! The embedded rules, looked up as a program does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tighten_catalog::{Catalog, Confidence, On, Rules, Visibility};
use tighten_iam::ActionName;

fn rules() -> &'static Rules {
    Catalog::embedded().rules()
}

fn visibility(action: &str) -> Visibility {
    rules().visibility(&action.parse().unwrap())
}

#[test]
fn event_sources_lead_to_prefixes_by_their_first_label() {
    for (source, prefix) in [
        ("s3.amazonaws.com", "s3"),
        ("EC2.amazonaws.com", "ec2"),
        ("lambda.amazonaws.com.cn", "lambda"),
        ("execute-api.amazonaws.com", "execute-api"),
    ] {
        assert_eq!(rules().prefix(source), Some(prefix), "{source}");
    }
    for unknown in ["nonesuch.amazonaws.com", "s3.example.com", "", "amazonaws.com"] {
        assert_eq!(rules().prefix(unknown), None, "{unknown}");
    }
}

#[test]
fn event_sources_that_differ_from_their_prefix_have_a_rule() {
    for (source, prefix) in [
        ("monitoring.amazonaws.com", "cloudwatch"),
        ("tagging.amazonaws.com", "tag"),
        ("streams.dynamodb.amazonaws.com", "dynamodb"),
        ("rdsdata.amazonaws.com", "rds-data"),
    ] {
        assert_eq!(rules().prefix(source), Some(prefix), "{source}");
    }
    assert_eq!(rules().prefix("signin.amazonaws.com"), None);
    assert!(rules().source_without_permissions("signin.amazonaws.com").is_some());
}

#[test]
fn every_rule_names_actions_and_types_that_exist() {
    let catalog = Catalog::embedded();
    let mut needs = 0;
    for call in rules().calls() {
        assert_eq!(call.needs.is_empty(), call.none.is_some(), "{}", call.id);
        assert!(!call.evidence.is_empty(), "{}", call.id);
        let (source, name) = call.id.split_once('/').unwrap();
        assert_eq!(rules().call(&source.to_uppercase(), &name.to_uppercase()), Some(call));
        for need in &call.needs {
            needs += 1;
            let action = catalog.action(&need.action).unwrap_or_else(|| panic!("{}: {}", call.id, need.action));
            if let Some(On::Type(types)) = &need.on {
                assert!(types.iter().all(|kind| action.resource(kind).is_some()), "{}: {types:?}", call.id);
            }
        }
    }
    assert!(needs > 200, "{needs}");
}

#[test]
fn headers_of_an_upload_ask_for_more() {
    let put = rules().call("s3.amazonaws.com", "putobject").unwrap();
    let action = |need: &tighten_catalog::NeedRule| need.action.to_string();
    assert_eq!(put.needs.iter().find(|need| need.when.is_empty()).map(action).as_deref(), Some("s3:PutObject"));
    assert!(put.needs.iter().any(|need| action(need) == "s3:PutObjectAcl" && !need.when.is_empty()));
}

#[test]
fn dated_names_are_undated_for_services_that_date_them() {
    assert_eq!(rules().undated("lambda.amazonaws.com", "ListFunctions20150331"), Some("ListFunctions"));
    assert_eq!(rules().undated("lambda.amazonaws.com", "AddPermission20150331v2"), Some("AddPermission"));
    assert_eq!(rules().undated("elasticbeanstalk.amazonaws.com", "CreateEnvironmentEC2"), None);
}

#[test]
fn passing_a_role_to_a_function_is_known_for_sure() {
    let [row] = rules().pass_roles("lambda", "createfunction") else { panic!("one row") };
    assert_eq!((row.params[0].path.as_str(), row.confidence), ("role", Confidence::High));
    assert_eq!(row.passed_to, ["lambda.amazonaws.com"]);
    assert!(rules().pass_roles("lambda", "Invoke").is_empty());
}

#[test]
fn tagging_while_creating_takes_the_tagging_action() {
    let rows = rules().tag_on_create("ec2", "RunInstances");
    let create_tags: ActionName = "ec2:CreateTags".parse().unwrap();
    assert!(rows.iter().any(|row| row.action == create_tags && row.context_key.as_deref() == Some("ec2:CreateAction")));
    assert!(rules().tag_on_create("ec2", "DescribeInstances").is_empty());
}

#[test]
fn resource_rules_are_found_by_type_and_operation() {
    let queue = rules().aliases("sqs", "SendMessage", "queue", "QueueName").next().unwrap();
    assert_eq!(queue.params[0].path.to_ascii_lowercase(), "queueurl");
    assert!(rules().minted("ec2", "volume") && !rules().minted("s3", "bucket"));
    assert_eq!(rules().self_call("iam", "GetUser").unwrap().resource_type, "user");
    let ids = rules().id_prefixes();
    assert!(ids.iter().any(|id| (id.id.as_str(), id.resource_type.as_str()) == ("i-", "instance")));
    assert!(ids.is_sorted_by(|a, b| a.id.len() >= b.id.len()));
}

#[test]
fn visibility_tells_management_data_and_never_apart() {
    assert_eq!(visibility("ec2:RunInstances"), Visibility::Management);
    for action in ["s3:GetObject", "s3:ListBucket"] {
        let Visibility::Data { resource_types } = visibility(action) else { panic!("{action}") };
        assert!(resource_types.iter().any(|kind| kind == "AWS::S3::Object"), "{action}");
    }
    assert!(matches!(visibility("iam:PassRole"), Visibility::Never { inferred_from: Some(_), .. }));
    assert!(matches!(visibility("cloudsearch:search"), Visibility::Never { inferred_from: None, .. }));
    assert!(!rules().data_events().is_empty());
}

#[test]
fn visibility_says_where_nobody_knows() {
    for action in ["robomaker:CreateRobot", "lex:PostText", "signin:CreateOAuth2Token", "states:InvokeHTTPEndpoint"] {
        assert_eq!(visibility(action), Visibility::Unknown, "{action}");
    }
    for action in ["cloudformation:CreateUploadBucket", "ecr:ReplicateImage", "iam:GetAccountName"] {
        assert_eq!(visibility(action), Visibility::NoKnownCall, "{action}");
    }
    assert!(matches!(visibility("sts:GetCallerIdentity"), Visibility::NotChecked { .. }));
    let parents = |action: &str| rules().checked_by(&action.parse().unwrap());
    assert_eq!(parents("states:RevealSecrets"), ["states.amazonaws.com/TestState"]);
    assert!(parents("s3:PutAccessPointPublicAccessBlock").contains(&"s3.amazonaws.com/CreateAccessPoint".to_owned()));
    assert!(parents("s3:AllowVendedLogDeliveryForResource").contains(&"logs.amazonaws.com/CreateDelivery".to_owned()));
    assert!(parents("s3:GetObject").is_empty());
    for (action, kind) in [
        ("quicksight:CreateFlow", "AWS::QuickSight::Flow"),
        ("glue:GetTables", "AWS::Glue::Table"),
        ("bedrock:InvokeModel", "AWS::Bedrock::Model"),
    ] {
        let Visibility::Either { resource_types } = visibility(action) else { panic!("{action}") };
        assert!(resource_types.iter().any(|named| named == kind), "{action}: {resource_types:?}");
    }
    for action in ["apigateway:POST", "ec2:CreateTags", "s3:ListAllMyBuckets", "sso:CreatePermissionSet", "kms:Decrypt"]
    {
        assert_eq!(visibility(action), Visibility::Management, "{action}");
    }
}

#[test]
fn the_main_resource_type_comes_first() {
    let Visibility::Data { resource_types } = visibility("s3:GetObject") else { panic!("data events") };
    assert_eq!(resource_types.first().map(String::as_str), Some("AWS::S3::Object"));
    assert_eq!(rules().data_event("AWS::S3::AccessPoint").unwrap().through.as_deref(), Some("AWS::S3::Object"));
    assert!(rules().data_event("AWS::S3::Bucket").is_none());
}

#[test]
fn actions_lead_to_the_calls_that_show_them() {
    let calls = |action: &str| -> Vec<String> {
        let calls = Catalog::embedded().calls_showing(&action.parse().unwrap());
        calls.into_iter().map(|call| format!("{}/{}", call.event_source, call.event_name)).collect()
    };
    assert_eq!(calls("kms:Decrypt"), ["kms.amazonaws.com/Decrypt"]);
    for (action, call) in [
        ("s3:GetObject", "s3.amazonaws.com/HeadObject"),
        ("s3:ListBucket", "s3.amazonaws.com/ListObjects"),
        ("rds-data:ExecuteStatement", "rdsdata.amazonaws.com/ExecuteStatement"),
        ("cloudwatch:PutDashboard", "monitoring.amazonaws.com/PutDashboard"),
        ("iam:PassRole", "lambda.amazonaws.com/CreateFunction"),
        ("ec2:CreateTags", "ec2.amazonaws.com/RunInstances"),
        ("ec2:CreateTags", "ec2.amazonaws.com/CreateTags"),
        ("sts:TagSession", "sts.amazonaws.com/AssumeRole"),
        ("apigateway:POST", "apigateway.amazonaws.com/CreateRestApi"),
    ] {
        assert!(calls(action).iter().any(|found| found == call), "{action}: {:?}", calls(action));
    }
    assert!(calls("iam:PassRole").len() > 400);
    assert!(calls("robomaker:CreateRobot").is_empty() && calls("rds-db:connect").is_empty());
}

#[test]
fn what_is_called_a_management_event_has_a_call_that_shows_it() {
    let catalog = Catalog::embedded();
    let mut management = 0;
    for service in catalog.services() {
        for action in &service.actions {
            let name = ActionName::new(service.prefix, action.name).unwrap();
            if matches!(rules().visibility(&name), Visibility::Management | Visibility::Either { .. }) {
                management += 1;
                assert!(!catalog.calls_showing(&name).is_empty(), "{name}");
            }
        }
    }
    assert!(management > 17_000, "{management}");
}

#[test]
fn services_are_recorded_under_their_event_sources() {
    assert_eq!(rules().event_sources("kms"), ["kms.amazonaws.com"]);
    assert!(rules().event_sources("cloudwatch").contains(&"monitoring.amazonaws.com".to_owned()));
    assert!(rules().event_sources("application-autoscaling").contains(&"autoscaling.amazonaws.com".to_owned()));
    assert!(rules().event_sources("nonesuch").is_empty());
}

#[test]
fn opaque_parameters_are_known_by_source_and_name() {
    for (source, parameter, expected) in [
        ("kms.amazonaws.com", "encryptionContext", true),
        ("KMS.amazonaws.com.cn", "EncryptionContext", true),
        ("kms.amazonaws.com", "keyId", false),
        ("s3.amazonaws.com", "encryptionContext", false),
        ("s3.amazonaws.com", "nextToken", true),
        ("sts.amazonaws.com", "roleSessionName", true),
        ("sts.amazonaws.com", "roleArn", false),
    ] {
        assert_eq!(rules().is_opaque(source, parameter), expected, "{source} {parameter}");
    }
}
