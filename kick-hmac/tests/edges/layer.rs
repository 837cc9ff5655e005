//! The layer, around services that are no framework's.

use std::convert::Infallible;
use std::future::Ready;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, RETRY_AFTER};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use kick_hmac::{Delivery, VerifyError};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::{DUPLICATE, FOLLOWER, KICK, RELAY, RUN, Runs, Sent as _, followed, kick, send};

#[tokio::test]
async fn a_delivery_passes_once_with_its_proof_and_its_body() {
    let inner = service_fn(async |request: Request<Full<Bytes>>| {
        let delivery = Delivery::of(request.extensions()).unwrap().clone();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, delivery.body());
        Ok::<_, Infallible>(Response::new(Some(delivery)))
    });
    let service = kick().layer().layer(inner);
    let message = followed();
    let response = service.clone().oneshot(message.sent()).await.unwrap();
    let delivery = response.into_body().unwrap();
    assert_eq!(*delivery.message_id(), message.message_id());
    assert_eq!(delivery.body(), FOLLOWER);

    let response = service.oneshot(message.sent()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.extensions().get(), Some(&VerifyError::Duplicate));
    assert!(response.into_body().is_none());
}

#[tokio::test]
async fn what_kick_signs_passes_and_what_somebody_else_signs_does_not() {
    let verifier = |keys: kick_hmac::KickKeys| {
        let broadcasters = kick_hmac::Broadcasters::only([7]);
        let replays = kick_hmac::Replays::single_process();
        kick_hmac::KickHmac::builder(keys, broadcasters, replays).build().unwrap().layer()
    };
    let message = KICK.event("channel.followed", FOLLOWER);
    assert_eq!(send(&verifier(KICK.keys()), message.sent()).await, RUN);
    let published = kick_hmac::KickKeys::published();
    assert_eq!(send(&verifier(published), message.sent()).await, (401, false));
}

#[tokio::test]
async fn each_refusal_has_its_status_and_does_not_run_the_handler() {
    let layer = kick().layer();
    let mut get = followed().sent();
    *get.method_mut() = Method::GET;
    let mut forged = followed().sent();
    *forged.body_mut() = Full::from("{}");
    let cases = [
        (get, 405),
        (followed().header("Content-Encoding", "gzip").sent(), 400),
        (followed().without_header("Kick-Event-Signature").sent(), 400),
        (followed().header("Kick-Event-Signature", "AAAA").sent(), 400),
        (followed().header("Kick-Event-Message-Id", "1").sent(), 400),
        (RELAY.drops_claim("{}").sent(), 403),
        (followed().sent_at(std::time::UNIX_EPOCH).sent(), 401),
        (RELAY.event("channel.followed", vec![b' '; 256 * 1024 + 1]).sent(), 413),
        (forged, 401),
        (RELAY.event("channel.followed", r#"{"broadcaster":{"user_id":9}}"#).sent(), 403),
    ];
    for (at, (request, status)) in cases.into_iter().enumerate() {
        assert_eq!(send(&layer, request).await, (status, false), "case {at}");
    }
    // None of it was remembered.
    assert_eq!(send(&layer, followed().sent()).await, RUN);
}

#[tokio::test]
async fn only_post_is_taken_and_a_405_says_so() {
    let layer = kick().layer();
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "post", "POSTS"] {
        let mut request = followed().sent();
        *request.method_mut() = method.parse().unwrap();
        let inner = Runs::default().handler(StatusCode::OK);
        let response = layer.layer(inner).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(response.headers()[ALLOW], "POST");
    }
}

#[tokio::test]
async fn a_forged_delivery_does_not_use_up_the_id_of_a_genuine_one() {
    let layer = kick().layer();
    let message = followed();
    let mut forged = message.sent();
    *forged.body_mut() = Full::from(FOLLOWER.replace('8', "9"));
    assert_eq!(send(&layer, forged).await, (401, false));
    // Nor does a genuine one that is about somebody else.
    let id = message.message_id();
    let other = RELAY.event("channel.followed", r#"{"broadcaster":{"user_id":9}}"#).id(id);
    assert_eq!(send(&layer, other.sent()).await, (403, false));
    assert_eq!(send(&layer, message.sent()).await, RUN);
    assert_eq!(send(&layer, message.sent()).await, DUPLICATE);
}

#[tokio::test]
async fn a_refusal_before_the_body_does_not_touch_it() {
    /// A body that must not be polled.
    struct Untouched;

    impl http_body::Body for Untouched {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            panic!("it was polled")
        }
    }

    let service = kick().layer().layer(Runs::default().handler(StatusCode::OK));
    let stale = followed().sent_at(std::time::UNIX_EPOCH);
    for message in [stale, followed().without_header("kick-event-signature")] {
        let request = message.sent().map(|_| Untouched);
        // It is refused at once, too.
        let mut future = std::pin::pin!(service.clone().oneshot(request));
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok(response)) if response.status().is_client_error()));
    }
}

#[tokio::test]
async fn every_refusal_is_for_no_cache_and_a_503_says_when_to_come_again() {
    let kick = kick();
    let message = followed();
    let (_, reservation) = kick.authenticate(message.sent()).await.unwrap();
    let service = kick.layer().layer(Runs::default().handler(StatusCode::OK));
    let response = service.oneshot(message.sent()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.extensions().get(), Some(&VerifyError::InFlight));
    assert_eq!(response.headers()[RETRY_AFTER], "2");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    drop(reservation);
}

#[tokio::test]
async fn on_refuse_shapes_the_body_of_what_is_not_handled_and_nothing_else() {
    let layer = kick().layer().on_refuse(|error| error.response(error.code().as_bytes().to_vec()));
    let service = layer.layer(Runs::default().handler(StatusCode::CREATED));
    let message = followed();
    let answers = [
        (message.sent(), 201, ""),
        (message.sent(), 200, "duplicate"),
        (followed().without_header("kick-event-type").sent(), 400, "missing_header"),
    ];
    for (request, status, body) in answers {
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!((response.status().as_u16(), &**response.body()), (status, body.as_bytes()));
    }
}

#[tokio::test]
async fn the_service_that_was_found_ready_is_the_one_that_is_called() {
    /// Panics if it is called without having been asked.
    #[derive(Default)]
    struct Careful(bool);

    impl Clone for Careful {
        fn clone(&self) -> Self {
            Self(false)
        }
    }

    impl Service<Request<Full<Bytes>>> for Careful {
        type Response = Response<String>;
        type Error = Infallible;
        type Future = Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.0 = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
            assert!(std::mem::take(&mut self.0), "it was not asked");
            std::future::ready(Ok(Response::default()))
        }
    }

    let mut service = kick().layer().layer(Careful::default());
    for _ in 0..3 {
        let response = ServiceExt::<Request<Full<Bytes>>>::ready(&mut service)
            .await
            .unwrap()
            .call(followed().sent());
        assert_eq!(response.await.unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn headers_that_are_not_kicks_go_through() {
    let inner = service_fn(async |request: Request<Full<Bytes>>| {
        let seen: Option<HeaderValue> = request.headers().get("x-request-id").cloned();
        Ok::<_, Infallible>(Response::new(seen))
    });
    let request = followed().header("x-request-id", "abc").sent();
    let response = kick().layer().layer(inner).oneshot(request).await.unwrap();
    assert_eq!(response.into_body().unwrap(), "abc");
}
