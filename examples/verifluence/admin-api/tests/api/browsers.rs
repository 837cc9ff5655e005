use axum::http::Request;
use axum::http::request::Builder;
use serde_json::json;

use crate::{Answer, PANEL, alice, app, app_with_secret, empty, json, send};

fn preflight(origin: &str) -> Builder {
    Request::options("/api/operators/1")
        .header("origin", origin)
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "content-type")
}

/// What a page makes a browser send, with the token that the edge adds.
async fn post_from(headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post("/api/operators").header("host", "admin-api.verifluence.io");
    for &(name, value) in headers {
        request = request.header(name, value);
    }
    send(&app(), alice().sign(json(request, &json!({ "name": "First" })))).await
}

#[tokio::test]
async fn a_preflight_of_the_panel_passes_without_a_token() {
    let answer = send(&app(), empty(preflight(PANEL))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-origin"], PANEL);
    assert_eq!(answer.headers["access-control-allow-credentials"], "true");
    assert_eq!(answer.headers["access-control-allow-methods"], "GET,POST,PUT,DELETE");
    assert_eq!(answer.headers["access-control-allow-headers"], "content-type");
    assert_eq!(answer.headers["vary"], "origin");
}

#[tokio::test]
async fn a_preflight_of_another_site_is_told_nothing() {
    for origin in ["https://evil.example", "https://app.verifluence.io", "null"] {
        let answer = send(&app(), empty(preflight(origin))).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{origin}");
    }
}

#[tokio::test]
async fn the_panel_can_read_a_refusal() {
    let request = Request::get("/api/streams").header("origin", PANEL);
    let answer = send(&app(), empty(request)).await;
    assert_eq!(answer.code(), (401, "missing"));
    assert_eq!(answer.headers["access-control-allow-origin"], PANEL);
    assert_eq!(answer.headers["access-control-allow-credentials"], "true");
    assert_eq!(answer.headers["vary"], "origin");
}

#[tokio::test]
async fn another_sites_post_is_refused_though_its_token_is_valid() {
    let answer =
        post_from(&[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(answer.code(), (403, "cross_site"));
}

#[tokio::test]
async fn the_post_of_a_sibling_domain_is_refused() {
    let answer =
        post_from(&[("origin", "https://app.verifluence.io"), ("sec-fetch-site", "same-site")])
            .await;
    assert_eq!(answer.code(), (403, "cross_site"));
}

#[tokio::test]
async fn the_post_of_an_old_browser_is_judged_by_its_origin() {
    assert_eq!(post_from(&[("origin", "https://evil.example")]).await.code(), (403, "cross_site"));
    assert_eq!(post_from(&[("origin", "null")]).await.code(), (403, "cross_site"));
    assert_eq!(post_from(&[("origin", PANEL)]).await.status, 201);
}

#[tokio::test]
async fn the_panels_post_passes() {
    let answer = post_from(&[("origin", PANEL), ("sec-fetch-site", "same-site")]).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn a_post_of_no_browser_passes() {
    assert_eq!(post_from(&[]).await.status, 201);
}

#[tokio::test]
async fn the_old_header_may_be_sent_while_the_secret_is_accepted() {
    let answer = send(&app_with_secret(), empty(preflight(PANEL))).await;
    assert_eq!(answer.headers["access-control-allow-headers"], "content-type,x-admin-secret");
}
