use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use thiserror::Error;

use crate::BurnKey;

/// Remembers what serves no more: nonces that were burned, so that each serves one login, and sessions
/// that were ended.
///
/// [`MemoryNonces`](crate::MemoryNonces), `RedisNonces` and `PostgresNonces` are stores;
/// `testing::check_store` holds one of your own against what must be true of it: of any number of
/// callers who put one key at once, one is told that it was not there.
pub trait NonceStore: fmt::Debug + Send + Sync + 'static {
    /// Puts this key, in one step, if it is not there, and keeps it for this long at least. Whether it
    /// was put: `false` if it was there already.
    fn put_if_absent(&self, key: BurnKey, keep_for: Duration) -> StoreFuture<'_, bool>;

    /// Whether this key is there. One whose time has passed may be there still.
    fn contains(&self, key: BurnKey) -> StoreFuture<'_, bool>;
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
