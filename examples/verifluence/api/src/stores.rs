use std::sync::Arc;

use database::Store;

use crate::impersonations::Impersonations;
use crate::operators::Operators;
use crate::streams::Streams;
use crate::watchlists::{self, Watchlists};

/// What the API serves: from the database that it shares with the admin API, or from memory. Cloning
/// shares it.
#[derive(Clone, Debug)]
pub struct Stores {
    pub(crate) impersonations: Impersonations,
    pub(crate) operators: Operators,
    pub(crate) streams: Streams,
    pub(crate) watchlists: Watchlists,
    store: Option<Store>,
}

impl Stores {
    /// In this process's memory: the streams are samples, and nothing comes from the admin API.
    #[must_use]
    pub fn single_process(limits: Limits) -> Self {
        Self {
            impersonations: Impersonations::None,
            operators: Operators::None,
            streams: Streams::Samples,
            watchlists: Watchlists::Memory(Arc::new(watchlists::Memory::new(limits))),
            store: None,
        }
    }

    /// In this database.
    #[must_use]
    pub fn postgres(store: &Store, limits: Limits) -> Self {
        let store = store.clone();
        Self {
            impersonations: Impersonations::Postgres(store.clone()),
            operators: Operators::Postgres(store.clone()),
            streams: Streams::Postgres(store.clone()),
            watchlists: Watchlists::Postgres(watchlists::Postgres::new(store.clone(), limits)),
            store: Some(store),
        }
    }

    /// Whether what is kept can be had.
    pub(crate) async fn answer(&self) -> bool {
        match &self.store {
            Some(store) => store.answers().await,
            None => true,
        }
    }
}

/// How much is kept of whom. Anybody can make a wallet.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is written out by tests")]
pub struct Limits {
    /// How many wallets have a watchlist in memory. A database has room for more.
    pub wallets: usize,
    /// How many streams are in one.
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { wallets: 10_000, streams: 100 }
    }
}
