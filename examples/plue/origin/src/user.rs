use alloy_primitives::Address;
use axum::body::Body;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use forge::{refuse, with_code};
use siwe_session::{ForwardedIdentity, IdentityError, Session, SessionError};

/// That somebody is signed in: by the edge's word, or with a session of this server's own.
#[derive(Clone, Debug)]
pub(crate) enum User {
    AtEdge(ForwardedIdentity),
    Here(Session),
}

/// Why nobody is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NoUser {
    AtEdge(IdentityError),
    Here(SessionError),
}

impl User {
    pub(crate) fn address(&self) -> Address {
        match self {
            Self::AtEdge(identity) => identity.address(),
            Self::Here(session) => session.address(),
        }
    }

    /// The chain that the wallet was on, if it is known.
    pub(crate) fn chain_id(&self) -> Option<u64> {
        match self {
            Self::AtEdge(identity) => identity.chain_id(),
            Self::Here(session) => Some(session.chain_id()),
        }
    }

    fn of(extensions: &Extensions) -> Result<Self, NoUser> {
        match Session::of(extensions) {
            Ok(session) => Ok(Self::Here(session.clone())),
            // One of the two layers stands before every handler.
            Err(SessionError::MissingLayer) => {
                ForwardedIdentity::of(extensions).copied().map(Self::AtEdge).map_err(NoUser::AtEdge)
            }
            Err(error) => Err(NoUser::Here(error)),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = NoUser;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoUser> {
        Self::of(&parts.extensions)
    }
}

/// `None` if nobody is signed in. Where that cannot be told, or the edge's word does not hold, it refuses.
impl<S: Sync> OptionalFromRequestParts<S> for User {
    type Rejection = NoUser;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, NoUser> {
        match Self::of(&parts.extensions) {
            Ok(user) => Ok(Some(user)),
            Err(NoUser::AtEdge(IdentityError::Missing)) => Ok(None),
            Err(NoUser::Here(error)) if error.status() == StatusCode::UNAUTHORIZED => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// `{"error":"<code>"}`, with the status that it says.
impl IntoResponse for NoUser {
    fn into_response(self) -> Response {
        match self {
            Self::AtEdge(error) => with_code(error.code(), |body: Body| error.response(body)),
            Self::Here(error) => refuse(error),
        }
    }
}
