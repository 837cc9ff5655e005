use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

use crate::VerifyError;

impl VerifyError {
    /// The status to answer with: 401 if who calls is not proven, 403 if they may not pass, 503 if
    /// it cannot be told for want of keys, 500 if the service lacks its layer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Denied => StatusCode::FORBIDDEN,
            Self::KeysUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// The answer, with this body: the status, `Cache-Control: no-store`, and for a 503 after how
    /// many seconds to try again. The reason is not in it, but in the response's extensions, where a
    /// layer further out finds this error.
    #[must_use]
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status();
        response.extensions_mut().insert(*self);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.status() {
            // RFC 9110 §15.5.2 wants a challenge. Access's edge calls its own by this name.
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Cloudflare-Access"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
            }
            _ => {}
        }
        response
    }
}

/// The cool-down between two fetches of the keys.
const RETRY_AFTER_SECONDS: &str = "10";
