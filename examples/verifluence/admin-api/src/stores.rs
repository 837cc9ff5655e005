use std::sync::Arc;

use database::Store;

use crate::impersonation::Tokens;
use crate::records::Records;
use crate::streams::Streams;

/// What the API reads and writes: in the database that it shares with the public API, or in memory.
/// Cloning shares it.
#[derive(Clone, Debug)]
pub struct Stores {
    pub(crate) invitations: Arc<Records>,
    pub(crate) operators: Arc<Records>,
    pub(crate) streams: Streams,
    pub(crate) tokens: Arc<Tokens>,
    store: Option<Store>,
}

impl Stores {
    /// In this process's memory: the streams are samples, and nothing reaches the public API.
    #[must_use]
    pub fn single_process(limits: Limits) -> Self {
        Self {
            invitations: Arc::new(Records::memory(limits.records)),
            operators: Arc::new(Records::memory(limits.records)),
            streams: Streams::Samples,
            tokens: Arc::new(Tokens::memory(limits.tokens)),
            store: None,
        }
    }

    /// In this database.
    #[must_use]
    pub fn postgres(store: &Store, limits: Limits) -> Self {
        let records = |table, column| {
            Arc::new(Records::postgres(store.clone(), table, column, limits.records))
        };
        Self {
            invitations: records("invitations", "email"),
            operators: records("operators", "name"),
            streams: Streams::Postgres(store.clone()),
            tokens: Arc::new(Tokens::postgres(store.clone(), limits.tokens)),
            store: Some(store.clone()),
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

/// How much is kept, so that no caller can fill what it is kept in. In a database, some more where
/// several write at once.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is written out by tests")]
pub struct Limits {
    /// How many operators there are, and how many invitations.
    pub records: u32,
    /// How many one-time tokens that have not expired.
    pub tokens: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { records: 10_000, tokens: 1_000 }
    }
}
