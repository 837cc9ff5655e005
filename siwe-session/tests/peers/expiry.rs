//! What is burned is kept for its time: Redis forgets it then, and PostgreSQL when it is pruned.

use std::time::{Duration, Instant};

use siwe_session::testing::new_burn_key;
use siwe_session::{NonceStore, RedisNonces};
use testkit::postgres::Postgres;
use testkit::redis::Redis;
use tokio::time::sleep;

use crate::scene::{LONG, SOON, burn, connection, now, postgres_nonces};
use crate::within;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_forgets_a_nonce_when_its_time_has_passed() {
    let redis = Redis::start().await;
    let (mut connection, key) = (connection(&redis).await, new_burn_key());
    let nonces = RedisNonces::new(connection.clone());
    let before = Instant::now();
    assert!(nonces.put_if_absent(key, BRIEF).await.unwrap());
    let gone = async {
        while !nonces.put_if_absent(key, LONG).await.unwrap() {
            sleep(SOON).await;
        }
    };
    within("a nonce that ends", gone).await;
    assert!(before.elapsed() >= BRIEF);
    assert!(!burn(&nonces, key).await, "it is burned again, for long");

    // Nor is anything left of those that nobody asks for again.
    let other = new_burn_key();
    assert!(nonces.put_if_absent(other, BRIEF).await.unwrap());
    let alone = async {
        loop {
            let exists =
                redis::cmd("EXISTS").arg(format!("siwe:used:{}", other.as_str())).to_owned();
            if exists.query_async::<u8>(&mut connection).await.unwrap() == 0 {
                return;
            }
            sleep(SOON).await;
        }
    };
    within("a key that ends", alone).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn redis_refuses_a_time_that_it_cannot_count() {
    let redis = Redis::start().await;
    let nonces = RedisNonces::new(connection(&redis).await);
    let key = new_burn_key();
    assert!(nonces.put_if_absent(key, Duration::MAX).await.is_err());
    // One that is over already is none that it refuses.
    assert!(nonces.put_if_absent(key, Duration::ZERO).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_remembers_a_nonce_until_it_is_pruned() {
    let postgres = Postgres::start().await;
    let (nonces, key) = (postgres_nonces(&postgres).await, new_burn_key());
    assert!(nonces.put_if_absent(key, Duration::ZERO).await.unwrap());
    for _ in 0..3 {
        sleep(SOON).await;
        assert!(!burn(&nonces, key).await, "its time is over, and it is there still");
    }
    assert_eq!(nonces.prune(now()).await.unwrap(), 1);
    assert!(burn(&nonces, key).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn postgres_refuses_a_time_that_it_cannot_count() {
    let postgres = Postgres::start().await;
    let (nonces, key) = (postgres_nonces(&postgres).await, new_burn_key());
    assert!(nonces.put_if_absent(key, Duration::MAX).await.is_err());
    assert!(burn(&nonces, key).await);
}

const BRIEF: Duration = Duration::from_millis(300);
