//! proxy-protocol in an origin: what a service adds to know its clients' addresses.

pub(crate) mod attacks;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::serve;
use proxy_protocol::axum::with_client_address;
use proxy_protocol::{ClientAddress, ConfigError, Networks, ProxyProtocol, Trust};
use tokio::net::TcpListener;

/// Which networks send a header, which connect directly, and who hears of each decision. A service
/// behind Spectrum has `cloudflare()` and `loopback()` here.
fn configure(
    edge: Networks,
    direct: Networks,
    own: Networks,
    on_outcome: impl Fn(&'static str) + Send + Sync + 'static,
) -> Result<ProxyProtocol, ConfigError> {
    ProxyProtocol::builder(Trust::require(edge).direct(direct))
        .own_addresses(own)
        .on_outcome(on_outcome)
        .build()
}

/// The service: its routes, and no header that names another client.
fn router(proxy: &ProxyProtocol) -> Router {
    Router::new().route("/whoami", get(whoami)).layer(proxy.layer())
}

async fn whoami(client: ClientAddress, ConnectInfo(plain): ConnectInfo<SocketAddr>) -> String {
    assert_eq!(client.socket_addr(), plain, "both are the client");
    client.ip().to_string()
}

async fn run(tcp: TcpListener, proxy: ProxyProtocol) -> std::io::Result<()> {
    serve(proxy.listener(tcp), with_client_address(router(&proxy))).await
}
