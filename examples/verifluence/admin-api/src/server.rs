use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use cf_access::TeamKeys;
use database::DatabaseError;
use proxy_protocol::ProxyProtocol;
use serve::{Draining, Signals};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::error::ApiError;
use crate::{Config, Gate, Limits, Stores, health_router, router};

/// Serves until `SIGTERM` or `SIGINT`, then finishes the requests in flight.
///
/// It listens before the team's keys are there: until then requests get 503, and `/readyz` says so.
///
/// # Errors
///
/// If it cannot begin, or requests were still in flight after 10 seconds.
pub async fn run(config: Config) -> Result<(), RunError> {
    let mut signals = Signals::register().map_err(RunError::Signals)?;
    let keys = TeamKeys::fetch(config.team)?;
    let gate = Gate::build(keys, config.audiences, config.service_tokens)?;
    if config.admin_secret.is_some() {
        tracing::warn!(
            "ALLOW_ADMIN_SECRET: who has the secret passes without Access; unset it when none do"
        );
    }
    let stores = match config.storage.open().await? {
        Some(store) => Stores::postgres(&store, Limits::default()),
        None => Stores::single_process(Limits::default()),
    };
    let tunnel = config.tunnel.build(gate.metrics.peers.counter())?;
    let api = router(&gate, &config.panel, config.admin_secret, &stores);
    let api = behind_tunnel(api, &tunnel).into_make_service_with_connect_info::<SocketAddr>();
    let draining = Draining::new();
    let health = health_router(gate, stores, draining.clone());

    let api_listener = listen(config.listen).await?;
    let health_listener = listen(config.health_listen).await?;
    tracing::info!(api = %config.listen, health = %config.health_listen, "listening");
    let health = tokio::spawn(async { axum::serve(health_listener, health).await });
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

async fn listen(address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })
}

/// Why the server ended otherwise than asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The proof cannot be set up.
    #[error(transparent)]
    Access(#[from] cf_access::ConfigError),
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
    /// The system does not tell of signals.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    /// The networks of the tunnel cannot be those.
    #[error("TUNNEL_FROM cannot be used")]
    Tunnel(#[from] proxy_protocol::ConfigError),
}

const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
