use std::fmt;
use std::sync::Arc;

use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ConfigError;

/// A key of a [`KeyRing`](crate::KeyRing), with its name (`kid`) and its one algorithm: what a token says
/// of the algorithm selects nothing.
///
/// It is never shown, and overwritten when it is dropped.
#[derive(Clone)]
pub struct SessionKey {
    kid: Arc<str>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Hs256(Box<Hmac<Sha256>>),
    EdDsa { signing: Option<Box<SigningKey>>, verifying: Box<VerifyingKey> },
}

/// What a key of a ring signs with (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    Hs256,
    EdDsa,
}

impl Algorithm {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl SessionKey {
    /// HMAC-SHA256, where who verifies sessions also makes them. At least 32 random bytes that serve
    /// nothing else.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Kid`] or [`ConfigError::SecretTooShort`].
    pub fn hs256(kid: &str, secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let secret = secret.as_ref();
        if secret.len() < MIN_SECRET {
            return Err(ConfigError::SecretTooShort);
        }
        // HMAC takes a key of any length, so this error cannot be.
        let keyed = Hmac::new_from_slice(secret).map_err(|_| ConfigError::SecretTooShort)?;
        Self::new(kid, Kind::Hs256(Box::new(keyed)))
    }

    /// Ed25519, where others verify what this one signs: a private key in PKCS#8 (RFC 8410 §7), as
    /// `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Kid`] or [`ConfigError::Ed25519`].
    pub fn eddsa_from_pem(kid: &str, pem: &str) -> Result<Self, ConfigError> {
        let signing = SigningKey::from_pkcs8_pem(pem).map_err(|_| ConfigError::Ed25519)?;
        let verifying = Box::new(signing.verifying_key());
        Self::new(kid, Kind::EdDsa { signing: Some(Box::new(signing)), verifying })
    }

    /// The public half of such a key (RFC 8410 §4), as `openssl pkey -pubout` writes it: it verifies.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Kid`] or [`ConfigError::Ed25519`].
    pub fn eddsa_public_from_pem(kid: &str, pem: &str) -> Result<Self, ConfigError> {
        let verifying = VerifyingKey::from_public_key_pem(pem).map_err(|_| ConfigError::Ed25519)?;
        // One that is weak holds for signatures that nobody made.
        if verifying.is_weak() {
            return Err(ConfigError::Ed25519);
        }
        Self::new(kid, Kind::EdDsa { signing: None, verifying: Box::new(verifying) })
    }

    fn new(kid: &str, kind: Kind) -> Result<Self, ConfigError> {
        if is_kid(kid) { Ok(Self { kid: kid.into(), kind }) } else { Err(ConfigError::Kid) }
    }

    /// The name that tokens have it by.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self.kind {
            Kind::Hs256(_) => Algorithm::Hs256,
            Kind::EdDsa { .. } => Algorithm::EdDsa,
        }
    }

    pub(crate) fn can_sign(&self) -> bool {
        !matches!(self.kind, Kind::EdDsa { signing: None, .. })
    }

    /// `None` if it is a public key.
    pub(crate) fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::Hs256(keyed) => {
                let mut mac = (**keyed).clone();
                mac.update(text);
                Some(mac.finalize().into_bytes().to_vec())
            }
            Kind::EdDsa { signing, .. } => Some(signing.as_ref()?.sign(text).to_bytes().to_vec()),
        }
    }

    /// In constant time, where there is a secret.
    pub(crate) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Hs256(keyed) => {
                let mut mac = (**keyed).clone();
                mac.update(text);
                mac.verify_slice(signature).is_ok()
            }
            // Strictly: neither small-order points nor the unreduced scalars that RFC 8032 §5.1.7
            // refuses, so that a signature has no twin.
            Kind::EdDsa { verifying, .. } => signature
                .try_into()
                .is_ok_and(|signature| verifying.verify_strict(text, &signature).is_ok()),
        }
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm())
            .field("can_sign", &self.can_sign())
            .finish_non_exhaustive()
    }
}

/// What needs no escape in JSON, and is no path.
pub(crate) fn is_kid(kid: &str) -> bool {
    (1..=MAX_KID).contains(&kid.len())
        && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

const MIN_SECRET: usize = 32;
const MAX_KID: usize = 64;
