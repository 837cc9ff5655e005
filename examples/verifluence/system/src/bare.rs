//! The servers without what this is about: they ask the same database for the same, and nobody who they
//! are. For comparison.

use std::future::IntoFuture;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use database::{Database, UrlError};
use serde_json::{Value, json};
use sqlx::{PgPool, Row};
use tokio::net::TcpListener;

/// Serves all three until this process ends, with the database of this URL.
pub(crate) async fn start(url: &str) -> io::Result<SocketAddr> {
    let database: Database = url.parse().map_err(|error: UrlError| io::Error::other(error))?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let routes = Router::new()
        .route("/api/streams", get(streams))
        .route("/api/me", get(me))
        .route("/api/watchlist", get(watchlist))
        .route("/", post(keep))
        .with_state(database.pool(16, Duration::from_secs(1)));
    tokio::spawn(axum::serve(listener, routes).into_future());
    Ok(address)
}

async fn streams(State(pool): State<PgPool>) -> Result<Json<Value>, StatusCode> {
    let rows =
        sqlx::query("SELECT id, title, live FROM streams ORDER BY id").fetch_all(&pool).await;
    let rows = rows.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let streams = rows.iter().map(|row| {
        json!({
            "id": row.get::<String, _>("id"),
            "title": row.get::<String, _>("title"),
            "live": row.get::<bool, _>("live"),
        })
    });
    Ok(Json(Value::Array(streams.collect())))
}

async fn me() -> Json<Value> {
    Json(json!({
        "address": "0x71C7656EC7ab88b098defB751B7401B5f6d8976F", "chainId": 1, "role": "viewer",
    }))
}

async fn watchlist(State(pool): State<PgPool>) -> Result<Json<Vec<String>>, StatusCode> {
    let rows = sqlx::query_scalar("SELECT stream FROM watchlists WHERE wallet = $1 ORDER BY since")
        .bind("0x71C7656EC7ab88b098defB751B7401B5f6d8976F")
        .fetch_all(&pool)
        .await;
    rows.map(Json).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

async fn keep(State(pool): State<PgPool>, body: Bytes) -> StatusCode {
    let kept = sqlx::query(
        "INSERT INTO kick_events (message_id, sent_at, kind, body)
         VALUES (gen_random_uuid()::text, '', 'channel.followed', $1)",
    )
    .bind(&body[..])
    .execute(&pool)
    .await;
    if kept.is_ok() { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE }
}
