//! For the servers' tests: a database that has been migrated, and a user of each role.

#![expect(clippy::expect_used, reason = "what tests stand on fails as they do: by panicking")]

use std::time::Duration;

use sqlx::{Executor, PgPool};
use testkit::postgres::Postgres;

use crate::{Database, Store, migrate};

/// A PostgreSQL server with the database of Verifluence. Dropping this stops it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Migrated {
    /// The server.
    pub postgres: Postgres,
    /// The database, as its owner sees it.
    pub owner: PgPool,
}

impl Migrated {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not installed, does not start, or cannot be migrated.
    pub async fn start() -> Self {
        let postgres = Postgres::start().await;
        let database: Database = postgres.url().parse().expect("its own URL");
        migrate(&database).await.expect("an empty database");
        let owner = database.pool(2, Duration::from_secs(10));
        for user in ["api", "admin", "kick"] {
            let statement = format!("CREATE USER {user} IN ROLE verifluence_{user}");
            owner.execute(statement.as_str()).await.expect("an owner who may make users");
        }
        Self { postgres, owner }
    }

    /// Where the database is for this user: `api`, `admin` or `kick`, each of that server's role and no other.
    #[must_use]
    pub fn url(&self, user: &str) -> String {
        self.postgres.url().replacen("//postgres@", &format!("//{user}@"), 1)
    }

    /// The database, as the server of this user asks it.
    ///
    /// # Panics
    ///
    /// Never: its URL is one.
    #[must_use]
    pub fn store(&self, user: &str) -> Store {
        Store::new(&self.url(user).parse().expect("a URL"))
    }
}
