use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use kick_server::{EventStore, Kept, KeptEvent, NewEvent, StoreError, StoreFuture};
use testkit::folder::Folder;
use tokio::time::timeout;

use crate::{Scene, follow};

/// A store that does nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Behaviour {
    Fails,
    Hangs,
}

impl Behaviour {
    fn answer<T: Send + 'static>(self) -> StoreFuture<'static, T> {
        match self {
            Self::Fails => Box::pin(ready(Err(StoreError::new("no")))),
            Self::Hangs => Box::pin(pending()),
        }
    }
}

impl EventStore for Behaviour {
    fn keep(&self, _: NewEvent) -> StoreFuture<'_, Kept> {
        self.answer()
    }

    fn after(&self, _: u64, _: usize) -> StoreFuture<'_, Vec<KeptEvent>> {
        self.answer()
    }

    fn check(&self) -> StoreFuture<'_, ()> {
        self.answer()
    }

    fn prune(&self, _: Duration) -> StoreFuture<'_, u64> {
        self.answer()
    }
}

pub(crate) fn scene_with(behaviour: Behaviour) -> Scene {
    Scene::with(Folder::new(), Arc::new(behaviour))
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_told_to_kick_within_a_second() {
    let scene = scene_with(Behaviour::Hangs);
    let answer = timeout(Duration::from_secs(1), scene.deliver(&follow())).await.unwrap();
    assert_eq!(answer.status, 503);
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(scene.metric("kick_event_failures_total{why=\"timeout\"}").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_could_not_be_kept_is_given_back_and_tried_again_when_it_comes_again() {
    let scene = scene_with(Behaviour::Fails);
    let message = follow();
    for _ in 0..2 {
        assert_eq!(scene.deliver(&message).await.status, 503);
    }
    assert_eq!(scene.metric("kick_event_failures_total{why=\"error\"}").await, "2");
    assert_eq!(scene.metric("kick_hmac_outcomes_total{code=\"released\"}").await, "2");
}
