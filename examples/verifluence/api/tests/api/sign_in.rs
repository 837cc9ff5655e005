use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use serde_json::{Value, json};
use siwe_session::Message;

use crate::{Answer, Scene, WEB, Wallet, empty, now};

/// What the front end sends with each request.
fn of_web(request: Builder) -> Builder {
    request.header("origin", WEB).header("sec-fetch-site", "same-site")
}

/// As the front end does: with the browser's cookie, and for a token.
pub(crate) async fn sign_in(scene: &Scene, wallet: &Wallet) -> Answer {
    let (cookie, body) = begin(scene, wallet).await;
    let request = of_web(Request::post("/api/auth/verify")).header("cookie", cookie);
    let request = request.header("content-type", "application/json");
    scene.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn begin(scene: &Scene, wallet: &Wallet) -> (String, Value) {
    let answer = scene.send(empty(of_web(Request::get("/api/auth/nonce")))).await;
    assert_eq!(answer.status, 200);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let asked = answer.body;
    let message = Message::builder(asked["domain"].as_str().unwrap(), wallet.address())
        .uri(asked["uri"].as_str().unwrap())
        .chain_id(1)
        .nonce(asked["nonce"].as_str().unwrap())
        .issued_at(now())
        .build()
        .unwrap();
    let signature = wallet.sign(&message);
    let body = json!({ "message": message.as_str(), "signature": signature, "session": "token" });
    (cookie, body)
}

#[tokio::test]
async fn a_wallet_signs_in_from_the_front_end_and_its_token_is_a_session_until_it_signs_out() {
    let scene = Scene::new();
    let wallet = Wallet::new();
    let signed_in = sign_in(&scene, &wallet).await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    assert_eq!(signed_in.header("set-cookie"), "");
    let bearer = format!("Bearer {}", signed_in.body["token"].as_str().unwrap());
    let with = |request: Builder| empty(of_web(request).header("authorization", &bearer));

    let me = scene.send(with(Request::get("/api/me"))).await;
    assert_eq!(me.body["address"], wallet.address().to_string());
    let renewed = scene.send(with(Request::post("/api/auth/refresh"))).await;
    assert!(renewed.body["token"].is_string(), "{renewed:?}");
    assert_eq!(scene.send(with(Request::post("/api/auth/logout"))).await.status, 204);
    let answer = scene.send(with(Request::get("/api/me"))).await;
    assert_eq!(answer.code(), (401, "revoked_session"));
}

#[tokio::test]
async fn a_page_of_another_origin_signs_nobody_in() {
    let scene = Scene::new();
    let (cookie, body) = begin(&scene, &Wallet::new()).await;
    for origin in ["https://evil.example", "https://verifluence.io", "null"] {
        let request = Request::post("/api/auth/verify").header("origin", origin);
        let request = request.header("cookie", &cookie).header("content-type", "application/json");
        let answer = scene.send(request.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(answer.code(), (403, "cross_site"), "{origin}");
        let nonce = Request::get("/api/auth/nonce").header("origin", origin);
        assert_eq!(scene.send(empty(nonce)).await.code(), (403, "cross_site"), "{origin}");
    }
}

#[tokio::test]
async fn a_browser_that_did_not_begin_it_does_not_end_it() {
    let scene = Scene::new();
    let (_, body) = begin(&scene, &Wallet::new()).await;
    let request = of_web(Request::post("/api/auth/verify"));
    let request = request.header("content-type", "application/json");
    let answer = scene.send(request.body(Body::from(body.to_string())).unwrap()).await;
    assert_eq!(answer.code().1, "missing_binding");
}
