//! The HTTP client: proxies and certificates as the environment has them.
//!
//! The SDK's own client reads no `AWS_CA_BUNDLE`, and one that is built for TLS asks for no proxy unless it is told to.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

use super::error::ConnectError;

/// The client of all requests.
pub(super) fn client() -> Result<SharedHttpClient, ConnectError> {
    let context = tls_context()?;
    // Those that wait as long share their connections.
    let connectors: Mutex<HashMap<Waits, SharedHttpConnector>> = Mutex::default();
    Ok(http_client_fn(move |settings, components| {
        let mut connectors = connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let connector = connectors.entry((settings.connect_timeout(), settings.read_timeout())).or_insert_with(|| {
            let mut builder = Connector::builder()
                .connector_settings(copied(settings))
                .enable_tcp_nodelay(true)
                .proxy_config(ProxyConfig::from_env());
            builder.set_sleep_impl(components.sleep_impl());
            SharedHttpConnector::new(
                builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context.clone()).build(),
            )
        });
        connector.clone()
    }))
}

type Waits = (Option<Duration>, Option<Duration>);

fn copied(settings: &HttpConnectorSettings) -> HttpConnectorSettings {
    let mut copy = HttpConnectorSettings::builder();
    copy.set_connect_timeout(settings.connect_timeout());
    copy.set_read_timeout(settings.read_timeout());
    copy.build()
}

/// Who is trusted: the system's certificates, or in their place those of `AWS_CA_BUNDLE`.
fn tls_context() -> Result<TlsContext, ConnectError> {
    let store = match bundle() {
        None => TrustStore::default(),
        Some(path) => {
            let refused = |problem: String| ConnectError::Bundle { path: path.clone(), problem };
            let pem = std::fs::read(&path).map_err(|error| refused(error.to_string()))?;
            // What cannot be parsed would be found out in the middle of the first request.
            if !pem.windows(MARK.len()).any(|text| text == MARK) {
                return Err(refused("it holds no certificate in PEM format".to_owned()));
            }
            TrustStore::empty().with_pem_certificate(pem)
        }
    };
    let context = TlsContext::builder().with_trust_store(store).build();
    context.map_err(|error| ConnectError::Tls(Box::new(error)))
}

const MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn bundle() -> Option<PathBuf> {
    std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()).map(PathBuf::from)
}
