//! What the endpoints of a sign-in take: from whom, of which type, and in which form.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use siwe_session::endpoints::{MAX_BODY, SignIn, Transport, audience, check_origin};
use siwe_session::{Audience, LoginVerifier, LoginVerifierBuilder, SessionError, SignInError};

use crate::of;

fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

/// With two origins, and one on this machine.
fn verifier() -> LoginVerifier {
    let others = ["https://plue.dev:8443", "http://[::1]:3000"];
    let others = others.map(|origin| Audience::origin(origin).unwrap().chains([1]));
    let builder = others.into_iter().fold(of(crate::audience()), LoginVerifierBuilder::audience);
    builder.build().unwrap()
}

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const CROSS_SITE: Result<(), SignInError> = Err(SignInError::Session(SessionError::CrossSite));

#[test]
fn an_origin_is_one_of_ours_as_a_browser_writes_it() {
    let check = |values: &[&str]| check_origin(&headers(&ORIGIN, values), &verifier());
    for ours in ["https://plue.dev", "https://plue.dev:8443", "http://[::1]:3000"] {
        assert_eq!(check(&[ours]), Ok(()), "{ours}");
    }
    for other in [
        "null",
        "",
        "https://evil.example",
        "https://www.plue.dev",
        "https://plue.dev.evil.example",
        "https://evilplue.dev",
        "http://plue.dev",
        "https://plue.dev:443",
        "https://plue.dev:8444",
        "https://plue.dev/",
        "https://plue.dev ",
        "https://PLUE.dev",
        "HTTPS://plue.dev",
        "plue.dev",
        "//plue.dev",
        "https://plue.dev, https://plue.dev",
        "https://plue.dev https://evil.example",
        "chrome-extension://plue.dev",
        "é",
    ] {
        assert_eq!(check(&[other]), CROSS_SITE, "{other}");
    }
    for two in [
        ["https://plue.dev", "https://plue.dev"],
        ["https://plue.dev", "https://evil.example"],
        ["https://evil.example", "https://plue.dev"],
        ["https://plue.dev", "null"],
    ] {
        assert_eq!(check(&two), CROSS_SITE, "{two:?}");
    }
}

#[test]
fn without_an_origin_the_browser_says_how_the_page_is_related() {
    let check = |values: &[&str]| check_origin(&headers(&SITE, values), &verifier());
    // What names neither is no browser.
    assert_eq!(check(&[]), Ok(()));
    for ours in [&["same-origin"][..], &["none"], &["none", "same-origin"]] {
        assert_eq!(check(ours), Ok(()), "{ours:?}");
    }
    for other in [
        &["same-site"][..],
        &["cross-site"],
        &[""],
        &["Same-Origin"],
        &["same-origin "],
        &["same-origin, none"],
        &["null"],
        &["é"],
        &["same-origin", "cross-site"],
        &["cross-site", "same-origin"],
    ] {
        assert_eq!(check(other), CROSS_SITE, "{other:?}");
    }
}

#[test]
fn an_origin_says_more_than_how_it_is_related() {
    let check = |origin: &str, site: &str| {
        let mut both = headers(&ORIGIN, &[origin]);
        both.extend(headers(&SITE, &[site]));
        check_origin(&both, &verifier())
    };
    for site in ["same-origin", "none", "same-site", "cross-site"] {
        assert_eq!(check("https://evil.example", site), CROSS_SITE, "{site}");
        assert_eq!(check("null", site), CROSS_SITE, "{site}");
        // From one of our origins to another.
        assert_eq!(check("https://plue.dev:8443", site), Ok(()), "{site}");
    }
}

const BODY: &str = r#"{"message":"m","signature":"0x00"}"#;

fn read(body: &str) -> Result<SignIn, SignInError> {
    SignIn::read(&headers(&CONTENT_TYPE, &["application/json"]), body.as_bytes())
}

#[test]
fn a_body_is_json_that_says_so() {
    let read =
        |types: &[&str]| SignIn::read(&headers(&CONTENT_TYPE, types), BODY.as_bytes()).map(|_| ());
    for ours in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json ; x=\"y\"",
    ] {
        assert_eq!(read(&[ours]), Ok(()), "{ours}");
    }
    for others in [
        &[][..],
        &[""],
        // what a page of another site can send
        &["text/plain"],
        &["text/plain; charset=utf-8"],
        &["text/plain; application/json"],
        &["application/x-www-form-urlencoded"],
        &["multipart/form-data; boundary=application/json"],
        // near
        &["application/json2"],
        &["application/jso"],
        &["xapplication/json"],
        &["application/jsonp; charset=utf-8"],
        &["application/ld+json"],
        &["application/json, text/plain"],
        &["text/json"],
        &["json"],
        &["; application/json"],
        &["application /json"],
        &["application/json\u{e9}"],
        // two
        &["application/json", "application/json"],
        &["application/json", "text/plain"],
        &["text/plain", "application/json"],
    ] {
        assert_eq!(read(others), Err(SignInError::MediaType), "{others:?}");
    }
}

#[test]
fn a_body_has_16_kib_at_most() {
    assert_eq!(MAX_BODY, 16_384);
    let filled = |length: usize| format!("{BODY:length$}");
    assert!(read(&filled(MAX_BODY)).is_ok());
    assert_eq!(read(&filled(MAX_BODY + 1)).unwrap_err(), SignInError::TooLarge);
    // The type comes first, and what is too large is not read.
    let of_form = headers(&CONTENT_TYPE, &["text/plain"]);
    let refused = SignIn::read(&of_form, filled(MAX_BODY + 1).as_bytes());
    assert_eq!(refused.unwrap_err(), SignInError::MediaType);
    assert_eq!(read(&"x".repeat(MAX_BODY + 1)).unwrap_err(), SignInError::TooLarge);
}

