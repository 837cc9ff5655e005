//! Answers for one user, which no cache that others share may keep.

use http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};

use crate::response::NO_STORE;

/// Forbids shared caches to store the answer, whatever it says by itself.
///
/// Who answers may allow the user's own browser to (`private`). Anything else is replaced, and so is
/// what a cache would put before `Cache-Control` (RFC 9213, and names of their own).
pub(crate) fn forbid_sharing(headers: &mut HeaderMap) {
    for name in &TARGETED {
        headers.remove(name);
    }
    let is_private = headers.get_all(CACHE_CONTROL).iter().any(is_private)
        && !headers.get_all(CACHE_CONTROL).iter().any(is_shared);
    if !is_private {
        headers.insert(CACHE_CONTROL, NO_STORE);
    }
}

/// Whether a directive keeps shared caches from storing it. `private` with names of fields keeps them
/// from these alone (RFC 9111 §5.2.2.7).
fn is_private(value: &HeaderValue) -> bool {
    directives(value)
        .any(|name| ["no-store", "private"].iter().any(|own| name.eq_ignore_ascii_case(own)))
}

/// What contradicts it. What is not text may say anything, and so may what stands in quotes.
fn is_shared(value: &HeaderValue) -> bool {
    value.to_str().map_or(true, |text| text.contains('"'))
        || directives(value).any(|directive| {
            let name = directive.split('=').next().unwrap_or_default().trim();
            SHARED.iter().any(|own| name.eq_ignore_ascii_case(own))
        })
}

fn directives(value: &HeaderValue) -> impl Iterator<Item = &str> {
    value.to_str().unwrap_or_default().split(',').map(str::trim)
}

/// With `must-understand`, who knows the status stores it in spite of `no-store` (RFC 9111 §5.2.2.3).
const SHARED: [&str; 3] = ["must-understand", "public", "s-maxage"];

/// Of CDNs in general, Cloudflare, Fastly and Varnish, and nginx.
static TARGETED: [HeaderName; 4] = [
    HeaderName::from_static("cdn-cache-control"),
    HeaderName::from_static("cloudflare-cdn-cache-control"),
    HeaderName::from_static("surrogate-control"),
    HeaderName::from_static("x-accel-expires"),
];

#[cfg(test)]
mod tests;
