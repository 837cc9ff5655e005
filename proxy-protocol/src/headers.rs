use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::VerifyError;

/// The only value of `CF-Connecting-IP`: an address in text, and nothing else.
pub(crate) fn connecting_ip(headers: &HeaderMap) -> Result<IpAddr, VerifyError> {
    let mut values = headers.get_all(CF_CONNECTING_IP).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => {
            let address: Option<IpAddr> = value.to_str().ok().and_then(|text| text.parse().ok());
            Ok(address.ok_or(VerifyError::InvalidAddress)?.to_canonical())
        }
        (Some(_), Some(_)) => Err(VerifyError::Several),
        (None, _) => Err(VerifyError::Missing),
    }
}

/// Removes whatever else may name a client, in each spelling that some server reads as the same name,
/// so that nothing behind can take it for a proof. Keeps `CF-Connecting-IP` if it was believed.
pub(crate) fn remove_unproven(headers: &mut HeaderMap, keep_connecting_ip: bool) {
    let is_unproven = |name: &&HeaderName| {
        let is_kept = keep_connecting_ip && **name == CF_CONNECTING_IP;
        !is_kept && UNPROVEN.iter().any(|unproven| is_spelling_of(name, unproven))
    };
    while let Some(name) = headers.keys().find(is_unproven).cloned() {
        headers.remove(name);
    }
}

/// Names the proven client in the headers that other software reads: `Forwarded` (RFC 7239 §5.2) and
/// `X-Forwarded-For`.
pub(crate) fn set_forwarded(headers: &mut HeaderMap, client: IpAddr) {
    let forwarded = match client {
        IpAddr::V4(address) => format!("for={address}"),
        // RFC 7239 §6: an IPv6 address stands in brackets and quotes.
        IpAddr::V6(address) => format!("for=\"[{address}]\""),
    };
    for (name, text) in [(FORWARDED, forwarded), (X_FORWARDED_FOR, client.to_string())] {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

fn is_spelling_of(name: &HeaderName, other: &HeaderName) -> bool {
    let (name, other) = (name.as_str().as_bytes(), other.as_str().as_bytes());
    name.len() == other.len()
        && name.iter().zip(other).all(|(byte, expected)| {
            // CGI and its heirs know `-` and `_` as one (RFC 3875 §4.1.18).
            byte == expected || (*expected == b'-' && *byte == b'_')
        })
}

const CF_CONNECTING_IP: HeaderName = HeaderName::from_static("cf-connecting-ip");
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

const UNPROVEN: [HeaderName; 6] = [
    CF_CONNECTING_IP,
    HeaderName::from_static("cf-connecting-ipv6"),
    FORWARDED,
    HeaderName::from_static("true-client-ip"),
    X_FORWARDED_FOR,
    HeaderName::from_static("x-real-ip"),
];
