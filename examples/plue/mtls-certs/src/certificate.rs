use std::path::Path;

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::parse_x509_certificate;
use x509_parser::x509::X509Name;

use crate::dates::Moment;
use crate::{Error, files, pem};

/// The only certificate of a file.
pub(crate) fn read_one(path: &Path) -> Result<CertificateDer<'static>, Error> {
    let certificates = read_all(path)?;
    match <[_; 1]>::try_from(certificates) {
        Ok([certificate]) => Ok(certificate),
        Err(found) => Err(Error::CertificateCount { path: path.to_owned(), found: found.len() }),
    }
}

/// All certificates of a file, at least one, each of which can be parsed.
pub(crate) fn read_all(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let malformed = || Error::MalformedCertificate { path: path.to_owned() };
    let certificates = pem::certificates(&files::read(path)?).ok_or_else(malformed)?;
    if certificates.is_empty() || certificates.iter().any(|one| parse(one).is_none()) {
        return Err(malformed());
    }
    Ok(certificates)
}

pub(crate) fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    let (rest, parsed) = parse_x509_certificate(certificate).ok()?;
    rest.is_empty().then_some(parsed)
}

pub(crate) fn not_before(certificate: &X509Certificate<'_>) -> Moment {
    certificate.validity().not_before.into()
}

pub(crate) fn not_after(certificate: &X509Certificate<'_>) -> Moment {
    certificate.validity().not_after.into()
}

/// A serial number as `openssl x509 -serial` prints it.
pub(crate) fn hex(serial: &[u8]) -> String {
    without_zeros(serial).iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A number without the zeros that DER puts before it.
pub(crate) fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

pub(crate) fn organization(name: &X509Name<'_>) -> Option<String> {
    name.iter_organization().next().and_then(|value| value.as_str().ok()).map(str::to_owned)
}

pub(crate) fn common_name(name: &X509Name<'_>) -> Option<String> {
    name.iter_common_name().next().and_then(|value| value.as_str().ok()).map(str::to_owned)
}

/// The alternative names that are URIs, and those that are DNS names.
pub(crate) fn alternative_names(certificate: &X509Certificate<'_>) -> (Vec<String>, Vec<String>) {
    let (mut uris, mut dns) = (Vec::new(), Vec::new());
    for extension in certificate.iter_extensions() {
        let ParsedExtension::SubjectAlternativeName(names) = extension.parsed_extension() else {
            continue;
        };
        for name in &names.general_names {
            match name {
                GeneralName::URI(uri) => uris.push((*uri).to_owned()),
                GeneralName::DNSName(name) => dns.push((*name).to_owned()),
                _ => {}
            }
        }
    }
    (uris, dns)
}
