//! A client without a browser: signs a throw-away wallet in at `http://localhost:3004`, or at the
//! address that is given, and has it watch a stream.

use std::env::args;
use std::error::Error;
use std::time::SystemTime;

use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use siwe_session::Message;
use siwe_session::testing::Wallet;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it is for reading")]
async fn main() -> Result<(), Box<dyn Error>> {
    let api = args().nth(1).unwrap_or_else(|| "http://localhost:3004".to_owned());
    let wallet = Wallet::new();

    let (cookie, asked) = send(Request::get(format!("{api}/api/auth/nonce")), None).await?;
    let text = |name: &str| asked.get(name).and_then(Value::as_str).ok_or("not a nonce");
    let chain = asked.pointer("/chainIds/0").and_then(Value::as_u64).ok_or("no chain")?;
    let message = Message::builder(text("domain")?, wallet.address())
        .uri(text("uri")?)
        .chain_id(chain)
        .nonce(text("nonce")?)
        .issued_at(now())
        .build()?;
    println!("{message}\n");

    let signature = wallet.sign(&message);
    let body = json!({ "message": message.as_str(), "signature": signature, "session": "token" });
    let verify = Request::post(format!("{api}/api/auth/verify")).header("cookie", cookie);
    let (_, session) = send(verify, Some(&body)).await?;
    println!("{session:#}");

    let token = session.get("token").and_then(Value::as_str).ok_or("no session")?;
    let bearer = format!("Bearer {token}");
    for request in [
        Request::post(format!("{api}/api/watchlist/rust")),
        Request::get(format!("{api}/api/watchlist")),
        Request::get(format!("{api}/api/me")),
    ] {
        println!("{}", send(request.header("authorization", &bearer), None).await?.1);
    }
    println!("\ncurl {api}/api/me -H 'Authorization: {bearer}'");
    Ok(())
}

/// The cookie that is set, and the body.
async fn send(request: Builder, body: Option<&Value>) -> Result<(String, Value), Box<dyn Error>> {
    let request = request.header("content-type", "application/json");
    let request =
        request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    if !parts.status.is_success() {
        return Err(format!("{}: {}", parts.status, String::from_utf8_lossy(&body)).into());
    }
    let cookie = parts.headers.get("set-cookie").map(|cookie| cookie.to_str()).transpose()?;
    let cookie = cookie.and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
    Ok((cookie.to_owned(), serde_json::from_slice(&body).unwrap_or_default()))
}

#[expect(clippy::disallowed_methods, reason = "a message is issued now")]
fn now() -> SystemTime {
    SystemTime::now()
}
