//! Whole proposals for small subjects.
#![expect(clippy::unwrap_used, reason = "the helpers of tests, too, may fail loudly")]

use std::collections::BTreeMap;

use tighten_catalog::Catalog;
use tighten_iam::quota::{self, PolicyKind};
use tighten_mapping::{Certainty, NoNeed};
use tighten_synthesis::{
    ConditionKeys, EntityPaths, FindingCode, How, Observed, Options, Proposal, Seen, Severity, Subject, Unmapped, Used,
    Want, generate, prove_generated,
};

fn used(action: &str, resources: &[&str]) -> Used {
    Used {
        action: action.parse().unwrap(),
        resources: resources.iter().map(|text| Observed::one(text.parse().unwrap())).collect(),
        context: ConditionKeys::new(),
        certainty: Certainty::Exact,
        rule: "resources".to_owned(),
        via: None,
        path_unknown: false,
        unsettled: Vec::new(),
        suspected: false,
        seen: Seen { count: 3, event_ids: vec!["e1".to_owned()], ..Seen::default() },
    }
}

fn passed(role: &str, to: &str) -> Used {
    let context = BTreeMap::from([("iam:PassedToService".to_owned(), [to.to_owned()].into())]);
    Used { context, rule: "pass-role:role".to_owned(), ..used("iam:PassRole", &[role]) }
}

fn subject(principal: &str, needs: Vec<Used>) -> Subject {
    Subject {
        principal: principal.parse().unwrap(),
        name_only: false,
        needs,
        wants: Vec::new(),
        unmapped: Vec::new(),
        mostly_refused: None,
    }
}

fn proposed(subject: &Subject, paths: &EntityPaths, options: &Options) -> Proposal {
    let proposal = generate(Catalog::embedded(), subject, paths, options);
    prove_generated(&proposal, &subject.needs, paths).unwrap();
    proposal
}

fn role(needs: Vec<Used>) -> Proposal {
    proposed(&subject("arn:aws:iam::111122223333:role/app", needs), &EntityPaths::default(), &Options::default())
}

fn codes(proposal: &Proposal) -> Vec<FindingCode> {
    proposal.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_policy_reads_by_service_and_access_level() {
    let objects = "arn:aws:s3:::app-assets/index.html";
    let proposal = role(vec![
        used("s3:PutObject", &[objects]),
        used("s3:GetObject", &[objects]),
        used("s3:ListBucket", &["arn:aws:s3:::app-assets"]),
        used("dynamodb:UpdateItem", &["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"]),
        used("dynamodb:PutItem", &["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"]),
        passed("arn:aws:iam::111122223333:role/fn", "lambda.amazonaws.com"),
        passed("arn:aws:iam::111122223333:role/task", "ecs-tasks.amazonaws.com"),
    ]);
    let [document] = proposal.documents.as_slice() else { panic!("{proposal:?}") };
    let expected = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "DynamoDBWrite",
            "Effect": "Allow",
            "Action": [
                "dynamodb:PutItem",
                "dynamodb:UpdateItem"
            ],
            "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
        },
        {
            "Sid": "IamPassRoleToEcsTasks",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::111122223333:role/task",
            "Condition": {
                "StringEquals": {
                    "iam:PassedToService": "ecs-tasks.amazonaws.com"
                }
            }
        },
        {
            "Sid": "IamPassRoleToLambda",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::111122223333:role/fn",
            "Condition": {
                "StringEquals": {
                    "iam:PassedToService": "lambda.amazonaws.com"
                }
            }
        },
        {
            "Sid": "S3ReadBucket",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::app-assets"
        },
        {
            "Sid": "S3ReadObject",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::app-assets/index.html"
        },
        {
            "Sid": "S3Write",
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::app-assets/index.html"
        }
    ]
}"#;
    assert_eq!(document.to_string_pretty(), expected);
    assert!(proposal.findings.is_empty());
}

