//! What a server remembers when it was killed and is there again.

use std::sync::{Arc, Mutex};

use siwe_session::testing::new_burn_key;
use siwe_session::{BurnKey, NonceStore};
use testkit::redis::Redis;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::scene::{LONG, SOON, Server, burn, burn_at_last};
use crate::within;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn a_redis_that_loses_its_data_lets_a_nonce_serve_once_more() {
    let mut server = Server::redis().await;
    let (store, key) = (server.store().await, new_burn_key());
    assert!(burn(&*store, key).await);
    assert!(!burn(&*store, key).await);
    server.kill().await;
    server.start_again().await;
    // What the documentation of `RedisNonces` warns of. If this fails, it promises too little.
    assert!(burn_at_last(&*store, key).await);
    assert!(!burn(&*store, key).await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn a_redis_that_writes_before_it_answers_forgets_nothing() {
    forgets_nothing(Server::Redis(Redis::with_appendonly().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_postgres_that_crashes_forgets_nothing() {
    forgets_nothing(Server::postgres().await).await;
}

/// It is killed while many are burned: each that was said to be burned is.
async fn forgets_nothing(mut server: Server) {
    let store: Arc<dyn NonceStore> = server.store().await.into();
    let said = Arc::new(Mutex::new(Vec::<BurnKey>::new()));
    let mut callers = JoinSet::new();
    for _ in 0..8 {
        let (store, said) = (Arc::clone(&store), Arc::clone(&said));
        callers.spawn(async move {
            loop {
                let key = new_burn_key();
                match store.put_if_absent(key, LONG).await {
                    Ok(true) => said.lock().unwrap().push(key),
                    Ok(false) => panic!("a new nonce was burned already"),
                    // It is killed.
                    Err(_) => return,
                }
            }
        });
    }
    let enough = async {
        while said.lock().unwrap().len() < 200 {
            sleep(SOON).await;
        }
    };
    within("burned nonces", enough).await;
    server.kill().await;
    callers.shutdown().await;
    server.start_again().await;

    let said = said.lock().unwrap().clone();
    // Over the connection that was there before, and over another.
    assert!(burn_at_last(&*store, new_burn_key()).await);
    let other = server.store().await;
    for key in said {
        assert!(!burn(&*store, key).await);
        assert!(!burn(&*other, key).await);
    }
}
