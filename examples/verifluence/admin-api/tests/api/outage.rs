use std::time::Duration;

use admin_api::{Draining, health_router};
use axum::Router;
use axum::http::Request;
use database::testing::Migrated;
use serde_json::json;
use tokio::time::timeout;

use crate::{Answer, alice, app_over, empty, eventually, gate, in_database, json, send};

async fn streams(app: &Router) -> Answer {
    send(app, alice().sign(empty(Request::get("/api/streams")))).await
}

/// Each route needs the database: it is refused, within the bound of one call or a little more.
async fn is_refused(app: &Router) {
    let name = json!({ "name": "First" });
    for request in [
        empty(Request::get("/api/streams")),
        empty(Request::get("/api/streams/rust/probes")),
        json(Request::post("/api/operators"), &name),
        json(Request::put("/api/operators/1"), &name),
        empty(Request::delete("/api/operators/1")),
        json(Request::post("/api/invitations"), &json!({ "email": "dave@example.com" })),
        empty(Request::delete("/api/invitations/1")),
        json(Request::post("/api/auth/impersonate"), &json!({ "user_id": "user-7" })),
    ] {
        let wanted = send(app, alice().sign(request));
        let answer = timeout(Duration::from_secs(10), wanted).await.unwrap();
        assert_eq!(answer.code(), (503, "store_unavailable"));
        assert_eq!(answer.headers["retry-after"], "1");
    }
    // Who may not is told so all the same.
    let bare = send(app, empty(Request::get("/api/streams"))).await;
    assert_eq!(bare.code(), (401, "missing"));
}

async fn eventually_served(app: &Router) {
    eventually("it is served", async || streams(app).await.status == 200).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_is_stopped_is_told_and_one_that_is_back_is_used() {
    let mut migrated = Migrated::start().await;
    let stores = in_database(&migrated);
    let app = app_over(&stores);
    let health = health_router(gate(), stores, Draining::new());
    let ready = async || send(&health, empty(Request::get("/readyz"))).await;
    assert_eq!(streams(&app).await.status, 200);
    assert_eq!(ready().await.status, 200);

    migrated.postgres.stop().await;
    is_refused(&app).await;
    let answer = ready().await;
    assert_eq!((answer.status.as_u16(), &answer.body["store"]), (503, &false.into()));
    assert_eq!(answer.body["generation"], 1);

    migrated.postgres.start_again().await;
    eventually_served(&app).await;
    assert_eq!(ready().await.status, 200);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_says_nothing_is_not_waited_for() {
    let migrated = Migrated::start().await;
    let app = app_over(&in_database(&migrated));
    assert_eq!(streams(&app).await.status, 200);
    migrated.postgres.freeze();
    // More often than there are connections: none of them waits for the others.
    for _ in 0..3 {
        is_refused(&app).await;
    }
    migrated.postgres.thaw();
    eventually_served(&app).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_statement_that_fails_is_told_as_a_database_that_is_away() {
    let migrated = Migrated::start().await;
    let app = app_over(&in_database(&migrated));
    sqlx::query("DROP TABLE streams CASCADE").execute(&migrated.owner).await.unwrap();
    let answer = streams(&app).await;
    assert_eq!(answer.code(), (503, "store_unavailable"));
    assert_eq!(answer.headers["retry-after"], "1");
    let delete = alice().sign(empty(Request::delete("/api/operators/1")));
    assert_eq!(send(&app, delete).await.code(), (404, "not_found"));
}
