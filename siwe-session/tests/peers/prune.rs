//! Rows leave PostgreSQL's table when their nonces have expired, and no earlier.

use std::time::{Duration, SystemTime};

use siwe_session::testing::new_burn_key;
use siwe_session::{BurnKey, PostgresNonces};
use sqlx::PgPool;
use testkit::postgres::Postgres;

use crate::scene::{burn, make_table, now, pool};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn only_what_has_expired_is_removed() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let nonces = PostgresNonces::new(pool.clone());
    make_table(&pool, &nonces).await;
    let [long_ago, lately, not_yet] = [new_burn_key(), new_burn_key(), new_burn_key()];
    for (key, minutes) in [(long_ago, -120), (lately, -1), (not_yet, 30)] {
        assert!(burn(&nonces, key).await);
        ends_in(&pool, key, minutes).await;
    }

    assert_eq!(nonces.prune(SystemTime::UNIX_EPOCH).await.unwrap(), 0);
    assert_eq!(nonces.prune(now() - HOUR).await.unwrap(), 1);
    assert_eq!(rows(&pool).await, sorted([lately, not_yet]));
    assert_eq!(nonces.prune(now()).await.unwrap(), 1);
    assert_eq!(nonces.prune(now()).await.unwrap(), 0);
    // Nor does one whose clock is fast remove what others still need.
    assert_eq!(nonces.prune(now() + HOUR).await.unwrap(), 0);
    assert_eq!(rows(&pool).await, [not_yet.as_str()]);

    assert!(!burn(&nonces, not_yet).await);
    // What was pruned is not known any more.
    assert!(burn(&nonces, long_ago).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn all_that_have_expired_are_removed_however_many_they_are() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let nonces = PostgresNonces::new(pool.clone());
    make_table(&pool, &nonces).await;
    let key = new_burn_key();
    assert!(burn(&nonces, key).await);
    for many in [999_u16, 1000, 1001, 3000] {
        let fill = "INSERT INTO siwe_used
                    SELECT number::text, clock_timestamp() - interval '1 minute'
                    FROM generate_series(1, $1) AS number";
        sqlx::query(fill).bind(i32::from(many)).execute(&pool).await.unwrap();
        assert_eq!(nonces.prune(now()).await.unwrap(), u64::from(many));
        assert_eq!(rows(&pool).await, [key.as_str()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn two_who_prune_at_once_do_not_wait_for_each_other_or_count_a_row_twice() {
    let postgres = Postgres::start().await;
    let pool = pool(&postgres).await;
    let nonces = PostgresNonces::new(pool.clone());
    make_table(&pool, &nonces).await;
    let keys = [new_burn_key(), new_burn_key()];
    for key in keys {
        assert!(burn(&nonces, key).await);
        ends_in(&pool, key, -1).await;
    }
    // The one is about to remove the first, and has not yet.
    let mut other = pool.begin().await.unwrap();
    let hold = sqlx::query("DELETE FROM siwe_used WHERE key = $1").bind(keys[0].as_str());
    assert_eq!(hold.execute(&mut *other).await.unwrap().rows_affected(), 1);
    let pruned = crate::within("a prune beside another", nonces.prune(now())).await;
    assert_eq!(pruned.unwrap(), 1);
    other.commit().await.unwrap();
    assert_eq!(rows(&pool).await, Vec::<String>::new());
}

/// Its time ends so many minutes from now.
async fn ends_in(pool: &PgPool, key: BurnKey, minutes: i32) {
    let statement = "UPDATE siwe_used
                     SET kept_until = clock_timestamp() + $2 * interval '1 minute'
                     WHERE key = $1";
    let set = sqlx::query(statement).bind(key.as_str()).bind(minutes).execute(pool).await;
    assert_eq!(set.unwrap().rows_affected(), 1);
}

async fn rows(pool: &PgPool) -> Vec<String> {
    let statement = "SELECT key FROM siwe_used ORDER BY key";
    sqlx::query_scalar(statement).fetch_all(pool).await.unwrap()
}

fn sorted<const N: usize>(mut keys: [BurnKey; N]) -> [String; N] {
    keys.sort_unstable();
    keys.map(|key| key.as_str().to_owned())
}

const HOUR: Duration = Duration::from_secs(60 * 60);
