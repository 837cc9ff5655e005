use http::StatusCode;
use thiserror::Error;

use crate::{SessionError, VerifyError};

/// Why the application lets nobody in who has signed in.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "it is for the application to choose one")]
pub enum LoginDenied {
    /// This wallet may not.
    #[error("this wallet may not sign in")]
    Denied,
    /// It cannot be told now.
    #[error("it cannot be told whether this wallet may sign in")]
    Unavailable,
}

/// Why a request to one of the endpoints is refused: that of a sign-in, a session, or the request itself.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum SignInError {
    /// The body is of another type than `application/json`.
    #[error("the body is not of the type application/json")]
    MediaType,
    /// The body is over 16 KiB.
    #[error("the body is too large")]
    TooLarge,
    /// The body is not the JSON that is asked for.
    #[error("the body is not of its form")]
    MalformedBody,
    /// A nonce is asked for an origin that is none of ours.
    #[error("the origin is none of ours")]
    UnknownOrigin,
    /// Old sessions alone are taken, so that nobody signs in.
    #[error("nobody signs in here yet")]
    NotYet,
    /// The sign-in is refused.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The application lets this wallet not in.
    #[error(transparent)]
    Denied(#[from] LoginDenied),
    /// The session is refused.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl SignInError {
    /// A stable name for logs, counters and alerts, and in the answer.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MediaType => "unsupported_media_type",
            Self::TooLarge => "body_too_large",
            Self::MalformedBody => "malformed_body",
            Self::UnknownOrigin => "unknown_origin",
            Self::NotYet => "sign_in_closed",
            Self::Verify(error) => error.code(),
            Self::Denied(LoginDenied::Denied) => "denied",
            Self::Denied(LoginDenied::Unavailable) => "login_unavailable",
            Self::Session(error) => error.code(),
        }
    }

    /// The status that says it.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MalformedBody | Self::UnknownOrigin => StatusCode::BAD_REQUEST,
            Self::Verify(error) => error.status(),
            Self::Denied(LoginDenied::Denied) => StatusCode::FORBIDDEN,
            Self::NotYet | Self::Denied(LoginDenied::Unavailable) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Session(error) => error.status(),
        }
    }
}
