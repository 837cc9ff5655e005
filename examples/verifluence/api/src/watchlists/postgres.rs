use alloy_primitives::Address;
use database::Store;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;

use crate::Limits;
use crate::error::ApiError;

/// In the database. Wallets are written in the form of EIP-55.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    store: Store,
    most_streams: i64,
}

impl Postgres {
    pub(crate) fn new(store: Store, limits: Limits) -> Self {
        Self { store, most_streams: i64::try_from(limits.streams).unwrap_or(i64::MAX) }
    }

    pub(super) async fn of(&self, wallet: Address) -> Result<Vec<String>, ApiError> {
        Ok(self.store.ask(list(wallet).fetch_all(self.store.pool())).await?)
    }

    pub(super) async fn add(&self, wallet: Address, stream: &str) -> Result<bool, ApiError> {
        self.store.ask(self.insert(wallet.to_string(), stream)).await?
    }

    async fn insert(
        &self,
        wallet: String,
        stream: &str,
    ) -> Result<Result<bool, ApiError>, sqlx::Error> {
        let mut transaction = self.store.pool().begin().await?;
        // One at a time for each wallet: of two at once, both would find room for the last stream.
        sqlx::query("SELECT pg_advisory_xact_lock($1, hashtext($2))")
            .bind(WATCHLIST_LOCK)
            .bind(&wallet)
            .execute(&mut *transaction)
            .await?;
        let (is_stream, is_there, length): (bool, bool, i64) =
            sqlx::query_as(LOOK).bind(&wallet).bind(stream).fetch_one(&mut *transaction).await?;
        if !is_stream {
            return Ok(Err(ApiError::NotFound));
        }
        if is_there {
            return Ok(Ok(false));
        }
        if length >= self.most_streams {
            return Ok(Err(ApiError::WatchlistFull));
        }
        let inserted =
            sqlx::query(INSERT).bind(&wallet).bind(stream).execute(&mut *transaction).await;
        match inserted {
            Ok(_) => {}
            // The stream was removed since.
            Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => {
                return Ok(Err(ApiError::NotFound));
            }
            Err(error) => return Err(error),
        }
        transaction.commit().await?;
        Ok(Ok(true))
    }

    pub(super) async fn remove(&self, wallet: Address, stream: &str) -> Result<(), ApiError> {
        let removed = sqlx::query_scalar(REMOVE).bind(wallet.to_string()).bind(stream);
        let is_stream: bool = self.store.ask(removed.fetch_one(self.store.pool())).await?;
        if is_stream { Ok(()) } else { Err(ApiError::NotFound) }
    }
}

/// A wallet's streams, in the order in which they were added.
pub(crate) fn list(wallet: Address) -> QueryScalar<'static, sqlx::Postgres, String, PgArguments> {
    sqlx::query_scalar(LIST).bind(wallet.to_string())
}

const INSERT: &str = "INSERT INTO watchlists (wallet, stream) VALUES ($1, $2)";

const LIST: &str = "SELECT stream FROM watchlists WHERE wallet = $1 ORDER BY since, stream";

const LOOK: &str = "\
SELECT EXISTS (SELECT FROM streams WHERE id = $2),
    EXISTS (SELECT FROM watchlists WHERE wallet = $1 AND stream = $2),
    (SELECT count(*) FROM watchlists WHERE wallet = $1)";

const REMOVE: &str = "\
WITH removed AS (DELETE FROM watchlists WHERE wallet = $1 AND stream = $2)
SELECT EXISTS (SELECT FROM streams WHERE id = $2)";

/// Any number that nobody else locks beside another in the database.
const WATCHLIST_LOCK: i32 = 0x7761_7463;
