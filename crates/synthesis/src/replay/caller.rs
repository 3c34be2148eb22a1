//! Who made a call, and the condition keys that follow from it.

use std::collections::BTreeSet;

use tighten_iam::{Context, PolicyDocument, Principal};

/// Who made a call with the permissions of a principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CalledBy {
    /// The principal itself.
    Principal,
    /// A service on its behalf, by the name that the record gives it: `cloudformation.amazonaws.com`.
    Service(String),
    /// It is not known.
    Unknown,
}

/// Services that are documented to fill `aws:CalledVia`, as IAM's user guide lists them.
const IN_CHAINS: [&str; 4] =
    ["athena.amazonaws.com", "cloudformation.amazonaws.com", "dynamodb.amazonaws.com", "kms.amazonaws.com"];

/// Services whose requests KMS documents to carry `kms:ViaService`, spelled as its values begin.
///
/// `ElastiCache` and DAX are left out: a request of theirs may carry the name of the one or of the other. So is Timestream,
/// which goes by several names.
const VIA_KMS: [&str; 34] = [
    "backup",
    "codeartifact",
    "comprehend",
    "connect",
    "dms",
    "dynamodb",
    "ec2",
    "ecr",
    "elasticfilesystem",
    "elasticmapreduce",
    "es",
    "fsx",
    "glue",
    "kafka",
    "kinesis",
    "kinesisvideo",
    "lambda",
    "lex",
    "memorydb",
    "mq",
    "rds",
    "redshift",
    "s3",
    "sagemaker",
    "secretsmanager",
    "ses",
    "sns",
    "sqs",
    "ssm",
    "translate",
    "wisdom",
    "workmail",
    "workspaces",
    "xray",
];

/// What a record calls a service that it does not name.
const UNNAMED: &str = "AWS Internal";

const CHAIN_KEYS: [&str; 3] = ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast"];
pub(super) const VIA_SERVICE: &str = "kms:viaservice";

impl CalledBy {
    /// Who it was, by the service that the record names.
    pub fn of(via: Option<&str>, principal: &Principal) -> Self {
        match via {
            Some(UNNAMED) => Self::Unknown,
            Some(service) => Self::Service(service.to_owned()),
            // What services do with a role of theirs looks like the role's own calls.
            None if principal.is_service_role() => Self::Unknown,
            None => Self::Principal,
        }
    }

    /// What `kms:ViaService` was in a request to KMS of that region, if it is known.
    pub(crate) fn via_kms(&self, region: &str) -> Option<String> {
        let Self::Service(service) = self else { return None };
        let name = service.strip_suffix(".amazonaws.com").filter(|name| VIA_KMS.contains(name))?;
        // Other partitions have other domains.
        let known = region.split('-').count() >= 3 && !region.starts_with("cn-") && !region.contains("-iso");
        known.then(|| format!("{name}.{region}.amazonaws.com"))
    }

    /// The contexts of requests that it may have made, as far as these services are asked for in `aws:CalledVia` and its
    /// like.
    ///
    /// A record names the last service of a chain. Whether there were others before it, it does not tell, so each that is
    /// asked for may have been, and one that is not, and all of them.
    pub(super) fn contexts(&self, named: &BTreeSet<String>) -> Vec<Context> {
        let mut base = Context::open();
        let service = match self {
            // A direct call has none of these keys, which only forwarding services add.
            Self::Principal => {
                base.insert("aws:ViaAWSService", ["false"]);
                for key in CHAIN_KEYS.into_iter().chain([VIA_SERVICE]) {
                    base.insert::<String>(key, []);
                }
                return vec![base];
            }
            Self::Unknown => return vec![base],
            Self::Service(service) => service.as_str(),
        };
        base.insert("aws:ViaAWSService", ["true"]);
        if named.is_empty() || !IN_CHAINS.contains(&service) {
            return vec![base];
        }
        let all: Vec<&str> = named.iter().map(String::as_str).chain(["another.amazonaws.com"]).collect();
        let before = all.iter().map(|one| vec![*one]).chain([Vec::new(), all.clone()]);
        let chain = |before: Vec<&str>| {
            let chain: Vec<&str> = before.into_iter().chain([service]).collect();
            let first = chain.first().copied().unwrap_or(service);
            let context = base.clone().with("aws:CalledViaFirst", [first]).with("aws:CalledViaLast", [service]);
            context.with("aws:CalledVia", chain)
        };
        before.map(chain).collect()
    }
}

/// What the documents ask of the chains that calls come through: the services that they name, as one that their patterns
/// match.
pub(crate) fn called_via<'d>(documents: impl IntoIterator<Item = &'d PolicyDocument>) -> BTreeSet<String> {
    let statements = documents.into_iter().flat_map(|document| &document.statements);
    let conditions = statements.flat_map(|statement| statement.conditions.iter());
    let of_chains = conditions.filter(|condition| CHAIN_KEYS.contains(&condition.key.to_ascii_lowercase().as_str()));
    of_chains.flat_map(|condition| condition.values()).map(|value| value.replace('*', "").replace('?', "x")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str) -> CalledBy {
        CalledBy::Service(name.to_owned())
    }

    #[test]
    fn only_documented_services_in_regions_of_the_common_partition_have_a_known_value() {
        let via = |name: &str, region: &str| service(name).via_kms(region);
        assert_eq!(via("s3.amazonaws.com", "eu-west-1").as_deref(), Some("s3.eu-west-1.amazonaws.com"));
        assert_eq!(via("rds.amazonaws.com", "us-gov-west-1").as_deref(), Some("rds.us-gov-west-1.amazonaws.com"));
        for (name, region) in [
            ("s3.amazonaws.com", "cn-north-1"),
            ("s3.amazonaws.com", "us-iso-east-1"),
            ("s3.amazonaws.com", "*"),
            ("cloudformation.amazonaws.com", "eu-west-1"),
            ("delivery.logs.amazonaws.com", "eu-west-1"),
            ("elasticache.amazonaws.com", "eu-west-1"),
        ] {
            assert_eq!(via(name, region), None, "{name} {region}");
        }
        assert_eq!((CalledBy::Principal.via_kms("eu-west-1"), CalledBy::Unknown.via_kms("eu-west-1")), (None, None));
    }

    #[test]
    fn a_service_without_a_name_and_a_role_of_a_service_tell_nothing() {
        let role = |arn: &str| Principal::from_arn(arn).unwrap();
        let (own, its) =
            ("arn:aws:iam::111122223333:role/builder", "arn:aws:iam::111122223333:role/service-role/build");
        assert_eq!(CalledBy::of(None, &role(own)), CalledBy::Principal);
        assert_eq!(CalledBy::of(None, &role(its)), CalledBy::Unknown);
        assert_eq!(CalledBy::of(Some("AWS Internal"), &role(own)), CalledBy::Unknown);
        assert_eq!(CalledBy::of(Some("athena.amazonaws.com"), &role(own)), service("athena.amazonaws.com"));
    }
}
