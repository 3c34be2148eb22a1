//! Whether a call was let through.

use tighten_iam::matches_ignoring_case;

use crate::record::event::Event;

/// What a record proves about the caller's permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The call was let through, though it may have failed later.
    Authorised,
    /// The call was refused: the caller wanted this, and did not have it.
    Denied,
    /// Neither is shown.
    NoEvidence,
}

/// One row of `rules/outcome.toml`: what an error says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutcomeRule {
    /// The rule's stable name.
    pub id: &'static str,
    /// What it decides.
    pub outcome: Outcome,
    /// The error codes it speaks of, in lower case; `*` stands for any text.
    pub codes: &'static [&'static str],
    /// If there are any, it speaks only of errors whose message matches one.
    pub messages: &'static [&'static str],
    /// If there are any, it speaks only of these calls: event source, a slash, event name.
    pub calls: &'static [&'static str],
    /// What is known about it, and from where.
    pub evidence: &'static str,
}

impl Outcome {
    /// The outcome's stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Authorised => "authorised",
            Self::Denied => "denied",
            Self::NoEvidence => "no-evidence",
        }
    }
}

/// What the record proves.
pub fn outcome(event: &Event<'_>) -> Outcome {
    outcome_rule(event).outcome
}

/// What the record proves, and the rule that says so.
pub fn outcome_rule(event: &Event<'_>) -> &'static OutcomeRule {
    let code = event.error_code.as_deref().unwrap_or_default();
    let message = event.error_message.as_deref().unwrap_or_default();
    if code.is_empty() {
        return if message.is_empty() { without_error(event) } else { without_code(message) };
    }
    let code = code
        .get(.."Client.".len())
        .filter(|prefix| prefix.eq_ignore_ascii_case("Client."))
        .map_or(code, |prefix| code.get(prefix.len()..).unwrap_or(code));
    let fits = |pattern: &&'static str| matches_ignoring_case(pattern, code);
    let is_call = |call: &&'static str| {
        call.split_once('/').is_some_and(|(source, name)| {
            source.eq_ignore_ascii_case(&event.event_source) && name.eq_ignore_ascii_case(&event.event_name)
        })
    };
    let by_message = OUTCOME_RULES.iter().filter(|rule| !rule.messages.is_empty()).find(|rule| {
        !message.is_empty()
            && rule.codes.iter().any(&fits)
            && rule.messages.iter().any(|pattern| matches_ignoring_case(pattern, message))
    });
    let by_call = || OUTCOME_RULES.iter().find(|rule| rule.calls.iter().any(is_call) && rule.codes.iter().any(&fits));
    let by_code = || OUTCOME_RULES.iter().filter(|rule| rule.messages.is_empty() && rule.calls.is_empty());
    by_message
        .or_else(by_call)
        .or_else(|| by_code().find(|rule| rule.codes.iter().any(|exact| exact.eq_ignore_ascii_case(code))))
        .or_else(|| by_code().find(|rule| rule.codes.iter().any(&fits)))
        .unwrap_or(&UNLISTED)
}

/// A record without an error. A network activity event shows that the endpoint let the call pass; whether the
/// service then did is recorded elsewhere.
fn without_error(event: &Event<'_>) -> &'static OutcomeRule {
    let is_network = event.event_category.as_deref() == Some("NetworkActivity")
        || matches!(event.event_type.as_deref(), Some("AwsVpceEvent" | "AwsVpceEvents"));
    if is_network { &NETWORK } else { &NO_ERROR }
}

/// Some services leave the code out and write the refusal in the message alone. Nothing but the message tells that these were
/// refused, so the short words that codes are made of count, too.
fn without_code(message: &str) -> &'static OutcomeRule {
    const REFUSALS: [&str; 6] = [
        "*access*denied*",
        "*not authorized*",
        "*unauthorized*",
        "*not * permission*",
        "*explicit deny*",
        "*forbidden*",
    ];
    OUTCOME_RULES
        .iter()
        .filter(|rule| rule.codes == ["*"])
        .find(|rule| rule.messages.iter().any(|pattern| matches_ignoring_case(pattern, message)))
        .unwrap_or(if REFUSALS.iter().any(|pattern| matches_ignoring_case(pattern, message)) {
            &NO_CODE_REFUSED
        } else {
            &NO_CODE
        })
}

