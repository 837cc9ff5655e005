//! Each store is held against what must be true of any.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use kick_hmac::testing::{KickSigner, check_store};
use kick_hmac::{
    Broadcasters, KickHmac, PostgresReplays, RedisReplays, ReplayStore, Replays, VerifyError,
};
use sqlx::PgPool;
use testkit::postgres::Postgres;
use testkit::redis::Redis;
use tokio::time::timeout;

use crate::server::{connection, make_table, pool, postgres_replays};
use crate::{BODY, BROADCASTER, EVENT_TYPE};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_over_a_connection_manager_is_a_store() {
    let redis = Redis::start().await;
    check_store(RedisReplays::new(connection(&redis).await)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_over_a_multiplexed_connection_is_a_store() {
    let redis = Redis::start().await;
    let client = redis::Client::open(redis.url()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    check_store(RedisReplays::new(connection)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_with_a_prefix_is_a_store() {
    let redis = Redis::start().await;
    let mut connection = connection(&redis).await;
    let replays = RedisReplays::new(connection.clone()).prefix("app:kick:").unwrap();
    check_store(replays).await;
    // It writes nothing else.
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    assert!(!keys.is_empty());
    assert!(keys.iter().all(|key| key.starts_with("app:kick:")), "{keys:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_that_has_lost_its_scripts_is_a_store_still() {
    let redis = Redis::start().await;
    let mut connection = connection(&redis).await;
    check_store(RedisReplays::new(connection.clone())).await;
    let flushed = redis::cmd("SCRIPT").arg("FLUSH").exec_async(&mut connection).await;
    flushed.unwrap();
    check_store(RedisReplays::new(connection)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_is_a_store() {
    let postgres = Postgres::start().await;
    check_store(postgres_replays(&postgres).await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_with_a_prefix_is_a_store() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let replays = PostgresReplays::new(pool.clone()).prefix("app_kick_").unwrap();
    make_table(&pool, &replays).await;
    check_store(replays).await;
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&pool).await.unwrap();
    assert_eq!(tables, ["app_kick_deliveries"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_over_one_connection_is_a_store() {
    let postgres = Postgres::start().await;
    let pool = pool_of_one(&postgres).await;
    let replays = PostgresReplays::new(pool.clone());
    make_table(&pool, &replays).await;
    let process = "SELECT pg_backend_pid()";
    let before: i32 = sqlx::query_scalar(process).fetch_one(&pool).await.unwrap();
    check_store(replays).await;
    // Each call has given the connection back.
    let after: i32 = sqlx::query_scalar(process).fetch_one(&pool).await.unwrap();
    assert_eq!(before, after);
}

async fn pool_of_one(postgres: &Postgres) -> PgPool {
    let one = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    one.connect(&postgres.url()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_call_to_postgres_that_was_given_up_keeps_no_connection_from_the_pool() {
    let postgres = Postgres::start().await;
    let (one, other) = (pool_of_one(&postgres).await, pool(&postgres).await);
    let replays = PostgresReplays::new(one.clone());
    make_table(&one, &replays).await;
    let mut lock = other.begin().await.unwrap();
    sqlx::query("LOCK TABLE kick_deliveries").execute(&mut *lock).await.unwrap();

    let signer = KickSigner::new();
    let broadcasters = Broadcasters::only([BROADCASTER]);
    let kick = KickHmac::builder(signer.keys(), broadcasters, Replays::from(replays));
    let request = signer.event(EVENT_TYPE, BODY).request::<Full<Bytes>>();
    let refused = kick.build().unwrap().authenticate(request).await.unwrap_err();
    assert_eq!(refused, VerifyError::StoreUnavailable);
    // The table is locked still, and the statement that waits for it has a connection of its own.
    let answer = timeout(Duration::from_secs(3), sqlx::query("SELECT 1").execute(&one)).await;
    assert!(answer.is_ok_and(|answer| answer.is_ok()), "the pool waits");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn making_the_table_again_changes_nothing() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let replays = PostgresReplays::new(pool.clone());
    make_table(&pool, &replays).await;
    check_store(replays).await;

    let count = "SELECT count(*) FROM kick_deliveries WHERE committed_at IS NOT NULL";
    let before: i64 = sqlx::query_scalar(count).fetch_one(&pool).await.unwrap();
    make_table(&pool, &PostgresReplays::new(pool.clone())).await;
    let after: i64 = sqlx::query_scalar(count).fetch_one(&pool).await.unwrap();
    assert!(before > 0);
    assert_eq!(before, after);
}

const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(604_800);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_says_how_long_it_remembers_by_default_a_day() {
    let redis = Redis::start().await;
    let replays = RedisReplays::new(connection(&redis).await);
    assert_eq!(ReplayStore::retention(&replays), Some(DAY));
    // Nothing of the connection is shown.
    let shown = "RedisReplays { prefix: \"kick:\", retention: 86400s, .. }";
    assert_eq!(format!("{replays:?}"), shown);
    assert_eq!(ReplayStore::retention(&replays.retention(WEEK)), Some(WEEK));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_says_how_long_it_remembers_by_default_a_day() {
    let postgres = Postgres::start().await;
    let replays = postgres_replays(&postgres).await;
    assert_eq!(ReplayStore::retention(&replays), Some(DAY));
    // Nothing of the connection is shown.
    let shown = "PostgresReplays { table: \"kick_deliveries\", retention: 86400s, .. }";
    assert_eq!(format!("{replays:?}"), shown);
    assert_eq!(ReplayStore::retention(&replays.retention(WEEK)), Some(WEEK));
}
