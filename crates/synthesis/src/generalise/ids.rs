//! Which parts of names are made up anew each time, by AWS or by a program.
//!
//! A wrong yes makes a policy wider than it had to be, a wrong no makes it fail after the next deployment. So each rule
//! asks for text that nobody types.

/// Variables of ARN formats, without `Id` or `Uuid` at their end, whose values live no longer than one piece of work.
const PASSING: [&str; 21] = [
    "Build",
    "BuildBatch",
    "Command",
    "Deployment",
    "Execution",
    "Export",
    "Express",
    "Finding",
    "Import",
    "Invocation",
    "Job",
    "MapRun",
    "Message",
    "Query",
    "RecoveryPoint",
    "Request",
    "Run",
    "Sandbox",
    "Session",
    "Snapshot",
    "Task",
];

/// Variables whose whole names say so.
const PASSING_NAMES: [&str; 4] = ["ExecutionName", "LogStreamName", "MapRunLabel", "StreamLabel"];

/// Variables that end like passing ones, but name what somebody set up.
const LASTING: [&str; 5] =
    ["ScheduledQueryId", "SavedQueryId", "StoredQueryId", "SpotFleetRequestId", "DelegationRequestId"];

/// Ids below something that lasts, which every deployment of it makes anew, by the service of the ARN and the variable.
const DEPLOYED: [(&str, &str); 12] = [
    ("apigateway", "ApiMappingId"),
    ("apigateway", "AuthorizerId"),
    ("apigateway", "DocumentationPartId"),
    ("apigateway", "IntegrationId"),
    ("apigateway", "IntegrationResponseId"),
    ("apigateway", "ModelId"),
    ("apigateway", "RequestValidatorId"),
    ("apigateway", "ResourceId"),
    ("apigateway", "RouteId"),
    ("apigateway", "RouteResponseId"),
    ("appsync", "Associationid"),
    ("appsync", "FunctionId"),
];

/// Types of which each resource is one piece of work, where the variable does not tell: the service and the type.
const PASSING_TYPES: [(&str, &str); 1] = [("route53", "change")];

/// Names that stay as they are, by the service of the ARN and the variable; all variables where none is given.
///
/// A bucket's name is unique in the world, so a wildcard in it would reach the buckets of strangers. The others are ids
/// that AWS makes up, but for few things that live for years, each of which guards something else.
const KEPT: [(&str, &str); 7] = [
    ("acm", "CertificateId"),
    ("acm-pca", "CertificateAuthorityId"),
    ("cognito-identity", "IdentityPoolId"),
    ("connect", "InstanceId"),
    ("guardduty", "DetectorId"),
    ("kms", ""),
    ("s3", "BucketName"),
];

/// Names of which each one guards something of its own, so that no number of them makes a wildcard, by the service of the
/// ARN and the variable. What is [kept](is_kept) is listed as well.
const LISTED: [(&str, &str); 1] = [("secretsmanager", "SecretId")];

/// Hierarchical names of which the first level is listed, while what lies below one path may be many.
const LISTED_ROOTS: [(&str, &str); 1] = [("ssm", "ParameterNameWithoutLeadingSlash")];

/// EC2 types that are made anew for each piece of work, by the text before `/` in the ARN.
///
/// Their ids are opened from the first one on, because the next run meets others. All other EC2 types stay as they were
/// observed, up to the limit of names: subnets, security groups, route tables and gateways live for years, and each of
/// them decides what can be reached from where; an image or a launch template decides what runs, so a wildcard there
/// would let any image start.
const PASSING_EC2: [&str; 28] = [
    "capacity-block",
    "capacity-reservation",
    "capacity-reservation-cancellation-quote",
    "capacity-reservation-fleet",
    "declarative-policies-report",
    "elastic-gpu",
    "elastic-inference",
    "export-image-task",
    "export-instance-task",
    "fleet",
    "host-reservation",
    "image-usage-report",
    "import-image-task",
    "import-snapshot-task",
    "instance",
    "mac-modification-task",
    "network-insights-access-scope-analysis",
    "network-insights-analysis",
    "network-interface",
    "replace-root-volume-task",
    "reserved-instances",
    "secondary-interface",
    "security-group-rule",
    "snapshot",
    "spot-fleet-request",
    "spot-instances-request",
    "vpc-endpoint-connection",
    "volume",
];

