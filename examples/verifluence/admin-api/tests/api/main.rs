//! The API without a socket: requests through the whole router, tokens of an issuer with throw-away
//! keys, and the real verifier in between.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

/// Each of these cases twice: over memory, and over a database as the server's own user sees it.
macro_rules! over_both {
    ($($case:ident),+ $(,)?) => {$(
        mod $case {
            #[tokio::test]
            async fn in_memory() {
                super::$case(&crate::app()).await;
            }

            #[tokio::test]
            #[ignore = "needs PostgreSQL: run .ci/run peers"]
            async fn in_a_database() {
                let migrated = database::testing::Migrated::start().await;
                super::$case(&crate::app_over(&crate::in_database(&migrated))).await;
            }
        }
    )+};
}

mod browsers;
mod callers;
mod health;
mod impersonation;
mod limits;
mod outage;
mod program;
mod requests;
mod rollout;
mod startup;
mod tunnel;

use std::sync::LazyLock;
use std::time::Duration;

use admin_api::{AdminSecret, Gate, Limits, Stores, router};
use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use cf_access::ClientId;
use cf_access::testing::{Issuer, Token};
use database::testing::Migrated;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

/// One issuer for all tests: its keys take a while to make.
static ISSUER: LazyLock<Issuer> = LazyLock::new(Issuer::new);

const CI: &str = "e367826f93b8d71185e03fe518aff3b4.access";
const PANEL: &str = "https://admin.verifluence.io";
const SECRET: &str = "what the bundle carried";

fn gate() -> Gate {
    let audience = ISSUER.audience().clone();
    Gate::build(ISSUER.keys(), [audience], [client_id(CI)]).unwrap()
}

fn app() -> Router {
    app_over(&in_memory())
}

fn app_over(stores: &Stores) -> Router {
    router(&gate(), &PANEL.parse().unwrap(), None, stores)
}

fn app_with_secret() -> Router {
    router(&gate(), &PANEL.parse().unwrap(), Some(AdminSecret::new(SECRET)), &in_memory())
}

fn in_memory() -> Stores {
    Stores::single_process(Limits::default())
}

fn in_database(migrated: &Migrated) -> Stores {
    Stores::postgres(&migrated.store("admin"), Limits::default())
}

fn client_id(text: &str) -> ClientId {
    text.parse().unwrap()
}

fn alice() -> Token<'static> {
    ISSUER.user("alice@verifluence.io")
}

/// A request with a body of JSON.
fn json(request: Builder, body: &Value) -> Request<Body> {
    request.header("content-type", "application/json").body(body.to_string().into()).unwrap()
}

fn empty(request: Builder) -> Request<Body> {
    request.body(Body::empty()).unwrap()
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"].as_str().unwrap_or("-"))
    }
}

/// What is not JSON is `null`.
async fn send(app: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// Asks until it is so.
async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now().checked_add(Duration::from_secs(60)).unwrap();
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within 60 seconds: {what}");
        sleep(Duration::from_millis(50)).await;
    }
}
