//! "DB reachable from internet: no (loopback only)", and what the servers share in it.

use serde_json::json;
use verifluence::{API, WEB};

use crate::{Scene, eventually, listening};

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn db_reachable_from_internet_no_it_listens_on_loopback_alone() {
    let scene = Scene::start().await;
    let postgres = &scene.system.database.postgres;
    let listening = listening::addresses(postgres.pid().unwrap());
    assert_eq!(listening, [postgres.address()]);
    assert!(postgres.address().ip().is_loopback());
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn what_the_admin_api_writes_the_public_api_reads() {
    let scene = Scene::start().await;
    let request = scene.panel("POST", "/api/operators", &json!({ "name": "First" }));
    let made = scene.send(request).await;
    assert_eq!(made.status, 201, "{made:?}");
    let operators = scene.send(scene.get(API, "/api/operators").header("origin", WEB)).await;
    assert_eq!(operators.status, 200);
    assert!(operators.body.to_string().contains("First"), "{operators:?}");
    // Who wrote it is not for everybody.
    assert!(!operators.body.to_string().contains("by"), "{operators:?}");
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn while_the_database_is_away_each_server_says_so_and_afterwards_goes_on() {
    let mut scene = Scene::start().await;
    let staff = scene.access("alice@verifluence.io");
    let delivery = scene.follow(7);
    scene.system.database.postgres.stop().await;
    let away = scene.send(scene.get(API, "/api/streams")).await;
    assert_eq!(away.status, 503);
    assert!(away.headers.contains_key("retry-after"));
    let streams =
        |scene: &Scene| scene.get(verifluence::ADMIN_API, "/api/streams").header("cookie", &staff);
    assert_eq!(scene.send(streams(&scene)).await.status, 503);
    assert_eq!(scene.deliver(&delivery).await, 503);
    // Who is nobody is told so without the database.
    let stranger = scene.get(verifluence::ADMIN_API, "/api/streams");
    assert_eq!(scene.send(stranger).await.code(), (401, "missing"));

    scene.system.database.postgres.start_again().await;
    eventually("all go on", async || {
        scene.send(scene.get(API, "/api/streams")).await.status == 200
            && scene.send(streams(&scene)).await.status == 200
    })
    .await;
    eventually("what Kick sends again is kept", async || {
        matches!(scene.deliver(&delivery).await, 200 | 204)
    })
    .await;
}
