use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cf_access::VerifyError;
use database::Unavailable;
use serde_json::json;

/// Why a request is not done. Answered with a status, and its code as JSON.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ApiError {
    /// Who calls is not proven, or may not.
    Access(VerifyError),
    /// Another site's page made the browser send it.
    CrossSite,
    /// The store is full.
    Full,
    /// The system has no randomness.
    Internal,
    /// The body is not the JSON that it must be.
    InvalidBody,
    /// The path does not have this method.
    MethodNotAllowed,
    /// There is no such path, or nothing by this id.
    NotFound,
    /// It did not come through the tunnel, or does not name its visitor.
    Peer(proxy_protocol::VerifyError),
    /// The database does not do what it is asked.
    StoreUnavailable,
    /// The body is too large.
    TooLarge,
    /// The body is not `application/json`.
    UnsupportedMediaType,
}

impl ApiError {
    pub(crate) fn response(self) -> Response {
        // Those of the proofs bring their own headers, such as `Retry-After`.
        let body = Body::from(json!({ "error": self.code() }).to_string());
        let mut response = match self {
            Self::Access(error) => error.response(body),
            Self::Peer(error) => error.response(body),
            _ => Response::new(body),
        };
        if self == Self::StoreUnavailable {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        *response.status_mut() = self.status();
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Access(error) => error.status(),
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Full | Self::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::InvalidBody => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Peer(error) => error.status(),
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Access(error) => error.code(),
            Self::CrossSite => "cross_site",
            Self::Full => "full",
            Self::Internal => "internal",
            Self::InvalidBody => "invalid_body",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::NotFound => "not_found",
            Self::Peer(error) => error.code(),
            Self::StoreUnavailable => "store_unavailable",
            Self::TooLarge => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
        }
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
