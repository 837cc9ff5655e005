use std::fmt;
use std::time::{Duration, SystemTime};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use siwe_session::{Nonces, PostgresNonces, RedisNonces};
use sqlx::Connection;
use thiserror::Error;
use tokio::time::{interval, timeout};

use super::{ANSWER, CONNECTIONS, START};
use crate::{Database, UrlError};

/// Where it is kept that a nonce was used, and that a session was ended.
#[derive(Clone)]
#[expect(clippy::exhaustive_enums, reason = "whoever reads this decides between the three")]
pub enum NonceStorage {
    /// In Redis: for any number of processes.
    Redis(Box<redis::Client>),
    /// In PostgreSQL: for any number of processes.
    Postgres(Database),
    /// In this process's memory: for one.
    SingleProcess,
}

impl NonceStorage {
    /// In the Redis of this URL.
    ///
    /// # Errors
    ///
    /// If it is none. What is wrong with it is not told: a part of it may be a password.
    pub fn redis(url: &str) -> Result<Self, &'static str> {
        let client = redis::Client::open(url).map_err(|_| "expected `redis://host:6379`")?;
        Ok(Self::Redis(Box::new(client)))
    }

    /// In the PostgreSQL database of this URL.
    ///
    /// # Errors
    ///
    /// As of [`redis`](Self::redis).
    pub fn postgres(url: &str) -> Result<Self, UrlError> {
        url.parse().map(Self::Postgres)
    }

    /// Connects, makes the table if there is none, and from then on removes what has expired. The names
    /// of what is kept begin with this prefix.
    ///
    /// # Errors
    ///
    /// If it cannot be reached, or does not do what it must.
    pub async fn open(self, prefix: &str) -> Result<Nonces, StorageError> {
        match self {
            Self::SingleProcess => Ok(Nonces::single_process()),
            Self::Redis(client) => {
                let config = ConnectionManagerConfig::new()
                    .set_connection_timeout(Some(ANSWER))
                    .set_response_timeout(Some(ANSWER))
                    .set_number_of_retries(2);
                let connection = ConnectionManager::new_with_config(*client, config);
                let connection = timeout(START, connection).await.map_err(StorageError::new)?;
                let store = RedisNonces::new(connection.map_err(StorageError::new)?);
                Ok(store.prefix(prefix).map_err(StorageError::new)?.into())
            }
            Self::Postgres(database) => {
                let store = PostgresNonces::new(database.pool(CONNECTIONS, ANSWER));
                let store = store.prefix(prefix).map_err(StorageError::new)?;
                let table = format!("{prefix}used");
                let made = timeout(START, make_table(&database, &table, &store.schema())).await;
                made.map_err(StorageError::new)?.map_err(StorageError::new)?;
                tokio::spawn(prune(store.clone()));
                Ok(store.into())
            }
        }
    }
}

/// One process at a time: of two that make one table at once, one fails. Where a migration has made it,
/// this user need not be one who may.
async fn make_table(database: &Database, table: &str, schema: &str) -> Result<(), sqlx::Error> {
    let mut connection = database.connect().await?;
    let is_there = "SELECT to_regclass($1) IS NOT NULL";
    if sqlx::query_scalar(is_there).bind(table).fetch_one(&mut connection).await? {
        return connection.close().await;
    }
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(TABLE_LOCK)
        .execute(&mut *transaction)
        .await?;
    sqlx::raw_sql(schema).execute(&mut *transaction).await?;
    transaction.commit().await?;
    connection.close().await
}

async fn prune(store: PostgresNonces) {
    let mut hours = interval(HOUR);
    loop {
        hours.tick().await;
        // On a connection that has fallen silent it would not end.
        match timeout(HOUR, store.prune(now())).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!("used nonces that have expired stay: {error}"),
            Err(_) => tracing::warn!("used nonces that have expired stay: no answer in an hour"),
        }
    }
}

/// A URL may have a password in it.
impl fmt::Debug for NonceStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis(_) => "Redis",
            Self::Postgres(_) => "Postgres",
            Self::SingleProcess => "SingleProcess",
        })
    }
}

/// Why used nonces cannot be kept.
#[derive(Debug, Error)]
#[error("the store of used nonces cannot be used")]
pub struct StorageError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StorageError {
    fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

#[expect(clippy::disallowed_methods, reason = "an edge: what has expired has so at present")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// Any number that nobody else locks in the database.
const TABLE_LOCK: i64 = 0x7369_7765_7573_6564;

const HOUR: Duration = Duration::from_secs(60 * 60);
