use std::fmt;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ConfigError;

/// A secret that a relay and its receiver share, for HMAC-SHA256 (RFC 2104, FIPS 198-1).
///
/// It is never shown, and overwritten when it is dropped.
#[derive(Clone)]
pub struct RelaySecret {
    keyed: Hmac<Sha256>,
    not_before: Option<SystemTime>,
    not_after: Option<SystemTime>,
}

impl RelaySecret {
    /// These bytes: at least 16, and as hard to guess as that many random ones. The text of a variable
    /// is taken as it is; for `openssl rand -base64 32` there is [`from_base64`](Self::from_base64).
    ///
    /// # Errors
    ///
    /// [`ConfigError::SecretTooShort`] under 16 bytes.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let secret = secret.as_ref();
        if secret.len() < MIN_SECRET {
            return Err(ConfigError::SecretTooShort);
        }
        // HMAC takes a key of any length, so this error cannot be.
        let keyed = KeyInit::new_from_slice(secret).map_err(|_| ConfigError::SecretTooShort)?;
        Ok(Self { keyed, not_before: None, not_after: None })
    }

    /// As [`new`](Self::new), from base64 with its padding (RFC 4648 §4).
    ///
    /// # Errors
    ///
    /// [`ConfigError::SecretEncoding`] if it is something else, and that of [`new`](Self::new).
    pub fn from_base64(text: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let decoded = STANDARD.decode(text).map_err(|_| ConfigError::SecretEncoding)?;
        Self::new(&*Zeroizing::new(decoded))
    }

    /// The secret is not valid before this time.
    #[must_use]
    pub fn not_before(mut self, time: SystemTime) -> Self {
        self.not_before = Some(time);
        self
    }

    /// The secret is not valid from this time on.
    #[must_use]
    pub fn not_after(mut self, time: SystemTime) -> Self {
        self.not_after = Some(time);
        self
    }

    /// Whether this is the tag, all 32 bytes of it, of this text under this secret. It alone proves
    /// neither the time nor that it is for you. Compares in constant time.
    #[must_use]
    pub fn verifies(&self, text: &[u8], tag: &[u8]) -> bool {
        self.mac([text]).verify_slice(tag).is_ok()
    }

    pub(crate) fn mac<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Hmac<Sha256> {
        let mut mac = self.keyed.clone();
        parts.into_iter().for_each(|part| mac.update(part));
        mac
    }

    pub(crate) fn is_valid(&self, now: SystemTime) -> bool {
        self.not_before.is_none_or(|time| time <= now)
            && self.not_after.is_none_or(|time| now < time)
    }
}

impl fmt::Debug for RelaySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelaySecret")
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

const MIN_SECRET: usize = 16;
