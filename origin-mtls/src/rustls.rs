//! For [rustls](https://docs.rs/rustls): the verifier of client certificates, and a configuration in
//! which nothing goes past it.
//!
//! [`OriginMtls`](crate::OriginMtls) makes both. For a server whose configuration is its own there is
//! [`EdgeVerifier`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
    SupportedProtocolVersion,
};
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::certificate::X509Certificate;

use crate::server_certificate::ServerCertificate;
use crate::{ConfigError, EdgeIdentity, OriginPullPolicy, VerifyError};

/// Verifies client certificates for rustls by an [`OriginPullPolicy`].
///
/// # Security
///
/// rustls asks a verifier in full handshakes alone. With resumption, which is on by default, a client
/// goes on after its certificate has expired or was revoked, and after its authority was removed: set
/// `session_storage` to [`NoServerSessionStorage`] and `send_tls13_tickets` to 0, and give a changed
/// policy a configuration of its own. [`OriginMtls`](crate::OriginMtls) does.
#[derive(Debug)]
pub struct EdgeVerifier {
    policy: OriginPullPolicy,
    accepted: Accepted,
    signatures: WebPkiSupportedAlgorithms,
    is_observing: bool,
}

impl EdgeVerifier {
    /// The provider verifies what a client signs in the handshake.
    #[must_use]
    pub fn new(policy: OriginPullPolicy, provider: &CryptoProvider) -> Self {
        Self::with_mode(policy, provider, false)
    }

    pub(crate) fn with_mode(
        policy: OriginPullPolicy,
        provider: &CryptoProvider,
        is_observing: bool,
    ) -> Self {
        let signatures = provider.signature_verification_algorithms;
        Self { policy, accepted: Accepted::default(), signatures, is_observing }
    }

    pub(crate) fn policy(&self) -> &OriginPullPolicy {
        &self.policy
    }

    /// As [`OriginPullPolicy::verify`], without verifying again what was accepted before.
    pub(crate) fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: SystemTime,
    ) -> Result<EdgeIdentity, VerifyError> {
        if let Some(identity) = self.accepted.find(leaf, intermediates, now) {
            return Ok(identity);
        }
        let identity = self.policy.verify_leaf(leaf, intermediates, now)?;
        self.accepted.keep(&identity);
        Ok(identity)
    }
}

impl ClientCertVerifier for EdgeVerifier {
    /// None: whoever connects need not learn the names of the authorities.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        !self.is_observing
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let now = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(now.as_secs()));
        let verified = now
            .ok_or(VerifyError::Expired)
            .and_then(|now| self.verify(end_entity, intermediates, now));
        match verified {
            Ok(_) => Ok(ClientCertVerified::assertion()),
            // No identity comes of it: whoever asks for one verifies again.
            Err(_) if self.is_observing => Ok(ClientCertVerified::assertion()),
            // The peer is not told why (`certificate_unknown`), and `VerifyError::of_rustls` is.
            Err(error) => Err(CertificateError::Other(OtherError(Arc::new(error))).into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.signatures)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if !self.is_observing {
            return verify_tls13_signature(message, certificate, signature, &self.signatures);
        }
        // By the key alone: a certificate of version 1, which webpki does not read, must get so far
        // when it is observed, and its holder prove to have the key like any other.
        let malformed = CertificateError::BadEncoding;
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| malformed)?;
        let key = SubjectPublicKeyInfoDer::from(parsed.tbs_certificate.subject_pki.raw);
        verify_tls13_signature_with_raw_key(message, &key, signature, &self.signatures)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signatures.supported_schemes()
    }
}

/// The last chains that were accepted. Cloudflare shows the same one each time, and nothing but time
/// can change what was found for these bytes: so for as long as it cannot, it is not found again.
#[derive(Debug, Default)]
struct Accepted(ArcSwap<Vec<EdgeIdentity>>);

impl Accepted {
    fn find(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: SystemTime,
    ) -> Option<EdgeIdentity> {
        let is_same = |identity: &&EdgeIdentity| match identity.chain().split_first() {
            Some((known, others)) => known == leaf && others == intermediates,
            None => false,
        };
        self.0.load().iter().find(is_same).filter(|identity| identity.holds_at(now)).cloned()
    }

    fn keep(&self, identity: &EdgeIdentity) {
        self.0.rcu(|accepted| {
            let others = accepted.iter().filter(|other| other.chain() != identity.chain());
            let kept = others.take(MOST_ACCEPTED.saturating_sub(1)).cloned();
            std::iter::once(identity.clone()).chain(kept).collect::<Vec<_>>()
        });
    }
}

impl VerifyError {
    /// Why a handshake has failed, by rustls's error.
    #[must_use]
    pub fn of_rustls(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(CertificateError::Other(OtherError(error))) => {
                // What a certificate of version 1 has signed: under `observe` it gets so far, and
                // in TLS 1.2 no further.
                let is_old = error.downcast_ref() == Some(&webpki::Error::UnsupportedCertVersion);
                let otherwise = if is_old { Self::UnsupportedVersion } else { Self::Handshake };
                error.downcast_ref().copied().unwrap_or(otherwise)
            }
            Error::InvalidCertificate(CertificateError::BadSignature) => Self::BadSignature,
            Error::NoCertificatesPresented => Self::NoCertificate,
            _ => Self::Handshake,
        }
    }
}

/// What a server of this crate is configured to. Each has sessions of its own: none.
pub(crate) fn server_config(
    verifier: Arc<EdgeVerifier>,
    certificate: &ServerCertificate,
    protocols: &Protocols,
) -> Result<ServerConfig, ConfigError> {
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&certificate.provider))
        .with_protocol_versions(protocols.versions)
        .map_err(|_| ConfigError::Provider)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::clone(&certificate.resolver));
    // A resumed handshake has no certificate in it, and no verifier is asked.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    // Nothing is read before the client has proven its key, and nothing is sent.
    config.max_early_data_size = 0;
    config.send_half_rtt_data = false;
    // What a client's certificate grows to is not to be up to the client.
    config.cert_decompressors = Vec::new();
    // RFC 7627: without it, a man between two connections of TLS 1.2 can join them.
    #[cfg(feature = "tls12")]
    {
        config.require_ems = true;
    }
    config.alpn_protocols.clone_from(&protocols.alpn);
    Ok(config)
}

/// What is agreed on in a handshake.
pub(crate) struct Protocols {
    pub(crate) versions: &'static [&'static SupportedProtocolVersion],
    pub(crate) alpn: Vec<Vec<u8>>,
}

impl Default for Protocols {
    fn default() -> Self {
        Self { versions: TLS13_ALONE, alpn: Vec::new() }
    }
}

impl fmt::Debug for Protocols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<_> = self.versions.iter().map(|version| version.version).collect();
        let alpn: Vec<_> = self.alpn.iter().map(|name| String::from_utf8_lossy(name)).collect();
        f.debug_struct("Protocols").field("versions", &versions).field("alpn", &alpn).finish()
    }
}

static TLS13_ALONE: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

#[cfg(feature = "tls12")]
pub(crate) static TLS13_AND_TLS12: &[&SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];

/// One zone's certificate before and one after a rotation, and some for single hosts.
const MOST_ACCEPTED: usize = 16;
