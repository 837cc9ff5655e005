use axum::http::{Method, Request};

use crate::{Scene, WEB, empty};

#[tokio::test]
async fn a_preflight_of_the_front_end_is_answered_without_a_session() {
    let scene = Scene::new();
    for (method, path) in [("POST", "/api/watchlist/rust"), ("DELETE", "/api/watchlist/rust")] {
        let request = Request::builder()
            .method(Method::OPTIONS)
            .uri(path)
            .header("origin", WEB)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization,content-type");
        let answer = scene.send(empty(request)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), WEB);
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        assert!(answer.header("access-control-allow-methods").contains(method));
        assert!(answer.header("access-control-allow-headers").contains("authorization"));
    }
}

#[tokio::test]
async fn its_pages_can_read_a_refusal() {
    let scene = Scene::new();
    let answer = scene.send(empty(Request::get("/api/me").header("origin", WEB))).await;
    assert_eq!(answer.code(), (401, "missing_session"));
    assert_eq!(answer.header("access-control-allow-origin"), WEB);
    assert!(answer.header("vary").to_ascii_lowercase().contains("origin"));
}

#[tokio::test]
async fn pages_of_other_origins_can_read_nothing() {
    let scene = Scene::new();
    for origin in ["https://evil.example", "https://app.verifluence.io.evil.example", "null"] {
        for path in ["/api/streams", "/api/me", "/api/auth/nonce"] {
            let answer = scene.send(empty(Request::get(path).header("origin", origin))).await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{origin} {path}");
        }
    }
}
