use admin_api::{AdminSecret, Draining, Gate, health_router, router};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use cf_access::testing::Answer;
use cf_access::{FetchError, TeamKeys};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::{ISSUER, PANEL, SECRET, alice, empty, gate, in_memory, send};

async fn get(app: &Router, path: &str) -> Response<Body> {
    app.clone().oneshot(empty(Request::get(path))).await.unwrap()
}

async fn metrics(gate: &Gate) -> String {
    let health = health_router(gate.clone(), in_memory(), Draining::new());
    let body = get(&health, "/metrics").await.into_body().collect().await.unwrap();
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn it_is_ready_when_the_keys_are_there_and_not_while_draining() {
    let draining = Draining::new();
    let health = health_router(gate(), in_memory(), draining.clone());
    let answer = send(&health, empty(Request::get("/readyz"))).await;
    assert_eq!((answer.status.as_u16(), &answer.body["generation"]), (200, &1.into()));
    assert_eq!(answer.body["store"], true);

    draining.begin();
    let answer = send(&health, empty(Request::get("/readyz"))).await;
    assert_eq!((answer.status.as_u16(), &answer.body["draining"]), (503, &true.into()));
    assert_eq!(get(&health, "/livez").await.status(), 200);
}

#[tokio::test]
async fn it_is_not_ready_without_keys_and_tells_why() {
    let endpoint = ISSUER.endpoint();
    endpoint.set(Answer::Fail(FetchError::Status(500)));
    let keys = TeamKeys::from_source(ISSUER.team().clone(), endpoint).unwrap();
    let gate = Gate::build(keys, [ISSUER.audience().clone()], []).unwrap();
    let health = health_router(gate, in_memory(), Draining::new());
    let mut answer = send(&health, empty(Request::get("/readyz"))).await;
    while answer.body["last_error"].is_null() {
        tokio::task::yield_now().await;
        answer = send(&health, empty(Request::get("/readyz"))).await;
    }
    assert_eq!((answer.status.as_u16(), &answer.body["generation"]), (503, &0.into()));
    assert_eq!(answer.body["last_error"], "status");
}

#[tokio::test]
async fn decisions_are_counted_by_their_code() {
    let gate = gate();
    let app = router(&gate, &PANEL.parse().unwrap(), None, &in_memory());
    for _ in 0..3 {
        send(&app, alice().sign(empty(Request::get("/api/streams")))).await;
    }
    send(&app, empty(Request::get("/api/streams"))).await;
    let metrics = metrics(&gate).await;
    assert!(metrics.contains("\ncf_access_decisions_total{code=\"accepted\"} 3\n"), "{metrics}");
    assert!(metrics.contains("\ncf_access_decisions_total{code=\"missing\"} 1\n"), "{metrics}");
}

#[tokio::test]
async fn uses_of_the_secret_are_counted() {
    let gate = gate();
    let app = router(&gate, &PANEL.parse().unwrap(), Some(AdminSecret::new(SECRET)), &in_memory());
    assert!(metrics(&gate).await.contains("\nadmin_secret_uses_total 0\n"));
    let request = Request::get("/api/streams").header("x-admin-secret", SECRET);
    send(&app, empty(request)).await;
    assert!(metrics(&gate).await.contains("\nadmin_secret_uses_total 1\n"));
}
