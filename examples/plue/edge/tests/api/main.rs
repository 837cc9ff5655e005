//! The edge without a socket before it, and a forge on loopback behind it that tells what has reached
//! it: real sessions, through the real verifier.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod forge;

mod access;
mod assertion;
mod caching;
mod identity;
mod page;
mod proxying;
mod relay;
mod sign_in;
mod tls;
mod visitor;

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request, StatusCode, Uri};
use edge::{Upstream, guard, router};
use forge::{Forge, Seen};
use http_body_util::BodyExt;
use siwe_session::testing::{Site, Wallet};
use siwe_session::{Audience, Claims};
use tower::ServiceExt;

const ORIGIN: &str = "https://plue.example";

/// The edge, a wallet's site, and the forge.
struct Scene {
    site: Site,
    app: Router,
    forge: Forge,
}

impl Scene {
    async fn start() -> Self {
        let forge = Forge::start().await;
        let site = Site::for_audience(audience());
        let app = app(&site, &forge.url());
        Self { site, app, forge }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.app, request).await
    }

    /// With a new session in `Authorization`.
    async fn send_signed(&self, request: Builder) -> Answer {
        self.send(self.site.sign(empty(request))).await
    }

    /// The token of a session that began so long ago.
    fn token(&self, ago: Duration) -> String {
        let then = now().checked_sub(ago).unwrap();
        self.site.token(self.site.wallet(), Claims::new(), then)
    }

    fn address(&self) -> String {
        self.site.wallet().address().to_checksum(None)
    }

    /// The one request that has reached the forge.
    fn seen(&self) -> Seen {
        let mut seen = self.forge.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }
}

fn audience() -> Audience {
    Audience::origin(ORIGIN).unwrap().chains([1])
}

fn app(site: &Site, url: &Uri) -> Router {
    let upstream = Upstream::builder(url, &audience()).patience(Duration::from_secs(20));
    router(&guard(site.builder()).unwrap().build().unwrap(), upstream.build().unwrap())
}

fn empty(request: Builder) -> Request<Body> {
    request.body(Body::empty()).unwrap()
}

fn get(path: &str) -> Builder {
    Request::get(path)
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    /// All values of a header.
    fn all(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

#[expect(clippy::disallowed_methods, reason = "sessions are as old as they are now")]
fn now() -> SystemTime {
    SystemTime::now()
}
