use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::any;
use serde_json::json;
use siwe_session::{
    ConfigError, IdentityHeader, Routes, SessionError, SiweSession, SiweSessionBuilder,
};

use crate::{Upstream, page};

/// What needs no session, and how the forge is told of one.
///
/// # Errors
///
/// None: what is set here is right.
pub fn guard(siwe: SiweSessionBuilder) -> Result<SiweSessionBuilder, ConfigError> {
    let header = IdentityHeader::new(USER_ADDRESS)?;
    Ok(siwe.routes(routes()).mounted_at(AUTH).identity_header(header))
}

/// Everything else needs a session, whether it is one of the forge's routes or not.
fn routes() -> Routes {
    let forge = Routes::protected()
        .public("/")
        .public("/{owner}/{repo}")
        .public("/{owner}/{repo}/tree/{*path}")
        .public("/{owner}/{repo}/blob/{*path}")
        .protect("/api/{*rest}");
    page::paths().fold(forge, Routes::public)
}

/// The endpoints of a sign-in and its page; behind them the forge, and around all of it who is signed in.
pub fn router(siwe: &SiweSession, upstream: Upstream) -> Router {
    // Whatever is added last is asked first. The layer is around paths that do not exist as well.
    Router::new()
        .nest(AUTH, siwe.router().fallback(async || StatusCode::NOT_FOUND))
        // Which `nest` leaves out.
        .route("/api/auth/", any(async || StatusCode::NOT_FOUND))
        .merge(page::router())
        .fallback(forward)
        .with_state(upstream)
        .layer(siwe.layer().on_refuse(refuse))
}

async fn forward(State(upstream): State<Upstream>, request: Request) -> Response {
    upstream.forward(request).await
}

/// As the endpoints of a sign-in refuse.
fn refuse(error: SessionError) -> Response {
    let mut response = error.response(Body::from(json!({ "error": error.code() }).to_string()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

const AUTH: &str = "/api/auth";

/// The header that tells the forge who is signed in.
pub(crate) const USER_ADDRESS: &str = "x-plue-user-address";
