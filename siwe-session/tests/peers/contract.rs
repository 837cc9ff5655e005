//! Each store is held against what must be true of any.

use siwe_session::testing::{check_store, new_burn_key};
use siwe_session::{MemoryNonces, PostgresNonces, RedisNonces};
use testkit::postgres::Postgres;
use testkit::redis::Redis;

use crate::scene::{burn, connection, make_table, pool, postgres_nonces};

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_a_store() {
    check_store(MemoryNonces::new(1000)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_over_a_connection_manager_is_a_store() {
    let redis = Redis::start().await;
    check_store(RedisNonces::new(connection(&redis).await)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_over_a_multiplexed_connection_is_a_store() {
    let redis = Redis::start().await;
    let client = redis::Client::open(redis.url()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    check_store(RedisNonces::new(connection)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_in_the_third_version_of_its_protocol_is_a_store() {
    let redis = Redis::start().await;
    let client = redis::Client::open(format!("{}/?protocol=resp3", redis.url())).unwrap();
    check_store(RedisNonces::new(client.get_connection_manager().await.unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_with_a_prefix_is_a_store() {
    let redis = Redis::start().await;
    let mut connection = connection(&redis).await;
    let nonces = RedisNonces::new(connection.clone()).prefix("app:siwe:").unwrap();
    check_store(nonces).await;
    // It writes nothing else.
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    assert!(!keys.is_empty());
    assert!(keys.iter().all(|key| key.starts_with("app:siwe:used:")), "{keys:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn a_nonce_is_one_key_in_redis_that_ends() {
    let redis = Redis::start().await;
    let mut connection = connection(&redis).await;
    let (nonces, key) = (RedisNonces::new(connection.clone()), new_burn_key());
    assert!(burn(&nonces, key).await);
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    assert_eq!(keys, [format!("siwe:used:{}", key.as_str())]);
    let mut remaining = redis::cmd("PTTL");
    remaining.arg(&keys);
    let remaining: i64 = remaining.query_async(&mut connection).await.unwrap();
    assert!((1..=3_600_000).contains(&remaining), "{remaining}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_is_a_store() {
    let postgres = Postgres::start().await;
    check_store(postgres_nonces(&postgres).await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_with_a_prefix_is_a_store() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let nonces = PostgresNonces::new(pool.clone()).prefix("app_siwe_").unwrap();
    make_table(&pool, &nonces).await;
    check_store(nonces).await;
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&pool).await.unwrap();
    assert_eq!(tables, ["app_siwe_used"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_over_one_connection_is_a_store() {
    let postgres = Postgres::start().await;
    let one = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    let pool = one.connect(&postgres.url()).await.unwrap();
    let nonces = PostgresNonces::new(pool.clone());
    make_table(&pool, &nonces).await;
    check_store(nonces).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn making_the_table_again_changes_nothing() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let (nonces, key) = (PostgresNonces::new(pool.clone()), new_burn_key());
    make_table(&pool, &nonces).await;
    assert!(burn(&nonces, key).await);
    make_table(&pool, &PostgresNonces::new(pool.clone())).await;
    assert!(!burn(&nonces, key).await);
}
