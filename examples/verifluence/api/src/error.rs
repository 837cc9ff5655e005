use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use siwe_session::SessionError;

/// Why a request is not done. Answered with a status, and its code as JSON, as the endpoints of a sign-in
/// refuse.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ApiError {
    /// The wallet may not use the API any more.
    Denied,
    /// There are as many watchlists as there may be.
    Full,
    /// The path does not have this method.
    MethodNotAllowed,
    /// There is no such path, or no such stream.
    NotFound,
    /// There is no session, or none that holds.
    Session(SessionError),
    /// The watchlist is as long as it may be.
    WatchlistFull,
}

impl ApiError {
    pub(crate) fn response(self) -> Response {
        let (status, code) = match self {
            Self::Denied => (StatusCode::FORBIDDEN, "denied"),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, "full"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::Session(error) => (error.status(), error.code()),
            Self::WatchlistFull => (StatusCode::CONFLICT, "watchlist_full"),
        };
        let body = Body::from(json!({ "error": code }).to_string());
        let mut response = match self {
            // It has headers of its own, such as `Retry-After`.
            Self::Session(error) => error.response(body),
            _ => Response::new(body),
        };
        *response.status_mut() = status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.response()
    }
}
