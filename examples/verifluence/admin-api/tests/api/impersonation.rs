use axum::Router;
use axum::http::Request;
use cf_access::testing::Token;
use serde_json::{Value, json};

use crate::{Answer, CI, ISSUER, alice, app, client_id, json, send};

async fn post(app: &Router, token: Token<'_>, path: &str, body: &Value) -> Answer {
    send(app, token.sign(json(Request::post(path), body))).await
}

async fn impersonate(app: &Router, token: Token<'_>) -> Answer {
    post(app, token, "/api/auth/impersonate", &json!({ "user_id": "user-7" })).await
}

async fn redeem(app: &Router, token: &Value) -> Answer {
    post(app, alice(), "/api/auth/impersonate/redeem", &json!({ "token": token })).await
}

#[tokio::test]
async fn a_token_is_redeemed_once_and_names_who_asked() {
    let app = app();
    let issued = impersonate(&app, alice().claim("sub", "7335d417")).await;
    assert_eq!(issued.status, 201);
    assert_eq!(issued.headers["cache-control"], "no-store");
    assert!(issued.body["expires_at"].is_u64());

    let first = redeem(&app, &issued.body["token"]).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.body, json!({ "user_id": "user-7", "by": "7335d417" }));
    let second = redeem(&app, &issued.body["token"]).await;
    assert_eq!(second.code(), (410, "used_or_unknown"));
}

#[tokio::test]
async fn a_used_token_and_one_that_never_was_are_answered_alike() {
    let app = app();
    let issued = impersonate(&app, alice()).await;
    redeem(&app, &issued.body["token"]).await;
    let used = redeem(&app, &issued.body["token"]).await;
    let unknown = redeem(&app, &json!("x".repeat(43))).await;
    assert_eq!((used.status, &used.headers), (unknown.status, &unknown.headers));
    assert_eq!(used.body, unknown.body);
}

#[tokio::test]
async fn a_service_token_may_not_impersonate() {
    let ci = ISSUER.service_token(&client_id(CI));
    assert_eq!(impersonate(&app(), ci).await.code(), (403, "denied"));
}

#[tokio::test]
async fn a_service_token_may_redeem() {
    let app = app();
    let issued = impersonate(&app, alice()).await;
    let body = json!({ "token": issued.body["token"] });
    let ci = ISSUER.service_token(&client_id(CI));
    let redeemed = post(&app, ci, "/api/auth/impersonate/redeem", &body).await;
    assert_eq!(redeemed.status, 200);
}

#[tokio::test]
async fn a_service_token_is_refused_before_its_body_is_read() {
    let ci = ISSUER.service_token(&client_id(CI));
    let answer = post(&app(), ci, "/api/auth/impersonate", &json!("no object")).await;
    assert_eq!(answer.code(), (403, "denied"));
}
