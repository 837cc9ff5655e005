use std::fmt;

use alloy_primitives::hex;

use crate::Nonce;

/// The name of what serves no more: of a nonce, which is the nonce itself, or of a session that has
/// ended, `session:` and its id.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BurnKey {
    text: [u8; Nonce::LEN],
    len: usize,
}

impl BurnKey {
    pub(crate) fn of_nonce(nonce: [u8; Nonce::LEN]) -> Self {
        Self { text: nonce, len: Nonce::LEN }
    }

    pub(crate) fn of_session(id: &[u8; 16]) -> Self {
        let mut text = [0; Nonce::LEN];
        let mut digits = [0; 32];
        // There are as many digits as it takes.
        let _ = hex::encode_to_slice(id, &mut digits);
        let parts = SESSION.bytes().chain(digits);
        text.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        Self { text, len: SESSION_LEN }
    }

    /// Whether it is the name of a session.
    #[must_use]
    pub fn is_session(&self) -> bool {
        self.len != Nonce::LEN
    }

    /// As text: at most 54 lower-case letters, digits and `:`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.get(..self.len).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for BurnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BurnKey(…)")
    }
}

const SESSION: &str = "session:";
const SESSION_LEN: usize = SESSION.len() + 32;
