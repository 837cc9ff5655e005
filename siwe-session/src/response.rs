use http::Response;
use http::header::CACHE_CONTROL;

use crate::caching::NO_STORE;
use crate::endpoints::add_challenge;
use crate::{IdentityError, SessionError};

impl SessionError {
    /// The answer, with this body: the status, `Cache-Control: no-store`, and for a 503 after how many
    /// seconds to try again. The reason is not in it, but in the response's extensions, where a layer
    /// further out finds this error.
    #[must_use]
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status();
        response.extensions_mut().insert(*self);
        response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
        add_challenge(&mut response);
        response
    }
}

impl IdentityError {
    /// The answer, as of [`SessionError::response`].
    #[must_use]
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status();
        response.extensions_mut().insert(*self);
        response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
        add_challenge(&mut response);
        response
    }
}
