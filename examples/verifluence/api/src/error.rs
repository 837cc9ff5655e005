use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use database::Unavailable;
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
    /// The body is not the JSON that it must be.
    InvalidBody,
    /// The path does not have this method.
    MethodNotAllowed,
    /// There is no such path, or no such stream.
    NotFound,
    /// It did not come through the tunnel, or does not name its visitor.
    Peer(proxy_protocol::VerifyError),
    /// There is no session, or none that holds.
    Session(SessionError),
    /// The database does not do what it is asked.
    StoreUnavailable,
    /// The body is too large.
    TooLarge,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// The one-time token was used, has expired, or never was.
    UsedOrUnknown,
    /// The watchlist is as long as it may be.
    WatchlistFull,
}

impl ApiError {
    pub(crate) fn response(self) -> Response {
        let (status, code) = match self {
            Self::Denied => (StatusCode::FORBIDDEN, "denied"),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, "full"),
            Self::InvalidBody => (StatusCode::BAD_REQUEST, "invalid_body"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::Peer(error) => (error.status(), error.code()),
            Self::Session(error) => (error.status(), error.code()),
            Self::StoreUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
            }
            Self::UsedOrUnknown => (StatusCode::GONE, "used_or_unknown"),
            Self::WatchlistFull => (StatusCode::CONFLICT, "watchlist_full"),
        };
        let body = Body::from(json!({ "error": code }).to_string());
        let mut response = match self {
            // They have headers of their own, such as `Retry-After`.
            Self::Peer(error) => error.response(body),
            Self::Session(error) => error.response(body),
            _ => Response::new(body),
        };
        if self == Self::StoreUnavailable {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
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

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            _ => Self::InvalidBody,
        }
    }
}

impl From<Unavailable> for ApiError {
    fn from(_: Unavailable) -> Self {
        Self::StoreUnavailable
    }
}
