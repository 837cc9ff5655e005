//! A handler that did not come to a good end leaves the message to another.

use crate::receiver::{Receivers, deliver, deliver_until_settled, send};
use crate::scene::{DUPLICATE, HANDLED};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_failed_is_handled_again_with_redis() {
    handled_after_a_failure(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_failed_is_handled_again_with_postgres() {
    handled_after_a_failure(&Server::postgres().await).await;
}

async fn handled_after_a_failure(server: &Server) {
    // It is given back: a lease would not run out before the test ends.
    let receivers = Receivers::of(server, 3600);
    let (mut fails, succeeds) = tokio::join!(receivers.start("fail"), receivers.start("ok"));
    let message = receivers.message();
    assert_eq!(deliver_until_settled(fails.address(), &message).await, 500);
    fails.has_come_to("released").await;
    assert_eq!(deliver_until_settled(fails.address(), &message).await, 500);
    fails.has_run(&message, 2).await;
    assert_eq!(deliver_until_settled(succeeds.address(), &message).await, HANDLED);
    succeeds.has_run(&message, 1).await;
    // Now that it is handled, it does not fail any more.
    assert_eq!(deliver_until_settled(fails.address(), &message).await, DUPLICATE);
    fails.has_run(&message, 2).await;
    succeeds.has_run(&message, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_was_cancelled_is_handled_again_with_redis() {
    handled_after_a_client_has_gone(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_was_cancelled_is_handled_again_with_postgres() {
    handled_after_a_client_has_gone(&Server::postgres().await).await;
}

async fn handled_after_a_client_has_gone(server: &Server) {
    let receivers = Receivers::of(server, 3600);
    let (mut hangs, succeeds) = tokio::join!(receivers.start("hang"), receivers.start("ok"));
    let message = receivers.message();
    let client = send(hangs.address(), &message).await;
    hangs.handles(&message).await;
    assert_eq!(deliver(succeeds.address(), &message).await, 503);
    // Nobody waits for the answer: the server drops the handler, and the layer gives the message back.
    drop(client);
    hangs.has_come_to("released").await;
    assert_eq!(deliver_until_settled(succeeds.address(), &message).await, HANDLED);
    assert_eq!(deliver_until_settled(hangs.address(), &message).await, DUPLICATE);
    hangs.has_run(&message, 1).await;
    succeeds.has_run(&message, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_a_killed_process_was_handling_is_handled_again_with_redis() {
    handled_after_a_process_was_killed(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_a_killed_process_was_handling_is_handled_again_with_postgres() {
    handled_after_a_process_was_killed(&Server::postgres().await).await;
}

async fn handled_after_a_process_was_killed(server: &Server) {
    // Whoever is killed gives nothing back: the message is free when the lease has run out.
    let receivers = Receivers::of(server, 1);
    let (mut hangs, succeeds) = tokio::join!(receivers.start("hang"), receivers.start("ok"));
    let message = receivers.message();
    let client = send(hangs.address(), &message).await;
    hangs.handles(&message).await;
    hangs.kill().await;
    drop(client);
    assert_eq!(deliver_until_settled(succeeds.address(), &message).await, HANDLED);
    assert_eq!(deliver_until_settled(succeeds.address(), &message).await, DUPLICATE);
    hangs.has_run(&message, 1).await;
    succeeds.has_run(&message, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn before_its_lease_has_run_out_nobody_handles_it_with_redis() {
    nobody_handles_it(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn before_its_lease_has_run_out_nobody_handles_it_with_postgres() {
    nobody_handles_it(&Server::postgres().await).await;
}

async fn nobody_handles_it(server: &Server) {
    let receivers = Receivers::of(server, 3600);
    let (mut hangs, succeeds) = tokio::join!(receivers.start("hang"), receivers.start("ok"));
    let message = receivers.message();
    let client = send(hangs.address(), &message).await;
    hangs.handles(&message).await;
    hangs.kill().await;
    drop(client);
    for _ in 0..5 {
        assert_eq!(deliver(succeeds.address(), &message).await, 503);
    }
    succeeds.has_run(&message, 0).await;
}
