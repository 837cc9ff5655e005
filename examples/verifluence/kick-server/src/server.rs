use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use database::DatabaseError;
use kick_hmac::Replays;
use serve::{Draining, Signals, hangup};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;
use tokio::time::{interval, timeout};

use crate::tunnel::behind;
use crate::{
    Config, EmbeddedStore, EventStore, Intake, PostgresStore, Storage, StoreError, operator_router,
    router,
};

/// Serves until `SIGTERM` or `SIGINT`, then finishes the requests in flight.
///
/// # Errors
///
/// If it cannot begin, or requests were still in flight after 10 seconds.
pub async fn run(config: Config) -> Result<(), RunError> {
    let mut signals = Signals::register().map_err(RunError::Signals)?;
    let hangup = hangup().map_err(RunError::Signals)?;
    let (store, replays) = open(config.storage).await?;
    let intake = Intake::build(
        config.signer,
        config.broadcasters,
        config.campaigns,
        replays,
        Arc::clone(&store),
    )?;
    let draining = Draining::new();
    let shows_events = config.admin_listen.ip().is_loopback();
    let operator = operator_router(&intake, draining.clone(), shows_events);
    let public =
        behind(config.tunnel, &intake.metrics, router(&intake)).map_err(RunError::Tunnel)?;
    let public = public.into_make_service_with_connect_info::<SocketAddr>();

    let public_listener = listen(config.listen).await?;
    let operator_listener = listen(config.admin_listen).await?;
    tracing::info!(kick = %config.listen, operator = %config.admin_listen, "listening");
    let beside = [
        tokio::spawn(async { axum::serve(operator_listener, operator).await.unwrap_or(()) }),
        tokio::spawn(reload_on(hangup, intake)),
        tokio::spawn(prune(store, config.keep_for)),
    ];
    let draining_public = draining.clone();
    let public = tokio::spawn(async {
        axum::serve(public_listener, public).with_graceful_shutdown(draining_public.begun()).await
    });

    signals.wait().await;
    tracing::info!("draining");
    draining.begin();
    let drained = timeout(DRAIN_TIMEOUT, public).await;
    beside.iter().for_each(tokio::task::JoinHandle::abort);
    drained.map(|_| ()).map_err(|_| RunError::Drain)
}

async fn open(storage: Storage) -> Result<(Arc<dyn EventStore>, Replays), RunError> {
    match storage {
        Storage::Folder(folder) => {
            let store = EmbeddedStore::open(&folder).map_err(RunError::Folder)?;
            // What this forgets with the process, the store still knows.
            Ok((Arc::new(store), Replays::single_process()))
        }
        Storage::Postgres(database) => {
            let store = PostgresStore::connect(&database).await.map_err(RunError::Database)?;
            let replays = store.replays();
            Ok((Arc::new(store), replays.into()))
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })
}

async fn reload_on(mut hangup: Signal, intake: Intake) {
    while hangup.recv().await.is_some() {
        let signer = intake.signer.clone();
        // Reads a file.
        match spawn_blocking(move || signer.reload(now())).await {
            Ok(Ok(())) => {
                intake.metrics.count_reload("used");
                tracing::info!("the key file was read, and what is in it is used");
            }
            Ok(Err(error)) => {
                intake.metrics.count_reload("refused");
                tracing::warn!("not reloaded, and what was in use stays so: {error}");
            }
            Err(error) => return tracing::error!("keys are not reloaded any more: {error}"),
        }
    }
}

async fn prune(store: Arc<dyn EventStore>, keep_for: Duration) {
    let mut hours = interval(HOUR);
    loop {
        hours.tick().await;
        // On a connection that has fallen silent it would not end.
        let pruned = timeout(HOUR, store.prune(keep_for)).await;
        match pruned.unwrap_or_else(|elapsed| Err(StoreError::new(elapsed))) {
            Ok(0) => {}
            Ok(events) => tracing::info!(events, "what was kept long enough is removed"),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what was kept long enough cannot be removed"
                );
            }
        }
    }
}

/// Why the server ended otherwise than asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The database is not there, or has not been migrated.
    #[error("DATABASE_URL: events cannot be kept in it")]
    Database(#[source] DatabaseError),
    /// Requests were in flight when the time to finish them was over.
    #[error("requests were still in flight after 10 seconds")]
    Drain,
    /// The file in the folder is not there and cannot be made, is in use, or is broken.
    #[error("KICK_DATA: events cannot be kept in it")]
    Folder(#[source] StoreError),
    /// The proof cannot be set up.
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
    /// The system does not tell of signals.
    #[error("cannot wait for signals")]
    Signals(#[source] io::Error),
    /// Nobody can be let in, or anybody would be.
    #[error("TUNNEL_FROM: these cannot be the networks of a tunnel")]
    Tunnel(#[source] proxy_protocol::ConfigError),
}

#[expect(clippy::disallowed_methods, reason = "an edge: a key is replaced when it is read")]
fn now() -> SystemTime {
    SystemTime::now()
}

const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(60 * 60);
