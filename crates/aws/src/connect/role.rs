//! Roles that are assumed: the one that was asked for, and those of profiles that want more than the SDK does for them.
//!
//! The SDK passes over `mfa_serial` and `duration_seconds` of a profile; a role whose trust policy demands a device then denies
//! access, and nothing says why.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};

/// Somebody who knows the code that a device shows.
pub trait AskCode: Send + Sync {
    /// The code that the device of this serial number shows now. `None`: nobody can be asked.
    fn code(&self, serial: &str) -> io::Result<Option<String>>;
}

/// How our sessions are called in CloudTrail.
pub(super) const SESSION: &str = "tighten";

/// The role that was asked for, assumed with these credentials and renewed when they expire.
pub(super) async fn assume(
    arn: &str,
    external_id: Option<&str>,
    config: &SdkConfig,
    base: SharedCredentialsProvider,
) -> SharedCredentialsProvider {
    let mut role = AssumeRoleProvider::builder(arn).session_name(SESSION).configure(config);
    if let Some(id) = external_id {
        role = role.external_id(id);
    }
    SharedCredentialsProvider::new(role.build_from_provider(base).await)
}

/// A profile's role, with everything that the profile says of it.
pub(super) struct ProfileRole {
    pub(super) profile: String,
    pub(super) arn: String,
    pub(super) serial: Option<String>,
    pub(super) duration: Option<Duration>,
    pub(super) external_id: Option<String>,
    pub(super) session_name: Option<String>,
    pub(super) ask: Arc<dyn AskCode>,
    pub(super) client: aws_sdk_sts::Client,
}

/// Nobody could be asked for a code.
#[derive(Debug, thiserror::Error)]
#[error("nobody can be asked for the code of `{serial}`")]
pub(super) struct NoCode {
    pub(super) profile: String,
    pub(super) serial: String,
}

impl fmt::Debug for ProfileRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileRole").field("profile", &self.profile).field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl ProvideCredentials for ProfileRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl ProfileRole {
    async fn credentials(&self) -> provider::Result {
        let mut call = self
            .client
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(self.session_name.as_deref().unwrap_or(SESSION))
            .set_external_id(self.external_id.clone());
        if let Some(duration) = self.duration {
            call = call.duration_seconds(i32::try_from(duration.as_secs()).unwrap_or(i32::MAX));
        }
        if let Some(serial) = &self.serial {
            let code = self.code(serial).await?;
            call = call.serial_number(serial).token_code(code.trim());
        }
        let answer = call.send().await.map_err(CredentialsError::provider_error)?;
        let own = answer.credentials.ok_or_else(|| CredentialsError::unhandled("STS returned no credentials"))?;
        let expiry = SystemTime::try_from(own.expiration).map_err(CredentialsError::unhandled)?;
        Ok(Credentials::new(
            own.access_key_id,
            own.secret_access_key,
            Some(own.session_token),
            Some(expiry),
            "ProfileRole",
        ))
    }

    /// Asks on a thread that may wait as long as it takes.
    async fn code(&self, serial: &str) -> Result<String, CredentialsError> {
        let (ask, wanted) = (Arc::clone(&self.ask), serial.to_owned());
        let answer = tokio::task::spawn_blocking(move || ask.code(&wanted)).await;
        let answer = answer.map_err(CredentialsError::unhandled)?.map_err(CredentialsError::unhandled)?;
        let none = || NoCode { profile: self.profile.clone(), serial: serial.to_owned() };
        answer.ok_or_else(|| CredentialsError::invalid_configuration(none()))
    }
}
