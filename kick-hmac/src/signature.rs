//! A signature as a header writes it, and the keys that may have made it.

use std::sync::LazyLock;
use std::time::SystemTime;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::{PAD, STANDARD};

use crate::headers::{SIGNATURE, SignedText};
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

/// What a signature header says, and whether that is a signature's form is not decided.
#[derive(Clone, Copy)]
pub(crate) enum Unchecked<'a> {
    Rsa(&'a [u8]),
    Tag(Option<[u8; TAG]>),
}

/// A signature, in bytes.
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

    /// Reads what the header says, as far as that needs no memory.
    pub(crate) fn read<'a>(&self, text: &'a [u8]) -> Unchecked<'a> {
        match &self.0 {
            Kind::Kick(_) => Unchecked::Rsa(text),
            Kind::Relay(keys) => Unchecked::Tag(keys.tag_encoding().decode(text)),
        }
    }

    /// What was read, if it may be a signature by these keys.
    pub(crate) fn check(
        &self,
        signature: Unchecked<'_>,
        now: SystemTime,
    ) -> Result<Signature, VerifyError> {
        let signature = match (&self.0, signature) {
            (Kind::Kick(keys), Unchecked::Rsa(text)) => decode_rsa(text, keys, now),
            (Kind::Relay(_), Unchecked::Tag(tag)) => tag.map(Signature::Tag),
            // It was read for the keys of another handle.
            (Kind::Kick(_), Unchecked::Tag(_)) | (Kind::Relay(_), Unchecked::Rsa(_)) => None,
        };
        signature.ok_or(VerifyError::MalformedSignature)
    }

    pub(crate) fn verify(
        &self,
        text: &SignedText,
        body: &[u8],
        signature: &Signature,
        now: SystemTime,
    ) -> Result<(), VerifyError> {
        match (&self.0, signature) {
            (Kind::Kick(keys), Signature::Rsa(signature)) => {
                let mut context = Context::new(&SHA256);
                context.update(text.as_bytes());
                context.update(body);
                let holds = keys.verifies(&context.finish(), signature, now);
                if holds { Ok(()) } else { Err(VerifyError::BadSignature) }
            }
            (Kind::Relay(keys), Signature::Tag(tag)) => keys.verify(text, body, tag, now),
            // What is read of a header is of the kind of the keys.
            (Kind::Kick(_), Signature::Tag(_)) | (Kind::Relay(_), Signature::Rsa(_)) => {
                Err(VerifyError::BadSignature)
            }
        }
    }
}

fn decode_rsa(text: &[u8], keys: &KickKeys, now: SystemTime) -> Option<Signature> {
    // What is too long for any key is not looked at.
    let padding = text.iter().rev().take(2).filter(|byte| **byte == b'=').count();
    let length = (text.len() / 4).saturating_mul(3).saturating_sub(padding);
    if length > MAX_MODULUS || !keys.may_sign_with(length, now) {
        return None;
    }
    let mut signature = vec![0; length];
    let decoded = BASE64.decode_slice(text, &mut signature).ok()?;
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
                // 31, 32 or 33 bytes, by how it is padded.
                if text.len() != BASE64_TAG {
                    return None;
                }
                let mut padded = [0; TAG + 1];
                let decoded = BASE64.decode_slice(text, &mut padded).ok()?;
                if decoded != TAG {
                    return None;
                }
                tag.copy_from_slice(padded.get(..TAG)?);
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

/// RFC 4648 §4, with its padding: the decoder of this processor's wide instructions, where there is one.
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
static BASE64: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::standard(PAD));
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
static BASE64: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, PAD));

/// The bytes of a SHA-256.
const TAG: usize = 32;

/// The characters of those in base64.
const BASE64_TAG: usize = 44;
