use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serve::Draining;

use crate::{Gate, Stores};

/// Probes and counters, for a listener of their own: they are not behind Access, and belong where
/// only the machine that watches this one reaches them.
pub fn health_router(gate: Gate, stores: Stores, draining: Draining) -> Router {
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/metrics", get(metrics))
        .route("/readyz", get(ready))
        .with_state((gate, stores, draining))
}

type Health = State<(Gate, Stores, Draining)>;

/// What `/readyz` tells. Ready stays ready while Cloudflare's keys cannot be read again, and not while the
/// database does not answer: there is nothing here that needs none.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    draining: bool,
    /// Whether the database answers, which is asked for this.
    store: bool,
    /// How many key sets have been loaded.
    generation: u64,
    /// How long ago the keys in use were read.
    age_seconds: Option<u64>,
    /// Why they could not be read again, the last time.
    last_error: Option<&'static str>,
}

async fn ready(State((gate, stores, draining)): Health) -> (StatusCode, Json<Readiness>) {
    let store = stores.answer().await;
    let keys = gate.access.status();
    let draining = draining.has_begun();
    let ready = keys.is_ready() && store && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let readiness = Readiness {
        ready,
        draining,
        store,
        generation: keys.generation,
        age_seconds: keys.age.map(|age| age.as_secs()),
        last_error: keys.last_error.as_ref().map(cf_access::FetchError::code),
    };
    (status, Json(readiness))
}

async fn metrics(State((gate, ..)): Health) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], gate.metrics.to_string())
}
