use std::time::{Duration, SystemTime};

use kick_hmac::PostgresReplays;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{ConnectOptions, Connection, PgPool, Row};
use tokio::time::timeout;

use super::{EventStore, Kept, StoreError, StoreFuture};
use crate::{Database, KeptEvent, NewEvent};

/// Events in a table of PostgreSQL: for any number of processes.
#[derive(Debug)]
pub struct PostgresStore {
    pool: PgPool,
    /// For what may take its time, and nobody waits for.
    slow: PgPool,
    ids: PostgresReplays,
}

impl PostgresStore {
    /// Makes the tables if they are not there: `kick_events`, and `kick_deliveries` for the ids.
    ///
    /// # Errors
    ///
    /// If the database cannot be reached, or does not let its user make tables.
    pub async fn connect(database: &Database) -> Result<Self, StoreError> {
        let made = timeout(START_TIMEOUT, make_tables(&database.0)).await;
        made.map_err(StoreError::new)?.map_err(StoreError::new)?;
        // What nobody waits for any more should not go on by itself.
        let options = |timeout| (*database.0).clone().options([("statement_timeout", timeout)]);
        let pool = pool_options().max_connections(CONNECTIONS).connect_lazy_with(options("1s"));
        let slow = pool_options().max_connections(1).connect_lazy_with(options("60s"));
        Ok(Self { ids: PostgresReplays::new(slow.clone()), pool, slow })
    }

    /// The ids of the same database.
    #[must_use]
    pub fn replays(&self) -> PostgresReplays {
        PostgresReplays::new(self.pool.clone())
    }

    async fn insert(&self, event: NewEvent) -> Result<Kept, sqlx::Error> {
        let inserted = sqlx::query(INSERT)
            .bind(event.message_id.as_str())
            .bind(event.sent_at)
            .bind(event.kind)
            .bind(event.claimed_type)
            .bind(event.claimed_version)
            .bind(&event.body[..])
            .execute(&self.pool)
            .await?;
        Ok(if inserted.rows_affected() == 1 { Kept::New } else { Kept::Before })
    }

    async fn list(&self, sequence: u64, most: usize) -> Result<Vec<KeptEvent>, sqlx::Error> {
        let rows = sqlx::query(LIST)
            .bind(i64::try_from(sequence).unwrap_or(i64::MAX))
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(kept_event).collect()
    }
}

impl EventStore for PostgresStore {
    fn keep(&self, event: NewEvent) -> StoreFuture<'_, Kept> {
        Box::pin(async move { self.insert(event).await.map_err(StoreError::new) })
    }

    fn after(&self, sequence: u64, most: usize) -> StoreFuture<'_, Vec<KeptEvent>> {
        Box::pin(async move { self.list(sequence, most).await.map_err(StoreError::new) })
    }

    fn check(&self) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let answer = sqlx::query("SELECT 1").execute(&self.pool).await;
            answer.map(|_| ()).map_err(StoreError::new)
        })
    }

    fn prune(&self, older_than: Duration) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            self.ids.prune(now()).await.map_err(StoreError::new)?;
            let mut pruned = 0_u64;
            loop {
                // In pieces, so that no statement holds many rows for long.
                let removed = sqlx::query(PRUNE)
                    .bind(older_than.as_secs_f64())
                    .execute(&self.slow)
                    .await
                    .map_err(StoreError::new)?
                    .rows_affected();
                pruned = pruned.saturating_add(removed);
                if removed == 0 {
                    return Ok(pruned);
                }
            }
        })
    }
}

/// One process at a time: of two that make one table at once, one fails.
async fn make_tables(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(TABLES_LOCK)
        .execute(&mut *transaction)
        .await?;
    let ids =
        PostgresReplays::new(PgPoolOptions::new().connect_lazy_with(options.clone())).schema();
    for schema in [ids.as_str(), EVENTS_SCHEMA] {
        sqlx::raw_sql(schema).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    connection.close().await
}

/// A connection that has fallen silent is closed, and another one opened: without this, the pool waits
/// for its answer as long as the system believes in it.
fn pool_options() -> PgPoolOptions {
    PgPoolOptions::new().acquire_timeout(ANSWER_TIMEOUT).after_release(|connection, _| {
        Box::pin(async move {
            let answer = timeout(ANSWER_TIMEOUT, connection.ping()).await;
            answer.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
            Ok(true)
        })
    })
}

fn kept_event(row: &PgRow) -> Result<KeptEvent, sqlx::Error> {
    let number = |name| row.try_get::<i64, _>(name).map(|it| u64::try_from(it).unwrap_or_default());
    Ok(KeptEvent {
        sequence: number("sequence")?,
        kept_at: number("kept_at")?,
        message_id: row.try_get("message_id")?,
        sent_at: row.try_get("sent_at")?,
        kind: row.try_get("kind")?,
        claimed_type: row.try_get("claimed_type")?,
        claimed_version: row.try_get("claimed_version")?,
        body: row.try_get("body")?,
    })
}

#[expect(clippy::disallowed_methods, reason = "an edge: what is old is so at present")]
fn now() -> SystemTime {
    SystemTime::now()
}

const EVENTS_SCHEMA: &str = "\
CREATE TABLE IF NOT EXISTS kick_events (
    message_id text PRIMARY KEY,
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at text NOT NULL,
    kind text NOT NULL,
    claimed_type text,
    claimed_version text,
    body bytea NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS kick_events_sequence ON kick_events (sequence);
CREATE INDEX IF NOT EXISTS kick_events_kept_at ON kick_events (kept_at);
";

const INSERT: &str = "\
INSERT INTO kick_events (message_id, sent_at, kind, claimed_type, claimed_version, body)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (message_id) DO NOTHING";

const LIST: &str = "\
SELECT sequence, extract(epoch FROM kept_at)::bigint AS kept_at, message_id, sent_at, kind,
    claimed_type, claimed_version, body
FROM kick_events WHERE sequence > $1 ORDER BY sequence LIMIT $2";

const PRUNE: &str = "\
DELETE FROM kick_events WHERE message_id IN (
    SELECT message_id FROM kick_events
    WHERE kept_at < clock_timestamp() - $1 * interval '1 second' LIMIT 1000
    FOR UPDATE SKIP LOCKED
)";

/// Any number that nobody else locks in the database.
const TABLES_LOCK: i64 = 0x6b69_636b_5f65_7674;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
const CONNECTIONS: u32 = 16;
const START_TIMEOUT: Duration = Duration::from_secs(20);
