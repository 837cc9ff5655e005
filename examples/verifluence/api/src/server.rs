use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use database::{DatabaseError, Storage};
use proxy_protocol::ProxyProtocol;
use serve::wallets::{NonceStorage, Secrets, SecretsError, StorageError};
use serve::{Draining, Signals, hangup};
use siwe_session::{ConfigError, LoginVerifier, LoginVerifierBuilder, SiweLogin, SiweSession};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::error::ApiError;
use crate::{App, Config, Counters, Limits, People, PeopleError, Stores, health_router, router};

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
    let stores = match config.storage.open().await? {
        Some(store) => Stores::postgres(&store, Limits::default()),
        None => Stores::single_process(Limits::default()),
    };
    let nonces = nonces(config.storage).open("verifluence_").await?;
    let counters = Counters::default();
    let tunnel = config.tunnel.build(counters.peers.counter())?;

    let Some((first, others)) = config.web.split_first() else { return Err(RunError::NoOrigin) };
    let verifier = LoginVerifier::builder(first.clone(), secrets.nonces().clone());
    let verifier = others.iter().cloned().fold(verifier, LoginVerifierBuilder::audience);
    let login = SiweLogin::builder(verifier, nonces).on_outcome(counters.logins.counter());
    let siwe =
        SiweSession::builder(login, secrets.keys().clone()).on_outcome(counters.sessions.counter());
    let app = App::build(siwe, people.clone(), stores)?;
    let api = behind_tunnel(router(&app, &config.web), &tunnel);
    let api = api.into_make_service_with_connect_info::<SocketAddr>();
    let draining = Draining::new();
    let health = health_router(app, draining.clone(), counters);

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

/// Lets what comes from the tunnel pass, with its visitor's address, and nothing else. It is around all
/// of the API: who is refused is not told more, and a page could not read it.
pub fn behind_tunnel(api: Router, tunnel: &ProxyProtocol) -> Router {
    api.layer(tunnel.connecting_ip().on_refuse(|error| ApiError::Peer(error).response()))
}

/// Beside the rest, in the same place.
fn nonces(storage: Storage) -> NonceStorage {
    match storage {
        Storage::Postgres(database) => NonceStorage::Postgres(database.clone()),
        Storage::SingleProcess => NonceStorage::SingleProcess,
    }
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
    /// The database is not there, or not as it must be.
    #[error("DATABASE_URL: the database cannot be used")]
    Database(#[from] DatabaseError),
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
    /// The networks of the tunnel cannot be those.
    #[error("TUNNEL_FROM cannot be used")]
    Tunnel(#[from] proxy_protocol::ConfigError),
}

const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
