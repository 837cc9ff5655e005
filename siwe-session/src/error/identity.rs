use http::StatusCode;
use thiserror::Error;

use crate::SessionError;

/// Why an origin server does not know who is signed in at its edge.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum IdentityError {
    /// Nobody is signed in, or it is not the edge that says so.
    #[error("nobody is signed in at the edge")]
    Missing,
    /// The header stands twice, or is neither an address in the form of EIP-55 nor an assertion.
    #[error("the edge's word is malformed")]
    Malformed,
    /// The assertion is no token of ours: its form, its type, its key or its signature.
    #[error("the assertion does not hold: {0}")]
    BadAssertion(SessionError),
    /// The assertion is for another server.
    #[error("the assertion is for another server")]
    WrongAudience,
    /// The assertion has expired, or was made in the future.
    #[error("the assertion has expired, or a clock is wrong")]
    Expired,
    /// There is no layer to have verified it: the server's fault.
    #[error("the layer that verifies identities is missing")]
    MissingLayer,
}

impl IdentityError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing_identity",
            Self::Malformed => "malformed_identity",
            Self::BadAssertion(_) => "bad_assertion",
            Self::WrongAudience => "wrong_assertion_audience",
            Self::Expired => "expired_assertion",
            Self::MissingLayer => "missing_layer",
        }
    }

    /// The status that says it: 400 if the edge's word is malformed, 500 if the service lacks its layer,
    /// 401 for the rest.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}
