//! Of any number of deliveries of one message at once, one is handled.

use http::StatusCode;
use kick_hmac::{MemoryReplays, Replays};
use tokio::task::JoinSet;

use crate::scene::{DUPLICATE, HANDLED, Scene};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn of_many_deliveries_at_once_one_is_handled_with_memory() {
    one_is_handled(Replays::single_process()).await;
    the_others_are_put_off(MemoryReplays::new(1).into()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn of_many_deliveries_at_once_one_is_handled_with_redis() {
    let server = Server::redis().await;
    one_is_handled(server.store().await).await;
    the_others_are_put_off(server.store().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn of_many_deliveries_at_once_one_is_handled_with_postgres() {
    let server = Server::postgres().await;
    one_is_handled(server.store().await).await;
    the_others_are_put_off(server.store().await).await;
}

/// All come at once, and are answered in any order.
async fn one_is_handled(store: Replays) {
    let scene = Scene::with_long_lease(store);
    for _ in 0..4 {
        let (message, before) = (scene.message(), scene.runs());
        let mut deliveries = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (scene, message) = (scene.clone(), message.clone());
            deliveries.spawn(async move { scene.deliver_until_settled(&message).await });
        }
        let answers = deliveries.join_all().await;
        assert_eq!(answers.iter().filter(|status| **status == HANDLED).count(), 1);
        assert_eq!(answers.iter().filter(|status| **status == DUPLICATE).count(), AT_ONCE - 1);
        assert_eq!(scene.runs(), before + 1);
    }
    let settled: Vec<_> =
        scene.outcomes().into_iter().filter(|code| *code == "committed").collect();
    assert_eq!(settled.len(), 4);
}

/// One is being handled until all the others are answered.
async fn the_others_are_put_off(store: Replays) {
    let scene = Scene::with_long_lease(store);
    let message = scene.message();
    scene.hold();
    let first = tokio::spawn({
        let (scene, message) = (scene.clone(), message.clone());
        async move { scene.deliver_until_settled(&message).await }
    });
    scene.has_run(1).await;

    let mut others = JoinSet::new();
    for _ in 1..AT_ONCE {
        let (scene, message) = (scene.clone(), message.clone());
        others.spawn(async move { scene.deliver(&message).await });
    }
    for other in others.join_all().await {
        assert_eq!(other.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(other.headers()["retry-after"], "2");
    }
    assert!(scene.outcomes().contains(&"in_flight"));
    assert_eq!(scene.runs(), 1);

    scene.answer_with(HANDLED);
    assert_eq!(first.await.unwrap(), HANDLED);
    scene.is_a_duplicate(&message).await;
    assert_eq!(scene.runs(), 1);
}

const AT_ONCE: usize = 64;
