use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::SystemTime;

use alloy_primitives::Address;
use http::HeaderMap;

use crate::StoreError;

/// Knows the sessions of the system that was there before, while they are replaced by those of this crate.
pub trait OldSessions: fmt::Debug + Send + Sync + 'static {
    /// The old session of a request, verified; `None` if it has none that holds.
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> OldSessionFuture<'a>;
}

/// What [`OldSessions::find`] gives.
pub type OldSessionFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<OldSession>, StoreError>> + Send + 'a>>;

/// A session of the system that was there before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OldSession {
    /// Who signed in.
    pub address: Address,
    /// The chain that the wallet was on (EIP-155).
    pub chain_id: u64,
    /// Names the session, so that it can be ended: the first half of a hash of what the client holds.
    pub id: [u8; 16],
    /// When it expires, if that is known: for so long it is remembered that it was ended, and at least for
    /// as long as a session of this crate can live.
    pub expires_at: Option<SystemTime>,
}

impl OldSession {
    /// From what the old system knows.
    #[must_use]
    pub fn new(address: Address, chain_id: u64, id: [u8; 16]) -> Self {
        Self { address, chain_id, id, expires_at: None }
    }

    /// Which expires then. Without this, one that was ended is taken again when no session of this crate
    /// could be left.
    #[must_use]
    pub fn until(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }
}

/// Which sessions are taken, while old ones are replaced. Changed at run time, on every clone, in both
/// directions.
#[derive(Clone)]
pub struct Migration(Arc<AtomicU8>);

/// A step of a [`Migration`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
#[repr(u8)]
pub enum MigrationStep {
    /// Sessions of the old system alone. Nobody signs in to a new one.
    OldOnly = 0,
    /// Both. Who brings a new one is known by that alone, though it may not hold.
    Both = 1,
    /// Sessions of this crate alone.
    NewOnly = 2,
}

impl Migration {
    /// Begins with this step.
    #[must_use]
    pub fn new(step: MigrationStep) -> Self {
        Self(Arc::new(AtomicU8::new(step as u8)))
    }

    /// Goes to this step.
    pub fn set(&self, step: MigrationStep) {
        self.0.store(step as u8, Ordering::Relaxed);
    }

    /// The step that holds.
    #[must_use]
    pub fn step(&self) -> MigrationStep {
        match self.0.load(Ordering::Relaxed) {
            0 => MigrationStep::OldOnly,
            1 => MigrationStep::Both,
            _ => MigrationStep::NewOnly,
        }
    }
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Migration").field(&self.step()).finish()
    }
}
