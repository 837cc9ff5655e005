use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use siwe_session::Message;

use crate::{Answer, ORIGIN, Scene, Wallet, empty, get, now};

/// The first cookie that an answer sets, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    answer.all("set-cookie")[0].split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_wallet_signs_in_is_known_to_the_forge_and_signs_out() {
    let scene = Scene::start().await;
    let wallet = Wallet::new();
    let nonce = scene.send(empty(get("/api/auth/nonce"))).await;
    assert_eq!(nonce.status, 200);
    let asked: Value = serde_json::from_str(&nonce.body).unwrap();
    let message = Message::builder(asked["domain"].as_str().unwrap(), wallet.address())
        .uri(asked["uri"].as_str().unwrap())
        .chain_id(asked["chainIds"][0].as_u64().unwrap())
        .nonce(asked["nonce"].as_str().unwrap())
        .issued_at(now())
        .build()
        .unwrap();
    let body = json!({ "message": message.as_str(), "signature": wallet.sign(&message) });
    let verify = || {
        Request::post("/api/auth/verify")
            .header("content-type", "application/json")
            .header("origin", ORIGIN)
            .header("cookie", cookie(&nonce))
            .body(Body::from(body.to_string()))
            .unwrap()
    };
    let signed_in = scene.send(verify()).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    assert!(!signed_in.body.contains("token"));
    // Once.
    assert_eq!(scene.send(verify()).await.status, 401);

    let session = cookie(&signed_in);
    let whoami = || empty(get("/api/whoami").header("cookie", &session));
    assert_eq!(scene.send(whoami()).await.status, 200);
    assert_eq!(scene.seen().all("x-plue-user-address"), [wallet.address().to_checksum(None)]);

    let log_out = Request::post("/api/auth/logout").header("cookie", &session);
    assert_eq!(scene.send(empty(log_out.header("origin", ORIGIN))).await.status, 204);
    assert_eq!(scene.send(whoami()).await.status, 401);
    assert_eq!(scene.forge.seen().len(), 1);
}
