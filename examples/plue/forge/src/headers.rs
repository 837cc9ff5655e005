//! What of the headers goes on, in either direction.

use std::net::IpAddr;

use http::header::{
    AUTHORIZATION, CONNECTION, COOKIE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use siwe_session::{BrowserBinding, Session};

use crate::OLD_SESSION_COOKIE;

/// Takes away what is for the edge alone: the connection, and what nobody has proven of the client. The
/// identity headers are not touched: that has been seen to.
pub fn of_request(headers: &mut HeaderMap, host: &HeaderValue, proto: &HeaderValue) {
    remove_hop_by_hop(headers);
    // The edge has sent the 100 itself, when it read the body.
    headers.remove(EXPECT);
    remove_addresses(headers);
    headers.insert(HOST, host.clone());
    headers.insert(X_FORWARDED_PROTO, proto.clone());
}

/// Names the visitor, whose address was proven, as Cloudflare does.
pub fn name_visitor(headers: &mut HeaderMap, address: IpAddr) {
    if let Ok(address) = HeaderValue::try_from(address.to_string()) {
        headers.insert(CF_CONNECTING_IP, address);
    }
}

/// Takes away what is of the connection.
pub fn of_response(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
}

/// Takes away cookies that are the edge's to set.
pub fn remove_own_cookies(headers: &mut HeaderMap) {
    retain(headers, &SET_COOKIE, |cookie| (!is_own(cookie.as_bytes())).then(|| cookie.clone()));
}

/// RFC 9110 §7.6.1, and what it has from RFC 2616 §13.5.1.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<_> = headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|option| HeaderName::from_bytes(option.trim_ascii()).ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Whoever connects to the edge can write these, and a forge may believe them.
fn remove_addresses(headers: &mut HeaderMap) {
    let is_address = |name: &HeaderName| {
        let name = name.as_str().replace('_', "-");
        name.starts_with("x-forwarded-") || ADDRESSES.contains(&&*name)
    };
    let found: Vec<_> = headers.keys().filter(|name| is_address(name)).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}

/// The forge is told who is signed in; what one signs in with is not for it.
pub fn remove_session(headers: &mut HeaderMap) {
    retain(headers, &COOKIE, |cookies| {
        let cookies: Vec<_> = cookies
            .as_bytes()
            .split(|byte| *byte == b';')
            .map(<[u8]>::trim_ascii)
            .filter(|cookie| !cookie.is_empty() && !is_own(cookie))
            .collect();
        // A part of a value is one.
        HeaderValue::from_bytes(&cookies.join(&b"; "[..])).ok().filter(|it| !it.is_empty())
    });
    // The layer takes every bearer token for one of its own.
    retain(headers, &AUTHORIZATION, |value| {
        let scheme = value.as_bytes().get(..BEARER.len()).unwrap_or_default();
        (!scheme.eq_ignore_ascii_case(BEARER)).then(|| value.clone())
    });
}

/// Replaces each value by what is to be kept of it.
fn retain(
    headers: &mut HeaderMap,
    name: &HeaderName,
    keep: impl Fn(&HeaderValue) -> Option<HeaderValue>,
) {
    if !headers.contains_key(name) {
        return;
    }
    let kept: Vec<_> = headers.get_all(name).iter().filter_map(keep).collect();
    headers.remove(name);
    for value in kept {
        headers.append(name, value);
    }
}

/// Whether this begins with the name of a cookie of the edge, and a `=`.
fn is_own(cookie: &[u8]) -> bool {
    let name = cookie.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
    [Session::COOKIE, BrowserBinding::COOKIE, OLD_SESSION_COOKIE]
        .iter()
        .any(|own| name == own.as_bytes())
}

const BEARER: &[u8] = b"bearer ";

static HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// With `-` for `_`; and `x-forwarded-…`.
const ADDRESSES: [&str; 8] = [
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-pseudo-ipv4",
    "forwarded",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-real-ip",
];

const CF_CONNECTING_IP: HeaderName = HeaderName::from_static("cf-connecting-ip");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
