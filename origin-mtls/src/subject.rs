use x509_parser::asn1_rs::{Oid, Tag};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::{OID_X509_COMMON_NAME, OID_X509_ORGANIZATION_NAME};
use x509_parser::x509::X509Name;

use crate::certificate::Certificate;
use crate::{ConfigError, VerifyError};

/// What is asked of a certificate's names. What is not set is not asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameConstraints {
    pub(crate) common_name: Option<Box<str>>,
    pub(crate) organization: Option<Box<str>>,
    /// One of them must be there.
    pub(crate) dns_names: Vec<Box<str>>,
    /// One of them must be there, and no other.
    pub(crate) uris: Vec<Box<str>>,
}

impl NameConstraints {
    /// A name that no certificate has would refuse all of them.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let subject = self.common_name.iter().chain(&self.organization);
        // Alternative names are IA5Strings (RFC 5280 §4.2.1.6).
        let alternative = self.dns_names.iter().chain(&self.uris);
        let is_graphic = |name: &str| name.bytes().all(|byte| byte.is_ascii_graphic());
        let is_valid = subject.clone().chain(alternative.clone()).all(|name| !name.is_empty())
            && !subject.clone().any(|name| name.chars().any(char::is_control))
            && alternative.clone().all(|name| is_graphic(name));
        if is_valid { Ok(()) } else { Err(ConfigError::Name) }
    }

    pub(crate) fn check(&self, certificate: &Certificate<'_>) -> Result<(), VerifyError> {
        let subject = certificate.subject();
        for (oid, expected) in [
            (OID_X509_COMMON_NAME, &self.common_name),
            (OID_X509_ORGANIZATION_NAME, &self.organization),
        ] {
            // Byte for byte, and attribute for attribute: a name in one line, such as
            // `CN=x,CN=Cloudflare`, can be made to look like another.
            let Some(expected) = expected else { continue };
            if attribute(subject, &oid)? != Some(expected) {
                return Err(VerifyError::SubjectMismatch);
            }
        }
        if !self.dns_names.is_empty() {
            let is_expected =
                |name: &str| self.dns_names.iter().any(|dns| dns.eq_ignore_ascii_case(name));
            if !dns_names(certificate).any(is_expected) {
                return Err(VerifyError::SanMismatch);
            }
        }
        if !self.uris.is_empty() {
            let mut uris = uri_names(certificate);
            match (uris.next(), uris.next()) {
                // X509-SVID §2: a certificate with several URIs names nobody.
                (Some(_), Some(_)) => return Err(VerifyError::SanAmbiguous),
                (Some(Some(uri)), None) if self.uris.iter().any(|expected| **expected == *uri) => {}
                _ => return Err(VerifyError::SanMismatch),
            }
        }
        Ok(())
    }
}

/// The only value of an attribute, if there is one, in an encoding that has one reading.
pub(crate) fn attribute<'a>(
    name: &'a X509Name<'_>,
    oid: &Oid<'_>,
) -> Result<Option<&'a str>, VerifyError> {
    let mut values = name.iter_attributes().filter(|value| value.attr_type() == oid);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(VerifyError::SubjectAmbiguous);
    }
    match value.attr_value().tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            std::str::from_utf8(value.as_slice())
                .map(Some)
                .map_err(|_| VerifyError::SubjectEncoding)
        }
        _ => Err(VerifyError::SubjectEncoding),
    }
}

pub(crate) fn dns_names<'a>(certificate: &'a Certificate<'_>) -> impl Iterator<Item = &'a str> {
    alternative_names(certificate).filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(*name),
        _ => None,
    })
}

pub(crate) fn uris<'a>(certificate: &'a Certificate<'_>) -> impl Iterator<Item = &'a str> {
    uri_names(certificate).flatten()
}

/// `None` for a URI that is no text.
fn uri_names<'a>(certificate: &'a Certificate<'_>) -> impl Iterator<Item = Option<&'a str>> {
    alternative_names(certificate).filter_map(|name| match name {
        GeneralName::URI(uri) => Some(Some(*uri)),
        GeneralName::Invalid(Tag(6), _) => Some(None),
        _ => None,
    })
}

fn alternative_names<'a>(
    certificate: &'a Certificate<'_>,
) -> impl Iterator<Item = &'a GeneralName<'a>> {
    let names = certificate.subject_alternative_name().and_then(|extension| {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        }
    });
    names.into_iter().flatten()
}
