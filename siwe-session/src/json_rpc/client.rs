use std::sync::Arc;

use reqwest::redirect::Policy;
use reqwest::{Client, retry};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::error::ConfigError;

/// A client that goes to the address that it is given, once. What another crate switches on in `reqwest`
/// is switched off here.
pub(super) fn new() -> Result<Client, ConfigError> {
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|_| ConfigError::Tls)?
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .retry(retry::never())
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .build()
        .map_err(|_| ConfigError::Tls)
}
