use axum::http::{Method, Request};
use serde_json::json;
use siwe_session::Claims;

use crate::{Scene, Wallet, empty, now};

over_both!(everybody_may_see_the_streams);

async fn everybody_may_see_the_streams(scene: &Scene) {
    let answer = scene.send(empty(Request::get("/api/streams"))).await;
    assert_eq!(answer.status, 200);
    let streams = json!([
        { "id": "chess", "title": "Chess, fast" },
        { "id": "rust", "title": "A crate in an evening" },
        { "id": "speedrun", "title": "Any %, no glitches" },
    ]);
    assert_eq!(answer.body, streams);
}

#[tokio::test]
async fn the_rest_is_for_who_has_signed_in() {
    let scene = Scene::new();
    for (method, path) in [
        (Method::GET, "/api/me"),
        (Method::GET, "/api/watchlist"),
        (Method::POST, "/api/watchlist/rust"),
        (Method::DELETE, "/api/watchlist/rust"),
        (Method::POST, "/api/streams"),
        (Method::GET, "/api/streams/"),
        (Method::POST, "/api/operators"),
        (Method::GET, "/api/impersonate"),
        (Method::POST, "/api/impersonate/"),
        (Method::POST, "/api/impersonate/redeem"),
        (Method::GET, "/api/none"),
        (Method::GET, "/"),
    ] {
        let request = Request::builder().method(&method).uri(path);
        let answer = scene.send(empty(request)).await;
        assert_eq!(answer.code(), (401, "missing_session"), "{method} {path}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn whoever_has_signed_in_is_told_who_that_is_and_nobody_else_may_keep_it() {
    let scene = Scene::new();
    let wallet = Wallet::new();
    let answer = scene.send_as(&wallet, Request::get("/api/me")).await;
    let address = wallet.address().to_string();
    assert_eq!(answer.body, json!({ "address": address, "chainId": 1, "role": "viewer" }));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn what_is_not_there_is_told_to_who_has_signed_in() {
    let scene = Scene::new();
    let wallet = Wallet::new();
    for path in ["/api/none", "/api/auth/none", "/api/watchlist/none/none"] {
        let answer = scene.send_as(&wallet, Request::get(path)).await;
        assert_eq!(answer.code(), (404, "not_found"), "{path}");
    }
    let answer = scene.send_as(&wallet, Request::post("/api/me")).await;
    assert_eq!(answer.code(), (405, "method_not_allowed"));
}

#[tokio::test]
async fn a_cookie_changes_nothing_at_the_wish_of_another_site() {
    let scene = Scene::new();
    let token = scene.site.token(scene.site.wallet(), Claims::new(), now());
    let post = |origin: &str| {
        let request = Request::post("/api/watchlist/rust").header("origin", origin);
        empty(request.header("cookie", format!("__Host-siwe={token}")))
    };
    let answer = scene.send(post("https://evil.example")).await;
    assert_eq!(answer.code(), (403, "cross_site"));
    assert_eq!(scene.send(post(crate::WEB)).await.status, 201);
}
