//! The API without a socket: requests through the whole router, and real sessions through the real
//! verifier.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod callers;
mod pages;
mod people;
mod sign_in;
mod startup;
mod watchlist;

use std::time::SystemTime;

use api::{App, People, Watchlists, router};
use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use serve::Source;
use siwe_session::testing::{Site, Wallet};
use siwe_session::{Audience, Claims};
use tower::ServiceExt;

const WEB: &str = "https://app.verifluence.io";

/// The API, and the site whose wallets sign in.
struct Scene {
    site: Site,
    app: Router,
}

impl Scene {
    fn new() -> Self {
        Self::with(People::default(), Watchlists::default())
    }

    fn with(people: People, watchlists: Watchlists) -> Self {
        let web = web();
        let site = Site::for_audience(web.clone());
        let app = App::build(site.builder(), people, watchlists).unwrap();
        let app = router(&app, [&web]);
        Self { site, app }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.app.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, body }
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

fn empty(request: Builder) -> Request<Body> {
    request.body(Body::empty()).unwrap()
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

#[expect(clippy::disallowed_methods, reason = "sessions are as old as they are now")]
fn now() -> SystemTime {
    SystemTime::now()
}
