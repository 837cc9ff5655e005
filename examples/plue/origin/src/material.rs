use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use origin_mtls::{
    ConfigError, Crls, HostPattern, OriginPullPolicy, ServerCertificate, SpkiPin, TrustAnchors,
};
use rustls::crypto::CryptoProvider;
use siwe_session::SessionKey;
use thiserror::Error;

use crate::users::UserKey;

/// The files that certificates come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Files {
    pub(crate) ca: PathBuf,
    pub(crate) crl: Option<PathBuf>,
    pub(crate) tls_cert: PathBuf,
    pub(crate) tls_key: PathBuf,
    pub(crate) user_key: Option<UserKey>,
}

/// What is in them, at one moment.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Contents {
    ca: Vec<u8>,
    crl: Option<Vec<u8>>,
    tls_cert: Vec<u8>,
    tls_key: Vec<u8>,
    user_key: Option<Vec<u8>>,
}

/// What a client's certificate must be, besides one of the authorities', and what it is good for.
#[derive(Clone, Debug)]
pub(crate) struct Demands {
    pub(crate) hosts: Vec<HostPattern>,
    pub(crate) pins: Vec<SpkiPin>,
    pub(crate) is_strict: bool,
}

/// Whom to accept, and what to show them.
#[derive(Debug)]
pub(crate) struct Material {
    pub(crate) policy: OriginPullPolicy,
    pub(crate) certificate: ServerCertificate,
    /// What assertions of users are verified with.
    pub(crate) user_keys: Vec<SessionKey>,
}

impl Files {
    /// Reads all of them. One that is missing is an error: no authority never means that everybody
    /// is accepted, and no revocation list never that nothing is revoked.
    pub(crate) fn read(&self) -> Result<Contents, FileError> {
        Ok(Contents {
            ca: read(CA, &self.ca)?,
            crl: self.crl.as_deref().map(|path| read(CRL, path)).transpose()?,
            tls_cert: read(TLS_CERT, &self.tls_cert)?,
            tls_key: read(TLS_KEY, &self.tls_key)?,
            user_key: self.user_key.as_ref().map(UserKey::read).transpose()?,
        })
    }

    /// Makes of what was read what it is for, in whole or not at all.
    pub(crate) fn material(
        &self,
        contents: &Contents,
        demands: &Demands,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Material, FileError> {
        let anchors =
            TrustAnchors::from_pem(&contents.ca).map_err(|error| file(CA, &self.ca, error))?;
        let crls = match (&self.crl, &contents.crl) {
            (Some(path), Some(pem)) => {
                Some(Crls::from_pem(pem).map_err(|error| file(CRL, path, error))?)
            }
            _ => None,
        };
        let policy = demands.policy(anchors, crls, provider);
        let policy = policy.map_err(|error| self.policy_error(error))?;
        let certificate = ServerCertificate::from_pem(
            &contents.tls_cert,
            &contents.tls_key,
            Arc::clone(provider),
        );
        let certificate = certificate.map_err(|error| self.server_error(error))?;
        let user_keys = match (&self.user_key, &contents.user_key) {
            (Some(key), Some(pem)) => key.parse(pem)?,
            _ => Vec::new(),
        };
        Ok(Material { policy, certificate, user_keys })
    }

    /// With the file in which to mend it.
    pub(crate) fn policy_error(&self, error: ConfigError) -> FileError {
        match (error, &self.crl) {
            (ConfigError::CrlSignature | ConfigError::CrlSigner, Some(path)) => {
                file(CRL, path, error)
            }
            _ => file(CA, &self.ca, error),
        }
    }

    fn server_error(&self, error: ConfigError) -> FileError {
        match error {
            ConfigError::KeyMismatch | ConfigError::ServerKey => {
                file(TLS_KEY, &self.tls_key, error)
            }
            _ => file(TLS_CERT, &self.tls_cert, error),
        }
    }
}

impl UserKey {
    fn read(&self) -> Result<Vec<u8>, FileError> {
        read(USER_KEY, &self.path)
    }

    pub(crate) fn read_once(&self) -> Result<Vec<SessionKey>, FileError> {
        self.parse(&self.read()?)
    }

    fn parse(&self, pem: &[u8]) -> Result<Vec<SessionKey>, FileError> {
        // What is not text is no PEM.
        let pem = std::str::from_utf8(pem).unwrap_or_default();
        let keys: Vec<_> =
            pem.split_inclusive(END).filter(|key| !key.trim_ascii().is_empty()).collect();
        // A key by the name of another would hold for nothing that the edge signs.
        if keys.len() != self.kids.len() {
            let problem = FileProblem::UserKeys { keys: keys.len(), names: self.kids.len() };
            return Err(file(USER_KEY, &self.path, problem));
        }
        let keys = self.kids.iter().zip(keys);
        let keys = keys.map(|(kid, pem)| SessionKey::eddsa_public_from_pem(kid, pem));
        keys.collect::<Result<_, _>>().map_err(|error| self.error(error))
    }

    pub(crate) fn error(&self, error: siwe_session::ConfigError) -> FileError {
        file(USER_KEY, &self.path, error)
    }
}

impl Demands {
    pub(crate) fn policy(
        &self,
        anchors: TrustAnchors,
        crls: Option<Crls>,
        provider: &CryptoProvider,
    ) -> Result<OriginPullPolicy, ConfigError> {
        let algorithms = provider.signature_verification_algorithms.all;
        let mut policy =
            OriginPullPolicy::builder(anchors, algorithms).hosts(self.hosts.iter().cloned());
        if let Some(crls) = crls {
            policy = policy.crls(crls);
        }
        if self.is_strict {
            policy = policy.strict();
        }
        for pin in &self.pins {
            policy = policy.pin(*pin);
        }
        policy.build()
    }
}

/// What is wrong with a file, or with what is in it.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{setting}={}: {problem}", path.display())]
#[non_exhaustive]
pub struct FileError {
    /// The setting that names it.
    pub setting: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: FileProblem,
}

/// What can be wrong with a file.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum FileProblem {
    /// Not what it should be.
    #[error(transparent)]
    Content(#[from] ConfigError),
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Read(io::ErrorKind),
    /// No key that assertions can be verified with.
    #[error(transparent)]
    UserKey(#[from] siwe_session::ConfigError),
    /// Not as many keys as there are names for them.
    #[error("has {keys} keys, and there are {names} names for them (PLUE_USER_ASSERTION_KID)")]
    UserKeys {
        /// How many keys there are.
        keys: usize,
        /// How many names.
        names: usize,
    },
    /// Larger than any such file is.
    #[error("is larger than 16 MiB")]
    TooLarge,
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, FileError> {
    let mut content = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(MOST.saturating_add(1)).read_to_end(&mut content));
    match read {
        Err(error) => Err(file(setting, path, FileProblem::Read(error.kind()))),
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= MOST) => Ok(content),
        Ok(_) => Err(file(setting, path, FileProblem::TooLarge)),
    }
}

fn file(setting: &'static str, path: &Path, problem: impl Into<FileProblem>) -> FileError {
    FileError { setting, path: path.to_owned(), problem: problem.into() }
}

const CA: &str = "PLUE_CA";
const CRL: &str = "PLUE_CRL";
const TLS_CERT: &str = "PLUE_TLS_CERT";
const TLS_KEY: &str = "PLUE_TLS_KEY";
const USER_KEY: &str = "PLUE_USER_ASSERTION_KEY";

const END: &str = "-----END PUBLIC KEY-----";

const MOST: u64 = 16 << 20;
