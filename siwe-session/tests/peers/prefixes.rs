//! Two who share a server: each has nonces of its own, under a prefix that needs no quoting.

use siwe_session::testing::new_burn_key;
use siwe_session::{ConfigError, NonceStore, PostgresNonces, RedisNonces};
use testkit::postgres::Postgres;
use testkit::redis::Redis;

use crate::scene::{burn, connection, make_table, now, pool};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn two_prefixes_in_redis_do_not_see_each_other() {
    let redis = Redis::start().await;
    let connection = connection(&redis).await;
    let store = |prefix| RedisNonces::new(connection.clone()).prefix(prefix).unwrap();
    do_not_see_each_other(&store("one:"), &store("two:")).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn two_prefixes_in_postgres_do_not_see_each_other() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let (one, two) = (PostgresNonces::new(pool.clone()), PostgresNonces::new(pool.clone()));
    let (one, two) = (one.prefix("one_").unwrap(), two.prefix("two_").unwrap());
    make_table(&pool, &one).await;
    make_table(&pool, &two).await;
    do_not_see_each_other(&one, &two).await;
}

async fn do_not_see_each_other(one: &dyn NonceStore, two: &dyn NonceStore) {
    let key = new_burn_key();
    for store in [one, two] {
        assert!(burn(store, key).await);
    }
    for store in [one, two] {
        assert!(!burn(store, key).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_refuses_a_prefix_that_is_none() {
    let redis = Redis::start().await;
    let connection = connection(&redis).await;
    let prefix = |prefix: &str| RedisNonces::new(connection.clone()).prefix(prefix);
    for good in ["s", "siwe:", "app:siwe_2:", LONGEST] {
        assert!(prefix(good).is_ok(), "{good}");
    }
    for bad in BAD.into_iter().chain([":siwe"]) {
        assert_eq!(prefix(bad).unwrap_err(), ConfigError::Prefix, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_refuses_a_prefix_that_is_none() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let prefix = |prefix: &str| PostgresNonces::new(pool.clone()).prefix(prefix);
    for good in ["s", "siwe_", "app_siwe_2_", LONGEST] {
        let nonces = prefix(good).unwrap();
        // Each is a name without quotes, and so is what the schema makes of it.
        make_table(&pool, &nonces).await;
        assert!(burn(&nonces, new_burn_key()).await, "{good}");
        assert_eq!(nonces.prune(now()).await.unwrap(), 0, "{good}");
    }
    // None is cut off, which would make one of two.
    let names = "SELECT count(*) FROM pg_class WHERE relname LIKE '%used_kept_until'";
    let names: i64 = sqlx::query_scalar(names).fetch_one(&pool).await.unwrap();
    assert_eq!(names, 4);
    for bad in BAD.into_iter().chain(["siwe:"]) {
        assert_eq!(prefix(bad).unwrap_err(), ConfigError::Prefix, "{bad}");
    }
}

/// 40 letters.
const LONGEST: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmn";

const BAD: [&str; 10] = [
    "",
    "Siwe",
    "1siwe",
    "_siwe",
    "si we",
    "siwe-",
    "siwe\"",
    "siwe;--",
    "siwé",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmno",
];
