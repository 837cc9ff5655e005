use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use thiserror::Error;
use tokio::time::timeout;

/// Where a database of PostgreSQL is. Its URL is not shown: a part of it may be a password.
#[derive(Clone)]
pub struct Database(Box<PgConnectOptions>);

impl Database {
    /// A pool of so many connections, on which no statement takes longer than this. Who asks it gives up
    /// within a second.
    #[must_use]
    pub fn pool(&self, connections: u32, statements: Duration) -> PgPool {
        // What nobody waits for any more should not go on by itself.
        let bound = format!("{}ms", statements.as_millis());
        let options = (*self.0).clone().options([("statement_timeout", bound)]);
        PgPoolOptions::new()
            .max_connections(connections)
            // Else whoever comes first waits until one is made, though another is free in a moment.
            .min_connections(connections)
            .acquire_timeout(ANSWER)
            // One that has fallen silent is closed: without this, the pool waits for its answer as long
            // as the system believes in it. Where it answered a moment ago, it need not again.
            .after_release(|connection, _| Box::pin(answers(connection)))
            .test_before_acquire(false)
            .before_acquire(|connection, pooled| {
                Box::pin(async move {
                    if pooled.idle_for < ANSWER { Ok(true) } else { answers(connection).await }
                })
            })
            .connect_lazy_with(options)
    }

    /// A connection of its own, on which a statement may take as long as it does.
    ///
    /// # Errors
    ///
    /// If the database cannot be reached.
    pub async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        self.0.connect().await
    }
}

async fn answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let answer = timeout(ANSWER, connection.ping()).await;
    answer.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
    Ok(true)
}

impl FromStr for Database {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(UrlError);
        }
        // What is wrong with it is not told: a part of it is a password.
        let options: PgConnectOptions = url.parse().map_err(|_| UrlError)?;
        // Else who makes tables is told of those that are there.
        let options = options.options([("client_min_messages", "warning")]);
        Ok(Self(Box::new(options.disable_statement_logging())))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

/// It is not the URL of a database.
#[derive(Clone, Copy, Debug, Error)]
#[non_exhaustive]
#[error("expected `postgres://user:password@host/database`")]
pub struct UrlError;

const ANSWER: Duration = Duration::from_secs(1);
