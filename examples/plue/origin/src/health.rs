use std::collections::BTreeMap;
use std::time::SystemTime;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use origin_mtls::OriginMtls;
use serde::Serialize;
use serve::{Draining, Outcomes};

use crate::reload::Reloads;
use crate::users::Users;

/// What probes and dashboards ask about.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) origin: OriginMtls,
    pub(crate) observe: bool,
    pub(crate) users: Users,
    pub(crate) reloads: Reloads,
    pub(crate) draining: Draining,
    pub(crate) connections: Outcomes,
    pub(crate) visitors: Outcomes,
    pub(crate) proxy: Outcomes,
    pub(crate) identities: Outcomes,
    pub(crate) logins: Outcomes,
    pub(crate) sessions: Outcomes,
}

impl Health {
    /// For a listener of its own, in plain HTTP: a probe has no client certificate.
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .route("/status", get(status))
            .with_state(self)
    }

    fn reload_error(&self) -> Option<String> {
        Some(self.reloads.failure()?.error.to_string())
    }
}

/// Files that cannot be used make nothing less ready: what was in use before them still is.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    draining: bool,
    generation: u64,
    reload_error: Option<String>,
}

async fn ready(State(health): State<Health>) -> (StatusCode, Json<Readiness>) {
    let draining = health.draining.has_begun();
    let status = if draining { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let readiness = Readiness {
        ready: !draining,
        draining,
        generation: health.origin.status().generation,
        reload_error: health.reload_error(),
    };
    (status, Json(readiness))
}

#[derive(Debug, Serialize)]
struct Status {
    /// 1 from the start, and another with each reload.
    generation: u64,
    generation_age_seconds: u64,
    observe: bool,
    draining: bool,
    /// Until the first of all certificates and revocation lists expires.
    days_to_expiry: Option<u64>,
    server_days_to_expiry: Option<u64>,
    anchors: Vec<Anchor>,
    /// The keys of clients, the one that was seen last first.
    clients: Vec<Client>,
    /// Why the files that are there are not in use.
    reload_error: Option<String>,
    reload_failing_seconds: Option<u64>,
    /// Decisions by code: on connections and requests, on `CF-Connecting-IP`, on the PROXY header.
    connections: BTreeMap<&'static str, u64>,
    visitors: BTreeMap<&'static str, u64>,
    proxy: BTreeMap<&'static str, u64>,
    /// Where wallets sign in; if that is at the edge, decisions on its word, and if it is here, on sign-ins and
    /// sessions.
    sign_in: &'static str,
    identities: BTreeMap<&'static str, u64>,
    logins: BTreeMap<&'static str, u64>,
    sessions: BTreeMap<&'static str, u64>,
    store_is_failing: bool,
}

#[derive(Debug, Serialize)]
struct Anchor {
    pin: String,
    days_to_expiry: u64,
    revocation_list_days_left: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Client {
    pin: String,
    days_to_expiry: u64,
    seen_seconds_ago: u64,
}

async fn status(State(health): State<Health>) -> Json<Status> {
    let now = now();
    let siwe = match &health.users {
        Users::Here(siwe) => Some(siwe),
        Users::Edge(_) => None,
    };
    let origin = health.origin.status();
    let anchors = origin.anchors.iter().map(|anchor| Anchor {
        pin: anchor.pin.to_string(),
        days_to_expiry: days(anchor.not_after, now),
        revocation_list_days_left: anchor.crl_next_update.map(|end| days(end, now)),
    });
    let anchors: Vec<_> = anchors.collect();
    let clients = origin.clients.iter().map(|client| Client {
        pin: client.pin.to_string(),
        days_to_expiry: days(client.not_after, now),
        seen_seconds_ago: seconds(client.last_seen, now),
    });
    let lists = anchors.iter().filter_map(|anchor| anchor.revocation_list_days_left);
    Json(Status {
        generation: origin.generation,
        generation_age_seconds: seconds(origin.since, now),
        observe: health.observe,
        draining: health.draining.has_begun(),
        days_to_expiry: lists.chain(origin.days_to_expiry(now)).min(),
        server_days_to_expiry: origin.server_not_after.map(|end| days(end, now)),
        clients: clients.collect(),
        anchors,
        reload_error: health.reload_error(),
        reload_failing_seconds: health
            .reloads
            .failure()
            .map(|failure| failure.since.elapsed().as_secs()),
        connections: health.connections.counts(),
        visitors: health.visitors.counts(),
        proxy: health.proxy.counts(),
        sign_in: if siwe.is_some() { "origin" } else { "edge" },
        identities: health.identities.counts(),
        logins: health.logins.counts(),
        sessions: health.sessions.counts(),
        store_is_failing: siwe.is_some_and(|siwe| siwe.status().store_is_failing),
    })
}

/// Whole days; 0 on the last one, and afterwards.
fn days(end: SystemTime, now: SystemTime) -> u64 {
    seconds(now, end).div_euclid(24 * 60 * 60)
}

fn seconds(from: SystemTime, to: SystemTime) -> u64 {
    to.duration_since(from).map_or(0, |passed| passed.as_secs())
}

#[expect(clippy::disallowed_methods, reason = "an edge: what is asked is how long from now")]
fn now() -> SystemTime {
    SystemTime::now()
}
