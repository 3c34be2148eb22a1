//! Who made a call.

use std::fmt;

use serde::{Deserialize, Serialize};
use tighten_iam::{Partition, Principal};

use crate::record::event::Event;
use crate::record::outline::Outline;

/// Whose permissions a call needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A principal that has policies.
    Principal {
        /// The role (never its session), user or root.
        principal: Principal,
        /// The service that made the call on the principal's behalf.
        via: Option<Via>,
        /// `false` when the record shows the name alone, so that the path is a guess; a
        /// [`NameIndex`](crate::NameIndex) may know better.
        certain: bool,
    },
    /// Nobody whose policies this call says anything about.
    None(NoPrincipal),
}

/// Through what a principal's call was made (a forward access session).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Via {
    /// A service by its principal name, for example `cloudformation.amazonaws.com`.
    Service(String),
    /// A service that the record calls `AWS Internal`.
    AwsInternal,
}

/// Why a call says nothing about anybody's policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NoPrincipal {
    /// A service called for itself.
    Service,
    /// A service did something without a call (`AwsServiceEvent`).
    ServiceEvent,
    /// Somebody signed in.
    SignIn,
    /// Something in the console that is no API call (`AwsConsoleAction`).
    ConsoleAction,
    /// An Insight record.
    Insight,
    /// An aggregated record.
    Aggregated,
    /// A caller without credentials.
    Anonymous,
    /// A caller of another account, known by its id alone: the copy of the account that owns the resource.
    OtherAccount,
    /// A copy delivered to another account than the caller's.
    NotCallersCopy,
    /// A person or workload at an identity provider, before it has a role; or a federated user whose record does not
    /// name the user that issued the session.
    Federated,
    /// A user of Identity Center, whose permission is not IAM's.
    IdentityCenter,
    /// A user of a directory.
    Directory,
    /// `Unknown`, or a type that is not known here.
    Unknown,
    /// The record does not say who called, or says it unreadably.
    Missing,
}

impl NoPrincipal {
    /// The reason's stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::ServiceEvent => "service-event",
            Self::SignIn => "sign-in",
            Self::ConsoleAction => "console-action",
            Self::Insight => "insight",
            Self::Aggregated => "aggregated",
            Self::Anonymous => "anonymous",
            Self::OtherAccount => "other-account",
            Self::NotCallersCopy => "not-callers-copy",
            Self::Federated => "federated",
            Self::IdentityCenter => "identity-center",
            Self::Directory => "directory",
            Self::Unknown => "unknown-identity",
            Self::Missing => "no-identity",
        }
    }
}

impl fmt::Display for NoPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "a service called for itself",
            Self::ServiceEvent => "an event of a service, not a call",
            Self::SignIn => "a sign-in",
            Self::ConsoleAction => "an action in the console that is no API call",
            Self::Insight => "an Insight record",
            Self::Aggregated => "an aggregated record",
            Self::Anonymous => "an anonymous caller",
            Self::OtherAccount => "a caller of another account, known by its id alone",
            Self::NotCallersCopy => "a copy for an account that is not the caller's",
            Self::Federated => "an identity provider's user without a role",
            Self::IdentityCenter => "an Identity Center user",
            Self::Directory => "a directory user",
            Self::Unknown => "a caller of unknown type",
            Self::Missing => "no readable identity",
        })
    }
}

