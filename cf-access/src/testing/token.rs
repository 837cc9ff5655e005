use std::time::{Duration, SystemTime};

use http::{HeaderValue, Request};
use serde_json::{Map, Value, json};

use super::Issuer;
use crate::Audience;
use crate::headers::ASSERTION;

/// A token that is not signed yet: change what the test is about, then sign it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Token<'a> {
    issuer: &'a Issuer,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl<'a> Token<'a> {
    pub(super) fn new(issuer: &'a Issuer, header: Map<String, Value>) -> Self {
        Self { issuer, header, claims: Map::new() }
    }

    /// For another audience than the issuer's.
    pub fn audience(self, audience: &Audience) -> Self {
        self.claim("aud", json!([audience.as_str()]))
    }

    /// Issued and valid from this time on, for so long. Default: now, for 24 hours.
    pub fn lifetime(self, issued_at: SystemTime, lifetime: Duration) -> Self {
        let issued_at = issued_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let expires_at = issued_at.saturating_add(lifetime);
        self.claim("iat", issued_at.as_secs())
            .claim("nbf", issued_at.as_secs())
            .claim("exp", expires_at.as_secs())
    }

    /// With this claim, instead of the one of that name.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Without this claim.
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// With this member of the header, instead of the one of that name.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Without this member of the header.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Puts the token into a request, as Access does, instead of any that is there.
    ///
    /// # Panics
    ///
    /// If the system has no randomness to sign with.
    #[expect(clippy::expect_used, reason = "base64url and dots are a header value")]
    pub fn sign<B>(&self, mut request: Request<B>) -> Request<B> {
        let token = HeaderValue::try_from(self.token()).expect("a header value");
        request.headers_mut().insert(ASSERTION, token);
        request
    }

    /// The token itself, signed.
    ///
    /// # Panics
    ///
    /// If the system has no randomness to sign with.
    #[must_use]
    pub fn token(&self) -> String {
        let (header, claims) = (json!(self.header), json!(self.claims));
        self.issuer.sign(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }
}
