use std::fmt;
use std::str::FromStr;

use alloy_primitives::hex;

use crate::VerifyError;

/// Names the browser that begins a sign-in: 16 random bytes, kept in it by a cookie.
///
/// The cookie goes to no other site: a page has to be of the same site as what it signs in to, though it may
/// be of another origin.
///
/// A nonce is made for one binding and serves no other. So nobody can sign in a victim's browser with a
/// message of their own (login CSRF): the nonce in it is bound to the attacker's browser.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct BrowserBinding([u8; 16]);

impl BrowserBinding {
    /// From 16 bytes that a cryptographic source of random numbers gave.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for BrowserBinding {
    type Err = VerifyError;

    /// From 32 lower-case hexadecimal digits. Anything else is [`VerifyError::MissingBinding`].
    fn from_str(text: &str) -> Result<Self, VerifyError> {
        let mut bytes = [0; 16];
        let is_form = text.len() == 32 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        if !is_form || hex::decode_to_slice(text.as_bytes(), &mut bytes).is_err() {
            return Err(VerifyError::MissingBinding);
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for BrowserBinding {
    /// As the cookie's value: 32 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BrowserBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrowserBinding(…)")
    }
}
