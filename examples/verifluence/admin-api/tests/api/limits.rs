use admin_api::{Limits, Stores};
use axum::Router;
use axum::http::Request;
use database::testing::Migrated;
use serde_json::{Value, json};
use sqlx::Executor;

use crate::{Answer, alice, app_over, empty, json, send};

const FEW: Limits = Limits { records: 2, tokens: 2 };

async fn post(app: &Router, path: &str, body: &Value) -> Answer {
    send(app, alice().sign(json(Request::post(path), body))).await
}

/// That so many are kept and no more, of each kind by itself.
async fn what_is_full_takes_no_more(app: &Router) {
    for (path, body) in [
        ("/api/operators", json!({ "name": "First" })),
        ("/api/invitations", json!({ "email": "dave@example.com" })),
        ("/api/auth/impersonate", json!({ "user_id": "user-7" })),
    ] {
        for _ in 0..2 {
            assert_eq!(post(app, path, &body).await.status, 201, "{path}");
        }
        assert_eq!(post(app, path, &body).await.code(), (503, "full"), "{path}");
    }
    let remove = alice().sign(empty(Request::delete("/api/operators/1")));
    assert_eq!(send(app, remove).await.status, 204);
    let created = post(app, "/api/operators", &json!({ "name": "Third" })).await;
    assert_eq!((created.status.as_u16(), &created.body["id"]), (201, &json!(3)));
}

#[tokio::test]
async fn memory_that_is_full_takes_no_more() {
    what_is_full_takes_no_more(&app_over(&Stores::single_process(FEW))).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_is_full_takes_no_more_until_tokens_expire() {
    let migrated = Migrated::start().await;
    let app = app_over(&Stores::postgres(&migrated.store("admin"), FEW));
    what_is_full_takes_no_more(&app).await;

    migrated.owner.execute("UPDATE impersonations SET expires_at = now()").await.unwrap();
    let wanted = json!({ "user_id": "user-7" });
    assert_eq!(post(&app, "/api/auth/impersonate", &wanted).await.status, 201);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn who_wrote_a_record_last_is_kept_with_it() {
    let migrated = Migrated::start().await;
    let app = app_over(&crate::in_database(&migrated));
    let operator = |request, token: cf_access::testing::Token<'static>| {
        token.sign(json(request, &json!({ "name": "First" })))
    };
    let kept = async || -> (String, String) {
        let kept = sqlx::query_as("SELECT name, by FROM operators");
        kept.fetch_one(&migrated.owner).await.unwrap()
    };
    let alice = alice().claim("sub", "7335d417");
    send(&app, operator(Request::post("/api/operators"), alice)).await;
    assert_eq!(kept().await, ("First".to_owned(), "user:7335d417".to_owned()));
    let ci = crate::ISSUER.service_token(&crate::client_id(crate::CI));
    send(&app, operator(Request::put("/api/operators/1"), ci)).await;
    assert_eq!(kept().await, ("First".to_owned(), format!("service_token:{}", crate::CI)));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn of_many_probes_the_latest_thousand_are_listed_the_oldest_first() {
    let migrated = Migrated::start().await;
    let probes = "INSERT INTO probes
        SELECT 'rust', to_timestamp(i), i, 6000 FROM generate_series(1, 1001) AS i";
    migrated.owner.execute(probes).await.unwrap();
    let app = app_over(&crate::in_database(&migrated));
    let request = alice().sign(empty(Request::get("/api/streams/rust/probes")));
    let listed = send(&app, request).await.body;
    let probes = listed["probes"].as_array().unwrap();
    assert_eq!(probes.len(), 1000);
    assert_eq!((&probes[0]["at"], &probes[999]["at"]), (&json!(2), &json!(1001)));
}
