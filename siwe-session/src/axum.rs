//! For [axum](https://docs.rs/axum): the proofs as a handler's arguments, and the endpoints of a sign-in.
//!
//! `Session` refuses the request if there is none. `Option<Session>` is `None` for whoever has none that
//! holds: on a public page, someone whose session has expired is a stranger.
//! Where it cannot be told, or another site has caused the request, it refuses too.
//!
//! ```
//! use axum::{Router, body::Body, http::{Request, StatusCode}, routing::get};
//! use siwe_session::{Routes, Session, testing::Site};
//! use tower::ServiceExt;
//!
//! async fn me(session: Session) -> String {
//!     session.address().to_string()
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let site = Site::new();
//! let siwe = site.builder().routes(Routes::protected().public("/")).build()?;
//! let app: Router = Router::new()
//!     .route("/", get(async |session: Option<Session>| format!("{session:?}")))
//!     .route("/me", get(me))
//!     .nest("/api/auth", siwe.router())
//!     .layer(siwe.layer());
//!
//! let request = site.sign(Request::get("/me").body(Body::empty())?);
//! assert_eq!(app.oneshot(request).await?.status(), StatusCode::OK);
//! # Ok(())
//! # }
//! ```

mod router;

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

use crate::{ForwardedIdentity, IdentityError, Session, SessionError, SignInError, endpoints};

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = SessionError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, SessionError> {
        Self::of(&parts.extensions).cloned()
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = SessionError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, SessionError> {
        match Self::of(&parts.extensions) {
            Ok(session) => Ok(Some(session.clone())),
            Err(error) if error.status() == StatusCode::UNAUTHORIZED => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for ForwardedIdentity {
    type Rejection = IdentityError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, IdentityError> {
        Self::of(&parts.extensions).copied()
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for ForwardedIdentity {
    type Rejection = IdentityError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, IdentityError> {
        match Self::of(&parts.extensions) {
            Ok(identity) => Ok(Some(*identity)),
            Err(IdentityError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// [`SessionError::response`].
impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        self.response(Body::empty())
    }
}

/// [`IdentityError::response`].
impl IntoResponse for IdentityError {
    fn into_response(self) -> Response {
        self.response(Body::empty())
    }
}

/// [`endpoints::refused`].
impl IntoResponse for SignInError {
    fn into_response(self) -> Response {
        endpoints::refused(self).map(Body::from)
    }
}
