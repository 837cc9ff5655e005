use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use aws_lc_rs::digest::Digest;

use crate::KickPublicKey;

/// Kick's key: the published one, or what it was replaced with while the process runs, and for a while
/// the one before.
///
/// Nothing here reads a network. Cloning shares one value: replaced in one handle, replaced in all.
#[derive(Clone, Debug)]
pub struct KickKeys(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    keys: ArcSwap<Keys>,
    generation: AtomicU64,
    grace: Duration,
}

#[derive(Debug)]
struct Keys {
    current: KickPublicKey,
    previous: Option<Previous>,
}

#[derive(Clone, Debug)]
struct Previous {
    key: KickPublicKey,
    /// Exclusive.
    until: SystemTime,
}

impl KickKeys {
    /// The key that Kick has published: [`KickPublicKey::published`].
    #[must_use]
    pub fn published() -> Self {
        Self::new(KickPublicKey::published())
    }

    /// Another key.
    #[must_use]
    pub fn new(key: KickPublicKey) -> Self {
        Self::with_grace(key, DEFAULT_GRACE)
    }

    /// Another key, and how long a key is still accepted after it was replaced. Kick's messages do not
    /// name the key that signed them, so what was sent before a rotation and comes after it is tried
    /// with both. Default: 24 hours; zero for not at all.
    #[must_use]
    pub fn with_grace(key: KickPublicKey, grace: Duration) -> Self {
        let keys = ArcSwap::from_pointee(Keys { current: key, previous: None });
        Self(Arc::new(Shared { keys, generation: AtomicU64::new(1), grace }))
    }

    /// Replaces the key, from the next signature on. The one before is accepted until `now` and the
    /// grace; one before that no longer. The key that is there already changes nothing.
    pub fn reload(&self, key: &KickPublicKey, now: SystemTime) {
        let mut replaced = false;
        self.0.keys.rcu(|keys| {
            replaced = keys.current != *key;
            if !replaced {
                return Arc::clone(keys);
            }
            let until = now.checked_add(self.0.grace).unwrap_or(now);
            let previous = Previous { key: keys.current.clone(), until };
            Arc::new(Keys { current: key.clone(), previous: Some(previous) })
        });
        if replaced {
            self.0.generation.fetch_add(1, Ordering::Relaxed);
            #[cfg(feature = "tracing")]
            tracing::warn!(fingerprint = key.fingerprint(), "Kick's key was replaced");
        }
    }

    /// Which keys are accepted.
    #[must_use]
    pub fn status(&self) -> KickKeyStatus {
        let keys = self.0.keys.load();
        KickKeyStatus {
            generation: self.0.generation.load(Ordering::Relaxed),
            current: keys.current.fingerprint(),
            previous: keys.previous.as_ref().map(|it| (it.key.fingerprint(), it.until)),
        }
    }

    /// Whether a signature by one of the keys may have this many bytes.
    pub(crate) fn may_sign_with(&self, length: usize, now: SystemTime) -> bool {
        self.0.keys.load().accepted(now).any(|key| key.signature_length() == length)
    }

    pub(crate) fn verifies(&self, digest: &Digest, signature: &[u8], now: SystemTime) -> bool {
        self.0.keys.load().accepted(now).any(|key| key.verifies_digest(digest, signature))
    }
}

impl Keys {
    fn accepted(&self, now: SystemTime) -> impl Iterator<Item = &KickPublicKey> {
        let previous = self.previous.iter().filter(move |previous| now < previous.until);
        std::iter::once(&self.current).chain(previous.map(|previous| &previous.key))
    }
}

/// Which keys are accepted: [`KickKeys::status`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KickKeyStatus {
    /// 1 at first, and one more for each key that replaced another.
    pub generation: u64,
    /// The [fingerprint](KickPublicKey::fingerprint) of the key.
    pub current: String,
    /// The fingerprint of the one before, and until when it is accepted.
    pub previous: Option<(String, SystemTime)>,
}

const DEFAULT_GRACE: Duration = Duration::from_secs(24 * 60 * 60);
