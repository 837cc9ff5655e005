use serde_json::json;

use crate::Scene;
use crate::scene::cookie;

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_token_that_the_visitor_sends_as_the_edges_is_taken_away() {
    let scene = Scene::start().await;
    // A genuine one: it would be believed if it arrived.
    for name in ["cf-access-jwt-assertion", "cf_access_jwt_assertion", "cf-access_jwt-assertion"] {
        let request = scene.request("GET", "/api/streams").header(name, scene.alice());
        assert_eq!(scene.send(request).await.code(), (401, "missing"), "{name}");
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn an_email_that_the_visitor_claims_proves_nothing() {
    let scene = Scene::start().await;
    for name in ["cf-access-authenticated-user-email", "cf_access_authenticated_user_email"] {
        let through_the_edge = scene.request("GET", "/api/streams");
        for request in [through_the_edge, scene.direct("/api/streams")] {
            let answer = scene.send(request.header(name, "alice@verifluence.io")).await;
            assert_eq!(answer.code(), (401, "missing"), "{name}");
        }
    }
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn an_email_that_the_visitor_claims_changes_nothing_of_who_they_are() {
    let scene = Scene::start().await;
    let token = scene.alice_with(|token| token.claim("sub", "7335d417"));
    let request = scene
        .request("POST", "/api/invitations")
        .header("cf-access-authenticated-user-email", "owner@verifluence.io")
        .header("cookie", cookie(&token))
        .header("content-type", "application/json")
        .body(r#"{"email":"dave@example.com"}"#);
    let answer = scene.send(request).await;
    assert_eq!((answer.status.as_u16(), &answer.body["by"]), (201, &json!({ "user": "7335d417" })));
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn another_sites_post_is_refused_though_the_edge_adds_the_visitors_token() {
    let scene = Scene::start().await;
    let from = |origin: &str, site: &str| {
        scene
            .request("POST", "/api/invitations")
            .header("origin", origin)
            .header("sec-fetch-site", site)
            .header("cookie", cookie(&scene.alice()))
            .header("content-type", "application/json")
            .body(r#"{"email":"mallory@example.com"}"#)
    };
    let answer = scene.send(from("https://evil.example", "cross-site")).await;
    assert_eq!(answer.code(), (403, "cross_site"));
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    let answer = scene.send(from("https://app.verifluence.io", "same-site")).await;
    assert_eq!(answer.code(), (403, "cross_site"));
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn who_goes_past_the_edge_is_refused() {
    let scene = Scene::start().await;
    let bare = scene.direct("/api/streams");
    assert_eq!(scene.send(bare).await.code(), (401, "missing"));

    // The kid of the key that signs stands in each of the team's tokens.
    let impostor = scene.impostor();
    let certs: serde_json::Value = scene.issuer.with(|issuer| issuer.certs().parse().unwrap());
    let mallory = impostor.user("alice@verifluence.io");
    let with_their_kid = mallory.clone().token();
    let with_the_teams_kid = mallory.header("kid", certs["public_cert"]["kid"].clone()).token();
    for (token, code) in [(with_the_teams_kid, "bad_signature"), (with_their_kid, "unknown_kid")] {
        let request = scene.direct("/api/streams").header("cf-access-jwt-assertion", token);
        assert_eq!(scene.send(request).await.code(), (401, code));
    }
}
