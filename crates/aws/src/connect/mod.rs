//! How the account is reached: credentials, region, endpoint, proxy and certificates.

mod credentials;
mod error;
mod http;
mod kept;
mod role;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileSet;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use tokio::runtime::Runtime;

pub use error::ConnectError;
pub use role::AskCode;

use kept::Kept;

/// How the account is to be reached, as far as somebody asked for it. Everything else is decided as other AWS tools do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessOptions {
    /// The profile whose credentials count, whatever the environment has.
    pub profile: Option<String>,
    /// A role to assume with these credentials.
    pub role_arn: Option<String>,
    /// What the role's trust policy wants to hear.
    pub external_id: Option<String>,
    /// The region of requests.
    pub region: Option<String>,
    /// Where requests go instead of to AWS.
    pub endpoint_url: Option<String>,
}

/// A way into an account. Clones share it.
#[derive(Clone)]
pub struct Connection {
    config: SdkConfig,
    runtime: Arc<Runtime>,
    identity: String,
    /// Whether there is an endpoint that is not AWS's own, which knows buckets by path alone.
    is_elsewhere: bool,
}

/// The region of requests where nobody says which: the home of the global services.
const REGION: &str = "us-east-1";

/// How often a request is made until it succeeds.
const ATTEMPTS: u32 = 8;

/// How long to wait for a connection, and for an answer to begin.
const CONNECT: Duration = Duration::from_secs(10);
const READ: Duration = Duration::from_mins(1);

impl Connection {
    /// Finds credentials and a region. `ask` is for the code of a device, where a profile demands one.
    ///
    /// `--profile` alone decides if it is given. Else the order is that of AWS's own tools: environment, profile, web identity,
    /// container, instance. Fails if there are no credentials, so that this is known before anything else is tried.
    pub fn open(access: &AccessOptions, ask: Arc<dyn AskCode>) -> Result<Self, ConnectError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("aws")
            .enable_all()
            .build()
            .map_err(ConnectError::Threads)?;
        let (config, identity) = runtime.block_on(load(access, ask))?;
        let is_elsewhere = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        Ok(Self { config, runtime: Arc::new(runtime), identity, is_elsewhere })
    }

    /// Which credentials are used, in words: `profile audit`, `environment variables`.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The region of requests that name none.
    pub fn region(&self) -> &str {
        self.config.region().map_or(REGION, |region| region.as_ref())
    }

    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The same account, seen from another region.
    #[must_use]
    pub(crate) fn config_in(&self, region: &str) -> SdkConfig {
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }

    pub(crate) fn is_elsewhere(&self) -> bool {
        self.is_elsewhere
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Waits for an answer.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// The client of all requests, for tests that have no connection.
#[cfg(test)]
pub(crate) fn http_client_for_tests() -> aws_smithy_runtime_api::client::http::SharedHttpClient {
    http::client().unwrap()
}

async fn load(access: &AccessOptions, ask: Arc<dyn AskCode>) -> Result<(SdkConfig, String), ConnectError> {
    let client = http::client()?;
    let profiles = profiles(access).await?;
    let region = region(access, &profiles);
    let retry = RetryConfig::standard().with_max_attempts(ATTEMPTS);
    let timeout = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).build();
    let loader = || {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(client.clone())
            .retry_config(retry.clone())
            .timeout_config(timeout.clone());
        if let Some(profile) = &access.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &access.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        loader
    };
    let found = match &region {
        Some(region) => loader().region(region.clone()),
        None => loader(),
    };
    // Only for what follows from the environment and the profile; whose credentials count is decided below.
    let mut config = found.no_credentials().load().await;
    if config.region().is_none() {
        config = config.to_builder().region(Region::from_static(REGION)).build();
    }
    let provider_config = ProviderConfig::empty()
        .with_http_client(client)
        .with_region(config.region().cloned())
        .with_retry_config(retry)
        .with_timeout_config(timeout);
    let provider_config = with_sleep(provider_config);
    let (base, words) = credentials::find(access, &profiles, &config, provider_config, ask).await?;
    let (provider, words) = match &access.role_arn {
        Some(arn) => {
            let role = role::assume(arn, access.external_id.as_deref(), &config, base).await;
            (role, format!("{words}, and with them role {arn}"))
        }
        None => (base, words),
    };
    let provider = SharedCredentialsProvider::new(Kept::new(provider));
    let own = provider.provide_credentials().await.map_err(|error| credentials::problem(access, &words, error))?;
    let words = credentials::describe(&words, &own);
    Ok((config.to_builder().credentials_provider(provider).build(), words))
}

fn with_sleep(config: ProviderConfig) -> ProviderConfig {
    match aws_smithy_async::rt::sleep::default_async_sleep() {
        Some(sleep) => config.with_sleep_impl(sleep),
        None => config,
    }
}

/// The profiles of the usual files, the one that counts among them. A profile that was asked for has to be there.
async fn profiles(access: &AccessOptions) -> Result<ProfileSet, ConnectError> {
    let wanted = access.profile.clone();
    let profiles =
        aws_config::profile::load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), wanted.map(Into::into))
            .await
            .map_err(|error| ConnectError::Profiles(Box::new(error)))?;
    let asked = access.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty()));
    match asked {
        Some(name) if profiles.get_profile(&name).is_none() => {
            let known = profiles.profiles().map(str::to_owned).collect();
            Err(ConnectError::NoProfile { name, known })
        }
        _ => Ok(profiles),
    }
}

/// The region that somebody chose.
fn region(access: &AccessOptions, profiles: &ProfileSet) -> Option<Region> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let chosen = access.region.clone();
    let chosen = chosen.or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
    chosen.or_else(|| profiles.get("region").map(str::to_owned)).map(|region| Region::new(region.trim().to_owned()))
}
