//! What a refusal says.

use serde::{Deserialize, Serialize};

use crate::meaning::outcome::{Outcome, outcome};
use crate::record::event::Event;

/// A refused call, as far as its message tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denial {
    /// The action that was refused, which need not be the call's own: `iam:PassRole`, a key's `kms:Decrypt`.
    pub action: Option<String>,
    /// The resource that it was refused on.
    pub resource: Option<DeniedResource>,
    /// Who was refused, as written; usually the caller's session.
    pub user: Option<String>,
    /// Which policy refused.
    pub reason: DenialReason,
    /// EC2's encoded message, which `aws sts decode-authorization-message` opens. It may be cut off.
    pub encoded: Option<String>,
    /// The message is cut off (CloudTrail keeps 1 KB), so what is missing here may have been there.
    pub truncated: bool,
}

/// What a refusal names as the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeniedResource {
    /// `*`: the action knows no resources, or the service does not say.
    Any,
    /// An ARN. EC2 writes `…:instance/*` even where one instance was meant.
    Arn(String),
    /// IAM's way: `role deploy`, `instance profile web`. The name has no path.
    Iam {
        /// What it is, as an ARN spells it: `user`, `role`, `group`, `policy`, `instance-profile`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A bare name.
    Name(String),
}

impl DeniedResource {
    /// The ARN, the name, or `*`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::Arn(text) | Self::Name(text) | Self::Iam { name: text, .. } => text,
        }
    }
}

/// Which policy refused, as far as the message tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DenialReason {
    /// No policy of this type allows the action.
    NoAllow(PolicyType),
    /// A policy of this type denies the action.
    ExplicitDeny(PolicyType),
    /// The message does not say.
    #[default]
    Unstated,
}

/// The types of policies that messages name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PolicyType {
    /// A policy of the user, role or group.
    IdentityBased,
    /// A policy of the resource.
    ResourceBased,
    /// A permissions boundary.
    PermissionsBoundary,
    /// A session policy.
    Session,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// A VPC endpoint's policy.
    VpcEndpoint,
    /// A role's trust policy.
    RoleTrust,
    /// Some other type.
    Other,
}

impl PolicyType {
    /// The type's stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::IdentityBased => "identity-based",
            Self::ResourceBased => "resource-based",
            Self::PermissionsBoundary => "permissions-boundary",
            Self::Session => "session",
            Self::ServiceControl => "service-control",
            Self::ResourceControl => "resource-control",
            Self::VpcEndpoint => "vpc-endpoint",
            Self::RoleTrust => "role-trust",
            Self::Other => "other",
        }
    }

    /// Reads what stands before the word "policy".
    fn named(text: &str) -> Self {
        let text = text.to_ascii_lowercase().replace('-', " ");
        Self::NAMES.iter().find(|(name, _)| text.contains(name)).map_or(Self::Other, |(_, kind)| *kind)
    }

    /// Reads what a reason says that does not allow the action, "permissions boundary" or "identity-based policy"; `None`
    /// where the words speak of no policy, so that they are somebody's name.
    fn of_reason(text: &str) -> Option<Self> {
        let is_policy = ["policy", "policies", "boundary", "boundaries"].iter().any(|end| text.ends_with(end));
        is_policy.then(|| Self::named(text))
    }

    const NAMES: [(&'static str, Self); 8] = [
        ("identity based", Self::IdentityBased),
        ("resource based", Self::ResourceBased),
        ("boundary", Self::PermissionsBoundary),
        ("session", Self::Session),
        ("service control", Self::ServiceControl),
        ("resource control", Self::ResourceControl),
        ("vpc endpoint", Self::VpcEndpoint),
        ("trust", Self::RoleTrust),
    ];
}

/// What the refusal of this call says; `None` when the call was not refused.
pub fn denial(event: &Event<'_>) -> Option<Denial> {
    (outcome(event) == Outcome::Denied).then(|| {
        let mut denial = parse(event.error_message.as_deref().unwrap_or_default());
        if denial.reason == DenialReason::Unstated && event.error_code.as_deref() == Some("VpceAccessDenied") {
            denial.reason = DenialReason::ExplicitDeny(PolicyType::VpcEndpoint);
        }
        denial
    })
}

