//! Who is signed in, signed by the edge for one origin server: believed whatever it comes through.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use alloy_primitives::Address;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::jwt::{self, Type};
use crate::session_tokens::{account, parse_account, seconds};
use crate::{ConfigError, IdentityError, IdentityHeader, KeyRing, Session, SessionKey};

/// Signs for an origin server who is signed in: a token of the type `siwe-assertion+jwt` that lives for 60
/// seconds, in a header.
///
/// | claim | |
/// |---|---|
/// | `iss` | the origin that was signed in to |
/// | `aud` | the server that it is for |
/// | `sub` | the account (CAIP-10): `eip155:1:0x…` |
/// | `iat`, `exp` | when it was made, and 60 seconds later |
///
/// With an Ed25519 key, the origin server has the public half alone, and can make none itself.
#[derive(Clone, Debug)]
pub struct AssertionSigner {
    header: IdentityHeader,
    keys: KeyRing,
    audience: Arc<str>,
}

/// Verifies what an [`AssertionSigner`] signs. Cloning shares the keys.
#[derive(Clone, Debug)]
pub(crate) struct AssertionVerifier {
    pub(crate) header: IdentityHeader,
    keys: KeyRing,
    audience: Arc<str>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Payload<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    iat: u64,
    exp: u64,
}

impl AssertionSigner {
    /// Signs with the first of these keys, in this header, for the server that goes by this name.
    ///
    /// # Errors
    ///
    /// [`ConfigError::AssertionAudience`] if the name is empty or over 256 bytes.
    pub fn new(header: IdentityHeader, keys: KeyRing, audience: &str) -> Result<Self, ConfigError> {
        Ok(Self { header, keys, audience: checked(audience)? })
    }

    #[cfg(feature = "tower")]
    pub(crate) fn header(&self) -> &IdentityHeader {
        &self.header
    }

    /// Takes every form of the header away.
    pub fn remove(&self, headers: &mut HeaderMap) {
        self.header.remove(headers);
    }

    /// Takes every form of the header away, and says who is signed in.
    pub fn set(&self, headers: &mut HeaderMap, session: &Session, now: SystemTime) {
        self.remove(headers);
        self.insert(headers, session, now);
    }

    pub(crate) fn insert(&self, headers: &mut HeaderMap, session: &Session, now: SystemTime) {
        let iat = seconds(now);
        let payload = Payload {
            iss: session.origin().into(),
            aud: Cow::Borrowed(&self.audience),
            sub: account(session.chain_id(), session.address()).into(),
            iat,
            exp: iat.saturating_add(LIFETIME),
        };
        // The first key of a ring can sign. Without an assertion, nobody is signed in.
        if let Some(token) = jwt::sign(&self.keys, Type::Assertion, &payload) {
            self.header.insert(headers, &token);
        }
    }
}

impl AssertionVerifier {
    pub(crate) fn new(
        header: IdentityHeader,
        keys: impl IntoIterator<Item = SessionKey>,
        audience: &str,
    ) -> Result<Self, ConfigError> {
        Ok(Self { header, keys: KeyRing::verifying(keys)?, audience: checked(audience)? })
    }

    pub(crate) fn reload(
        &self,
        keys: impl IntoIterator<Item = SessionKey>,
    ) -> Result<(), ConfigError> {
        self.keys.reload_verifying(keys)
    }

    pub(crate) fn verify(
        &self,
        token: &str,
        now: SystemTime,
    ) -> Result<(Address, u64), IdentityError> {
        let payload =
            jwt::verify(&self.keys, Type::Assertion, token).map_err(IdentityError::BadAssertion)?;
        let payload: Payload<'_> = jwt::object(&payload).ok_or(IdentityError::Malformed)?;
        if *payload.aud != *self.audience {
            return Err(IdentityError::WrongAudience);
        }
        let Payload { iat, exp, .. } = payload;
        let now = seconds(now);
        if iat >= exp || exp.saturating_sub(iat) > LIFETIME {
            return Err(IdentityError::Malformed);
        }
        // Of two servers, whose clocks differ by a little.
        if iat > now.saturating_add(LEEWAY.as_secs()) || exp <= now {
            return Err(IdentityError::Expired);
        }
        let (chain_id, address) = parse_account(&payload.sub).ok_or(IdentityError::Malformed)?;
        Ok((address, chain_id))
    }
}

fn checked(audience: &str) -> Result<Arc<str>, ConfigError> {
    if (1..=256).contains(&audience.len()) {
        Ok(audience.into())
    } else {
        Err(ConfigError::AssertionAudience)
    }
}

const LIFETIME: u64 = 60;
const LEEWAY: Duration = Duration::from_secs(30);
