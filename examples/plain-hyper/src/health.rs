use std::fmt::Write;
use std::future::pending;
use std::net::SocketAddr;

use cf_access::{CfAccess, FetchError};
use hyper::{Method, Request, StatusCode};
use serde_json::json;
use serve::{Draining, Outcomes};
use tokio::net::TcpListener;

use crate::answer::{Answer, json, not_found, text};
use crate::connections::serve_connections;

/// How many decisions there were, by crate and code. Clones share the counts.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Of `cf-access`.
    pub access: Outcomes,
    /// The events that were handled, by what they are.
    pub events: Outcomes,
    /// Of `kick-hmac`.
    pub kick: Outcomes,
    /// Of `proxy-protocol`.
    pub proxy: Outcomes,
}

/// Probes and counters, for a listener of their own: they belong where only the machine that watches
/// this one reaches them. Clones share it.
#[derive(Clone, Debug)]
pub struct Health {
    access: CfAccess,
    counts: Counts,
    draining: Draining,
}

impl Health {
    /// Tells of these.
    #[must_use]
    pub fn new(access: CfAccess, counts: Counts, draining: Draining) -> Self {
        Self { access, counts, draining }
    }

    /// Answers until it is dropped.
    pub async fn serve(self, listener: TcpListener) {
        let answer = move |_: SocketAddr, request: Request<_>| {
            let answer = self.answer(request.method(), request.uri().path());
            async { answer }
        };
        serve_connections(listener, MAX_CONNECTIONS, answer, pending::<()>()).await;
    }

    fn answer(&self, method: &Method, path: &str) -> Answer {
        match (method, path) {
            (&Method::GET, "/livez") => text("text/plain", "ok\n"),
            (&Method::GET, "/metrics") => text("text/plain; version=0.0.4", self.metrics()),
            (&Method::GET, "/readyz") => self.readiness(),
            _ => not_found(),
        }
    }

    /// Ready stays ready while Cloudflare's keys cannot be read again.
    fn readiness(&self) -> Answer {
        let keys = self.access.status();
        let draining = self.draining.has_begun();
        let ready = keys.is_ready() && !draining;
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let last_error = keys.last_error.as_ref().map(FetchError::code);
        json(status, &json!({ "ready": ready, "draining": draining, "last_error": last_error }))
    }

    fn metrics(&self) -> String {
        let mut text = String::new();
        for (name, help, counts) in [
            ("cf_access_total", "Decisions on who asks, by code.", &self.counts.access),
            (
                "kick_events_total",
                "Events that were handled, by what they are.",
                &self.counts.events,
            ),
            ("kick_hmac_total", "Decisions on Kick's deliveries, by code.", &self.counts.kick),
            ("proxy_protocol_total", "Decisions on connections, by code.", &self.counts.proxy),
        ] {
            // A `String` takes whatever is written.
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} counter\n");
            for (code, count) in counts.counts() {
                let _ = writeln!(text, "{name}{{code=\"{code}\"}} {count}");
            }
        }
        text
    }
}

const MAX_CONNECTIONS: usize = 16;
