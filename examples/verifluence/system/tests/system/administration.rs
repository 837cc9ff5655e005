//! "Admin secret exposure: CF Access JWT, no secret", "Admin auth boundary: CF Zero Trust".

use std::fs;
use std::time::Duration;

use cf_access::testing::Issuer;
use serde_json::json;
use siwe_session::testing::Wallet;
use verifluence::{ADMIN_API, API, AUDIENCE, PANEL};

use crate::{Scene, now};

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn admin_secret_exposure_there_is_no_secret_and_the_old_header_opens_nothing() {
    let scene = Scene::start().await;
    for secret in ["", "changeme", AUDIENCE] {
        let request = scene.get(ADMIN_API, "/api/streams").header("x-admin-secret", secret);
        assert_eq!(scene.send(request).await.code(), (401, "missing"), "{secret}");
    }
    // Nor has the process one.
    let process = scene.system.admin_api.pid().unwrap();
    let environment = fs::read(format!("/proc/{process}/environ")).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("ADMIN_SECRET"));
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn admin_auth_boundary_is_what_access_says_and_for_staff_alone() {
    let scene = Scene::start().await;
    let as_visitor = async |cookie: String| {
        let request = scene.get(ADMIN_API, "/api/streams").header("cookie", cookie);
        let answer = scene.send(request).await;
        (answer.status.as_u16(), answer.code().1.to_owned())
    };
    let refused = |status, code: &str| (status, code.to_owned());
    assert_eq!(as_visitor(scene.access("alice@verifluence.io")).await.0, 200);
    assert_eq!(as_visitor(String::new()).await, refused(401, "missing"));
    for stranger in
        ["mallory@example.com", "alice@verifluence.io.example.com", "a@sub.verifluence.io"]
    {
        assert_eq!(as_visitor(scene.access(stranger)).await, refused(403, "denied"), "{stranger}");
    }
    let change = |claim: &str, value: serde_json::Value| {
        let token = scene
            .system
            .issuer
            .with(|issuer| issuer.user("alice@verifluence.io").claim(claim, value).token());
        format!("CF_Authorization={token}")
    };
    let other_application = "0d9e4d6c1c2b4f0d9a0e4a4ab0a9f9a1c7c9d1f2b3a4958677665544332211ff";
    let other = change("aud", json!([other_application]));
    assert_eq!(as_visitor(other).await, refused(401, "wrong_audience"));
    let expired = scene.system.issuer.with(|issuer| {
        let issued_at = now().checked_sub(Duration::from_secs(7200)).unwrap();
        issuer.user("alice@verifluence.io").lifetime(issued_at, Duration::from_secs(3600)).token()
    });
    let expired = format!("CF_Authorization={expired}");
    assert_eq!(as_visitor(expired).await, refused(401, "expired"));
    // Another issuer, which says to be the team.
    let impostor = Issuer::at(scene.system.issuer.team().clone(), AUDIENCE.parse().unwrap());
    let forged = format!("CF_Authorization={}", impostor.user("alice@verifluence.io").token());
    assert_eq!(as_visitor(forged).await, refused(401, "unknown_kid"));
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn admin_auth_boundary_a_session_of_the_public_api_is_no_session_there() {
    let scene = Scene::start().await;
    let session = scene.sign_in(&Wallet::new()).await;
    for cookie in [format!("__Host-siwe={session}"), format!("CF_Authorization={session}")] {
        let request = scene.get(ADMIN_API, "/api/streams").header("cookie", cookie);
        assert_eq!(scene.send(request.bearer_auth(&session)).await.status, 401);
    }
    // And the other way around.
    let token = scene.system.issuer.user("alice@verifluence.io");
    let request = scene.get(API, "/api/me").bearer_auth(&token);
    assert_eq!(scene.send(request).await.status, 401);
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn admin_auth_boundary_another_sites_post_is_refused_though_the_edge_adds_the_token() {
    let scene = Scene::start().await;
    let wanted = json!({ "name": "First" });
    let from = |origin: &str, site: &str| {
        let request = scene.panel("POST", "/api/operators", &wanted);
        request.header("origin", origin).header("sec-fetch-site", site)
    };
    let answer = scene.send(from("https://evil.example", "cross-site")).await;
    assert_eq!(answer.code(), (403, "cross_site"));
    let answer = scene.send(from("https://app.verifluence.io", "same-site")).await;
    assert_eq!(answer.code(), (403, "cross_site"));
    assert_eq!(scene.send(from(PANEL, "same-site")).await.status, 201);
}

#[tokio::test]
#[ignore = "needs HAProxy, PostgreSQL: run .ci/run peers"]
async fn impersonate_gives_a_token_that_the_public_api_takes_once() {
    let scene = Scene::start().await;
    let wallet = Wallet::new();
    let session = scene.sign_in(&wallet).await;
    let watch = scene.signed_in(&session, "POST", "/api/watchlist/rust");
    assert_eq!(scene.send(watch).await.status, 201);

    let user = wallet.address().to_string();
    let issue = || scene.panel("POST", "/api/auth/impersonate", &json!({ "user_id": user }));
    let issued = scene.send(issue()).await;
    assert_eq!(issued.status, 201, "{issued:?}");
    let redeem = |token: &str| {
        let request = scene.request("POST", API, "/api/impersonate");
        let request = request.header("content-type", "application/json");
        request.body(json!({ "token": token }).to_string())
    };
    let token = issued.body["token"].as_str().unwrap();
    let seen = scene.send(redeem(token)).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!((&seen.body["userId"], &seen.body["watchlist"]), (&json!(user), &json!(["rust"])));
    assert_eq!(scene.send(redeem(token)).await.code(), (410, "used_or_unknown"));
    // It is no session.
    let request = scene.signed_in(token, "GET", "/api/me");
    assert_eq!(scene.send(request).await.status, 401);

    // A machine becomes nobody.
    let machine = scene
        .system
        .issuer
        .with(|issuer| issuer.service_token(&verifluence::SERVICE_TOKEN.parse().unwrap()).token());
    let request = scene.request("POST", ADMIN_API, "/api/auth/impersonate");
    let request = request.header("cookie", format!("CF_Authorization={machine}"));
    let request = request.header("content-type", "application/json");
    let answer = scene.send(request.body(json!({ "user_id": user }).to_string())).await;
    assert_eq!(answer.code(), (403, "denied"));
}
