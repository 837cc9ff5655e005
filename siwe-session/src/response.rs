use http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};

use crate::{IdentityError, SessionError};

impl SessionError {
    /// The answer, with this body: the status, `Cache-Control: no-store`, a challenge with a 401, and for
    /// a 503 after how many seconds to try again. The reason is not in it, but in the response's
    /// extensions, where a layer further out finds this error.
    #[must_use]
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = refusal(self.status(), body);
        response.extensions_mut().insert(*self);
        response
    }
}

impl IdentityError {
    /// The answer, as of [`SessionError::response`].
    #[must_use]
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = refusal(self.status(), body);
        response.extensions_mut().insert(*self);
        response
    }
}

/// What a status has to have beside it: RFC 9110 §15.5.2 wants a challenge with 401.
pub(crate) fn refusal<B>(status: StatusCode, body: B) -> Response<B> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE);
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    response
}

pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
