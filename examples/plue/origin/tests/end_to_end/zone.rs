//! An authority of a test's own, and what it issues.

use std::time::{Duration, SystemTime};

use origin_mtls::SpkiPin;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// A zone's authority. Those of one test have names of their own, as they must in a rotation.
pub(crate) struct Zone {
    issuer: Issuer<'static, KeyPair>,
    /// What the origin trusts, in PEM.
    pub(crate) certificate: String,
}

/// A certificate and its key, in PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Issued {
    /// Of its key, as a setting names it.
    pub(crate) fn pin(&self) -> String {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        SpkiPin::of(&certificate).unwrap().to_string()
    }
}

impl Zone {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// What is uploaded to Cloudflare.
    pub(crate) fn client(&self, serial: u64) -> Issued {
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from(serial));
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Cloudflare Origin Pull");
        self.issue(params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// What the origin shows. Cloudflare trusts other authorities for it; here it is this one.
    pub(crate) fn server(&self) -> Issued {
        let params = CertificateParams::new(vec!["plue.dev".to_owned()]).unwrap();
        self.issue(params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    fn issue(&self, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose) -> Issued {
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Issued { certificate, key: key.serialize_pem() }
    }

    /// A list of revoked serial numbers, good from an hour ago for a month.
    pub(crate) fn revocation_list(&self, number: u64, revoked: &[u64]) -> String {
        let began = an_hour_ago();
        let revoked_certs = revoked.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: began.into(),
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: began.into(),
            next_update: began.checked_add(Duration::from_secs(30 * 24 * 60 * 60)).unwrap().into(),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "lists are good around the present")]
fn an_hour_ago() -> SystemTime {
    SystemTime::now().checked_sub(Duration::from_secs(60 * 60)).unwrap()
}
