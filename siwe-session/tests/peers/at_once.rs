//! Of any number of callers who burn one nonce at once, one does: whether they share a connection, have
//! each their own, or are processes with pools of their own.

use std::sync::Arc;

use siwe_session::testing::new_burn_key;
use siwe_session::{BurnKey, MemoryNonces, NonceStore};
use tokio::task::JoinSet;

use crate::scene::{Server, burn};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_burns_a_nonce_in_memory() {
    one_burns(&[Arc::new(MemoryNonces::new(ROUNDS))]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn of_many_at_once_one_burns_a_nonce_in_redis() {
    one_burns_over_connections(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn of_many_at_once_one_burns_a_nonce_in_postgres() {
    one_burns_over_connections(&Server::postgres().await).await;
}

async fn one_burns_over_connections(server: &Server) {
    let mut stores = Vec::<Arc<dyn NonceStore>>::new();
    for connections in [1, 2, 4] {
        while stores.len() < connections {
            stores.push(server.store().await.into());
        }
        one_burns(&stores).await;
    }
}

/// In several rounds, each with a nonce of its own, which they all burn.
async fn one_burns(stores: &[Arc<dyn NonceStore>]) {
    for _ in 0..ROUNDS {
        let key = new_burn_key();
        assert_eq!(burned(stores, &[key]).await, 1);
        for store in stores {
            assert!(!burn(store.as_ref(), key).await, "it is burned for each of them");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn nonces_do_not_keep_each_other_from_being_burned_in_redis() {
    each_is_burned_once(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn nonces_do_not_keep_each_other_from_being_burned_in_postgres() {
    each_is_burned_once(&Server::postgres().await).await;
}

/// Two processes, and callers who burn one nonce after another.
async fn each_is_burned_once(server: &Server) {
    let stores = [server.store().await.into(), server.store().await.into()];
    let keys: Vec<BurnKey> = std::iter::repeat_with(new_burn_key).take(20).collect();
    assert_eq!(burned(&stores, &keys).await, keys.len());
}

/// How often a nonce was burned, when [`AT_ONCE`] callers burn each of these.
async fn burned(stores: &[Arc<dyn NonceStore>], keys: &[BurnKey]) -> usize {
    let mut callers = JoinSet::new();
    for store in stores.iter().cycle().take(AT_ONCE) {
        let (store, keys) = (Arc::clone(store), keys.to_vec());
        callers.spawn(async move {
            let mut burned = 0_usize;
            for key in keys {
                burned = burned.saturating_add(usize::from(burn(store.as_ref(), key).await));
            }
            burned
        });
    }
    callers.join_all().await.into_iter().sum()
}

const ROUNDS: usize = 8;
const AT_ONCE: usize = 64;
