use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::{HeaderName, Request};
use kick_hmac::testing::KickSigner;

use crate::{Answer, SIGNER, Scene, follow, get};

/// What is answered, by a receiver that has kept nothing then.
async fn refused(request: Request<Body>) -> Answer {
    let scene = Scene::new();
    let answer = scene.send(request).await;
    assert!(scene.kept().await.is_empty());
    assert_eq!(answer.text, "");
    answer
}

#[tokio::test(start_paused = true)]
async fn a_body_that_was_changed_is_refused() {
    let mut request = follow().request::<Body>();
    *request.body_mut() = r#"{"broadcaster":{"user_id":7},"follower":{"user_id":9}}"#.into();
    assert_eq!(refused(request).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn the_signature_of_another_key_is_refused() {
    let other = KickSigner::new();
    let message = other.event("channel.followed", r#"{"broadcaster":{"user_id":7}}"#);
    assert_eq!(refused(message.request()).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_an_hour_ago_is_refused() {
    #[expect(clippy::disallowed_methods, reason = "the receiver compares with the present")]
    let now = SystemTime::now();
    let message = follow().sent_at(now.checked_sub(Duration::from_secs(60 * 60)).unwrap());
    assert_eq!(refused(message.request()).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn an_event_of_another_broadcaster_is_refused_though_kick_signed_it() {
    for body in [r#"{"broadcaster":{"user_id":6}}"#, "{}", "no JSON"] {
        let message = SIGNER.event("channel.followed", body);
        assert_eq!(refused(message.request()).await.status, 403, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_over_256_kib_is_refused() {
    let message = SIGNER.event("channel.followed", vec![b' '; 256 * 1024 + 1]);
    assert_eq!(refused(message.request()).await.status, 413);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_kicks_headers_is_refused() {
    let request = Request::post("/").body(Body::from("{}")).unwrap();
    assert_eq!(refused(request).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn another_method_is_refused_with_the_one_that_is_allowed() {
    for path in ["/", "/wh/kick"] {
        let answer = refused(get(path)).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["allow"]),
            (405, &"POST".parse().unwrap())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn every_other_path_is_404_for_whoever_asks_and_tells_nothing() {
    let paths = ["/wh", "/wh/kick/", "/events", "/healthz", "/metrics", "/readyz", "//", "/%2e"];
    for path in paths {
        let mut genuine = follow().request::<Body>();
        *genuine.uri_mut() = path.parse().unwrap();
        for request in [get(path), genuine] {
            let answer = refused(request).await;
            assert_eq!(answer.status, 404, "{path}");
            let names: Vec<_> = answer.headers.keys().map(HeaderName::as_str).collect();
            assert_eq!(names, ["content-length"; 0], "{path}");
        }
    }
}
