use std::sync::LazyLock;

use base64::engine::general_purpose::NO_PAD;
use base64::{DecodeSliceError, Engine};

use crate::{TokenPart, VerifyError};

/// A token in its three parts, as they were sent: RFC 7515 §7.1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
    /// The bytes that the signature is over: header and payload with the dot between them.
    pub(crate) signed: &'a [u8],
}

impl<'a> Token<'a> {
    pub(crate) fn split(token: &'a [u8]) -> Result<Self, VerifyError> {
        if token.len() > MAX_TOKEN {
            return Err(VerifyError::TooLarge);
        }
        let mut dots = memchr::memchr_iter(b'.', token);
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(MALFORMED);
        };
        Self::at(token, first, second).ok_or(MALFORMED)
    }

    fn at(token: &'a [u8], first: usize, second: usize) -> Option<Self> {
        let (signed, signature) = token.split_at_checked(second)?;
        let (header, payload) = signed.split_at_checked(first)?;
        let (_, payload) = payload.split_first()?;
        let (_, signature) = signature.split_first()?;
        // The header and the signature are decoded before the signature is verified, the payload
        // after it: so its alphabet is looked at here, where a stray byte costs the least.
        let is_token = !header.is_empty()
            && !signature.is_empty()
            && payload.iter().fold(true, |all, byte| all & is_base64url(*byte));
        is_token.then_some(Self { header, payload, signature, signed })
    }

    pub(crate) fn decode_header<'b>(
        &self,
        buffer: &'b mut [u8; MAX_HEADER],
    ) -> Result<&'b [u8], VerifyError> {
        decode(self.header, buffer, VerifyError::TooLarge)
    }

    pub(crate) fn decode_signature<'b>(
        &self,
        buffer: &'b mut [u8; MAX_SIGNATURE],
    ) -> Result<&'b [u8], VerifyError> {
        // Longer than the longest key makes: no key of the team made it.
        decode(self.signature, buffer, VerifyError::BadSignature)
    }

    pub(crate) fn decode_payload(&self) -> Result<Vec<u8>, VerifyError> {
        BASE64URL.decode(self.payload).map_err(|_| MALFORMED)
    }
}

fn decode<'b>(
    part: &[u8],
    buffer: &'b mut [u8],
    too_long: VerifyError,
) -> Result<&'b [u8], VerifyError> {
    match BASE64URL.decode_slice(part, buffer) {
        Ok(length) => buffer.get(..length).ok_or(MALFORMED),
        Err(DecodeSliceError::OutputSliceTooSmall) => Err(too_long),
        Err(DecodeSliceError::DecodeError(_)) => Err(MALFORMED),
    }
}

/// RFC 4648 §5, without padding: the decoder of this processor's wide instructions, where there is
/// one. Decoding is the largest part of a verification, the signature aside.
#[cfg(any(target_arch = "aarch64", target_arch = "x86_64"))]
static BASE64URL: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::url_safe(NO_PAD));
#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
static BASE64URL: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::GeneralPurpose::new(&base64::alphabet::URL_SAFE, NO_PAD));

/// RFC 4648 §5, without padding.
fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_')
}

const MALFORMED: VerifyError = VerifyError::Malformed(TokenPart::Compact);

/// Twice what Access can send: a cookie ends near 4 KiB.
const MAX_TOKEN: usize = 8 * 1024;

/// Ten times what Access sends.
pub(crate) const MAX_HEADER: usize = 1024;

/// A signature is as long as the key's modulus.
pub(crate) const MAX_SIGNATURE: usize = crate::keys::MAX_MODULUS_BITS.div_ceil(8);

#[cfg(test)]
mod tests {
    use super::{MALFORMED, Token};

    #[test]
    fn reads_each_encoding_of_a_payload_one_way_only() {
        let payload = |payload: &str| {
            Token::split(format!("e30.{payload}.AAAA").as_bytes())
                .and_then(|token| token.decode_payload())
        };
        assert_eq!(payload("fQ"), Ok(b"}".to_vec()));
        assert_eq!(payload("fX0"), Ok(b"}}".to_vec()));
        assert_eq!(payload(""), Ok(Vec::new()));
        // Bits beyond the last byte, half a byte, and padding: RFC 4648 §3.5, RFC 7515 §2.
        for other in ["fR", "fX1", "f", "fX0f0", "fQ==", "fX0="] {
            assert_eq!(payload(other), Err(MALFORMED), "{other}");
        }
    }
}
