use std::fmt::Write;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serve::{Draining, Outcomes};

use crate::App;

/// Probes and counters, for a listener of their own: they belong where only the machine that watches
/// this one reaches them.
pub fn health_router(app: App, draining: Draining, outcomes: Counters) -> Router {
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/metrics", get(metrics))
        .route("/readyz", get(ready))
        .with_state(Health { app, draining, outcomes })
}

/// What has been decided since the start.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "whoever serves fills each of them")]
pub struct Counters {
    /// On sign-ins.
    pub logins: Outcomes,
    /// On whom requests come from.
    pub peers: Outcomes,
    /// On sessions.
    pub sessions: Outcomes,
}

#[derive(Clone, Debug)]
struct Health {
    app: App,
    draining: Draining,
    outcomes: Counters,
}

/// What `/readyz` tells. Without its database it serves nothing: neither lists nor sessions.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    draining: bool,
    /// Whether the database answers, which is asked for this.
    store: bool,
}

async fn ready(State(health): State<Health>) -> (StatusCode, Json<Readiness>) {
    let store = health.app.stores.answer().await;
    let draining = health.draining.has_begun();
    let ready = store && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, draining, store }))
}

async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    let mut text = String::new();
    let Counters { logins, peers, sessions } = health.outcomes;
    for (name, help, outcomes) in [
        ("proxy_protocol_outcomes_total", "Decisions on whom requests come from, by code.", peers),
        ("siwe_logins_total", "Decisions on sign-ins, by code.", logins),
        ("siwe_sessions_total", "Decisions on sessions, by code.", sessions),
    ] {
        // A `String` takes whatever is written.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} counter\n");
        for (code, count) in outcomes.counts() {
            let _ = writeln!(text, "{name}{{code=\"{code}\"}} {count}");
        }
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
