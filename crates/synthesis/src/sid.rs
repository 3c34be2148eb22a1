//! Names for statements, from what they give.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::{AccessLevel, Catalog};
use tighten_iam::legal_sid;

use crate::block::{Block, level};
use crate::generalise::name_of;

/// How AWS writes the names of services whose prefix does not show where words begin.
const BRANDS: [(&str, &str); 31] = [
    ("apigateway", "ApiGateway"),
    ("appsync", "AppSync"),
    ("autoscaling", "AutoScaling"),
    ("cloudformation", "CloudFormation"),
    ("cloudfront", "CloudFront"),
    ("cloudtrail", "CloudTrail"),
    ("cloudwatch", "CloudWatch"),
    ("codeartifact", "CodeArtifact"),
    ("codebuild", "CodeBuild"),
    ("codecommit", "CodeCommit"),
    ("codeconnections", "CodeConnections"),
    ("codedeploy", "CodeDeploy"),
    ("codepipeline", "CodePipeline"),
    ("dynamodb", "DynamoDB"),
    ("elasticache", "ElastiCache"),
    ("elasticbeanstalk", "ElasticBeanstalk"),
    ("elasticfilesystem", "ElasticFileSystem"),
    ("elasticloadbalancing", "ElasticLoadBalancing"),
    ("elasticmapreduce", "ElasticMapReduce"),
    ("guardduty", "GuardDuty"),
    ("imagebuilder", "ImageBuilder"),
    ("lakeformation", "LakeFormation"),
    ("quicksight", "QuickSight"),
    ("route53resolver", "Route53Resolver"),
    ("sagemaker", "SageMaker"),
    ("secretsmanager", "SecretsManager"),
    ("securityhub", "SecurityHub"),
    ("servicecatalog", "ServiceCatalog"),
    ("servicediscovery", "ServiceDiscovery"),
    ("servicequotas", "ServiceQuotas"),
    ("stepfunctions", "StepFunctions"),
];

/// Longest part of a `Sid` that is taken from resource names or condition values.
const HINT: usize = 40;

/// A `Sid` for each block, all different: what it gives, and as much of what it gives it on as it takes to tell blocks
/// apart.
pub(crate) fn sids(catalog: &'static Catalog, blocks: &[Block]) -> Vec<String> {
    let bases: Vec<String> = blocks.iter().map(|block| base(catalog, block)).collect();
    let mut alike: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, base) in bases.iter().enumerate() {
        alike.entry(base).or_default().push(index);
    }
    let mut sids = bases.clone();
    for (base, members) in alike.into_iter().filter(|(_, members)| members.len() > 1) {
        let hints: Vec<Hint> =
            members.iter().filter_map(|index| blocks.get(*index)).map(|block| Hint::of(catalog, block)).collect();
        for (index, words) in members.into_iter().zip(tell_apart(&hints)) {
            if let Some(sid) = sids.get_mut(index) {
                *sid = format!("{base}{words}");
            }
        }
    }
    unique(sids)
}

/// What blocks of the same base are on.
#[derive(Debug, Default)]
struct Hint {
    kind: String,
    name: String,
}

impl Hint {
    fn of(catalog: &'static Catalog, block: &Block) -> Self {
        if block.is_unrestricted() {
            return Self { kind: "Any".to_owned(), name: String::new() };
        }
        let (mut kinds, mut names) = (BTreeSet::new(), BTreeSet::new());
        let action = block.actions.first();
        for (action, resource) in block.resources.iter().filter_map(|resource| Some((action?, resource))) {
            let (kind, name) = name_of(catalog, action, resource);
            kinds.insert(kind.map(legal_sid).unwrap_or_default());
            names.insert(short(&name));
        }
        let only = |set: BTreeSet<String>| {
            if set.len() == 1 { set.into_iter().next().unwrap_or_default() } else { String::new() }
        };
        Self { kind: only(kinds), name: only(names) }
    }
}

/// The fewest words that make all of them different, or the most words that there are.
fn tell_apart(hints: &[Hint]) -> Vec<String> {
    let ways: [fn(&Hint) -> String; 3] =
        [|hint| hint.kind.clone(), |hint| hint.name.clone(), |hint| format!("{}{}", hint.name, hint.kind)];
    let mut words = Vec::new();
    for way in ways {
        words = hints.iter().map(way).collect();
        let different: BTreeSet<&String> = words.iter().collect();
        if different.len() == words.len() {
            break;
        }
    }
    words
}

/// Numbers what is still alike.
fn unique(sids: Vec<String>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut out = Vec::with_capacity(sids.len());
    for sid in sids {
        let numbered = (2_usize..).map(|number| format!("{sid}{number}"));
        let free = std::iter::once(sid.clone()).chain(numbered).find(|sid| !taken.contains(sid)).unwrap_or(sid);
        taken.insert(free.clone());
        out.push(free);
    }
    out
}