/// Whether resources of an EC2 type are made anew for each piece of work.
pub(super) fn is_passing_ec2(kind: &str) -> bool {
    PASSING_EC2.contains(&kind)
}

/// Whether a part of a name is listed in any number; `first` says that it is the first level of the variable's value.
pub(super) fn is_listed(service: &str, variable: &str, first: bool) -> bool {
    let own = (service, variable);
    is_kept(service, variable) || LISTED.contains(&own) || (first && LISTED_ROOTS.contains(&own))
}

/// Whether the value of a variable stays as it is, however made up it looks.
pub(super) fn is_kept(service: &str, variable: &str) -> bool {
    KEPT.iter().any(|(own, kept)| *own == service && (kept.is_empty() || *kept == variable))
}

/// Whether an id is made anew by every deployment of what it lies below.
pub(super) fn is_deployed(service: &str, variable: &str) -> bool {
    DEPLOYED.contains(&(service, variable))
}

/// Whether each resource of a type is one piece of work.
pub(super) fn is_passing_type(kind: (&str, &str)) -> bool {
    PASSING_TYPES.contains(&kind)
}

/// Whether a variable of an ARN format names something passing: a job, an execution, a log stream.
pub(super) fn is_passing(variable: &str) -> bool {
    if LASTING.contains(&variable) {
        return false;
    }
    let stem = ["Id", "ID", "Uuid", "UUID"].iter().find_map(|end| variable.strip_suffix(end));
    PASSING_NAMES.contains(&variable) || stem.is_some_and(|stem| PASSING.iter().any(|word| stem.ends_with(word)))
}

/// Whether this is an EC2 id: lower-case words, then 8 or 17 hexadecimal digits (`vpc-0a1b2c3d`).
pub(super) fn is_ec2_id(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(words, id)| {
        matches!(id.len(), 8 | 17)
            && id.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
            && id.bytes().any(|b| b.is_ascii_digit())
            && words.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
    })
}

/// Whether this counts the versions of what stands before it. Account ids, which have twelve digits, do not.
pub(super) fn is_version(text: &str) -> bool {
    !text.is_empty() && text.len() < 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// A secret's name with the six characters that AWS appends replaced by wildcards.
pub(super) fn without_secret_suffix(text: &str) -> Option<String> {
    let (name, suffix) = text.rsplit_once('-')?;
    let minted = suffix.len() == 6 && suffix.bytes().all(|b| b.is_ascii_alphanumeric());
    (minted && !name.is_empty()).then(|| format!("{name}-??????"))
}

/// What is known of a name's uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Known {
    /// It was used for so long that its UUIDs and digests were not made up for one use.
    pub(super) lasts: bool,
    /// The days are known, so seconds since 1970 can be told from other numbers.
    pub(super) moments: bool,
}

/// The text with what is made up anew each time replaced by `*`, if there is any: UUIDs, hexadecimal digests, points in
/// time, and the suffixes that CloudFormation and Terraform append. What [`Known`] is of
/// the name can keep some of them.
pub(super) fn without_random(text: &str, known: Known) -> Option<String> {
    let Known { lasts, moments } = known;
    let words = words(text);
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    let mut at = 0;
    while let Some((before, word)) = words.get(at) {
        out.push_str(before);
        if let Some(uuid) = words.get(at..at + 5).filter(|five| is_uuid(five)) {
            if lasts {
                out.extend(
                    uuid.iter().enumerate().flat_map(|(at, (before, word))| [if at == 0 { "" } else { before }, word]),
                );
            } else {
                out.push('*');
                changed = true;
            }
            at += 5;
            continue;
        }
        let last = at > 0 && at + 1 == words.len() && *before == "-";
        let suffix = last && is_stack_suffix(word) && !words.get(..at).is_some_and(ends_like_uuid);
        if suffix || (is_digest(word) && !lasts) || (is_time(word) && !(moments && is_epoch(word))) {
            out.push('*');
            changed = true;
        } else {
            out.push_str(word);
        }
        at += 1;
    }
    changed.then_some(out)
}

