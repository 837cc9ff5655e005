use alloy_primitives::Address;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use siwe_session::Session;

use crate::App;
use crate::error::ApiError;
use crate::people::ROLE;

/// Who calls, and may: a session, of a wallet that has not been denied since it signed in.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) session: Session,
}

impl Caller {
    /// Keys alone sign in here. A contract would be who it is on its chain alone.
    pub(crate) fn wallet(&self) -> Address {
        self.session.address()
    }

    /// As it was when the wallet signed in.
    pub(crate) fn role(&self) -> &str {
        self.session.claims().get(ROLE).unwrap_or("viewer")
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let session = Session::of(&parts.extensions).map_err(ApiError::Session)?;
        if app.people.is_denied(session.address()) {
            return Err(ApiError::Denied);
        }
        Ok(Self { session: session.clone() })
    }
}
