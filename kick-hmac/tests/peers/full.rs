//! A Redis without room for more: it says so, and evicts nothing, as it must be configured.

use redis::aio::ConnectionManager;
use testkit::redis::Redis;

use crate::scene::{HANDLED, Scene};
use crate::server::{Server, connection};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn while_redis_is_full_nothing_new_is_handled() {
    let (server, mut admin) = redis().await;
    let scene = Scene::new(server.store().await);
    let (before, during) = (scene.message(), scene.message());
    assert_eq!(scene.deliver_until_settled(&before).await, HANDLED);
    set_room(&mut admin, FULL).await;
    for _ in 0..3 {
        scene.is_put_off(&during).await;
    }
    // What is known already needs no room.
    scene.is_a_duplicate(&before).await;
    set_room(&mut admin, UNBOUNDED).await;
    assert_eq!(scene.deliver_until_settled(&during).await, HANDLED);
    assert_eq!(scene.runs(), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_was_done_while_redis_got_full_is_answered_as_done() {
    let (server, mut admin) = redis().await;
    let scene = Scene::new(server.store().await);
    let message = scene.message();
    scene.hold();
    let handling = tokio::spawn({
        let (scene, message) = (scene.clone(), message.clone());
        async move { scene.deliver(&message).await }
    });
    scene.has_run(1).await;
    set_room(&mut admin, FULL).await;
    scene.answer_with(HANDLED);
    assert_eq!(handling.await.unwrap().status(), HANDLED);
    assert_eq!(scene.outcomes(), ["accepted", "not_committed"]);
    set_room(&mut admin, UNBOUNDED).await;
    // It was not noted, so it is done once more when the lease has run out.
    assert_eq!(scene.deliver_until_settled(&message).await, HANDLED);
    scene.is_a_duplicate(&message).await;
    assert_eq!(scene.runs(), 2);
}

async fn redis() -> (Server, ConnectionManager) {
    let redis = Redis::start_with(&["--maxmemory-policy", "noeviction"]).await;
    let admin = connection(&redis).await;
    (Server::Redis(redis), admin)
}

async fn set_room(admin: &mut ConnectionManager, bytes: u64) {
    let mut set = redis::cmd("CONFIG");
    set.arg("SET").arg("maxmemory").arg(bytes);
    set.exec_async(admin).await.unwrap();
}

/// It is larger than that without any data.
const FULL: u64 = 1024;
const UNBOUNDED: u64 = 0;
