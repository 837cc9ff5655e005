use std::time::{Duration, SystemTime};

use database::{Database, DatabaseError, check};
use kick_hmac::PostgresReplays;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};

use super::{EventStore, Kept, StoreError, StoreFuture};
use crate::{KeptEvent, NewEvent};

/// Events in the table `kick_events` of Verifluence's database: for any number of processes.
#[derive(Debug)]
pub struct PostgresStore {
    pool: PgPool,
    /// For what may take its time, and nobody waits for.
    slow: PgPool,
    ids: PostgresReplays,
}

impl PostgresStore {
    /// With a database that has been migrated, and a user of the role `verifluence_kick`.
    ///
    /// # Errors
    ///
    /// If it cannot be reached, or has not been migrated so far.
    pub async fn connect(database: &Database) -> Result<Self, DatabaseError> {
        check(database).await?;
        let slow = database.pool(1, SLOW);
        let ids = PostgresReplays::new(slow.clone());
        Ok(Self { pool: database.pool(CONNECTIONS, ANSWER), slow, ids })
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
            // Nothing is read, but who may not read is told so.
            let answer = sqlx::query("SELECT FROM kick_events LIMIT 0").execute(&self.pool).await;
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

const ANSWER: Duration = Duration::from_secs(1);
const CONNECTIONS: u32 = 8;
const SLOW: Duration = Duration::from_secs(60);
