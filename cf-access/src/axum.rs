//! Extractors for [axum](https://docs.rs/axum): the proof as a handler's argument.
//!
//! `AccessIdentity` refuses the request if there is none. `Option<AccessIdentity>` is `None` only if
//! the request had no token; a token that does not hold is refused, never taken for a stranger's.
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use cf_access::{AccessIdentity, CfAccess, testing::Issuer};
//! use http::{Request, StatusCode};
//! use tower::ServiceExt;
//!
//! async fn whoami(who: AccessIdentity) -> String {
//!     format!("{:?}", who.principal())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = Issuer::new();
//! let access = CfAccess::builder(issuer.keys(), [issuer.audience().clone()]).build()?;
//! let app: Router = Router::new().route("/whoami", get(whoami)).layer(access.layer());
//!
//! let request = Request::get("/whoami").body(Body::empty())?;
//! let request = issuer.user("alice@example.com").sign(request);
//! assert_eq!(app.oneshot(request).await?.status(), StatusCode::OK);
//! # Ok(())
//! # }
//! ```

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::{AccessIdentity, VerifyError};

impl<S: Sync> FromRequestParts<S> for AccessIdentity {
    type Rejection = VerifyError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, VerifyError> {
        Self::of(&parts.extensions).cloned()
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for AccessIdentity {
    type Rejection = VerifyError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, VerifyError> {
        match Self::of(&parts.extensions) {
            Ok(identity) => Ok(Some(identity.clone())),
            Err(VerifyError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// [`VerifyError::response`].
impl IntoResponse for VerifyError {
    fn into_response(self) -> Response {
        self.response(Body::empty())
    }
}
