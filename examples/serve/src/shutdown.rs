use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Whether the server has been asked to end. Clones tell the same.
#[derive(Clone, Debug)]
pub struct Draining(watch::Sender<bool>);

impl Draining {
    /// Not yet.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// From now on no request is accepted, and those in flight are finished.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Whether it has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it has begun.
    pub async fn begun(self) {
        // `self` holds the sender: it cannot be gone.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}

impl Default for Draining {
    fn default() -> Self {
        Self::new()
    }
}

/// What asks a server to end: `SIGTERM` from an orchestrator, `SIGINT` from a terminal.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From here on they no longer end the process by themselves.
    ///
    /// # Errors
    ///
    /// If the system does not tell of them.
    pub fn register() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one of them.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What asks a server to read its files again: `SIGHUP`.
///
/// # Errors
///
/// If the system does not tell of it.
pub fn hangup() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}
