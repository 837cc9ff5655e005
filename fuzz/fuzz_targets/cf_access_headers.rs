//! The lines of a request's head, in which `$TOKEN` stands for a good token: it passes where it is the
//! only one, in the header or, if there is none, in the cookie; and nothing else passes.

#![no_main]

use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use cf_access::{CfAccess, VerifyError};
use edgeproof_fuzz::ACCESS;
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|head: &[u8]| {
    let headers = headers(head);
    let outcome = authenticate(&headers);
    let tokens: Vec<&[u8]> = headers.get_all(ASSERTION).iter().map(HeaderValue::as_bytes).collect();
    let cookies = cookies(&headers);
    match (&tokens[..], &cookies[..]) {
        ([token], _) => assert_eq!(outcome.is_ok(), *token == TOKEN.as_bytes(), "the header"),
        ([_, _, ..], _) => assert_eq!(outcome, Err(VerifyError::Several), "of headers"),
        ([], [token]) => assert_eq!(outcome.is_ok(), *token == *TOKEN, "the cookie"),
        ([], []) => assert_eq!(outcome, Err(VerifyError::Missing)),
        ([], [_, _, ..]) => assert_eq!(outcome, Err(VerifyError::Several), "of cookies"),
    }
});

/// What HTTP lets through of these lines.
fn headers(head: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in head.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { continue };
        let value = with_token(value.trim_ascii());
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(&value))
        {
            headers.append(name, value);
        }
    }
    headers
}

fn with_token(value: &[u8]) -> Vec<u8> {
    let mut filled = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        filled.extend_from_slice(&rest[..at]);
        filled.extend_from_slice(TOKEN.as_bytes());
        rest = &rest[at + MARK.len()..];
    }
    filled.extend_from_slice(rest);
    filled
}

/// The values of Access's cookie, by RFC 6265 §4.2.1, and the spaces that readers of it allow.
fn cookies(headers: &HeaderMap) -> Vec<String> {
    let mut found = Vec::new();
    for header in headers.get_all("cookie") {
        for pair in String::from_utf8_lossy(header.as_bytes()).split(';') {
            if let Some((name, value)) = pair.split_once('=')
                && name.trim() == "CF_Authorization"
            {
                found.push(value.trim().to_owned());
            }
        }
    }
    found
}

/// With fixed keys there is nothing to wait for.
fn authenticate(headers: &HeaderMap) -> Result<(), VerifyError> {
    let mut future = pin!(VERIFIER.authenticate(headers));
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome.map(drop),
        Poll::Pending => panic!("fixed keys, and it waits"),
    }
}

const ASSERTION: &str = "cf-access-jwt-assertion";
const MARK: &[u8] = b"$TOKEN";

static TOKEN: LazyLock<String> = LazyLock::new(|| {
    ACCESS.issuer.user("alice@example.com").claim("exp", 253_402_300_799_u64).token()
});

static VERIFIER: LazyLock<CfAccess> = LazyLock::new(|| {
    let keys = ACCESS.issuer.keys();
    let builder = CfAccess::builder(keys, [ACCESS.issuer.audience().clone()]);
    builder.allow_cookie().build().unwrap()
});
