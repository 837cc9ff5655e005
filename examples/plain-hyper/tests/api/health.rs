//! What the operator sees.

use cf_access::testing::{Answer, Issuer};
use cf_access::{FetchError, TeamKeys};
use serde_json::json;

use crate::{Scene, delivery, request};

#[tokio::test]
async fn it_is_alive_and_ready_until_it_is_asked_to_end() {
    let scene = Scene::start().await;
    assert_eq!(scene.ask_health("/livez").await.text, "ok\n");
    let ready = scene.ask_health("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json, json!({ "ready": true, "draining": false, "last_error": null }));

    scene.draining.begin();
    let ready = scene.ask_health("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json["draining"], true);
    assert_eq!(scene.ask_health("/livez").await.status, 200);
}

#[tokio::test]
async fn before_there_are_keys_it_is_not_ready_and_says_why() {
    let issuer = Issuer::new();
    issuer.endpoint().set(Answer::Fail(FetchError::Timeout));
    let keys = TeamKeys::from_source(issuer.team().clone(), issuer.endpoint()).unwrap();
    let scene = Scene::with_keys(issuer, keys).await;
    // The first answer comes when the keys were asked for.
    assert_eq!(scene.send(scene.alice()).await.status, 503);
    let ready = scene.ask_health("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json["last_error"], "timeout");
}

#[tokio::test]
async fn every_decision_is_counted_by_its_code() {
    let scene = Scene::start().await;
    assert_eq!(scene.send(scene.alice()).await.status, 200);
    assert_eq!(scene.send(request("GET", "/whoami")).await.status, 401);
    assert_eq!(scene.send(delivery(&scene.follow_of(7))).await.status, 204);
    assert_eq!(scene.send(delivery(&scene.follow_of(8))).await.status, 403);
    let metrics = scene.ask_health("/metrics").await.text;
    for line in [
        "cf_access_total{code=\"accepted\"} 1",
        "cf_access_total{code=\"missing\"} 1",
        "kick_events_total{code=\"channel_followed\"} 1",
        "kick_hmac_total{code=\"accepted\"} 1",
        "kick_hmac_total{code=\"committed\"} 1",
        "kick_hmac_total{code=\"wrong_broadcaster\"} 1",
        "proxy_protocol_total{code=\"accepted\"} 4",
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line} is not in:\n{metrics}");
    }
}

#[tokio::test]
async fn what_clients_ask_for_is_not_there() {
    let scene = Scene::start().await;
    for path in ["/whoami", "/kick", "/"] {
        assert_eq!(scene.ask_health(path).await.code(), (404, "not_found"), "{path}");
    }
}
