use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::{PemObject as _, SectionKind};
use rustls::server::ResolvesServerCert;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys};
use rustls_pki_types::CertificateDer;
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::certificate::X509Certificate;

use crate::ConfigError;
use crate::identity::since_1970;

/// What this server shows to Cloudflare: a certificate and its key, and the provider of cryptography
/// for all of TLS.
#[derive(Clone)]
pub struct ServerCertificate {
    pub(crate) resolver: Arc<dyn ResolvesServerCert>,
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) not_after: Option<SystemTime>,
}

impl ServerCertificate {
    /// Reads a certificate, with its intermediates behind it, and its private key, which may be in one
    /// file.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::ServerCertificate`] and [`ConfigError::ServerKey`] if there is none, or it is
    ///    malformed, or cannot be used.
    /// 2. [`ConfigError::KeyMismatch`] if they do not belong together.
    pub fn from_pem(
        chain: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, ConfigError> {
        let mut certificates = Vec::new();
        for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(chain.as_ref()) {
            if let (SectionKind::Certificate, der) =
                section.map_err(|_| ConfigError::ServerCertificate)?
            {
                certificates.push(CertificateDer::from(der));
            }
        }
        let not_after = certificates.first().and_then(not_after);
        if not_after.is_none() {
            return Err(ConfigError::ServerCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key.as_ref());
        let key = key.map_err(|_| ConfigError::ServerKey)?;
        let certified = CertifiedKey::from_der(certificates, key, &provider);
        let certified = certified.map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => ConfigError::KeyMismatch,
            Error::InvalidCertificate(_) => ConfigError::ServerCertificate,
            _ => ConfigError::ServerKey,
        })?;
        let resolver = Arc::new(SingleCertAndKey::from(certified));
        Ok(Self { resolver, provider, not_after })
    }

    /// Lets this choose a certificate by what the client says, such as the host's name.
    #[must_use]
    pub fn resolved_by(
        resolver: Arc<dyn ResolvesServerCert>,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        Self { resolver, provider, not_after: None }
    }
}

fn not_after(certificate: &CertificateDer<'_>) -> Option<SystemTime> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(since_1970(certificate.validity().not_after.timestamp()))
}

impl fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCertificate")
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}
