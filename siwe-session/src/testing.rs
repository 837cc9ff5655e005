//! Wallets for the tests of your own handlers: throw-away keys, the same checks.

use std::fmt;

use alloy_primitives::{Address, hex};
use k256::ecdsa::SigningKey;

use crate::Message;

mod site;
pub use site::Site;
mod store;
pub use store::{check_store, new_burn_key};

/// A wallet with a throw-away key.
#[derive(Clone)]
pub struct Wallet(SigningKey);

impl Wallet {
    /// With a random key.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn new() -> Self {
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("random numbers");
        Self::from_key(key)
    }

    /// With this key.
    ///
    /// # Panics
    ///
    /// If it is 0, or not below the order of secp256k1.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn from_key(key: [u8; 32]) -> Self {
        Self(SigningKey::from_slice(&key).expect("a key of secp256k1"))
    }

    /// Who signs.
    #[must_use]
    pub fn address(&self) -> Address {
        let point = self.0.verifying_key().to_sec1_point(false);
        Address::from_raw_public_key(point.as_bytes().get(1..).unwrap_or_default())
    }

    /// Signs a message as wallets do (`personal_sign`): `0x` and 65 bytes in hexadecimal digits.
    #[must_use]
    pub fn sign(&self, message: &Message<'_>) -> String {
        let hash = message.hash();
        let (signature, recovery_id) = self.0.sign_prehash_recoverable(hash.as_slice());
        let v = if recovery_id.is_y_odd() { 28 } else { 27 };
        format!("0x{}{v:02x}", hex::encode(signature.to_bytes()))
    }
}

impl Default for Wallet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wallet").field(&self.address()).finish()
    }
}
