use axum::http::Request;
use serde_json::{Value, json};

use crate::{Browser, Service};

#[tokio::test]
async fn a_newcomer_signs_in_and_out_of_the_demo() {
    let mut demo = Service::start(&["--demo"], &[]).await;
    assert!(demo.get("/").await.1.contains("You are a stranger here."));
    assert!(demo.get("/plue/edge").await.1.contains("plue/edge"));
    assert!(demo.get("/login/").await.1.contains("sign-in.js"));
    assert_eq!(demo.get("/api/whoami").await.0, 401);
    let forged = Request::get("/plue/edge").header("x-plue-user-address", "0xdEaD");
    assert!(!demo.send(forged, String::new()).await.2.contains("dEaD"));

    let mut browser = Browser::default();
    browser.sign_in(&demo).await;
    let address = browser.wallet.address().to_checksum(None);
    let (status, whoami) = browser.get(&demo, "/api/whoami").await;
    assert_eq!(status, 200);
    let whoami: Value = serde_json::from_str(&whoami).unwrap();
    assert_eq!(whoami, json!({ "address": address }));
    assert!(browser.get(&demo, "/").await.1.contains(&address));

    let log_out = Request::post("/api/auth/logout");
    assert_eq!(browser.send(&demo, log_out, String::new()).await.0, 204);
    assert_eq!(browser.get(&demo, "/api/whoami").await.0, 401);

    assert_eq!(demo.look("/healthz").await, (200, "ok\n".into()));
    assert_eq!(demo.look("/readyz").await.0, 200);
    let status: Value = serde_json::from_str(&demo.look("/status").await.1).unwrap();
    assert_eq!(status["logins"], json!({ "accepted": 1 }));
    assert_eq!(demo.process.terminate().await.code(), Some(0), "{}", demo.process.output());
}
