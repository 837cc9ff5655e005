//! Each store is held against what must be true of any.

use kick_hmac::testing::check_store;
use kick_hmac::{PostgresReplays, RedisReplays};
use testkit::postgres::Postgres;
use testkit::redis::Redis;

use crate::server::{connection, make_table, pool, postgres_replays};

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
    let one = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    let pool = one.connect(&postgres.url()).await.unwrap();
    let replays = PostgresReplays::new(pool.clone());
    make_table(&pool, &replays).await;
    check_store(replays).await;
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