impl Via {
    /// The service's principal name, or `AWS Internal`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Service(name) => name,
            Self::AwsInternal => AWS_INTERNAL,
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How records spell a calling service that is not to be named.
const AWS_INTERNAL: &str = "AWS Internal";
/// The console's sign-in service. Old records name it in `invokedBy` of everything done in the console.
const SIGN_IN: &str = "signin.amazonaws.com";

/// Decides whose permissions the call needed.
pub fn identify(event: &Event<'_>) -> Identity {
    let user = &event.user_identity;
    if let Some(reason) = no_call(event) {
        return Identity::None(reason);
    }
    let kind = user.kind.as_deref().unwrap_or_default();
    let reason = match kind {
        "AWSAccount" if is_anonymous(event) => NoPrincipal::Anonymous,
        "AWSAccount" => NoPrincipal::OtherAccount,
        "AWSService" => NoPrincipal::Service,
        "SAMLUser" | "WebIdentityUser" => NoPrincipal::Federated,
        "IdentityCenterUser" => NoPrincipal::IdentityCenter,
        "Directory" => NoPrincipal::Directory,
        "" if user.invoked_by.is_some() && user.arn.is_none() => NoPrincipal::Service,
        // A record without a type, as older and re-written ones are, still has an ARN that speaks for itself.
        "IAMUser" | "AssumedRole" | "Role" | "FederatedUser" | "Root" | "" => {
            if !is_callers_copy(event) {
                return Identity::None(NoPrincipal::NotCallersCopy);
            }
            return match principal(event, kind) {
                Some((principal, certain)) => Identity::Principal { via: via(event, &principal), principal, certain },
                None if is_anonymous(event) => Identity::None(NoPrincipal::Anonymous),
                None if kind == "FederatedUser" => Identity::None(NoPrincipal::Federated),
                None => Identity::None(NoPrincipal::Missing),
            };
        }
        // `Unknown`, and types that are new: some services write it although the ARN or the issuer says who called.
        _ => {
            return match principal(event, kind) {
                Some(_) if !is_callers_copy(event) => Identity::None(NoPrincipal::NotCallersCopy),
                Some((principal, certain)) => Identity::Principal { via: via(event, &principal), principal, certain },
                None => Identity::None(NoPrincipal::Unknown),
            };
        }
    };
    Identity::None(reason)
}

/// Records that are no calls, whoever they name.
fn no_call(event: &Event<'_>) -> Option<NoPrincipal> {
    let outline = Outline::of(event);
    let kind = outline.event_type.unwrap_or_default();
    let is = |name: &str| kind.eq_ignore_ascii_case(name);
    if is("AwsServiceEvent") {
        Some(NoPrincipal::ServiceEvent)
    } else if is("AwsConsoleSignIn") || event.event_source.eq_ignore_ascii_case(SIGN_IN) {
        Some(NoPrincipal::SignIn)
    } else if is("AwsConsoleAction") {
        Some(NoPrincipal::ConsoleAction)
    } else if outline.is_insight() {
        Some(NoPrincipal::Insight)
    } else if outline.is_aggregated() {
        Some(NoPrincipal::Aggregated)
    } else {
        None
    }
}

fn is_anonymous(event: &Event<'_>) -> bool {
    let user = &event.user_identity;
    let named = |text: &Option<_>, names: [&str; 2]| {
        text.as_deref().is_some_and(|text: &str| names.iter().any(|name| text.eq_ignore_ascii_case(name)))
    };
    named(&user.principal_id, ["Anonymous", "ANONYMOUS_PRINCIPAL"])
        || named(&user.account_id, ["Anonymous", "ANONYMOUS_PRINCIPAL"])
}

/// A call over accounts is recorded in each of them. Only the caller's own copy shows who called, in full.
fn is_callers_copy(event: &Event<'_>) -> bool {
    match (event.recipient_account_id.as_deref(), caller_account(event)) {
        (Some(recipient), Some(caller)) => recipient == caller,
        // Records of the first versions have no recipient, and were delivered to the caller alone.
        _ => true,
    }
}

fn caller_account<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    let user = &event.user_identity;
    let issuer = user.session_issuer.as_ref();
    non_empty(user.account_id.as_deref())
        .or_else(|| user.arn.as_deref().and_then(arn_account))
        .or_else(|| issuer.and_then(|issuer| non_empty(issuer.account_id.as_deref())))
        .or_else(|| issuer.and_then(|issuer| issuer.arn.as_deref()).and_then(arn_account))
}

/// The principal, and whether the record names it in full.
fn principal(event: &Event<'_>, kind: &str) -> Option<(Principal, bool)> {
    let user = &event.user_identity;
    match kind {
        "IAMUser" => named_in_full(user.arn.as_deref(), &["user/"]).or_else(|| {
            let name = non_empty(user.user_name.as_deref())?;
            // A failed sign-in's user name may be a password typed into the wrong field.
            let hidden = name == "HIDDEN_DUE_TO_SECURITY_REASONS";
            if hidden { None } else { by_name(event, "user", name) }
        }),
        "Root" => named_in_full(user.arn.as_deref(), &["root"]).or_else(|| {
            let arn = format!("arn:{}:iam::{}:root", partition(event), caller_account(event)?);
            Some((Principal::from_arn(&arn).ok()?, true))
        }),
        "AssumedRole" | "Role" => role(event),
        "FederatedUser" => issuer(event, &["user/", "root", "role/"]),
        // No type tells what it is. A session's issuer is whose permissions the session has.
        _ => issuer(event, &["user/", "root", "role/"]).or_else(|| {
            let arn = user.arn.as_deref()?;
            match arn_resource(arn)? {
                resource if resource.starts_with("assumed-role/") => role(event),
                _ => named_in_full(Some(arn), &["user/", "root", "role/"]),
            }
        }),
    }
}

