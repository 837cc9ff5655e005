//! A store that is down or hangs: nothing is handled, and everything is once it is back.

use http::StatusCode;
use tokio::task::JoinHandle;

use crate::scene::{HANDLED, Message, Scene};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn while_redis_is_down_nothing_is_handled() {
    nothing_is_handled_while_it_is_down(Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn while_postgres_is_down_nothing_is_handled() {
    nothing_is_handled_while_it_is_down(Server::postgres().await).await;
}

async fn nothing_is_handled_while_it_is_down(mut server: Server) {
    let scene = Scene::new(server.store().await);
    let (before, during) = (scene.message(), scene.message());
    assert_eq!(scene.deliver_until_settled(&before).await, HANDLED);
    server.stop().await;
    for _ in 0..3 {
        scene.is_put_off(&during).await;
        // Nor is it said to be handled.
        scene.is_put_off(&before).await;
    }
    server.start_again().await;
    assert_eq!(scene.deliver_until_settled(&during).await, HANDLED);
    scene.is_a_duplicate(&during).await;
    assert_eq!(scene.runs(), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn while_redis_hangs_nothing_is_handled() {
    nothing_is_handled_while_it_hangs(Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn while_postgres_hangs_nothing_is_handled() {
    nothing_is_handled_while_it_hangs(Server::postgres().await).await;
}

async fn nothing_is_handled_while_it_hangs(server: Server) {
    let scene = Scene::new(server.store().await);
    let (before, during) = (scene.message(), scene.message());
    assert_eq!(scene.deliver_until_settled(&before).await, HANDLED);
    server.freeze();
    // More often than there are connections in a pool.
    for _ in 0..12 {
        scene.is_put_off(&during).await;
    }
    scene.is_put_off(&before).await;
    server.thaw();
    // What was asked of it is done late, and does not keep the message for good.
    assert_eq!(scene.deliver_until_settled(&during).await, HANDLED);
    scene.is_a_duplicate(&during).await;
    scene.is_a_duplicate(&before).await;
    assert_eq!(scene.runs(), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_was_done_while_redis_went_down_is_answered_as_done() {
    what_was_done_is_answered_as_done(Server::redis().await, Outage::Down).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_was_done_while_postgres_went_down_is_answered_as_done() {
    what_was_done_is_answered_as_done(Server::postgres().await, Outage::Down).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_was_done_while_redis_hung_is_answered_as_done() {
    what_was_done_is_answered_as_done(Server::redis().await, Outage::Hangs).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_was_done_while_postgres_hung_is_answered_as_done() {
    what_was_done_is_answered_as_done(Server::postgres().await, Outage::Hangs).await;
}

async fn what_was_done_is_answered_as_done(mut server: Server, outage: Outage) {
    let scene = Scene::new(server.store().await);
    let message = scene.message();
    let handling = handle_until(&mut server, outage, &scene, &message).await;
    scene.answer_with(HANDLED);
    assert_eq!(handling.await.unwrap().status(), HANDLED);
    assert_eq!(scene.outcomes(), ["accepted", "not_committed"]);
    outage.end(&mut server).await;
    // Done is done, but it was not noted: it may be done once more, and no more than once.
    let again = scene.deliver_until_settled(&message).await;
    assert!(again.is_success());
    assert_eq!(scene.runs() == 2, again == HANDLED);
    scene.is_a_duplicate(&message).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_failed_while_redis_was_down_is_handled_later() {
    what_failed_is_handled_later(Server::redis().await, Outage::Down).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_failed_while_postgres_was_down_is_handled_later() {
    what_failed_is_handled_later(Server::postgres().await, Outage::Down).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_failed_while_redis_hung_is_handled_later() {
    what_failed_is_handled_later(Server::redis().await, Outage::Hangs).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_failed_while_postgres_hung_is_handled_later() {
    what_failed_is_handled_later(Server::postgres().await, Outage::Hangs).await;
}

/// It could not be given back, so its lease has to run out.
async fn what_failed_is_handled_later(mut server: Server, outage: Outage) {
    let scene = Scene::new(server.store().await);
    let message = scene.message();
    let handling = handle_until(&mut server, outage, &scene, &message).await;
    scene.answer_with(StatusCode::BAD_GATEWAY);
    assert_eq!(handling.await.unwrap().status(), StatusCode::BAD_GATEWAY);
    assert_eq!(scene.outcomes(), ["accepted", "released"]);
    outage.end(&mut server).await;
    scene.answer_with(HANDLED);
    assert_eq!(scene.deliver_until_settled(&message).await, HANDLED);
    scene.is_a_duplicate(&message).await;
    assert_eq!(scene.runs(), 2);
}

/// A message that is being handled when the outage begins.
async fn handle_until(
    server: &mut Server,
    outage: Outage,
    scene: &Scene,
    message: &Message,
) -> JoinHandle<http::Response<http_body_util::Full<bytes::Bytes>>> {
    scene.hold();
    let handling = tokio::spawn({
        let (scene, message) = (scene.clone(), message.clone());
        async move { scene.deliver(&message).await }
    });
    scene.has_run(1).await;
    match outage {
        Outage::Down => server.stop().await,
        Outage::Hangs => server.freeze(),
    }
    handling
}

#[derive(Clone, Copy)]
enum Outage {
    Down,
    Hangs,
}

impl Outage {
    async fn end(self, server: &mut Server) {
        match self {
            Self::Down => server.start_again().await,
            Self::Hangs => server.thaw(),
        }
    }
}