#[test]
fn suspicions_and_refusals_grant_nothing() {
    let suspected = Used { suspected: true, ..passed("arn:aws:iam::111122223333:role/x", "glue.amazonaws.com") };
    let mut subject = subject("arn:aws:iam::111122223333:role/app", vec![suspected]);
    subject.wants.push(Want {
        action: "s3:DeleteBucket".to_owned(),
        origin: "both",
        error_code: "AccessDenied".to_owned(),
        reason: None,
        via: None,
        resources: vec!["arn:aws:s3:::app".parse().unwrap()],
        named: Vec::new(),
        seen: Seen { count: 2, ..Seen::default() },
    });
    subject.unmapped.push(Unmapped {
        call: "new.amazonaws.com/DoThing".to_owned(),
        reason: NoNeed::UnknownCall,
        seen: Seen { count: 1, ..Seen::default() },
    });
    let proposal = proposed(&subject, &EntityPaths::default(), &Options::default());
    assert!(proposal.documents.is_empty());
    assert!(proposal.evidence.iter().all(|evidence| evidence.granted.is_empty()));
    assert_eq!(
        codes(&proposal),
        [
            FindingCode::PassRoleSuspected,
            FindingCode::UnmappedCall,
            FindingCode::DeniedCall,
            FindingCode::NoPermissionsUsed
        ]
    );
    assert_eq!(proposal.wants, subject.wants);
}

#[test]
fn a_name_without_its_path_is_completed_or_guessed() {
    let need = Used { path_unknown: true, ..used("iam:GetRole", &["arn:aws:iam::111122223333:role/deploy"]) };
    let guessed = role(vec![need.clone()]);
    let resources = |proposal: &Proposal| {
        proposal.documents[0].statements[0].resource.entries().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        resources(&guessed),
        ["arn:aws:iam::111122223333:role/*/deploy", "arn:aws:iam::111122223333:role/deploy"]
    );
    assert_eq!(codes(&guessed), [FindingCode::PathUnknown]);

    let mut paths = EntityPaths::default();
    paths.learn_principal(&"arn:aws:iam::111122223333:role/ci/deploy".parse().unwrap());
    let known = proposed(&subject("arn:aws:iam::111122223333:role/app", vec![need]), &paths, &Options::default());
    assert_eq!(resources(&known), ["arn:aws:iam::111122223333:role/ci/deploy"]);
    assert!(known.findings.is_empty());
}

