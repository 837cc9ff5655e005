use hyper::StatusCode;
use serde_json::Value;

use crate::{Scene, get, refused, tls};

#[tokio::test]
async fn it_is_alive_and_ready_for_probes_that_have_no_certificate() {
    let scene = Scene::start(&[]).await;
    assert_eq!(scene.service.ask("/healthz").await.body, "ok\n");
    let ready = scene.service.ask("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    let expected = serde_json::json!({
        "ready": true, "draining": false, "generation": 1, "reload_error": null,
    });
    assert_eq!(ready.json(), expected);
}

#[tokio::test]
async fn the_status_tells_of_certificates_keys_and_decisions() {
    let scene = Scene::with_revocation_list().await;
    let before = scene.service.status().await;
    assert_eq!(before["generation"], 1);
    assert_eq!(before["observe"], false);
    assert_eq!(before["clients"], Value::Array(Vec::new()));
    assert_eq!(before["reload_error"], Value::Null);
    assert_eq!(before["reload_failing_seconds"], Value::Null);
    // The revocation list's, which ends first: it was issued for a month, an hour ago.
    assert_eq!(before["days_to_expiry"], 29);
    assert_eq!(before["anchors"][0]["revocation_list_days_left"], 29);
    assert!(before["anchors"][0]["days_to_expiry"].as_u64() > Some(1000));
    assert!(before["server_days_to_expiry"].as_u64() > Some(1000));

    get(scene.address(), scene.cloudflare(), "/").await;
    get(scene.address(), scene.cloudflare(), "/").await;
    refused(scene.address(), tls(&scene.zone, None)).await;
    scene.service.counted("no_certificate", 1).await;
    let after = scene.service.status().await;
    assert_eq!(after["connections"], serde_json::json!({ "accepted": 2, "no_certificate": 1 }));
    assert_eq!(after["visitors"], serde_json::json!({ "missing": 2 }));
    assert_eq!(after["clients"].as_array().unwrap().len(), 1);
    let client = &after["clients"][0];
    assert!(client["pin"].as_str().unwrap().starts_with("sha256/"));
    assert!(client["seen_seconds_ago"].is_u64() && client["days_to_expiry"].is_u64());
}
