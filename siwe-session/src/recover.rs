//! Which address signed: by k256, or by libsecp256k1 (feature `secp256k1`), with the same answer.

use alloy_primitives::{Address, B256};

/// 65 bytes that a key may have made: `s` is in the lower half, and `v` one of four.
pub(crate) struct RecoverableSignature {
    compact: [u8; 64],
    /// Whether the ordinate of the point whose abscissa is `r` is odd.
    is_y_odd: bool,
}

/// `s` is in the upper half: everyone can make this one of that with the lower (EIP-2).
pub(crate) struct Malleable;

impl RecoverableSignature {
    /// `None` if these are not 65 bytes that end in 0, 1, 27 or 28.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Option<Self>, Malleable> {
        let Some((compact, [v])) = bytes.split_first_chunk::<64>() else { return Ok(None) };
        let is_y_odd = match v {
            0 | 27 => false,
            1 | 28 => true,
            _ => return Ok(None),
        };
        let (_, s) = compact.split_at(32);
        if *s > HALF_ORDER[..] {
            return Err(Malleable);
        }
        Ok(Some(Self { compact: *compact, is_y_odd }))
    }

    /// The address whose key made this signature of that hash; `None` if none did.
    #[cfg(not(feature = "secp256k1"))]
    pub(crate) fn address(&self, hash: &B256) -> Option<Address> {
        use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

        // It refuses an `r` or `s` that is 0 or not below the order.
        let signature = Signature::from_slice(&self.compact).ok()?;
        // Ethereum has no place for an `r` whose abscissa is above the order.
        let recovery_id = RecoveryId::new(self.is_y_odd, false);
        let key =
            VerifyingKey::recover_from_prehash(hash.as_slice(), &signature, recovery_id).ok()?;
        address_of(key.to_sec1_point(false).as_bytes())
    }

    /// The address whose key made this signature of that hash; `None` if none did.
    #[cfg(feature = "secp256k1")]
    pub(crate) fn address(&self, hash: &B256) -> Option<Address> {
        use secp256k1::Message;
        use secp256k1::ecdsa::{RecoverableSignature as Signature, RecoveryId};

        let recovery_id = if self.is_y_odd { RecoveryId::One } else { RecoveryId::Zero };
        let signature = Signature::from_compact(&self.compact, recovery_id).ok()?;
        let key = signature.recover(Message::from_digest(hash.0)).ok()?;
        address_of(&key.serialize_uncompressed())
    }
}

/// Of a point in its uncompressed form: 4, and its two ordinates (SEC 1 §2.3.3).
fn address_of(point: &[u8]) -> Option<Address> {
    let (4, ordinates) = point.split_first()? else { return None };
    let ordinates: &[u8; 64] = ordinates.try_into().ok()?;
    Some(Address::from_raw_public_key(ordinates))
}

/// Half of the order of secp256k1, rounded down (SEC 2 §2.4.1).
const HALF_ORDER: [u8; 32] =
    alloy_primitives::hex!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
