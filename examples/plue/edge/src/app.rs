use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::map_request;
use axum::response::Response;
use axum::routing::any;
use forge::{AUTH, USER_ADDRESS, edge_routes, refuse, remove_user};
use siwe_session::{ConfigError, IdentityHeader, SiweSession, SiweSessionBuilder};

use crate::{Upstream, page};

/// What needs no session, and how the forge is told of one.
///
/// # Errors
///
/// None: what is set here is right.
pub fn guard(siwe: SiweSessionBuilder) -> Result<SiweSessionBuilder, ConfigError> {
    let header = IdentityHeader::new(USER_ADDRESS)?;
    Ok(siwe.routes(edge_routes()).mounted_at(AUTH).identity_header(header))
}

/// The endpoints of a sign-in and its page; behind them the forge, and around all of it who is signed in.
pub fn router(siwe: &SiweSession, upstream: Upstream) -> Router {
    // Whatever is added last is asked first. The layers are around paths that do not exist as well.
    Router::new()
        .nest(AUTH, siwe.router().fallback(async || StatusCode::NOT_FOUND))
        // Which `nest` leaves out.
        .route("/api/auth/", any(async || StatusCode::NOT_FOUND))
        .merge(page::router())
        .fallback(forward)
        .with_state(upstream)
        .layer(siwe.layer().on_refuse(refuse::<Body>))
        .layer(map_request(strip))
}

/// The page, and the forge, which signs people in by itself: nothing is guarded, and nobody is named.
pub fn relay(upstream: Upstream) -> Router {
    Router::new()
        .merge(page::router())
        .fallback(forward)
        .with_state(upstream)
        .layer(map_request(strip))
}

async fn forward(State(upstream): State<Upstream>, request: Request) -> Response {
    upstream.forward(request).await
}

/// Who a visitor says to be goes nowhere, whether the edge tells of somebody or not.
async fn strip(mut request: Request) -> Result<Request, StatusCode> {
    remove_user(request.headers_mut())?;
    Ok(request)
}
