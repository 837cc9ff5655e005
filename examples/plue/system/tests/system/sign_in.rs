//! "All HTTP traffic authenticated at Cloudflare edge", "SIWE verification happens in the edge".

use crate::client::send;
use crate::{Scene, node};

#[tokio::test]
#[ignore = "needs Node with its packages, HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn a_node_wallet_signs_in_at_the_edge_and_the_origin_is_told_who() {
    let scene = Scene::start().await;
    for client in ["viem.mjs", "ethers.mjs"] {
        let steps = node(client, &scene.system.site).await;
        assert!(steps.iter().any(|step| step == "cookie: protected route"), "{steps:?}");
        assert!(steps.len() >= 20, "{steps:?}");
    }
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn all_http_traffic_is_authenticated_at_the_edge() {
    let scene = Scene::start().await;
    let mut visitor = scene.browser();
    let accepted = scene.origin_counted("accepted").await;
    for path in
        ["/api/whoami", "/api/users", "/settings/keys", "/owner/repo/settings", "/%61pi/whoami"]
    {
        assert_eq!(visitor.get(path).await.code(), (401, "missing_session"), "{path}");
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
            let answer = send(visitor.request(method, path)).await.unwrap();
            assert_eq!(answer.code(), (401, "missing_session"), "{method} {path}");
        }
    }
    // The origin has not heard of any of it.
    assert_eq!(scene.origin_counted("accepted").await, accepted);

    assert_eq!(visitor.get("/").await.status, 200, "what is public");
    visitor.sign_in().await;
    let whoami = visitor.get("/api/whoami").await;
    assert_eq!(whoami.status, 200, "{}", scene.output());
    assert_eq!(whoami.body["user"]["address"], visitor.address());
    assert_eq!(whoami.body["client"], "203.0.113.1", "as the edge has proven it");
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn siwe_verification_happens_at_the_edge_without_a_round_trip_to_the_origin() {
    let mut scene = Scene::start().await;
    scene.system.origin.kill().await;
    let mut visitor = scene.browser();
    visitor.sign_in().await;
    assert_eq!(visitor.get("/api/auth/session").await.body["address"], visitor.address());
    assert_eq!(visitor.get("/api/whoami").await.status, 502);
    assert_eq!(visitor.sign_out().await.status, 204);
    assert_eq!(visitor.get("/api/whoami").await.status, 401);
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn of_64_that_sign_in_at_once_with_one_nonce_one_is_let_in() {
    let scene = Scene::start().await;
    let mut visitor = scene.browser();
    let body = visitor.begin().await;
    let attempts: Vec<_> = (0..64).map(|_| tokio::spawn(send(visitor.verify(&body)))).collect();
    let mut codes = Vec::new();
    for attempt in attempts {
        let answer = attempt.await.unwrap().unwrap();
        codes.push((answer.status.as_u16(), answer.code().1.to_owned()));
    }
    assert_eq!(codes.iter().filter(|(status, _)| *status == 200).count(), 1, "{codes:?}");
    let replayed = (401, "used_nonce".to_owned());
    assert_eq!(codes.iter().filter(|code| **code == replayed).count(), 63, "{codes:?}");
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn a_session_that_was_logged_out_is_refused_whoever_has_kept_its_cookie() {
    let scene = Scene::start().await;
    let mut visitor = scene.browser();
    visitor.sign_in().await;
    let mut thief = visitor.copy();
    assert_eq!(thief.get("/api/whoami").await.status, 200);
    assert_eq!(visitor.sign_out().await.status, 204);
    assert_eq!(thief.get("/api/whoami").await.status, 401);
}

#[tokio::test]
#[ignore = "needs HAProxy, OpenSSH, PostgreSQL, Redis: run .ci/run peers"]
async fn headers_that_a_visitor_forges_reach_nobody() {
    let scene = Scene::start().await;
    let forged = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";
    let mut visitor = scene.browser();
    for signed_in in [false, true] {
        if signed_in {
            visitor.sign_in().await;
        }
        for name in [
            "x-plue-user-address",
            "x_plue_user_address",
            "x-plue_user-address",
            "x-plue-user-assertion",
        ] {
            let request = visitor.request("GET", "/api/whoami").header(name, forged);
            let answer = send(request.header("connection", "x-plue-user-address")).await.unwrap();
            if signed_in {
                assert_eq!(answer.body["user"]["address"], visitor.address(), "{name}");
            } else {
                assert_eq!(answer.code(), (401, "missing_session"), "{name}");
            }
        }
        let request = visitor.request("GET", "/api/whoami");
        let answer = send(request.header("cf-connecting-ip", "203.0.113.7")).await.unwrap();
        let client = signed_in.then_some("203.0.113.1");
        assert_eq!(answer.body["client"].as_str(), client);
    }
}
