//! Of any number of deliveries of one message at once, one is handled.

use std::time::Duration;

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
    let scene = Scene::with_lease(store, LEASE);
    let mut rounds = Rounds::default();
    for _ in 0..4 {
        let message = scene.message();
        let (runs, committed, not_committed) = tally(&scene);
        let mut deliveries = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (scene, message) = (scene.clone(), message.clone());
            deliveries.spawn(async move { scene.deliver_until_settled(&message).await });
        }
        let answers = deliveries.join_all().await;
        let after = tally(&scene);
        assert!(after.1 <= committed + 1);
        rounds.add(&answers, after.0 - runs, after.2 - not_committed);
    }
    rounds.end();
}

/// Handlers that ran, and what became of them.
fn tally(scene: &Scene) -> (usize, usize, usize) {
    (scene.runs(), scene.count("committed"), scene.count("not_committed"))
}

/// Judges rounds in each of which one message came [`AT_ONCE`] times.
///
/// Where a store under load was too slow to note that the message was handled, which is heard of, it may
/// have been handled once more after its lease. Everywhere else it was handled once.
#[derive(Default)]
pub(crate) struct Rounds {
    noted: usize,
}

impl Rounds {
    pub(crate) fn add(&mut self, answers: &[StatusCode], runs: usize, not_committed: usize) {
        let count = |status| answers.iter().filter(|answer| **answer == status).count();
        assert_eq!(count(HANDLED), runs);
        assert_eq!(count(DUPLICATE), AT_ONCE - runs);
        assert!((1..=1 + not_committed).contains(&runs), "{runs} runs, {not_committed} not noted");
        self.noted += usize::from(not_committed == 0);
    }

    pub(crate) fn end(&self) {
        assert!(self.noted > 0, "no round in which the store kept up");
    }
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

pub(crate) const AT_ONCE: usize = 64;
const LEASE: Duration = Duration::from_secs(5);
