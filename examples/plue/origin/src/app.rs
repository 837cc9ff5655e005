use std::net::IpAddr;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CACHE_CONTROL;
use axum::http::{Extensions, HeaderMap, HeaderName, StatusCode};
use axum::middleware::map_request;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use forge::{AUTH, refuse, remove_user, routes};
use origin_mtls::{EdgeIdentity, OriginMtls};
use proxy_protocol::{ClientAddress, ConfigError, Network, ProxyProtocol, Trust};
use serde::Serialize;
use serve::Outcomes;
use siwe_session::Routes;

use crate::user::User;
use crate::users::Users;

/// The routes, and around them what is proven of each request.
pub(crate) fn router(origin: &OriginMtls, visitors: &ProxyProtocol, users: &Users) -> Router {
    // Under observation the front page is served to everybody. So is what needs no visitor's
    // address when Cloudflare is told not to send it.
    let address = visitors.connecting_ip().or_proven(is_of_the_edge).observe();
    // Whatever is added last is asked first. All of it holds for paths that do not exist as well.
    let app = Router::new()
        .route("/", get(async || "Plue\n"))
        .route("/api/whoami", get(proven))
        .route("/whoami", get(whoami));
    let app = match users {
        Users::Edge(trust) => app.layer(map_request(strip)).layer(trust.layer()),
        Users::Here(siwe) => app
            .nest(AUTH, siwe.router())
            .layer(map_request(strip))
            .layer(siwe.layer().on_refuse(refuse::<Body>)),
    };
    app.layer(address).layer(origin.layer())
}

/// What needs no session where wallets sign in here.
pub(crate) fn public() -> Routes {
    routes().public("/whoami")
}

/// Believes `CF-Connecting-IP` by the client certificate alone. That a peer has an address of
/// Cloudflare's is not enough: every customer of theirs has, and it is for the edge to say who
/// visits.
pub(crate) fn visitors(outcomes: &Outcomes) -> Result<ProxyProtocol, ConfigError> {
    // No peer has this address (RFC 1122 §3.2.1.3), so that no network is believed.
    let nobody: Network = "0.0.0.0".parse()?;
    ProxyProtocol::builder(Trust::require([nobody])).on_outcome(outcomes.counter()).build()
}

/// Who is signed in, handlers are told by a proof alone: no form of a header that says so reaches them,
/// whether it was believed or not.
async fn strip(mut request: Request) -> Result<Request, StatusCode> {
    remove_user(request.headers_mut())?;
    Ok(request)
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
    /// Who is signed in.
    user: Option<Account>,
    /// The names of the headers that have come as far as this.
    headers: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Edge {
    common_name: Option<String>,
    pin: String,
    anchor: String,
}

#[derive(Debug, Serialize)]
struct Account {
    address: String,
    chain_id: Option<u64>,
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self { address: user.address().to_checksum(None), chain_id: user.chain_id() }
    }
}

async fn whoami(
    edge: EdgeIdentity,
    client: ClientAddress,
    user: Option<User>,
    headers: HeaderMap,
) -> impl IntoResponse {
    let who = Who {
        edge: Edge {
            common_name: edge.common_name().map(str::to_owned),
            pin: edge.pin().to_string(),
            anchor: edge.anchor().to_string(),
        },
        client: client.ip(),
        user: user.map(Account::from),
        headers: headers.keys().map(HeaderName::to_string).collect(),
    };
    ([(CACHE_CONTROL, "no-store")], Json(who))
}

/// What a route of the forge begins with: over whose connection, for whom, and who is signed in.
#[derive(Debug, Serialize)]
struct Proven {
    edge: String,
    client: IpAddr,
    user: Account,
}

async fn proven(edge: EdgeIdentity, client: ClientAddress, user: User) -> impl IntoResponse {
    let proven = Proven { edge: edge.pin().to_string(), client: client.ip(), user: user.into() };
    ([(CACHE_CONTROL, "no-store")], Json(proven))
}
