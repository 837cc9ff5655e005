//! PROXY, then TLS, then HTTP: all proofs in one handler.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http::Version;
use origin_mtls::EdgeIdentity;
use origin_mtls::axum::with_edge_identity;
use proxy_protocol::{ClientAddress, ProxyProtocol, Trust, loopback};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::Outcomes;
use crate::client::{Http, TLS13, config};
use crate::zone::Zone;

async fn all(edge: EdgeIdentity, client: ClientAddress, plain: ConnectInfo<SocketAddr>) -> String {
    format!("{:?} {} {}", edge.common_name(), client.socket_addr(), plain.0)
}

#[tokio::test]
async fn one_handler_gets_the_edge_the_client_and_an_unchanged_connect_info() {
    let zone = Zone::new("zone");
    let (origin, outcomes) = Outcomes::of(zone.builder());
    let proxy = ProxyProtocol::builder(Trust::require(loopback())).build().unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let listener = origin.listener(proxy.listener(tcp));
    let app = Router::new().route("/", get(all)).layer(origin.layer()).layer(proxy.layer());
    tokio::spawn(axum::serve(listener, with_edge_identity(app)).into_future());

    let config = || config(&zone, Some(&zone.client(7)), TLS13);
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 443\r\n").await.unwrap();
    let mut http = Http::over(stream, config(), Version::HTTP_11).await.unwrap();
    let answer = http.get("/").await.unwrap();
    let expected = "Some(\"client 7\") 203.0.113.7:51000 203.0.113.7:51000";
    assert_eq!(answer.body(), expected);

    // Without the header a handshake is none.
    assert!(Http::connect(address, config(), Version::HTTP_11).await.is_none());
    assert_eq!(outcomes.take(), ["accepted"]);
}
