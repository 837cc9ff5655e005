use std::fmt;
use std::pin::Pin;
#[cfg(feature = "tokio")]
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::BurnKey;

/// Remembers which nonces were burned, so that each serves one login.
///
/// [`MemoryNonces`](crate::MemoryNonces), `RedisNonces` and `PostgresNonces` are stores;
/// `testing::check_store` holds one of your own against what must be true of it: of any number of
/// callers who put one key at once, one is told that it was not there.
pub trait NonceStore: fmt::Debug + Send + Sync + 'static {
    /// Puts this key, in one step, if it is not there, and keeps it for this long at least. Whether it
    /// was put: `false` if it was there already.
    fn put_if_absent(&self, key: BurnKey, keep_for: Duration) -> StoreFuture<'_, bool>;
}

/// What a call to a [`NonceStore`] gives.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why a store did not answer: it cannot be reached, it is broken, or it is full.
#[derive(Debug, Error)]
#[error("the store of nonces failed")]
pub struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// From what went wrong.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// A store, whichever it is. Cloning shares one value.
#[cfg(feature = "tokio")]
#[derive(Clone, Debug)]
pub struct Nonces(Arc<dyn NonceStore>);

#[cfg(feature = "tokio")]
impl<S: NonceStore> From<S> for Nonces {
    fn from(store: S) -> Self {
        Self(Arc::new(store))
    }
}

#[cfg(feature = "tokio")]
impl Nonces {
    /// Burned nonces in this process's memory: for one process, and until it ends. It holds 100,000; see
    /// [`MemoryNonces`](crate::MemoryNonces).
    #[must_use]
    pub fn single_process() -> Self {
        crate::MemoryNonces::new(DEFAULT_CAPACITY).into()
    }

    pub(crate) fn store(&self) -> &dyn NonceStore {
        &*self.0
    }
}

#[cfg(feature = "tokio")]
const DEFAULT_CAPACITY: usize = 100_000;
