//! What stands before the routes, for whatever serves them: `SiweSession::layer` does under tower, a Worker
//! does by itself.

use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use http::{Method, Response};

use crate::caching::forbid_sharing;
use crate::request::check_origin;
use crate::{LoginVerifier, Session};

/// Whether a request that carries the cookie of a session may have its way: it changes nothing (RFC 9110
/// §9.2.1), or no other site has caused it. Browsers send cookies by themselves.
#[must_use]
pub fn may_change(method: &Method, headers: &HeaderMap, verifier: &LoginVerifier) -> bool {
    is_safe(method) || check_origin(headers, verifier.audiences()).is_ok()
}

/// Finishes the answer to a request. A cookie that is renewed goes with it, unless it is an error or sets
/// one by itself; and no shared cache may keep it if it is `personal`, to somebody who brought a session,
/// or sets one.
pub fn finish<B>(
    response: &mut Response<B>,
    personal: bool,
    renew: impl FnOnce() -> Option<HeaderValue>,
) {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let sets_own = sets_session(response.headers());
    if !is_error
        && !sets_own
        && let Some(cookie) = renew()
    {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    if personal || sets_own {
        forbid_sharing(response.headers_mut());
    }
}

fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(method)
}

/// Whether the answer sets a session's cookie, or takes it away, by itself.
fn sets_session(headers: &HeaderMap) -> bool {
    headers.get_all(SET_COOKIE).iter().any(|cookie| {
        let rest = cookie.as_bytes().strip_prefix(Session::COOKIE.as_bytes());
        rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
    })
}
