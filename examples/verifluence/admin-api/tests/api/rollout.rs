use axum::Router;
use axum::http::Request;
use axum::http::request::Builder;
use serde_json::json;

use crate::{Answer, ISSUER, PANEL, SECRET, alice, app, app_with_secret, empty, json, send};

fn streams() -> Builder {
    Request::get("/api/streams")
}

async fn streams_with_secrets(app: &Router, secrets: &[&str]) -> Answer {
    let mut request = streams();
    for secret in secrets {
        request = request.header("x-admin-secret", *secret);
    }
    send(app, empty(request)).await
}

#[tokio::test]
async fn the_secret_passes_while_it_is_set() {
    assert_eq!(streams_with_secrets(&app_with_secret(), &[SECRET]).await.status, 200);
}

#[tokio::test]
async fn the_secret_is_ignored_when_it_is_no_longer_set() {
    assert_eq!(streams_with_secrets(&app(), &[SECRET]).await.code(), (401, "missing"));
}

#[tokio::test]
async fn a_wrong_secret_gets_the_answer_of_access() {
    for secrets in [&["wrong"][..], &[""], &[], &[SECRET, SECRET], &["wrong", SECRET]] {
        let answer = streams_with_secrets(&app_with_secret(), secrets).await;
        assert_eq!(answer.code(), (401, "missing"), "{secrets:?}");
        assert_eq!(answer.headers["content-type"], "application/json");
    }
}

#[tokio::test]
async fn a_token_passes_while_the_secret_is_set() {
    let answer = send(&app_with_secret(), alice().sign(empty(streams()))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_told_why() {
    let mallory = ISSUER.user("mallory@example.com");
    let answer = send(&app_with_secret(), mallory.sign(empty(streams()))).await;
    assert_eq!(answer.code(), (403, "denied"));
}

#[tokio::test]
async fn the_secret_passes_beside_a_token_that_does_not_hold() {
    let mallory = ISSUER.user("mallory@example.com");
    let request = mallory.sign(empty(streams().header("x-admin-secret", SECRET)));
    assert_eq!(send(&app_with_secret(), request).await.status, 200);
}

#[tokio::test]
async fn whoever_has_a_token_is_known_by_it_though_they_have_the_secret_too() {
    let request = Request::post("/api/invitations").header("x-admin-secret", SECRET);
    let request = json(request, &json!({ "email": "dave@example.com" }));
    let answer = send(&app_with_secret(), alice().claim("sub", "7335d417").sign(request)).await;
    assert_eq!(answer.body["by"], json!({ "user": "7335d417" }));
}

#[tokio::test]
async fn who_only_has_the_secret_is_written_down_as_nobody() {
    let request = Request::post("/api/invitations").header("x-admin-secret", SECRET);
    let request = json(request, &json!({ "email": "dave@example.com" }));
    assert_eq!(send(&app_with_secret(), request).await.body["by"], "admin_secret");
}

#[tokio::test]
async fn the_secret_impersonates_nobody() {
    let request = Request::post("/api/auth/impersonate").header("x-admin-secret", SECRET);
    let request = json(request, &json!({ "user_id": "user-7" }));
    assert_eq!(send(&app_with_secret(), request).await.status, 401);
}

#[tokio::test]
async fn another_sites_post_is_refused_with_the_secret_too() {
    let request = Request::post("/api/invitations")
        .header("x-admin-secret", SECRET)
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site");
    let request = json(request, &json!({ "email": "dave@example.com" }));
    assert_eq!(send(&app_with_secret(), request).await.code(), (403, "cross_site"));
}

#[tokio::test]
async fn the_panel_can_read_a_refusal_while_the_secret_is_set() {
    let request = streams().header("origin", PANEL);
    let answer = send(&app_with_secret(), empty(request)).await;
    assert_eq!(answer.code(), (401, "missing"));
    assert_eq!(answer.headers["access-control-allow-origin"], PANEL);
}
