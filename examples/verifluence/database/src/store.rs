use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use thiserror::Error;
use tokio::time::timeout;

use crate::Database;

/// The database, as a server asks it: no answer is waited for longer than a second, and that there are
/// none is logged once, until there are. Clones share all of it.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    is_failing: Arc<AtomicBool>,
}

impl Store {
    /// Connects when it is first asked.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { pool: database.pool(CONNECTIONS, ANSWER), is_failing: Arc::default() }
    }

    /// What statements are sent over, within [`ask`](Self::ask).
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Waits for this answer. It may be dropped: then its statement is done or not.
    ///
    /// # Errors
    ///
    /// If there is none within a second, or another than was asked for.
    pub async fn ask<T>(
        &self,
        answer: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, Unavailable> {
        match timeout(ANSWER, answer).await {
            Ok(Ok(answer)) => {
                if self.is_failing.swap(false, Ordering::Relaxed) {
                    tracing::warn!("the database answers again");
                }
                Ok(answer)
            }
            Ok(Err(error)) => Err(self.failed(&error)),
            Err(elapsed) => Err(self.failed(&elapsed)),
        }
    }

    /// Whether it answers, by asking.
    pub async fn answers(&self) -> bool {
        self.ask(sqlx::query("SELECT 1").execute(&self.pool)).await.is_ok()
    }

    fn failed(&self, error: &(dyn Error + 'static)) -> Unavailable {
        if !self.is_failing.swap(true, Ordering::Relaxed) {
            tracing::warn!(error, "the database does not do what it is asked");
        }
        Unavailable
    }
}

/// The database has not done what it was asked. Why is in the log.
#[derive(Clone, Copy, Debug, Error)]
#[non_exhaustive]
#[error("the database does not do what it is asked")]
pub struct Unavailable;

const ANSWER: Duration = Duration::from_secs(1);
const CONNECTIONS: u32 = 8;
