//! Where the token stands: `authenticate`, by headers alone.

use cf_access::{AccessIdentity, CfAccess, VerifyError};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{ALICE, ASSERTION, ISSUER, UNSIGNED_EMAIL, access, alice, headers, wrong_audience};

/// With fixed keys there is nothing to wait for, and no runtime needed.
fn authenticate(access: &CfAccess, headers: &HeaderMap) -> Result<AccessIdentity, VerifyError> {
    access.authenticate(headers).now_or_never().unwrap()
}

fn allowing_cookies() -> CfAccess {
    let builder = CfAccess::builder(ISSUER.keys(), [ISSUER.audience().clone()]);
    builder.allow_cookie().build().unwrap()
}

fn several(of: &[(&str, &[u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in of {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

#[track_caller]
fn refuses(access: &CfAccess, of: &[(&str, &[u8])], code: &str) {
    assert_eq!(authenticate(access, &several(of)).unwrap_err().code(), code);
}

#[test]
fn takes_the_one_header_whatever_the_case_of_its_name() {
    for name in [ASSERTION, "Cf-Access-Jwt-Assertion", "CF-ACCESS-JWT-ASSERTION"] {
        let identity = authenticate(&access(), &several(&[(name, alice().as_bytes())])).unwrap();
        assert_eq!(identity.email(), Some(ALICE));
    }
}

#[test]
fn refuses_no_header_and_those_that_look_like_it() {
    let alice = alice();
    let alice = alice.as_bytes();
    let bearer = [b"Bearer ", alice].concat();
    refuses(&access(), &[], "missing");
    refuses(&access(), &[("cf_access_jwt_assertion", alice)], "missing");
    refuses(&access(), &[("x-cf-access-jwt-assertion", alice)], "missing");
    refuses(&access(), &[("cf-access-token", alice)], "missing");
    refuses(&access(), &[("authorization", &bearer)], "missing");
    refuses(&access(), &[(UNSIGNED_EMAIL, ALICE.as_bytes())], "missing");
}

#[test]
fn refuses_two_headers_even_if_they_are_the_same() {
    let (alice, other) = (alice(), wrong_audience());
    let (alice, other) = (alice.as_bytes(), other.as_bytes());
    refuses(&access(), &[(ASSERTION, alice), (ASSERTION, alice)], "several");
    refuses(&access(), &[(ASSERTION, alice), (ASSERTION, other)], "several");
    refuses(&access(), &[(ASSERTION, other), (ASSERTION, alice)], "several");
    refuses(&access(), &[(ASSERTION, b""), (ASSERTION, alice)], "several");
    // What a proxy makes of two.
    refuses(&access(), &[(ASSERTION, &[alice, b", ", alice].concat())], "malformed");
    refuses(&access(), &[(ASSERTION, &[alice, b",", alice].concat())], "malformed");
}

#[test]
fn refuses_an_empty_header_and_one_that_is_not_ascii() {
    let alice = alice();
    let alice = alice.as_bytes();
    refuses(&access(), &[(ASSERTION, b"")], "malformed");
    refuses(&access(), &[(ASSERTION, "\u{e4}".as_bytes())], "malformed");
    refuses(&access(), &[(ASSERTION, &[0xff, 0xfe])], "malformed");
    refuses(&access(), &[(ASSERTION, &[alice, b" "].concat())], "malformed");
    refuses(&access(), &[(ASSERTION, &[b"Bearer ", alice].concat())], "malformed");
}

#[test]
fn refuses_the_cookie_unless_it_is_allowed() {
    let cookie = format!("theme=dark; CF_Authorization={}; lang=de", alice());
    let cookie: &[(&str, &[u8])] = &[("cookie", cookie.as_bytes())];
    refuses(&access(), cookie, "missing");
    let identity = authenticate(&allowing_cookies(), &several(cookie)).unwrap();
    assert_eq!(identity.email(), Some(ALICE));
}

#[test]
fn believes_the_header_before_the_cookie() {
    let bob = format!("CF_Authorization={}", ISSUER.user("bob@example.com").token());
    let (token, other) = (alice(), wrong_audience());
    let with =
        |header: &str| several(&[(ASSERTION, header.as_bytes()), ("cookie", bob.as_bytes())]);
    let identity = authenticate(&allowing_cookies(), &with(&token)).unwrap();
    assert_eq!(identity.email(), Some(ALICE));
    // A header that does not hold is not made up for by a cookie.
    let refused = authenticate(&allowing_cookies(), &with(&other)).unwrap_err();
    assert_eq!(refused, VerifyError::WrongAudience);
    let refused = authenticate(&allowing_cookies(), &with("")).unwrap_err();
    assert_eq!(refused.code(), "malformed");
}

#[test]
fn refuses_several_cookies_in_one_header_or_in_two() {
    let access = allowing_cookies();
    let genuine = format!("CF_Authorization={}", alice());
    let both = format!("{genuine}; CF_Authorization=x");
    let twice = format!("{genuine}; {genuine}");
    refuses(&access, &[("cookie", both.as_bytes())], "several");
    refuses(&access, &[("cookie", twice.as_bytes())], "several");
    let split: &[(&str, &[u8])] = &[("cookie", genuine.as_bytes()), ("cookie", genuine.as_bytes())];
    refuses(&access, split, "several");
    // HTTP/2 sends each cookie in a header of its own (RFC 9113 §8.2.3).
    let split: &[(&str, &[u8])] = &[("cookie", b"theme=dark"), ("cookie", genuine.as_bytes())];
    assert!(authenticate(&access, &several(split)).is_ok());
}

#[test]
fn refuses_cookies_that_are_none_of_access_s() {
    let access = allowing_cookies();
    let alice = alice();
    for name in ["cf_authorization", "CF_AppSession", "XCF_Authorization", "CF_Authorization2"] {
        refuses(&access, &[("cookie", format!("{name}={alice}").as_bytes())], "missing");
    }
    refuses(&access, &[("cookie", b"CF_Authorization")], "missing");
    refuses(&access, &[("cookie", &[0xff, b'=', 0xfe])], "missing");
    refuses(&access, &[("cookie", b"CF_Authorization=")], "malformed");
    refuses(
        &access,
        &[("cookie", format!("CF_Authorization=\"{alice}\"").as_bytes())],
        "malformed",
    );
    refuses(&access, &[("set-cookie", format!("CF_Authorization={alice}").as_bytes())], "missing");
}

#[test]
fn verifies_the_cookie_as_it_does_the_header() {
    let cookie = format!("CF_Authorization={}", wrong_audience());
    refuses(&allowing_cookies(), &[("cookie", cookie.as_bytes())], "wrong_audience");
}

#[test]
fn the_test_issuer_signs_a_request_instead_of_what_it_carried() {
    let mut request = http::Request::new("body");
    *request.headers_mut() = several(&[(ASSERTION, b"one"), (ASSERTION, b"two")]);
    let request = ISSUER.user(ALICE).sign(request);
    assert!(authenticate(&access(), request.headers()).is_ok());
    assert_eq!(*request.body(), "body");
    assert!(authenticate(&access(), &headers(&alice())).is_ok());
}
