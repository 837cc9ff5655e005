use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::Request;
use futures_util::FutureExt;
use serde_json::{Value, json};
use siwe_session::testing::{Site, Wallet};
use siwe_session::{Audience, Session};

use crate::support::*;

#[tokio::test]
async fn a_wallet_signs_in_is_known_renews_and_signs_out() {
    let (site, clock) = (Site::new(), Clock::new());
    let app = app(&clock.of(site.builder()).routes(routes()).build().unwrap());
    let wallet = Wallet::new();
    let (body, binding) = signed(&app, &wallet, clock.now()).await;
    let response = ask(&app, post("/api/auth/verify", &body, &binding)).await;
    assert_eq!(response.status(), 200);
    let token = cookie_set(&response, Session::COOKIE).unwrap();
    let answer = json_of(response).await;
    let address = wallet.address().to_string();
    let expected = json!({ "address": address, "chainId": 1, "expiresAt": "2026-11-22T13:00:00Z" });
    assert_eq!(answer, expected);

    let known = ask(&app, with_cookie(request("GET", "/api/auth/session"), &token)).await;
    assert_eq!(cookie_set(&known, Session::COOKIE), None);
    assert_eq!(json_of(known).await, expected);
    assert_eq!(text(ask(&app, with_cookie(request("GET", "/me"), &token)).await).await, address);

    clock.pass(MINUTE);
    let renewed = ask(&app, with_cookie(request("POST", "/api/auth/refresh"), &token)).await;
    assert_eq!(renewed.status(), 200);
    let second = cookie_set(&renewed, Session::COOKIE).unwrap();
    assert_ne!(second, token);
    assert_eq!(json_of(renewed).await["expiresAt"], "2026-11-22T13:01:00Z");

    let out = ask(&app, with_cookie(request("POST", "/api/auth/logout"), &second)).await;
    assert_eq!(out.status(), 204);
    assert_eq!(cookie_set(&out, Session::COOKIE).as_deref(), Some(""));
    // Whatever token there is of it.
    for token in [&token, &second] {
        let response = ask(&app, with_cookie(request("GET", "/me"), token)).await;
        assert_eq!(refusal(&response), "revoked_session");
        let response = ask(&app, with_cookie(request("POST", "/api/auth/refresh"), token)).await;
        assert_eq!(code(response).await, "revoked_session");
    }
    // Who has none that holds is signed out already.
    for token in [&second, "x", ""] {
        let out = with_cookie(request("POST", "/api/auth/logout"), token);
        assert_eq!(status(&app, out).await, 204);
    }
    assert_eq!(status(&app, request("POST", "/api/auth/logout")).await, 204);
}

#[tokio::test]
async fn who_is_no_browser_has_the_token_in_the_answer() {
    let (site, clock) = (Site::new(), Clock::new());
    let app = app(&clock.of(site.builder()).build().unwrap());
    let wallet = Wallet::new();
    let (mut body, binding) = signed(&app, &wallet, clock.now()).await;
    body["session"] = json!("token");
    let response = ask(&app, post("/api/auth/verify", &body, &binding)).await;
    assert_eq!(cookie_set(&response, Session::COOKIE), None);
    let token = json_of(response).await["token"].as_str().unwrap().to_owned();
    assert_eq!(status(&app, with_bearer(request("GET", "/me"), &token)).await, 200);
    clock.pass(MINUTE);
    let renewed = ask(&app, with_bearer(request("POST", "/api/auth/refresh"), &token)).await;
    assert_eq!(cookie_set(&renewed, Session::COOKIE), None);
    let second = json_of(renewed).await["token"].as_str().unwrap().to_owned();
    assert_ne!(token, second);
    assert_eq!(status(&app, with_bearer(request("POST", "/api/auth/logout"), &second)).await, 204);
    assert_eq!(status(&app, with_bearer(request("GET", "/me"), &token)).await, 401);
}

#[tokio::test]
async fn a_sign_in_that_fails_says_why_and_begins_no_session() {
    let (site, clock) = (Site::new(), Clock::new());
    let app = app(&clock.of(site.builder()).build().unwrap());
    let wallet = Wallet::new();
    let refused = async |body: &Value, binding: &str| {
        let response = ask(&app, post("/api/auth/verify", body, binding)).await;
        assert_eq!(cookie_set(&response, Session::COOKIE), None);
        let status = response.status().as_u16();
        (status, code(response).await)
    };
    let expect = |status: u16, code: &str| (status, code.to_owned());

    let (body, binding) = signed(&app, &wallet, clock.now()).await;
    assert_eq!(refused(&body, "").await, expect(401, "missing_binding"));
    let (_, other) = signed(&app, &wallet, clock.now()).await;
    assert_eq!(refused(&body, &other).await, expect(401, "unknown_nonce"));
    let mut forged = body.clone();
    forged["signature"] = json!(format!("0x{}1b", "11".repeat(64)));
    assert_eq!(refused(&forged, &binding).await, expect(401, "bad_signature"));
    assert_eq!(refused(&body, &binding).await, expect(401, "used_nonce"));
    let mut malformed = body.clone();
    malformed["message"] = json!("sign me in");
    assert_eq!(refused(&malformed, &binding).await, expect(400, "malformed_message"));
    let (late, binding) = signed(&app, &wallet, clock.now() + MINUTE).await;
    clock.pass(10 * MINUTE);
    assert_eq!(refused(&late, &binding).await, expect(401, "expired_nonce"));
    // And one that succeeds, succeeds once.
    let (body, binding) = signed(&app, &wallet, clock.now()).await;
    assert_eq!(status(&app, post("/api/auth/verify", &body, &binding)).await, 200);
    assert_eq!(refused(&body, &binding).await, expect(401, "used_nonce"));
}

