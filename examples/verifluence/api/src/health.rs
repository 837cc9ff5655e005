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
pub fn health_router(app: App, draining: Draining, logins: Outcomes, sessions: Outcomes) -> Router {
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/metrics", get(metrics))
        .route("/readyz", get(ready))
        .with_state(Health { app, draining, logins, sessions })
}

#[derive(Clone, Debug)]
struct Health {
    app: App,
    draining: Draining,
    logins: Outcomes,
    sessions: Outcomes,
}

/// A store that fails makes nothing less ready: the list of streams needs none, and taken out of service
/// nobody would find out that it is back.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    draining: bool,
    store_is_failing: bool,
}

async fn ready(State(health): State<Health>) -> (StatusCode, Json<Readiness>) {
    let draining = health.draining.has_begun();
    let status = if draining { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let store_is_failing = health.app.siwe.status().store_is_failing;
    (status, Json(Readiness { ready: !draining, draining, store_is_failing }))
}

async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    let mut text = String::new();
    for (name, help, counts) in [
        ("siwe_logins_total", "Decisions on sign-ins, by code.", health.logins.counts()),
        ("siwe_sessions_total", "Decisions on sessions, by code.", health.sessions.counts()),
    ] {
        // A `String` takes whatever is written.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} counter\n");
        for (code, count) in counts {
            let _ = writeln!(text, "{name}{{code=\"{code}\"}} {count}");
        }
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
