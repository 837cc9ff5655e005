use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Service;

/// A forge that signs people in by itself, and tells what it was told.
async fn forge() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let told = async |headers: HeaderMap| {
        let names: Vec<_> = headers.keys().map(ToString::to_string).collect();
        let visitor = headers["cf-connecting-ip"].to_str().unwrap().to_owned();
        Json(json!({ "headers": names, "visitor": visitor })).into_response()
    };
    let app = Router::new()
        .route("/api/auth/nonce", get(async || "of the forge"))
        .route("/api/whoami", any(told))
        .fallback(async || StatusCode::NOT_FOUND);
    tokio::spawn(async { axum::serve(listener, app).await });
    url
}

#[tokio::test]
async fn one_variable_rolls_the_sign_in_back_to_the_origin() {
    let url = forge().await;
    // Neither keys nor a store are asked for.
    let edge = Service::start(
        &[],
        &[
            ("PLUE_SIGN_IN", "origin"),
            ("PLUE_ORIGIN", "https://plue.example"),
            ("PLUE_UPSTREAM", &url),
        ],
    )
    .await;
    assert_eq!(edge.get("/api/auth/nonce").await, (200, "of the forge".to_owned()));
    assert_eq!(edge.get("/settings/keys").await.0, 404);
    assert!(edge.get("/login/").await.1.contains("sign-in.js"));
    let request = Request::get("/api/whoami")
        .header("cookie", "__Host-siwe=1")
        .header("x-plue-user-address", "0xdEaD");
    let told: Value = serde_json::from_str(&edge.send(request, String::new()).await.2).unwrap();
    assert_eq!(told["visitor"], "127.0.0.1");
    let names = told["headers"].as_array().unwrap();
    assert!(names.contains(&"cookie".into()), "{told}");
    assert!(!names.contains(&"x-plue-user-address".into()), "{told}");

    let status: Value = serde_json::from_str(&edge.look("/status").await.1).unwrap();
    assert_eq!(status["sign_in"], "origin");
    assert!(edge.process.output().contains("nothing is guarded here"));
    // There is nothing to read again, and it goes on.
    edge.hang_up();
    assert_eq!(edge.look("/readyz").await.0, 200);
}