/// CloudTrail keeps this many bytes of a message.
const KEPT: usize = 1024;
const ENCODED: &str = "Encoded authorization failure message: ";
const PERFORM: &str = "authorized to perform";
const ON_RESOURCE: &str = " on resource";
const BECAUSE: &str = " because ";
const EXPLICIT_DENY: &str = " with an explicit deny";
/// What services put behind IAM's words.
const APPENDED: [&str; 2] = [" (Service: ", "\n"];

/// Reads a refusal's message.
fn parse(message: &str) -> Denial {
    let cut = message.strip_suffix("...").or_else(|| message.strip_suffix('…'));
    let truncated = cut.is_some() || message.len() >= KEPT;
    let (text, encoded) = match cut.unwrap_or(message).split_once(ENCODED) {
        Some((text, encoded)) => (text, Some(encoded.trim()).filter(|encoded| !encoded.is_empty())),
        None => (cut.unwrap_or(message), None),
    };
    // With an encoded part behind it, the text is whole even where the message is not.
    let text_is_cut = truncated && encoded.is_none();
    let encoded = encoded.map(str::to_owned);
    let mut denial = Denial { encoded, truncated, ..Denial::default() };
    let Some((before, after)) = text.split_once(PERFORM) else {
        denial.action = required(text);
        return denial;
    };
    // "You are not authorized to perform this operation. User: … is not authorized to perform: ec2:…"
    let (before, after) = after.split_once(PERFORM).unwrap_or((before, after));
    denial.user = user(before);
    let after = after.trim_start_matches([':', ' ']).trim_end();
    let action = after.split_whitespace().next().unwrap_or_default();
    let ends_in_action = action.len() == after.len();
    let action = bare(action);
    if is_action(action) && !(text_is_cut && ends_in_action) {
        denial.action = Some(action.to_owned());
    }
    let (subject, reason) = split_reason(after);
    denial.reason = reason;
    let ends_in_resource = subject.len() == after.len();
    if !(text_is_cut && ends_in_resource)
        && let Some((_, resource)) = subject.split_once(ON_RESOURCE)
    {
        // "on resource: R", "on resource `R'"; not "on resources of …".
        let resource = resource.strip_prefix(':').unwrap_or(resource);
        denial.resource = resource.strip_prefix(' ').and_then(read_resource);
    }
    if denial.action.is_none() && !text_is_cut {
        denial.action = required(text);
    }
    denial
}

/// Who was refused.
fn user(text: &str) -> Option<String> {
    let (_, user) = text.rsplit_once("User: ").or_else(|| text.rsplit_once("User "))?;
    let user = bare(user.split_whitespace().next()?);
    let is_name = user.contains(':') || text.contains("User: ");
    is_name.then(|| user.to_owned())
}

/// The action in a message that says which permission is missing: "An additional permission "logs:TagResource" is required."
fn required(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let speaks = lower.contains("permission")
        && ["require", "additional", "must have", "need"].iter().any(|word| lower.contains(word));
    // What a role lacks that the call hands to a service is not what its caller lacks.
    if !speaks || lower.contains("role ") {
        return None;
    }
    let mut actions = text.split_whitespace().map(bare).filter(|word| is_action(word));
    let only = actions.next()?;
    actions.all(|other| other.eq_ignore_ascii_case(only)).then(|| only.to_owned())
}

/// Quotation marks and the punctuation at the end of a sentence are no part of a word.
fn bare(word: &str) -> &str {
    word.trim_start_matches(['(', '[']).trim_end_matches(['.', ',', ';', ')', ']']).trim_matches(QUOTES)
}

/// Services quote in several ways: SES with a backtick before and an apostrophe behind, S3 with two quotation marks.
const QUOTES: [char; 9] = ['`', '\'', '"', '´', '‘', '’', '“', '”', '‚'];

