use std::time::Duration;

use api::{App, Counters, Limits, People, Stores, health_router};
use axum::Router;
use axum::http::Request;
use database::testing::Migrated;
use serve::Draining;
use siwe_session::testing::{Site, Wallet};
use tokio::time::timeout;

use crate::{Scene, answer, empty, eventually, web};

fn health(stores: Stores, draining: &Draining) -> Router {
    let app = App::build(Site::for_audience(web()).builder(), People::default(), stores).unwrap();
    health_router(app, draining.clone(), Counters::default())
}

#[tokio::test]
async fn in_memory_it_is_ready_until_it_drains() {
    let draining = Draining::new();
    let health = health(Stores::single_process(Limits::default()), &draining);
    let ready = async || answer(health.clone(), empty(Request::get("/readyz"))).await;
    let answer = ready().await;
    assert_eq!((answer.status.as_u16(), &answer.body["store"]), (200, &true.into()));
    draining.begin();
    let answer = ready().await;
    assert_eq!((answer.status.as_u16(), &answer.body["draining"]), (503, &true.into()));
}

/// Each request that needs the database is refused, within the bound of one of them or a little more.
async fn is_refused(scene: &Scene) {
    let wallet = Wallet::new();
    let wants = [
        scene.send(empty(Request::get("/api/streams"))),
        scene.send(empty(Request::get("/api/operators"))),
    ];
    for wanted in wants {
        let answer = timeout(Duration::from_secs(10), wanted).await.unwrap();
        assert_eq!(answer.code(), (503, "store_unavailable"));
        assert_eq!(answer.header("retry-after"), "1");
    }
    for request in [
        Request::get("/api/watchlist"),
        Request::post("/api/watchlist/rust"),
        Request::delete("/api/watchlist/rust"),
    ] {
        let wanted = scene.send_as(&wallet, request);
        let answer = timeout(Duration::from_secs(10), wanted).await.unwrap();
        assert_eq!(answer.code(), (503, "store_unavailable"));
    }
    let wanted = scene.redeem("x");
    let answer = timeout(Duration::from_secs(10), wanted).await.unwrap();
    assert_eq!(answer.code(), (503, "store_unavailable"));
}

async fn eventually_served(scene: &Scene) {
    let is_served = async || scene.send(empty(Request::get("/api/streams"))).await.status == 200;
    eventually("it is served", is_served).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_is_stopped_is_told_and_one_that_is_back_is_used() {
    let mut migrated = Migrated::start().await;
    let scene = Scene::over(&migrated);
    let stores = Stores::postgres(&migrated.store("api"), Limits::default());
    let health = health(stores, &Draining::new());
    let ready = async || answer(health.clone(), empty(Request::get("/readyz"))).await;
    eventually_served(&scene).await;
    assert_eq!(ready().await.status, 200);

    migrated.postgres.stop().await;
    is_refused(&scene).await;
    let answer = ready().await;
    assert_eq!((answer.status.as_u16(), &answer.body["store"]), (503, &false.into()));

    migrated.postgres.start_again().await;
    eventually_served(&scene).await;
    assert_eq!(ready().await.status, 200);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_database_that_says_nothing_is_not_waited_for() {
    let migrated = Migrated::start().await;
    let scene = Scene::over(&migrated);
    eventually_served(&scene).await;
    migrated.postgres.freeze();
    // More often than there are connections: none of them waits for the others.
    for _ in 0..4 {
        is_refused(&scene).await;
    }
    migrated.postgres.thaw();
    eventually_served(&scene).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: run .ci/run peers"]
async fn a_statement_that_fails_is_told_as_a_database_that_is_away() {
    let migrated = Migrated::start().await;
    let scene = Scene::over(&migrated);
    sqlx::query("DROP TABLE streams CASCADE").execute(&migrated.owner).await.unwrap();
    let answer = scene.send(empty(Request::get("/api/streams"))).await;
    assert_eq!(answer.code(), (503, "store_unavailable"));
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(scene.send(empty(Request::get("/api/operators"))).await.status, 200);
}
