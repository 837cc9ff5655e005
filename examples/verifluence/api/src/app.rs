use std::time::Duration;

use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use siwe_session::{Audience, ConfigError, Routes, SiweSession, SiweSessionBuilder};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::caller::Caller;
use crate::error::ApiError;
use crate::{People, Stores, impersonations, operators, streams, watchlists};

/// What the API is made of. Cloning shares it.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) siwe: SiweSession,
    pub(crate) people: People,
    pub(crate) stores: Stores,
}

impl App {
    /// With these sessions: who signs in is asked of these people, and everything needs a session but
    /// the lists of streams and operators, and what a one-time token is the credential for.
    ///
    /// # Errors
    ///
    /// As of [`SiweSessionBuilder::build`].
    pub fn build(
        siwe: SiweSessionBuilder,
        people: People,
        stores: Stores,
    ) -> Result<Self, ConfigError> {
        let asked = people.clone();
        let siwe = siwe
            .routes(
                Routes::protected()
                    .public("/api/operators")
                    .public("/api/streams")
                    .public_for([Method::POST], "/api/impersonate"),
            )
            .on_login(move |login| {
                let claims = asked.admit(login.address());
                async { claims }
            })
            .build()?;
        Ok(Self { siwe, people, stores })
    }
}

/// The API, for pages of these origins.
pub fn router<'a>(app: &App, web: impl IntoIterator<Item = &'a Audience>) -> Router {
    let siwe = app.siwe.clone();
    let auth: Router<App> = siwe.router();
    // Whatever is added last is asked first. A preflight has no session, so CORS is outermost; and so
    // that a page can read a refusal. Paths that do not exist are behind the session as well.
    Router::new()
        .merge(impersonations::routes())
        .merge(operators::routes())
        .merge(streams::routes())
        .merge(watchlists::routes())
        .route("/api/me", get(me))
        .nest("/api/auth", auth.fallback(async || ApiError::NotFound))
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .with_state(app.clone())
        .layer(siwe.layer().on_refuse(|error| ApiError::Session(error).response()))
        .layer(cors(web))
}

/// Lets the front end's pages read the answers, with the cookie that a sign-in is bound to.
fn cors<'a>(web: impl IntoIterator<Item = &'a Audience>) -> CorsLayer {
    let origins = web.into_iter().filter_map(|audience| audience.as_str().parse().ok());
    CorsLayer::new()
        // As a list, an origin is told only to its own pages, with `Vary`.
        .allow_origin(AllowOrigin::list(origins.collect::<Vec<HeaderValue>>()))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([RETRY_AFTER])
        .max_age(PREFLIGHT_AGE)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Me {
    address: String,
    chain_id: u64,
    role: String,
}

async fn me(caller: Caller) -> Json<Me> {
    Json(Me {
        address: caller.session.address().to_string(),
        chain_id: caller.session.chain_id(),
        role: caller.role().to_owned(),
    })
}

/// How long a browser may go without asking again.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);
