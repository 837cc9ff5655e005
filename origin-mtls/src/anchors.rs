mod cloudflare;

use std::fmt;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;
use x509_parser::extensions::KeyUsage;
use x509_parser::oid_registry::{
    OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_EXTENDED_KEY_USAGE, OID_X509_EXT_KEY_USAGE,
    OID_X509_EXT_NAME_CONSTRAINTS,
};

use crate::certificate::Certificate;
use crate::key::{MIN_RSA_BITS, check_key};
use crate::strict::{Role, has_form};
use crate::{ConfigError, SpkiPin};

/// The authorities whose client certificates are accepted: your own, one of them, or two while you
/// rotate.
#[derive(Clone)]
pub struct TrustAnchors(Vec<Anchor>);

#[derive(Clone)]
pub(crate) struct Anchor {
    pub(crate) trust_anchor: TrustAnchor<'static>,
    pub(crate) pin: SpkiPin,
    /// Seconds since 1970.
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) is_strict: bool,
    pub(crate) may_sign_crls: bool,
    certificate: CertificateDer<'static>,
}

impl TrustAnchors {
    /// Reads the certificates of a PEM file, each an authority's, as [`from_der`](Self::from_der)
    /// does.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::Pem`] if it is malformed.
    /// 2. [`ConfigError::PrivateKey`] if there is a private key in it.
    /// 3. What [`from_der`](Self::from_der) finds.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::from_der(certificates(pem.as_ref())?)
    }

    /// Takes the certificates of authorities. One that is there twice counts once.
    ///
    /// # Errors
    ///
    /// 1. [`ConfigError::NoAnchor`] and [`ConfigError::TooMany`] if there are none, or over 16.
    /// 2. [`ConfigError::CloudflareSharedCa`] and [`ConfigError::CloudflareOriginCa`] for what proves
    ///    no zone.
    /// 3. [`ConfigError::AnchorMalformed`], [`ConfigError::AnchorNotCa`] and
    ///    [`ConfigError::AnchorUnsupported`] for what is no authority's certificate of version 3, or
    ///    cannot be used as one. Its dates are looked at when it is used.
    pub fn from_der(
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, ConfigError> {
        let mut anchors: Vec<Anchor> = Vec::new();
        for certificate in certificates {
            if !anchors.iter().any(|anchor| anchor.certificate == certificate) {
                anchors.push(Anchor::new(&certificate)?);
            }
            if anchors.len() > MAX_ANCHORS {
                return Err(ConfigError::TooMany);
            }
        }
        if anchors.is_empty() { Err(ConfigError::NoAnchor) } else { Ok(Self(anchors)) }
    }

    pub(crate) fn into_anchors(self) -> Vec<Anchor> {
        self.0
    }
}

impl fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|anchor| anchor.pin)).finish()
    }
}

impl Anchor {
    fn new(certificate: &CertificateDer<'static>) -> Result<Self, ConfigError> {
        let parsed = match Certificate::parse(certificate) {
            Ok(parsed) => parsed,
            // Version 1 knows no CA:TRUE.
            Err(crate::VerifyError::UnsupportedVersion) => return Err(ConfigError::AnchorNotCa),
            Err(_) => return Err(ConfigError::AnchorMalformed),
        };
        cloudflare::refuse(&parsed)?;
        let may_sign = parsed.key_usage().is_none_or(KeyUsage::key_cert_sign);
        if !parsed.is_ca() || !may_sign {
            return Err(ConfigError::AnchorNotCa);
        }
        // webpki looks at none of an anchor's extensions but its name constraints.
        let is_known = parsed
            .extensions()
            .iter()
            .all(|extension| !extension.critical || KNOWN_CRITICAL.contains(&extension.oid));
        let is_for_clients = parsed.extended_key_usage().is_none_or(|usage| usage.client_auth);
        let has_key = |strict| check_key(parsed.public_key(), MIN_RSA_BITS, strict).is_ok();
        if !is_known || !is_for_clients || !has_key(false) {
            return Err(ConfigError::AnchorUnsupported);
        }
        let trust_anchor =
            anchor_from_trusted_cert(certificate).map_err(|_| ConfigError::AnchorMalformed)?;
        Ok(Self {
            trust_anchor: trust_anchor.to_owned(),
            pin: SpkiPin::of_spki(parsed.public_key().raw),
            not_before: parsed.not_before(),
            not_after: parsed.not_after(),
            may_sign_crls: parsed.key_usage().is_none_or(KeyUsage::crl_sign),
            is_strict: has_key(true) && has_form(&parsed, Role::Anchor),
            certificate: certificate.clone(),
        })
    }
}

/// The certificates of a PEM file, which has no private key in it.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    // Of whatever kind: encrypted ones, and those of OpenSSH, are skipped by who reads the file.
    if pem.windows(PRIVATE_KEY.len()).any(|part| part == PRIVATE_KEY) {
        return Err(ConfigError::PrivateKey);
    }
    CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| ConfigError::Pem)
}

const PRIVATE_KEY: &[u8] = b" PRIVATE KEY-----";

const MAX_ANCHORS: usize = 16;

const KNOWN_CRITICAL: [x509_parser::asn1_rs::Oid<'static>; 4] = [
    OID_X509_EXT_BASIC_CONSTRAINTS,
    OID_X509_EXT_EXTENDED_KEY_USAGE,
    OID_X509_EXT_KEY_USAGE,
    OID_X509_EXT_NAME_CONSTRAINTS,
];
