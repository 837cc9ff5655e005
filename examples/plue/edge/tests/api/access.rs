use std::time::Duration;

use axum::http::{Method, Request};

use crate::{Scene, empty, get};

#[tokio::test]
async fn what_is_protected_is_refused_without_a_session_and_the_forge_is_not_asked() {
    let scene = Scene::start().await;
    for path in [
        "/api/whoami",
        "/api/",
        "/api/auth/other",
        "/settings",
        "/settings/keys",
        "/admin/users",
        "/owner/repo/settings",
        "/owner/repo/",
        "/owner/repo/tree/",
        "/login/other.js",
        "/.well-known/x",
    ] {
        let answer = scene.send(empty(get(path))).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.body, r#"{"error":"missing_session"}"#, "{path}");
        assert_eq!(answer.all("content-type"), ["application/json"], "{path}");
        assert_eq!(answer.all("cache-control"), ["no-store"], "{path}");
    }
    assert_eq!(scene.forge.seen().len(), 0);
}

#[tokio::test]
async fn what_is_public_passes_with_no_identity() {
    for path in ["/", "/owner/repo", "/owner/repo/tree/main/src", "/owner/repo/blob/main/a%20b"] {
        for method in [Method::GET, Method::HEAD] {
            let scene = Scene::start().await;
            let request = empty(Request::builder().method(&method).uri(path));
            assert_eq!(scene.send(request).await.status, 200, "{method} {path}");
            let seen = scene.seen();
            assert_eq!((seen.method.clone(), &*seen.target), (method, path));
            assert!(seen.all("x-plue-user-address").is_empty());
        }
    }
}

#[tokio::test]
async fn what_is_public_to_read_is_protected_from_changes() {
    let scene = Scene::start().await;
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let request = empty(Request::builder().method(&method).uri("/owner/repo"));
        assert_eq!(scene.send(request).await.status, 401, "{method}");
    }
    assert_eq!(scene.forge.seen().len(), 0);
}

const TRICKS: [&str; 14] = [
    "/owner/..",
    "/owner/repo/tree/../../../api/whoami",
    "/%61pi/whoami",
    "/API/whoami",
    "//",
    "//api/whoami",
    "/owner//repo",
    "/owner/repo%2Fsettings",
    "/owner%2frepo/x",
    "/owner/%2e%2e",
    "/owner/%2E%2E",
    "/owner/repo;x",
    "/owner/repo%5Cx",
    "/owner/repo%00",
];

#[tokio::test]
async fn a_path_that_others_read_another_way_is_protected() {
    let scene = Scene::start().await;
    for path in TRICKS {
        assert_eq!(scene.send(empty(get(path))).await.status, 401, "{path}");
    }
    assert_eq!(scene.forge.seen().len(), 0);
}

#[tokio::test]
async fn with_a_session_such_a_path_reaches_the_forge_as_it_came() {
    for path in TRICKS {
        let scene = Scene::start().await;
        assert_eq!(scene.send_signed(get(path)).await.status, 200, "{path}");
        assert_eq!(scene.seen().target, path);
    }
}

#[tokio::test]
async fn a_request_to_upgrade_is_protected_and_never_upgraded() {
    let scene = Scene::start().await;
    let request =
        || get("/owner/repo").header("connection", "upgrade").header("upgrade", "websocket");
    assert_eq!(scene.send(empty(request())).await.status, 401);
    assert_eq!(scene.send_signed(request()).await.status, 200);
    let seen = scene.seen();
    assert!(seen.all("upgrade").is_empty());
    assert!(seen.all("connection").is_empty());
}

#[tokio::test]
async fn the_paths_of_a_sign_in_never_reach_the_forge() {
    let scene = Scene::start().await;
    for path in ["/api/auth/other", "/api/auth/", "/api/auth", "/api/auth/nonce/more"] {
        assert_eq!(scene.send_signed(get(path)).await.status, 404, "{path}");
    }
    assert_eq!(scene.send_signed(get("/api/auth/verify")).await.status, 405);
    assert_eq!(scene.forge.seen().len(), 0);
}

#[tokio::test]
async fn a_change_that_another_site_caused_is_refused() {
    let scene = Scene::start().await;
    let cookie = format!("__Host-siwe={}", scene.token(Duration::ZERO));
    let post = || Request::post("/api/keys").header("cookie", &cookie);
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "same-site")]
    {
        let answer = scene.send(empty(post().header(name, value))).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (403, r#"{"error":"cross_site"}"#));
    }
    assert_eq!(scene.forge.seen().len(), 0);
    assert_eq!(scene.send(empty(post().header("origin", crate::ORIGIN))).await.status, 200);
    assert_eq!(scene.seen().all("x-plue-user-address"), [scene.address()]);
}
