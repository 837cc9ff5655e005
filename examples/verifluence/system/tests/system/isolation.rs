//! "Process isolation: separate process for admin".

use siwe_session::testing::Wallet;
use sqlx::Executor;
use sqlx::postgres::PgPoolOptions;
use verifluence::{ADMIN_API, API, KICK};

use crate::Scene;

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn process_isolation_each_server_goes_on_when_another_is_killed() {
    let mut scene = Scene::start().await;
    let system = &scene.system;
    let processes =
        [&system.api, &system.admin_api, &system.kick_server].map(|it| it.pid().unwrap());
    assert!(processes[0] != processes[1] && processes[1] != processes[2]);

    scene.system.api.kill().await;
    assert_eq!(scene.send(scene.get(API, "/api/streams")).await.status, 503);
    let streams = scene.get(ADMIN_API, "/api/streams");
    let streams = streams.header("cookie", scene.access("alice@verifluence.io"));
    assert_eq!(scene.send(streams).await.status, 200);
    assert_eq!(scene.deliver(&scene.follow(7)).await, 204);

    scene.system.admin_api.kill().await;
    assert_eq!(scene.deliver(&scene.follow(7)).await, 204);
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn process_isolation_no_server_has_the_routes_of_another() {
    let scene = Scene::start().await;
    let session = scene.sign_in(&Wallet::new()).await;
    for (method, path) in [
        ("POST", "/api/auth/impersonate"),
        ("GET", "/api/streams/chess/probes"),
        ("POST", "/api/operators"),
        ("DELETE", "/api/operators/1"),
        ("POST", "/api/invitations"),
        ("POST", "/wh/kick"),
    ] {
        let status = scene.send(scene.signed_in(&session, method, path)).await.status;
        assert!(status == 404 || status == 405, "{method} {path}: {status}");
    }
    let staff = scene.access("alice@verifluence.io");
    for path in ["/api/auth/nonce", "/api/watchlist", "/api/me", "/wh/kick"] {
        let request = scene.get(ADMIN_API, path).header("cookie", &staff);
        assert_eq!(scene.send(request).await.code(), (404, "not_found"), "{path}");
    }
    for path in ["/api/streams", "/api/auth/nonce", "/metrics", "/events"] {
        assert_eq!(scene.send(scene.get(KICK, path)).await.status, 404, "{path}");
    }
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn process_isolation_who_has_one_servers_database_password_has_its_tables_alone() {
    let scene = Scene::start().await;
    let tables = ["watchlists", "invitations", "kick_events", "_sqlx_migrations"];
    for (user, reaches) in [
        ("api", [true, false, false, true]),
        ("admin", [false, true, false, true]),
        ("kick", [false, false, true, true]),
    ] {
        let url = scene.system.database.url(user);
        let pool = PgPoolOptions::new().connect(&url).await.unwrap();
        for (table, reaches) in tables.into_iter().zip(reaches) {
            let read = pool.execute(format!("SELECT * FROM {table}").as_str()).await;
            assert_eq!(read.is_ok(), reaches, "{user}: {table}");
        }
        assert!(pool.execute("CREATE TABLE mine (id int)").await.is_err());
    }
}
