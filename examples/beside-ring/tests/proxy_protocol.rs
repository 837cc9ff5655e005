//! proxy-protocol in this process, and behind its header the application's TLS: the order in which
//! Spectrum sends them.
#![cfg(not(feature = "with-fetch"))]

use std::net::SocketAddr;
use std::sync::Arc;

use beside_ring::tls::Localhost;
use proxy_protocol::handshakes::Incoming;
use proxy_protocol::{ProxyProtocol, Trust, loopback};
use rustls::{ClientConfig, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

#[tokio::test]
async fn the_application_s_tls_follows_the_header() {
    let localhost = Localhost::new();
    let proxy = ProxyProtocol::builder(Trust::require(loopback())).build().unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let mut listener = proxy.listener(tcp);
    let acceptor = TlsAcceptor::from(Arc::new(localhost.server(ServerConfig::builder())));
    let server = tokio::spawn(async move {
        let (stream, accepted) = listener.accept().await;
        let mut stream = acceptor.accept(stream).await.unwrap();
        let client = accepted.client().unwrap().socket_addr();
        stream.write_all(client.to_string().as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    });

    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"PROXY TCP4 203.0.113.7 198.51.100.9 51000 443\r\n").await.unwrap();
    let connector = TlsConnector::from(Arc::new(localhost.client(ClientConfig::builder())));
    let name = "localhost".try_into().unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer.parse(), Ok(SocketAddr::from(([203, 0, 113, 7], 51000))));
    server.await.unwrap();
}
