//! Where events are kept until somebody works on them.

mod embedded;
mod postgres;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use thiserror::Error;

pub use self::embedded::EmbeddedStore;
pub use self::postgres::PostgresStore;
use crate::{KeptEvent, NewEvent};

/// Keeps events: one for each message, whoever keeps it again.
pub trait EventStore: fmt::Debug + Send + Sync + 'static {
    /// Keeps an event. When this is there, it survives the process and the machine's power. It may be
    /// dropped: then the event is kept or not.
    fn keep(&self, event: NewEvent) -> StoreFuture<'_, Kept>;

    /// The events after this number, so many at most.
    fn after(&self, sequence: u64, most: usize) -> StoreFuture<'_, Vec<KeptEvent>>;

    /// Whether it answers.
    fn check(&self) -> StoreFuture<'_, ()>;

    /// Removes what was kept longer ago than this, and says how many events that were.
    fn prune(&self, older_than: Duration) -> StoreFuture<'_, u64>;
}

/// What a call to an [`EventStore`] gives.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What became of an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Kept {
    /// It was there already, as another run of its message left it.
    Before,
    /// It is there from now on.
    New,
}

/// Why a store did not answer.
#[derive(Debug, Error)]
#[error("the store failed")]
pub struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// From what went wrong.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
