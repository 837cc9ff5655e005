use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serve::Draining;
use tokio::time::timeout;

use crate::{Intake, KeptEvent};

/// Probes and counters, for a listener of their own that the operator alone reaches; and what is kept,
/// if it may be shown there.
pub fn operator_router(intake: &Intake, draining: Draining, shows_events: bool) -> Router {
    let mut routes = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/metrics", get(metrics))
        .route("/readyz", get(ready));
    if shows_events {
        routes = routes.route("/events", get(events));
    }
    routes.with_state((intake.clone(), draining))
}

type Operator = State<(Intake, Draining)>;

/// What `/readyz` tells.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    draining: bool,
    /// Whether the store answers.
    store: bool,
    /// The fingerprint of the public key in use. With a relay there is none.
    key: Option<String>,
}

async fn ready(State((intake, draining)): Operator) -> (StatusCode, Json<Readiness>) {
    let store = matches!(timeout(PATIENCE, intake.store.check()).await, Ok(Ok(())));
    let draining = draining.has_begun();
    let ready = store && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, draining, store, key: intake.signer.fingerprint() }))
}

async fn metrics(State((intake, _)): Operator) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], intake.metrics.to_string())
}

#[derive(Debug, Deserialize)]
struct Page {
    /// The number of the last event that was seen.
    #[serde(default)]
    after: u64,
}

#[derive(Debug, Serialize)]
struct Events {
    events: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    sequence: u64,
    kept_at: u64,
    message_id: String,
    sent_at: String,
    kind: String,
    claimed_type: Option<String>,
    claimed_version: Option<String>,
    body: Box<RawValue>,
}

async fn events(
    State((intake, _)): Operator,
    Query(Page { after }): Query<Page>,
) -> Result<Json<Events>, StatusCode> {
    let kept = timeout(PATIENCE, intake.store.after(after, PAGE)).await;
    let Ok(Ok(kept)) = kept else {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    };
    let events: Result<_, _> = kept.into_iter().map(listed).collect();
    Ok(Json(Events { events: events.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)? }))
}

fn listed(event: KeptEvent) -> serde_json::Result<Listed> {
    let body = match serde_json::from_slice(&event.body) {
        Ok(body) => body,
        // Kick signs JSON. What is none is shown as text.
        Err(_) => to_raw_value(&String::from_utf8_lossy(&event.body))?,
    };
    let KeptEvent {
        sequence,
        kept_at,
        message_id,
        sent_at,
        kind,
        claimed_type,
        claimed_version,
        ..
    } = event;
    Ok(Listed { sequence, kept_at, message_id, sent_at, kind, claimed_type, claimed_version, body })
}

const PAGE: usize = 100;
const PATIENCE: Duration = Duration::from_secs(1);
