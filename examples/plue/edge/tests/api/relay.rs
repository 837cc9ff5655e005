//! The edge whose sign-in was rolled back: the forge signs people in.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, Request};
use edge::{Upstream, relay};

use crate::forge::Forge;
use crate::{Scene, audience, empty, get, send};

async fn rolled_back() -> (Forge, Router) {
    let forge = Forge::start().await;
    let upstream = Upstream::builder(&forge.url(), &audience()).signs_in();
    let upstream = upstream.patience(Duration::from_secs(20)).build().unwrap();
    (forge, relay(upstream))
}

#[tokio::test]
async fn rolled_back_the_edge_guards_nothing_and_the_forge_decides() {
    for (method, path) in [
        ("GET", "/api/whoami"),
        ("GET", "/settings/keys"),
        ("GET", "/api/auth/nonce"),
        ("POST", "/api/auth/verify"),
        ("POST", "/api/auth/logout"),
        ("GET", "/owner/.."),
        ("DELETE", "/owner/repo"),
    ] {
        let (forge, app) = rolled_back().await;
        let answer = send(&app, empty(Request::builder().method(method).uri(path))).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, "forge"), "{path}");
        let seen = forge.seen().pop().unwrap();
        assert_eq!((seen.method.as_str(), &*seen.target), (method, path));
    }
}

#[tokio::test]
async fn rolled_back_sessions_go_through_in_both_directions() {
    let (forge, app) = rolled_back().await;
    let cookies = "theme=dark; __Host-siwe=1; __Host-siwe-pre=2; plue_session=3";
    let request = get("/api/auth/session")
        .header("cookie", cookies)
        .header("authorization", "Bearer 4")
        .header("origin", crate::ORIGIN);
    assert_eq!(send(&app, empty(request)).await.status, 200);
    let seen = forge.seen().pop().unwrap();
    assert_eq!(seen.all("cookie"), [cookies]);
    assert_eq!(seen.all("authorization"), ["Bearer 4"]);
    assert_eq!(seen.all("origin"), [crate::ORIGIN]);
    assert_eq!(seen.all("host"), ["plue.example"]);

    let answer = send(&app, empty(get("/sets/cookies"))).await;
    assert_eq!(answer.all("set-cookie").len(), 4);
}

#[tokio::test]
async fn rolled_back_nobody_is_named_in_any_spelling() {
    for path in ["/plue/edge", "/api/whoami", "/api/auth/session", "/nobody/nothing"] {
        let (forge, app) = rolled_back().await;
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        for spelling in [
            "X-Plue-User-Address",
            "x_plue_user_address",
            "x-plue_user-address",
            "X-Plue-User-Assertion",
            "x_plue_user_assertion",
        ] {
            let name = HeaderName::try_from(spelling).unwrap();
            request.headers_mut().append(&name, "forged".parse().unwrap());
            request.headers_mut().append(name, "forged".parse().unwrap());
        }
        send(&app, request).await;
        let seen = forge.seen().pop().unwrap();
        let mut names: Vec<_> = seen.headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["host", "x-forwarded-proto"], "{path}");
    }
}

#[tokio::test]
async fn the_page_of_the_sign_in_stays_the_edges() {
    let (forge, app) = rolled_back().await;
    let page = send(&app, empty(get("/login/"))).await;
    let scene = Scene::start().await;
    assert_eq!(page.body, scene.send(empty(get("/login/"))).await.body);
    assert_eq!(forge.seen().len(), 0);
}
