use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use cf_access::TeamKeys;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::shutdown::Signals;
use crate::{Config, Draining, Gate, health_router, router};

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
    let api = router(&gate, &config.panel, config.admin_secret);
    let draining = Draining::new();
    let health = health_router(gate, draining.clone());

    let api_listener = listen(config.listen).await?;
    let health_listener = listen(config.health_listen).await?;
    tracing::info!(api = %config.listen, health = %config.health_listen, "listening");
    let health = tokio::spawn(async { axum::serve(health_listener, health).await });
    let draining_api = draining.clone();
    let api = tokio::spawn(async {
        axum::serve(api_listener, api).with_graceful_shutdown(draining_api.begun()).await
    });

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

/// Why the server ended otherwise than asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The proof cannot be set up.
    #[error(transparent)]
    Access(#[from] cf_access::ConfigError),
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
}

const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
