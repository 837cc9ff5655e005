//! A store that fails, hangs, or has forgotten.

use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use http_body_util::Full;
use kick_hmac::testing::check_store;
use kick_hmac::{
    ConfigError, Lease, MemoryReplays, MessageId, ReplayStore, Reserved, StoreError, StoreFuture,
    VerifyError,
};
use tower::{Layer, ServiceExt};

use crate::{Outcomes, RUN, Runs, Sent as _, builder, followed, send};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mood {
    Answers,
    Fails,
    Hangs,
    Panics,
    Slow,
}

/// A memory store that does not always answer, and notes what it is asked.
#[derive(Clone, Debug)]
struct Moody {
    store: Arc<MemoryReplays>,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<&'static str>>>,
}

impl Moody {
    fn new() -> Self {
        let mood = Arc::new(Mutex::new(Mood::Answers));
        Self { store: Arc::new(MemoryReplays::new(10)), mood, asked: Arc::default() }
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn answer<'a, T: Send + 'a>(
        &self,
        what: &'static str,
        answer: impl FnOnce() -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        self.asked.lock().unwrap().push(what);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Answers => answer(),
            Mood::Fails => Box::pin(ready(Err(StoreError::new("on purpose")))),
            Mood::Hangs => Box::pin(pending()),
            Mood::Panics => panic!("on purpose"),
            Mood::Slow => Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                answer().await
            }),
        }
    }
}