/// Parts the reason from what stands before it. The last mention counts: a resource's name may hold the words.
fn split_reason(text: &str) -> (&str, DenialReason) {
    let no_allow = text.rfind(BECAUSE).and_then(|at| {
        let (subject, reason) = (text.get(..at)?, text.get(at + BECAUSE.len()..)?);
        let (kind, _) = reason.strip_prefix("no ")?.split_once(" allow")?;
        Some((subject, DenialReason::NoAllow(PolicyType::of_reason(kind)?)))
    });
    let explicit = || {
        let at = text.rfind(EXPLICIT_DENY)?;
        let (subject, reason) = (text.get(..at)?, text.get(at + EXPLICIT_DENY.len()..)?);
        // Older messages end here.
        let kind = reason.split(':').next().unwrap_or(reason);
        Some((subject, DenialReason::ExplicitDeny(PolicyType::named(kind))))
    };
    let unstated = || {
        // A cut within the reason, or one of another kind, still ends the resource.
        let at = text.rfind(BECAUSE).or_else(|| text.rfind(EXPLICIT_DENY));
        let at = at.or_else(|| APPENDED.iter().filter_map(|words| text.find(words)).min());
        (at.and_then(|at| text.get(..at)).unwrap_or(text), DenialReason::Unstated)
    };
    no_allow.or_else(explicit).unwrap_or_else(unstated)
}

fn read_resource(text: &str) -> Option<DeniedResource> {
    let text = text.trim().trim_end_matches('.');
    // A name may itself hold quotation marks.
    let text = match text.strip_prefix(QUOTES) {
        Some(rest) => rest.rfind(QUOTES).and_then(|end| rest.get(..end)).unwrap_or(rest),
        None => text,
    };
    if text.is_empty() {
        return None;
    }
    if text == "*" {
        return Some(DeniedResource::Any);
    }
    if text.starts_with("arn:") {
        return Some(DeniedResource::Arn(text.to_owned()));
    }
    let kinds = [
        ("user", "user"),
        ("role", "role"),
        ("group", "group"),
        ("policy", "policy"),
        ("instance profile", "instance-profile"),
        ("server certificate", "server-certificate"),
        ("access key", "access-key"),
    ];
    for (written, kind) in kinds {
        let Some(rest) = text.strip_prefix(written).filter(|rest| rest.is_empty() || rest.starts_with(' ')) else {
            continue;
        };
        let name = rest.split_whitespace().next()?;
        return Some(if name.starts_with("arn:") {
            DeniedResource::Arn(name.to_owned())
        } else {
            DeniedResource::Iam { kind, name: name.to_owned() }
        });
    }
    Some(DeniedResource::Name(text.to_owned()))
}

/// Whether the text has the shape of an action, `ec2:RunInstances`.
fn is_action(text: &str) -> bool {
    let is_word = |text: &str, extra: u8| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == extra)
    };
    text.split_once(':').is_some_and(|(service, name)| is_word(service, b'-') && is_word(name, b'*'))
}

#[cfg(test)]
#[expect(clippy::unnecessary_wraps, reason = "what it is compared with is an `Option`")]
mod tests {
    use super::*;

    const WHO: &str = "User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized to perform: ";

    fn arn(text: &str) -> Option<DeniedResource> {
        Some(DeniedResource::Arn(text.to_owned()))
    }

    fn iam(kind: &'static str, name: &str) -> Option<DeniedResource> {
        Some(DeniedResource::Iam { kind, name: name.to_owned() })
    }

    #[test]
    fn the_standard_shape() {
        let bucket = "arn:aws:s3:::b/k with spaces";
        let denial = parse(&format!(
            "{WHO}s3:GetObject on resource: {bucket} because no identity-based policy allows the s3:GetObject action"
        ));
        assert_eq!(denial.action.as_deref(), Some("s3:GetObject"));
        assert_eq!(denial.resource, arn(bucket));
        assert_eq!(denial.user.as_deref(), Some("arn:aws:sts::111122223333:assumed-role/a/b"));
        assert_eq!(denial.reason, DenialReason::NoAllow(PolicyType::IdentityBased));
        assert!(!denial.truncated && denial.encoded.is_none());
    }

