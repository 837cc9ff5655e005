//! What Kick sent, once.

use std::collections::BTreeMap;

use kick_hmac::testing::KickSigner;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{ALICE, CLIENT, Scene, connect, delivery, follow_of, head, request, two_hours_ago};

impl Scene {
    fn handled(&self) -> BTreeMap<&'static str, u64> {
        self.counts.events.counts()
    }

    /// How often this was decided of a delivery.
    fn decided(&self, code: &str) -> u64 {
        self.counts.kick.counts().get(code).copied().unwrap_or_default()
    }
}

#[tokio::test]
async fn an_event_is_handled_and_committed() {
    let scene = Scene::start().await;
    let answer = scene.send(delivery(&scene.follow_of(7))).await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (204, ""));
    assert_eq!(scene.handled(), BTreeMap::from([("channel_followed", 1)]));
    assert_eq!(scene.decided("committed"), 1);
}

#[tokio::test]
async fn the_same_delivery_once_more_is_answered_and_not_handled() {
    let scene = Scene::start().await;
    let message = scene.follow_of(7);
    assert_eq!(scene.send(delivery(&message)).await.status, 204);
    let again = scene.send(delivery(&message)).await;
    assert_eq!((again.status.as_u16(), &*again.text), (200, ""));
    assert_eq!(scene.handled(), BTreeMap::from([("channel_followed", 1)]));

    // Another id is another event.
    assert_eq!(scene.send(delivery(&scene.follow_of(7))).await.status, 204);
    assert_eq!(scene.handled(), BTreeMap::from([("channel_followed", 2)]));
}

#[tokio::test]
async fn a_type_that_nobody_knows_is_taken() {
    let scene = Scene::start().await;
    let message = scene.kick.event("channel.raided", follow_of(7));
    assert_eq!(scene.send(delivery(&message)).await.status, 204);
    assert_eq!(scene.handled(), BTreeMap::from([("unknown", 1)]));
}

#[tokio::test]
async fn another_body_under_its_signature_is_refused_and_spoils_nothing() {
    let scene = Scene::start().await;
    let message = scene.follow_of(7);
    let altered = delivery(&message).map(|body| {
        let text = String::from_utf8(body).unwrap();
        text.replace("sample", "famous").into_bytes()
    });
    let answer = scene.send(altered).await;
    assert_eq!(answer.code(), (401, "bad_signature"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(scene.handled().is_empty());
    // Its id is not taken by that.
    assert_eq!(scene.send(delivery(&message)).await.status, 204);
}

#[tokio::test]
async fn what_somebody_else_signed_is_refused() {
    let scene = Scene::start().await;
    let forger = KickSigner::new();
    let forged = delivery(&forger.event("channel.followed", follow_of(7)));
    assert_eq!(scene.send(forged).await.code(), (401, "bad_signature"));
    assert!(scene.handled().is_empty());
}

#[tokio::test]
async fn an_event_of_another_broadcaster_is_refused() {
    let scene = Scene::start().await;
    let answer = scene.send(delivery(&scene.follow_of(8))).await;
    assert_eq!(answer.code(), (403, "wrong_broadcaster"));
    assert!(scene.handled().is_empty());
}

#[tokio::test]
async fn an_event_of_two_hours_ago_is_refused() {
    let scene = Scene::start().await;
    let stale = scene.follow_of(7).sent_at(two_hours_ago());
    assert_eq!(scene.send(delivery(&stale)).await.code(), (401, "stale"));
    assert!(scene.handled().is_empty());
}

#[tokio::test]
async fn without_kick_s_headers_or_by_another_method_it_is_not_kick() {
    let scene = Scene::start().await;
    let unsigned = scene.follow_of(7).without_header("Kick-Event-Signature");
    assert_eq!(scene.send(delivery(&unsigned)).await.code(), (400, "missing_header"));
    let answer = scene.send(request("GET", "/kick")).await;
    assert_eq!(answer.code(), (405, "wrong_method"));
    assert_eq!(answer.header("allow"), "POST");
}

#[tokio::test]
async fn a_token_of_access_opens_nothing_here() {
    let scene = Scene::start().await;
    let alice = scene.issuer.user(ALICE).sign(request("POST", "/kick"));
    assert_eq!(scene.send(alice).await.code(), (400, "missing_header"));
}

#[tokio::test]
async fn what_cannot_be_handled_is_released_and_judged_anew_when_it_comes_again() {
    let scene = Scene::start().await;
    // Signed and ours, and not of the shape of its type.
    let message = scene.kick.event("kicks.gifted", follow_of(7));
    for times in 1..=2 {
        let answer = scene.send(delivery(&message)).await;
        assert_eq!(answer.code(), (400, "malformed_event"));
        assert_eq!(scene.decided("released"), times);
    }
    assert!(scene.handled().is_empty());
    assert_eq!(scene.decided("committed"), 0);
}

#[tokio::test]
async fn a_body_larger_than_a_head_may_be_is_read_and_one_larger_than_any_of_kick_s_is_not() {
    let scene = Scene::start().await;
    let follow = |length| follow_of(7).replace("sample", &"x".repeat(length));
    let large = scene.kick.event("channel.followed", follow(100 * 1024));
    assert_eq!(scene.send(delivery(&large)).await.status, 204);

    // That it is announced is enough.
    let too_large = delivery(&scene.kick.event("channel.followed", follow(256 * 1024)));
    let mut stream = connect(CLIENT, scene.address).await;
    stream.write_all(head(&too_large).as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("too_large"), "{answer}");
}
