use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use serde_json::{Value, json};

use crate::{Answer, alice, app, empty, json, send};

async fn post(body: impl Into<Body>) -> Answer {
    let request = Request::post("/api/operators").header("content-type", "application/json");
    send(&app(), alice().sign(request.body(body.into()).unwrap())).await
}

over_both!(
    an_operator_is_created_replaced_and_removed,
    an_invitation_is_created_and_withdrawn,
    the_probes_of_a_stream_are_listed,
);

async fn an_operator_is_created_replaced_and_removed(app: &Router) {
    let with_body = |request: Builder, body: Value| alice().sign(json(request, &body));
    let bare = |request: Builder| alice().sign(empty(request));

    let body = json!({ "name": "First" });
    let created = send(app, with_body(Request::post("/api/operators"), body.clone())).await;
    assert_eq!((created.status.as_u16(), &created.body["id"]), (201, &json!(1)));
    let another = send(app, with_body(Request::post("/api/operators"), body.clone())).await;
    assert_eq!(another.body["id"], 2);
    for id in ["3", "0", "-1", "9223372036854775807", "9223372036854775808", "one", "%00"] {
        let path = format!("/api/operators/{id}");
        let answer = send(app, with_body(Request::put(&path), body.clone())).await;
        assert_eq!(answer.code(), (404, "not_found"), "{id}");
        let answer = send(app, bare(Request::delete(&path))).await;
        assert_eq!(answer.code(), (404, "not_found"), "{id}");
    }
    let path = format!("/api/operators/{}", created.body["id"]);

    let body = json!({ "name": "Second" });
    let replaced = send(app, with_body(Request::put(&path), body)).await;
    assert_eq!((replaced.status.as_u16(), &replaced.body["name"]), (200, &json!("Second")));

    assert_eq!(send(app, bare(Request::delete(&path))).await.status, 204);
    assert_eq!(send(app, bare(Request::delete(&path))).await.code(), (404, "not_found"));
}

async fn an_invitation_is_created_and_withdrawn(app: &Router) {
    let request = json(Request::post("/api/invitations"), &json!({ "email": "dave@example.com" }));
    let created = send(app, alice().sign(request)).await;
    assert_eq!(created.status, 201);
    let path = format!("/api/invitations/{}", created.body["id"]);
    let withdraw = || alice().sign(empty(Request::delete(&path)));
    assert_eq!(send(app, withdraw()).await.status, 204);
    assert_eq!(send(app, withdraw()).await.code(), (404, "not_found"));
}

async fn the_probes_of_a_stream_are_listed(app: &Router) {
    let get = |path: &str| alice().sign(empty(Request::get(path)));
    let streams = send(app, get("/api/streams")).await.body;
    let expected = json!([
        { "id": "chess", "title": "Chess, fast", "live": true },
        { "id": "rust", "title": "A crate in an evening", "live": true },
        { "id": "speedrun", "title": "Any %, no glitches", "live": false },
    ]);
    assert_eq!(streams["streams"], expected);
    let probes = send(app, get("/api/streams/chess/probes")).await.body;
    let expected = json!([
        { "at": 1_790_000_000, "viewers": 812, "bitrate_kbps": 5980 },
        { "at": 1_790_000_060, "viewers": 835, "bitrate_kbps": 6010 },
    ]);
    assert_eq!(probes["probes"], expected);
    assert_eq!(send(app, get("/api/streams/rust/probes")).await.body, json!({ "probes": [] }));
    for stream in ["none", "Chess", "chess%00", "%00", "%ff", "1"] {
        let answer = send(app, get(&format!("/api/streams/{stream}/probes"))).await;
        assert_eq!(answer.code(), (404, "not_found"), "{stream}");
    }
}

#[tokio::test]
async fn a_body_with_more_less_or_other_than_expected_is_refused() {
    for body in [
        r#"{"name":"First","role":"owner"}"#,
        r#"{"name":""}"#,
        r#"{"name":"two\nlines"}"#,
        r#"{"name":7}"#,
        "{}",
        "",
        "[",
    ] {
        assert_eq!(post(body).await.code(), (400, "invalid_body"), "{body}");
    }
    assert_eq!(post(r#"{"name":"First"}"#).await.status, 201);
}

#[tokio::test]
async fn a_body_over_16_kib_is_refused() {
    let body = format!(r#"{{"name":"First"{}}}"#, " ".repeat(16 * 1024));
    assert_eq!(post(body).await.code(), (413, "body_too_large"));
}

#[tokio::test]
async fn a_body_that_a_form_can_send_is_refused() {
    let request = Request::post("/api/operators").header("content-type", "text/plain");
    let request = request.body(Body::from(r#"{"name":"First"}"#)).unwrap();
    let answer = send(&app(), alice().sign(request)).await;
    assert_eq!(answer.code(), (415, "unsupported_media_type"));
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_refused() {
    for path in ["/api/operators", "/api/auth/impersonate"] {
        let answer = send(&app(), alice().sign(empty(Request::get(path)))).await;
        assert_eq!(answer.code(), (405, "method_not_allowed"), "{path}");
    }
}
