use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serve::wallets::{Secrets, SecretsError, StorageError};
use serve::{Draining, Outcomes, Signals, hangup};
use siwe_session::{ConfigError, LoginVerifier, LoginVerifierBuilder, SiweLogin, SiweSession};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::{App, Config, People, PeopleError, Watchlists, health_router, router};

/// Serves until `SIGTERM` or `SIGINT`, then finishes the requests in flight.
///
/// # Errors
///
/// If it cannot begin, or requests were still in flight after 10 seconds.
pub async fn run(config: Config) -> Result<(), RunError> {
    let mut signals = Signals::register().map_err(RunError::Signals)?;
    let hangup = hangup().map_err(RunError::Signals)?;
    let secrets = Secrets::read(config.session_keys, config.nonce_secrets)?;
    let people = People::read(config.denied, config.staff)?;
    let nonces = config.storage.open("verifluence_").await?;
    let (logins, sessions) = (Outcomes::default(), Outcomes::default());

    let Some((first, others)) = config.web.split_first() else { return Err(RunError::NoOrigin) };
    let verifier = LoginVerifier::builder(first.clone(), secrets.nonces().clone());
    let verifier = others.iter().cloned().fold(verifier, LoginVerifierBuilder::audience);
    let login = SiweLogin::builder(verifier, nonces).on_outcome(logins.counter());
    let siwe = SiweSession::builder(login, secrets.keys().clone()).on_outcome(sessions.counter());
    let app = App::build(siwe, people.clone(), Watchlists::default())?;
    let api = router(&app, &config.web);
    let draining = Draining::new();
    let health = health_router(app, draining.clone(), logins, sessions);

    let api_listener = listen(config.listen).await?;
    let health_listener = listen(config.health_listen).await?;
    tracing::info!(api = %config.listen, health = %config.health_listen, "listening");
    let health = tokio::spawn(async { axum::serve(health_listener, health).await });
    tokio::spawn(reload_on(hangup, secrets, people));
    let begun = draining.clone().begun();
    let api =
        tokio::spawn(async { axum::serve(api_listener, api).with_graceful_shutdown(begun).await });

    signals.wait().await;
    tracing::info!("draining");
    draining.begin();
    let drained = timeout(DRAIN_TIMEOUT, api).await;
    health.abort();
    drained.map(|_| ()).map_err(|_| RunError::Drain)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })
}

async fn reload_on(mut hangup: Signal, secrets: Secrets, people: People) {
    while hangup.recv().await.is_some() {
        let (secrets, people) = (secrets.clone(), people.clone());
        // Reads files. The lists do not depend on the keys, nor they on the lists.
        let reloaded = spawn_blocking(move || (secrets.reload(), people.reload())).await;
        let Ok((secrets, people)) = reloaded else {
            return tracing::error!("nothing is reloaded any more");
        };
        match secrets {
            Ok(()) => tracing::info!("the keys were read again, and are used"),
            Err(error) => tracing::warn!("keys not reloaded, what was in use stays so: {error}"),
        }
        match people {
            Ok(()) => tracing::info!("the lists of wallets were read again, and are used"),
            Err(error) => tracing::warn!("lists not reloaded, what was in use stays so: {error}"),
        }
    }
}

/// Why the server ended otherwise than asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// Requests were in flight when the time to finish them was over.
    #[error("requests were still in flight after 10 seconds")]
    Drain,
    /// An address cannot be listened at.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// There is no origin to sign in to.
    #[error("WEB_ORIGINS: name one at least")]
    NoOrigin,
    /// The lists of wallets are missing or wrong.
    #[error(transparent)]
    People(#[from] PeopleError),
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
}

const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