fn role(event: &Event<'_>) -> Option<(Principal, bool)> {
    let user = &event.user_identity;
    issuer(event, &["role/"]).or_else(|| named_in_full(user.arn.as_deref(), &["role/"])).or_else(|| {
        let issued = user.session_issuer.as_ref().and_then(|issuer| non_empty(issuer.user_name.as_deref()));
        let session =
            user.arn.as_deref().and_then(arn_resource).and_then(|resource| resource.strip_prefix("assumed-role/"));
        let name = issued.or_else(|| session?.split('/').next().filter(|name| !name.is_empty()))?;
        by_name(event, "role", name)
    })
}

fn issuer(event: &Event<'_>, kinds: &[&str]) -> Option<(Principal, bool)> {
    named_in_full(event.user_identity.session_issuer.as_ref()?.arn.as_deref(), kinds)
}

fn named_in_full(arn: Option<&str>, kinds: &[&str]) -> Option<(Principal, bool)> {
    let arn = arn?;
    let (service, resource) = (arn.split(':').nth(2)?, arn_resource(arn)?);
    let fits = service == "iam" && kinds.iter().any(|kind| resource.starts_with(kind));
    if fits { Some((Principal::from_arn(arn).ok()?, true)) } else { None }
}

fn by_name(event: &Event<'_>, kind: &str, name: &str) -> Option<(Principal, bool)> {
    // Where the caller's account is not said, nothing says that it is another than the one that got the record.
    let account = caller_account(event).or_else(|| non_empty(event.recipient_account_id.as_deref()))?;
    let arn = format!("arn:{}:iam::{account}:{kind}/{name}", partition(event));
    Some((Principal::from_arn(&arn).ok()?, false))
}

fn partition<'e>(event: &'e Event<'_>) -> &'e str {
    let user = &event.user_identity;
    let named = user.arn.as_deref().and_then(|arn| arn.strip_prefix("arn:")).and_then(|arn| arn.split(':').next());
    match named {
        Some(partition) if !partition.is_empty() => partition,
        _ => Partition::of_region(&event.aws_region).as_str(),
    }
}

/// The service that the call went through.
///
/// None of these is a forward access session: what a service-linked role, or a role made for a service
/// (`/service-role/`), does is done by that service itself; a service that is named as calling itself is the
/// console's back end; and the sign-in service marks the console.
fn via(event: &Event<'_>, principal: &Principal) -> Option<Via> {
    let service = non_empty(event.user_identity.invoked_by.as_deref())?;
    if service.eq_ignore_ascii_case(AWS_INTERNAL) {
        return (!acts_for_a_service(principal)).then_some(Via::AwsInternal);
    }
    let own = service.eq_ignore_ascii_case(SIGN_IN) || service.eq_ignore_ascii_case(&event.event_source);
    (!own && !acts_for_a_service(principal)).then(|| Via::Service(service.to_owned()))
}

fn acts_for_a_service(principal: &Principal) -> bool {
    principal.is_service_linked_role() || principal.is_service_role()
}

fn arn_account(arn: &str) -> Option<&str> {
    non_empty(arn.split(':').nth(4))
}

fn arn_resource(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)
}

