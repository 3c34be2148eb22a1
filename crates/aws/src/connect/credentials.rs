//! Whose credentials count.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::profile::{Profile, ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::AccessOptions;
use super::error::ConnectError;
use super::role::{AskCode, NoCode, ProfileRole};

/// Finds them, and says in words where.
pub(super) async fn find(
    access: &AccessOptions,
    profiles: &ProfileSet,
    config: &SdkConfig,
    provider_config: ProviderConfig,
    ask: Arc<dyn AskCode>,
) -> Result<(SharedCredentialsProvider, String), ConnectError> {
    let has_keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].iter().all(|name| std::env::var_os(name).is_some());
    let own = Own { profiles, config, provider_config, ask };
    let selected = access.profile.as_deref().unwrap_or_else(|| profiles.selected_profile());
    let words = format!("profile {selected}");
    match profiles.get_profile(selected) {
        // A profile that was asked for is all that counts.
        Some(profile) if access.profile.is_some() => Ok((own.of_profile(profile, 0)?, words)),
        Some(profile) if !has_keys && needs_more(profile) => Ok((own.of_profile(profile, 0)?, words)),
        _ => {
            let words = if has_keys { "environment variables".to_owned() } else { words };
            let chain = DefaultCredentialsChain::builder().configure(own.provider_config.clone()).build().await;
            Ok((SharedCredentialsProvider::new(chain), words))
        }
    }
}

/// Whether the profile says something of its role that the SDK passes over.
fn needs_more(profile: &Profile) -> bool {
    profile.get("role_arn").is_some() && ["mfa_serial", "duration_seconds"].iter().any(|key| profile.get(key).is_some())
}

struct Own<'a> {
    profiles: &'a ProfileSet,
    config: &'a SdkConfig,
    provider_config: ProviderConfig,
    ask: Arc<dyn AskCode>,
}

/// How many profiles may stand behind each other.
const DEPTH: usize = 16;

