//! Two who share a server: each has ids of its own, under a prefix that needs no quoting.

use kick_hmac::{ConfigError, PostgresReplays, RedisReplays, Replays};
use testkit::postgres::Postgres;
use testkit::redis::Redis;

use crate::scene::{HANDLED, Scene};
use crate::server::{connection, make_table, pool};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn two_prefixes_in_redis_do_not_see_each_other() {
    let redis = Redis::start().await;
    let connection = connection(&redis).await;
    let store = |prefix| RedisReplays::new(connection.clone()).prefix(prefix).unwrap();
    do_not_see_each_other(store("one:").into(), store("two:").into()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn two_prefixes_in_postgres_do_not_see_each_other() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let (one, two) = (PostgresReplays::new(pool.clone()), PostgresReplays::new(pool.clone()));
    let (one, two) = (one.prefix("one_").unwrap(), two.prefix("two_").unwrap());
    make_table(&pool, &one).await;
    make_table(&pool, &two).await;
    do_not_see_each_other(one.into(), two.into()).await;
}

async fn do_not_see_each_other(one: Replays, two: Replays) {
    let (one, two) = (Scene::with_long_lease(one), Scene::with_long_lease(two));
    // The same id in both: each has a signer of its own, so it is signed twice.
    let of_one = one.message();
    let of_two = two.message_like(&of_one);
    one.hold();
    let held = tokio::spawn({
        let (one, of_one) = (one.clone(), of_one.clone());
        async move { one.deliver(&of_one).await }
    });
    one.has_run(1).await;
    // Under the one's lease.
    assert_eq!(two.deliver_until_settled(&of_two).await, HANDLED);
    two.is_a_duplicate(&of_two).await;
    // Committed by the other.
    one.answer_with(HANDLED);
    assert_eq!(held.await.unwrap().status(), HANDLED);
    one.is_a_duplicate(&of_one).await;
    assert_eq!((one.runs(), two.runs()), (1, 1));
    assert!(one.outcomes().contains(&"committed") && two.outcomes().contains(&"committed"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_refuses_a_prefix_that_is_none() {
    let redis = Redis::start().await;
    let connection = connection(&redis).await;
    let prefix = |prefix: &str| RedisReplays::new(connection.clone()).prefix(prefix);
    for good in ["k", "kick:", "app:kick_2:", LONGEST] {
        assert!(prefix(good).is_ok(), "{good}");
    }
    for bad in BAD.into_iter().chain([":kick"]) {
        assert_eq!(prefix(bad).unwrap_err(), ConfigError::Prefix, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_refuses_a_prefix_that_is_none() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let prefix = |prefix: &str| PostgresReplays::new(pool.clone()).prefix(prefix);
    for good in ["k", "kick_", "app_kick_2_", LONGEST] {
        let replays = prefix(good).unwrap();
        // Each is a name without quotes, and so is what the schema makes of it.
        make_table(&pool, &replays).await;
        assert_eq!(replays.prune(std::time::SystemTime::UNIX_EPOCH).await.unwrap(), 0, "{good}");
    }
    for bad in BAD.into_iter().chain(["kick:"]) {
        assert_eq!(prefix(bad).unwrap_err(), ConfigError::Prefix, "{bad}");
    }
}

/// 40 letters.
const LONGEST: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmn";

const BAD: [&str; 10] = [
    "",
    "Kick",
    "1kick",
    "_kick",
    "ki ck",
    "kick-",
    "kick\"",
    "kick;--",
    "kické",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmno",
];
