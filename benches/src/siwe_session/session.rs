//! The token of a session verified, and the layer on a public route without one.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use ::siwe_session::testing::Site;
use ::siwe_session::{
    Audience, Claims, IdentityHeader, KeyRing, LoginVerifier, NonceKeys, Nonces, Routes,
    SessionKey, SessionTokens, SiweLogin, SiweSession,
};
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response, StatusCode};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use sha2::Sha256;
use tower_layer::Layer;
use tower_service::Service;

use super::GROUP;
use crate::measure::{Candidate, Goal, Table};

pub(super) fn run(table: &mut Table) {
    verify(table);
    layer(table);
}

/// What the peer is asked for: the same claims.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read by the peer, as they are by us")]
struct Payload {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    auth_time: u64,
    iat: u64,
    exp: u64,
}

#[expect(clippy::disallowed_methods, reason = "the peer reads the system's clock")]
fn verify(table: &mut Table) {
    let now = SystemTime::now();
    let site = Site::new();
    let login = site.login(site.wallet(), now);
    let audience = Audience::origin("https://example.com").unwrap().chains([1]);
    let keys = KeyRing::new([SessionKey::hs256("2026-11", SECRET).unwrap()]).unwrap();
    let tokens = SessionTokens::builder(keys, [&audience]).build().unwrap();
    let (_, token) = tokens.issue(&login, Claims::new(), [7; 16], now).unwrap();

    let key = DecodingKey::from_secret(&SECRET);
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&["https://example.com"]);
    validation.set_audience(&["https://example.com"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.leeway = 0;

    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, signature);
    let signature = signature.unwrap();
    let keyed = Hmac::<Sha256>::new_from_slice(&SECRET).unwrap();
    table.row(
        GROUP,
        "session_hs256",
        Candidate::new("ours", || tokens.verify(black_box(&token), now).unwrap()),
        vec![Candidate::new(PEER, || {
            decode::<Payload>(black_box(&token), &key, &validation).unwrap()
        })],
        Candidate::new("hmac-0.13", || {
            let mut mac = keyed.clone();
            mac.update(black_box(signed).as_bytes());
            mac.verify_slice(&signature).unwrap();
        }),
        Goal::Peer(1.8),
    );
}

/// Around a service that puts the request back, so that none has to be made.
fn layer(table: &mut Table) {
    let audience = Audience::origin("https://plue.dev").unwrap().chains([1]);
    let verifier = LoginVerifier::builder(audience, NonceKeys::new([SECRET]).unwrap());
    let keys = KeyRing::new([SessionKey::hs256("2026-11", SECRET).unwrap()]).unwrap();
    let routes =
        || Routes::protected().public("/").public("/{owner}/{repo}").protect("/api/{*rest}");
    let siwe = SiweSession::builder(SiweLogin::builder(verifier, Nonces::single_process()), keys)
        .routes(routes())
        .identity_header(IdentityHeader::new("x-plue-user-address").unwrap())
        .build()
        .unwrap();
    let (mut bare, inner) = (PutBack::new(), PutBack::new());
    let mut layered = siwe.layer().layer(inner.clone());
    let table_of_routes = routes().build().unwrap();
    let asked = request();
    table.row(
        GROUP,
        "layer_public",
        Candidate::new("ours", || call(&mut layered, &inner.0)),
        vec![],
        Candidate::new("the service, and the decision", || {
            let slot = Rc::clone(&bare.0);
            let asked = black_box(&asked);
            let is_public = table_of_routes.is_public(asked.method(), asked.uri(), asked.headers());
            (call(&mut bare, &slot), is_public)
        }),
        // The service takes half as long as the decision: with the layer at three times the decision, it is
        // (1 + 2 * 3) / (1 + 2) times the floor.
        Goal::Floor(2.33),
    );
}

/// Through the service and back.
fn call<S>(service: &mut S, slot: &Slot) -> StatusCode
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible>,
{
    let mut request = slot.take().unwrap();
    request.extensions_mut().clear();
    let future = pin!(service.call(black_box(request)));
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Ok(response)) = future.poll(&mut context) else { unreachable!() };
    response.status()
}

/// As a browser sends it.
fn request() -> Request<()> {
    Request::get("https://plue.dev/octo/repository")
        .header("host", "plue.dev")
        .header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        )
        .header("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        .header("accept-language", "en-US,en;q=0.5")
        .header("accept-encoding", "gzip, deflate, br, zstd")
        .header("sec-fetch-site", "none")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .body(())
        .unwrap()
}

type Slot = Rc<Cell<Option<Request<()>>>>;

#[derive(Clone)]
struct PutBack(Slot);

impl PutBack {
    fn new() -> Self {
        Self(Rc::new(Cell::new(Some(request()))))
    }
}

impl Service<Request<()>> for PutBack {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        self.0.set(Some(request));
        ready(Ok(Response::new(())))
    }
}

const SECRET: [u8; 32] = [0x5A; 32];
const PEER: &str = "jsonwebtoken-11.1(aws_lc_rs):decode";
