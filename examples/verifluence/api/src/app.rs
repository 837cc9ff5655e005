use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use siwe_session::{Audience, ConfigError, Routes, SiweSession, SiweSessionBuilder};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::caller::Caller;
use crate::error::ApiError;
use crate::streams::{self, Stream};
use crate::{People, Watchlists};

/// What the API is made of. Cloning shares it.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) siwe: SiweSession,
    pub(crate) people: People,
    watchlists: Arc<Watchlists>,
}

impl App {
    /// With these sessions: who signs in is asked of these people, and everything but the list of streams
    /// needs a session.
    ///
    /// # Errors
    ///
    /// As of [`SiweSessionBuilder::build`].
    pub fn build(
        siwe: SiweSessionBuilder,
        people: People,
        watchlists: Watchlists,
    ) -> Result<Self, ConfigError> {
        let asked = people.clone();
        let siwe = siwe
            .routes(Routes::protected().public("/api/streams"))
            .on_login(move |login| {
                let claims = asked.admit(login.address());
                async { claims }
            })
            .build()?;
        Ok(Self { siwe, people, watchlists: Arc::new(watchlists) })
    }
}

/// The API, for pages of these origins.
pub fn router<'a>(app: &App, web: impl IntoIterator<Item = &'a Audience>) -> Router {
    let siwe = app.siwe.clone();
    let auth: Router<App> = siwe.router();
    // Whatever is added last is asked first. A preflight has no session, so CORS is outermost; and so
    // that a page can read a refusal. Paths that do not exist are behind the session as well.
    Router::new()
        .route("/api/streams", get(list))
        .route("/api/me", get(me))
        .route("/api/watchlist", get(watchlist))
        .route("/api/watchlist/{stream}", post(watch).delete(unwatch))
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

async fn list() -> Json<&'static [Stream]> {
    Json(streams::all())
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

async fn watchlist(State(app): State<App>, caller: Caller) -> Json<Vec<&'static str>> {
    Json(app.watchlists.of(caller.wallet()))
}

async fn watch(
    State(app): State<App>,
    caller: Caller,
    Path(stream): Path<String>,
) -> Result<StatusCode, ApiError> {
    let stream = streams::find(&stream).ok_or(ApiError::NotFound)?;
    let is_new = app.watchlists.add(caller.wallet(), stream)?;
    Ok(if is_new { StatusCode::CREATED } else { StatusCode::OK })
}

async fn unwatch(
    State(app): State<App>,
    caller: Caller,
    Path(stream): Path<String>,
) -> Result<StatusCode, ApiError> {
    let stream = streams::find(&stream).ok_or(ApiError::NotFound)?;
    app.watchlists.remove(caller.wallet(), stream);
    Ok(StatusCode::NO_CONTENT)
}

/// How long a browser may go without asking again.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);