#[test]
fn a_body_names_a_message_its_signature_and_where_the_token_goes() {
    let body = read(r#" {"signature": "0x01", "message": "l\n\u00e9"} "#).unwrap();
    assert_eq!(body.message, "l\né");
    assert_eq!(body.signature, "0x01");
    assert_eq!(body.session, Transport::Cookie);
    let to = |value: &str| {
        read(&BODY.replace('}', &format!(",\"session\":{value}}}"))).map(|body| body.session)
    };
    assert_eq!(to("\"cookie\""), Ok(Transport::Cookie));
    assert_eq!(to("\"token\""), Ok(Transport::Token));
    for other in [
        "\"\"",
        "\"Cookie\"",
        "\"TOKEN\"",
        "\"bearer\"",
        "\"token \"",
        "null",
        "true",
        "0",
        "[]",
        "[\"token\"]",
        "{}",
    ] {
        assert_eq!(to(other), Err(SignInError::MalformedBody), "{other}");
    }
}

#[test]
fn any_other_body_is_malformed() {
    for other in [
        "",
        " ",
        "null",
        "\"x\"",
        "1",
        "{}",
        "[]",
        // in the order of the fields
        r#"["m","0x00","cookie"]"#,
        r#"["m","0x00"]"#,
        &format!("[{BODY}]"),
        // one less, one more, one twice
        r#"{"message":"m"}"#,
        r#"{"signature":"0x00"}"#,
        &BODY.replace('}', r#","nonce":"x"}"#),
        &BODY.replace('}', r#","":""}"#),
        &BODY.replace('}', r#","message":"m"}"#),
        &BODY.replace('}', r#","signature":"0x00"}"#),
        &BODY.replace('}', r#","session":"token","session":"token"}"#),
        &BODY.replace("message", "Message"),
        // of another type
        &BODY.replace("\"m\"", "null"),
        &BODY.replace("\"m\"", "1"),
        &BODY.replace("\"m\"", "[\"m\"]"),
        &BODY.replace("\"m\"", "{\"m\":1}"),
        &BODY.replace("\"0x00\"", "0"),
        &BODY.replace("\"0x00\"", "null"),
        // no JSON
        "message=m&signature=0x00",
        &BODY.replace('"', "'"),
        &BODY.replace('}', ",}"),
        &BODY.replace('}', ""),
        &format!("{BODY}{BODY}"),
        &format!("{BODY}x"),
        &format!("\u{feff}{BODY}"),
        &format!("//\n{BODY}"),
        &BODY.replace("\"m\"", "\"\\ud800\""),
        &BODY.replace("\"m\"", "\"\n\""),
    ] {
        assert_eq!(read(other).unwrap_err(), SignInError::MalformedBody, "{other}");
    }
    let not_utf8 = [BODY.replace("m\",", "").as_bytes(), b"\xff\",\"signature\":\"0x\"}"].concat();
    let json = headers(&CONTENT_TYPE, &["application/json"]);
    assert_eq!(SignIn::read(&json, &not_utf8).unwrap_err(), SignInError::MalformedBody);
}

#[test]
fn a_nonce_is_for_the_origin_that_is_asked_for() {
    let verifier = verifier();
    let find = |query: Option<&str>| audience(&verifier, query).map(Audience::as_str);
    for (query, origin) in [
        (None, "https://plue.dev"),
        (Some(""), "https://plue.dev"),
        (Some("x=y"), "https://plue.dev"),
        (Some("xorigin=https://evil.example"), "https://plue.dev"),
        (Some("origin=https://plue.dev"), "https://plue.dev"),
        (Some("origin=https%3A%2F%2Fplue.dev"), "https://plue.dev"),
        (Some("origin=https://plue.dev:8443"), "https://plue.dev:8443"),
        (Some("origin=https%3A%2F%2Fplue.dev%3A8443"), "https://plue.dev:8443"),
        (Some("x=y&origin=https://plue.dev:8443&z"), "https://plue.dev:8443"),
        (Some("origin=http://[::1]:3000"), "http://[::1]:3000"),
        (Some("origin=http%3A%2F%2F%5B%3A%3A1%5D%3A3000"), "http://[::1]:3000"),
        // The first of several counts.
        (Some("origin=https://plue.dev:8443&origin=https://plue.dev"), "https://plue.dev:8443"),
        (Some("origin=https://plue.dev:8443&origin=x"), "https://plue.dev:8443"),
    ] {
        assert_eq!(find(query), Ok(origin), "{query:?}");
    }
    for other in [
        "origin=",
        "origin=x&origin=https://plue.dev",
        "origin=https://evil.example",
        "origin=https://plue.dev.evil.example",
        "origin=https://plue.dev/",
        "origin=https://plue.dev:443",
        "origin=http://plue.dev",
        "origin=HTTPS://plue.dev",
        "origin=plue.dev",
        "origin=null",
        // Neither as it is nor as `encodeURIComponent` writes it.
        "origin=https%3a%2f%2fplue.dev",
        "origin=https%3A//plue.dev",
        "origin=https%253A%252F%252Fplue.dev",
        "origin=%68ttps://plue.dev",
        "origin= https://plue.dev",
        "origin=https://plue.dev#",
    ] {
        assert_eq!(find(Some(other)), Err(SignInError::UnknownOrigin), "{other}");
    }
}
