//! The cookies: that of the browser that begins a sign-in, and that of the session.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use cookie::Cookie;
use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue};

use crate::{BrowserBinding, Session, SessionError, VerifyError};

impl BrowserBinding {
    /// The name of the cookie. What begins with `__Host-` is set by this host alone, over TLS, for all
    /// of its paths (RFC 6265bis §4.1.3.2), so that no other subdomain can put in one of its own.
    pub const COOKIE: &str = "__Host-siwe-pre";

    /// Reads the binding from the headers of a request; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`VerifyError::MissingBinding`] if there are two that differ, or one that is malformed.
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, VerifyError> {
        let mut found = None;
        each_cookie(headers, Self::COOKIE, |value| {
            let binding: Self = value.parse()?;
            if found.is_some_and(|other| other != binding) {
                return Err(VerifyError::MissingBinding);
            }
            found = Some(binding);
            Ok(())
        })?;
        Ok(found)
    }

    /// The value of a header `Set-Cookie` that keeps the binding in the browser for this long, out of
    /// the reach of scripts and of requests that other sites cause.
    #[must_use]
    pub fn set_cookie(&self, max_age: Duration) -> HeaderValue {
        set_cookie(Self::COOKIE, &self.to_string(), "Strict", max_age)
    }
}

impl Session {
    /// The name of the cookie, as of [`BrowserBinding::COOKIE`].
    pub const COOKIE: &str = "__Host-siwe";

    /// The value of a header `Set-Cookie` that keeps this session's token until it expires, out of the
    /// reach of scripts, and of requests of other sites but for links to this one.
    #[must_use]
    pub fn set_cookie(&self, token: &str, now: SystemTime) -> HeaderValue {
        let max_age = self.expires_at().duration_since(now).unwrap_or_default();
        set_cookie(Self::COOKIE, token, "Lax", max_age)
    }

    /// The value of a header `Set-Cookie` that takes the cookie away.
    #[must_use]
    pub fn clear_cookie() -> HeaderValue {
        set_cookie(Self::COOKIE, "", "Lax", Duration::ZERO)
    }
}

/// The token of a session, as a request carries it. It is never shown.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum SessionToken<'a> {
    /// In the cookie: the browser sends it by itself, whoever caused the request.
    Cookie(Cow<'a, str>),
    /// In the header `Authorization` (RFC 6750 §2.1).
    Bearer(&'a str),
}

impl<'a> SessionToken<'a> {
    /// Finds the token of a request; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`SessionError::Conflicting`] if there are two that differ, [`SessionError::Malformed`] if one in
    /// `Authorization` is not text.
    pub fn from_headers(headers: &'a HeaderMap) -> Result<Option<Self>, SessionError> {
        let mut found = None;
        each_cookie(headers, Session::COOKIE, |value| join(&mut found, Self::Cookie(value)))?;
        for value in headers.get_all(AUTHORIZATION) {
            if let Some(token) = bearer(value)? {
                join(&mut found, Self::Bearer(token))?;
            }
        }
        Ok(found)
    }

    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cookie(token) => token,
            Self::Bearer(token) => token,
        }
    }
}

impl fmt::Debug for SessionToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cookie(_) => "Cookie(…)",
            Self::Bearer(_) => "Bearer(…)",
        })
    }
}

/// A token in two places is taken for one in a cookie: that is held to more.
fn join<'a>(
    found: &mut Option<SessionToken<'a>>,
    other: SessionToken<'a>,
) -> Result<(), SessionError> {
    match found {
        Some(first) if first.as_str() != other.as_str() => Err(SessionError::Conflicting),
        Some(_) => Ok(()),
        None => {
            *found = Some(other);
            Ok(())
        }
    }
}

/// The scheme has no case (RFC 9110 §11.1). Other schemes are somebody else's.
fn bearer(value: &HeaderValue) -> Result<Option<&str>, SessionError> {
    let is_bearer = value
        .as_bytes()
        .get(..BEARER.len())
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(BEARER.as_bytes()));
    if !is_bearer {
        return Ok(None);
    }
    let value = value.to_str().map_err(|_| SessionError::Malformed)?;
    Ok(value.get(BEARER.len()..).map(|token| token.trim_start_matches(' ')))
}

/// Calls this with the value of each cookie that has this name. HTTP/2 may split the cookies into several
/// fields (RFC 9113 §8.2.3). What is no cookie, or of another name, is somebody else's affair, be it text
/// or not.
fn each_cookie<'a, E>(
    headers: &'a HeaderMap,
    name: &str,
    mut call: impl FnMut(Cow<'a, str>) -> Result<(), E>,
) -> Result<(), E> {
    for field in headers.get_all(COOKIE) {
        match String::from_utf8_lossy(field.as_bytes()) {
            Cow::Borrowed(text) => each_cookie_in(text, name, |value| call(Cow::Borrowed(value)))?,
            // A value of ours that was not text is not one of ours any more.
            Cow::Owned(text) => {
                each_cookie_in(&text, name, |value| call(Cow::Owned(value.to_owned())))?;
            }
        }
    }
    Ok(())
}

fn each_cookie_in<'a, E>(
    text: &'a str,
    name: &str,
    mut call: impl FnMut(&'a str) -> Result<(), E>,
) -> Result<(), E> {
    let cookies = Cookie::split_parse(text).flatten();
    // They borrow from the text, of which they are parts.
    let values = cookies.filter(|cookie| cookie.name_raw() == Some(name));
    values.filter_map(|cookie| cookie.value_raw()).try_for_each(&mut call)
}

fn set_cookie(name: &str, value: &str, same_site: &str, max_age: Duration) -> HeaderValue {
    let max_age = max_age.as_secs();
    let text = format!(
        "{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site}; Max-Age={max_age}"
    );
    // It is ASCII without control characters.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

const BEARER: &str = "bearer ";
