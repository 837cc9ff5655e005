use http::header::CACHE_CONTROL;
use http::{Extensions, HeaderValue, Response, StatusCode};

use crate::{EdgeIdentity, VerifyError};

impl EdgeIdentity {
    /// Who has sent a request: what serves the connection has put this into its extensions, as
    /// `Result<EdgeIdentity, VerifyError>`.
    ///
    /// # Errors
    ///
    /// [`VerifyError::MissingLayer`] if nothing has, and what the certificate is refused with where
    /// that is only observed.
    pub fn of(extensions: &Extensions) -> Result<&Self, VerifyError> {
        match extensions.get::<Result<Self, VerifyError>>() {
            Some(identity) => identity.as_ref().map_err(|error| *error),
            None => {
                #[cfg(feature = "tracing")]
                tracing::error!("{}", VerifyError::MissingLayer);
                Err(VerifyError::MissingLayer)
            }
        }
    }
}

impl VerifyError {
    /// The status to answer a request with: 403 for one that does not come from the edge, 421 for one
    /// to a host that is not served over its connection, and 500 if the service lacks its listener.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
            Self::HostMismatch => StatusCode::MISDIRECTED_REQUEST,
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// The answer, with this body: the status and `Cache-Control: no-store`. The reason is not in it,
    /// but in the response's extensions, where a layer further out finds this error.
    #[must_use]
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status();
        response.extensions_mut().insert(*self);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
