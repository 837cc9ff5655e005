use std::time::Duration;

use siwe_session::{
    Audience, ConfigError, LoginVerifier, Migration, MigrationStep, SiweLogin, SiweSession,
    SiweSessionBuilder,
};
use thiserror::Error;

use crate::wallets::{
    NonceStorage, OldSessionTable, OldSessionTableError, Secrets, SecretsError, StorageError,
};
use crate::{Database, Outcomes, Source};

/// How wallets sign in: the same at the edge and at the origin, so that a session of the one is one of the
/// other.
#[derive(Clone, Debug)]
pub struct SignInSettings {
    pub(super) site: Audience,
    pub(super) max_age: Duration,
    /// The keys of sessions and the secrets of nonces. `None`: thrown away with the process.
    pub(super) secrets: Option<(Source, Source)>,
    pub(super) storage: NonceStorage,
    pub(super) old: Option<(Database, MigrationStep)>,
}

/// What signs wallets in.
#[derive(Debug)]
#[non_exhaustive]
pub struct SignIn {
    /// Whose requests are whose, but for routes and headers.
    pub siwe: SiweSessionBuilder,
    /// What it is made with, to be read again.
    pub secrets: Secrets,
    /// Decisions about sign-ins.
    pub logins: Outcomes,
    /// Decisions about sessions.
    pub sessions: Outcomes,
}

impl SignInSettings {
    /// For this process alone, until it ends.
    #[must_use]
    pub fn throw_away(site: Audience, max_age: Duration) -> Self {
        Self { site, max_age, secrets: None, storage: NonceStorage::SingleProcess, old: None }
    }

    /// Reads the secrets, and connects to the stores.
    ///
    /// # Errors
    ///
    /// What cannot be read or reached.
    pub async fn open(&self) -> Result<SignIn, SignInError> {
        let secrets = match self.secrets.clone() {
            Some((keys, nonces)) => Secrets::read(keys, nonces)?,
            None => Secrets::throw_away()?,
        };
        let verifier = LoginVerifier::builder(self.site.clone(), secrets.nonces().clone());
        let nonces = self.storage.clone().open("plue_").await?;
        let (logins, sessions) = (Outcomes::default(), Outcomes::default());
        let login = SiweLogin::builder(verifier.max_age(self.max_age), nonces);
        let login = login.on_outcome(logins.counter());
        let mut siwe = SiweSession::builder(login, secrets.keys().clone());
        siwe = siwe.mounted_at(forge::AUTH).on_outcome(sessions.counter());
        if let Some((database, step)) = &self.old {
            let table = OldSessionTable::open(database).await?;
            siwe = siwe.old_sessions(table, Migration::new(*step));
        }
        Ok(SignIn { siwe, secrets, logins, sessions })
    }
}

/// Why wallets cannot sign in.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The table of old sessions cannot be read.
    #[error(transparent)]
    OldSessions(#[from] OldSessionTableError),
    /// The keys and secrets are missing or wrong.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// Sessions cannot be set up.
    #[error(transparent)]
    Siwe(#[from] ConfigError),
    /// The store of used nonces cannot be reached.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
