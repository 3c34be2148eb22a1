//! What unused grants would give an attacker, and in which order to show them.
//!
//! Known ways of abusing permissions come from [`Rules::escalations`](tighten_catalog::Rules::escalations); everything
//! else is classed by what AWS says of the action. `docs/risk.md` argues the classes and their order.

use serde::Serialize;
use tighten_catalog::{AccessLevel, Action, Catalog, Escalation, RiskClass, Visibility};
use tighten_iam::ActionName;

/// What a grant of an action would give an attacker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    /// The class.
    pub class: RiskClass,
    /// What an attacker gets, in one sentence without a final stop; known for the ways of abuse only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gives: Option<&'static str>,
    /// The other actions that it takes, all of them allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<ActionName>,
    /// What the class rests on.
    pub source: RiskSource,
}

/// What a class rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskSource {
    /// A known way of abuse, and where it is known from.
    Escalation(&'static str),
    /// A row about this action, and where it is known from.
    Listed(&'static str),
    /// A read that CloudTrail records as a data event: it concerns the content of a resource.
    DataEvent,
    /// A write whose name says that it destroys.
    Name,
    /// The access level in AWS's service authorization reference.
    AccessLevel,
    /// Nothing: the catalog does not have the action, and it is taken for a write.
    Unknown,
}

/// The place of a grant in the order of showing: worst class first, all resources before some, then by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RiskKey<'a> {
    class: RiskClass,
    narrow: bool,
    service: &'a str,
    action: &'a ActionName,
}

/// What `action` would give an attacker who has the principal's permissions.
///
/// `allowed` tells which other actions the principal may do: passing a role is an escalation only with something to pass
/// it to. It is asked about actions alone, so that conditions and resources do not count: where in doubt, the grant is
/// shown too early, never too late.
pub fn risk(catalog: &'static Catalog, action: &ActionName, allowed: &dyn Fn(&ActionName) -> bool) -> Risk {
    let mut risk = classed(catalog, action);
    let possible = |way: &&Escalation| way.others(action).all(allowed);
    let ways = catalog.rules().escalations_of(action).filter(possible);
    if let Some(way) = ways.min_by_key(|way| (way.class, way.others(action).count())) {
        if way.class <= risk.class {
            risk.class = way.class;
            risk.source = RiskSource::Escalation(&way.evidence);
        }
        risk.gives = Some(&way.gives);
        risk.with = way.others(action).cloned().collect();
    }
    risk
}

impl Risk {
    /// The place of a grant of `action` with this risk; `on_all`: on all resources.
    pub fn key<'a>(&self, action: &'a ActionName, on_all: bool) -> RiskKey<'a> {
        RiskKey { class: self.class, narrow: !on_all, service: action.service(), action }
    }
}

/// The class of an action by itself.
fn classed(catalog: &'static Catalog, name: &ActionName) -> Risk {
    let (class, source) = match catalog.action(name) {
        None => (RiskClass::Write, RiskSource::Unknown),
        Some(action) => by_catalog(catalog, name, action),
    };
    Risk { class, gives: None, with: Vec::new(), source }
}

fn by_catalog(catalog: &'static Catalog, name: &ActionName, action: &Action) -> (RiskClass, RiskSource) {
    match (action.access_level(), catalog.rules().listed_risk(name)) {
        (AccessLevel::PermissionsManagement, _) => (RiskClass::PermissionsManagement, RiskSource::AccessLevel),
        (_, Some(listed)) => (listed.class, RiskSource::Listed(&listed.evidence)),
        (AccessLevel::Tagging, None) => (RiskClass::Tagging, RiskSource::AccessLevel),
        (AccessLevel::Write, None) if destroys(action.name) => (RiskClass::DestructiveWrite, RiskSource::Name),
        (AccessLevel::Write, None) => (RiskClass::Write, RiskSource::AccessLevel),
        (AccessLevel::Read, None) if is_data_event(catalog, name) => (RiskClass::DataRead, RiskSource::DataEvent),
        (AccessLevel::Read, None) => (RiskClass::MetadataRead, RiskSource::AccessLevel),
        (AccessLevel::List, None) => (RiskClass::List, RiskSource::AccessLevel),
    }
}

fn is_data_event(catalog: &Catalog, name: &ActionName) -> bool {
    matches!(catalog.rules().visibility(name), Visibility::Data { .. })
}

/// Words that say what is gone afterwards. What can be put back the way it was (`Stop`, `Detach`, `Disable`) is not among
/// them.
const DESTROYING: [&str; 9] =
    ["Delete", "Deletion", "Deprovision", "Destroy", "Erase", "Purge", "Redact", "Terminate", "Wipe"];
/// First words that make something else of it: `CancelKeyDeletion`, `UpdateDeletionProtection`.
const SPARING: [&str; 8] = ["Cancel", "Disable", "Notify", "Put", "Recover", "Restore", "Undelete", "Update"];

/// Whether a write's name says that it destroys.
fn destroys(name: &str) -> bool {
    let mut words = words(name);
    words.clone().next().is_some_and(|first| !SPARING.contains(&first)) && words.any(|word| DESTROYING.contains(&word))
}

