use axum::Router;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cf_access::testing::Token;
use database::testing::Migrated;
use serde_json::{Value, json};
use sqlx::Executor;

use crate::{Answer, CI, ISSUER, alice, app, app_over, client_id, in_database, json, send};

async fn post(app: &Router, token: Token<'_>, path: &str, body: &Value) -> Answer {
    send(app, token.sign(json(Request::post(path), body))).await
}

async fn impersonate(app: &Router, token: Token<'_>) -> Answer {
    post(app, token, "/api/auth/impersonate", &json!({ "user_id": "user-7" })).await
}

over_both!(a_person_of_the_staff_is_given_a_token);

async fn a_person_of_the_staff_is_given_a_token(app: &Router) {
    let issued = impersonate(app, alice()).await;
    assert_eq!(issued.status, 201);
    assert_eq!(issued.headers["cache-control"], "no-store");
    assert!(issued.body["expires_at"].is_u64());
    let token = issued.body["token"].as_str().unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(token).unwrap().len(), 32);
    assert_ne!(impersonate(app, alice()).await.body["token"], issued.body["token"]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn what_is_kept_of_a_token_is_its_digest_who_asked_and_a_minute_of_the_databases_clock() {
    let migrated = Migrated::start().await;
    let app = app_over(&in_database(&migrated));
    let clock = async || -> f64 {
        let now = "SELECT extract(epoch FROM now())::float8";
        sqlx::query_scalar(now).fetch_one(&migrated.owner).await.unwrap()
    };
    let before = clock().await;
    let issued = impersonate(&app, alice().claim("sub", "7335d417")).await;
    let after = clock().await;

    let kept =
        "SELECT token_hash = sha256($1::bytea), user_id, by, extract(epoch FROM expires_at)::float8
        FROM impersonations";
    let token = issued.body["token"].as_str().unwrap().as_bytes();
    let (is_digest, user_id, by, expires_at): (bool, String, String, f64) =
        sqlx::query_as(kept).bind(token).fetch_one(&migrated.owner).await.unwrap();
    assert!(is_digest);
    assert_eq!((user_id.as_str(), by.as_str()), ("user-7", "7335d417"));
    assert!(before <= expires_at - 60.0 && expires_at - 60.0 <= after);
    assert_eq!(issued.body["expires_at"].as_f64(), Some(expires_at.floor()));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn those_that_have_expired_are_removed_when_one_is_made_and_no_others() {
    let migrated = Migrated::start().await;
    let app = app_over(&in_database(&migrated));
    for _ in 0..3 {
        impersonate(&app, alice()).await;
    }
    let expire = "UPDATE impersonations SET expires_at = now()
        WHERE token_hash <> (SELECT max(token_hash::text)::bytea FROM impersonations)";
    migrated.owner.execute(expire).await.unwrap();
    impersonate(&app, alice()).await;
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM impersonations")
        .fetch_one(&migrated.owner)
        .await
        .unwrap();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn a_service_token_may_not_impersonate() {
    let ci = ISSUER.service_token(&client_id(CI));
    assert_eq!(impersonate(&app(), ci).await.code(), (403, "denied"));
}

#[tokio::test]
async fn a_service_token_is_refused_before_its_body_is_read() {
    let ci = ISSUER.service_token(&client_id(CI));
    let answer = post(&app(), ci, "/api/auth/impersonate", &json!("no object")).await;
    assert_eq!(answer.code(), (403, "denied"));
}

#[tokio::test]
async fn nothing_is_redeemed_here() {
    for path in ["/api/auth/impersonate/redeem", "/api/impersonate"] {
        let answer = post(&app(), alice(), path, &json!({ "token": "x" })).await;
        assert_eq!(answer.code(), (404, "not_found"), "{path}");
    }
}
