//! What the endpoints of a sign-in take and answer, for whatever serves them: `SiweSession::router` does
//! under axum, a Worker does by itself.
//!
//! | endpoint | takes | answers |
//! |---|---|---|
//! | `GET nonce` | `?origin=`, where there are several | [`nonce`] and the browser's cookie |
//! | `POST verify` | [`SignIn`] | [`session`] and its cookie, or its token |
//! | `POST refresh` | a session | [`session`], renewed |
//! | `POST logout` | a session | [`signed_out`] |
//! | `GET session` | a session | [`session`] |
//!
//! Each first asks [`check_origin`]. Answers are JSON that no cache stores; a refusal is
//! `{"error":"<code>"}`.

use std::fmt;
use std::time::SystemTime;

use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, SET_COOKIE};
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::response::{NO_STORE, refusal};
use crate::{
    Audience, BrowserBinding, LoginVerifier, Nonce, Session, SignInError, Timestamp, jwt, request,
};

/// How large the body of a request may be, in bytes: 16 KiB.
pub const MAX_BODY: usize = 16 * 1024;

/// The body of `verify`. Its message and its signature are not shown.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SignIn {
    /// The message that was signed.
    pub message: String,
    /// Its signature: `0x` and hexadecimal digits.
    pub signature: String,
    /// Where the session's token is to go. Default: into a cookie.
    #[serde(default)]
    pub session: Transport,
}

/// Where a session's token is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Transport {
    /// In the cookie of a browser, where no script reads it.
    #[default]
    Cookie,
    /// In the answer, and then in the header `Authorization`: of clients that are no browsers.
    Token,
}

impl SignIn {
    /// Reads the body of a request: JSON that says so, and nothing unknown in it.
    ///
    /// # Errors
    ///
    /// [`SignInError::MediaType`], [`SignInError::TooLarge`] or [`SignInError::MalformedBody`].
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, SignInError> {
        check_media_type(headers)?;
        if body.len() > MAX_BODY {
            return Err(SignInError::TooLarge);
        }
        jwt::object(body).ok_or(SignInError::MalformedBody)
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("session", &self.session).finish_non_exhaustive()
    }
}

/// Refuses what pages of other sites cause: by `Origin`, which must be one of the audiences', and without
/// it by `Sec-Fetch-Site`. What has neither is no browser.
///
/// # Errors
///
/// [`SessionError::CrossSite`](crate::SessionError::CrossSite)
pub fn check_origin(headers: &HeaderMap, verifier: &LoginVerifier) -> Result<(), SignInError> {
    Ok(request::check_origin(headers, verifier.audiences())?)
}

/// The audience that a nonce is asked for: that of `?origin=`, or the first.
///
/// # Errors
///
/// [`SignInError::UnknownOrigin`]
pub fn audience<'a>(
    verifier: &'a LoginVerifier,
    query: Option<&str>,
) -> Result<&'a Audience, SignInError> {
    let named = query.into_iter().flat_map(|query| query.split('&'));
    let named = named.filter_map(|pair| pair.strip_prefix("origin=")).next();
    let found = match named {
        None => verifier.audiences().first(),
        Some(named) => verifier.audiences().iter().find(|audience| {
            // As it is, or as `encodeURIComponent` writes it.
            let origin = audience.as_str();
            let encoded = origin.replace(':', "%3A").replace('/', "%2F");
            let encoded = encoded.replace('[', "%5B").replace(']', "%5D");
            named == origin || named == encoded
        }),
    };
    found.ok_or(SignInError::UnknownOrigin)
}

/// A nonce with what a page needs for its message, and the cookie that it is bound to. Who accepts
/// `text/plain` gets the nonce alone.
#[must_use]
pub fn nonce(
    verifier: &LoginVerifier,
    audience: &Audience,
    nonce: &Nonce,
    binding: &BrowserBinding,
    headers: &HeaderMap,
    now: SystemTime,
) -> Response<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        nonce: &'a str,
        domain: &'a str,
        uri: &'a str,
        chain_ids: Vec<u64>,
        version: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        statement: Option<&'a str>,
        issued_at: String,
        expiration_time: String,
    }
    let lifetime = verifier.max_age();
    let accepts_text =
        headers.get(ACCEPT).is_some_and(|value| value.as_bytes().starts_with(b"text/plain"));
    let mut response = if accepts_text {
        let mut response = Response::new(nonce.to_string());
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, text);
        response
    } else {
        json(&Answer {
            nonce: nonce.as_str(),
            domain: audience.domain(),
            uri: audience.as_str(),
            chain_ids: audience.chain_ids().collect(),
            version: "1",
            statement: audience.statement_text(),
            issued_at: Timestamp::from(now).to_string(),
            expiration_time: Timestamp::from(now.checked_add(lifetime).unwrap_or(now)).to_string(),
        })
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.append(SET_COOKIE, binding.set_cookie(lifetime));
    response
}

/// Who is signed in, until when. With a token that was made: in the cookie, or in the answer.
#[must_use]
pub fn session(
    session: &Session,
    made: Option<(&str, Transport)>,
    now: SystemTime,
) -> Response<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        address: String,
        chain_id: u64,
        expires_at: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<&'a str>,
    }
    let mut response = json(&Answer {
        address: session.address().to_string(),
        chain_id: session.chain_id(),
        expires_at: Timestamp::from(session.expires_at()).to_string(),
        token: made.and_then(|(token, to)| (to == Transport::Token).then_some(token)),
    });
    if let Some((token, Transport::Cookie)) = made {
        response.headers_mut().append(SET_COOKIE, session.set_cookie(token, now));
    }
    response
}

/// That nobody is signed in any more: no content, and no cookie.
#[must_use]
pub fn signed_out() -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response.headers_mut().append(SET_COOKIE, Session::clear_cookie());
    response
}

/// A refusal. The whole reason is in the response's extensions, as the [`SignInError`].
#[must_use]
pub fn refused(error: SignInError) -> Response<String> {
    #[derive(Serialize)]
    struct Answer<'a> {
        error: &'a str,
    }
    let body = serde_json::to_string(&Answer { error: error.code() }).unwrap_or_default();
    let mut response = refusal(error.status(), body);
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.extensions_mut().insert(error);
    response
}

pub(crate) fn check_media_type(headers: &HeaderMap) -> Result<(), SignInError> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(found), None) = (types.next(), types.next()) else {
        return Err(SignInError::MediaType);
    };
    // With or without `; charset=utf-8`. A form, which pages of other sites can send, is none.
    let essence = found.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(SignInError::MediaType)
    }
}

fn json(answer: &impl Serialize) -> Response<String> {
    // Text, numbers and options: there is nothing that has no form in JSON.
    let mut response = Response::new(serde_json::to_string(answer).unwrap_or_default());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, NO_STORE);
    response
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
