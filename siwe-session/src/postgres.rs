//! Burned nonces, and sessions that were ended, in a table of PostgreSQL: for any number of processes.

use std::fmt;
use std::time::{Duration, SystemTime};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

use crate::{BurnKey, ConfigError, NonceStore, StoreError, StoreFuture};

/// Burned nonces, and sessions that were ended, in a table of PostgreSQL 9.5 or later, through your pool
/// of `sqlx`.
///
/// The table is made by your migrations, from [`schema`](Self::schema), and grows by a row for each
/// attempt to sign in, and for each session that is ended, until [`prune`](Self::prune) is called, say once an hour. The server's clock is the
/// only one.
///
/// A crash loses nothing, unless `synchronous_commit` is off. A failover to a replica that lacked the
/// latest rows does: a nonce that was burned just before can serve once more, until it expires.
#[derive(Clone)]
pub struct PostgresNonces {
    pool: PgPool,
    table: String,
}

impl PostgresNonces {
    /// The table `siwe_used`.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool, table: "siwe_used".to_owned() }
    }

    /// What the table's name begins with, instead of `siwe_`, for each who shares the schema another.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Prefix`] if it is not 1 to 40 lower-case letters, digits and `_`, the first a
    /// letter.
    pub fn prefix(mut self, prefix: &str) -> Result<Self, ConfigError> {
        // It becomes a part of statements, so it is nothing that would have to be quoted.
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let starts = prefix.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        if prefix.len() > 40 || !starts || !prefix.bytes().all(is_name) {
            return Err(ConfigError::Prefix);
        }
        self.table = format!("{prefix}used");
        Ok(self)
    }

    /// The statements that make the table, for your migrations. They change nothing if it is there.
    #[must_use]
    pub fn schema(&self) -> String {
        let table = &self.table;
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (
    key text PRIMARY KEY,
    kept_until timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS {table}_kept_until ON {table} (kept_until);
"
        )
    }

    /// Removes what had expired at this time, and have by the server's clock too, and says
    /// how many that were. It takes a thousand rows at a time, so that no statement lasts long.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database cannot be asked.
    pub async fn prune(&self, now: SystemTime) -> Result<u64, StoreError> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let table = &self.table;
        // A caller whose clock is fast does not remove what others still need.
        let statement = format!(
            "DELETE FROM {table} WHERE key IN (
                 SELECT key FROM {table}
                 WHERE kept_until <= least(to_timestamp($1), statement_timestamp())
                 LIMIT {BATCH} FOR UPDATE SKIP LOCKED
             )"
        );
        let mut pruned = 0_u64;
        loop {
            let deleted = sqlx::query(&statement).bind(now.as_secs_f64()).execute(&self.pool);
            let deleted = deleted.await.map_err(StoreError::new)?.rows_affected();
            pruned = pruned.saturating_add(deleted);
            if deleted < BATCH {
                return Ok(pruned);
            }
        }
    }

    /// One that has expired and is not pruned yet is there still: a sign-in with it is refused anyway.
    async fn try_put_if_absent(
        &self,
        key: BurnKey,
        keep_for: Duration,
    ) -> Result<bool, sqlx::Error> {
        // Two who insert one nonce at once: the second waits for the first and then finds its row.
        let statement = format!(
            "INSERT INTO {} (key, kept_until)
             VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
             ON CONFLICT (key) DO NOTHING",
            self.table
        );
        let mut connection = Borrowed::from(&self.pool).await?;
        let put = sqlx::query(&statement)
            .bind(key.as_str())
            .bind(keep_for.as_secs_f64() * 1000.0)
            .execute(connection.get()?)
            .await?;
        connection.give_back();
        Ok(put.rows_affected() == 1)
    }

    async fn try_contains(&self, key: BurnKey) -> Result<bool, sqlx::Error> {
        let statement = format!("SELECT EXISTS (SELECT FROM {} WHERE key = $1)", self.table);
        let mut connection = Borrowed::from(&self.pool).await?;
        let exists = sqlx::query_scalar(&statement).bind(key.as_str());
        let exists = exists.fetch_one(connection.get()?).await?;
        connection.give_back();
        Ok(exists)
    }
}

impl NonceStore for PostgresNonces {
    fn put_if_absent(&self, key: BurnKey, keep_for: Duration) -> StoreFuture<'_, bool> {
        Box::pin(
            async move { self.try_put_if_absent(key, keep_for).await.map_err(StoreError::new) },
        )
    }

    fn contains(&self, key: BurnKey) -> StoreFuture<'_, bool> {
        Box::pin(async move { self.try_contains(key).await.map_err(StoreError::new) })
    }
}

impl fmt::Debug for PostgresNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresNonces").field("table", &self.table).finish_non_exhaustive()
    }
}

/// A connection of the pool. If it is dropped before its call has come to its end, it is closed: the
/// pool would take it back, and wait for the answer of a server that may have fallen silent.
struct Borrowed(Option<PoolConnection<Postgres>>);

impl Borrowed {
    async fn from(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self(Some(pool.acquire().await?)))
    }

    fn get(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

/// How many rows are pruned by one statement.
const BATCH: u64 = 1000;
