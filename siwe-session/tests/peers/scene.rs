//! Redis or PostgreSQL, whichever a test is about, and nonces that are burned in it.

use std::time::{Duration, SystemTime};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use siwe_session::{BurnKey, NonceStore, Nonces, PostgresNonces, RedisNonces};
use sqlx::PgPool;
use testkit::postgres::Postgres;
use testkit::redis::Redis;
use tokio::time::{sleep, timeout};

use crate::{PATIENCE, within};

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
    pub(crate) async fn store(&self) -> Box<dyn NonceStore> {
        match self {
            Self::Postgres(server) => Box::new(postgres_nonces(server).await),
            Self::Redis(server) => Box::new(RedisNonces::new(connection(server).await)),
        }
    }

    /// As [`store`](Self::store), for a sign-in.
    pub(crate) async fn nonces(&self) -> Nonces {
        match self {
            Self::Postgres(server) => postgres_nonces(server).await.into(),
            Self::Redis(server) => RedisNonces::new(connection(server).await).into(),
        }
    }

    /// How a process is told of it.
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

/// It waits for as long as a test does: a slow machine is no outage.
pub(crate) async fn connection(server: &Redis) -> ConnectionManager {
    let client = redis::Client::open(server.url()).unwrap();
    let patient = ConnectionManagerConfig::new().set_response_timeout(Some(PATIENCE));
    client.get_connection_manager_with_config(patient).await.unwrap()
}

pub(crate) async fn pool(server: &Postgres) -> PgPool {
    PgPool::connect(&server.url()).await.unwrap()
}

/// With its table made.
pub(crate) async fn postgres_nonces(server: &Postgres) -> PostgresNonces {
    let pool = pool(server).await;
    let nonces = PostgresNonces::new(pool.clone());
    make_table(&pool, &nonces).await;
    nonces
}

pub(crate) async fn make_table(pool: &PgPool, nonces: &PostgresNonces) {
    sqlx::raw_sql(&nonces.schema()).execute(pool).await.unwrap();
}

/// Burns it, in a store that answers: whether it was not burned before.
pub(crate) async fn burn(store: &dyn NonceStore, key: BurnKey) -> bool {
    within("an answer", store.put_if_absent(key, LONG)).await.unwrap()
}

/// Burns it, and again while the store fails, as it may after an outage: whether it was not burned before.
pub(crate) async fn burn_at_last(store: &dyn NonceStore, key: BurnKey) -> bool {
    let answered = async {
        loop {
            match store.put_if_absent(key, LONG).await {
                Ok(burned) => return burned,
                Err(_) => sleep(SOON).await,
            }
        }
    };
    within("an answer after an outage", answered).await
}

/// Asserts that it cannot be burned, nor is said to be: a sign-in does not wait for longer.
pub(crate) async fn is_put_off(store: &dyn NonceStore, key: BurnKey) {
    let answer = timeout(PATIENCE_OF_A_SIGN_IN, store.put_if_absent(key, LONG)).await;
    assert!(!matches!(answer, Ok(Ok(_))), "{answer:?}");
}

#[expect(clippy::disallowed_methods, reason = "the server that is asked has no other clock")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

pub(crate) const SOON: Duration = Duration::from_millis(20);

const PATIENCE_OF_A_SIGN_IN: Duration = Duration::from_millis(250);
/// It does not end while a test runs.
pub(crate) const LONG: Duration = Duration::from_secs(3600);
