use clap::ValueEnum;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};

use crate::Error;

/// The kind of an authority's key.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AuthorityKey {
    P256,
    Rsa2048,
    Rsa4096,
}

/// The kind of a client's key. RSA of 4096 bits is no choice: the origin verifies by it in each
/// handshake, and a year does not need it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ClientKey {
    P256,
    Rsa2048,
}

impl AuthorityKey {
    pub(crate) fn generate(self) -> Result<KeyPair, Error> {
        match self {
            Self::P256 => p256(),
            Self::Rsa2048 => rsa(RsaKeySize::_2048),
            Self::Rsa4096 => rsa(RsaKeySize::_4096),
        }
    }
}

impl ClientKey {
    pub(crate) fn generate(self) -> Result<KeyPair, Error> {
        match self {
            Self::P256 => p256(),
            Self::Rsa2048 => rsa(RsaKeySize::_2048),
        }
    }
}

fn p256() -> Result<KeyPair, Error> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(Error::Make)
}

fn rsa(size: RsaKeySize) -> Result<KeyPair, Error> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size).map_err(Error::Make)
}
