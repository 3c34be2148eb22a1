//! Credentials that are fetched once for all who make requests, and again when they expire.
//!
//! The SDK keeps them for each client of a service apart, so that somebody with a device would be asked for a code by each.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

/// How long before they expire they are renewed.
const BEFORE: Duration = Duration::from_mins(5);

/// The credentials of a provider, kept.
#[derive(Debug)]
pub(super) struct Kept {
    provider: SharedCredentialsProvider,
    last: Mutex<Option<Credentials>>,
}

impl Kept {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, last: Mutex::default() }
    }

    async fn credentials(&self) -> provider::Result {
        let mut last = self.last.lock().await;
        let is_good = |own: &&Credentials| own.expiry().is_none_or(|expiry| expiry > SystemTime::now() + BEFORE);
        if let Some(own) = last.as_ref().filter(is_good) {
            return Ok(own.clone());
        }
        let own = self.provider.provide_credentials().await?;
        *last = Some(own.clone());
        Ok(own)
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Credentials that are good for so long, numbered.
    #[derive(Debug, Clone)]
    struct Numbered(Option<Duration>, Arc<AtomicU64>);

    impl ProvideCredentials for Numbered {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let number = self.1.fetch_add(1, Ordering::Relaxed);
            let expiry = self.0.map(|left| SystemTime::now() + left);
            future::ProvideCredentials::ready(Ok(Credentials::new(format!("{number}"), "", None, expiry, "test")))
        }
    }

    #[test]
    fn they_are_renewed_before_they_expire_and_not_sooner() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (left, asked) in [(None, 1), (Some(Duration::from_hours(1)), 1), (Some(Duration::from_mins(4)), 3)] {
            let provider = Numbered(left, Arc::default());
            let kept = Kept::new(SharedCredentialsProvider::new(provider.clone()));
            for _ in 0..3 {
                runtime.block_on(kept.credentials()).unwrap();
            }
            assert_eq!(provider.1.load(Ordering::Relaxed), asked, "{left:?}");
        }
    }
}