/// The words of a name in camel case; an acronym goes with the word behind it.
fn words(name: &str) -> impl Iterator<Item = &str> + Clone {
    let is_start = move |at: usize| {
        let mut around = name.get(..at).into_iter().flat_map(str::chars).rev();
        let lower_before = around.next().is_some_and(|before| !before.is_ascii_uppercase());
        at == 0
            || (lower_before && name.get(at..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase())))
    };
    (0..name.len()).filter(move |at| is_start(*at)).map(move |start| {
        let end = (start + 1..name.len()).find(|at| is_start(*at)).unwrap_or(name.len());
        name.get(start..end).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ActionName {
        text.parse().unwrap()
    }

    /// The risk of an action for a principal that may do `others` besides.
    fn beside(action: &str, others: &[&str]) -> Risk {
        let others: Vec<_> = others.iter().map(|other| name(other)).collect();
        risk(Catalog::embedded(), &name(action), &|action| others.contains(action))
    }

    #[track_caller]
    fn is(action: &str, class: RiskClass) {
        assert_eq!(beside(action, &[]).class, class, "{action}");
    }

    #[test]
    fn some_actions_are_an_escalation_by_themselves() {
        for action in [
            "iam:CreatePolicyVersion",
            "iam:PutRolePolicy",
            "iam:UpdateAssumeRolePolicy",
            "iam:CreateAccessKey",
            "lambda:UpdateFunctionCode",
            "ssm:SendCommand",
            "sts:AssumeRole",
            "sso:CreateAccountAssignment",
        ] {
            let risk = beside(action, &[]);
            assert_eq!(risk.class, RiskClass::Escalation, "{action}");
            assert!(risk.with.is_empty() && risk.gives.is_some(), "{action}");
            assert!(matches!(risk.source, RiskSource::Escalation(_)), "{action}");
        }
    }

    #[test]
    fn credentials_and_root_addresses_are_classed_as_what_they_give() {
        for action in [
            "cloudfront:GetFunction",
            "codeartifact:GetAuthorizationToken",
            "cognito-sync:ListRecords",
            "ecr:GetAuthorizationToken",
            "ecr-public:GetAuthorizationToken",
            "emr-containers:GetManagedEndpointSessionCredentials",
            "grafana:CreateWorkspaceApiKey",
            "grafana:CreateWorkspaceServiceAccountToken",
            "mediapackage:RotateChannelCredentials",
            "mediapackage:RotateIngestEndpointCredentials",
            "s3:GetDataAccess",
            "wafv2:GetSampledRequests",
            "workmail:ResetPassword",
        ] {
            is(action, RiskClass::CredentialAccess);
        }
        for action in
            ["account:AcceptPrimaryEmailUpdate", "account:StartPrimaryEmailUpdate", "iam:UpdateAccountEmailAddress"]
        {
            is(action, RiskClass::Escalation);
        }
    }

    #[test]
    fn a_notebook_takes_a_role_and_its_lifecycle_configuration_a_script() {
        let (create, configure) =
            ("sagemaker:CreateNotebookInstance", "sagemaker:CreateNotebookInstanceLifecycleConfig");
        assert_eq!(beside(create, &[]).class, RiskClass::Write);
        assert_eq!(beside(configure, &[create]).class, RiskClass::Write, "no role");
        assert_eq!(beside(create, &["iam:PassRole"]).class, RiskClass::Escalation);
        assert_eq!(beside(configure, &["iam:PassRole", create]).class, RiskClass::Escalation);
    }

    #[test]
    fn passing_a_role_takes_something_to_pass_it_to() {
        assert_eq!(beside("iam:PassRole", &[]).class, RiskClass::Write);
        assert_eq!(beside("lambda:CreateFunction", &["lambda:InvokeFunction"]).class, RiskClass::Write);
        let others = ["lambda:CreateFunction", "lambda:InvokeFunction"];
        assert_eq!(beside("iam:PassRole", &others[..1]).class, RiskClass::Write, "nothing starts the function");
        let pass = beside("iam:PassRole", &others);
        assert_eq!((pass.class, pass.with), (RiskClass::Escalation, others.map(name).to_vec()));
        let create = beside("lambda:CreateFunction", &["iam:PassRole", "lambda:InvokeFunction"]);
        assert_eq!((create.class, create.gives), (RiskClass::Escalation, pass.gives));
    }

    #[test]
    fn what_a_way_needs_besides_is_not_classed_by_it() {
        assert_eq!(beside("lambda:InvokeFunction", &["iam:PassRole", "lambda:CreateFunction"]).class, RiskClass::Write);
        let stop = ["ec2:ModifyInstanceAttribute", "ec2:StartInstances"];
        assert_eq!(beside("ec2:StopInstances", &stop).class, RiskClass::Write);
        assert_eq!(beside("ec2:ModifyInstanceAttribute", &[]).class, RiskClass::Write);
        assert_eq!(
            beside("ec2:ModifyInstanceAttribute", &["ec2:StartInstances", "ec2:StopInstances"]).class,
            RiskClass::Escalation
        );
    }

    #[test]
    fn the_shortest_of_the_worst_ways_is_told() {
        let risk = beside(
            "iam:PassRole",
            &["lambda:CreateFunction", "lambda:InvokeFunction", "ec2:RunInstances", "rds:StartExportTask"],
        );
        assert_eq!((risk.class, risk.with), (RiskClass::Escalation, vec![name("ec2:RunInstances")]));
    }

    #[test]
    fn case_does_not_matter() {
        assert_eq!(beside("IAM:createpolicyversion", &[]), beside("iam:CreatePolicyVersion", &[]));
        assert_eq!(beside("iam:passrole", &["EC2:runinstances"]).class, RiskClass::Escalation);
    }

    #[test]
    fn classes_of_well_known_actions() {
        is("secretsmanager:GetSecretValue", RiskClass::CredentialAccess);
        is("ssm:GetParametersByPath", RiskClass::CredentialAccess);
        is("s3:PutBucketPolicy", RiskClass::ResourceExposure);
        is("ec2:ModifySnapshotAttribute", RiskClass::ResourceExposure);
        is("ram:CreateResourceShare", RiskClass::ResourceExposure);
        is("iam:CreatePolicy", RiskClass::PermissionsManagement);
        is("organizations:DetachPolicy", RiskClass::PermissionsManagement);
        is("cloudtrail:StopLogging", RiskClass::LoggingEvasion);
        is("guardduty:DeleteDetector", RiskClass::LoggingEvasion);
        for action in ["s3:GetObject", "dynamodb:Query", "sqs:ReceiveMessage", "kms:Decrypt", "logs:FilterLogEvents"] {
            is(action, RiskClass::DataRead);
        }
        is("rds-data:ExecuteStatement", RiskClass::DataRead);
        for action in ["s3:DeleteBucket", "ec2:TerminateInstances", "sqs:PurgeQueue", "kms:ScheduleKeyDeletion"] {
            is(action, RiskClass::DestructiveWrite);
        }
        is("ec2:DeregisterImage", RiskClass::DestructiveWrite);
        is("ec2:CreateTags", RiskClass::Tagging);
        is("s3:PutObject", RiskClass::Write);
        is("kms:CancelKeyDeletion", RiskClass::Write);
        is("logs:PutLogGroupDeletionProtection", RiskClass::Write);
        is("ec2:StopInstances", RiskClass::Write);
        is("s3:GetBucketLocation", RiskClass::MetadataRead);
        is("s3:GetObjectTagging", RiskClass::MetadataRead);
        is("ec2:DescribeInstances", RiskClass::List);
    }

    #[test]
    fn unknown_actions_are_taken_for_writes_and_told_as_unknown() {
        let risk = beside("s4:GetThing", &[]);
        assert_eq!((risk.class, risk.source), (RiskClass::Write, RiskSource::Unknown));
    }

    #[test]
    fn whoever_manages_permissions_never_falls_below_that_class() {
        let catalog = Catalog::embedded();
        let mut managing = 0;
        for service in catalog.services() {
            for action in &service.actions {
                let name = ActionName::new(service.prefix, action.name).unwrap();
                let [none, all] = [false, true].map(|allowed| risk(catalog, &name, &|_| allowed).class);
                assert!(all <= none, "{name}: more permissions never make less of it");
                if action.access_level() == AccessLevel::PermissionsManagement {
                    managing += 1;
                    assert!(none <= RiskClass::PermissionsManagement, "{name} is {none}");
                }
            }
        }
        assert!(managing > 400, "{managing}");
    }

    #[test]
    fn the_order_is_by_class_then_reach_then_name() {
        let shown = [
            ("iam:PutRolePolicy", true),
            ("sts:AssumeRole", true),
            ("iam:CreateAccessKey", false),
            ("s3:PutBucketPolicy", true),
            ("s3:GetObject", true),
            ("dynamodb:Scan", false),
            ("s3:DeleteBucket", false),
            ("s3-object-lambda:DeleteObject", false),
            ("ec2:CreateTags", true),
            ("s3:PutObject", false),
            ("ec2:DescribeInstances", true),
        ];
        let mut sorted: Vec<_> =
            shown.iter().rev().map(|(action, on_all)| (beside(action, &[]), name(action), *on_all)).collect();
        sorted.sort_by(|a, b| a.0.key(&a.1, a.2).cmp(&b.0.key(&b.1, b.2)));
        let sorted: Vec<_> = sorted.iter().map(|(_, action, on_all)| (action.to_string(), *on_all)).collect();
        assert_eq!(sorted, shown.map(|(action, on_all)| (action.to_owned(), on_all)));
    }

    #[test]
    fn names_are_split_into_words() {
        let split = |name| words(name).collect::<Vec<_>>();
        assert_eq!(split("ScheduleKeyDeletion"), ["Schedule", "Key", "Deletion"]);
        assert_eq!(split("DeleteDBCluster"), ["Delete", "DBCluster"]);
        assert_eq!(split("ESHttpDelete"), ["ESHttp", "Delete"]);
        assert_eq!(split("V2Delete"), ["V2", "Delete"]);
        assert_eq!(split("connect"), ["connect"]);
        assert!(split("").is_empty());
    }
}
