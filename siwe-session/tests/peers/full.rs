//! A Redis without room for more: it says so, and evicts nothing, as it must be configured.

use redis::aio::ConnectionManager;
use siwe_session::testing::new_burn_key;
use siwe_session::{NonceStore, RedisNonces};
use testkit::redis::Redis;

use crate::scene::{LONG, burn, connection};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn while_redis_is_full_it_fails_and_forgets_nothing() {
    let redis = Redis::start_with(&["--maxmemory-policy", "noeviction"]).await;
    let mut admin = connection(&redis).await;
    let nonces = RedisNonces::new(connection(&redis).await);
    let [before, during] = [new_burn_key(), new_burn_key()];
    assert!(burn(&nonces, before).await);
    set_room(&mut admin, FULL).await;
    for _ in 0..3 {
        for key in [before, during] {
            let full = nonces.put_if_absent(key, LONG).await.unwrap_err();
            let source = std::error::Error::source(&full).unwrap().to_string();
            assert!(source.contains("OOM"), "{source}");
        }
    }
    set_room(&mut admin, UNBOUNDED).await;
    assert!(!burn(&nonces, before).await);
    assert!(burn(&nonces, during).await);
}

async fn set_room(admin: &mut ConnectionManager, bytes: u64) {
    let mut set = redis::cmd("CONFIG");
    set.arg("SET").arg("maxmemory").arg(bytes);
    set.exec_async(admin).await.unwrap();
}

/// It is larger than that without any data.
const FULL: u64 = 1024;
const UNBOUNDED: u64 = 0;
