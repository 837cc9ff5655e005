//! The cookie of a session, and where else its token may be.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};
use siwe_session::{Claims, Session, SessionError, SessionToken};

use crate::forge::{login, tokens};
use crate::now;

const SECOND: Duration = Duration::from_secs(1);

fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

/// `c:` and the token of a cookie, `b:` and that of `Authorization`.
fn read(fields: &[(HeaderName, &str)]) -> Result<Option<String>, SessionError> {
    let headers = headers(fields);
    let token = SessionToken::from_headers(&headers)?;
    Ok(token.map(|token| match &token {
        SessionToken::Cookie(value) => {
            assert_eq!(value, token.as_str());
            format!("c:{value}")
        }
        SessionToken::Bearer(value) => {
            assert_eq!(*value, token.as_str());
            format!("b:{value}")
        }
        other => format!("{other:?}"),
    }))
}

fn cookies(fields: &[&str]) -> Result<Option<String>, SessionError> {
    read(&fields.iter().map(|field| (COOKIE, *field)).collect::<Vec<_>>())
}

fn authorizations(fields: &[&str]) -> Result<Option<String>, SessionError> {
    read(&fields.iter().map(|field| (AUTHORIZATION, *field)).collect::<Vec<_>>())
}

fn found(text: &str) -> Result<Option<String>, SessionError> {
    Ok(Some(text.to_owned()))
}

#[test]
fn the_cookie_is_set_and_cleared_with_the_same_attributes() {
    let (session, token) = tokens().issue(&login(), Claims::new(), [5; 16], now()).unwrap();
    let set = |now: SystemTime| session.set_cookie(&token, now);
    let attributes = "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=";
    assert_eq!(set(now()), format!("__Host-siwe={token}; {attributes}3600"));
    // Parts of a second are left out, so that it never outlives the token.
    let later = now() + SECOND / 2;
    assert_eq!(set(later), format!("__Host-siwe={token}; {attributes}3599"));
    assert_eq!(set(now() + 3600 * SECOND), format!("__Host-siwe={token}; {attributes}0"));
    assert_eq!(set(now() + 4000 * SECOND), format!("__Host-siwe={token}; {attributes}0"));
    assert_eq!(Session::clear_cookie(), format!("__Host-siwe=; {attributes}0"));
}

#[test]
fn the_cookie_comes_back_as_it_was_set() {
    let (session, token) = tokens().issue(&login(), Claims::new(), [5; 16], now()).unwrap();
    let set = session.set_cookie(&token, now());
    let pair = set.to_str().unwrap().split_once(';').unwrap().0;
    let headers = headers(&[(COOKIE, pair)]);
    let read = SessionToken::from_headers(&headers).unwrap().unwrap();
    assert_eq!(read, SessionToken::Cookie(Cow::Borrowed(&token)));
    assert_eq!(tokens().verify(read.as_str(), now()), Ok(session));
}

#[test]
fn a_cookie_is_found_among_others_and_in_every_field() {
    for fields in [
        &["__Host-siwe=a.b.c"][..],
        &["x=y; __Host-siwe=a.b.c; z=1"],
        // HTTP/2 splits the field.
        &["x=y", "__Host-siwe=a.b.c", "z=1"],
        &["x=y;__Host-siwe=a.b.c"],
        // no cookies at all, beside it
        &["x; ; =; __Host-siwe=a.b.c;"],
        // the same twice
        &["__Host-siwe=a.b.c; __Host-siwe=a.b.c"],
        &["__Host-siwe=a.b.c", "__Host-siwe=a.b.c"],
        // that of the browser, which is another
        &["__Host-siwe-pre=x; __Host-siwe=a.b.c"],
    ] {
        assert_eq!(cookies(fields), found("c:a.b.c"), "{fields:?}");
    }
}

#[test]
fn a_cookie_of_another_name_is_none_of_ours() {
    assert_eq!(cookies(&[]), Ok(None));
    for other in [
        "__Host-siwe2=a",
        "__Host-siw=a",
        "x__Host-siwe=a",
        "__host-siwe=a",
        "__HOST-SIWE=a",
        "__Secure-siwe=a",
        "siwe=a",
        "__Host-siwe",
        "__Host-siwe-pre=a",
        "__Host%2Dsiwe=a",
        "\"__Host-siwe\"=a",
        "x=__Host-siwe=a",
        "x=\"y, __Host-siwe=a\"",
    ] {
        assert_eq!(cookies(&[other]), Ok(None), "{other}");
    }
}

#[test]
fn two_cookies_that_differ_are_refused() {
    for fields in [
        &["__Host-siwe=a; __Host-siwe=b"][..],
        &["__Host-siwe=a", "__Host-siwe=b"],
        &["__Host-siwe=a; x=y; __Host-siwe=a; __Host-siwe=A"],
        &["__Host-siwe=a", "x=y", "__Host-siwe="],
        &["__Host-siwe=; __Host-siwe=a"],
        &["__Host-siwe=a; __Host-siwe=\"a\""],
    ] {
        assert_eq!(cookies(fields), Err(SessionError::Conflicting), "{fields:?}");
    }
}

