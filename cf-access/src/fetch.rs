//! Keys from the team's published address, with a client of ours.

use std::sync::Arc;

use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::{ConfigError, TeamDomain, TeamKeys};

impl TeamKeys {
    /// Keys from [`TeamDomain::certs_url`], read over TLS by rustls on aws-lc-rs, with the system's
    /// root certificates. Follows no redirect.
    ///
    /// Uses its own provider and installs none for the process. Its feature compiles that provider
    /// into rustls, though: a process that also has another one compiled in must name the one that
    /// it wants wherever it makes a rustls configuration, or use [`reqwest`](Self::reqwest) here.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::Tls`] if the system has no usable root certificates.
    /// 2. [`ConfigError::NoRuntime`] outside of a Tokio runtime.
    pub fn fetch(team: TeamDomain) -> Result<Self, ConfigError> {
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|_| ConfigError::Tls)?
            .with_no_client_auth();
        let client = Client::builder().tls_backend_preconfigured(tls).redirect(Policy::none());
        // An issuer on this machine is not reached through a proxy.
        let client = if team.is_loopback() { client.no_proxy() } else { client };
        Self::reqwest(team, client.build().map_err(|_| ConfigError::Tls)?)
    }
}