#[test]
fn what_is_not_sure_is_told() {
    let unresolved = Used { certainty: Certainty::Unresolved, ..used("ssm:PutParameter", &["*"]) };
    let exact = used("ssm:PutParameter", &["arn:aws:ssm:eu-west-1:111122223333:parameter/app/a"]);
    let profile = Used {
        rule: "pass-role:instance-profile:iamInstanceProfile.name".to_owned(),
        path_unknown: true,
        ..passed("arn:aws:iam::111122223333:role/web", "ec2.amazonaws.com")
    };
    let through = Used { via: Some("athena.amazonaws.com".to_owned()), ..used("glue:GetTable", &["*"]) };
    let proposal = role(vec![unresolved, exact, profile, through]);
    assert_eq!(
        codes(&proposal),
        [
            FindingCode::PassRoleProfileUnknown,
            FindingCode::UnresolvedResource,
            FindingCode::PathUnknown,
            FindingCode::ViaService
        ]
    );
    let text = proposal.documents[0].to_string_compact();
    assert!(text.contains(r#""Action":"ssm:PutParameter","Resource":"*""#), "{text}");
}

#[test]
fn whole_types_are_told_by_what_the_action_does() {
    let by_type = |action: &str, resource: &str, rule: &str| Used {
        certainty: Certainty::ByType,
        rule: rule.to_owned(),
        ..used(action, &[resource])
    };
    let functions = "arn:aws:lambda:eu-west-1:111122223333:function:*";
    let proposal = role(vec![
        by_type("lambda:UpdateFunctionCode", functions, "type"),
        by_type("lambda:UpdateFunctionCode", "arn:aws:lambda:eu-central-1:111122223333:function:*", "type"),
        by_type("lambda:TagResource", functions, "type"),
        by_type("lambda:GetFunction", functions, "type"),
        by_type("lambda:CreateFunction", functions, "created"),
        by_type("ec2:CreateTags", "arn:aws:ec2:eu-west-1:111122223333:volume/*", "tag-on-create:created"),
        used("ec2:CreateVolume", &["arn:aws:ec2:eu-west-1:111122223333:volume/*"]),
    ]);
    let told: Vec<(&str, Severity)> =
        proposal.findings.iter().map(|finding| (finding.facts["action"].as_str().unwrap(), finding.severity)).collect();
    assert_eq!(
        told,
        [
            ("lambda:TagResource", Severity::Warning),
            ("lambda:UpdateFunctionCode", Severity::Warning),
            ("lambda:GetFunction", Severity::Info)
        ]
    );
    let update = &proposal.findings[1];
    assert_eq!(update.code, FindingCode::ResourceByType);
    assert_eq!((update.facts["resources"].as_array().map(Vec::len), &update.facts["count"]), (Some(2), &6.into()));
    assert_eq!(update.facts["event_ids"], serde_json::json!(["e1"]));
}

#[test]
fn a_crowd_of_names_is_told_once_for_all_its_actions() {
    let functions: Vec<String> =
        (0..40).map(|n| format!("arn:aws:lambda:eu-west-1:111122223333:function:app-{n}")).collect();
    let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
    let keys: Vec<String> = (0..40).map(|n| format!("arn:aws:s3:::app/k{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let proposal = role(vec![
        used("lambda:GetFunction", &functions),
        used("lambda:UpdateFunctionCode", &functions[..30]),
        used("lambda:AddPermission", &functions),
        used("s3:GetObject", &keys),
    ]);
    let [finding] = proposal.findings.as_slice() else { panic!("{:?}", proposal.findings) };
    assert_eq!((finding.code, finding.severity), (FindingCode::ResourceWidened, Severity::Warning));
    assert_eq!(finding.facts["reason"], "crowded");
    assert_eq!(finding.facts["count"], 40);
    assert_eq!(finding.facts["actions"], serde_json::json!(["lambda:GetFunction", "lambda:UpdateFunctionCode"]));
    assert_eq!(finding.facts["resources"], serde_json::json!(["arn:aws:lambda:eu-west-1:111122223333:function:app-*"]));
    assert_eq!(finding.facts["samples"].as_array().map(Vec::len), Some(5));
    let text = proposal.documents[0].to_string_compact();
    assert!(text.contains(r#""arn:aws:s3:::app/*""#) && text.contains("function:app-39"), "{text}");
}

#[test]
fn a_guessed_role_is_called_a_guess_that_is_granted() {
    let profile = Used {
        rule: "pass-role:instance-profile:iamInstanceProfile.name".to_owned(),
        certainty: Certainty::ByType,
        ..passed("arn:aws:iam::111122223333:role/web", "ec2.amazonaws.com")
    };
    let proposal = role(vec![profile]);
    assert_eq!(codes(&proposal), [FindingCode::PassRoleProfileUnknown]);
    assert_eq!(proposal.findings[0].facts["roles"], serde_json::json!(["arn:aws:iam::111122223333:role/web"]));
    assert!(proposal.documents[0].to_string_compact().contains("arn:aws:iam::111122223333:role/web"));
}

#[test]
fn root_and_the_roles_of_services_get_no_documents() {
    let need = || vec![used("s3:GetObject", &["arn:aws:s3:::b/k"])];
    for (arn, code) in [
        ("arn:aws:iam::111122223333:root", FindingCode::RootUser),
        (
            "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            FindingCode::ServiceLinkedRole,
        ),
    ] {
        let proposal = proposed(&subject(arn, need()), &EntityPaths::default(), &Options::default());
        assert!(proposal.documents.is_empty() && !proposal.has_policies);
        assert_eq!(codes(&proposal), [code]);
        assert_eq!(proposal.evidence.len(), 1);
    }
    let sso = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef";
    let proposal = proposed(&subject(sso, need()), &EntityPaths::default(), &Options::default());
    assert_eq!((proposal.documents.len(), codes(&proposal)), (1, vec![FindingCode::AwsManagedSsoRole]));
}

#[test]
fn too_much_for_one_document_is_split_and_too_much_for_all_is_told() {
    let roles = |count: usize| -> Vec<Used> {
        let arns: Vec<String> =
            (0..count).map(|n| format!("arn:aws:iam::111122223333:role/team/service-number-{n:05}")).collect();
        let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
        vec![used("sts:AssumeRole", &arns), used("sts:TagSession", &arns[..1])]
    };
    let split = role(roles(300));
    assert!((2..=4).contains(&split.documents.len()));
    assert!(split.documents.iter().all(|document| quota::size(document) <= 6_144));
    assert_eq!(codes(&split), [FindingCode::PolicySplit]);

    let exceeded = role(roles(3_000));
    assert_eq!(codes(&exceeded), [FindingCode::QuotaExceeded, FindingCode::PolicySplit]);
    assert_eq!(exceeded.findings[0].severity, Severity::Error);

    let inline = Options { kind: PolicyKind::InlineRole, ..Options::default() };
    let inline = proposed(&subject("arn:aws:iam::111122223333:role/app", roles(300)), &EntityPaths::default(), &inline);
    assert_eq!((inline.documents.len(), codes(&inline)), (1, vec![FindingCode::QuotaExceeded]));
}

#[test]
fn evidence_leads_from_every_need_to_its_grants() {
    let first = used("ec2:StopInstances", &["arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0"]);
    let second = Used {
        via: Some("autoscaling.amazonaws.com".to_owned()),
        ..used("ec2:StopInstances", &["arn:aws:ec2:eu-central-1:111122223333:instance/i-0a123456789bcdef0"])
    };
    let proposal = role(vec![second, first]);
    assert_eq!(proposal.evidence.len(), 2);
    for (evidence, region) in proposal.evidence.iter().zip(["eu-west-1", "eu-central-1"]) {
        let [granted] = evidence.granted.as_slice() else { panic!("{evidence:?}") };
        assert_eq!(granted.pattern.as_str(), format!("arn:aws:ec2:{region}:111122223333:instance/*"));
        assert_eq!((granted.how, granted.behind.count), (How::Minted, 1));
        assert_eq!(granted.behind.samples, [evidence.observed[0].pattern.to_string()]);
        assert_eq!(evidence.seen.event_ids, ["e1"]);
    }
}

#[test]
fn types_left_open_are_granted_where_aws_requires_them_and_told_where_not() {
    let seen = Seen { count: 1, regions: vec!["eu-west-1".to_owned()], ..Seen::default() };
    let unsettled = ["image", "key-pair", "subnet"].map(str::to_owned).to_vec();
    let template = "arn:aws:ec2:eu-west-1:111122223333:launch-template/lt-0123456789abcdef0";
    let need = Used { certainty: Certainty::ByType, unsettled, seen, ..used("ec2:RunInstances", &[template]) };
    let suspected =
        Used { suspected: true, ..Used { unsettled: vec!["job".to_owned()], ..used("batch:SubmitJob", &["*"]) } };
    let proposal = role(vec![need, suspected]);
    let statement = &proposal.documents[0].statements[0];
    let resources: Vec<&str> = statement.resource.entries().iter().map(tighten_iam::ResourceEntry::as_str).collect();
    assert_eq!(resources, [template, "arn:aws:ec2:eu-west-1:111122223333:subnet/*", "arn:aws:ec2:eu-west-1::image/*"]);
    assert_eq!(proposal.evidence.iter().filter(|evidence| evidence.granted.len() == 3).count(), 1);
    let told: Vec<_> = proposal.findings.iter().filter(|finding| finding.code == FindingCode::UnsettledType).collect();
    let [finding] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(finding.facts["types"], serde_json::json!(["key-pair"]));
    assert_eq!(finding.facts["granted_types"], serde_json::json!(["image", "subnet"]));
    // The resource that was named is no whole type.
    assert!(proposal.findings.iter().all(|finding| finding.code != FindingCode::ResourceByType));
}