    #[test]
    fn without_resource_or_reason_or_user() {
        let denial =
            parse(&format!("{WHO}iam:ListUsers because no permissions boundary allows the iam:ListUsers action"));
        assert_eq!((denial.action.as_deref(), denial.resource), (Some("iam:ListUsers"), None));
        let denial = parse("User is not authorized to perform: rds:CopyDBSnapshot");
        assert_eq!((denial.action.as_deref(), denial.user), (Some("rds:CopyDBSnapshot"), None));
        let denial = parse(&format!("{WHO}kinesis:PutRecord on the specified resource"));
        assert_eq!((denial.action.as_deref(), denial.resource), (Some("kinesis:PutRecord"), None));
        let denial = parse("Not authorized to perform sts:AssumeRoleWithWebIdentity");
        assert_eq!(denial.action.as_deref(), Some("sts:AssumeRoleWithWebIdentity"));
        assert_eq!(parse(&format!("{WHO}s3:ListBucket on resource: *.")).resource, Some(DeniedResource::Any));
    }

    #[test]
    fn an_explicit_deny_that_does_not_say_where() {
        let denial = parse(&format!("{WHO}lambda:ListFunctions on resource: * with an explicit deny"));
        assert_eq!(denial.resource, Some(DeniedResource::Any));
        assert_eq!(denial.reason, DenialReason::ExplicitDeny(PolicyType::Other));
    }

    #[test]
    fn messages_that_name_nothing() {
        for text in [
            "",
            "Access Denied",
            "You are not authorized to perform this operation.",
            "Cross-account pass role is not allowed.",
            "é…",
        ] {
            let denial = parse(text);
            assert_eq!((denial.action, denial.resource, denial.reason), (None, None, DenialReason::Unstated), "{text}");
        }
    }

    #[test]
    fn ec2s_shapes() {
        let instance = "arn:aws:ec2:eu-west-1:111122223333:instance/*";
        let long = format!(
            "You are not authorized to perform this operation. {WHO}ec2:RunInstances on resource: {instance} because no identity-based policy allows the ec2:RunInstances action. Encoded authorization failure message: Ab-_9...",
        );
        let denial = parse(&long);
        assert_eq!((denial.action.as_deref(), denial.resource), (Some("ec2:RunInstances"), arn(instance)));
        assert_eq!((denial.encoded.as_deref(), denial.truncated), (Some("Ab-_9"), true));
        let old =
            parse("You are not authorized to perform this operation. Encoded authorization failure message: Ab-_9");
        assert_eq!((old.action, old.encoded.as_deref()), (None, Some("Ab-_9")));
    }

    #[test]
    fn iams_short_names() {
        let resource = |text: &str| {
            parse(&format!("{WHO}iam:X on resource: {text} because no identity-based policy allows the iam:X action"))
                .resource
        };
        let policy = "arn:aws:iam::111122223333:policy/p";
        assert_eq!(resource("user ada"), iam("user", "ada"));
        assert_eq!(resource("instance profile web"), iam("instance-profile", "web"));
        assert_eq!(resource(&format!("policy {policy} version v2")), arn(policy));
        assert_eq!(resource("policy p"), iam("policy", "p"));
        assert_eq!(resource("user "), None);
        assert_eq!(resource("users-table"), Some(DeniedResource::Name("users-table".to_owned())));
    }

    #[test]
    fn quotation_marks_are_no_part_of_what_they_enclose() {
        let identity = "arn:aws:ses:eu-west-1:111122223333:identity/noreply@example.com";
        let who = "arn:aws:sts::111122223333:assumed-role/a/b";
        for (open, close) in [('`', '\''), ('"', '"'), ('“', '”'), ('‘', '’'), ('\'', '\'')] {
            let denial = parse(&format!(
                "User {open}{who}{close} is not authorized to perform {open}ses:SendEmail{close} on resource {open}{identity}{close}"
            ));
            assert_eq!(denial.action.as_deref(), Some("ses:SendEmail"), "{open}");
            assert_eq!((denial.user.as_deref(), denial.resource), (Some(who), arn(identity)), "{open}");
        }
        let quoted = parse(&format!(
            "{WHO}s3:GetObject on resource: \"arn:aws:s3:::b/say \"hi\"\" because no identity-based policy allows the s3:GetObject action"
        ));
        assert_eq!(quoted.resource, arn("arn:aws:s3:::b/say \"hi\""));
    }