fn non_empty(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "a call with `json!` reads better without a reference")]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::*;
    use crate::limits::Limits;
    use crate::reader::Reader;

    const ISSUED: &str = "arn:aws:iam::111122223333:role/ci/deploy";
    const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/build-7";

    /// Identifies a call by this `userIdentity`, with further fields of the record.
    fn of(user: Value, more: Value) -> Identity {
        let mut record = json!({
            "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1", "eventType": "AwsApiCall",
            "recipientAccountId": "111122223333", "userIdentity": user,
        });
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut found = None;
        let report =
            Reader::new().read_bytes("x.json", record.to_string().as_bytes(), &Limits::default(), &mut |event| {
                found = Some(identify(&event));
            });
        assert_eq!(report.records, 1, "{record}");
        found.unwrap()
    }

    fn principal(user: Value) -> (String, Option<String>, bool) {
        match of(user.clone(), json!({})) {
            Identity::Principal { principal, via, certain } => {
                (principal.to_string(), via.map(|via| via.to_string()), certain)
            }
            Identity::None(reason) => panic!("{user}: {reason}"),
        }
    }

    fn none(user: Value, more: Value) -> NoPrincipal {
        match of(user.clone(), more) {
            Identity::None(reason) => reason,
            Identity::Principal { principal, .. } => panic!("{user}: {principal}"),
        }
    }

    fn role_session() -> Value {
        json!({
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:build-7", "arn": SESSION, "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "arn": ISSUED, "accountId": "111122223333", "userName": "deploy"}},
        })
    }

    fn invoked_by(mut user: Value, service: &str) -> Value {
        user["invokedBy"] = json!(service);
        user
    }

    #[test]
    fn a_session_is_its_role_with_the_roles_path() {
        assert_eq!(principal(role_session()), (ISSUED.to_owned(), None, true));
        let role = json!({"type": "Role", "arn": ISSUED, "accountId": "111122223333"});
        assert_eq!(principal(role), (ISSUED.to_owned(), None, true));
    }

    #[test]
    fn a_session_without_issuer_is_known_by_the_roles_name() {
        let by_name = ("arn:aws:iam::111122223333:role/deploy".to_owned(), None, false);
        assert_eq!(principal(json!({"type": "AssumedRole", "arn": SESSION, "accountId": "111122223333"})), by_name);
        let issuer = json!({"type": "Role", "userName": "deploy", "accountId": "111122223333"});
        let user = json!({"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}});
        assert_eq!(principal(user), by_name);
        assert_eq!(principal(json!({"arn": SESSION})), by_name);
    }

    #[test]
    fn users_and_root_are_themselves() {
        let user = json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ops/ada", "accountId": "111122223333", "userName": "ada"});
        assert_eq!(principal(user), ("arn:aws:iam::111122223333:user/ops/ada".to_owned(), None, true));
        let user = json!({"type": "IAMUser", "accountId": "111122223333", "userName": "ada"});
        assert_eq!(principal(user), ("arn:aws:iam::111122223333:user/ada".to_owned(), None, false));
        let root = json!({"type": "Root", "accountId": "111122223333"});
        assert_eq!(principal(root), ("arn:aws:iam::111122223333:root".to_owned(), None, true));
        let federated = json!({
            "type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/ada", "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/broker"}},
        });
        assert_eq!(principal(federated), ("arn:aws:iam::111122223333:user/broker".to_owned(), None, true));
        let no_type = json!({"arn": "arn:aws:iam::111122223333:user/ada"});
        assert_eq!(principal(no_type), ("arn:aws:iam::111122223333:user/ada".to_owned(), None, true));
    }

    #[test]
    fn an_unknown_type_with_a_role_is_that_role() {
        let session = |kind: &str| json!({"type": kind, "principalId": "AROAEXAMPLE:jane", "arn": SESSION, "accountId": "111122223333"});
        for kind in ["Unknown", "SomethingNew", ""] {
            let by_name = ("arn:aws:iam::111122223333:role/deploy".to_owned(), None, false);
            assert_eq!(principal(session(kind)), by_name, "{kind}");
            let mut issued = session(kind);
            issued["sessionContext"] = json!({"sessionIssuer": {"type": "Role", "arn": ISSUED}});
            assert_eq!(principal(issued), (ISSUED.to_owned(), None, true), "{kind}");
            // A federated user's session, which its own ARN does not lead back from.
            let federated = json!({
                "type": kind, "arn": "arn:aws:sts::111122223333:federated-user/ada", "accountId": "111122223333",
                "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/broker"}},
            });
            assert_eq!(principal(federated).0, "arn:aws:iam::111122223333:user/broker", "{kind}");
        }
        let elsewhere = json!({"recipientAccountId": "444455556666"});
        assert_eq!(none(session("Unknown"), elsewhere), NoPrincipal::NotCallersCopy);
        // A person at an identity provider, and an ARN that names nobody who has policies.
        let person = json!({"type": "Unknown", "principalId": "example.com//S-1-5-21", "accountId": "111122223333", "userName": "bob"});
        assert_eq!(none(person, json!({})), NoPrincipal::Unknown);
        let other = json!({"type": "Unknown", "arn": "arn:aws:sts::111122223333:federated-user/ada", "accountId": "111122223333"});
        assert_eq!(none(other, json!({})), NoPrincipal::Unknown);
    }

    #[test]
    fn a_made_up_arn_is_in_the_callers_partition() {
        let user = json!({"type": "AssumedRole", "arn": "arn:aws-us-gov:sts::111122223333:assumed-role/deploy/x"});
        assert_eq!(principal(user).0, "arn:aws-us-gov:iam::111122223333:role/deploy");
        let root = json!({"type": "Root", "accountId": "111122223333"});
        let Identity::Principal { principal, .. } = of(root, json!({"awsRegion": "cn-north-1"})) else { panic!() };
        assert_eq!(principal.to_string(), "arn:aws-cn:iam::111122223333:root");
    }

    #[test]
    fn types_without_policies_have_their_reason() {
        let kinds = [
            ("AWSService", NoPrincipal::Service),
            ("AWSAccount", NoPrincipal::OtherAccount),
            ("SAMLUser", NoPrincipal::Federated),
            ("WebIdentityUser", NoPrincipal::Federated),
            ("FederatedUser", NoPrincipal::Federated),
            ("IdentityCenterUser", NoPrincipal::IdentityCenter),
            ("Directory", NoPrincipal::Directory),
            ("Unknown", NoPrincipal::Unknown),
            ("SomethingNew", NoPrincipal::Unknown),
            ("IAMUser", NoPrincipal::Missing),
            ("AssumedRole", NoPrincipal::Missing),
        ];
        for (kind, reason) in kinds {
            assert_eq!(none(json!({"type": kind, "accountId": "111122223333"}), json!({})), reason, "{kind}");
        }
        assert_eq!(
            none(json!({"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}), json!({})),
            NoPrincipal::Anonymous
        );
        assert_eq!(
            none(json!({"type": "AWSAccount", "principalId": "Anonymous", "accountId": ""}), json!({})),
            NoPrincipal::Anonymous
        );
        assert_eq!(
            none(json!({"accountId": "111122223333", "invokedBy": "AWS Internal"}), json!({})),
            NoPrincipal::Service
        );
        let hidden =
            json!({"type": "IAMUser", "accountId": "111122223333", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        assert_eq!(none(hidden, json!({})), NoPrincipal::Missing);
        for user in [json!(null), json!("x"), json!([]), json!({})] {
            assert_eq!(none(user, json!({})), NoPrincipal::Missing);
        }
    }

    #[test]
    fn records_that_are_no_calls_name_nobody() {
        let kinds = [
            (json!({"eventType": "AwsServiceEvent"}), NoPrincipal::ServiceEvent),
            (json!({"eventType": "AwsConsoleSignIn"}), NoPrincipal::SignIn),
            (json!({"eventType": "AwsConsoleSignin"}), NoPrincipal::SignIn),
            (json!({"eventSource": "signin.amazonaws.com"}), NoPrincipal::SignIn),
            (json!({"eventType": "AwsConsoleAction"}), NoPrincipal::ConsoleAction),
        ];
        for (more, reason) in kinds {
            assert_eq!(none(role_session(), more), reason);
        }
        for (kind, reason) in
            [("AwsCloudTrailInsight", NoPrincipal::Insight), ("AwsAggregatedEvent", NoPrincipal::Aggregated)]
        {
            let event = Event { event_type: Some(Cow::Borrowed(kind)), ..Event::default() };
            assert_eq!(identify(&event), Identity::None(reason));
        }
    }

    #[test]
    fn only_the_callers_copy_counts() {
        assert_eq!(none(role_session(), json!({"recipientAccountId": "999999999999"})), NoPrincipal::NotCallersCopy);
        let mut user = role_session();
        user["accountId"] = json!(null);
        assert_eq!(none(user, json!({"recipientAccountId": "999999999999"})), NoPrincipal::NotCallersCopy);
        assert!(matches!(of(role_session(), json!({"recipientAccountId": null})), Identity::Principal { .. }));
    }

    #[test]
    fn calls_through_a_service_say_so() {
        let via = |user: Value| principal(user).1;
        assert_eq!(
            via(invoked_by(role_session(), "cloudformation.amazonaws.com")).as_deref(),
            Some("cloudformation.amazonaws.com")
        );
        assert_eq!(via(invoked_by(role_session(), "AWS Internal")).as_deref(), Some("AWS Internal"));
        // The console, and a console's back end that names itself.
        assert_eq!(via(invoked_by(role_session(), "signin.amazonaws.com")), None);
        assert_eq!(via(invoked_by(role_session(), "s3.amazonaws.com")), None);
        assert_eq!(via(invoked_by(role_session(), "")), None);
    }

    #[test]
    fn a_services_own_role_does_not_act_through_it() {
        for role in ["aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS", "service-role/codebuild-x"] {
            let mut user = invoked_by(role_session(), "rds.amazonaws.com");
            user["sessionContext"]["sessionIssuer"]["arn"] = json!(format!("arn:aws:iam::111122223333:role/{role}"));
            assert_eq!(principal(user).1, None, "{role}");
        }
    }
}
