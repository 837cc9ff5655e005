use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use proxy_protocol::handshakes::Incoming;
use proxy_protocol::tokio::Accepted;
use serve::Signals;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::admission::Admission;
use crate::caller::Caller;
use crate::descriptors::{TooFew, provide};
use crate::session::Session;
use crate::{Config, SshdAddress};

/// Serves until `SIGTERM` or `SIGINT`, then lets the sessions that are going on end.
///
/// # Errors
///
/// If it cannot begin, or sessions were still going on when the time for that was over.
pub async fn run(config: Config) -> Result<(), RunError> {
    let mut signals = Signals::register().map_err(RunError::Signals)?;
    provide(&config)?;
    let mut admission = Admission::new(&config);
    let mut listener = config.proxy.listener(listen(config.listen).await?);
    if config.observe {
        tracing::warn!("OBSERVE: who may not connect is handed to sshd all the same");
        listener = listener.observe();
    }
    tracing::info!(listen = %config.listen, sshd = %config.sshd, "listening");

    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = signals.wait() => break,
            Some(_) = sessions.join_next() => {}
            (stream, accepted) = listener.accept() => {
                if let Some(session) = admit(&mut admission, stream, &accepted, config.sshd) {
                    sessions.spawn(session.run());
                }
            }
        }
    }

    // Closes too what is waiting for its header.
    drop(listener);
    tracing::info!(sessions = sessions.len(), "draining");
    drain(sessions, config.drain).await
}

async fn listen(address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|source| RunError::Listen { address, source })
}

fn admit(
    admission: &mut Admission,
    stream: TcpStream,
    accepted: &Accepted,
    sshd: SshdAddress,
) -> Option<Session> {
    let caller = Caller::of(accepted);
    match admission.admit(caller.network()) {
        Ok(place) => Some(Session { stream, caller, sshd, place }),
        Err(refusal) => {
            let Caller { peer, evidence, .. } = caller;
            tracing::info!(client = %caller, %peer, evidence, code = refusal.code(), "refused");
            None
        }
    }
}

async fn drain(mut sessions: JoinSet<()>, most: Duration) -> Result<(), RunError> {
    let ended = async { while sessions.join_next().await.is_some() {} };
    match timeout(most, ended).await {
        Ok(()) => Ok(()),
        Err(_) => Err(RunError::Drain { sessions: sessions.len(), seconds: most.as_secs() }),
    }
}

/// Why the server ended otherwise than asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The system allows fewer open files than the bounds can take.
    #[error(
        "{needed} open files are needed and {maximum} are allowed; raise that (`ulimit -Hn`, \
         systemd's `LimitNOFILE`), or lower --max-sessions"
    )]
    Descriptors {
        /// How many the bounds can take.
        needed: u64,
        /// How many this process may have at most.
        maximum: u64,
    },
    /// Sessions were going on when the time to end them was over.
    #[error("{sessions} sessions were cut off after {seconds} seconds (--drain-seconds)")]
    Drain {
        /// How many.
        sessions: usize,
        /// How long they could go on.
        seconds: u64,
    },
    /// The address cannot be listened at.
    #[error("cannot listen at {address} (--listen); a port below 1024 needs CAP_NET_BIND_SERVICE")]
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

impl From<TooFew> for RunError {
    fn from(TooFew { needed, maximum }: TooFew) -> Self {
        Self::Descriptors { needed, maximum }
    }
}