#[tokio::test]
async fn of_64_at_once_with_one_nonce_one_begins_a_session() {
    let site = Site::new();
    let app = app(&site.builder().build().unwrap());
    let (body, binding) = signed(&app, &Wallet::new(), now()).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (app, request) = (app.clone(), post("/api/auth/verify", &body, &binding));
        tasks.spawn(async move { status(&app, request).await });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_unstable();
    assert_eq!(answers[0], 200);
    assert_eq!(answers[1..], [401; 63]);
}

#[tokio::test]
async fn a_request_that_is_not_of_the_form_is_refused_before_anything_is_read_of_it() {
    let site = Site::new();
    let app = app(&site.builder().build().unwrap());
    let body = json!({ "message": "m", "signature": "0x" }).to_string();
    let verify = |content_type: &str, body: Body| {
        Request::post("/api/auth/verify").header("content-type", content_type).body(body).unwrap()
    };
    for (request, expected_status, expected) in [
        (verify("text/plain", body.clone().into()), 415, "unsupported_media_type"),
        (
            verify("application/x-www-form-urlencoded", body.clone().into()),
            415,
            "unsupported_media_type",
        ),
        (request("POST", "/api/auth/verify"), 415, "unsupported_media_type"),
        (verify("application/json", Body::empty()), 400, "malformed_body"),
        (verify("application/json", "[\"m\",\"0x\"]".into()), 400, "malformed_body"),
        (verify("application/json", vec![b' '; 16 * 1024 + 1].into()), 413, "body_too_large"),
        (verify("application/json", vec![b' '; 16 * 1024].into()), 400, "malformed_body"),
        (verify("application/json; charset=utf-8", body.clone().into()), 400, "malformed_message"),
        (
            request("GET", "/api/auth/nonce?origin=https%3A%2F%2Fevil.example"),
            400,
            "unknown_origin",
        ),
    ] {
        let response = ask(&app, request).await;
        assert_eq!(response.status(), expected_status, "{expected}");
        assert_eq!(code(response).await, expected);
    }
    assert_eq!(status(&app, request("GET", "/api/auth/verify")).await, 405);
    assert_eq!(status(&app, request("POST", "/api/auth/nonce")).await, 405);
}

#[tokio::test]
async fn a_body_without_an_end_is_read_no_further_than_it_may_be_long() {
    let site = Site::new();
    let app = app(&site.builder().build().unwrap());
    let endless = futures_util::stream::repeat(Ok::<_, Infallible>("          "));
    let request = Request::post("/api/auth/verify")
        .header("content-type", "application/json")
        .body(Body::from_stream(endless))
        .unwrap();
    assert_eq!(code(ask(&app, request).await).await, "body_too_large");
    // Of one that says so, nothing: it does not come.
    let announced = Body::new(Announced(16 * 1024 + 1));
    let request = Request::post("/api/auth/verify")
        .header("content-type", "application/json")
        .body(announced)
        .unwrap();
    let response = ask(&app, request).now_or_never().unwrap();
    assert_eq!(code(response).await, "body_too_large");
    let broken = futures_util::stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
    let request = Request::post("/api/auth/verify")
        .header("content-type", "application/json")
        .body(Body::from_stream(broken))
        .unwrap();
    assert_eq!(code(ask(&app, request).await).await, "malformed_body");
}

#[tokio::test]
async fn a_nonce_is_for_the_browser_that_asks_and_for_one_origin() {
    let audience = Audience::origin("https://plue.dev").unwrap().chains([8453, 1]);
    let site = Site::for_audience(audience.statement("Sign in to Plue.").unwrap());
    let app = app(&site.builder().build().unwrap());
    let response = ask(&app, request("GET", "/api/auth/nonce")).await;
    let binding = cookie_set(&response, "__Host-siwe-pre").unwrap();
    let answer = json_of(response).await;
    assert_eq!(answer["domain"], "plue.dev");
    assert_eq!(answer["uri"], "https://plue.dev");
    assert_eq!(answer["chainIds"], json!([1, 8453]));
    assert_eq!(answer["statement"], "Sign in to Plue.");
    assert_eq!(answer["version"], "1");
    // The browser keeps what it has, and a value that is none is replaced.
    for (cookie, is_kept) in [(binding.as_str(), true), ("x", false)] {
        let asked =
            with(request("GET", "/api/auth/nonce"), "cookie", &format!("__Host-siwe-pre={cookie}"));
        let response = ask(&app, asked).await;
        assert_eq!(cookie_set(&response, "__Host-siwe-pre").unwrap() == cookie, is_kept);
    }
    let plain = with(request("GET", "/api/auth/nonce"), "accept", "text/plain");
    let response = ask(&app, plain).await;
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(text(response).await.len(), 54);
}

/// A body that says how long it is, and does not come.
struct Announced(u64);

impl http_body::Body for Announced {
    type Data = bytes::Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Infallible>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.0)
    }
}
