use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use cf_access::{CfAccess, TeamKeys};
use kick_hmac::{KickHmac, Replays};
use proxy_protocol::ProxyProtocol;
use serve::{Draining, Signals};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{App, Config, Counts, Health};

/// Serves until `SIGTERM` or `SIGINT`, then finishes the requests in flight.
///
/// It listens before the team's keys are there: until then `/whoami` gets 503, and `/readyz` says so.
///
/// # Errors
///
/// If it cannot begin, or requests were still in flight after 10 seconds.
pub async fn run(config: Config) -> Result<(), RunError> {
    let mut signals = Signals::register().map_err(RunError::Signals)?;
    let counts = Counts::default();

    let keys = TeamKeys::fetch(config.team)?;
    let access = CfAccess::builder(keys, config.audiences);
    let access = access.on_outcome(counts.access.counter()).build()?;
    let replays = Replays::single_process();
    let kick = KickHmac::builder(config.kick_keys, config.broadcasters, replays);
    let kick = kick.on_outcome(counts.kick.counter()).build()?;
    let proxy = ProxyProtocol::builder(config.trust).on_outcome(counts.proxy.counter()).build()?;

    let listener = proxy.listener(listen(config.listen).await?);
    let health_listener = listen(config.health_listen).await?;
    tracing::info!(listen = %config.listen, health = %config.health_listen, "listening");
    let draining = Draining::new();
    let app = App::new(access.clone(), kick, counts.events.clone());
    let health = Health::new(access, counts, draining.clone());
    let health = tokio::spawn(health.serve(health_listener));
    let app = tokio::spawn(app.serve(listener, draining.clone().begun()));

    signals.wait().await;
    tracing::info!("draining");
    draining.begin();
    let drained = timeout(DRAIN_TIMEOUT, app).await;
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
    /// Who asks cannot be told.
    #[error(transparent)]
    Access(#[from] cf_access::ConfigError),
    /// Requests were in flight when the time to finish them was over.
    #[error("requests were still in flight after 10 seconds")]
    Drain,
    /// Kick's deliveries cannot be told.
    #[error(transparent)]
    Kick(#[from] kick_hmac::ConfigError),
    /// An address cannot be listened at.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Who may connect cannot be told.
    #[error(transparent)]
    Proxy(#[from] proxy_protocol::ConfigError),
    /// The system does not tell of signals.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
}

const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
