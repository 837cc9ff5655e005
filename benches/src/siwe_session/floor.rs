//! The recovery of a public key by the backend that this build of the crate has, and what is asked of
//! the rows that it is in.

#[cfg(not(feature = "secp256k1"))]
pub(super) use by_k256::{CASE, LOGIN, NAME, PEER, recover};
#[cfg(feature = "secp256k1")]
pub(super) use by_secp256k1::{CASE, LOGIN, NAME, PEER, recover};

#[cfg(not(feature = "secp256k1"))]
mod by_k256 {
    use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};

    pub const CASE: &str = "verify_k256";
    pub const LOGIN: &str = "login_k256";
    pub const NAME: &str = "k256-0.14 recovery + Keccak";
    /// How many times faster than the best peer.
    pub const PEER: f64 = 2.4;

    /// The point in its uncompressed form.
    pub fn recover(hash: &[u8; 32], signature: &[u8; 65]) -> [u8; 65] {
        let (signature, v) = signature.split_at(64);
        let signature = Signature::from_slice(signature).unwrap();
        let recovery_id = RecoveryId::new(v[0] == 28, false);
        let key = VerifyingKey::recover_from_prehash(hash, &signature, recovery_id).unwrap();
        key.to_sec1_point(false).as_bytes().try_into().unwrap()
    }
}

#[cfg(feature = "secp256k1")]
mod by_secp256k1 {
    use secp256k1::Message;
    use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};

    pub const CASE: &str = "verify_secp256k1";
    pub const LOGIN: &str = "login_secp256k1";
    pub const NAME: &str = "libsecp256k1 recovery + Keccak";
    /// How many times faster than the best peer.
    pub const PEER: f64 = 4.2;

    /// The point in its uncompressed form.
    pub fn recover(hash: &[u8; 32], signature: &[u8; 65]) -> [u8; 65] {
        let (compact, v) = signature.split_at(64);
        let recovery_id = if v[0] == 28 { RecoveryId::One } else { RecoveryId::Zero };
        let signature = RecoverableSignature::from_compact(compact, recovery_id).unwrap();
        let key = signature.recover(Message::from_digest(*hash)).unwrap();
        key.serialize_uncompressed()
    }
}
