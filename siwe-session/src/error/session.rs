use http::StatusCode;
use thiserror::Error;

/// Why a request has no session, or is not to be answered for the one that it has.
///
/// Carries nothing that the sender wrote, so it can be logged as it is. In the order of the checks.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq)]
#[non_exhaustive]
pub enum SessionError {
    /// There is no session: no cookie, and no bearer token.
    #[error("there is no session")]
    Missing,
    /// There are two different tokens: of two cookies, or of a cookie and the header `Authorization`.
    #[error("two sessions that differ")]
    Conflicting,
    /// The token is not of its form, or over 4000 bytes.
    #[error("the session is malformed")]
    Malformed,
    /// The token is of another type (`typ`).
    #[error("a token of another type")]
    WrongType,
    /// No key of the ring has the token's name (`kid`): it was retired, or never was ours.
    #[error("the key is none of ours")]
    UnknownKey,
    /// The token names another algorithm (`alg`) than its key has.
    #[error("the algorithm is not that of the key")]
    WrongAlgorithm,
    /// The key did not make this signature.
    #[error("the session's signature does not hold")]
    BadSignature,
    /// The session is for an origin that is none of ours.
    #[error("the session is for another site")]
    WrongAudience,
    /// The token was issued in the future.
    #[error("the session was issued in the future")]
    IssuedInFuture,
    /// The token has expired.
    #[error("the session has expired")]
    Expired,
    /// The wallet signed in longer ago than a session may last.
    #[error("the sign-in was too long ago")]
    Over,
    /// The session was ended.
    #[error("the session was ended")]
    Revoked,
    /// The store that knows which sessions were ended cannot be asked.
    #[error("the store of ended sessions cannot be asked")]
    StoreUnavailable,
    /// A request that changes something comes from another site, or another origin of this one.
    #[error("the request comes from another site")]
    CrossSite,
    /// There is no layer to have verified the session: the server's fault.
    #[error("the layer that verifies sessions is missing")]
    MissingLayer,
}

impl SessionError {
    /// A stable name for logs, counters and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing_session",
            Self::Conflicting => "conflicting_sessions",
            Self::Malformed => "malformed_session",
            Self::WrongType => "wrong_type",
            Self::UnknownKey => "unknown_key",
            Self::WrongAlgorithm => "wrong_algorithm",
            Self::BadSignature => "bad_session_signature",
            Self::WrongAudience => "wrong_audience",
            Self::IssuedInFuture => "session_issued_in_future",
            Self::Expired => "expired_session",
            Self::Over => "session_over",
            Self::Revoked => "revoked_session",
            Self::StoreUnavailable => "store_unavailable",
            Self::CrossSite => "cross_site",
            Self::MissingLayer => "missing_layer",
        }
    }

    /// The status that says it: 401 if there is no session that holds, 403 if the request is another
    /// site's, 503 if it cannot be told, 500 if the service lacks its layer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}
