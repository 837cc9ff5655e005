//! A signature as a header writes it, and the keys that may have made it.

use std::time::SystemTime;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::headers::{DeliveryHeaders, SIGNATURE, SignedText};
use crate::public_key::MAX_MODULUS;
use crate::{KickKeys, RelayKeys, VerifyError};

/// Who may sign: [`KickKeys`] for Kick itself, [`RelayKeys`] for a relay of yours. A request never
/// chooses.
#[derive(Clone, Debug)]
pub struct Keys(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Kick(KickKeys),
    Relay(RelayKeys),
}

impl From<KickKeys> for Keys {
    fn from(keys: KickKeys) -> Self {
        Self(Kind::Kick(keys))
    }
}

impl From<RelayKeys> for Keys {
    fn from(keys: RelayKeys) -> Self {
        Self(Kind::Relay(keys))
    }
}

/// How a relay writes its tag.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TagEncoding {
    /// Base64 with its padding (RFC 4648 §4): 44 characters.
    #[default]
    Base64,
    /// 64 hexadecimal digits in lower case (RFC 4648 §8, but for the case).
    Hex,
}

/// What a signature header says, in bytes.
#[derive(Clone)]
pub(crate) enum Signature {
    Rsa(Box<[u8]>),
    Tag([u8; TAG]),
}

impl Keys {
    /// The header that a signature is in.
    pub(crate) fn header(&self) -> &http::HeaderName {
        match &self.0 {
            Kind::Kick(_) => &SIGNATURE,
            Kind::Relay(keys) => keys.header(),
        }
    }

    /// Reads what the header says, if it may be a signature by these keys.
    pub(crate) fn read(
        &self,
        headers: &DeliveryHeaders<'_>,
        now: SystemTime,
    ) -> Result<Signature, VerifyError> {
        let text = headers.signature;
        let signature = match &self.0 {
            Kind::Kick(keys) => read_rsa(text, keys, now),
            Kind::Relay(keys) if !keys.has_valid(now) => return Err(VerifyError::NoValidSecret),
            Kind::Relay(keys) => keys.tag_encoding().decode(text).map(Signature::Tag),
        };
        signature.ok_or(VerifyError::MalformedSignature)
    }

    pub(crate) fn verifies(
        &self,
        text: &SignedText,
        body: &[u8],
        signature: &Signature,
        now: SystemTime,
    ) -> bool {
        match (&self.0, signature) {
            (Kind::Kick(keys), Signature::Rsa(signature)) => {
                let mut context = Context::new(&SHA256);
                context.update(text.as_bytes());
                context.update(body);
                keys.verifies(&context.finish(), signature, now)
            }
            (Kind::Relay(keys), Signature::Tag(tag)) => keys.verifies(text, body, tag, now),
            (Kind::Kick(_), Signature::Tag(_)) | (Kind::Relay(_), Signature::Rsa(_)) => false,
        }
    }
}

fn read_rsa(text: &[u8], keys: &KickKeys, now: SystemTime) -> Option<Signature> {
    // What is too long for any key is not looked at.
    let padding = text.iter().rev().take(2).filter(|byte| **byte == b'=').count();
    let length = (text.len() / 4).saturating_mul(3).saturating_sub(padding);
    if length > MAX_MODULUS || !keys.may_sign_with(length, now) {
        return None;
    }
    let mut signature = vec![0; length];
    let decoded = STANDARD.decode_slice(text, &mut signature).ok()?;
    (decoded == length).then(|| Signature::Rsa(signature.into()))
}

impl TagEncoding {
    pub(crate) fn encode(self, tag: &[u8; TAG]) -> String {
        match self {
            Self::Base64 => STANDARD.encode(tag),
            Self::Hex => tag.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    fn decode(self, text: &[u8]) -> Option<[u8; TAG]> {
        let mut tag = [0; TAG];
        match self {
            Self::Base64 => {
                // The exact length first: the decoder would ask for room for one byte more.
                if text.len() != BASE64_TAG {
                    return None;
                }
                let mut padded = [0; TAG + 1];
                let decoded = STANDARD.decode_slice(text, &mut padded).ok()?;
                tag.copy_from_slice(padded.get(..decoded)?.get(..TAG)?);
            }
            Self::Hex => {
                let (digits, []) = text.as_chunks::<2>() else { return None };
                if digits.len() != TAG {
                    return None;
                }
                for (byte, [high, low]) in tag.iter_mut().zip(digits) {
                    *byte = (hex_digit(*high)? << 4) | hex_digit(*low)?;
                }
            }
        }
        Some(tag)
    }
}

const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit & 0xF),
        b'a'..=b'f' => Some((digit & 0xF).saturating_add(9)),
        _ => None,
    }
}

/// The bytes of a SHA-256.
const TAG: usize = 32;

/// The characters of those in base64.
const BASE64_TAG: usize = 44;