impl ReplayStore for Moody {
    fn reserve(&self, id: MessageId, lease: Lease, time: Duration) -> StoreFuture<'_, Reserved> {
        self.answer("reserve", move || self.store.reserve(id, lease, time))
    }

    fn commit(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, bool> {
        self.answer("commit", move || self.store.commit(id, lease))
    }

    fn release(&self, id: MessageId, lease: Lease) -> StoreFuture<'_, ()> {
        self.answer("release", move || self.store.release(id, lease))
    }

    fn retention(&self) -> Option<Duration> {
        self.store.retention()
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_down_or_hangs_nothing_is_handled() {
    for mood in [Mood::Fails, Mood::Hangs] {
        let store = Moody::new();
        let (kick, outcomes) = Outcomes::of(builder(store.clone()));
        let message = followed();
        store.set(mood);
        assert_eq!(send(&kick.layer(), message.sent()).await, (503, false));
        assert_eq!(outcomes.take(), ["store_unavailable"]);
        store.set(Mood::Answers);
        tokio::time::sleep(Duration::from_secs(1)).await;
        // What may have been reserved all the same was given back.
        assert_eq!(store.asked(), ["reserve", "release"]);
        // Nobody was told that it would be handled, so nobody hears that it was not.
        assert!(outcomes.take().is_empty());
        assert_eq!(send(&kick.layer(), message.sent()).await, RUN);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_has_250_ms_for_its_answer() {
    let store = Moody::new();
    let kick = builder(store.clone()).build().unwrap();
    store.set(Mood::Hangs);
    let before = tokio::time::Instant::now();
    let refused = kick.authenticate(followed().sent()).await;
    assert_eq!(refused.unwrap_err(), VerifyError::StoreUnavailable);
    let waited = before.elapsed();
    assert!((250..260).contains(&waited.as_millis()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_handled_while_the_store_went_down_is_answered_as_it_was_handled() {
    for mood in [Mood::Fails, Mood::Hangs] {
        let store = Moody::new();
        let (kick, outcomes) = Outcomes::of(builder(store.clone()));
        let (message, runs) = (followed(), Runs::default());
        let (handler, broken) = (runs.handler(StatusCode::ACCEPTED), store.clone());
        let inner = tower::service_fn(move |request| {
            broken.set(mood);
            handler.clone().oneshot(request)
        });
        let service = kick.layer().layer(inner);
        let answer = service.oneshot(message.sent()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        assert_eq!(outcomes.take(), ["accepted", "not_committed"]);
        // It was not given back: for as long as its lease is, nobody else handles it.
        store.set(Mood::Answers);
        assert_eq!(store.asked(), ["reserve", "commit"]);
        assert_eq!(send(&kick.layer(), message.sent()).await, (503, false));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_handled_stays_so_though_the_client_leaves_before_it_is_noted() {
    for status in [StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR] {
        let store = Moody::new();
        let (kick, outcomes) = Outcomes::of(builder(store.clone()));
        let (message, runs) = (followed(), Runs::default());
        let service = kick.layer().layer(runs.handler(status));
        store.set(Mood::Slow);
        // The store has its first answer after 100 ms, and its second one 100 ms later.
        let request = service.oneshot(message.sent());
        let leaving = tokio::time::timeout(Duration::from_millis(150), request).await;
        assert!(leaving.is_err() && runs.count() == 1);
        store.set(Mood::Answers);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let is_success = status.is_success();
        let end = if is_success { "committed" } else { "released" };
        assert_eq!(outcomes.take(), ["accepted", end]);
        let again = if is_success { (200, false) } else { RUN };
        assert_eq!(send(&kick.layer(), message.sent()).await, again);
    }
}

#[tokio::test]
async fn the_store_is_asked_once_the_signature_holds_and_not_before() {
    let store = Moody::new();
    let kick = builder(store.clone()).build().unwrap();
    store.set(Mood::Panics);
    let mut forged = followed().sent();
    *forged.body_mut() = Full::from("{}");
    let other = crate::RELAY.event("channel.followed", r#"{"broadcaster":{"user_id":9}}"#);
    let stale = followed().sent_at(std::time::UNIX_EPOCH);
    for request in
        [forged, other.sent(), stale.sent(), followed().header("content-encoding", "br").sent()]
    {
        assert!(!send(&kick.layer(), request).await.1);
    }
    assert!(store.asked().is_empty());
    store.set(Mood::Answers);
    assert_eq!(send(&kick.layer(), followed().sent()).await, RUN);
    assert_eq!(store.asked(), ["reserve", "commit"]);
}

#[tokio::test]
async fn a_message_older_than_what_is_remembered_is_refused() {
    let kick = builder(MemoryReplays::new(2)).build().unwrap();
    let messages: Vec<_> = (0..4)
        .map(|n| followed().id(format!("01JQR5KV0QC94HMETWYNBWRW0{n}").parse().unwrap()))
        .collect();
    for message in &messages[1..] {
        assert_eq!(send(&kick.layer(), message.sent()).await, RUN);
    }
    // The oldest was forgotten: it, and what is older, may have been handled.
    for message in &messages[..2] {
        assert_eq!(send(&kick.layer(), message.sent()).await, (401, false));
    }
    let refused = kick.authenticate(messages[0].sent()).await;
    assert_eq!(refused.unwrap_err(), VerifyError::Forgotten);
    assert_eq!(send(&kick.layer(), messages[3].sent()).await, (200, false));
}

#[tokio::test]
async fn a_store_that_is_full_of_what_is_being_handled_handles_no_more() {
    let kick = builder(MemoryReplays::new(1)).build().unwrap();
    let (_, first) = kick.authenticate(followed().sent()).await.unwrap();
    assert_eq!(send(&kick.layer(), followed().sent()).await, (503, false));
    assert!(first.commit().await);
    assert_eq!(send(&kick.layer(), followed().sent()).await, RUN);
}

/// A store that takes whatever comes, and notes under which lease.
#[derive(Clone, Debug, Default)]
struct Leases(Arc<Mutex<Vec<[u8; 16]>>>);

impl Leases {
    fn note<T: Send + 'static>(&self, lease: Lease, answer: T) -> StoreFuture<'_, T> {
        self.0.lock().unwrap().push(*lease.as_bytes());
        Box::pin(ready(Ok(answer)))
    }
}

impl ReplayStore for Leases {
    fn reserve(&self, _: MessageId, lease: Lease, _: Duration) -> StoreFuture<'_, Reserved> {
        self.note(lease, Reserved::New)
    }

    fn commit(&self, _: MessageId, lease: Lease) -> StoreFuture<'_, bool> {
        self.note(lease, true)
    }

    fn release(&self, _: MessageId, lease: Lease) -> StoreFuture<'_, ()> {
        self.note(lease, ())
    }

    fn retention(&self) -> Option<Duration> {
        None
    }
}

#[tokio::test]
async fn each_reservation_has_a_lease_of_its_own_until_it_ends() {
    let store = Leases::default();
    let kick = builder(store.clone()).build().unwrap();
    let message = followed();
    let (_, one) = kick.authenticate(message.sent()).await.unwrap();
    let (_, other) = kick.authenticate(message.sent()).await.unwrap();
    assert!(one.commit().await);
    other.release().await;
    let leases = store.0.lock().unwrap().clone();
    assert_eq!((leases.len(), leases[0], leases[1]), (4, leases[2], leases[3]));
    assert_ne!(leases[0], leases[1]);
}

#[tokio::test]
async fn the_memory_store_is_what_a_store_must_be() {
    check_store(MemoryReplays::new(1000)).await;
    check_store(Moody::new()).await;
}

#[test]
fn a_store_that_forgets_too_soon_is_refused() {
    #[derive(Debug)]
    struct Forgetful(Duration);

    impl ReplayStore for Forgetful {
        fn reserve(&self, _: MessageId, _: Lease, _: Duration) -> StoreFuture<'_, Reserved> {
            Box::pin(ready(Ok(Reserved::New)))
        }

        fn commit(&self, _: MessageId, _: Lease) -> StoreFuture<'_, bool> {
            Box::pin(ready(Ok(true)))
        }

        fn release(&self, _: MessageId, _: Lease) -> StoreFuture<'_, ()> {
            Box::pin(ready(Ok(())))
        }

        fn retention(&self) -> Option<Duration> {
            Some(self.0)
        }
    }

    // Five minutes, and one minute ahead.
    let refused = builder(Forgetful(Duration::from_millis(359_999))).build();
    assert_eq!(refused.unwrap_err(), ConfigError::Retention);
    assert!(builder(Forgetful(Duration::from_secs(360))).build().is_ok());
    let longer = builder(Forgetful(Duration::from_secs(360))).max_age(Duration::from_secs(301));
    assert_eq!(longer.build().unwrap_err(), ConfigError::Retention);
}
