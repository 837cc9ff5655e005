//! The sign-in at the edge and at the origin, one after the other: the owners' "toggle feature flag to use
//! origin SIWE verification".

use hyper::StatusCode;
use serve::wallets::NonceStorage;
use siwe_session::testing::Wallet;
use testkit::redis::Redis;

use crate::site::SETTINGS;
use crate::{Browser, Scene, Site, VISITOR, Zone, gateway};

#[tokio::test]
async fn the_edge_tells_the_origin_who_has_signed_in() {
    let (scene, edge) = Scene::with_edge(&[]).await;
    let siwe = Site::new().siwe(NonceStorage::SingleProcess).await;
    let mut http = gateway::signing_in(&siwe, &scene, &edge).await;
    let mut browser = Browser::default();
    let answer = browser.get(&mut http, "/api/whoami").await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"missing_session"}"#));
    browser.sign_in(&mut http).await;
    let me = browser.get(&mut http, "/api/whoami").await.json();
    assert_eq!(me["user"]["address"], browser.address());
    assert_eq!((&me["client"], &me["edge"]), (&"203.0.113.7".into(), &edge.pin().into()));

    // The same edge with a certificate that the origin does not know it by.
    let mut http = gateway::signing_in(&siwe, &scene, &scene.client).await;
    let answer = browser.get(&mut http, "/api/whoami").await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"missing_identity"}"#));
}

#[tokio::test]
async fn rolled_back_by_half_nobody_is_signed_in_and_nobody_passes_for_somebody_else() {
    let (at_edge, edge) = Scene::with_edge(&[]).await;
    let pin = edge.pin();
    let settings = [&SETTINGS[..], &[("PLUE_USER_EDGES", &pin)]].concat();
    let zone = Zone::new("the zone's authority");
    let other_edge = zone.client(8);
    let at_origin = Scene::with_arguments(zone, &settings, &["--single-process"]).await;

    let wallet = Wallet::new();
    let token = format!("Bearer {}", Site::new().session(&wallet).1);
    let other = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    let headers = [
        VISITOR,
        ("authorization", &token),
        ("x-plue-user-address", other),
        ("x-plue-user-assertion", "eyJ"),
    ];
    // The edge alone: it passes the session on to an origin that waits for its word.
    let mut http = gateway::rolled_back(&at_edge, &edge).await;
    let answer = http.get_with("/api/whoami", &headers).await.unwrap();
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"missing_identity"}"#));
    // The origin alone: it waits for a session, and the edge gives its word.
    let siwe = Site::new().siwe(NonceStorage::SingleProcess).await;
    let mut http = gateway::signing_in(&siwe, &at_origin, &other_edge).await;
    let answer = http.get_with("/api/whoami", &headers).await.unwrap();
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"missing_session"}"#));
    // Both.
    let mut http = gateway::rolled_back(&at_origin, &other_edge).await;
    let me = http.get_with("/api/whoami", &headers).await.unwrap().json();
    assert_eq!(me["user"]["address"], wallet.address().to_checksum(None));
}

#[tokio::test]
#[ignore = "needs Redis: run .ci/run peers"]
async fn the_sign_in_is_rolled_back_to_the_origin_and_forth_again_and_sessions_go_on() {
    let redis = Redis::start().await;
    let url = redis.url();
    let siwe = Site::new().siwe(NonceStorage::redis(&url).unwrap()).await;
    let (before, edge) = Scene::with_edge(&[]).await;
    let mut at_edge = gateway::signing_in(&siwe, &before, &edge).await;
    let mut early = Browser::default();
    early.sign_in(&mut at_edge).await;
    assert_eq!(early.get(&mut at_edge, "/api/whoami").await.status, StatusCode::OK);

    // One variable, at both.
    let pin = edge.pin();
    let settings = [&SETTINGS[..], &[("REDIS_URL", &url), ("PLUE_USER_EDGES", &pin)]].concat();
    let after = Scene::of(before.zone, &settings).await;
    let mut at_origin = gateway::rolled_back(&after, &edge).await;
    let me = early.get(&mut at_origin, "/api/whoami").await.json();
    assert_eq!(me["user"], serde_json::json!({ "address": early.address(), "chain_id": 1 }));
    assert_eq!(me["client"], "203.0.113.7");

    // A sign-in that began at the edge ends at the origin as well as another.
    let mut late = Browser::default();
    late.get(&mut at_edge, "/api/auth/nonce").await;
    late.sign_in(&mut at_origin).await;
    assert_eq!(
        late.get(&mut at_origin, "/api/whoami").await.json()["user"]["address"],
        late.address()
    );

    // And forth again: an origin that believes the edge answers who signed in without it.
    let answer = late.get(&mut at_edge, "/api/auth/session").await;
    assert_eq!(
        (answer.status, &answer.json()["address"]),
        (StatusCode::OK, &late.address().into())
    );
    // Signed out of at one, at the other too.
    let mut copy = early.copy();
    early.sign_out(&mut at_origin).await;
    let answer = copy.get(&mut at_edge, "/api/auth/session").await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (401, r#"{"error":"revoked_session"}"#));
}
