use std::time::Duration;

use crate::scene::{cookie, two_hours_ago};
use crate::{CI, PANEL, Scene};

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_person_of_the_staff_is_let_in() {
    let scene = Scene::start().await;
    let answer = scene.streams(&scene.alice()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body["streams"].is_array());
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_visitor_without_a_session_is_refused() {
    let scene = Scene::start().await;
    let answer = scene.send(scene.request("GET", "/api/streams")).await;
    assert_eq!(answer.code(), (401, "missing"));
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_person_of_another_domain_is_refused() {
    let scene = Scene::start().await;
    let token = scene.issuer.user("mallory@example.com");
    assert_eq!(scene.streams(&token).await.code(), (403, "denied"));
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn the_session_of_another_application_is_refused() {
    let scene = Scene::start().await;
    let token = scene.alice_with(|token| {
        token.claim(
            "aud",
            ["0d9e4d6c1c2b4f0d9a0e4a4ab0a9f9a1c7c9d1f2b3a4958677665544332211ff"].to_vec(),
        )
    });
    assert_eq!(scene.streams(&token).await.code(), (401, "wrong_audience"));
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn an_expired_session_is_refused() {
    let scene = Scene::start().await;
    let token =
        scene.alice_with(|token| token.lifetime(two_hours_ago(), Duration::from_secs(60 * 60)));
    assert_eq!(scene.streams(&token).await.code(), (401, "expired"));
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn a_service_token_is_let_in_if_it_is_named() {
    let scene = Scene::start().await;
    assert_eq!(scene.streams(&scene.service_token(CI)).await.status, 200);
    let other = scene.service_token("0f2b8f1f2d7b4f7f9a51d1f0c3f3a7de.access");
    assert_eq!(scene.streams(&other).await.code(), (403, "denied"));
}

#[tokio::test]
#[ignore = "needs HAProxy: run .ci/run peers"]
async fn the_panel_asks_first_without_a_session_and_then_posts_with_it() {
    let scene = Scene::start().await;
    let preflight = scene
        .request("OPTIONS", "/api/invitations")
        .header("origin", PANEL)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let answer = scene.send(preflight).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-origin"], PANEL);
    assert_eq!(answer.headers["access-control-allow-credentials"], "true");

    let post = scene
        .request("POST", "/api/invitations")
        .header("origin", PANEL)
        .header("sec-fetch-site", "same-site")
        .header("cookie", cookie(&scene.alice()))
        .header("content-type", "application/json")
        .body(r#"{"email":"dave@example.com"}"#);
    let answer = scene.send(post).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.headers["access-control-allow-origin"], PANEL);
}
