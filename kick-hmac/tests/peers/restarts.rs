//! What a server remembers when it was killed and is there again.

use http::StatusCode;
use testkit::redis::Redis;

use crate::scene::{DUPLICATE, HANDLED, Scene};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn a_redis_that_loses_its_data_lets_a_message_be_handled_twice() {
    let mut server = Server::redis().await;
    let scene = Scene::with_long_lease(server.store().await);
    let message = scene.message();
    assert_eq!(scene.deliver_until_settled(&message).await, HANDLED);
    scene.is_a_duplicate(&message).await;
    server.kill().await;
    server.start_again().await;
    // What the documentation of `RedisReplays` warns of. If this fails, it promises too little.
    assert_eq!(scene.deliver_until_settled(&message).await, HANDLED);
    assert_eq!(scene.runs(), 2);
    scene.is_a_duplicate(&message).await;
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

async fn forgets_nothing(mut server: Server) {
    let scene = Scene::with_long_lease(server.store().await);
    let [handled, failed, held] = [scene.message(), scene.message(), scene.message()];
    assert_eq!(scene.deliver_until_settled(&handled).await, HANDLED);
    scene.answer_with(StatusCode::BAD_GATEWAY);
    assert_eq!(scene.deliver_until_settled(&failed).await, StatusCode::BAD_GATEWAY);
    scene.hold();
    let handling = tokio::spawn({
        let (scene, held) = (scene.clone(), held.clone());
        async move { scene.deliver(&held).await }
    });
    scene.has_run(3).await;
    server.kill().await;
    server.start_again().await;

    scene.is_a_duplicate(&handled).await;
    // A lease is remembered as well: nobody else handles it in the meantime.
    let other = Scene::with_long_lease(server.store().await);
    other.is_in_flight(&other.message_like(&held)).await;

    scene.answer_with(HANDLED);
    assert_eq!(handling.await.unwrap().status(), HANDLED);
    assert_eq!(scene.deliver_until_settled(&failed).await, HANDLED);
    assert_eq!(scene.runs(), 4);
    assert_eq!(scene.deliver_until_settled(&failed).await, DUPLICATE);
    scene.is_a_duplicate(&held).await;
}
