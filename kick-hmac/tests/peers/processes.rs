//! Two processes share a store: what one of them has handled, or is handling, the other does not.

use kick_hmac::testing::KickSigner;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::at_once::{AT_ONCE, Rounds};
use crate::receiver::{Receivers, deliver, deliver_until_settled};
use crate::scene::{DUPLICATE, HANDLED, SOON};
use crate::server::Server;
use crate::within;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn of_deliveries_to_two_processes_one_is_handled_with_redis() {
    one_is_handled(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn of_deliveries_to_two_processes_one_is_handled_with_postgres() {
    one_is_handled(&Server::postgres().await).await;
}

async fn one_is_handled(server: &Server) {
    let receivers = Receivers::of(server, 5);
    let (one, two) = tokio::join!(receivers.start("ok"), receivers.start("ok"));
    let count = |outcome| one.count(outcome) + two.count(outcome);
    let mut rounds = Rounds::default();
    for _ in 0..4 {
        let message = receivers.message();
        let (committed, not_committed) = (count("committed"), count("not_committed"));
        let mut deliveries = JoinSet::new();
        for address in [one.address(), two.address()].into_iter().cycle().take(AT_ONCE) {
            let message = message.clone();
            deliveries.spawn(async move { deliver_until_settled(address, &message).await });
        }
        let answers = deliveries.join_all().await;
        // What they write may come after their answers.
        let handled = answers.iter().filter(|status| **status == HANDLED).count();
        let known = async {
            while count("committed") + count("not_committed") < committed + not_committed + handled
            {
                sleep(SOON).await;
            }
        };
        within("what became of the handled", known).await;
        assert!(count("committed") <= committed + 1);
        let runs = one.runs(&message) + two.runs(&message);
        rounds.add(&answers, runs, count("not_committed") - not_committed);
    }
    rounds.end();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Redis: run .ci/run peers"]
async fn what_one_process_has_handled_another_answers_with_redis() {
    the_other_answers(&Server::redis().await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_one_process_has_handled_another_answers_with_postgres() {
    the_other_answers(&Server::postgres().await).await;
}

async fn the_other_answers(server: &Server) {
    let receivers = Receivers::of(server, 600);
    let mut one = receivers.start("ok").await;
    let message = receivers.message();
    assert_eq!(deliver_until_settled(one.address(), &message).await, HANDLED);
    assert_eq!(deliver_until_settled(one.address(), &message).await, DUPLICATE);
    one.has_run(&message, 1).await;
    // Also when the one that has handled it is gone, and the other has come after that.
    one.kill().await;
    let two = receivers.start("ok").await;
    assert_eq!(deliver_until_settled(two.address(), &message).await, DUPLICATE);
    two.has_run(&message, 0).await;

    // Who is nobody changes nothing: a forged delivery reserves nothing.
    let fresh = receivers.message();
    let mut forged = KickSigner::new().event(crate::EVENT_TYPE, crate::BODY).request::<Vec<u8>>();
    for name in ["kick-event-message-id", "kick-event-message-timestamp"] {
        forged.headers_mut().insert(name, fresh.headers()[name].clone());
    }
    assert_eq!(deliver(two.address(), &forged).await, 401);
    assert_eq!(deliver_until_settled(two.address(), &fresh).await, HANDLED);
}
