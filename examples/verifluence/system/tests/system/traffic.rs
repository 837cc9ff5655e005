//! The rows of "Traffic flow", and the rules of the Tunnel.

use siwe_session::testing::Wallet;
use sqlx::{Connection, PgConnection};
use verifluence::{ADMIN_API, API, KICK, PANEL, WEB};

use crate::Scene;

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn app_reaches_the_public_api_whose_session_is_its_own() {
    let scene = Scene::start().await;
    // Nobody is asked for anything at the edge.
    let streams = scene.send(scene.get(API, "/api/streams").header("origin", WEB)).await;
    assert_eq!(streams.status, 200);
    assert_eq!(streams.headers["access-control-allow-origin"], WEB);
    assert_eq!(scene.send(scene.get(API, "/api/me")).await.code(), (401, "missing_session"));

    let wallet = Wallet::new();
    let session = scene.sign_in(&wallet).await;
    let me = scene.send(scene.signed_in(&session, "GET", "/api/me")).await;
    assert_eq!(me.body["address"], wallet.address().to_string());
    let out = scene.signed_in(&session, "POST", "/api/auth/logout").header("origin", WEB);
    assert_eq!(scene.send(out).await.status, 204);
    let me = scene.send(scene.signed_in(&session, "GET", "/api/me")).await;
    assert_eq!(me.status, 401);
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn the_admin_panel_reaches_the_admin_api_through_access() {
    let scene = Scene::start().await;
    let preflight = scene
        .request("OPTIONS", ADMIN_API, "/api/operators")
        .header("origin", PANEL)
        .header("access-control-request-method", "POST");
    assert_eq!(scene.send(preflight).await.headers["access-control-allow-origin"], PANEL);
    let request = scene.get(ADMIN_API, "/api/streams").header("origin", PANEL);
    let request = request.header("cookie", scene.access("alice@verifluence.io"));
    assert_eq!(scene.send(request).await.status, 200);
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn a_kick_webhook_is_proven_by_its_signature_in_the_handler() {
    let scene = Scene::start().await;
    let delivery = scene.follow(7);
    assert_eq!(scene.deliver(&delivery).await, 204);
    assert_eq!(scene.deliver(&delivery).await, 200, "the same again");
    let mut forged = scene.follow(7);
    forged.body_mut().push(b' ');
    assert_eq!(scene.deliver(&forged).await, 401);
    assert_eq!(scene.deliver(&scene.follow(6)).await, 403, "another broadcaster");
    let unsigned = scene.request("POST", KICK, "/").body("{}");
    assert_eq!(scene.send(unsigned).await.status, 400);
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn postgres_ops_reach_the_database_on_loopback() {
    let scene = Scene::start().await;
    // What an SSH tunnel ends at.
    let mut connection =
        PgConnection::connect(&scene.system.database.postgres.url()).await.unwrap();
    connection.ping().await.unwrap();
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn the_tunnels_last_rule_answers_other_hosts_with_404() {
    let scene = Scene::start().await;
    let edge = scene.system.edge.address();
    for host in ["verifluence.io", "db.verifluence.io", "api.verifluence.io.evil.example"] {
        let request =
            scene.get(API, "/api/streams").header("host", format!("{host}:{}", edge.port()));
        assert_eq!(scene.send(request).await.status, 404, "{host}");
    }
}

/// What one host's rule leads to cannot be had by the name of another.
#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn visitors_headers_that_name_an_address_or_a_person_are_believed_by_nobody() {
    let scene = Scene::start().await;
    for name in ["cf-access-jwt-assertion", "cf_access_jwt_assertion"] {
        let token = scene.system.issuer.user("alice@verifluence.io");
        let request = scene.get(ADMIN_API, "/api/streams").header(name, token);
        assert_eq!(scene.send(request).await.code(), (401, "missing"), "{name}");
    }
    let request = scene.get(API, "/api/streams").header("cf-connecting-ip", "127.0.0.1");
    assert_eq!(scene.send(request).await.status, 200, "the edge's own stands in its place");
}
