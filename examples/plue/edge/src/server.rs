use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serve::wallets::{NonceStorage, Secrets, SecretsError, StorageError};
use serve::{Draining, Outcomes, Signals, hangup};
use siwe_session::{AssertionSigner, ConfigError, LoginVerifier, SiweLogin, SiweSession};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::assertion::{Assertion, AssertionError};
use crate::config::{Forge, Mode};
use crate::health::Health;
use crate::{Config, Upstream, UpstreamError, demo, guard, router};

/// Serves until `SIGTERM` or `SIGINT`, then finishes the requests in flight.
///
/// # Errors
///
/// If it cannot begin, or requests were still in flight when the time for that was over.
pub async fn run(config: Config) -> Result<(), RunError> {
    let mut signals = Signals::register().map_err(RunError::Signals)?;
    let hangup = hangup().map_err(RunError::Signals)?;
    let parts = match &config.mode {
        Mode::Demo => Parts::demo(&config).await?,
        Mode::Forge(forge) => Parts::forge(&config, forge).await?,
    };
    let (logins, sessions) = (Outcomes::default(), Outcomes::default());
    let verifier = LoginVerifier::builder(config.site.clone(), parts.secrets.nonces().clone());
    let verifier = verifier.max_age(config.sign_in);
    let nonces = parts.storage.open("plue_").await?;
    let login = SiweLogin::builder(verifier, nonces).on_outcome(logins.counter());
    let siwe = SiweSession::builder(login, parts.secrets.keys().clone());
    let mut siwe = guard(siwe)?.on_outcome(sessions.counter());
    if let Some(signer) = parts.signer {
        siwe = siwe.assertion(signer);
    }
    let siwe = siwe.build()?;
    let app = router(&siwe, parts.upstream);
    let draining = Draining::new();
    let since = Instant::now();
    let health = Health { siwe, draining: draining.clone(), logins, sessions, since };

    let listener = listen(config.listen, "--listen").await?;
    let health_listener = listen(config.health_listen, "--health-listen").await?;
    if matches!(config.mode, Mode::Demo) {
        tracing::warn!("a demo, with keys that end with it: {}/login/", config.site.as_str());
    }
    tracing::info!(listen = %config.listen, health = %config.health_listen, "listening");
    let health = health.router();
    let health = tokio::spawn(async { axum::serve(health_listener, health).await });
    tokio::spawn(reload_on(hangup, parts.secrets, parts.assertion));
    let begun = draining.clone().begun();
    let served =
        tokio::spawn(async { axum::serve(listener, app).with_graceful_shutdown(begun).await });

    signals.wait().await;
    tracing::info!("draining");
    draining.begin();
    let drained = timeout(config.drain, served).await;
    health.abort();
    drained.map(|_| ()).map_err(|_| RunError::Drain(config.drain))
}

/// What differs between a demo and a forge.
struct Parts {
    secrets: Secrets,
    storage: NonceStorage,
    upstream: Upstream,
    assertion: Option<Assertion>,
    signer: Option<AssertionSigner>,
}

impl Parts {
    async fn demo(config: &Config) -> Result<Self, RunError> {
        let url = demo::start().await.map_err(RunError::Demo)?;
        Ok(Self {
            secrets: Secrets::throw_away()?,
            storage: NonceStorage::SingleProcess,
            upstream: Upstream::builder(&url, &config.site).build()?,
            assertion: None,
            signer: None,
        })
    }

    async fn forge(config: &Config, forge: &Forge) -> Result<Self, RunError> {
        let mut upstream =
            Upstream::builder(&forge.upstream, &config.site).patience(forge.patience);
        if let Some(path) = &forge.upstream_ca {
            upstream = upstream.ca(read(path)?);
        }
        if let Some((certificate, key)) = &forge.upstream_identity {
            upstream = upstream.client_certificate(read(certificate)?, read(key)?);
        }
        if let Some(name) = &forge.upstream_name {
            upstream = upstream.name(name);
        }
        let (assertion, signer) = match &forge.assertion {
            Some((path, kid, audience)) => {
                let assertion = Assertion::read(path.clone(), kid.clone())?;
                let signer = assertion.signer(audience)?;
                (Some(assertion), Some(signer))
            }
            None => (None, None),
        };
        Ok(Self {
            secrets: Secrets::read(forge.session_keys.clone(), forge.nonce_secrets.clone())?,
            storage: forge.storage.clone(),
            upstream: upstream.build()?,
            assertion,
            signer,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, RunError> {
    fs::read(path).map_err(|source| RunError::File { path: path.to_owned(), source })
}

async fn listen(address: SocketAddr, setting: &'static str) -> Result<TcpListener, RunError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| RunError::Listen { address, setting, source })
}

async fn reload_on(mut hangup: Signal, secrets: Secrets, assertion: Option<Assertion>) {
    while hangup.recv().await.is_some() {
        let (secrets, assertion) = (secrets.clone(), assertion.clone());
        // Reads files.
        let reloaded = spawn_blocking(move || reload(&secrets, assertion.as_ref()));
        match reloaded.await {
            Ok(Ok(())) => tracing::info!("the keys were read again, and are used"),
            Ok(Err(error)) => {
                tracing::warn!("not reloaded, and what was in use stays so: {error}");
            }
            Err(error) => return tracing::error!("keys are not reloaded any more: {error}"),
        }
    }
}

fn reload(secrets: &Secrets, assertion: Option<&Assertion>) -> Result<(), RunError> {
    // All of it, or nothing.
    let key = assertion.map(Assertion::read_again).transpose()?;
    secrets.reload()?;
    if let Some((assertion, key)) = assertion.zip(key) {
        assertion.replace(key)?;
    }
    Ok(())
}

/// Why the server ended otherwise than asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The key of assertions is missing or wrong.
    #[error(transparent)]
    Assertion(#[from] AssertionError),
    /// The forge of the demo cannot be served.
    #[error("the forge of the demo cannot be served")]
    Demo(#[source] io::Error),
    /// Requests were in flight when the time to finish them was over.
    #[error("requests were cut off after {} seconds (--drain-seconds)", .0.as_secs())]
    Drain(Duration),
    /// A file is missing.
    #[error("{} cannot be read", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An address cannot be listened at.
    #[error("cannot listen at {address} ({setting})")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The argument that names it.
        setting: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The keys and secrets are missing or wrong.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The system does not tell of signals.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    /// Sessions cannot be set up.
    #[error(transparent)]
    Siwe(#[from] ConfigError),
    /// The store of used nonces cannot be reached.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The forge cannot be set up.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
}
