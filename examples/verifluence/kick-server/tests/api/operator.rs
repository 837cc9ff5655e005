use axum::body::Body;
use axum::http::Request;
use kick_server::operator_router;
use serde_json::json;
use serve::Draining;

use crate::slow::{Behaviour, scene_with};
use crate::{SIGNER, Scene, follow, get, send};

#[tokio::test(start_paused = true)]
async fn what_was_decided_is_counted_by_its_code() {
    let scene = Scene::new();
    let message = follow();
    scene.deliver(&message).await;
    scene.deliver(&message).await;
    scene.deliver(&SIGNER.event("channel.followed", "{}")).await;
    scene.send(Request::post("/").body(Body::empty()).unwrap()).await;
    for (code, count) in [
        ("accepted", "1"),
        ("committed", "1"),
        ("duplicate", "1"),
        ("wrong_broadcaster", "1"),
        ("missing_header", "1"),
        ("bad_signature", "0"),
        ("store_unavailable", "0"),
    ] {
        let name = format!("kick_hmac_outcomes_total{{code=\"{code}\"}}");
        assert_eq!(scene.metric(&name).await, count, "{code}");
    }
    let name = "kick_events_total{kind=\"channel.followed\",kept=\"new\"}";
    assert_eq!(scene.metric(name).await, "1");
}

#[tokio::test(start_paused = true)]
async fn it_is_ready_until_it_drains_and_lives_on_then() {
    let scene = Scene::new();
    let draining = Draining::new();
    let operator = operator_router(&scene.intake, draining.clone(), true);
    let answer = send(&operator, get("/readyz")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["key"], SIGNER.public_key().fingerprint());

    draining.begin();
    let answer = send(&operator, get("/readyz")).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["draining"]), (503, &json!(true)));
    assert_eq!(send(&operator, get("/healthz")).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn it_is_not_ready_while_the_store_fails() {
    let scene = scene_with(Behaviour::Fails);
    let answer = send(&scene.operator(), get("/readyz")).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["store"]), (503, &json!(false)));
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_is_listed_from_a_number_on() {
    let scene = Scene::new();
    for _ in 0..3 {
        assert_eq!(scene.deliver(&follow()).await.status, 204);
    }
    let first = send(&scene.operator(), get("/events")).await.json();
    assert_eq!(first["events"].as_array().unwrap().len(), 3);
    assert_eq!(first["events"][0]["body"]["follower"]["user_id"], 8);
    assert_eq!(first["events"][0]["kind"], "channel.followed");

    let path = format!("/events?after={}", first["events"][1]["sequence"]);
    let rest = send(&scene.operator(), get(&path)).await.json();
    assert_eq!(rest["events"].as_array().unwrap(), &first["events"].as_array().unwrap()[2..]);

    let none = send(&scene.operator(), get(&format!("/events?after={}", u64::MAX))).await.json();
    assert_eq!(none, json!({ "events": [] }));
    assert_eq!(send(&scene.operator(), get("/events?after=x")).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_text_is_listed_all_the_same() {
    let scene = Scene::new();
    let body = b"{\"broadcaster\":{\"user_id\":7},\"follower\":{},\"new\":\"\xff\"}";
    scene.deliver(&SIGNER.event("channel.followed", body)).await;
    let listed = send(&scene.operator(), get("/events")).await.json();
    assert!(listed["events"][0]["body"].is_string(), "{listed}");
}

#[tokio::test(start_paused = true)]
async fn events_are_not_listed_where_others_reach() {
    let scene = Scene::new();
    let operator = operator_router(&scene.intake, Draining::new(), false);
    assert_eq!(send(&operator, get("/events")).await.status, 404);
    assert_eq!(send(&operator, get("/metrics")).await.status, 200);
}
