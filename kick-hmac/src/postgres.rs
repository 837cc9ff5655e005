//! Ids in a table of PostgreSQL: for any number of processes.

use std::fmt;
use std::time::{Duration, SystemTime};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

use crate::replay::{Lease, ReplayStore, Reserved, StoreError, StoreFuture};
use crate::{ConfigError, MessageId};

/// Ids in a table of PostgreSQL 9.5 or later, through your pool of `sqlx`.
///
/// The table is made by your migrations, from [`schema`](Self::schema), and grows by a row for each
/// message until [`prune`](Self::prune) is called, say once an hour. The server's clock is the only one.
#[derive(Clone)]
pub struct PostgresReplays {
    pool: PgPool,
    table: String,
    retention: Duration,
}

impl PostgresReplays {
    /// The table `kick_deliveries`, in which ids stay for 24 hours.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool, table: "kick_deliveries".to_owned(), retention: DEFAULT_RETENTION }
    }

    /// What the table's name begins with, instead of `kick_`, for each who shares the schema another.
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
        self.table = format!("{prefix}deliveries");
        Ok(self)
    }

    /// For how long an id is remembered at least. Default: 24 hours.
    #[must_use]
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// The statements that make the table, for your migrations. They change nothing if it is there.
    #[must_use]
    pub fn schema(&self) -> String {
        let table = &self.table;
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (
    message_id text PRIMARY KEY,
    lease bytea NOT NULL,
    leased_until timestamptz NOT NULL,
    committed_at timestamptz
);
CREATE INDEX IF NOT EXISTS {table}_leased_until ON {table} (leased_until);
"
        )
    }

    /// Removes what was committed, or leased and left, longer ago than the retention, and says how many
    /// rows that were. It takes a thousand rows at a time, so that no statement lasts long.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database cannot be asked.
    pub async fn prune(&self, now: SystemTime) -> Result<u64, StoreError> {
        let before = now.checked_sub(self.retention).unwrap_or(SystemTime::UNIX_EPOCH);
        let before = before.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let table = &self.table;
        // A row is committed before its lease ends, or soon after.
        let statement = format!(
            "DELETE FROM {table} WHERE message_id IN (
                 SELECT message_id FROM {table} WHERE leased_until < to_timestamp($1)
                 AND (committed_at IS NULL OR committed_at < to_timestamp($1))
                 LIMIT {BATCH} FOR UPDATE SKIP LOCKED
             )"
        );
        let mut pruned = 0_u64;
        loop {
            let deleted = sqlx::query(&statement).bind(before.as_secs_f64()).execute(&self.pool);
            let deleted = deleted.await.map_err(StoreError::new)?.rows_affected();
            pruned = pruned.saturating_add(deleted);
            if deleted < BATCH {
                return Ok(pruned);
            }
        }
    }

    async fn try_reserve(
        &self,
        id: MessageId,
        lease: Lease,
        duration: Duration,
    ) -> Result<Reserved, sqlx::Error> {
        let table = &self.table;
        // Two who insert one id at once: the second waits for the first and then finds its row.
        let statement = format!(
            "INSERT INTO {table} AS held (message_id, lease, leased_until)
             VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
             ON CONFLICT (message_id) DO UPDATE
             SET lease = excluded.lease, leased_until = excluded.leased_until
             WHERE held.committed_at IS NULL
             AND (held.lease = excluded.lease OR held.leased_until <= clock_timestamp())"
        );
        let mut connection = Borrowed::from(&self.pool).await?;
        let milliseconds = duration.as_secs_f64() * 1000.0;
        let reserved = sqlx::query(&statement)
            .bind(id.as_str())
            .bind(&lease.as_bytes()[..])
            .bind(milliseconds)
            .execute(connection.get()?)
            .await?;
        if reserved.rows_affected() == 1 {
            connection.give_back();
            return Ok(Reserved::New);
        }
        let statement =
            format!("SELECT committed_at IS NOT NULL FROM {table} WHERE message_id = $1");
        let found: Option<bool> = sqlx::query_scalar(&statement)
            .bind(id.as_str())
            .fetch_optional(connection.get()?)
            .await?;
        connection.give_back();
        // It may have been released in between; the next delivery finds it so.
        Ok(if found == Some(true) { Reserved::Committed } else { Reserved::InFlight })
    }

    async fn try_commit(&self, id: MessageId, lease: Lease) -> Result<bool, sqlx::Error> {
        let statement = format!(
            "INSERT INTO {} AS held (message_id, lease, leased_until, committed_at)
             VALUES ($1, $2, clock_timestamp(), clock_timestamp())
             ON CONFLICT (message_id) DO UPDATE SET committed_at = excluded.committed_at
             WHERE held.committed_at IS NULL
             AND (held.lease = excluded.lease OR held.leased_until <= clock_timestamp())",
            self.table
        );
        let mut connection = Borrowed::from(&self.pool).await?;
        let committed = sqlx::query(&statement)
            .bind(id.as_str())
            .bind(&lease.as_bytes()[..])
            .execute(connection.get()?)
            .await?;
        connection.give_back();
        Ok(committed.rows_affected() == 1)
    }

    async fn try_release(&self, id: MessageId, lease: Lease) -> Result<(), sqlx::Error> {
        let statement = format!(
            "DELETE FROM {} WHERE message_id = $1 AND lease = $2 AND committed_at IS NULL",
            self.table
        );
        let mut connection = Borrowed::from(&self.pool).await?;
        sqlx::query(&statement)
            .bind(id.as_str())
            .bind(&lease.as_bytes()[..])
            .execute(connection.get()?)
            .await?;
        connection.give_back();
        Ok(())
    }
}

impl ReplayStore for PostgresReplays {
    fn reserve(
        &self,
        id: MessageId,
        lease: Lease,
        duration: Duration,
    ) -> StoreFuture<'_, Reserved> {
        Box::pin(
            async move { self.try_reserve(id, lease, duration).await.map_err(StoreError::new) },
        )
    }

    fn commit(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, bool> {
        Box::pin(async move { self.try_commit(id, lease).await.map_err(StoreError::new) })
    }

    fn release(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, ()> {
        Box::pin(async move { self.try_release(id, lease).await.map_err(StoreError::new) })
    }

    fn retention(&self) -> Option<Duration> {
        Some(self.retention)
    }
}

impl fmt::Debug for PostgresReplays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresReplays")
            .field("table", &self.table)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
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

const DEFAULT_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
