use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};

use crate::certificate::Certificate;
use crate::{ConfigError, VerifyError};

/// The SHA-256 of a certificate's public key (its SubjectPublicKeyInfo): what stays the same when a
/// certificate is issued anew for its key.
///
/// Read from `sha256/` and base64, as OpenSSL's and Envoy's users know it, or from 64 hexadecimal
/// digits; written as the former.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SpkiPin([u8; 32]);

impl SpkiPin {
    /// The pin of a certificate's key.
    ///
    /// # Errors
    ///
    /// [`VerifyError::BadEncoding`] and [`VerifyError::UnsupportedVersion`].
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self, VerifyError> {
        Ok(Self::of_spki(Certificate::parse(certificate)?.public_key().raw))
    }

    pub(crate) fn of_spki(spki: &[u8]) -> Self {
        Self(Sha256::digest(spki).into())
    }

    /// The hash itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for SpkiPin {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let mut bytes = [0; 32];
        match text.strip_prefix(PREFIX) {
            Some(base64) => {
                // A longer one does not fit, and a shorter one leaves room.
                let decoded = BASE64_STANDARD.decode_slice(base64, &mut bytes);
                if decoded != Ok(bytes.len()) {
                    return Err(ConfigError::Pin);
                }
            }
            None => decode_hex(text.as_bytes(), &mut bytes).ok_or(ConfigError::Pin)?,
        }
        Ok(Self(bytes))
    }
}

fn decode_hex(digits: &[u8], bytes: &mut [u8; 32]) -> Option<()> {
    let (pairs, rest) = digits.as_chunks();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for ([high, low], byte) in pairs.iter().zip(bytes) {
        let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(())
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for SpkiPin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 44];
        let length = BASE64_STANDARD.encode_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
        let text = text.get(..length).and_then(|text| std::str::from_utf8(text).ok());
        write!(f, "{PREFIX}{}", text.ok_or(fmt::Error)?)
    }
}

impl fmt::Debug for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const PREFIX: &str = "sha256/";
