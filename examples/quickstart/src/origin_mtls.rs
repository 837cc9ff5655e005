//! origin-mtls in an origin: what a service adds to be reached by its own zone alone.

pub(crate) mod attacks;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::serve;
use origin_mtls::axum::with_edge_identity;
use origin_mtls::{
    ConfigError, EdgeIdentity, OriginMtls, OriginPullPolicy, OriginPullPolicyBuilder,
    ServerCertificate, TrustAnchors,
};
use rustls_pki_types::SignatureVerificationAlgorithm;
use tokio::net::TcpListener;

/// Whose certificates are accepted, and for which hosts.
fn policy(
    ca: &str,
    algorithms: &'static [&'static dyn SignatureVerificationAlgorithm],
) -> Result<OriginPullPolicyBuilder, ConfigError> {
    let anchors = TrustAnchors::from_pem(ca)?;
    Ok(OriginPullPolicy::builder(anchors, algorithms).hosts(["plue.dev".parse()?]))
}

/// What the server shows, and who hears of each decision.
fn configure(
    policy: OriginPullPolicy,
    certificate: ServerCertificate,
    on_outcome: impl Fn(&'static str) + Send + Sync + 'static,
) -> Result<OriginMtls, ConfigError> {
    OriginMtls::builder(policy, certificate).on_outcome(on_outcome).build()
}

/// The service: its routes, and no host but its own.
fn router(origin: &OriginMtls) -> Router {
    Router::new().route("/whoami", get(whoami)).layer(origin.layer())
}

async fn whoami(edge: EdgeIdentity, ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
    format!("{} from {}", edge.common_name().unwrap_or("nobody"), peer.ip())
}

async fn run(tcp: TcpListener, origin: OriginMtls) -> std::io::Result<()> {
    serve(origin.listener(tcp), with_edge_identity(router(&origin))).await
}