/// All rules, in the order in which they are tried within their kind.
pub static OUTCOME_RULES: &[OutcomeRule] = include!(concat!(env!("OUT_DIR"), "/outcome_rules.rs"));

static NO_ERROR: OutcomeRule = built_in("no-error", Outcome::Authorised, "The record shows no error.");
static NO_CODE: OutcomeRule =
    built_in("no-code", Outcome::Authorised, "The record shows a message that is no refusal, and no code.");
static NO_CODE_REFUSED: OutcomeRule =
    built_in("no-code-refused", Outcome::Denied, "The record shows a message that speaks of a refusal, and no code.");
static NETWORK: OutcomeRule = built_in(
    "network-activity",
    Outcome::NoEvidence,
    "A network activity event records what an endpoint let pass, not what the service decided.",
);
static UNLISTED: OutcomeRule =
    built_in("unlisted", Outcome::Authorised, "A code that no rule names comes from behind the front door.");

const fn built_in(id: &'static str, outcome: Outcome, evidence: &'static str) -> OutcomeRule {
    OutcomeRule { id, outcome, codes: &[], messages: &[], calls: &[], evidence }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn rule(code: &str, message: &str) -> &'static str {
        let text = |text: &'static str| Some(Cow::Borrowed(text)).filter(|text| !text.is_empty());
        let (code, message) = (code.to_owned().leak(), message.to_owned().leak());
        outcome_rule(&Event { error_code: text(code), error_message: text(message), ..Event::default() }).id
    }

    #[test]
    fn codes_of_real_logs_have_their_rules() {
        let codes = [
            ("", "no-error"),
            ("AccessDenied", "denied"),
            ("accessdenied", "denied"),
            ("AccessDeniedException", "denied"),
            ("Client.UnauthorizedOperation", "denied"),
            ("client.unauthorizedoperation", "denied"),
            ("KMSAccessDeniedException", "denied"),
            ("AWS.SimpleQueueService.AccessDenied", "denied"),
            ("VpceAccessDenied", "denied-by-endpoint"),
            ("InvalidAccessException", "denied-or-not-enabled"),
            ("ThrottlingException", "rate"),
            ("EC2ThrottledException", "rate"),
            ("Client.RequestLimitExceeded", "rate"),
            ("ProvisionedThroughputExceededException", "rate"),
            ("Server.InternalError", "outage"),
            ("ExpiredToken", "credentials"),
            ("RequestExpired", "credentials"),
            ("Client.AuthFailure", "account"),
            ("Client.DryRunOperation", "dry-run"),
            ("NoSuchBucketPolicy", "not-found"),
            ("Client.InvalidVpcID.NotFound", "not-found"),
            ("InvocationDoesNotExist", "not-found"),
            ("ReplicationConfigurationNotFoundError", "not-found"),
            ("Client.InvalidGroup.Duplicate", "conflict"),
            ("EntityAlreadyExists", "conflict"),
            ("InvalidDBInstanceStateFault", "conflict"),
            ("InvalidDBSnapshotState", "conflict"),
            ("BucketNotEmpty", "conflict"),
            ("ConditionalCheckFailedException", "conflict"),
            ("LimitExceededException", "quota"),
            ("Client.VpcLimitExceeded", "quota"),
            ("ValidationException", "request-shape"),
            ("Client.InvalidParameterValue", "request-shape"),
            ("Client.InvalidInstanceID.Malformed", "request-shape"),
            ("InvalidTrailNameException", "request-shape"),
            ("NoSuchBucket", "no-such-bucket"),
            ("nosuchbucket", "no-such-bucket"),
            ("NoSuchKey", "not-found"),
            ("NoSuchUpload", "not-found"),
            ("PermanentRedirect", "elsewhere"),
            ("ClientException", "client-exception"),
            ("OptInRequiredException", "account"),
            ("CloudTrailARNInvalidException", "request-shape"),
            ("CloudTrailInvalidClientTokenIdException", "request-shape"),
            ("BranchNameRequiredException", "request-shape"),
            ("PayloadTooLargeException", "request-shape"),
            ("TooManyEntriesInBatchRequest", "request-shape"),
            ("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "request-shape"),
            ("WAFInternalErrorException", "outage"),
            ("ServerException", "outage"),
            ("HttpFailureException", "outage"),
            ("TooManyTagsException", "quota"),
            ("TooManyRequestsException", "rate"),
            ("WAFLimitsExceededException", "quota"),
            ("EC2InstanceStateInvalidException", "conflict"),
            ("InsufficientIAMAccessPermissionException", "denied"),
            ("InsufficientDBInstanceCapacity", "quota"),
            ("AWS.SimpleQueueService.NonExistentQueue", "unlisted"),
            ("NotOrganizationMasterAccountException", "unlisted"),
        ];
        for (code, id) in codes {
            assert_eq!(rule(code, ""), id, "{code}");
        }
    }

    #[test]
    fn a_message_can_decide_against_the_code() {
        let passed =
            "User: arn:aws:iam::1:user/a is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x";
        assert_eq!(rule("ValidationException", passed), "denied-message");
        assert_eq!(rule("", passed), "denied-message");
        assert_eq!(rule("", "Multi-factor authentication failed"), "no-code");
        for message in
            ["Access Denied", "Access to the topic is denied.", "Not authorized", "You do not have permission"]
        {
            assert_eq!(rule("", message), "no-code-refused", "{message}");
        }
        assert_eq!(rule("ValidationError", "Stack with id app does not exist"), "state-in-validation");
        assert_eq!(rule("ValidationError", "No updates are to be performed."), "state-in-validation");
        assert_eq!(rule("ValidationError", "1 validation error detected: Value null"), "request-shape");
        assert_eq!(
            rule("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
            "state-in-validation"
        );
        assert_eq!(rule("ThrottlingException", "Stack does not exist"), "rate");
        let quoted = "User `arn:aws:iam::1:user/a' is not authorized to perform `ses:SendEmail' on resource `arn:aws:ses:eu-west-1:1:identity/x'";
        assert_eq!(rule("MessageRejected", quoted), "denied-message");
        let further = "Not with Tags. An additional permission \"logs:TagResource\" is required.";
        assert_eq!(rule("ValidationException", further), "denied-message");
        assert_eq!(rule("AccessDenied", "Cross-account pass role is not allowed."), "refused-by-no-policy");
        let queue = "The specified queue does not exist or you do not have access to it.";
        assert_eq!(rule("AWS.SimpleQueueService.NonExistentQueue", queue), "missing-or-forbidden");
        assert_eq!(rule("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."), "unlisted");
        assert_eq!(rule("AccessDenied", queue), "denied");
        assert_eq!(rule("ClientException", "Role is not valid"), "client-exception");
        assert_eq!(rule("ClientException", "TaskDefinition not found."), "client-exception");
        assert_eq!(rule("ClientException", "Unable to describe task definition."), "state-in-client-exception");
    }

    #[test]
    fn a_call_can_decide_against_the_code() {
        let of = |name: &'static str, code: &'static str| {
            let (source, name) = (Cow::Borrowed("s3.amazonaws.com"), Cow::Borrowed(name));
            let code = Some(Cow::Borrowed(code));
            outcome_rule(&Event { event_source: source, event_name: name, error_code: code, ..Event::default() }).id
        };
        for code in ["404", "NotFound", "400", "NoSuchBucket"] {
            assert_eq!(of("HeadBucket", code), "bucket-or-permission-missing", "{code}");
        }
        assert_eq!((of("HeadObject", "404"), of("HeadObject", "NoSuchKey")), ("not-found", "not-found"));
        assert_eq!((of("HeadBucket", "403"), of("HeadBucket", "AccessDenied")), ("denied", "denied"));
    }

    #[test]
    fn a_network_event_is_no_evidence_unless_it_was_refused() {
        let event = Event { event_category: Some(Cow::Borrowed("NetworkActivity")), ..Event::default() };
        assert_eq!(outcome(&event), Outcome::NoEvidence);
        let refused = Event { error_code: Some(Cow::Borrowed("VpceAccessDenied")), ..event };
        assert_eq!(outcome(&refused), Outcome::Denied);
    }

    #[test]
    fn every_rule_can_be_reached_by_each_of_its_codes() {
        for row in OUTCOME_RULES.iter().filter(|row| row.messages.is_empty() && row.calls.is_empty()) {
            for code in row.codes {
                let example = code.replace('*', "");
                let found = rule(&example, "");
                assert!(
                    found == row.id
                        || OUTCOME_RULES.iter().any(|other| other.id == found && other.outcome == row.outcome),
                    "{code}: {found}"
                );
            }
        }
    }
}
