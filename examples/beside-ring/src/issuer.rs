//! What stands in for Cloudflare Access: its certs document on loopback, with and without TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use axum::serve::Listener;
use cf_access::TeamDomain;
use cf_access::testing::Issuer;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// At `http://127.0.0.1:<port>`.
pub async fn plain() -> Issuer {
    let tcp = listener().await;
    let issuer = issuer(&format!("http://{}", tcp.local_addr().expect("an address")));
    serve(tcp, certs(&issuer));
    issuer
}

/// At `https://localhost:<port>`.
pub async fn tls(config: ServerConfig) -> Issuer {
    let tcp = listener().await;
    let port = tcp.local_addr().expect("an address").port();
    let issuer = issuer(&format!("https://localhost:{port}"));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(TlsListener { tcp, acceptor }, certs(&issuer));
    issuer
}

/// Serves until the test's runtime ends.
fn serve<L>(listener: L, routes: Router)
where
    L: Listener<Addr = SocketAddr>,
{
    tokio::spawn(async { axum::serve(listener, routes).await });
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback")
}

fn issuer(address: &str) -> Issuer {
    let team = TeamDomain::custom_issuer(address).expect("an origin");
    Issuer::at(team, "beside-ring".parse().expect("an audience"))
}

fn certs(issuer: &Issuer) -> Router {
    let certs = issuer.certs();
    Router::new().route("/cdn-cgi/access/certs", get(async move || certs))
}

struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.tcp).await;
            // Who does not trust the certificate leaves in the middle of the handshake.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
