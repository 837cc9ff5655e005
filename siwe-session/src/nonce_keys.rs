use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ConfigError;

/// The secrets that seal nonces, shared by all instances of an application.
///
/// The first seals, and each opens. To replace one without a refused sign-in: put the new one behind the
/// old one on every instance ([`reload`](Self::reload)), then before it, and take the old one away when
/// the last nonce that it sealed has expired.
///
/// Cloning shares one value. The secrets are never shown, and overwritten when they are dropped.
#[derive(Clone)]
pub struct NonceKeys(Arc<ArcSwap<Vec<Hmac<Sha256>>>>);

impl NonceKeys {
    /// From 1 to 8 secrets, each of at least 32 random bytes that serve nothing else.
    ///
    /// # Errors
    ///
    /// [`ConfigError::SecretCount`] or [`ConfigError::SecretTooShort`].
    pub fn new<S: AsRef<[u8]>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(keyed(secrets)?))))
    }

    /// Replaces the secrets, for every clone. If it fails, the old ones stay.
    ///
    /// # Errors
    ///
    /// As of [`new`](Self::new).
    pub fn reload<S: AsRef<[u8]>>(
        &self,
        secrets: impl IntoIterator<Item = S>,
    ) -> Result<(), ConfigError> {
        self.0.store(Arc::new(keyed(secrets)?));
        Ok(())
    }

    pub(crate) fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let keys = self.0.load();
        // There is one at least.
        keys.first().map(|key| mac(key, parts).finalize().into_bytes().into()).unwrap_or_default()
    }

    /// In constant time, for each key.
    pub(crate) fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.0.load().iter().any(|key| mac(key, parts).verify_truncated_left(tag).is_ok())
    }
}

impl fmt::Debug for NonceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NonceKeys").field("secrets", &self.0.load().len()).finish_non_exhaustive()
    }
}

fn keyed<S: AsRef<[u8]>>(
    secrets: impl IntoIterator<Item = S>,
) -> Result<Vec<Hmac<Sha256>>, ConfigError> {
    let mut keyed = Vec::new();
    for secret in secrets {
        let secret = secret.as_ref();
        if secret.len() < MIN_SECRET {
            return Err(ConfigError::SecretTooShort);
        }
        if keyed.len() == MAX_SECRETS {
            return Err(ConfigError::SecretCount);
        }
        // HMAC takes a key of any length, so this error cannot be.
        keyed.push(Hmac::new_from_slice(secret).map_err(|_| ConfigError::SecretTooShort)?);
    }
    if keyed.is_empty() { Err(ConfigError::SecretCount) } else { Ok(keyed) }
}

fn mac(key: &Hmac<Sha256>, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    parts.iter().for_each(|part| mac.update(part));
    mac
}

const MIN_SECRET: usize = 32;
const MAX_SECRETS: usize = 8;
