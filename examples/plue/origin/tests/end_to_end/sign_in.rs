//! Where wallets sign in at the origin itself, behind its mutual TLS.

use std::fs;

use hyper::StatusCode;
use siwe_session::testing::Wallet;
use testkit::folder::Folder;

use crate::site::{SECRET, SETTINGS};
use crate::{Browser, Scene, Site, VISITOR, Zone, refused, tls};

/// An origin that signs people in by itself, with a memory of its own.
async fn scene(settings: &[(&str, &str)]) -> Scene {
    let zone = Zone::new("the zone's authority");
    Scene::with_arguments(zone, &[&SETTINGS, settings].concat(), &["--single-process"]).await
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn a_wallet_signs_in_and_out_at_the_origin() {
    let scene = scene(&[]).await;
    let mut http = scene.connect().await;
    let mut browser = Browser::default();
    let answer = browser.get(&mut http, "/api/whoami").await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"missing_session"}"#));
    assert_eq!(browser.get(&mut http, "/whoami").await.json()["user"], serde_json::Value::Null);

    browser.sign_in(&mut http).await;
    let me = browser.get(&mut http, "/api/whoami").await.json();
    assert_eq!(me["user"], serde_json::json!({ "address": browser.address(), "chain_id": 1 }));
    assert_eq!(me["client"], "203.0.113.7");
    let copy = browser.copy();
    browser.sign_out(&mut http).await;
    let answer = { copy }.get(&mut http, "/api/whoami").await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"revoked_session"}"#));
    let status = scene.service.status().await;
    assert_eq!(status["sign_in"], "origin");
    assert_eq!(status["logins"], serde_json::json!({ "accepted": 1 }));
}

#[tokio::test]
async fn what_is_not_public_needs_a_session_there_whether_it_exists_or_not() {
    let scene = scene(&[]).await;
    let mut http = scene.connect().await;
    for (path, status) in [
        ("/", 200),
        ("/whoami", 200),
        ("/owner/repo", 404),
        ("/owner/repo/blob/main/x", 404),
        ("/api/whoami", 401),
        ("/api/other", 401),
        ("/settings/keys", 401),
        ("/owner/repo/settings", 401),
    ] {
        assert_eq!(http.get_with(path, &[VISITOR]).await.unwrap().status, status, "{path}");
    }
}

#[tokio::test]
async fn where_the_origin_signs_people_in_no_header_is_believed() {
    let wallet = Wallet::new();
    let zone = Zone::new("the zone's authority");
    let edge = zone.client(8);
    let pin = edge.pin();
    // What was believed before the roll-back is still set.
    let settings = [&SETTINGS[..], &[("PLUE_USER_EDGES", &pin)]].concat();
    let scene = Scene::with_arguments(zone, &settings, &["--single-process"]).await;
    let mut http = scene.connect_with(&edge).await;
    let other = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    let forged = [VISITOR, ("x-plue-user-address", other), ("x-plue-user-assertion", "eyJ")];
    let answer = http.get_with("/api/whoami", &forged).await.unwrap();
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"missing_session"}"#));

    let token = bearer(&Site::new().session(&wallet).1);
    let with_session = [&forged[..], &[("authorization", &token)]].concat();
    let answer = http.get_with("/whoami", &with_session).await.unwrap().json();
    assert_eq!(answer["user"]["address"], wallet.address().to_checksum(None));
    let names = serde_json::json!(["host", "cf-connecting-ip", "authorization"]);
    assert_eq!(answer["headers"], names);
}

#[tokio::test]
async fn a_session_opens_nothing_to_who_is_not_the_edge() {
    let scene = scene(&[]).await;
    refused(scene.address(), tls(&scene.zone, None)).await;
    let stranger = Zone::new("another account's authority").client(7);
    refused(scene.address(), tls(&scene.zone, Some(&stranger))).await;
}

#[tokio::test]
async fn the_keys_of_sessions_are_read_again_at_the_origin_too() {
    let folder = Folder::new();
    let keys = folder.write("keys", &format!("a:{SECRET}\n"));
    let zone = Zone::new("the zone's authority");
    let settings = [
        ("PLUE_SIGN_IN", "origin"),
        ("PLUE_ORIGIN", "https://plue.dev"),
        ("PLUE_SESSION_KEYS_FILE", &*keys),
        ("PLUE_NONCE_SECRETS", SECRET),
    ];
    let scene = Scene::with_arguments(zone, &settings, &["--single-process"]).await;
    let token = bearer(&Site::new().session(&Wallet::new()).1);
    let headers = [VISITOR, ("authorization", &token)];
    let mut http = scene.connect().await;
    assert_eq!(http.get_with("/api/whoami", &headers).await.unwrap().status, StatusCode::OK);

    fs::write(&keys, "b:short\n").unwrap();
    scene.service.hang_up();
    scene.service.logs(&["WARN", "not reloaded, and what was in use stays so"]).await;
    assert_eq!(http.get_with("/api/whoami", &headers).await.unwrap().status, StatusCode::OK);
    fs::write(&keys, "b:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=\n").unwrap();
    scene.service.hang_up();
    scene.service.logs(&["the keys were read again"]).await;
    let answer = http.get_with("/api/whoami", &headers).await.unwrap();
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"unknown_key"}"#));
}
