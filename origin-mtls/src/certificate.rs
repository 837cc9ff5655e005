use std::time::{Duration, SystemTime};

use rustls_pki_types::CertificateDer;
use x509_parser::asn1_rs::{Any, FromDer as _, Oid};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, KeyUsage, ParsedExtension, X509Extension};
use x509_parser::oid_registry::{
    OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER, OID_X509_EXT_BASIC_CONSTRAINTS,
    OID_X509_EXT_EXTENDED_KEY_USAGE, OID_X509_EXT_INHIBIT_ANY_POLICY, OID_X509_EXT_KEY_USAGE,
    OID_X509_EXT_NAME_CONSTRAINTS, OID_X509_EXT_POLICY_CONSTRAINTS, OID_X509_EXT_POLICY_MAPPINGS,
    OID_X509_EXT_SUBJECT_ALT_NAME, OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
};
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name, X509Version};

use crate::VerifyError;

/// A certificate as x509-parser reads it: what webpki does not tell.
pub(crate) struct Certificate<'a>(X509Certificate<'a>);

impl<'a> Certificate<'a> {
    /// Version 3, nothing behind it, and no extension twice or in a form that is not its own.
    pub(crate) fn parse(der: &'a CertificateDer<'_>) -> Result<Self, VerifyError> {
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|_| VerifyError::BadEncoding)?;
        if !rest.is_empty() {
            return Err(VerifyError::BadEncoding);
        }
        if certificate.version() != X509Version::V3 {
            return Err(VerifyError::UnsupportedVersion);
        }
        let tbs = &certificate.tbs_certificate;
        if !is_whole(tbs.subject_pki.raw) || !has_all(&tbs.issuer) || !has_all(&tbs.subject) {
            return Err(VerifyError::BadEncoding);
        }
        let extensions = certificate.extensions();
        for (place, extension) in extensions.iter().enumerate() {
            let is_repeated = extensions.iter().take(place).any(|other| other.oid == extension.oid);
            // RFC 5280 §4.2: no more than one instance of an extension.
            if is_repeated || extension.parsed_extension().error().is_some() {
                return Err(VerifyError::BadEncoding);
            }
        }
        Ok(Self(certificate))
    }

    pub(crate) fn public_key(&self) -> &SubjectPublicKeyInfo<'a> {
        &self.0.tbs_certificate.subject_pki
    }

    pub(crate) fn subject(&self) -> &X509Name<'a> {
        &self.0.tbs_certificate.subject
    }

    pub(crate) fn issuer(&self) -> &X509Name<'a> {
        &self.0.tbs_certificate.issuer
    }

    /// As encoded: big-endian, in two's complement.
    pub(crate) fn serial(&self) -> &'a [u8] {
        self.0.raw_serial()
    }

    /// Seconds since 1970.
    pub(crate) fn not_before(&self) -> i64 {
        self.0.validity().not_before.timestamp()
    }

    /// Seconds since 1970; the last one in which it is valid.
    pub(crate) fn not_after(&self) -> i64 {
        self.0.validity().not_after.timestamp()
    }

    pub(crate) fn is_valid_for_longer_than(&self, most: Duration) -> bool {
        let span = self.not_after().saturating_sub(self.not_before());
        u64::try_from(span).is_ok_and(|span| span > most.as_secs())
    }

    pub(crate) fn extensions(&self) -> &[X509Extension<'a>] {
        self.0.extensions()
    }

    pub(crate) fn extension(&self, oid: &Oid<'_>) -> Option<&X509Extension<'a>> {
        self.extensions().iter().find(|extension| extension.oid == *oid)
    }

    pub(crate) fn basic_constraints(&self) -> Option<&X509Extension<'a>> {
        self.extension(&OID_X509_EXT_BASIC_CONSTRAINTS)
    }

    pub(crate) fn is_ca(&self) -> bool {
        self.basic_constraints().is_some_and(|extension| {
            matches!(extension.parsed_extension(), ParsedExtension::BasicConstraints(of) if of.ca)
        })
    }

    pub(crate) fn key_usage(&self) -> Option<&KeyUsage> {
        match self.extension(&OID_X509_EXT_KEY_USAGE)?.parsed_extension() {
            ParsedExtension::KeyUsage(usage) => Some(usage),
            _ => None,
        }
    }

    pub(crate) fn extended_key_usage(&self) -> Option<&ExtendedKeyUsage<'a>> {
        match self.extension(&OID_X509_EXT_EXTENDED_KEY_USAGE)?.parsed_extension() {
            ParsedExtension::ExtendedKeyUsage(usage) => Some(usage),
            _ => None,
        }
    }

    pub(crate) fn subject_alternative_name(&self) -> Option<&X509Extension<'a>> {
        self.extension(&OID_X509_EXT_SUBJECT_ALT_NAME)
    }

    pub(crate) fn subject_key_identifier(&self) -> Option<&X509Extension<'a>> {
        self.extension(&OID_X509_EXT_SUBJECT_KEY_IDENTIFIER)
    }

    pub(crate) fn authority_key_identifier(&self) -> Option<&X509Extension<'a>> {
        self.extension(&OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER)
    }

    /// Those that RFC 5280 §4.2.1 knows on authorities' certificates alone.
    pub(crate) fn authority_extensions(&self) -> impl Iterator<Item = &X509Extension<'a>> {
        const OF_AUTHORITIES: [Oid<'static>; 4] = [
            OID_X509_EXT_INHIBIT_ANY_POLICY,
            OID_X509_EXT_NAME_CONSTRAINTS,
            OID_X509_EXT_POLICY_CONSTRAINTS,
            OID_X509_EXT_POLICY_MAPPINGS,
        ];
        self.extensions().iter().filter(|extension| OF_AUTHORITIES.contains(&extension.oid))
    }
}

/// x509-parser reads a value as far as it understands it, and cuts off the rest.
fn is_whole(raw: &[u8]) -> bool {
    Any::from_der(raw).is_ok_and(|(rest, _)| rest.is_empty())
}

/// So it does with a name: another reader could find an attribute behind it.
fn has_all(name: &X509Name<'_>) -> bool {
    let mut attributes: usize = 0;
    let Ok((_, sequence)) = Any::from_der(name.as_raw()) else { return false };
    let mut sets = sequence.data;
    while !sets.is_empty() {
        let Ok((behind, set)) = Any::from_der(sets) else { return false };
        let mut values = set.data;
        while !values.is_empty() {
            let Ok((behind, _)) = Any::from_der(values) else { return false };
            attributes = attributes.saturating_add(1);
            values = behind;
        }
        sets = behind;
    }
    attributes == name.iter_attributes().count()
}

/// `None` before 1970, and when the sun is long gone.
pub(crate) fn seconds_since_1970(time: SystemTime) -> Option<i64> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}
