use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Request};

use crate::VerifyError;

/// The only host that a request is for, without its port: that of the target, as with HTTP/2, or of
/// the field `Host`, and the same if it has both (RFC 9110 §7.2).
pub(crate) fn host<B>(request: &Request<B>) -> Result<&str, VerifyError> {
    let of_target = request.uri().authority().map(Authority::as_str);
    let mut fields = request.headers().get_all(HOST).iter();
    let of_field = match (fields.next(), fields.next()) {
        (Some(field), None) => Some(field.to_str().map_err(|_| VerifyError::HostMismatch)?),
        (Some(_), Some(_)) => return Err(VerifyError::HostMismatch),
        (None, _) => None,
    };
    match (of_target, of_field) {
        (Some(target), Some(field)) if !target.eq_ignore_ascii_case(field) => {
            Err(VerifyError::HostMismatch)
        }
        (Some(host), _) | (None, Some(host)) => Ok(without_port(host)),
        (None, None) => Err(VerifyError::HostMismatch),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Removes what tells of a visitor's client certificate, in each spelling that some server reads as the
/// same name: on a connection that is not the edge's, whoever it is wrote it.
pub(crate) fn remove_client_certificates(headers: &mut HeaderMap) {
    while let Some(name) = headers.keys().find(|name| is_of_client_certificate(name)).cloned() {
        headers.remove(name);
    }
}

fn is_of_client_certificate(name: &HeaderName) -> bool {
    let is_spelling = |bytes: &[u8], expected: &[u8]| {
        bytes.len() == expected.len()
            && bytes.iter().zip(expected).all(|(byte, expected)| {
                // CGI and its heirs know `-` and `_` as one (RFC 3875 §4.1.18).
                byte == expected || (*expected == b'-' && *byte == b'_')
            })
    };
    let name = name.as_str().as_bytes();
    let begins = |prefix: &[u8]| name.get(..prefix.len()).is_some_and(|of| is_spelling(of, prefix));
    NAMES.iter().any(|of| is_spelling(name, of)) || PREFIXES.iter().any(|prefix| begins(prefix))
}

/// RFC 9440, and what Envoy sends.
const NAMES: [&[u8]; 3] = [b"client-cert", b"client-cert-chain", b"x-forwarded-client-cert"];

/// What Cloudflare sends: forwarded certificates, and the managed transform "TLS client auth headers".
const PREFIXES: [&[u8]; 2] = [b"cf-client-cert-", b"cf-cert-"];
