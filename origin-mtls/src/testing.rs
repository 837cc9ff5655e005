//! Real certificates of a throw-away authority: for development, and for the tests of your own
//! handlers.
//!
//! Nothing here weakens a check: what an [`EphemeralCa`] issues goes through the same
//! [`OriginPullPolicy::verify`](crate::OriginPullPolicy::verify) as Cloudflare's, and passes nowhere
//! but where its authority was configured.
//!
//! ```
//! use std::sync::Arc;
//!
//! use http::Request;
//! use origin_mtls::testing::{EphemeralCa, from_edge};
//! use origin_mtls::{EdgeIdentity, OriginMtls, OriginPullPolicy};
//! use rustls::crypto::aws_lc_rs;
//!
//! let provider = Arc::new(aws_lc_rs::default_provider());
//! let algorithms = provider.signature_verification_algorithms.all;
//!
//! let ca = EphemeralCa::new();
//! let policy = OriginPullPolicy::builder(ca.trust_anchors(), algorithms).strict().build()?;
//! let certificate = ca.server_certificate(&["localhost"], provider);
//! let origin = OriginMtls::builder(policy, certificate).build()?;
//!
//! // A request as it comes over a connection, without one.
//! let request = from_edge(&origin, &ca.client(), Request::new(()))?;
//! assert!(EdgeIdentity::of(request.extensions()).is_ok());
//!
//! // Somebody with a certificate of another authority.
//! let stranger = EphemeralCa::new().client();
//! assert!(from_edge(&origin, &stranger, Request::new(())).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Request;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::CryptoProvider;
use rustls_pki_types::CertificateDer;
use x509_parser::time::ASN1Time;

use crate::certificate::seconds_since_1970;
use crate::origin::now;
use crate::{OriginMtls, ServerCertificate, TrustAnchors, VerifyError};

/// An authority whose key is thrown away with it.
pub struct EphemeralCa {
    issuer: Issuer<'static, KeyPair>,
    certificate: Certificate,
}

impl EphemeralCa {
    /// A new one, good for a year.
    ///
    /// # Panics
    ///
    /// If the system has no randomness to make keys from.
    #[must_use]
    #[expect(clippy::expect_used, reason = "without keys there is nothing to go on with")]
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("randomness");
        let mut params = params("edgeproof ephemeral CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).expect("a certificate of our own key");
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// Its certificate, in PEM: what the origin trusts, and `curl --cacert`.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        self.certificate.pem()
    }

    /// Its certificate, as what an origin trusts.
    ///
    /// # Panics
    ///
    /// Never: it is an authority's certificate.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the certificate is our own")]
    pub fn trust_anchors(&self) -> TrustAnchors {
        TrustAnchors::from_der([self.certificate.der().clone()]).expect("an authority")
    }

    /// What Cloudflare has in its place: a client's certificate, and its key.
    ///
    /// # Panics
    ///
    /// If the system has no randomness to make keys from.
    #[must_use]
    #[expect(clippy::expect_used, reason = "without keys there is nothing to go on with")]
    pub fn client(&self) -> ClientCertificate {
        let mut params = params("Cloudflare Origin Pull");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("randomness");
        let certificate = params.signed_by(&key, &self.issuer).expect("our own key");
        ClientCertificate { chain: [certificate.der().clone()], pem: certificate.pem(), key }
    }

    /// A certificate for a server of these names or addresses.
    ///
    /// # Panics
    ///
    /// If one of them is neither, or the system has no randomness to make keys from.
    #[must_use]
    #[expect(clippy::expect_used, reason = "without keys there is nothing to go on with")]
    pub fn server_certificate(
        &self,
        names: &[&str],
        provider: Arc<CryptoProvider>,
    ) -> ServerCertificate {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = params("edgeproof ephemeral origin");
        params.subject_alt_names =
            CertificateParams::new(names).expect("host names or addresses").subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().expect("randomness");
        let certificate = params.signed_by(&key, &self.issuer).expect("our own key");
        ServerCertificate::from_pem(certificate.pem(), key.serialize_pem(), provider)
            .expect("a provider that knows P-256")
    }
}

impl Default for EphemeralCa {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for EphemeralCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EphemeralCa").finish_non_exhaustive()
    }
}

/// A client's certificate, and its key.
pub struct ClientCertificate {
    chain: [CertificateDer<'static>; 1],
    pem: String,
    key: KeyPair,
}

impl ClientCertificate {
    /// The certificate, as it is shown.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The certificate, in PEM: `curl --cert`.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// Its private key, in PEM: `curl --key`.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").finish_non_exhaustive()
    }
}

/// The request, as it comes over a connection of a client that has shown this certificate.
///
/// # Errors
///
/// What the origin refuses the certificate with.
pub fn from_edge<B>(
    origin: &OriginMtls,
    client: &ClientCertificate,
    mut request: Request<B>,
) -> Result<Request<B>, VerifyError> {
    let identity = origin.current().verify(client.chain(), now())?;
    request.extensions_mut().insert(Ok::<_, VerifyError>(identity));
    Ok(request)
}

/// Good from yesterday on, for a year, with what the strict profile asks for.
#[expect(clippy::expect_used, reason = "a clock of before 1970 or after 9999 is of no use either")]
fn params(common_name: &str) -> CertificateParams {
    let at = |time: SystemTime| {
        let seconds = seconds_since_1970(time).expect("a clock after 1970");
        ASN1Time::from_timestamp(seconds).expect("a clock before 9999").to_datetime()
    };
    let yesterday = now().checked_sub(DAY).expect("a clock after 1970");
    let mut params = CertificateParams::default();
    params.not_before = at(yesterday);
    params.not_after = at(yesterday.checked_add(YEAR).expect("a clock before 9999"));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