/// The runs of letters and digits, each with what precedes it. The last one may be empty.
fn words(text: &str) -> Vec<(&str, &str)> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (before, after) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        let (word, after) = after.split_at_checked(end).unwrap_or((after, ""));
        words.push((before, word));
        rest = after;
    }
    words
}

fn is_uuid(words: &[(&str, &str)]) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    words.len() == lengths.len()
        && words.iter().skip(1).all(|(before, _)| *before == "-")
        && words.iter().zip(lengths).all(|((_, word), length)| word.len() == length && is_hex(word))
}

/// Whether the words end like a UUID of which the last group is still to come. What stands in its place, as in examples
/// and in what somebody made illegible, is no suffix.
fn ends_like_uuid(words: &[(&str, &str)]) -> bool {
    let lengths = [8, 4, 4, 4];
    let Some(groups) = words.len().checked_sub(lengths.len()).and_then(|start| words.get(start..)) else {
        return false;
    };
    groups.iter().skip(1).all(|(before, _)| *before == "-")
        && groups.iter().zip(lengths).all(|((_, word), length)| word.len() == length && is_hex(word))
}

/// The hexadecimal digits of a UUID without hyphens, or of an MD5, SHA-1 or SHA-2 digest.
fn is_digest(word: &str) -> bool {
    matches!(word.len(), 32 | 40 | 56 | 64 | 96 | 128) && is_hex(word) && word.bytes().any(|b| b.is_ascii_digit())
}

fn is_hex(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Seconds or milliseconds since 1970, or a date and time without separators, with more digits after it as Terraform writes.
fn is_time(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    // Terraform goes on with a counter of eight hexadecimal digits.
    let dated = digits >= 14 && word.len() <= 26 && is_hex(word) && word.starts_with("20") && is_month(word);
    is_epoch(word) || dated
}

fn is_epoch(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit()) && matches!(word.len(), 10 | 13) && word.starts_with('1')
}

fn is_month(word: &str) -> bool {
    word.get(4..6).and_then(|month| month.parse::<u8>().ok()).is_some_and(|month| (1..=12).contains(&month))
}

