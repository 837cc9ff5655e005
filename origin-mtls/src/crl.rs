use std::fmt;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateRevocationListDer, SignatureVerificationAlgorithm, TrustAnchor};
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_parser::asn1_rs::{Any, BitString, FromDer as _};
use x509_parser::extensions::ParsedExtension;
use x509_parser::revocation_list::CertificateRevocationList;

use crate::ConfigError;

/// Lists of revoked certificates, of your own authorities.
///
/// With lists, every authority of a path needs one that is neither of the past nor of the future, or
/// what it has issued is refused. Of several of one authority the newest counts.
#[derive(Clone)]
pub struct Crls(pub(crate) Vec<Crl>);

#[derive(Clone)]
pub(crate) struct Crl {
    pub(crate) list: Arc<CertRevocationList<'static>>,
    der: CertificateRevocationListDer<'static>,
    number: Vec<u8>,
    /// Seconds since 1970.
    pub(crate) this_update: i64,
    pub(crate) next_update: i64,
}

impl Crls {
    /// Reads the lists of a PEM file.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::Pem`] if it is malformed.
    /// 2. What [`from_der`](Self::from_der) finds.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let lists: Result<Vec<_>, _> =
            CertificateRevocationListDer::pem_slice_iter(pem.as_ref()).collect();
        Self::from_der(lists.map_err(|_| ConfigError::Pem)?)
    }

    /// Takes lists.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::NoCrl`] and [`ConfigError::TooMany`] if there are none, or over 64.
    /// 2. [`ConfigError::CrlMalformed`] for what is none.
    /// 3. [`ConfigError::CrlUnsupported`] for one of version 1, a delta or indirect one, and one
    ///    without a CRL number or `nextUpdate` (RFC 5280 §5.2.3, §5.1.2.5).
    pub fn from_der(
        lists: impl IntoIterator<Item = CertificateRevocationListDer<'static>>,
    ) -> Result<Self, ConfigError> {
        let mut crls = Vec::new();
        for list in lists {
            if crls.len() == MAX_CRLS {
                return Err(ConfigError::TooMany);
            }
            crls.push(Crl::new(&list)?);
        }
        // The newest first: webpki takes the first one whose issuer has the right name.
        crls.sort_by(|a: &Crl, b: &Crl| b.age().cmp(&a.age()));
        if crls.is_empty() { Err(ConfigError::NoCrl) } else { Ok(Self(crls)) }
    }
}

impl fmt::Debug for Crls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crls").field("lists", &self.0.len()).finish_non_exhaustive()
    }
}

impl Crl {
    fn new(der: &CertificateRevocationListDer<'static>) -> Result<Self, ConfigError> {
        let (rest, parsed) =
            CertificateRevocationList::from_der(der).map_err(|_| ConfigError::CrlMalformed)?;
        if !rest.is_empty() {
            return Err(ConfigError::CrlMalformed);
        }
        // Of what is a list webpki refuses those of a kind that it does not know.
        let list =
            OwnedCertRevocationList::from_der(der).map_err(|_| ConfigError::CrlUnsupported)?;
        // RFC 5280 §5.2.3: a CRL number, not critical, is in every list.
        let number =
            parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::CRLNumber(number) if !extension.critical => {
                    Some(number.to_bytes_be())
                }
                _ => None,
            });
        let next_update = parsed.next_update().ok_or(ConfigError::CrlUnsupported)?;
        Ok(Self {
            number: number.ok_or(ConfigError::CrlUnsupported)?,
            this_update: parsed.last_update().timestamp(),
            next_update: next_update.timestamp(),
            list: Arc::new(list.into()),
            der: der.clone(),
        })
    }

    /// Which of two is the newer: by number (RFC 5280 §5.2.3), and by date where that is the same.
    fn age(&self) -> (usize, &[u8], i64) {
        (self.number.len(), &self.number, self.this_update)
    }

    /// Whether it has the authority's name. `None`: it has not. `Some(false)`: it has, and not its
    /// signature.
    pub(crate) fn is_signed_by(
        &self,
        anchor: &TrustAnchor<'_>,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Option<bool> {
        if self.list.issuer() != anchor.subject.as_ref() {
            return None;
        }
        Some(self.verify(anchor.subject_public_key_info.as_ref(), algorithms).is_some())
    }

    /// Whether a newer list tells of the same certificates: only then it takes this one's place.
    pub(crate) fn is_replaced_by(&self, newer: &Self) -> bool {
        self.list.issuer() == newer.list.issuer()
            && self.list.issuing_distribution_point() == newer.list.issuing_distribution_point()
    }

    fn verify(
        &self,
        spki: &[u8],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Option<()> {
        // CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue }
        let (_, list) = Any::from_der(&self.der).ok()?;
        let (after_tbs, _) = Any::from_der(list.data).ok()?;
        let tbs = list.data.get(..list.data.len().checked_sub(after_tbs.len())?)?;
        let (rest, algorithm) = Any::from_der(after_tbs).ok()?;
        let (_, signature) = BitString::from_der(rest).ok()?;

        // SubjectPublicKeyInfo ::= SEQUENCE { algorithm, subjectPublicKey }, of which a trust anchor
        // has the content.
        let (rest, key_algorithm) = Any::from_der(spki).ok()?;
        let (_, key) = BitString::from_der(rest).ok()?;

        let mut fitting = algorithms.iter().filter(|candidate| {
            candidate.signature_alg_id().as_ref() == algorithm.data
                && candidate.public_key_alg_id().as_ref() == key_algorithm.data
        });
        fitting.find_map(|fitting| fitting.verify_signature(&key.data, tbs, &signature.data).ok())
    }
}

const MAX_CRLS: usize = 64;
