use axum::http::Request;
use cf_access::testing::Token;
use serde_json::json;

use crate::{CI, ISSUER, alice, app, client_id, empty, json, send};

async fn streams(token: Token<'_>) -> (u16, String) {
    let answer = send(&app(), token.sign(empty(Request::get("/api/streams")))).await;
    let (status, code) = answer.code();
    (status, code.to_owned())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_person_of_the_staff_passes() {
    assert_eq!(streams(alice()).await.0, 200);
}

#[tokio::test]
async fn a_person_of_a_domain_that_ends_alike_does_not_pass() {
    let mallory = ISSUER.user("mallory@evilverifluence.io");
    assert_eq!(streams(mallory).await, refused(403, "denied"));
}

#[tokio::test]
async fn a_service_token_passes_if_it_is_named() {
    assert_eq!(streams(ISSUER.service_token(&client_id(CI))).await.0, 200);
}

#[tokio::test]
async fn a_service_token_that_is_not_named_does_not_pass() {
    let other = client_id("0f2b8f1f2d7b4f7f9a51d1f0c3f3a7de.access");
    assert_eq!(streams(ISSUER.service_token(&other)).await, refused(403, "denied"));
}

#[tokio::test]
async fn nobody_passes_without_a_token_and_the_answer_is_json() {
    let answer = send(&app(), empty(Request::get("/api/streams"))).await;
    assert_eq!(answer.code(), (401, "missing"));
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn the_unsigned_header_with_an_email_proves_nothing() {
    let request = Request::get("/api/streams")
        .header("cf-access-authenticated-user-email", "alice@verifluence.io");
    assert_eq!(send(&app(), empty(request)).await.code(), (401, "missing"));
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_behind_the_proof() {
    let request = || empty(Request::get("/api/nothing"));
    assert_eq!(send(&app(), request()).await.code(), (401, "missing"));
    assert_eq!(send(&app(), alice().sign(request())).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn who_did_something_is_written_down_by_their_id() {
    let invite = |token: Token<'static>| async move {
        let body = json!({ "email": "dave@example.com" });
        send(&app(), token.sign(json(Request::post("/api/invitations"), &body))).await.body
    };
    let person = invite(alice().claim("sub", "7335d417-61da-459d-899c-0a01c76a2f94")).await;
    assert_eq!(person["by"], json!({ "user": "7335d417-61da-459d-899c-0a01c76a2f94" }));
    let machine = invite(ISSUER.service_token(&client_id(CI))).await;
    assert_eq!(machine["by"], json!({ "service_token": CI }));
}
