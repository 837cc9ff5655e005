//! Under axum, over real connections: the listener, the extractors, and the layers.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http::{Request, StatusCode};
use proxy_protocol::axum::with_client_address;
use proxy_protocol::testing::from_client;
use proxy_protocol::{ClientAddress, ProxyProtocol, Trust, VerifyError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tower::ServiceExt;

use crate::{CLIENT, EDGE, LINE, STRANGER, networks, on_loopback, production, socket, v2};

async fn whoami(client: ClientAddress, plain: ConnectInfo<SocketAddr>) -> String {
    format!("{} {} {}", client.socket_addr(), plain.0, client.peer().ip())
}

/// Like a handler that was there before: it knows nothing of this crate.
async fn plain(ConnectInfo(client): ConnectInfo<SocketAddr>) -> String {
    client.to_string()
}

fn app() -> Router {
    Router::new().route("/whoami", get(whoami)).route("/plain", get(plain))
}

async fn serve_behind(proxy: &ProxyProtocol, app: Router) -> SocketAddr {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    tokio::spawn(axum::serve(proxy.listener(tcp), with_client_address(app)).into_future());
    address
}

/// Sends these bytes, then a request, and gives the whole answer.
async fn ask(address: SocketAddr, first: &[u8], path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(&[first, request.as_bytes()].concat()).await.unwrap();
    let mut answer = String::new();
    // A refusal resets the connection if not all was read.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn one_handler_gets_the_client_s_address_and_an_unchanged_connect_info() {
    let address = serve_behind(&on_loopback().build().unwrap(), app()).await;
    for header in [LINE.to_vec(), v2(CLIENT, "198.51.100.9:22")] {
        let answer = ask(address, &header, "/whoami", "").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let expected = format!("{CLIENT} {CLIENT} 127.0.0.1");
        assert!(answer.ends_with(&expected), "{answer}");
        assert!(ask(address, &header, "/plain", "").await.ends_with(CLIENT));
    }
    assert_eq!(ask(address, b"", "/whoami", "").await, "", "closed without an answer");
}

#[tokio::test]
async fn local_development_connects_without_a_header() {
    let proxy = production().build().unwrap();
    let address = serve_behind(&proxy, app()).await;
    let answer = ask(address, b"", "/whoami", "").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("127.0.0.1:"), "{answer}");
    // A header is the application's then, and HTTP knows no such method.
    let answer = ask(address, LINE, "/whoami", "").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn under_observe_the_extractor_refuses_and_connect_info_is_the_peer() {
    let proxy = ProxyProtocol::builder(Trust::require(networks(&["192.0.2.0/24"]))).build();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let listener = proxy.unwrap().listener(tcp).observe();
    tokio::spawn(axum::serve(listener, with_client_address(app())).into_future());
    let refused = ask(address, b"", "/whoami", "").await;
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
    assert!(ask(address, b"", "/plain", "").await.contains("127.0.0.1:"));
}

#[tokio::test]
async fn without_a_listener_or_a_layer_the_fault_is_the_server_s() {
    let request = Request::get("/whoami").body(Body::empty()).unwrap();
    let answer = app().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let error = answer.extensions().get::<VerifyError>();
    assert_eq!(error, Some(&VerifyError::MissingLayer));
}

#[tokio::test]
async fn the_listener_drains_with_axum_s_graceful_shutdown() {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let listener = on_loopback().build().unwrap().listener(tcp);
    let server = axum::serve(listener, with_client_address(app()))
        .with_graceful_shutdown(async { stopped.await.unwrap_or_default() });
    let server = tokio::spawn(server.into_future());
    assert!(ask(address, LINE, "/plain", "").await.ends_with(CLIENT));
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn behind_cloudflare_s_proxy_connecting_ip_is_the_client_for_both() {
    let proxy = on_loopback().build().unwrap();
    let app = app().layer(proxy.connecting_ip());
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(tcp, service).into_future());
    let answer = ask(address, b"", "/whoami", "CF-Connecting-IP: 203.0.113.7\r\n").await;
    assert!(answer.ends_with("203.0.113.7:0 203.0.113.7:0 127.0.0.1"), "{answer}");
    let refused = ask(address, b"", "/whoami", "").await;
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
}

#[tokio::test]
async fn connecting_ip_without_connect_info_is_the_server_s_fault() {
    let app = app().layer(on_loopback().build().unwrap().connecting_ip());
    let request = Request::get("/whoami").header("cf-connecting-ip", "203.0.113.7");
    let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_test_s_request_goes_through_the_same_decisions() {
    let proxy = production().build().unwrap();
    let request = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let (edge, client) = (socket(EDGE), socket(CLIENT));

    let proven = from_client(&proxy, edge, client, request("/whoami")).unwrap();
    assert_eq!(ClientAddress::of(proven.extensions()).unwrap().socket_addr(), client);
    let answer = app().layer(proxy.layer()).oneshot(proven).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);

    let direct = from_client(&proxy, socket("127.0.0.1:7"), client, request("/whoami")).unwrap();
    let address = ClientAddress::of(direct.extensions()).unwrap().socket_addr();
    assert_eq!(address, socket("127.0.0.1:7"), "who connects directly sends no header");

    let refuse = |peer, client| from_client(&proxy, peer, client, request("/")).unwrap_err();
    assert_eq!(refuse(socket(STRANGER), client), VerifyError::Denied);
    assert_eq!(refuse(edge, socket("10.0.0.1:1")), VerifyError::SpecialSource);
    let v6 = from_client(&proxy, edge, socket("[2001:db8::7]:1"), request("/")).unwrap();
    assert_eq!(
        ClientAddress::of(v6.extensions()).unwrap().socket_addr(),
        socket("[2001:db8::7]:1")
    );
}
