use std::collections::BTreeMap;
use std::time::Instant;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serve::{Draining, Outcomes};
use siwe_session::SiweSession;

/// What probes and dashboards ask about.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    /// `None`: the forge signs people in.
    pub(crate) siwe: Option<SiweSession>,
    pub(crate) draining: Draining,
    pub(crate) logins: Outcomes,
    pub(crate) sessions: Outcomes,
    pub(crate) visitors: Outcomes,
    pub(crate) since: Instant,
}

impl Health {
    /// For a listener of its own, that the operator alone reaches.
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .route("/status", get(status))
            .with_state(self)
    }

    fn store_is_failing(&self) -> bool {
        self.siwe.as_ref().is_some_and(|siwe| siwe.status().store_is_failing)
    }
}

/// A store that fails makes nothing less ready: public pages need none, and taken out of service nobody
/// would find out that it is back.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    draining: bool,
    store_is_failing: bool,
}

async fn ready(State(health): State<Health>) -> (StatusCode, Json<Readiness>) {
    let draining = health.draining.has_begun();
    let status = if draining { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let store_is_failing = health.store_is_failing();
    (status, Json(Readiness { ready: !draining, draining, store_is_failing }))
}

/// Decisions by code.
#[derive(Debug, Serialize)]
struct Status {
    up_seconds: u64,
    /// Where wallets sign in.
    sign_in: &'static str,
    store_is_failing: bool,
    logins: BTreeMap<&'static str, u64>,
    sessions: BTreeMap<&'static str, u64>,
    visitors: BTreeMap<&'static str, u64>,
}

async fn status(State(health): State<Health>) -> Json<Status> {
    Json(Status {
        up_seconds: health.since.elapsed().as_secs(),
        sign_in: if health.siwe.is_some() { "edge" } else { "origin" },
        store_is_failing: health.store_is_failing(),
        logins: health.logins.counts(),
        sessions: health.sessions.counts(),
        visitors: health.visitors.counts(),
    })
}
