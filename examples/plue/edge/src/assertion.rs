use std::fs;
use std::path::PathBuf;

use forge::USER_ASSERTION;
use siwe_session::{AssertionSigner, ConfigError, IdentityHeader, KeyRing, SessionKey};
use thiserror::Error;

/// What assertions are signed with, read again from its file. Cloning shares the key.
#[derive(Clone, Debug)]
pub(crate) struct Assertion {
    path: PathBuf,
    kid: String,
    ring: KeyRing,
}

impl Assertion {
    pub(crate) fn read(path: PathBuf, kid: String) -> Result<Self, AssertionError> {
        let ring = KeyRing::new([key(&path, &kid)?])?;
        Ok(Self { path, kid, ring })
    }

    pub(crate) fn signer(&self, audience: &str) -> Result<AssertionSigner, ConfigError> {
        let header = IdentityHeader::new(USER_ASSERTION)?;
        AssertionSigner::new(header, self.ring.clone(), audience)
    }

    /// The key that is in the file now.
    pub(crate) fn read_again(&self) -> Result<SessionKey, AssertionError> {
        key(&self.path, &self.kid)
    }

    pub(crate) fn replace(&self, key: SessionKey) -> Result<(), AssertionError> {
        Ok(self.ring.reload([key])?)
    }
}

fn key(path: &PathBuf, kid: &str) -> Result<SessionKey, AssertionError> {
    let pem = fs::read_to_string(path)
        .map_err(|source| AssertionError::File { path: path.clone(), source })?;
    Ok(SessionKey::eddsa_from_pem(kid, &pem)?)
}

/// Why there is no key to sign assertions with.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AssertionError {
    /// Its file cannot be read.
    #[error("{} cannot be read (--assertion-key)", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is none.
    #[error("--assertion-key: {0}")]
    Key(#[from] ConfigError),
}
