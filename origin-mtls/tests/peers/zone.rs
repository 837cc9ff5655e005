//! An authority of a test's own, and what it issues, as files that peers read.

use std::time::{Duration, SystemTime};

use origin_mtls::{
    Crls, OriginMtls, OriginMtlsBuilder, OriginPullPolicy, OriginPullPolicyBuilder,
    ServerCertificate, SpkiPin, TrustAnchors,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use testkit::folder::Folder;

use crate::{HOST, provider};

pub(crate) struct Zone {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    folder: Folder,
    /// The file of its certificate.
    pub(crate) ca: String,
}

/// A client's certificate, in files.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Zone {
    pub(crate) fn new() -> Self {
        Self::named("zone")
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let folder = Folder::new();
        let ca = folder.write("ca.crt", &pem);
        Self { issuer: Issuer::new(params, key), pem, folder, ca }
    }

    /// A certificate that is good, with this common name and [`SERIAL`].
    pub(crate) fn client(&self, name: &str) -> Client {
        self.client_with(name, |_| {})
    }

    /// One that differs.
    pub(crate) fn client_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Client {
        self.issue(name, &KeyPair::generate().unwrap(), change)
    }

    /// One for this key.
    pub(crate) fn client_of(&self, name: &str, key: &KeyPair) -> Client {
        self.issue(name, key, |_| {})
    }

    fn issue(
        &self,
        name: &str,
        key: &KeyPair,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Client {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(SerialNumber::from(SERIAL));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let certificate = params.signed_by(key, &self.issuer).unwrap();
        Client {
            certificate: self.folder.write(&format!("{name}.crt"), &certificate.pem()),
            key: self.folder.write(&format!("{name}.key"), &key.serialize_pem()),
        }
    }

    /// A list of revoked serial numbers, good from an hour ago for two.
    pub(crate) fn crl(&self, revoked: &[u64]) -> Crls {
        let now = SystemTime::now();
        let hour = Duration::from_secs(60 * 60);
        let revoked = revoked.iter().map(|&serial| RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: (now - hour).into(),
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: (now - hour).into(),
            next_update: (now + hour).into(),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Crls::from_pem(params.signed_by(&self.issuer).unwrap().pem().unwrap()).unwrap()
    }

    /// A server's certificate for this name, and its key.
    pub(crate) fn server_pem(&self, name: &str) -> (String, String) {
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    pub(crate) fn server(&self) -> ServerCertificate {
        self.server_named(HOST)
    }

    pub(crate) fn server_named(&self, name: &str) -> ServerCertificate {
        let (certificate, key) = self.server_pem(name);
        ServerCertificate::from_pem(certificate, key, provider()).unwrap()
    }

    pub(crate) fn policy(&self) -> OriginPullPolicyBuilder {
        trusting(&self.pem)
    }

    /// An origin that trusts it, and speaks both versions of TLS.
    pub(crate) fn builder(&self) -> OriginMtlsBuilder {
        self.builder_with(self.policy())
    }

    /// An origin whose server's certificate is its own.
    pub(crate) fn builder_with(&self, policy: OriginPullPolicyBuilder) -> OriginMtlsBuilder {
        OriginMtls::builder(policy.build().unwrap(), self.server()).allow_tls12()
    }
}

impl Client {
    pub(crate) fn pin(&self) -> SpkiPin {
        SpkiPin::of(&CertificateDer::from_pem_file(&self.certificate).unwrap()).unwrap()
    }

    /// Certificate and key in one file, as HAProxy reads them.
    pub(crate) fn with_key(&self) -> String {
        let read = |path: &String| std::fs::read_to_string(path).unwrap();
        format!("{}{}", read(&self.certificate), read(&self.key))
    }
}

/// Of authorities in PEM.
pub(crate) fn trusting(pem: &str) -> OriginPullPolicyBuilder {
    let algorithms = provider().signature_verification_algorithms.all;
    OriginPullPolicy::builder(TrustAnchors::from_pem(pem).unwrap(), algorithms)
}

/// Each change after which this client must not be answered any more, with the code.
pub(crate) fn changes(zone: &Zone, client: &Client) -> [(&'static str, OriginPullPolicy); 3] {
    let another = zone.client("another").pin();
    assert_ne!(another, client.pin());
    [
        ("unknown_issuer", Zone::named("another").policy()),
        ("revoked", zone.policy().crls(zone.crl(&[SERIAL]))),
        ("pin_mismatch", zone.policy().pin(another)),
    ]
    .map(|(code, policy)| (code, policy.build().unwrap()))
}

pub(crate) const SERIAL: u64 = 7;