/// Service, access level and condition: `S3Read`, `IamPassRoleToLambda`.
fn base(catalog: &Catalog, block: &Block) -> String {
    let service = if block.service.is_empty() { "Account".to_owned() } else { brand(&block.service) };
    let levels: BTreeSet<AccessLevel> = block.actions.iter().map(|action| level(catalog, action)).collect();
    let mut actions = block.actions.iter();
    let what = match (actions.next(), actions.next()) {
        (Some(only), None) if levels.contains(&AccessLevel::PermissionsManagement) || !block.condition.is_empty() => {
            legal_sid(only.name())
        }
        _ => levels_of(&levels),
    };
    format!("{service}{what}{}", condition(block))
}

fn levels_of(levels: &BTreeSet<AccessLevel>) -> String {
    let has = |level| levels.contains(&level);
    let mut words = String::new();
    if has(AccessLevel::List) || has(AccessLevel::Read) {
        words.push_str("Read");
    }
    match (has(AccessLevel::Write), has(AccessLevel::Tagging)) {
        (true, _) => words.push_str("Write"),
        (false, true) => words.push_str("Tag"),
        (false, false) => {}
    }
    if has(AccessLevel::PermissionsManagement) {
        words.push_str("Permissions");
    }
    words
}

fn condition(block: &Block) -> String {
    let parts = block.condition.iter().map(|(key, values)| {
        let services = values.iter().map(|value| value.split('.').next().unwrap_or(value));
        match key.as_str() {
            "iam:PassedToService" => format!("To{}", short(&services.collect::<Vec<_>>().join(" "))),
            "ec2:CreateAction" => format!("On{}", short(&values.iter().cloned().collect::<Vec<_>>().join(" "))),
            key => format!("By{}", short(key.split_once(':').map_or(key, |(_, name)| name))),
        }
    });
    parts.collect()
}

fn brand(service: &str) -> String {
    BRANDS
        .iter()
        .find(|(prefix, _)| *prefix == service)
        .map_or_else(|| legal_sid(service), |(_, brand)| (*brand).to_owned())
}

fn short(words: &str) -> String {
    legal_sid(words).chars().take(HINT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::used::ConditionKeys;

    fn block(actions: &[&str], resources: &[&str], condition: &[(&str, &str)]) -> Block {
        Block {
            service: actions[0].split(':').next().unwrap().to_owned(),
            class: None,
            condition: condition
                .iter()
                .map(|(key, value)| ((*key).to_owned(), BTreeSet::from([(*value).to_owned()])))
                .collect::<ConditionKeys>(),
            resources: resources.iter().map(|text| text.parse().unwrap()).collect(),
            actions: actions.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    fn named(blocks: &[Block]) -> Vec<String> {
        let sids = sids(Catalog::embedded(), blocks);
        assert!(sids.iter().all(|sid| sid.bytes().all(|b| b.is_ascii_alphanumeric())));
        sids
    }

    #[test]
    fn a_sid_says_what_is_given() {
        assert_eq!(
            named(&[
                block(&["s3:GetObject", "s3:ListBucket"], &["arn:aws:s3:::a"], &[]),
                block(&["dynamodb:PutItem", "dynamodb:Query"], &["*"], &[]),
                block(
                    &["iam:PassRole"],
                    &["arn:aws:iam::1:role/r"],
                    &[("iam:PassedToService", "lambda.amazonaws.com")]
                ),
                block(&["ec2:CreateTags"], &["*"], &[("ec2:CreateAction", "RunInstances")]),
                block(&["lambda:AddPermission"], &["*"], &[]),
                block(&["sqs:SendMessage"], &["*"], &[]),
                block(&["ecs:TagResource"], &["*"], &[]),
            ]),
            [
                "S3Read",
                "DynamoDBReadWrite",
                "IamPassRoleToLambda",
                "Ec2CreateTagsOnRunInstances",
                "LambdaAddPermission",
                "SqsWrite",
                "EcsTag"
            ]
        );
    }

    #[test]
    fn it_says_on_what_where_it_must() {
        assert_eq!(
            named(&[
                block(&["s3:GetObject"], &["arn:aws:s3:::app-assets/*"], &[]),
                block(&["s3:ListBucket"], &["arn:aws:s3:::app-assets"], &[]),
                block(&["s3:ListAllMyBuckets"], &["*"], &[]),
                block(&["sqs:SendMessage"], &["arn:aws:sqs:r:1:jobs"], &[]),
                block(&["sqs:DeleteMessage"], &["arn:aws:sqs:r:1:mail"], &[]),
            ]),
            ["S3ReadObject", "S3ReadBucket", "S3ReadAny", "SqsWriteJobs", "SqsWriteMail"]
        );
    }

    #[test]
    fn what_stays_alike_is_numbered() {
        let both = ["arn:aws:sqs:r:1:a", "arn:aws:sqs:r:1:b"];
        let blocks = [block(&["sqs:SendMessage"], &both, &[]), block(&["sqs:DeleteMessage"], &both, &[])];
        assert_eq!(named(&blocks), ["SqsWriteQueue", "SqsWriteQueue2"]);
    }
}
