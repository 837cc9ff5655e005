use std::fmt;
use std::time::{Duration, SystemTime};

use alloy_primitives::hex;

use crate::{Audience, BrowserBinding, BurnKey, NonceKeys, VerifyError};

/// A nonce for one sign-in: 54 lower-case hexadecimal digits, for a message's `Nonce`.
///
/// It is sealed: whoever has the key can tell that it was made here, when, for which origin and for
/// which browser. So nothing is stored when it is made, and a foreign or an expired one is refused
/// before any store is asked. Nothing but its burning is remembered.
///
/// ```text
/// 10 bytes random ‖ 5 bytes seconds since 1970, big endian ‖ 12 bytes tag
/// tag = the first 12 bytes of HMAC-SHA256 over
///       "edgeproof siwe nonce 1" ‖ 0 ‖ the 15 bytes ‖ 1 and the binding, or 0 ‖ the origin
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Nonce([u8; Self::LEN]);

impl Nonce {
    pub(crate) const LEN: usize = 2 * (HEAD + TAG);

    pub(crate) fn seal(
        random: [u8; 10],
        audience: &Audience,
        binding: Option<&BrowserBinding>,
        keys: &NonceKeys,
        now: SystemTime,
    ) -> Self {
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let [_, _, _, seconds @ ..] = seconds.to_be_bytes();
        let mut bytes = [0; HEAD + TAG];
        let parts = random.into_iter().chain(seconds);
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        if let Some((head, place)) = bytes.split_first_chunk_mut::<HEAD>() {
            let tag = keys.tag(&sealed_parts(head, audience, binding));
            place.iter_mut().zip(tag).for_each(|(byte, part)| *byte = part);
        }
        let mut text = [0; Self::LEN];
        // The text has room for twice the bytes.
        let _ = hex::encode_to_slice(bytes, &mut text);
        Self(text)
    }

    /// Checks that this text was sealed by one of the keys, for this audience and this binding, and when.
    pub(crate) fn open(
        text: &str,
        audience: &Audience,
        binding: Option<&BrowserBinding>,
        keys: &NonceKeys,
    ) -> Result<(BurnKey, SystemTime), VerifyError> {
        let key: [u8; Self::LEN] =
            text.as_bytes().try_into().map_err(|_| VerifyError::UnknownNonce)?;
        let mut bytes = [0; HEAD + TAG];
        let is_lower = !key.iter().any(u8::is_ascii_uppercase);
        if !is_lower || hex::decode_to_slice(key, &mut bytes).is_err() {
            return Err(VerifyError::UnknownNonce);
        }
        let (head, tag) = bytes.split_first_chunk::<HEAD>().ok_or(VerifyError::UnknownNonce)?;
        if !keys.verify(&sealed_parts(head, audience, binding), tag) {
            return Err(VerifyError::UnknownNonce);
        }
        let [.., s1, s2, s3, s4, s5] = *head;
        let seconds = u64::from_be_bytes([0, 0, 0, s1, s2, s3, s4, s5]);
        // 40 bits of seconds are 34,865 years.
        let made_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        Ok((BurnKey::of_nonce(key), made_at.ok_or(VerifyError::UnknownNonce)?))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

/// Only the last part has no length of its own.
fn sealed_parts<'a>(
    head: &'a [u8; HEAD],
    audience: &'a Audience,
    binding: Option<&'a BrowserBinding>,
) -> [&'a [u8]; 5] {
    let (binding, is_bound): (&[u8], &[u8]) = match binding {
        Some(binding) => (binding.as_bytes(), &[1]),
        None => (&[], &[0]),
    };
    [b"edgeproof siwe nonce 1\0", head, is_bound, binding, audience.as_str().as_bytes()]
}

const HEAD: usize = 10 + 5;
const TAG: usize = 12;
