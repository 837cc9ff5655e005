//! The database, made by a real PostgreSQL.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod migrations;
mod roles;
mod store;

use std::time::Duration;

use database::{Database, migrate};
use sqlx::PgPool;
use testkit::postgres::Postgres;

/// A database that has been migrated, as its owner sees it.
pub(crate) async fn migrated() -> (Postgres, PgPool) {
    let postgres = Postgres::start().await;
    let database: Database = postgres.url().parse().unwrap();
    migrate(&database).await.unwrap();
    let pool = database.pool(4, Duration::from_secs(10));
    (postgres, pool)
}
