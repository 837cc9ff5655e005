use forge::SecretError;
use siwe_session::{ConfigError, KeyRing, NonceKeys, SessionKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{Source, SourceError};

/// The keys of sessions, and the secrets of nonces, which are read again from the files that they came
/// from. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Secrets {
    keys: KeyRing,
    nonces: NonceKeys,
    /// `None`: thrown away with the process.
    sources: Option<(Source, Source)>,
}

impl Secrets {
    /// Reads the keys of sessions, `kid:base64`, and the secrets of nonces, in base64; several of them on
    /// lines of their own, or separated by commas. The first signs.
    ///
    /// # Errors
    ///
    /// What cannot be read, or is none.
    pub fn read(keys: Source, nonces: Source) -> Result<Self, SecretsError> {
        Ok(Self {
            keys: KeyRing::new(session_keys(&keys)?).map_err(SecretsError::Keys)?,
            nonces: NonceKeys::new(nonce_secrets(&nonces)?).map_err(SecretsError::Nonces)?,
            sources: Some((keys, nonces)),
        })
    }

    /// Makes some that end with the process.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers.
    pub fn throw_away() -> Result<Self, SecretsError> {
        let key = SessionKey::hs256("throw-away", random()?).map_err(SecretsError::Keys)?;
        Ok(Self {
            keys: KeyRing::new([key]).map_err(SecretsError::Keys)?,
            nonces: NonceKeys::new([random()?]).map_err(SecretsError::Nonces)?,
            sources: None,
        })
    }

    /// The keys of sessions.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The secrets of nonces.
    #[must_use]
    pub fn nonces(&self) -> &NonceKeys {
        &self.nonces
    }

    /// Reads all of them again. If anything is wrong, what was in use stays.
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read).
    pub fn reload(&self) -> Result<(), SecretsError> {
        let Some((keys, nonces)) = &self.sources else { return Ok(()) };
        let (keys, nonces) = (session_keys(keys)?, nonce_secrets(nonces)?);
        // Tried first, so that not one is replaced without the other.
        NonceKeys::new(&nonces).map_err(SecretsError::Nonces)?;
        self.keys.reload(keys).map_err(SecretsError::Keys)?;
        self.nonces.reload(&nonces).map_err(SecretsError::Nonces)
    }
}

fn session_keys(source: &Source) -> Result<Vec<SessionKey>, SecretsError> {
    Ok(forge::session_keys(&source.read().map_err(SecretsError::KeysFile)?)?)
}

fn nonce_secrets(source: &Source) -> Result<Vec<Zeroizing<Vec<u8>>>, SecretsError> {
    Ok(forge::nonce_secrets(&source.read().map_err(SecretsError::NoncesFile)?)?)
}

fn random() -> Result<Zeroizing<[u8; 32]>, SecretsError> {
    let mut random = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *random).map_err(|_| SecretsError::NoRandom)?;
    Ok(random)
}

/// Why there are no secrets. None is shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SecretsError {
    /// One is not of its form.
    #[error(transparent)]
    Form(#[from] SecretError),
    /// The keys of sessions cannot be those.
    #[error("the session keys: {0}")]
    Keys(ConfigError),
    /// The file of the keys of sessions cannot be read.
    #[error("the session keys: {0}")]
    KeysFile(SourceError),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    NoRandom,
    /// The secrets of nonces cannot be those.
    #[error("the nonce secrets: {0}")]
    Nonces(ConfigError),
    /// The file of the secrets of nonces cannot be read.
    #[error("the nonce secrets: {0}")]
    NoncesFile(SourceError),
}
