//! Redis or PostgreSQL, whichever a test is about.

use kick_hmac::{PostgresReplays, RedisReplays, Replays};
use redis::aio::ConnectionManager;
use sqlx::PgPool;
use testkit::postgres::Postgres;
use testkit::redis::Redis;

pub(crate) enum Server {
    Postgres(Postgres),
    Redis(Redis),
}

impl Server {
    pub(crate) async fn postgres() -> Self {
        Self::Postgres(Postgres::start().await)
    }

    pub(crate) async fn redis() -> Self {
        Self::Redis(Redis::start().await)
    }

    /// A store in it, over a connection of its own, as each process has one.
    pub(crate) async fn store(&self) -> Replays {
        match self {
            Self::Postgres(server) => postgres_replays(server).await.into(),
            Self::Redis(server) => RedisReplays::new(connection(server).await).into(),
        }
    }

    /// The variable that names it to a receiver.
    pub(crate) fn variable(&self) -> (&'static str, String) {
        match self {
            Self::Postgres(server) => ("DATABASE_URL", server.url()),
            Self::Redis(server) => ("REDIS_URL", server.url()),
        }
    }

    pub(crate) async fn stop(&mut self) {
        match self {
            Self::Postgres(server) => server.stop().await,
            Self::Redis(server) => server.stop().await,
        }
    }

    /// Ends it without a chance to write anything.
    pub(crate) async fn kill(&mut self) {
        match self {
            Self::Postgres(server) => server.kill().await,
            Self::Redis(server) => server.stop().await,
        }
    }

    pub(crate) async fn start_again(&mut self) {
        match self {
            Self::Postgres(server) => server.start_again().await,
            Self::Redis(server) => server.start_again().await,
        }
    }

    pub(crate) fn freeze(&self) {
        match self {
            Self::Postgres(server) => server.freeze(),
            Self::Redis(server) => server.freeze(),
        }
    }

    pub(crate) fn thaw(&self) {
        match self {
            Self::Postgres(server) => server.thaw(),
            Self::Redis(server) => server.thaw(),
        }
    }
}

pub(crate) async fn connection(server: &Redis) -> ConnectionManager {
    let client = redis::Client::open(server.url()).unwrap();
    client.get_connection_manager().await.unwrap()
}

pub(crate) async fn pool(server: &Postgres) -> PgPool {
    PgPool::connect(&server.url()).await.unwrap()
}

/// With its table made.
pub(crate) async fn postgres_replays(server: &Postgres) -> PostgresReplays {
    let pool = pool(server).await;
    let replays = PostgresReplays::new(pool.clone());
    make_table(&pool, &replays).await;
    replays
}

pub(crate) async fn make_table(pool: &PgPool, replays: &PostgresReplays) {
    sqlx::raw_sql(&replays.schema()).execute(pool).await.unwrap();
}
