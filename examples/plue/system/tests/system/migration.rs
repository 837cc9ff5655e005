//! "Production Migration: accept both old sessions AND new JWTs", "No user-facing changes to auth flow".

use plue::Settings;
use sqlx::{Connection, PgConnection};

use crate::{Client, Scene};

/// A session of the system that was there before: 32 bytes in hexadecimal, of which it kept the SHA-256.
const TOKEN: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const ADDRESS: &str = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";

async fn with_an_old_session(scene: &Scene) -> Client {
    let mut connection = PgConnection::connect(&scene.system.old_database.url()).await.unwrap();
    let insert =
        "INSERT INTO sessions VALUES (sha256(decode($1, 'hex')), $2, 1, now() + interval '1 hour')";
    sqlx::query(insert).bind(TOKEN).bind(ADDRESS).execute(&mut connection).await.unwrap();
    let mut client = scene.browser();
    client.cookies.push(format!("plue_session={TOKEN}"));
    client
}

async fn start(old_sessions: &str) -> Scene {
    Scene::with(Settings { old_sessions, ..Settings::default() }).await
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn old_sessions_and_new_ones_are_accepted_side_by_side() {
    let scene = start("both").await;
    let mut old = with_an_old_session(&scene).await;
    let whoami = old.get("/api/whoami").await;
    assert_eq!(
        (whoami.status.as_u16(), whoami.body["user"]["address"].as_str()),
        (200, Some(ADDRESS))
    );
    let mut new = scene.browser();
    new.sign_in().await;
    assert_eq!(new.get("/api/whoami").await.body["user"]["address"], new.address());
    // One that is not in the table.
    let mut none = scene.browser();
    none.cookies.push(format!("plue_session={}", TOKEN.replace("00", "ff")));
    assert_eq!(none.get("/api/whoami").await.status, 401);
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn before_the_migration_old_sessions_alone_are_accepted() {
    let scene = start("old-only").await;
    let mut old = with_an_old_session(&scene).await;
    assert_eq!(old.get("/api/whoami").await.body["user"]["address"], ADDRESS);
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn when_the_old_code_is_removed_old_sessions_are_refused() {
    let scene = start("new-only").await;
    let mut old = with_an_old_session(&scene).await;
    assert_eq!(old.get("/api/whoami").await.status, 401);
    old.sign_in().await;
    assert_eq!(old.get("/api/whoami").await.body["user"]["address"], old.address());
}

/// "Monitor error rates".
#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn the_operator_sees_what_was_decided() {
    let scene = start("both").await;
    let mut old = with_an_old_session(&scene).await;
    let mut new = scene.browser();
    new.sign_in().await;
    for client in [&mut old, &mut new, &mut scene.browser()] {
        client.get("/api/whoami").await;
    }
    let status = scene.edge_status().await;
    let count = |what: &str, code: &str| status[what][code].as_u64().unwrap_or_default();
    assert!(count("logins", "accepted") >= 1, "{status}");
    assert!(count("sessions", "accepted") >= 1, "{status}");
    assert!(count("sessions", "missing_session") >= 1, "{status}");
}
