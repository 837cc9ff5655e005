//! A server that wallets sign in to, of which any number may run side by side: a nonce that one of them has
//! burned is burned for the others, by Redis or by PostgreSQL.
//!
//! ```sh
//! export ORIGIN=http://localhost:8080 NONCE_SECRET=$(openssl rand -hex 32) REDIS_URL=redis://127.0.0.1
//! cargo run --example sign_in --features cookie,postgres,redis
//! ```
//!
//! | variable | |
//! |---|---|
//! | `ORIGIN` | the origin of the page |
//! | `NONCE_SECRET` | 32 bytes in hexadecimal digits, the same for each of them |
//! | `DATABASE_URL` or `REDIS_URL` | where burned nonces are remembered |
//! | `LISTEN` | default: `127.0.0.1:8080` |
//!
//! `GET /nonce` gives a nonce and a cookie; `POST /verify` takes `{"message":…,"signature":…}` and gives the
//! address. `SiweSession` would begin a session there.

use std::env::var;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::hex;
use axum::Router;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use siwe_session::{
    Audience, BrowserBinding, LoginVerifier, NonceKeys, Nonces, PostgresNonces, RedisNonces,
    SiweLogin, VerifyError,
};
use sqlx::PgPool;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let origin = var("ORIGIN").map_err(|_| "set ORIGIN")?;
    let audience = Audience::origin(&origin)?.chains([1]);
    let secret = var("NONCE_SECRET").map_err(|_| "set NONCE_SECRET")?;
    let verifier = LoginVerifier::builder(audience, NonceKeys::new([hex::decode(secret)?])?);
    let siwe = SiweLogin::builder(verifier, nonces().await?).build()?;

    let app = Router::new()
        .route("/nonce", get(nonce))
        .route("/verify", post(verify))
        .with_state(Arc::new(siwe));
    let listen = var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    axum::serve(TcpListener::bind(listen).await?, app).await?;
    Ok(())
}

async fn nonces() -> Result<Nonces, Box<dyn Error>> {
    if let Ok(url) = var("REDIS_URL") {
        let client = redis::Client::open(url)?;
        return Ok(RedisNonces::new(client.get_connection_manager().await?).into());
    }
    let url = var("DATABASE_URL").map_err(|_| "set REDIS_URL or DATABASE_URL")?;
    let pool = PgPool::connect(&url).await?;
    let nonces = PostgresNonces::new(pool.clone());
    // An application of yours has this among its migrations. Of two that make a table at once, one may
    // be told that it is there already.
    let mut made = sqlx::raw_sql(&nonces.schema()).execute(&pool).await;
    if made.is_err() {
        made = sqlx::raw_sql(&nonces.schema()).execute(&pool).await;
    }
    made?;
    Ok(nonces.into())
}

async fn nonce(State(siwe): State<Arc<SiweLogin>>, headers: HeaderMap) -> Response {
    let made = || {
        let binding = match BrowserBinding::from_headers(&headers) {
            Ok(Some(binding)) => binding,
            _ => siwe.new_binding()?,
        };
        let audience = siwe.verifier().audiences().first().ok_or(VerifyError::WrongDomain)?;
        let nonce = siwe.nonce(audience, Some(&binding))?;
        Ok((binding.set_cookie(TEN_MINUTES), nonce))
    };
    match made() {
        Ok((cookie, nonce)) => ([(SET_COOKIE, cookie)], nonce.to_string()).into_response(),
        Err(error) => refuse(error),
    }
}

async fn verify(State(siwe): State<Arc<SiweLogin>>, headers: HeaderMap, body: String) -> Response {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Signed {
        message: String,
        signature: String,
    }
    let Ok(signed) = serde_json::from_str::<Signed>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let binding = match BrowserBinding::from_headers(&headers) {
        Ok(binding) => binding,
        Err(error) => return refuse(error),
    };
    match siwe.login(&signed.message, &signed.signature, binding.as_ref()).await {
        Ok(login) => login.address().to_string().into_response(),
        Err(error) => refuse(error),
    }
}

/// The client learns no more than the status; whoever operates this learns the rest from `on_outcome`.
fn refuse(error: VerifyError) -> Response {
    error.status().into_response()
}

const TEN_MINUTES: Duration = Duration::from_secs(600);