    #[test]
    fn a_message_may_say_which_permission_is_missing() {
        let action = |text: &str| parse(text).action;
        let tags = "User with accountId: 111122223333 is not authorized to perform CreateLogGroup with Tags. \
            An additional permission \"logs:TagResource\" is required.";
        assert_eq!(action(tags).as_deref(), Some("logs:TagResource"));
        assert_eq!(parse(tags).user, None);
        assert_eq!(action("You need the ec2:CreateTags permission.").as_deref(), Some("ec2:CreateTags"));
        assert_eq!(action("This requires the permissions iam:GetRole and iam:PassRole"), None);
        assert_eq!(action("The execution role needs the sqs:ReceiveMessage permission"), None);
        assert_eq!(action("Access to s3:bucket was refused"), None);
    }

    #[test]
    fn every_kind_of_policy_can_be_what_does_not_allow() {
        let reason = |text: &str| {
            let denial = parse(&format!(
                "{WHO}s3:GetObject on resource: arn:aws:s3:::b because no {text} the s3:GetObject action"
            ));
            assert_eq!(denial.resource, arn("arn:aws:s3:::b"), "{text}");
            denial.reason
        };
        let cases = [
            ("identity-based policy allows", PolicyType::IdentityBased),
            ("resource-based policy allows", PolicyType::ResourceBased),
            ("resource-based policies allow", PolicyType::ResourceBased),
            ("permissions boundary allows", PolicyType::PermissionsBoundary),
            ("session policy allows", PolicyType::Session),
            ("service control policy allows", PolicyType::ServiceControl),
            ("resource control policy allows", PolicyType::ResourceControl),
            ("VPC endpoint policy allows", PolicyType::VpcEndpoint),
            ("role trust policy allows", PolicyType::RoleTrust),
            ("novel policy allows", PolicyType::Other),
        ];
        for (text, kind) in cases {
            assert_eq!(reason(text), DenialReason::NoAllow(kind), "{text}");
        }
    }

    #[test]
    fn what_stands_behind_the_resource_is_no_part_of_it() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
        for behind in [
            " because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
            " (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: r)",
            "\n\tstatus code: 400, request id: r",
        ] {
            let denial = parse(&format!("{WHO}kms:Decrypt on resource: {key}{behind}"));
            assert_eq!((denial.resource, denial.reason), (arn(key), DenialReason::Unstated), "{behind}");
        }
        assert_eq!(parse(&format!("{WHO}kms:Decrypt on the resource associated with this ciphertext")).resource, None);
        assert_eq!(parse(&format!("{WHO}kms:Decrypt on resources in this Region")).resource, None);
    }

    #[test]
    fn explicit_denies_name_the_policy() {
        let reason = |text: &str| parse(&format!("{WHO}s3:GetObject on resource: arn:aws:s3:::b {text}")).reason;
        let cases = [
            ("with an explicit deny in a service control policy", PolicyType::ServiceControl),
            (
                "with an explicit deny in an identity-based policy: arn:aws:iam::1:policy/session",
                PolicyType::IdentityBased,
            ),
            ("with an explicit deny in a resource control policy", PolicyType::ResourceControl),
            ("with an explicit deny in a permissions boundary", PolicyType::PermissionsBoundary),
            ("with an explicit deny in a VPC endpoint policy", PolicyType::VpcEndpoint),
            ("with an explicit deny in a session policy", PolicyType::Session),
            ("with an explicit deny in a novel policy", PolicyType::Other),
        ];
        for (text, kind) in cases {
            assert_eq!(reason(text), DenialReason::ExplicitDeny(kind), "{text}");
        }
    }

    #[test]
    fn a_names_own_words_are_not_taken_for_the_reason() {
        let name = "arn:aws:s3:::b/x because no resource-based policy allows";
        let denial = parse(&format!(
            "{WHO}s3:GetObject on resource: {name} because no identity-based policy allows the s3:GetObject action"
        ));
        assert_eq!(denial.resource, arn(name));
        assert_eq!(denial.reason, DenialReason::NoAllow(PolicyType::IdentityBased));
    }

    #[test]
    fn what_is_cut_off_is_not_guessed() {
        let long = format!("{WHO}s3:GetObject on resource: arn:aws:s3:::b/{}", "x".repeat(KEPT));
        let denial = parse(&long);
        assert_eq!((denial.action.as_deref(), denial.resource, denial.truncated), (Some("s3:GetObject"), None, true));
        let denial = parse(&format!("{WHO}s3:Get..."));
        assert_eq!((denial.action, denial.truncated), (None, true));
    }
}
