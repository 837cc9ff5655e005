//! Who counts hears of every decision once, by its code: of sessions and endpoints here, of sign-ins there.

use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Extensions, HeaderMap, HeaderValue, Request};
use serde_json::{Value, json};
use siwe_session::testing::{Site, Wallet};
use siwe_session::{
    Audience, BurnKey, Claims, IdentityHeader, IdentityTrust, KeyRing, LoginDenied, LoginVerifier,
    Migration, MigrationStep, NonceKeys, NonceStore, Nonces, OldSessionFuture, OldSessions,
    SessionKey, SessionTokens, SiweLogin, SiweSession, SiweSessionBuilder, StoreError, StoreFuture,
};

use crate::support::*;

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<&'static str>>>);

impl Heard {
    fn hearer(&self) -> impl Fn(&'static str) + Send + Sync + 'static {
        let heard = Arc::clone(&self.0);
        move |code| heard.lock().unwrap().push(code)
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn of_a_session() {
    let (site, heard) = (Site::new(), Heard::default());
    let builder = site.builder().routes(routes()).on_outcome(heard.hearer());
    let siwe = builder.build().unwrap();
    let app = app(&siwe);
    for (request, expected) in [
        (request("GET", "/me"), "missing_session"),
        (request("GET", "/ann/forge"), "missing_session"),
        (site.sign(request("GET", "/me")), "accepted"),
        (with_cookie(request("GET", "/me"), "x"), "malformed_session"),
        (site.sign(request("GET", "/api/auth/session")), "accepted"),
        (request("GET", "/api/auth/session"), "missing_session"),
        (request("POST", "/api/auth/refresh"), "missing_session"),
        (request("POST", "/api/auth/logout"), "missing_session"),
    ] {
        ask(&app, request).await;
        assert_eq!(heard.take(), [expected]);
    }
    assert_eq!(siwe.status().accepted, 2);
}

fn key() -> SessionKey {
    SessionKey::hs256("a", [8; 32]).unwrap()
}

/// A site that tells of sign-ins and of the rest apart.
fn site(nonces: impl Into<Nonces>, logins: &Heard, rest: &Heard) -> SiweSessionBuilder {
    let audience = Audience::origin("https://example.com").unwrap().chains([1]);
    let verifier = LoginVerifier::builder(audience, NonceKeys::new([[7; 32]]).unwrap());
    let keys = KeyRing::new([key()]).unwrap();
    let login = SiweLogin::builder(verifier, nonces).on_outcome(logins.hearer());
    SiweSession::builder(login, keys).on_outcome(rest.hearer())
}

fn verify(content_type: &str, body: &Value) -> Request<Body> {
    let mut request = post("/api/auth/verify", body, "");
    request.headers_mut().insert("content-type", content_type.parse().unwrap());
    request
}

#[tokio::test]
async fn of_an_endpoint() {
    let (logins, rest) = (Heard::default(), Heard::default());
    let siwe = site(Nonces::single_process(), &logins, &rest).build().unwrap();
    let app = app(&siwe);
    let (body, binding) = signed(&app, &Wallet::new(), now()).await;
    assert_eq!((logins.take(), rest.take()), (vec![], vec![]));
    let large = json!("x".repeat(16 * 1024));
    let is_json = "application/json";
    for (request, expected) in [
        (verify("text/plain", &body), "unsupported_media_type"),
        (verify(is_json, &large), "body_too_large"),
        (verify(is_json, &json!([])), "malformed_body"),
        (request("GET", "/api/auth/nonce?origin=https://evil.example"), "unknown_origin"),
        (with(verify(is_json, &body), "origin", "https://evil.example"), "cross_site"),
        // Found before the sign-in is looked at.
        (post("/api/auth/verify", &body, "__Host-siwe-pre=x"), "missing_binding"),
    ] {
        ask(&app, request).await;
        assert_eq!((logins.take(), rest.take()), (vec![], vec![expected]));
    }
    ask(&app, verify(is_json, &body)).await;
    assert_eq!((logins.take(), rest.take()), (vec!["missing_binding"], vec![]));
    ask(&app, post("/api/auth/verify", &body, &binding)).await;
    assert_eq!((logins.take(), rest.take()), (vec!["accepted"], vec![]));
}

#[tokio::test]
async fn of_the_application_and_of_a_sign_in_that_is_closed() {
    for (denied, expected) in
        [(LoginDenied::Denied, "denied"), (LoginDenied::Unavailable, "login_unavailable")]
    {
        let (logins, rest) = (Heard::default(), Heard::default());
        let builder = site(Nonces::single_process(), &logins, &rest);
        let app = app(&builder.on_login(move |_| ready(Err::<Claims, _>(denied))).build().unwrap());
        let (body, binding) = signed(&app, &Wallet::new(), now()).await;
        ask(&app, post("/api/auth/verify", &body, &binding)).await;
        assert_eq!((logins.take(), rest.take()), (vec!["accepted"], vec![expected]));
    }
    let (logins, rest) = (Heard::default(), Heard::default());
    let migration = Migration::new(MigrationStep::OldOnly);
    let builder = site(Nonces::single_process(), &logins, &rest);
    let app = app(&builder.old_sessions(Nobody, migration).build().unwrap());
    let (body, binding) = signed(&app, &Wallet::new(), now()).await;
    ask(&app, post("/api/auth/verify", &body, &binding)).await;
    assert_eq!((logins.take(), rest.take()), (vec![], vec!["sign_in_closed"]));
}

#[derive(Debug)]
struct Nobody;

impl OldSessions for Nobody {
    fn find<'a>(&'a self, _: &'a HeaderMap) -> OldSessionFuture<'a> {
        Box::pin(ready(Ok(None)))
    }
}

/// It takes nothing, and may answer.
#[derive(Debug)]
struct ReadOnly {
    answers: bool,
}

impl NonceStore for ReadOnly {
    fn put_if_absent(&self, _: BurnKey, _: Duration) -> StoreFuture<'_, bool> {
        Box::pin(ready(Err(StoreError::new("read-only"))))
    }

    fn contains(&self, _: BurnKey) -> StoreFuture<'_, bool> {
        Box::pin(ready(if self.answers { Ok(false) } else { Err(StoreError::new("down")) }))
    }
}

#[tokio::test]
async fn of_a_session_that_cannot_be_ended() {
    let audience = Audience::origin("https://example.com").unwrap().chains([1]);
    let of = Site::for_audience(audience.clone()).login(&Wallet::new(), now());
    let keys = KeyRing::new([key()]).unwrap();
    let tokens = SessionTokens::builder(keys, [&audience]).build().unwrap();
    let (_, token) = tokens.issue(&of, Claims::new(), [5; 16], now()).unwrap();
    for (answers, expected) in
        [(true, vec!["accepted", "store_unavailable"]), (false, vec!["store_unavailable"])]
    {
        let (logins, rest) = (Heard::default(), Heard::default());
        let app = app(&site(ReadOnly { answers }, &logins, &rest).build().unwrap());
        let out = with_bearer(request("POST", "/api/auth/logout"), &token);
        assert_eq!(status(&app, out).await, 503);
        assert_eq!((logins.take(), rest.take()), (vec![], expected));
    }
}

#[test]
fn of_an_edges_word() {
    let heard = Heard::default();
    let header = IdentityHeader::new("x-plue-user-address").unwrap();
    let silent = IdentityTrust::proof(header, |extensions| extensions.get::<()>().is_some());
    let trust = silent.clone().on_outcome(heard.hearer());
    let mut proven = Extensions::new();
    proven.insert(());
    let address = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1";
    for (extensions, value, expected) in [
        (&proven, Some(address), "accepted"),
        (&proven, None, "missing_identity"),
        (&Extensions::new(), Some(address), "missing_identity"),
        (&proven, Some("x"), "malformed_identity"),
    ] {
        for trust in [&trust, &trust.clone(), &silent] {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert("x-plue-user-address", HeaderValue::from_static(value));
            }
            let taken = trust.take(&mut headers, extensions, now());
            assert_eq!(taken.map_or_else(|error| error.code(), |_| "accepted"), expected);
        }
        assert_eq!(heard.take(), [expected; 2]);
    }
}