#[test]
fn a_value_is_taken_as_it_is() {
    for (value, token) in [("", "c:"), ("\"a\"", "c:\"a\""), ("a%2Eb", "c:a%2Eb"), ("a=b", "c:a=b")]
    {
        assert_eq!(cookies(&[&format!("__Host-siwe={value}")]), found(token), "{value}");
    }
    // None of these is a token then.
    let (_, token) = tokens().issue(&login(), Claims::new(), [5; 16], now()).unwrap();
    for other in [String::new(), format!("\"{token}\""), token.replace('.', "%2E")] {
        let headers = headers(&[(COOKIE, &format!("__Host-siwe={other}"))]);
        let read = SessionToken::from_headers(&headers).unwrap().unwrap();
        assert_eq!(tokens().verify(read.as_str(), now()), Err(SessionError::Malformed), "{other}");
    }
}

#[test]
fn what_is_not_text_is_refused_where_it_is_for_us() {
    // By the verifier: it is no token.
    for field in [&b"__Host-siwe=\xc3\xa9"[..], b"__Host-siwe=\xff", b"x=\xff; __Host-siwe=\xff"] {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_bytes(field).unwrap());
        let read = SessionToken::from_headers(&headers).unwrap().unwrap();
        assert_eq!(tokens().verify(read.as_str(), now()), Err(SessionError::Malformed));
    }
    // Other cookies may be anything.
    for fields in
        [&["x=é", "__Host-siwe=a"][..], &["__Host-siwe=a", "é"], &["x=é; __Host-siwe=a; é=1"]]
    {
        assert_eq!(cookies(fields), found("c:a"), "{fields:?}");
    }
    let mut headers = HeaderMap::new();
    headers.append(COOKIE, HeaderValue::from_bytes(b"x=\xff; __Host-siwe=a; \xfe=1").unwrap());
    assert_eq!(SessionToken::from_headers(&headers).unwrap().unwrap().as_str(), "a");
    assert_eq!(authorizations(&["Bearer é"]), Err(SessionError::Malformed));
    assert_eq!(authorizations(&["Bearer a", "Bearer é"]), Err(SessionError::Malformed));
    // What is not for us may be anything.
    assert_eq!(authorizations(&["Basic é"]), Ok(None));
    assert_eq!(authorizations(&["é"]), Ok(None));
}

#[test]
fn a_bearer_token_has_a_scheme_without_case() {
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        assert_eq!(authorizations(&[&format!("{scheme} a.b.c")]), found("b:a.b.c"), "{scheme}");
    }
    assert_eq!(authorizations(&["Bearer   a.b.c"]), found("b:a.b.c"));
    assert_eq!(authorizations(&["Bearer "]), found("b:"));
    assert_eq!(authorizations(&["Bearer a b"]), found("b:a b"));
    for other in [
        "",
        "Bearer",
        "Bearer\ta",
        "Bearera",
        "Bearer: a",
        " Bearer a",
        "Basic Bearer a",
        "Basic YTpi",
        "DPoP a",
        "Token a",
        "a.b.c",
    ] {
        assert_eq!(authorizations(&[other]), Ok(None), "{other}");
    }
}

#[test]
fn two_fields_of_authorization_must_say_the_same() {
    assert_eq!(authorizations(&["Bearer a", "bearer  a"]), found("b:a"));
    assert_eq!(authorizations(&["Basic YTpi", "Bearer a"]), found("b:a"));
    assert_eq!(authorizations(&["Bearer a", "Basic YTpi"]), found("b:a"));
    assert_eq!(authorizations(&["Bearer a", "Bearer b"]), Err(SessionError::Conflicting));
    assert_eq!(authorizations(&["Bearer a", "Bearer "]), Err(SessionError::Conflicting));
}

#[test]
fn a_token_in_both_places_is_that_of_a_cookie() {
    let both = |bearer: &str, cookie: &str| read(&[(AUTHORIZATION, bearer), (COOKIE, cookie)]);
    assert_eq!(both("Bearer a", "__Host-siwe=a"), found("c:a"));
    assert_eq!(both("Basic b", "__Host-siwe=a"), found("c:a"));
    assert_eq!(both("Bearer a", "x=y"), found("b:a"));
    assert_eq!(both("Bearer a", "__Host-siwe=b"), Err(SessionError::Conflicting));
    assert_eq!(both("Bearer a", "__Host-siwe="), Err(SessionError::Conflicting));
    assert_eq!(both("Bearer A", "__Host-siwe=a"), Err(SessionError::Conflicting));
}
