use http::header::CACHE_CONTROL;
use http::{Extensions, HeaderValue, Response, StatusCode};

use crate::{ClientAddress, VerifyError};

impl ClientAddress {
    /// The client of a request: its listener or layer put this into the request's extensions.
    ///
    /// # Errors
    ///
    /// [`VerifyError::MissingLayer`] without one, and what it found where it only observes.
    pub fn of(extensions: &Extensions) -> Result<&Self, VerifyError> {
        match extensions.get::<Result<Self, VerifyError>>() {
            Some(client) => client.as_ref().map_err(|error| *error),
            None => {
                #[cfg(feature = "tracing")]
                tracing::error!("{}", VerifyError::MissingLayer);
                Err(VerifyError::MissingLayer)
            }
        }
    }
}

impl VerifyError {
    /// The status to answer a request with: 403 if its peer may not connect, 500 if the service lacks
    /// its listener or layer, 400 for all that the peer should have sent otherwise.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Denied => StatusCode::FORBIDDEN,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
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
