use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use kick_hmac::{ConfigError, KeyError, Keys, KickKeys, KickPublicKey, RelayKeys, RelaySecret};
use thiserror::Error;
use zeroize::Zeroizing;

/// Who signs what is believed here: Kick, or a relay. Clones share the keys.
#[derive(Clone, Debug)]
pub struct Signer(Source);

#[derive(Clone, Debug)]
enum Source {
    Published(KickKeys),
    PublicKey { path: PathBuf, keys: KickKeys },
    RelaySecrets { path: PathBuf, keys: RelayKeys },
}

impl Signer {
    /// Kick, with the key that it has published.
    #[must_use]
    pub fn published() -> Self {
        Self(Source::Published(KickKeys::published()))
    }

    /// Whoever has the private key to the public one in this file.
    ///
    /// # Errors
    ///
    /// If the file does not hold one PEM block with an RSA key.
    pub fn public_key(path: &Path) -> Result<Self, KeyFileError> {
        let keys = KickKeys::new(read_public_key(path)?);
        Ok(Self(Source::PublicKey { path: path.to_owned(), keys }))
    }

    /// A relay that shares one of the secrets in this file.
    ///
    /// # Errors
    ///
    /// If the file does not hold one or two lines of base64, each at least 16 bytes.
    pub fn relay(path: &Path) -> Result<Self, KeyFileError> {
        let keys = RelayKeys::kick_relay(read_secrets(path)?).map_err(KeyFileError::Secrets)?;
        Ok(Self(Source::RelaySecrets { path: path.to_owned(), keys }))
    }

    /// Reads the file again, and uses what is in it from the next delivery on.
    ///
    /// A public key that was replaced is accepted for another day, for what is on its way; a relay's
    /// secret that is no longer there is accepted no more.
    ///
    /// # Errors
    ///
    /// As when it was read first; what was in use then stays.
    pub fn reload(&self, now: SystemTime) -> Result<(), KeyFileError> {
        match &self.0 {
            Source::Published(_) => return Err(KeyFileError::NoFile),
            Source::PublicKey { path, keys } => keys.reload(&read_public_key(path)?, now),
            Source::RelaySecrets { path, keys } => {
                keys.reload(read_secrets(path)?).map_err(KeyFileError::Secrets)?;
            }
        }
        Ok(())
    }

    pub(crate) fn keys(&self) -> Keys {
        match &self.0 {
            Source::Published(keys) | Source::PublicKey { keys, .. } => keys.clone().into(),
            Source::RelaySecrets { keys, .. } => keys.clone().into(),
        }
    }

    /// Of the public key in use. A secret has nothing that may be shown.
    pub(crate) fn fingerprint(&self) -> Option<String> {
        match &self.0 {
            Source::Published(keys) | Source::PublicKey { keys, .. } => Some(keys.status().current),
            Source::RelaySecrets { .. } => None,
        }
    }
}

fn read_public_key(path: &Path) -> Result<KickPublicKey, KeyFileError> {
    KickPublicKey::from_pem(&*read(path)?).map_err(KeyFileError::PublicKey)
}

/// A secret a line. Two at most, for a rotation: one more is one that was forgotten.
fn read_secrets(path: &Path) -> Result<Vec<RelaySecret>, KeyFileError> {
    let content = read(path)?;
    let lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut secrets = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if secrets.len() == MAX_SECRETS {
            return Err(KeyFileError::TooManySecrets);
        }
        secrets.push(RelaySecret::from_base64(line).map_err(KeyFileError::Secrets)?);
    }
    if secrets.is_empty() { Err(KeyFileError::Secrets(ConfigError::NoSecret)) } else { Ok(secrets) }
}

/// So much of a file as a key may have, and one byte more.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    // Room for all of it, so that no copy of a secret is left behind by growing.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_FILE.saturating_add(2)));
    let file = File::open(path).map_err(KeyFileError::Read)?;
    let most = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut content).map_err(KeyFileError::Read)?;
    if content.len() > MAX_FILE { Err(KeyFileError::TooLarge) } else { Ok(content) }
}

/// Why a file holds no key. Tells nothing of what is in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// There is no file: the key is the one that Kick has published.
    #[error("no file is configured")]
    NoFile,
    /// It is no public key.
    #[error("{0}")]
    PublicKey(KeyError),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(io::Error),
    /// One of its lines is no secret, or there is none.
    #[error("{0}")]
    Secrets(ConfigError),
    /// It is larger than any key.
    #[error("over 16 KiB")]
    TooLarge,
    /// It has a third secret.
    #[error("at most two secrets, a line each")]
    TooManySecrets,
}

const MAX_FILE: usize = 16 * 1024;
const MAX_SECRETS: usize = 2;
