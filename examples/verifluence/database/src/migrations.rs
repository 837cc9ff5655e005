use std::borrow::Cow;
use std::future::ready;
use std::pin::Pin;
use std::time::Duration;

use sqlx::Connection;
use sqlx::error::BoxDynError;
use sqlx::migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator};
use thiserror::Error;
use tokio::time::timeout;

use crate::Database;

/// Brings the database to the state that the servers of this version need. Who does it owns the tables,
/// and may make roles. Two at once wait for each other.
///
/// # Errors
///
/// If the database cannot be reached, does not allow it, or has been migrated otherwise.
pub async fn migrate(database: &Database) -> Result<(), DatabaseError> {
    let migrator = Migrator::new(Embedded).await?;
    let mut connection = timeout(PATIENCE, database.connect()).await??;
    migrator.run(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Whether the database has been migrated at least as far as this version of the servers needs.
///
/// # Errors
///
/// If it has not, or cannot be asked.
pub async fn check(database: &Database) -> Result<(), DatabaseError> {
    let applied = async {
        let mut connection = database.connect().await?;
        let known: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(&mut connection)
            .await?;
        let applied: i64 =
            if known { sqlx::query_scalar(APPLIED).fetch_one(&mut connection).await? } else { 0 };
        connection.close().await?;
        Ok::<_, sqlx::Error>(applied)
    };
    let applied = timeout(PATIENCE, applied).await??;
    let needed = MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or_default();
    if applied < needed { Err(DatabaseError::NotMigrated { applied, needed }) } else { Ok(()) }
}

/// The files of `migrations/`, in the program, so that it needs none beside it.
#[derive(Debug)]
struct Embedded;

impl MigrationSource<'static> for Embedded {
    fn resolve(self) -> Pin<Box<dyn Future<Output = Result<Vec<Migration>, BoxDynError>> + Send>> {
        let migrations = MIGRATIONS.iter().map(|(version, description, sql)| {
            let [description, sql] = [*description, *sql].map(Cow::Borrowed);
            Migration::new(*version, description, MigrationType::Simple, sql, false)
        });
        Box::pin(ready(Ok(migrations.collect())))
    }
}

/// Why the database is not as it must be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// It cannot be reached, or does not do what it is asked.
    #[error("the database cannot be used")]
    Database(#[from] sqlx::Error),
    /// It cannot be migrated.
    #[error("the database cannot be migrated")]
    Migrate(#[from] MigrateError),
    /// It has not been migrated so far.
    #[error(
        "the database is at migration {applied}, and must be at {needed}: run verifluence-migrate"
    )]
    NotMigrated {
        /// How far it is.
        applied: i64,
        /// How far it must be.
        needed: i64,
    },
    /// It does not answer.
    #[error("the database does not answer")]
    Silent(#[from] tokio::time::error::Elapsed),
}

const MIGRATIONS: [(i64, &str, &str); 6] = [
    (1, "roles", include_str!("../migrations/1_roles.sql")),
    (2, "streams", include_str!("../migrations/2_streams.sql")),
    (3, "sessions", include_str!("../migrations/3_sessions.sql")),
    (4, "administration", include_str!("../migrations/4_administration.sql")),
    (5, "kick", include_str!("../migrations/5_kick.sql")),
    (6, "samples", include_str!("../migrations/6_samples.sql")),
];

const APPLIED: &str = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success";

const PATIENCE: Duration = Duration::from_secs(20);