impl Own<'_> {
    fn of_profile(&self, profile: &Profile, depth: usize) -> Result<SharedCredentialsProvider, ConnectError> {
        let name = profile.name();
        let wrong = |problem: &str| ConnectError::Profile { profile: name.to_owned(), problem: problem.to_owned() };
        if depth > DEPTH {
            return Err(wrong("its `source_profile` leads back to it"));
        }
        let Some(arn) = profile.get("role_arn") else { return Ok(self.plain(name)) };
        let source = profile.get("source_profile");
        let source_needs = source.and_then(|name| self.profiles.get_profile(name)).is_some_and(needs_more);
        if !needs_more(profile) && (!source_needs || source == Some(name)) {
            return Ok(self.plain(name));
        }
        let duration = match profile.get("duration_seconds") {
            None => None,
            Some(text) => {
                let seconds = text.trim().parse().ok().filter(|seconds| (900..=43_200).contains(seconds));
                let seconds = seconds.ok_or_else(|| wrong("`duration_seconds` has to be from 900 to 43200"))?;
                Some(Duration::from_secs(seconds))
            }
        };
        let base = self.base(profile, source, depth)?;
        let client = aws_sdk_sts::Client::new(&self.config.to_builder().credentials_provider(base).build());
        let text = |key| profile.get(key).map(str::to_owned);
        Ok(SharedCredentialsProvider::new(ProfileRole {
            profile: name.to_owned(),
            arn: arn.to_owned(),
            serial: text("mfa_serial"),
            duration,
            external_id: text("external_id"),
            session_name: text("role_session_name"),
            ask: Arc::clone(&self.ask),
            client,
        }))
    }

    /// What the role of a profile is assumed with.
    fn base(
        &self,
        profile: &Profile,
        source: Option<&str>,
        depth: usize,
    ) -> Result<SharedCredentialsProvider, ConnectError> {
        let name = profile.name();
        let wrong = |problem: String| ConnectError::Profile { profile: name.to_owned(), problem };
        match (source, profile.get("credential_source")) {
            (Some(source), _) if source == name => {
                let keys = (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key"));
                let (Some(id), Some(secret)) = keys else {
                    return Err(wrong("it is its own `source_profile` and has no keys".to_owned()));
                };
                let token = profile.get("aws_session_token").map(str::to_owned);
                Ok(SharedCredentialsProvider::new(Credentials::new(id, secret, token, None, "ProfileFile")))
            }
            (Some(source), _) => {
                let missing = || wrong(format!("there is no profile `{source}`, which is its `source_profile`"));
                self.of_profile(self.profiles.get_profile(source).ok_or_else(missing)?, depth + 1)
            }
            (None, Some("Environment")) => {
                Ok(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
            }
            (None, Some("Ec2InstanceMetadata")) => {
                let imds = aws_config::imds::credentials::ImdsCredentialsProvider::builder();
                Ok(SharedCredentialsProvider::new(imds.configure(&self.provider_config).build()))
            }
            (None, Some("EcsContainer")) => {
                let ecs = aws_config::ecs::EcsCredentialsProvider::builder().configure(&self.provider_config);
                Ok(SharedCredentialsProvider::new(ecs.build()))
            }
            (None, Some(other)) => Err(wrong(format!("`credential_source` cannot be `{other}`"))),
            (None, None) => {
                Err(wrong("it has a `role_arn` and neither `source_profile` nor `credential_source`".to_owned()))
            }
        }
    }

    fn plain(&self, name: &str) -> SharedCredentialsProvider {
        let provider = ProfileFileCredentialsProvider::builder().configure(&self.provider_config).profile_name(name);
        SharedCredentialsProvider::new(provider.build())
    }
}

/// Where these credentials are from, in words. `profile` says which profile is the one that counts.
pub(super) fn describe(profile: &str, credentials: &Credentials) -> String {
    use AwsCredentialFeature as Feature;
    let features = credentials.get_property::<Vec<AwsCredentialFeature>>().map_or(&[][..], Vec::as_slice);
    let has = |wanted: &[AwsCredentialFeature]| features.iter().any(|own| wanted.contains(own));
    let profile_part = profile.split(", and").next().unwrap_or(profile);
    let place = if has(&[Feature::CredentialsProfile]) || features.is_empty() {
        let sso = has(&[Feature::CredentialsSso, Feature::CredentialsProfileSso]);
        format!("{profile_part}{}", if sso { " (IAM Identity Center)" } else { "" })
    } else if has(&[Feature::CredentialsEnvVarsStsWebIdToken]) {
        "web identity token".to_owned()
    } else if has(&[Feature::CredentialsEnvVars]) {
        "environment variables".to_owned()
    } else if has(&[Feature::CredentialsHttp]) {
        "container".to_owned()
    } else if has(&[Feature::CredentialsImds]) {
        "instance".to_owned()
    } else {
        profile_part.to_owned()
    };
    let rest = profile.strip_prefix(profile_part).unwrap_or_default();
    match credentials.account_id() {
        Some(account) => format!("{place}{rest} (account {})", account.as_str()),
        None => format!("{place}{rest}"),
    }
}

/// What STS says to whoever wants to assume a role.
fn refusal(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(one) = cause {
        if let Some(refused) = one.downcast_ref::<AssumeRoleError>() {
            let (code, message) = (refused.code().unwrap_or("no code"), refused.message().unwrap_or_default());
            return Some(format!("{code}: {message}"));
        }
        cause = one.source();
    }
    None
}

/// Why there are none.
pub(super) fn problem(access: &AccessOptions, words: &str, error: CredentialsError) -> ConnectError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(one) = cause {
        if let Some(NoCode { profile, serial }) = one.downcast_ref() {
            return ConnectError::NoCode { profile: profile.clone(), serial: serial.clone() };
        }
        cause = one.source();
    }
    if let Some((arn, problem)) = access.role_arn.as_ref().zip(refusal(&error)) {
        return ConnectError::Role { arn: arn.clone(), problem };
    }
    match error {
        CredentialsError::CredentialsNotLoaded(_) if access.profile.is_none() => ConnectError::NoCredentials,
        error => ConnectError::Credentials { place: words.to_owned(), source: Box::new(error) },
    }
}
