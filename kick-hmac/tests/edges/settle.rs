//! How a handler ends, and what becomes of the message.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use kick_hmac::{MemoryReplays, Replays, VerifyError};
use tokio::time::{advance, sleep, timeout};
use tower::{Layer, ServiceExt, service_fn};

use crate::{DUPLICATE, Outcomes, RUN, Runs, Sent as _, builder, followed, kick, send};

/// Until what was dropped has been given back, in the background.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_2xx_commits_and_every_other_answer_releases() {
    for status in [200, 201, 202, 204, 299] {
        let (kick, outcomes) = Outcomes::of(builder(Replays::single_process()));
        let (runs, message) = (Runs::default(), followed());
        let service = kick.layer().layer(runs.handler(StatusCode::from_u16(status).unwrap()));
        let answer = service.clone().oneshot(message.sent()).await.unwrap();
        assert_eq!(answer.status(), status);
        service.oneshot(message.sent()).await.unwrap();
        assert_eq!(runs.count(), 1, "{status}");
        assert_eq!(outcomes.take(), ["accepted", "committed", "duplicate"]);
    }
    for status in [100, 199, 300, 304, 400, 404, 429, 500, 503] {
        let (kick, outcomes) = Outcomes::of(builder(Replays::single_process()));
        let (runs, message) = (Runs::default(), followed());
        let service = kick.layer().layer(runs.handler(StatusCode::from_u16(status).unwrap()));
        for _ in 0..2 {
            let answer = service.clone().oneshot(message.sent()).await.unwrap();
            assert_eq!(answer.status(), status);
        }
        assert_eq!(runs.count(), 2, "{status}");
        assert_eq!(outcomes.take(), ["accepted", "released", "accepted", "released"]);
        assert_eq!(send(&kick.layer(), message.sent()).await, RUN);
    }
}

#[tokio::test]
async fn a_handler_that_fails_releases_and_its_error_passes() {
    let kick = kick();
    let message = followed();
    let inner = service_fn(async |_: Request<Full<Bytes>>| {
        Err::<Response<String>, _>(io::Error::other("no"))
    });
    let service = kick.layer().layer(inner);
    let error = service.oneshot(message.sent()).await.unwrap_err();
    assert_eq!(error.to_string(), "no");
    assert_eq!(send(&kick.layer(), message.sent()).await, RUN);
}

#[tokio::test]
async fn a_handler_that_panics_releases() {
    let (kick, outcomes) = Outcomes::of(builder(Replays::single_process()));
    let message = followed();
    let inner =
        service_fn(async |_: Request<Full<Bytes>>| -> Result<Response<String>, Infallible> {
            panic!("on purpose")
        });
    let service = kick.layer().layer(inner);
    let handled = tokio::spawn(service.oneshot(message.sent())).await;
    assert!(handled.unwrap_err().is_panic());
    settle().await;
    assert_eq!(outcomes.take(), ["accepted", "released"]);
    assert_eq!(send(&kick.layer(), message.sent()).await, RUN);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_is_cancelled_releases() {
    let kick = kick();
    let message = followed();
    let inner = service_fn(async |_: Request<Full<Bytes>>| {
        pending::<()>().await;
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let service = kick.layer().layer(inner);
    let handling = service.oneshot(message.sent());
    assert!(timeout(Duration::from_secs(1), handling).await.is_err());
    settle().await;
    assert_eq!(send(&kick.layer(), message.sent()).await, RUN);
    assert_eq!(send(&kick.layer(), message.sent()).await, DUPLICATE);
}

#[tokio::test(start_paused = true)]
async fn while_a_handler_runs_others_are_told_to_come_again_and_after_its_lease_the_next_runs() {
    let (kick, outcomes) = Outcomes::of(builder(Replays::single_process()));
    let message = followed();
    let inner = service_fn(async |_: Request<Full<Bytes>>| {
        sleep(Duration::from_secs(45)).await;
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let slow = kick.layer().layer(inner).oneshot(message.sent());
    let slow = tokio::spawn(slow);
    settle().await;
    assert_eq!(send(&kick.layer(), message.sent()).await, (503, false));
    advance(Duration::from_millis(29_999)).await;
    assert_eq!(send(&kick.layer(), message.sent()).await, (503, false));
    advance(Duration::from_millis(1)).await;
    assert_eq!(send(&kick.layer(), message.sent()).await, RUN);
    // The slow one is answered as it was handled, and not noted: the other was.
    assert_eq!(slow.await.unwrap().unwrap().status(), StatusCode::OK);
    assert_eq!(send(&kick.layer(), message.sent()).await, DUPLICATE);
    let heard = outcomes.take();
    let expected = ["accepted", "in_flight", "in_flight", "accepted", "committed", "not_committed"];
    assert_eq!(heard, [&expected[..], &["duplicate"]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_outlives_its_lease_alone_commits() {
    let kick = builder(Replays::single_process()).lease(Duration::from_secs(1)).build().unwrap();
    let message = followed();
    let (_, reservation) = kick.authenticate(message.sent()).await.unwrap();
    advance(Duration::from_secs(20)).await;
    assert!(reservation.commit().await);
    assert_eq!(send(&kick.layer(), message.sent()).await, DUPLICATE);
}

#[tokio::test]
async fn a_reservation_that_is_dropped_is_given_back() {
    let kick = kick();
    let message = followed();
    let (delivery, reservation) = kick.authenticate(message.sent()).await.unwrap();
    assert_eq!(*delivery.message_id(), message.message_id());
    let again = kick.authenticate(message.sent()).await;
    assert_eq!(again.unwrap_err(), VerifyError::InFlight);
    drop(reservation);
    settle().await;
    let (_, reservation) = kick.authenticate(message.sent()).await.unwrap();
    reservation.release().await;
    let (_, reservation) = kick.authenticate(message.sent()).await.unwrap();
    assert!(reservation.commit().await);
    let again = kick.authenticate(message.sent()).await;
    assert_eq!(again.unwrap_err(), VerifyError::Duplicate);
}

#[tokio::test]
async fn a_reservation_is_shown_by_its_id_and_not_by_its_lease() {
    let message = followed();
    let (_, reservation) = kick().authenticate(message.sent()).await.unwrap();
    let expected = format!("Reservation {{ message_id: {}, .. }}", message.message_id());
    assert_eq!(format!("{reservation:?}"), expected);
}

#[tokio::test]
async fn handles_with_one_store_know_of_one_another() {
    let replays = Replays::from(MemoryReplays::new(10));
    let one = builder(replays.clone()).build().unwrap();
    let other = builder(replays).build().unwrap();
    let message = followed();
    assert_eq!(send(&one.layer(), message.sent()).await, RUN);
    assert_eq!(send(&other.layer(), message.sent()).await, DUPLICATE);
    // And those without do not.
    assert_eq!(send(&kick().layer(), message.sent()).await, RUN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_deliveries_of_one_message_at_once_one_is_handled() {
    let (runs, message) = (Runs::default(), followed());
    let service = kick().layer().layer(runs.handler(StatusCode::OK));
    let mut deliveries = tokio::task::JoinSet::new();
    for _ in 0..64 {
        deliveries.spawn(service.clone().oneshot(message.sent()));
    }
    for answer in deliveries.join_all().await {
        assert!([200, 503].contains(&answer.unwrap().status().as_u16()));
    }
    assert_eq!(runs.count(), 1);
}
