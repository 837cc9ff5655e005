use axum::Router;
use axum::http::{HeaderMap, Request};
use tokio::net::TcpListener;

use crate::Service;

/// A forge that tells which visitor it is told of.
async fn forge() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new()
        .fallback(async |headers: HeaderMap| headers["cf-connecting-ip"].as_bytes().to_vec());
    tokio::spawn(async { axum::serve(listener, app).await });
    url
}

/// The status, and the visitor, for an edge behind this, to which a visitor is named.
async fn visitor_behind(networks: &str) -> (u16, String) {
    let secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let edge = Service::start(
        &["--single-process"],
        &[
            ("PLUE_ORIGIN", "https://plue.example"),
            ("PLUE_UPSTREAM", &forge().await),
            ("PLUE_SESSION_KEYS", &format!("a:{secret}")),
            ("PLUE_NONCE_SECRETS", secret),
            ("PLUE_CONNECTING_IP_FROM", networks),
        ],
    )
    .await;
    let request = Request::get("/plue/edge").header("cf-connecting-ip", "203.0.113.7");
    let (status, _, visitor) = edge.send(request, String::new()).await;
    (status, visitor)
}

#[tokio::test]
async fn the_forge_is_told_of_the_visitor_that_was_proven() {
    // Whoever connects.
    assert_eq!(visitor_behind("").await, (200, "127.0.0.1".to_owned()));
    // Whom a tunnel names.
    assert_eq!(visitor_behind("10.0.0.0/8, 127.0.0.1").await, (200, "203.0.113.7".to_owned()));
    // Whoever goes around it.
    assert_eq!(visitor_behind("10.0.0.0/8").await, (403, String::new()));
}
