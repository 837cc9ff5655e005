use std::time::SystemTime;

use http::{HeaderMap, HeaderName};

use crate::{AccessIdentity, CfAccess, VerifyError};

impl CfAccess {
    /// Verifies the token of a request by its headers, against the present time: the form of
    /// [`verify`](Self::verify) for a service without tower or axum.
    ///
    /// If the token names a key that is not there, and the keys are read again from time to time,
    /// this waits for them to be read once more: at most 5 seconds, and seldom. Otherwise it does
    /// not wait for anything. It can be dropped at any time.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Missing`] or [`VerifyError::Several`] if there is not exactly one token, or
    /// what [`verify`](Self::verify) refuses it with.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<AccessIdentity, VerifyError> {
        let mut decision = self.decide(headers);
        if let Some(fetched) = self.ask_for_key(&decision) {
            fetched.await;
            decision = self.decide(headers);
        }
        let decision = self.settle(decision);
        self.report(&decision);
        decision
    }

    /// What the headers say now, with the keys at hand.
    pub(crate) fn decide(&self, headers: &HeaderMap) -> Result<AccessIdentity, VerifyError> {
        let mut tokens = headers.get_all(ASSERTION).iter();
        match (tokens.next(), tokens.next()) {
            (Some(token), None) => self.check(token.as_bytes(), now()),
            (Some(_), Some(_)) => Err(VerifyError::Several),
            #[cfg(feature = "cookie")]
            (None, _) if self.allows_cookie() => {
                self.check(cookie_token(headers)?.as_bytes(), now())
            }
            (None, _) => Err(VerifyError::Missing),
        }
    }

    /// Asks for the keys to be read again if that may change this decision, and gives what to wait
    /// for.
    #[cfg(feature = "tokio")]
    pub(crate) fn ask_for_key(
        &self,
        decision: &Result<AccessIdentity, VerifyError>,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        match decision {
            Err(VerifyError::UnknownKid | VerifyError::KeysUnavailable) => {
                self.keys().refresher()?.ask()
            }
            _ => None,
        }
    }

    #[cfg(not(feature = "tokio"))]
    pub(crate) fn ask_for_key(
        &self,
        _: &Result<AccessIdentity, VerifyError>,
    ) -> Option<std::future::Ready<()>> {
        None
    }

    /// The decision, when nothing more can be done for it.
    pub(crate) fn settle(
        &self,
        decision: Result<AccessIdentity, VerifyError>,
    ) -> Result<AccessIdentity, VerifyError> {
        match decision {
            // After a rotation that could not be read, the key may well exist.
            #[cfg(feature = "tokio")]
            Err(VerifyError::UnknownKid)
                if self.keys().refresher().is_some_and(crate::tokio::Refresher::is_failing) =>
            {
                Err(VerifyError::KeysUnavailable)
            }
            decision => decision,
        }
    }
}

/// The one token among the cookies. A browser sends those of a path and of a parent domain side by
/// side, and who set which cannot be told: of several, none is believed.
#[cfg(feature = "cookie")]
fn cookie_token(headers: &HeaderMap) -> Result<String, VerifyError> {
    let mut found = None;
    for header in headers.get_all(http::header::COOKIE) {
        let header = String::from_utf8_lossy(header.as_bytes());
        for cookie in cookie::Cookie::split_parse(header).flatten() {
            if cookie.name() == COOKIE && found.replace(cookie.value().to_owned()).is_some() {
                return Err(VerifyError::Several);
            }
        }
    }
    found.ok_or(VerifyError::Missing)
}

/// Removes the e-mail address that Access adds unsigned, so that nothing behind can take it for a
/// proof; in each spelling that some server reads as the same name.
#[cfg(feature = "tower")]
pub(crate) fn remove_unsigned(headers: &mut HeaderMap) {
    while let Some(name) = headers.keys().find(|name| is_unsigned_email(name)).cloned() {
        headers.remove(name);
    }
}

#[cfg(feature = "tower")]
fn is_unsigned_email(name: &HeaderName) -> bool {
    let name = name.as_str().as_bytes();
    name.len() == UNSIGNED_EMAIL.len()
        && name.iter().zip(UNSIGNED_EMAIL).all(|(byte, expected)| {
            // CGI and its heirs know `-` and `_` as one (RFC 3875 §4.1.18).
            byte == expected || (*expected == b'-' && *byte == b'_')
        })
}

#[expect(clippy::disallowed_methods, reason = "an edge: a request is verified when it comes")]
fn now() -> SystemTime {
    SystemTime::now()
}

pub(crate) const ASSERTION: HeaderName = HeaderName::from_static("cf-access-jwt-assertion");

#[cfg(feature = "cookie")]
const COOKIE: &str = "CF_Authorization";

#[cfg(feature = "tower")]
const UNSIGNED_EMAIL: &[u8] = b"cf-access-authenticated-user-email";
