//! cf-access in this process: its keys over the application's TLS, its proofs in the application.
#![cfg(not(feature = "with-fetch"))]

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use beside_ring::tls::Localhost;
use beside_ring::{issuer, keys};
use cf_access::testing::Issuer;
use cf_access::{AccessIdentity, CfAccess, VerifyError};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use rustls::{ClientConfig, ServerConfig};
use tower::ServiceExt;

#[tokio::test]
async fn authenticates_a_person_and_refuses_a_forged_token() {
    let issuer = issuer::plain().await;
    let access = access(&issuer).await;
    let token = issuer.user("alice@example.com").token();

    let identity = access.authenticate(&headers(&token)).await.unwrap();
    assert_eq!(identity.email(), Some("alice@example.com"));
    let refused = access.authenticate(&headers(&keys::forged(&token))).await;
    assert_eq!(refused.unwrap_err(), VerifyError::BadSignature);
}

#[tokio::test]
async fn the_layer_lets_a_person_pass_and_refuses_a_forged_token() {
    let issuer = issuer::plain().await;
    let app: Router =
        Router::new().route("/whoami", get(whoami)).layer(access(&issuer).await.layer());
    let token = issuer.user("alice@example.com").token();

    assert_eq!(status(&app, &token).await, StatusCode::OK);
    assert_eq!(status(&app, &keys::forged(&token)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn reads_the_keys_over_the_tls_of_the_application() {
    let localhost = Localhost::new();
    let issuer = issuer::tls(localhost.server(ServerConfig::builder())).await;
    let keys = keys::read(&issuer, localhost.client(ClientConfig::builder()));
    assert!(keys::first_attempt(&keys).await.is_ready());
}

#[tokio::test]
async fn reads_no_keys_from_an_issuer_that_the_application_does_not_trust() {
    let issuer = issuer::tls(Localhost::new().server(ServerConfig::builder())).await;
    let keys = keys::read(&issuer, Localhost::new().client(ClientConfig::builder()));
    let status = keys::first_attempt(&keys).await;
    assert!(!status.is_ready());
    assert_eq!(status.last_error.unwrap().code(), "connection");
}

async fn access(issuer: &Issuer) -> CfAccess {
    let keys = keys::read(issuer, Localhost::new().client(ClientConfig::builder()));
    assert!(keys::first_attempt(&keys).await.is_ready());
    CfAccess::builder(keys, [issuer.audience().clone()]).build().unwrap()
}

async fn whoami(who: AccessIdentity) -> String {
    who.email().unwrap().to_owned()
}

async fn status(app: &Router, token: &str) -> StatusCode {
    let request = Request::get("/whoami").header(ASSERTION, token).body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap().status()
}

fn headers(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(ASSERTION, HeaderValue::from_str(token).unwrap())])
}

const ASSERTION: HeaderName = HeaderName::from_static("cf-access-jwt-assertion");
