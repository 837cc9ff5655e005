//! An authority of a test's own, and what it issues.

use std::time::{Duration, SystemTime};

use origin_mtls::{
    Crls, OriginMtls, OriginMtlsBuilder, OriginPullPolicy, OriginPullPolicyBuilder,
    ServerCertificate, SpkiPin, TrustAnchors,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber, SigningKey as _,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::asn1_rs::{Any, FromDer as _};

use crate::provider;

pub(crate) struct Zone {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) ca: CertificateDer<'static>,
}

/// A client's certificate, and its key.
pub(crate) struct Client {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Zone {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { ca: certificate.der().clone(), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn client(&self, serial: u64) -> Client {
        self.client_with(serial, |_| {})
    }

    pub(crate) fn client_with(
        &self,
        serial: u64,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Client {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("client {serial}"));
        params.serial_number = Some(SerialNumber::from(serial));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Client { chain: vec![certificate.der().clone()], key }
    }

    /// A certificate as `openssl x509 -req` makes it before version 3.2: of X.509 version 1.
    pub(crate) fn client_v1(&self, serial: u64) -> Client {
        let Client { chain, key } = self.client(serial);
        let elements = |der: &[u8]| -> Vec<Vec<u8>> {
            let (_, outer) = Any::from_der(der).unwrap();
            let mut rest = outer.data;
            let mut elements = Vec::new();
            while !rest.is_empty() {
                let (after, _) = Any::from_der(rest).unwrap();
                elements.push(rest[..rest.len() - after.len()].to_vec());
                rest = after;
            }
            elements
        };
        let [tbs, algorithm, _] = <[Vec<u8>; 3]>::try_from(elements(&chain[0])).unwrap();
        let mut fields = elements(&tbs);
        // version [0] and extensions [3]
        fields.remove(0);
        fields.pop();
        let tbs = element(0x30, &fields.concat());
        let signature = self.issuer.key().sign(&tbs).unwrap();
        let signature = element(0x03, &[&[0], &signature[..]].concat());
        let certificate = element(0x30, &[tbs, algorithm, signature].concat());
        Client { chain: vec![certificate.into()], key }
    }

    /// A list of revoked serial numbers, good from an hour ago for two.
    pub(crate) fn crl(&self, number: u64, revoked: &[u64]) -> Crls {
        let now = SystemTime::now();
        let hour = Duration::from_secs(3600);
        let revoked = revoked.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: (now - hour).into(),
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: (now - hour).into(),
            next_update: (now + hour).into(),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Crls::from_der([params.signed_by(&self.issuer).unwrap().der().clone()]).unwrap()
    }

    /// A certificate for `localhost`.
    pub(crate) fn server(&self) -> ServerCertificate {
        let (certificate, key) = self.server_pem("localhost");
        ServerCertificate::from_pem(certificate, key, provider()).unwrap()
    }

    pub(crate) fn server_pem(&self, name: &str) -> (String, String) {
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    pub(crate) fn policy(&self) -> OriginPullPolicyBuilder {
        trusting(&[self])
    }

    pub(crate) fn builder(&self) -> OriginMtlsBuilder {
        OriginMtls::builder(self.policy().build().unwrap(), self.server())
    }

    pub(crate) fn origin(&self) -> OriginMtls {
        self.builder().build().unwrap()
    }
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match content.len() {
        0..0x80 => vec![length[1]],
        0x80..0x100 => vec![0x81, length[1]],
        _ => vec![0x82, length[0], length[1]],
    };
    [&[tag], &length[..], content].concat()
}

pub(crate) fn trusting(zones: &[&Zone]) -> OriginPullPolicyBuilder {
    let anchors = TrustAnchors::from_der(zones.iter().map(|zone| zone.ca.clone())).unwrap();
    OriginPullPolicy::builder(anchors, provider().signature_verification_algorithms.all)
}

impl Client {
    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }

    pub(crate) fn pin(&self) -> SpkiPin {
        SpkiPin::of(&self.chain[0]).unwrap()
    }
}
