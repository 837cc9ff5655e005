//! The cookie that keeps a sign-in in the browser that began it.

use std::time::Duration;

use cookie::Cookie;
use http::header::{COOKIE, HeaderMap, HeaderValue};

use crate::{BrowserBinding, VerifyError};

impl BrowserBinding {
    /// The name of the cookie. What begins with `__Host-` is set by this host alone, over TLS, for all
    /// of its paths (RFC 6265bis §4.1.3.2), so that no other subdomain can put in one of its own.
    pub const COOKIE: &str = "__Host-siwe-pre";

    /// Reads the binding from the headers of a request; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`VerifyError::MissingBinding`] if there are two that differ, or one that is malformed.
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, VerifyError> {
        let mut found = None;
        // HTTP/2 may split the cookies into several fields (RFC 9113 §8.2.3).
        for field in headers.get_all(COOKIE) {
            let field = field.to_str().map_err(|_| VerifyError::MissingBinding)?;
            // What is no cookie is somebody else's affair.
            for cookie in Cookie::split_parse(field).flatten() {
                if cookie.name() != Self::COOKIE {
                    continue;
                }
                let binding: Self = cookie.value().parse()?;
                if found.is_some_and(|other| other != binding) {
                    return Err(VerifyError::MissingBinding);
                }
                found = Some(binding);
            }
        }
        Ok(found)
    }

    /// The value of a header `Set-Cookie` that keeps the binding in the browser for this long, out of
    /// the reach of scripts and of requests that other sites cause.
    #[must_use]
    pub fn set_cookie(&self, max_age: Duration) -> HeaderValue {
        let max_age = max_age.as_secs();
        let name = Self::COOKIE;
        let text =
            format!("{name}={self}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={max_age}");
        // It is ASCII without control characters.
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}
