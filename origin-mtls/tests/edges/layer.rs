//! The layer, without a socket.

use std::sync::{Arc, Mutex};

use http::{Request, Response, StatusCode};
use origin_mtls::testing::{EphemeralCa, from_edge};
use origin_mtls::{EdgeIdentity, OriginMtls, OriginPullPolicy, VerifyError};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

use crate::provider;

/// Each spelling of what tells of a client's certificate, and near misses.
const SPELLINGS: [&str; 9] = [
    "cf-client-cert-der-base64",
    "cf_client_cert_sha256",
    "cf-client_cert-anything",
    "cf-cert-verified",
    "cf_cert_fingerprint_sha256",
    "client-cert",
    "client_cert_chain",
    "client-cert-chain",
    "x-forwarded-client_cert",
];
const OTHERS: [&str; 5] =
    ["cf-certificate", "cf-ray", "client-certificate", "x-client-cert", "cf-client-cert"];

fn origin(ca: &EphemeralCa) -> (OriginMtls, Arc<Mutex<Vec<&'static str>>>) {
    let algorithms = provider().signature_verification_algorithms.all;
    let policy = OriginPullPolicy::builder(ca.trust_anchors(), algorithms);
    let certificate = ca.server_certificate(&["localhost"], provider());
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&outcomes);
    let origin = OriginMtls::builder(policy.build().unwrap(), certificate)
        .on_outcome(move |outcome| heard.lock().unwrap().push(outcome))
        .build();
    (origin.unwrap(), outcomes)
}

fn request() -> Request<()> {
    let mut request = Request::new(());
    for name in SPELLINGS.into_iter().chain(OTHERS) {
        request.headers_mut().append(name, "one".parse().unwrap());
        request.headers_mut().append(name, "two".parse().unwrap());
    }
    request
}

fn unproven(error: VerifyError) -> Request<()> {
    let mut request = request();
    request.extensions_mut().insert(Err::<EdgeIdentity, _>(error));
    request
}

/// Answers with what it has got: who it is, and which headers.
async fn tell(request: Request<()>) -> Result<Response<String>, VerifyError> {
    let who = EdgeIdentity::of(request.extensions());
    let who = who.map_or_else(|error| error.code().to_owned(), |edge| format!("{edge:?}"));
    let mut names: Vec<_> = request.headers().keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    Ok(Response::new(format!("{who} {}", names.join(","))))
}

#[tokio::test]
async fn a_proven_request_passes_as_it_is() {
    let ca = EphemeralCa::new();
    let (origin, outcomes) = origin(&ca);
    let request = from_edge(&origin, &ca.client(), request()).unwrap();
    let service = origin.layer().layer(service_fn(tell));
    let answer = service.oneshot(request).await.unwrap().into_body();
    assert!(answer.starts_with("EdgeIdentity"), "{answer}");
    assert!(SPELLINGS.iter().chain(&OTHERS).all(|name| answer.contains(name)), "{answer}");
    assert!(outcomes.lock().unwrap().is_empty(), "the connection was told of");
}

#[tokio::test]
async fn an_unproven_request_is_refused_by_what_it_lacks() {
    let (origin, outcomes) = origin(&EphemeralCa::new());
    let service = origin.layer().layer(service_fn(tell));
    for (request, error, status) in [
        (request(), VerifyError::MissingLayer, 500),
        (unproven(VerifyError::NoCertificate), VerifyError::NoCertificate, 403),
        (unproven(VerifyError::Revoked), VerifyError::Revoked, 403),
    ] {
        let answer = service.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.extensions().get(), Some(&error));
        assert_eq!(answer.body(), "");
        assert_eq!(std::mem::take(&mut *outcomes.lock().unwrap()), [error.code()]);
    }
}

#[tokio::test]
async fn under_observe_no_header_tells_of_a_certificate_that_is_not_proven() {
    let (origin, outcomes) = origin(&EphemeralCa::new());
    let service = origin.layer().observe().layer(service_fn(tell));
    for (request, code) in
        [(unproven(VerifyError::UnknownIssuer), "unknown_issuer"), (request(), "missing_layer")]
    {
        let answer = service.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let mut others = OTHERS;
        others.sort_unstable();
        assert_eq!(answer.into_body(), format!("{code} {}", others.join(",")));
        assert_eq!(std::mem::take(&mut *outcomes.lock().unwrap()), [code]);
    }
}

#[tokio::test]
async fn the_answer_to_a_refusal_can_be_one_s_own() {
    let (origin, _) = origin(&EphemeralCa::new());
    let service = ServiceBuilder::new()
        .layer(origin.layer().on_refuse(|error| error.response(error.hint().to_owned())))
        .service(service_fn(tell));
    let answer = service.oneshot(unproven(VerifyError::Revoked)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(answer.body(), VerifyError::Revoked.hint());
}

#[tokio::test]
async fn the_inner_service_s_readiness_is_asked_for() {
    let (origin, _) = origin(&EphemeralCa::new());
    let (mut service, mut handle) =
        tower_test::mock::spawn_layer::<Request<()>, Response<String>, _>(origin.layer());
    handle.allow(0);
    assert!(service.poll_ready().is_pending());
    handle.allow(1);
    assert!(service.poll_ready().is_ready());
}
