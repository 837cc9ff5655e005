//! Another opinion: rustls with one trust anchor, and with the newest list of each authority.

use std::sync::Arc;
use std::time::SystemTime;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use sha2::{Digest as _, Sha256};
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::revocation_list::CertificateRevocationList;

/// Whether rustls accepts a chain, for one of the trust anchors with this key.
pub(crate) fn accepts(
    chain: &[CertificateDer<'_>],
    anchors: &[CertificateDer<'_>],
    crls: &[CertificateRevocationListDer<'static>],
    key: [u8; 32],
    now: SystemTime,
) -> Result<(), String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut refusal = "no anchor has the key".to_owned();
    for anchor in anchors {
        let (_, parsed) = X509Certificate::from_der(anchor).map_err(|error| error.to_string())?;
        if Sha256::digest(parsed.public_key().raw)[..] != key {
            continue;
        }
        let mut roots = RootCertStore::empty();
        roots.add(anchor.clone().into_owned()).map_err(|error| error.to_string())?;
        let crls = newest(crls, &parsed, &provider);
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .with_crls(crls)
                .enforce_revocation_expiration()
                .build()
                .map_err(|error| error.to_string())?;
        let (leaf, intermediates) = chain.split_first().ok_or("no certificate")?;
        let since =
            now.duration_since(SystemTime::UNIX_EPOCH).map_err(|error| error.to_string())?;
        let now = UnixTime::since_unix_epoch(since);
        match verifier.verify_client_cert(leaf, intermediates, now) {
            Ok(_) => return Ok(()),
            Err(error) => refusal = error.to_string(),
        }
    }
    Err(refusal)
}

/// Without the lists of others that have the anchor's name, and the newest first.
fn newest(
    crls: &[CertificateRevocationListDer<'static>],
    anchor: &X509Certificate<'_>,
    provider: &CryptoProvider,
) -> Vec<CertificateRevocationListDer<'static>> {
    let mut dated = Vec::new();
    for der in crls {
        let Ok((_, crl)) = CertificateRevocationList::from_der(der) else { continue };
        let has_name = crl.issuer().as_raw() == anchor.subject().as_raw();
        if has_name && !is_signed(&crl, anchor, provider) {
            continue;
        }
        let number = crl.crl_number().cloned();
        dated.push((number, crl.last_update().timestamp(), der));
    }
    dated.sort_by(|(number, date, _), (other_number, other_date, _)| {
        (other_number, other_date).cmp(&(number, date))
    });
    dated.into_iter().map(|(.., der)| der.clone()).collect()
}

fn is_signed(
    crl: &CertificateRevocationList<'_>,
    anchor: &X509Certificate<'_>,
    provider: &CryptoProvider,
) -> bool {
    let key = &anchor.public_key().subject_public_key.data;
    provider.signature_verification_algorithms.all.iter().any(|algorithm| {
        let signature = &crl.signature_value.data;
        algorithm.verify_signature(key, crl.tbs_cert_list.as_ref(), signature).is_ok()
    })
}
