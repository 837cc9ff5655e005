use std::net::IpAddr;

use axum::http::{Extensions, HeaderMap, HeaderName};
use axum::middleware::map_request;
use axum::routing::get;
use axum::{Json, Router};
use origin_mtls::{EdgeIdentity, OriginMtls};
use proxy_protocol::{ClientAddress, ConfigError, Network, ProxyProtocol, Trust};
use serde::Serialize;

use crate::outcomes::Outcomes;
use crate::user_address;

/// The routes, and around them what is proven of each request.
pub(crate) fn router(origin: &OriginMtls, visitors: &ProxyProtocol) -> Router {
    // Under observation the front page is served to everybody. So is what needs no visitor's
    // address when Cloudflare is told not to send it.
    let address = visitors.connecting_ip().or_proven(is_of_the_edge).observe();
    // Whatever is added last is asked first. All of it holds for paths that do not exist as well.
    Router::new()
        .route("/", get(async || "Plue\n"))
        .route("/whoami", get(whoami))
        .layer(address)
        .layer(origin.layer())
        .layer(map_request(user_address::remove))
}

/// Believes `CF-Connecting-IP` by the client certificate alone. That a peer has an address of
/// Cloudflare's is not enough: every customer of theirs has, and it is for the edge to say who
/// visits.
pub(crate) fn visitors(outcomes: &Outcomes) -> Result<ProxyProtocol, ConfigError> {
    // No peer has this address (RFC 1122 §3.2.1.3), so that no network is believed.
    let nobody: Network = "0.0.0.0".parse()?;
    ProxyProtocol::builder(Trust::require([nobody])).on_outcome(outcomes.counter()).build()
}

fn is_of_the_edge(extensions: &Extensions) -> bool {
    EdgeIdentity::of(extensions).is_ok()
}

/// What is known of a request, and of the certificate that it came by.
#[derive(Debug, Serialize)]
struct Who {
    edge: Edge,
    /// The visitor's address.
    client: IpAddr,
    /// The names of the headers that have come as far as this.
    headers: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Edge {
    common_name: Option<String>,
    pin: String,
    anchor: String,
}

async fn whoami(edge: EdgeIdentity, client: ClientAddress, headers: HeaderMap) -> Json<Who> {
    Json(Who {
        edge: Edge {
            common_name: edge.common_name().map(str::to_owned),
            pin: edge.pin().to_string(),
            anchor: edge.anchor().to_string(),
        },
        client: client.ip(),
        headers: headers.keys().map(HeaderName::to_string).collect(),
    })
}
