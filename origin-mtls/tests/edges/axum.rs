//! Under axum, over real connections.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http::{Request, StatusCode, Version};
use origin_mtls::axum::with_edge_identity;
use origin_mtls::testing::{EphemeralCa, from_edge};
use origin_mtls::{EdgeIdentity, OriginMtls, OriginPullPolicy, VerifyError};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower::ServiceExt;

use crate::client::{self, Http, TLS13, config};
use crate::zone::Zone;
use crate::{Outcomes, provider};

async fn whoami(edge: EdgeIdentity, plain: ConnectInfo<SocketAddr>) -> String {
    assert!(plain.ip().is_loopback());
    edge.common_name().unwrap_or("nobody").to_owned()
}

/// Like a handler that was there before: it knows nothing of this crate.
async fn plain(ConnectInfo(client): ConnectInfo<SocketAddr>) -> String {
    client.ip().to_string()
}

pub(crate) fn app() -> Router {
    Router::new().route("/whoami", get(whoami)).route("/plain", get(plain))
}

pub(crate) async fn serve(origin: &OriginMtls, app: Router) -> SocketAddr {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    tokio::spawn(axum::serve(origin.listener(tcp), with_edge_identity(app)).into_future());
    address
}

#[tokio::test]
async fn one_handler_gets_the_edge_and_an_unchanged_connect_info() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = Outcomes::of(zone.builder());
    let address = serve(&origin, app().layer(origin.layer())).await;
    let mut http =
        Http::connect(address, config(&zone, Some(&zone.client(7)), TLS13), Version::HTTP_11).await;
    let http = http.as_mut().unwrap();
    for _ in 0..2 {
        let answer = http.get("/whoami").await.unwrap();
        assert_eq!((answer.status(), &**answer.body()), (StatusCode::OK, "client 7"));
    }
    assert_eq!(http.get("/plain").await.unwrap().body(), "127.0.0.1");
    assert_eq!(outcomes.take(), ["accepted"], "one for a connection");
}

#[tokio::test]
async fn whoever_has_no_certificate_of_the_zone_gets_no_answer() {
    let (zone, other) = (Zone::new("zone"), Zone::new("other"));
    let (origin, outcomes) = Outcomes::of(zone.builder());
    let address = serve(&origin, app()).await;
    for (client, code) in [(None, "no_certificate"), (Some(other.client(1)), "unknown_issuer")] {
        let config = config(&zone, client.as_ref(), TLS13);
        assert!(client::get(address, config, "/plain").await.is_none(), "{code}");
        assert_eq!(outcomes.wait_for(1).await, [code]);
    }
}

#[tokio::test]
async fn without_a_listener_the_fault_is_the_server_s() {
    let origin = Zone::new("zone").origin();
    for app in [app(), app().layer(origin.layer())] {
        let request = Request::get("/whoami").body(Body::empty()).unwrap();
        let answer = app.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.extensions().get(), Some(&VerifyError::MissingLayer));
    }
}

#[tokio::test]
async fn the_listener_drains_with_axum_s_graceful_shutdown() {
    let zone = Zone::new("zone");
    let origin = zone.origin();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(origin.listener(tcp), with_edge_identity(app()))
        .with_graceful_shutdown(async { stopped.await.unwrap_or_default() });
    let server = tokio::spawn(server.into_future());
    let config = config(&zone, Some(&zone.client(1)), TLS13);
    assert!(client::get(address, config, "/plain").await.is_some());
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_test_s_request_goes_through_the_same_checks() {
    let ca = EphemeralCa::new();
    let algorithms = provider().signature_verification_algorithms.all;
    // What a newcomer's throw-away authority issues has the strict form.
    let policy =
        OriginPullPolicy::builder(ca.trust_anchors(), algorithms).strict().build().unwrap();
    let certificate = ca.server_certificate(&["localhost", "127.0.0.1"], provider());
    let origin = OriginMtls::builder(policy, certificate).build().unwrap();
    let request = || Request::get("/").body(Body::empty()).unwrap();

    let proven = from_edge(&origin, &ca.client(), request()).unwrap();
    let app = Router::new().route("/", get(async |_: EdgeIdentity| ())).layer(origin.layer());
    assert_eq!(app.oneshot(proven).await.unwrap().status(), StatusCode::OK);

    let stranger = EphemeralCa::new().client();
    // Both authorities have one name, and another key.
    assert_eq!(from_edge(&origin, &stranger, request()).unwrap_err(), VerifyError::BadSignature);
}
