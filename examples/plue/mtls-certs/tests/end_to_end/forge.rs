//! Certificates that this tool does not make: each lacks one thing.

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use crate::tool::Certs;

/// A client certificate of the authority in `certs`, changed before it is signed.
pub(crate) fn client(
    certs: &Certs,
    change: impl FnOnce(&mut CertificateParams),
) -> (String, KeyPair) {
    client_of(certs, KeyPair::generate().unwrap(), change)
}

pub(crate) fn client_of(
    certs: &Certs,
    key: KeyPair,
    change: impl FnOnce(&mut CertificateParams),
) -> (String, KeyPair) {
    let ca_key = KeyPair::from_pem(&certs.read("ca.key")).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&certs.read("ca.crt"), ca_key).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Cloudflare Origin Pull");
    params.not_before = date_time_ymd(2026, 11, 1);
    params.not_after = date_time_ymd(2027, 11, 1);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    change(&mut params);
    (params.signed_by(&key, &issuer).unwrap().pem(), key)
}
