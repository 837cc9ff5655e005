use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::session_key::SessionKey;
use crate::{ConfigError, jwt};

/// The keys of sessions, shared by all instances of an application. The first signs, and each verifies.
///
/// To replace one without a refused session, on every instance in turn ([`reload`](Self::reload)): put
/// the new one behind the old one, so that it is accepted; then before it, so that it signs; and take the
/// old one away when the last session that it signed has expired, or at once to end them all.
///
/// Cloning shares one value.
#[derive(Clone)]
pub struct KeyRing(Arc<ArcSwap<Keys>>);

/// Keys with the first part of their tokens, for one type of them.
pub(crate) type Keys = Vec<(SessionKey, [String; jwt::TYPES])>;

impl KeyRing {
    /// From 1 to 8 keys with different names.
    ///
    /// # Errors
    ///
    /// [`ConfigError::KeyCount`], [`ConfigError::KidTwice`], or [`ConfigError::PublicKeySigns`] if the
    /// first has only its public half.
    pub fn new(keys: impl IntoIterator<Item = SessionKey>) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(signing(keys)?))))
    }

    /// Replaces the keys, for every clone. If it fails, the old ones stay.
    ///
    /// # Errors
    ///
    /// As of [`new`](Self::new).
    pub fn reload(&self, keys: impl IntoIterator<Item = SessionKey>) -> Result<(), ConfigError> {
        self.0.store(Arc::new(signing(keys)?));
        Ok(())
    }

    /// For verifying alone: none need be able to sign.
    pub(crate) fn verifying(
        keys: impl IntoIterator<Item = SessionKey>,
    ) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(checked(keys)?))))
    }

    pub(crate) fn reload_verifying(
        &self,
        keys: impl IntoIterator<Item = SessionKey>,
    ) -> Result<(), ConfigError> {
        self.0.store(Arc::new(checked(keys)?));
        Ok(())
    }

    pub(crate) fn load(&self) -> Guard<Arc<Keys>> {
        self.0.load()
    }
}

fn signing(keys: impl IntoIterator<Item = SessionKey>) -> Result<Keys, ConfigError> {
    let keys = checked(keys)?;
    if keys.first().is_some_and(|(key, _)| key.can_sign()) {
        Ok(keys)
    } else {
        Err(ConfigError::PublicKeySigns)
    }
}

fn checked(keys: impl IntoIterator<Item = SessionKey>) -> Result<Keys, ConfigError> {
    let mut checked = Keys::new();
    for key in keys {
        if checked.len() == MAX_KEYS {
            return Err(ConfigError::KeyCount);
        }
        if checked.iter().any(|(other, _)| other.kid() == key.kid()) {
            return Err(ConfigError::KidTwice);
        }
        let headers = jwt::headers(&key);
        checked.push((key, headers));
    }
    if checked.is_empty() { Err(ConfigError::KeyCount) } else { Ok(checked) }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.load().iter().map(|(key, _)| key)).finish()
    }
}

const MAX_KEYS: usize = 8;