/// What CloudFormation appends to the names that it makes: 12 or 13 letters and digits, mixed as no word is.
fn is_stack_suffix(word: &str) -> bool {
    if !matches!(word.len(), 12 | 13) {
        return false;
    }
    let digit = |b: u8| b.is_ascii_digit();
    let letters = || word.bytes().filter(u8::is_ascii_alphabetic);
    let one_case = letters().all(|b| b.is_ascii_uppercase()) || letters().all(|b| b.is_ascii_lowercase());
    let switches = word.bytes().zip(word.bytes().skip(1)).filter(|(a, b)| digit(*a) != digit(*b)).count();
    let old_form = word.len() == 13 && word.starts_with('1') && one_case && switches >= 1;
    old_form || (letters().count() > 0 && switches >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_parts_become_wildcards() {
        for (text, expected) in [
            ("550e8400-e29b-41d4-a716-446655440000", "*"),
            ("report-550e8400-e29b-41d4-a716-446655440000.csv", "report-*.csv"),
            ("9e107d9d372bb6826bd81d3542a419d6", "*"),
            ("app-Deploy-1ABCDEFGHIJKL", "app-Deploy-*"),
            ("app-DeployRole3F2A-aB3dE5gH7jK9", "app-DeployRole3F2A-*"),
            ("backup-1700000000", "backup-*"),
            ("worker-20231019101112345600000001", "worker-*"),
            ("a.1700000000123.b", "a.*.b"),
        ] {
            assert_eq!(without_random(text, Known::default()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn chosen_names_stay() {
        for text in [
            "my-app",
            "cdk-hnb659fds-assets-111122223333-us-east-1",
            "production-frontend",
            "app-notification",
            "app-deployment12",
            "20240131",
            "app-2024",
            "AWSReservedSSO_Admin_0123456789abcdef",
            "ABCDEFGHIJKL",
            "deadbeef",
            "orders-v2",
            "",
            "-",
            "x-",
            "stack-infrastructure",
            "1ABCDEFGHIJKL",
            "my-MyDatabaseV2",
            "3e3e2d11-fd8b-4333-8b03-2c5aEXAMPLE1",
            "x-a1b2c3d4-5678-90ab-cdef-1a2b3cexampl",
        ] {
            assert_eq!(without_random(text, Known::default()), None, "{text}");
        }
    }

    #[test]
    fn ec2_ids_are_known_by_their_form() {
        for id in ["i-0123456789abcdef0", "vpc-0a1b2c3d", "tgw-attach-0123456789abcdef0"] {
            assert!(is_ec2_id(id), "{id}");
        }
        for name in ["my-deadbeef", "bastion", "web-0a1b2c3", "Web-0a1b2c3d", "-0a1b2c3d", "i-*"] {
            assert!(!is_ec2_id(name), "{name}");
        }
    }

    #[test]
    fn ec2_types_pass_or_last() {
        assert!(PASSING_EC2.iter().all(|kind| is_passing_ec2(kind)));
        for kind in ["subnet", "security-group", "image", "ipam-pool", "transit-gateway-route-table", "key-pair", ""] {
            assert!(!is_passing_ec2(kind), "{kind}");
        }
        let ec2 = tighten_catalog::Catalog::embedded().service("ec2").unwrap();
        for kind in PASSING_EC2 {
            assert!(ec2.resource_types.iter().any(|known| known.name == kind), "{kind}");
        }
    }

    #[test]
    fn secrets_are_listed_whole_and_parameters_at_their_root() {
        assert!(is_listed("s3", "BucketName", true) && !is_listed("s3", "ObjectName", true));
        assert!(is_listed("kms", "KeyId", true) && is_listed("kms", "Alias", false));
        assert!(is_listed("secretsmanager", "SecretId", true) && is_listed("secretsmanager", "SecretId", false));
        assert!(is_listed("ssm", "ParameterNameWithoutLeadingSlash", true));
        assert!(!is_listed("ssm", "ParameterNameWithoutLeadingSlash", false));
        assert!(!is_listed("lambda", "FunctionName", true));
    }

    #[test]
    fn variables_tell_what_passes() {
        for variable in
            ["JobId", "TrainingJobID", "ExecutionName", "LogStreamName", "TaskId", "StreamLabel", "ClusterSnapshotId"]
        {
            assert!(is_passing(variable), "{variable}");
        }
        for variable in [
            "JobName",
            "FunctionName",
            "KeyId",
            "ScheduledQueryId",
            "TaskDefinitionFamilyName",
            "Id",
            "HostedZoneId",
            "",
        ] {
            assert!(!is_passing(variable), "{variable}");
        }
    }

    #[test]
    fn what_is_deployed_and_what_passes_is_in_the_catalog() {
        let catalog = tighten_catalog::Catalog::embedded();
        for (service, variable) in DEPLOYED {
            let named = format!("${{{variable}}}");
            let formats = &catalog.service(service).unwrap().arn_formats;
            assert!(formats.iter().any(|format| format.resource.contains(&named)), "{service} {variable}");
        }
        for (service, kind) in PASSING_TYPES {
            assert!(catalog.service(service).unwrap().resource_types.iter().any(|known| known.name == kind), "{kind}");
        }
    }

    #[test]
    fn only_what_aws_appended_to_a_secret_goes() {
        assert_eq!(without_secret_suffix("db/prod-Ab1Cd2").as_deref(), Some("db/prod-??????"));
        assert_eq!(without_secret_suffix("db/prod-??????"), None);
        assert_eq!(without_secret_suffix("Ab1Cd2"), None);
    }

    #[test]
    fn versions_are_short_numbers() {
        assert!(is_version("7") && is_version("1234"));
        assert!(!is_version("111122223333") && !is_version("v7") && !is_version(""));
    }
}
