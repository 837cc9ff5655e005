use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::MessageId;

/// Remembers which messages were handled, and which are being handled.
///
/// A message is reserved under a lease before it is handled, committed when that succeeded, and released
/// when it failed. [`MemoryReplays`](crate::MemoryReplays), `RedisReplays` and `PostgresReplays` are
/// stores; `testing::check_store` holds one of your own against what must be true of it:
///
/// - Of any number of callers who reserve an id at once, one gets [`Reserved::New`].
/// - A lease that ran out is given to the next caller.
/// - An id is committed at most once, whatever came in between.
/// - A call that fails has either happened or not; nothing is half done.
pub trait ReplayStore: fmt::Debug + Send + Sync + 'static {
    /// Reserves an id for whoever has this lease, for this long, if it is neither committed nor under
    /// another's lease.
    fn reserve(&self, id: MessageId, lease: Lease, duration: Duration)
    -> StoreFuture<'_, Reserved>;

    /// Remembers an id as handled, unless it is committed or under another's lease: then this is
    /// `false`. Whether the own lease has run out does not matter.
    fn commit(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, bool>;

    /// Gives an id back, if it is under this lease still.
    fn release(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, ()>;

    /// For how long after its commit an id is remembered at least. `None`: nothing that was committed
    /// is taken for new again.
    fn retention(&self) -> Option<Duration>;
}

/// What a call to a [`ReplayStore`] gives.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The answer to [`ReplayStore::reserve`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reserved {
    /// It was handled.
    Committed,
    /// It may have been handled: it is older than what the store remembers.
    Forgotten,
    /// It is being handled, under another lease.
    InFlight,
    /// It is reserved for the caller.
    New,
}

/// Names one reservation: 16 random bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lease([u8; 16]);

impl Lease {
    /// As bytes, for a store to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn new() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StoreError::new("no random bytes"))?;
        Ok(Self(bytes))
    }
}

/// Why a store did not answer: it cannot be reached, it is broken, or it is full.
#[derive(Debug, Error)]
#[error("the store of ids failed")]
pub struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// From what went wrong.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// A store, whichever it is. Cloning shares one value.
#[derive(Clone, Debug)]
pub struct Replays(Arc<dyn ReplayStore>);

impl<S: ReplayStore> From<S> for Replays {
    fn from(store: S) -> Self {
        Self(Arc::new(store))
    }
}

impl Replays {
    /// Ids in this process's memory: for one process, and until it ends. The newest 100,000 ids; see
    /// [`MemoryReplays`](crate::MemoryReplays).
    #[must_use]
    pub fn single_process() -> Self {
        crate::MemoryReplays::new(DEFAULT_CAPACITY).into()
    }

    pub(crate) fn retention(&self) -> Option<Duration> {
        self.0.retention()
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn store(&self) -> &dyn ReplayStore {
        &*self.0
    }
}

const DEFAULT_CAPACITY: usize = 100_000;
