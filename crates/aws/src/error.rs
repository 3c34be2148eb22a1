//! What went wrong with a request, and which permission it would take.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::preset::Preset;

/// A request: what it asks for and what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwsCall {
    /// The operation, as AWS documents it: `s3 ListObjectsV2`.
    pub operation: &'static str,
    /// The permission that it needs.
    pub action: &'static str,
    /// The part of the permissions that grants it.
    pub preset: Preset,
}

/// A request that failed.
#[derive(Debug)]
pub struct AwsError {
    call: AwsCall,
    resource: String,
    problem: Problem,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A permission is missing.
    Denied,
    /// The permission for a KMS key is missing.
    KeyDenied,
    /// There is no such thing.
    NotFound,
    /// It is in another region, which the answer may tell.
    WrongRegion(Option<String>),
    /// The credentials are no longer good.
    Expired,
    /// The credentials are not good.
    BadCredentials,
    /// It is archived, and has to be restored first.
    Archived,
    /// AWS asked to wait, over and over.
    Throttled,
    /// There is no connection.
    Unreachable,
    /// The answer broke off.
    Cut,
    /// An answer that makes no sense.
    Odd,
    /// The run was interrupted.
    Interrupted,
    /// What AWS says.
    Other(String),
}

impl AwsError {
    /// What an error of the SDK means.
    pub(crate) fn of<E>(call: AwsCall, resource: impl Into<String>, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let problem = problem(&error);
        Self { call, resource: resource.into(), problem, source: Some(Box::new(error)) }
    }

    /// An answer that cannot be used.
    pub(crate) fn new(call: AwsCall, resource: impl Into<String>, problem: Problem) -> Self {
        Self { call, resource: resource.into(), problem, source: None }
    }

    /// Why.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The way out, in one or two lines.
    pub fn tip(&self) -> String {
        let AwsCall { preset, .. } = self.call;
        match &self.problem {
            Problem::Denied => format!(
                "`tighten permissions --preset {preset}` prints the policy that grants it; if that is attached, a policy of \
                 the resource, an SCP or a boundary denies it"
            ),
            Problem::KeyDenied => format!(
                "the objects are encrypted with a KMS key, which takes `kms:Decrypt` on it; `tighten permissions --preset \
                 {preset} --kms-key ARN` prints the policy, and the key's own policy has to let you use it"
            ),
            Problem::NotFound => "check its name, and that it is in this account or partition".to_owned(),
            Problem::WrongRegion(Some(region)) => format!("give `--aws-region {region}`"),
            Problem::WrongRegion(None) => "give `--aws-region` the region that it is in".to_owned(),
            Problem::Expired => "sign in again (`aws sso login`), or export new keys".to_owned(),
            Problem::BadCredentials => "`aws sts get-caller-identity` tells whom they belong to".to_owned(),
            Problem::Archived => "restore it with `aws s3api restore-object` first".to_owned(),
            Problem::Throttled => "try again later; others in the account may be calling AWS as well".to_owned(),
            Problem::Unreachable => {
                "check the network, `--endpoint-url`, `--aws-region`, HTTPS_PROXY and NO_PROXY".to_owned()
            }
            Problem::Cut | Problem::Odd => "try again".to_owned(),
            Problem::Interrupted | Problem::Other(_) => String::new(),
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call: AwsCall { operation, action, .. }, resource, problem, .. } = self;
        match problem {
            Problem::Denied => write!(f, "access denied: {operation} on `{resource}` takes `{action}`"),
            Problem::KeyDenied => {
                write!(f, "access denied: {operation} on `{resource}` takes `kms:Decrypt` on its key")
            }
            Problem::NotFound => write!(f, "there is no `{resource}` ({operation})"),
            Problem::WrongRegion(Some(region)) => write!(f, "`{resource}` is in {region} ({operation})"),
            Problem::WrongRegion(None) => write!(f, "`{resource}` is in another region ({operation})"),
            Problem::Expired => write!(f, "the AWS credentials have expired ({operation} on `{resource}`)"),
            Problem::BadCredentials => write!(f, "AWS does not accept the credentials ({operation} on `{resource}`)"),
            Problem::Archived => write!(f, "`{resource}` is archived"),
            Problem::Throttled => {
                write!(f, "AWS asked to slow down until no attempt was left ({operation} on `{resource}`)")
            }
            Problem::Unreachable => write!(f, "no connection for {operation} on `{resource}`"),
            Problem::Cut => write!(f, "the answer broke off, at every attempt ({operation} on `{resource}`)"),
            Problem::Odd => write!(f, "an answer that makes no sense ({operation} on `{resource}`)"),
            Problem::Interrupted => write!(f, "interrupted before `{resource}` was read"),
            Problem::Other(said) => write!(f, "{operation} on `{resource}` failed: {said}"),
        }
    }
}

impl Error for AwsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // Where the SDK's error says no more than ours, it would only be noise.
        match self.problem {
            Problem::Unreachable => self.source.as_deref().map(|source| source as _),
            _ => None,
        }
    }
}

fn problem<E>(error: &SdkError<E, HttpResponse>) -> Problem
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(region) = error.raw_response().and_then(|response| response.headers().get("x-amz-bucket-region"))
        && error.raw_response().is_some_and(|response| matches!(response.status().as_u16(), 301 | 307 | 400))
    {
        return Problem::WrongRegion(Some(region.to_owned()));
    }
    match error {
        SdkError::ServiceError(failed) => {
            let (code, message) = (failed.err().code(), failed.err().message().unwrap_or_default());
            by_code(code, failed.raw().status().as_u16(), message)
        }
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if is_about_credentials(error) => {
            Problem::BadCredentials
        }
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => Problem::Unreachable,
        SdkError::ResponseError(_) => Problem::Cut,
        other => Problem::Other(other.to_string()),
    }
}

/// The codes are those of the services' documentation. What answers a `HEAD` has none, so the status has to do.
fn by_code(code: Option<&str>, status: u16, message: &str) -> Problem {
    match code.unwrap_or_default() {
        "AccessDenied"
        | "AccessDeniedException"
        | "AllAccessDisabled"
        | "UnauthorizedOperation"
        | "AuthorizationError"
            if message.contains("kms:") || message.contains("KMS") =>
        {
            Problem::KeyDenied
        }
        "KMS.DisabledException" | "KMS.AccessDeniedException" | "KMSAccessDeniedException" => Problem::KeyDenied,
        "AccessDenied"
        | "AccessDeniedException"
        | "AllAccessDisabled"
        | "UnauthorizedOperation"
        | "AuthorizationError" => Problem::Denied,
        "NoSuchBucket"
        | "NoSuchKey"
        | "NoSuchEntity"
        | "TrailNotFoundException"
        | "ResourceNotFoundException"
        | "NotFound" => Problem::NotFound,
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            Problem::WrongRegion(None)
        }
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired" => Problem::Expired,
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidToken"
        | "AuthFailure" => Problem::BadCredentials,
        "InvalidObjectState" => Problem::Archived,
        "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "LimitExceededException" => Problem::Throttled,
        "" => match status {
            403 => Problem::Denied,
            404 => Problem::NotFound,
            429 | 503 => Problem::Throttled,
            status => Problem::Other(format!("status {status}")),
        },
        code if message.is_empty() => Problem::Other(code.to_owned()),
        code => Problem::Other(format!("{code}: {message}")),
    }
}

fn is_about_credentials<E: Error + 'static>(error: &E) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if one.downcast_ref::<CredentialsError>().is_some() {
            return true;
        }
        cause = one.source();
    }
    false
}
