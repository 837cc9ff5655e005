//! The API without a socket: requests through the whole router, and real sessions through the real
//! verifier.

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
                super::$case(&crate::Scene::new()).await;
            }

            #[tokio::test]
            #[ignore = "needs PostgreSQL: run .ci/run peers"]
            async fn in_a_database() {
                let migrated = database::testing::Migrated::start().await;
                super::$case(&crate::Scene::over(&migrated)).await;
            }
        }
    )+};
}

mod callers;
mod impersonation;
mod operators;
mod outage;
mod pages;
mod people;
mod program;
mod sign_in;
mod startup;
mod tunnel;
mod watchlist;

use std::time::{Duration, SystemTime};

use api::{App, Limits, People, Stores, router};
use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use database::testing::Migrated;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use serve::Source;
use siwe_session::testing::{Site, Wallet};
use siwe_session::{Audience, Claims};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

const WEB: &str = "https://app.verifluence.io";

/// The API, and the site whose wallets sign in.
struct Scene {
    site: Site,
    app: Router,
}

impl Scene {
    fn new() -> Self {
        Self::with(People::default(), Stores::single_process(Limits::default()))
    }

    /// With what is in this database.
    fn over(migrated: &Migrated) -> Self {
        let stores = Stores::postgres(&migrated.store("api"), Limits::default());
        Self::with(People::default(), stores)
    }

    fn with(people: People, stores: Stores) -> Self {
        let web = web();
        let site = Site::for_audience(web.clone());
        let app = App::build(site.builder(), people, stores).unwrap();
        let app = router(&app, [&web]);
        Self { site, app }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        answer(self.app.clone(), request).await
    }

    /// A page of the front end's tells of this token.
    async fn redeem(&self, token: &str) -> Answer {
        self.send(with_json(Request::post("/api/impersonate"), &json!({ "token": token }))).await
    }

    /// With a session of this wallet in `Authorization`.
    async fn send_as(&self, wallet: &Wallet, request: Builder) -> Answer {
        let token = self.site.token(wallet, Claims::new(), now());
        self.send(empty(request.header("authorization", format!("Bearer {token}")))).await
    }
}

fn web() -> Audience {
    Audience::origin(WEB).unwrap().chains([1])
}

/// These wallets, as a list of the operator's.
fn list(wallets: &[&Wallet]) -> Option<Source> {
    let addresses: Vec<_> = wallets.iter().map(|wallet| wallet.address().to_string()).collect();
    Some(Source::Text(addresses.join(",").into()))
}

/// A request with a body of JSON.
fn with_json(request: Builder, body: &Value) -> Request<Body> {
    request.header("content-type", "application/json").body(body.to_string().into()).unwrap()
}

fn empty(request: Builder) -> Request<Body> {
    request.body(Body::empty()).unwrap()
}

async fn answer(app: Router, request: Request<Body>) -> Answer {
    let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Answer { status: parts.status, headers: parts.headers, body }
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    /// What is not JSON is `null`.
    body: Value,
}

impl Answer {
    fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"].as_str().unwrap_or("-"))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Asks until it is so.
async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now().checked_add(Duration::from_secs(60)).unwrap();
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within 60 seconds: {what}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "sessions are as old as they are now")]
fn now() -> SystemTime {
    SystemTime::now()
}
