//! What the endpoints of a sign-in answer.

use std::time::{Duration, SystemTime};

use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    SET_COOKIE, WWW_AUTHENTICATE,
};
use http::{Response, StatusCode};
use serde_json::{Value, json};
use siwe_session::endpoints::{Transport, nonce, refused, session, signed_out};
use siwe_session::{
    Claims, IdentityError, LoginDenied, LoginVerifier, SessionError, SignInError, VerifyError,
};

use crate::errors::{all_identity, all_session, all_sign_in};
use crate::forge::{login, tokens};
use crate::{audience, browser, now, of, verifier, wallet};

/// The body as JSON, of an answer that no cache stores, and that has these headers alone.
fn json_of(response: &Response<String>, names: &[HeaderName]) -> Value {
    let headers = response.headers();
    assert_eq!(headers[CONTENT_TYPE], "application/json");
    assert_eq!(headers[CACHE_CONTROL], "no-store");
    assert_eq!(headers.len(), 2 + names.len(), "{headers:?}");
    assert!(names.iter().all(|name| headers.contains_key(name)), "{headers:?}");
    serde_json::from_str(response.body()).unwrap()
}

fn ask(verifier: &LoginVerifier, accept: Option<&str>, now: SystemTime) -> Response<String> {
    let audience = verifier.audiences().first().unwrap();
    let made = verifier.nonce(audience, Some(&browser()), [9; 10], now);
    let mut headers = HeaderMap::new();
    if let Some(accept) = accept {
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
    }
    nonce(verifier, audience, &made, &browser(), &headers, now)
}

#[test]
fn a_nonce_comes_with_what_its_message_needs() {
    for accept in
        [None, Some("*/*"), Some("application/json"), Some("application/json, text/plain")]
    {
        let response = ask(&verifier(), accept, now());
        assert_eq!(response.status(), StatusCode::OK);
        let body = json_of(&response, &[SET_COOKIE]);
        let expected = json!({
            "nonce": crate::nonce(&verifier()), "domain": "plue.dev", "uri": "https://plue.dev",
            "chainIds": [1, 8453], "version": "1", "issuedAt": "2026-11-22T12:00:00Z",
            "expirationTime": "2026-11-22T12:10:00Z",
        });
        assert_eq!(body, expected, "{accept:?}");
        assert_eq!(response.headers()[SET_COOKIE], browser().set_cookie(Duration::from_secs(600)));
    }
}

#[test]
fn it_says_the_statement_and_lives_as_long_as_a_message_may() {
    let audience = audience().statement("Sign in to Plue.").unwrap();
    let verifier = of(audience).max_age(Duration::from_secs(90)).build().unwrap();
    let response = ask(&verifier, None, now() + Duration::from_millis(250));
    let body = json_of(&response, &[SET_COOKIE]);
    assert_eq!(body["statement"], "Sign in to Plue.");
    assert_eq!(body["issuedAt"], "2026-11-22T12:00:00.250Z");
    assert_eq!(body["expirationTime"], "2026-11-22T12:01:30.250Z");
    assert_eq!(response.headers()[SET_COOKIE], browser().set_cookie(Duration::from_secs(90)));
}

#[test]
fn who_accepts_text_gets_the_nonce_alone() {
    for accept in ["text/plain", "text/plain;q=0.9", "text/plain, */*"] {
        let response = ask(&verifier(), Some(accept), now());
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(*response.body(), crate::nonce(&verifier()), "{accept}");
        let headers = response.headers();
        assert_eq!(headers[CONTENT_TYPE], "text/plain; charset=utf-8");
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers[SET_COOKIE], browser().set_cookie(Duration::from_secs(600)));
        assert_eq!(headers.len(), 3);
    }
}

#[test]
fn a_session_says_who_is_signed_in_until_when() {
    let (signed_in, token) = tokens().issue(&login(), Claims::new(), [5; 16], now()).unwrap();
    let expected = json!({
        "address": wallet().address().to_string(), "chainId": 1,
        "expiresAt": "2026-11-22T13:00:00Z",
    });
    assert_eq!(expected["address"], "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1");

    let response = session(&signed_in, None, now());
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(json_of(&response, &[]), expected);

    // In the cookie, the token is not in the answer, where scripts read it.
    let response = session(&signed_in, Some((&token, Transport::Cookie)), now());
    assert_eq!(json_of(&response, &[SET_COOKIE]), expected);
    assert_eq!(response.headers()[SET_COOKIE], signed_in.set_cookie(&token, now()));

    // In the answer, it is in no cookie.
    let response = session(&signed_in, Some((&token, Transport::Token)), now());
    let mut with_token = expected;
    with_token["token"] = json!(token);
    assert_eq!(json_of(&response, &[]), with_token);
}

#[test]
fn who_signs_out_has_no_cookie_any_more() {
    let response = signed_out();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.body(), "");
    let headers = response.headers();
    assert_eq!(headers[CACHE_CONTROL], "no-store");
    let cleared = "__Host-siwe=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";
    assert_eq!(headers[SET_COOKIE], cleared);
    assert_eq!(headers.len(), 2);
}

/// What has to stand beside the status.
fn challenge(status: StatusCode) -> Vec<HeaderName> {
    match status.as_u16() {
        401 => vec![WWW_AUTHENTICATE],
        503 => vec![RETRY_AFTER],
        _ => vec![],
    }
}

#[test]
fn a_refusal_has_its_status_its_code_and_its_challenge() {
    for error in all_sign_in() {
        let response = refused(error);
        assert_eq!(response.status(), error.status());
        let body = json_of(&response, &challenge(error.status()));
        assert_eq!(body, json!({"error": error.code()}));
        assert_eq!(response.extensions().get(), Some(&error));
    }
    let challenged = refused(SignInError::Verify(VerifyError::BadSignature));
    assert_eq!(challenged.headers()[WWW_AUTHENTICATE], "Bearer");
    let later = refused(SignInError::Denied(LoginDenied::Unavailable));
    assert_eq!(later.headers()[RETRY_AFTER], "1");
    // No cookie is cleared: the session may be another tab's.
    assert!(!challenged.headers().contains_key(SET_COOKIE));
}

#[test]
fn a_request_without_a_session_is_answered_with_its_status_and_no_reason() {
    for error in all_session() {
        let response = error.response("nobody");
        assert_eq!(*response.body(), "nobody");
        assert_eq!(response.status(), error.status());
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        let names = challenge(error.status());
        assert!(names.iter().all(|name| response.headers().contains_key(name)), "{error}");
        assert_eq!(response.headers().len(), 1 + names.len());
        assert_eq!(response.extensions().get::<SessionError>(), Some(&error));
    }
}

#[test]
fn a_request_without_an_identity_is_answered_alike() {
    for error in all_identity() {
        let response = error.response(());
        assert_eq!(response.status(), error.status());
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        let names = challenge(error.status());
        assert!(names.iter().all(|name| response.headers().contains_key(name)), "{error}");
        assert_eq!(response.headers().len(), 1 + names.len());
        assert_eq!(response.extensions().get::<IdentityError>(), Some(&error));
    }
}
