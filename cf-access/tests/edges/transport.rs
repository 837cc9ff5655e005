//! Reading the keys over HTTP, from a server that answers as it should not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use cf_access::testing::Issuer;
use cf_access::{CfAccess, TeamDomain, TeamKeys};
use http::StatusCode;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use jwks_client_rs::source::{JwksSource, WebSource};
use jwks_client_rs::{JsonWebKeySet, JwksClientError};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::{ALICE, headers};

const PATH: &str = "/cdn-cgi/access/certs";

/// An issuer whose certs are served as this router says.
async fn start(routes: impl FnOnce(String) -> Router) -> Issuer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = at(listener.local_addr().unwrap());
    let server = axum::serve(listener, routes(issuer.certs()));
    tokio::spawn(server.into_future());
    issuer
}

fn at(address: SocketAddr) -> Issuer {
    let team = TeamDomain::custom_issuer(&format!("http://{address}")).unwrap();
    Issuer::at(team, "audience".parse().unwrap())
}

fn answering(
    answer: impl Fn(String) -> Response + Clone + Send + Sync + 'static,
) -> impl FnOnce(String) -> Router {
    |certs| Router::new().route(PATH, get(async move || answer(certs)))
}

/// The code of what the first fetch failed with; nothing, if it did not fail.
async fn first_error(keys: &TeamKeys) -> Option<&'static str> {
    timeout(Duration::from_secs(30), async {
        loop {
            let status = keys.status();
            if let Some(error) = status.last_error {
                return Some(error.code());
            } else if status.is_ready() {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap()
}

fn padded(mut document: String, to: usize) -> String {
    document.push_str(&" ".repeat(to - document.len()));
    document
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn fetched(issuer: &Issuer) -> Option<&'static str> {
    let ours = first_error(&TeamKeys::fetch(issuer.team().clone()).unwrap()).await;
    let callers = first_error(&TeamKeys::reqwest(issuer.team().clone(), client()).unwrap()).await;
    assert_eq!(ours, callers);
    ours
}

#[tokio::test]
async fn reads_the_published_document_and_verifies_with_it() {
    let issuer = start(answering(IntoResponse::into_response)).await;
    assert_eq!(fetched(&issuer).await, None);
    let keys = TeamKeys::fetch(issuer.team().clone()).unwrap();
    let access = CfAccess::builder(keys, ["audience".parse().unwrap()]).build().unwrap();
    let alice = headers(&issuer.user(ALICE).token());
    assert_eq!(access.authenticate(&alice).await.unwrap().email(), Some(ALICE));
}

#[tokio::test]
async fn refuses_every_status_but_200() {
    for code in [201, 204, 206, 401, 403, 404, 429, 500, 503] {
        let status = StatusCode::from_u16(code).unwrap();
        let issuer = start(answering(move |certs| (status, certs).into_response())).await;
        assert_eq!(fetched(&issuer).await, Some("status"), "{code}");
    }
}

#[tokio::test]
async fn refuses_what_a_redirect_leads_to() {
    let followed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&followed);
    let issuer = start(move |certs| {
        let elsewhere = async move || {
            count.fetch_add(1, Ordering::Relaxed);
            certs
        };
        Router::new()
            .route(PATH, get(async || Redirect::temporary("/elsewhere")))
            .route("/elsewhere", get(elsewhere))
    })
    .await;
    let keys = TeamKeys::fetch(issuer.team().clone()).unwrap();
    assert_eq!(first_error(&keys).await, Some("redirect"));
    assert_eq!(followed.load(Ordering::Relaxed), 0);
    // A caller's client may follow it; what it brings is not used.
    let keys = TeamKeys::reqwest(issuer.team().clone(), client()).unwrap();
    assert_eq!(first_error(&keys).await, Some("redirect"));
    assert_eq!(followed.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn refuses_what_is_no_certs_document() {
    for document in ["", "null", "<html>502</html>", r#"{"keys":[]}"#, r#"{"keys":{}}"#] {
        let issuer = start(answering(move |_| document.into_response())).await;
        assert_eq!(fetched(&issuer).await, Some("document"), "{document}");
    }
}

#[tokio::test]
async fn gives_up_on_a_document_over_128_kib_without_reading_it_to_its_end() {
    // Announced or not, and without an end.
    let issuer = start(answering(|_| " ".repeat(1024 * 1024).into_response())).await;
    assert_eq!(fetched(&issuer).await, Some("document"));
    let endless =
        || Body::from_stream(tokio_stream::iter(std::iter::repeat(Ok::<_, String>("          "))));
    let issuer = start(answering(move |_| endless().into_response())).await;
    assert_eq!(fetched(&issuer).await, Some("document"));
    let issuer = start(answering(|certs| padded(certs, 128 * 1024).into_response())).await;
    assert_eq!(fetched(&issuer).await, None);
    let issuer = start(answering(|certs| padded(certs, 128 * 1024 + 1).into_response())).await;
    assert_eq!(fetched(&issuer).await, Some("document"));
}

#[tokio::test]
async fn gives_up_on_an_answer_that_does_not_come_or_does_not_end() {
    let never = async || std::future::pending::<String>().await;
    let silent = start(move |_| Router::new().route(PATH, get(never))).await;
    let stuck = || Body::from_stream(tokio_stream::pending::<Result<String, String>>());
    let stuck = start(answering(move |_| stuck().into_response())).await;
    let (silent, stuck) = tokio::join!(fetched(&silent), fetched(&stuck));
    assert_eq!((silent, stuck), (Some("timeout"), Some("timeout")));
}

#[tokio::test]
async fn says_that_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = at(listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(fetched(&issuer).await, Some("connection"));
}

#[tokio::test]
async fn trusts_no_certificate_that_the_system_does_not() {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = reqwest::Certificate::from_der(key.cert.der()).unwrap();
    let tls = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![key.cert.der().clone()],
            key.signing_key.serialize_der().try_into().unwrap(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let team = TeamDomain::custom_issuer(&format!("https://localhost:{port}")).unwrap();
    let issuer = Issuer::at(team.clone(), "audience".parse().unwrap());
    let certs = issuer.certs();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let routes = Router::new().route(PATH, get(certs.clone()));
            if let Ok(stream) = acceptor.accept(stream).await {
                let service = TowerToHyperService::new(routes);
                let server = hyper::server::conn::http1::Builder::new();
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            }
        }
    });

    let keys = TeamKeys::fetch(team.clone()).unwrap();
    assert_eq!(first_error(&keys).await, Some("connection"));
    // With a client that trusts it, the same address serves.
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([certificate]);
    let keys = TeamKeys::reqwest(team, client.build().unwrap()).unwrap();
    assert_eq!(first_error(&keys).await, None);
}

#[tokio::test]
async fn sends_nothing_but_a_get_for_the_document() {
    let issuer = start(|certs| {
        let fallback = async |request: http::Request<Body>| {
            assert_eq!(request.headers().get("cookie"), None);
            (StatusCode::IM_A_TEAPOT, request.uri().to_string())
        };
        Router::new().route(PATH, get(async || certs)).fallback(fallback)
    })
    .await;
    assert_eq!(fetched(&issuer).await, None);
}

#[tokio::test]
async fn reads_the_keys_through_a_source_of_jwks_client_rs() {
    let issuer = start(answering(IntoResponse::into_response)).await;
    let source = WebSource::builder().build(issuer.team().certs_url().parse().unwrap()).unwrap();
    let keys = TeamKeys::jwks_client(issuer.team().clone(), source).unwrap();
    assert_eq!(first_error(&keys).await, None);
    let access = CfAccess::builder(keys, ["audience".parse().unwrap()]).build().unwrap();
    assert!(access.authenticate(&headers(&issuer.user(ALICE).token())).await.is_ok());

    let broken = start(answering(|_| StatusCode::BAD_GATEWAY.into_response())).await;
    let source = WebSource::builder().build(broken.team().certs_url().parse().unwrap()).unwrap();
    let keys = TeamKeys::jwks_client(broken.team().clone(), source).unwrap();
    assert_eq!(first_error(&keys).await, Some("connection"));
}

#[tokio::test]
async fn takes_of_a_source_of_jwks_client_rs_what_it_takes_of_a_document() {
    struct Fixed(String);

    #[async_trait]
    impl JwksSource for Fixed {
        async fn fetch_keys(&self) -> Result<JsonWebKeySet, JwksClientError> {
            Ok(serde_json::from_str(&self.0).unwrap())
        }
    }

    let issuer = Issuer::new();
    let change = |member: &str, value: &str| {
        let mut certs: serde_json::Value = serde_json::from_str(&issuer.certs()).unwrap();
        for key in certs["keys"].as_array_mut().unwrap() {
            key[member] = value.into();
        }
        certs.to_string()
    };
    let changed =
        [change("use", "enc"), change("alg", "RS512"), change("e", "AQ"), change("n", "AQAB")];
    for certs in changed {
        let keys = TeamKeys::jwks_client(issuer.team().clone(), Fixed(certs.clone())).unwrap();
        assert_eq!(first_error(&keys).await, Some("document"), "{certs}");
    }
    // An elliptic key beside ours does not spoil it.
    let mut certs: serde_json::Value = serde_json::from_str(&issuer.certs()).unwrap();
    let curve = serde_json::json!({"kty": "EC", "kid": "ec", "crv": "P-256", "x": "AA", "y": "AA"});
    certs["keys"].as_array_mut().unwrap().push(curve);
    let keys = TeamKeys::jwks_client(issuer.team().clone(), Fixed(certs.to_string())).unwrap();
    assert_eq!(first_error(&keys).await, None);
}
