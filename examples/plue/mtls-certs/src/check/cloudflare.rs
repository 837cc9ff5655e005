//! The rules of Cloudflare's documentation for the certificate of an upload, and of reports where
//! that is silent.

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::public_key::{PublicKey, RSAPublicKey};
use x509_parser::x509::X509Version;

use super::finding::{By, Findings};
use crate::certificate::{parse, without_zeros};
use crate::dates::Moment;
use crate::{certificate, pem};

/// Gives the certificates, the client's own first, if they can be read at all.
pub(crate) fn check(
    bytes: &[u8],
    now: Moment,
    findings: &mut Findings,
) -> Vec<CertificateDer<'static>> {
    let Some(chain) = read(bytes, findings) else {
        return Vec::new();
    };
    let [leaf, others @ ..] = chain.as_slice() else {
        return Vec::new();
    };
    let Some(leaf) = parse(leaf) else {
        findings.refuse(By::Cloudflare, "the certificate is malformed");
        return Vec::new();
    };
    if !others.is_empty() {
        findings.warn(
            By::Cloudflare,
            format!(
                "{} certificates, the first taken for the client's; what is documented is an upload \
                 of that alone",
                chain.len()
            ),
        );
    }
    check_kind(&leaf, findings);
    check_key(&leaf, findings);
    check_dates(&leaf, now, findings);
    chain
}

fn read(bytes: &[u8], findings: &mut Findings) -> Option<Vec<CertificateDer<'static>>> {
    let Some(blocks) = pem::blocks(bytes) else {
        findings.refuse(By::Cloudflare, "the file is malformed PEM");
        return None;
    };
    if blocks.iter().any(|block| pem::is_private_key(&block.label)) {
        findings.refuse(
            By::Cloudflare,
            "a private key is in the certificate's file: the two are fields of their own; separate \
             them",
        );
    }
    if blocks.iter().any(|block| block.label == pem::CERTIFICATE) {
        return pem::certificates(bytes);
    }
    findings.refuse(
        By::Cloudflare,
        if blocks.iter().any(|block| block.label.ends_with("CERTIFICATE REQUEST")) {
            "a request for a certificate, not a certificate: upload what the authority made of it"
        } else if bytes.first() == Some(&DER_SEQUENCE) {
            "no PEM, perhaps DER: convert it by `openssl x509 -inform DER`"
        } else {
            "no certificate in PEM"
        },
    );
    None
}

fn check_kind(leaf: &X509Certificate<'_>, findings: &mut Findings) {
    let basic_constraints = leaf.basic_constraints();
    match (leaf.version(), basic_constraints) {
        (X509Version::V3, Ok(Some(found))) if found.value.ca => {
            let kind = if leaf.subject().as_raw() == leaf.issuer().as_raw() {
                "a root"
            } else {
                "an authority's"
            };
            findings.refuse(
                By::Cloudflare,
                format!(
                    "{kind} certificate (CA:TRUE), `missing leaf certificate`: upload one that the \
                     authority has issued"
                ),
            );
        }
        (X509Version::V3, Ok(Some(_))) => {
            findings.ok(By::Cloudflare, "a leaf: X.509 version 3 with CA:FALSE");
        }
        (X509Version::V3, Ok(None)) => findings.refuse(
            By::Cloudflare,
            "no basicConstraints, code 1412 `Only leaf certificate is allowed`: issue it with \
             basicConstraints = critical,CA:FALSE",
        ),
        (X509Version::V3, Err(_)) => {
            findings.refuse(By::Cloudflare, "basicConstraints are malformed or there twice");
        }
        (version, _) => findings.refuse(
            By::Cloudflare,
            format!(
                "X.509 version {} cannot say CA:FALSE, code 1412 `Only leaf certificate is \
                 allowed`: issue it with extensions (openssl x509 -req -extfile)",
                version.0.saturating_add(1)
            ),
        ),
    }
}

fn check_key(leaf: &X509Certificate<'_>, findings: &mut Findings) {
    match leaf.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => {
            at_least(MIN_RSA_BITS, rsa_bits(&key), "RSA", findings);
        }
        Ok(PublicKey::EC(point)) => {
            at_least(MIN_EC_BITS, point.key_size(), "ECDSA", findings);
        }
        Ok(_) => findings.warn(
            By::Cloudflare,
            "the key is neither RSA nor ECDSA, of which alone the documentation tells",
        ),
        Err(_) => findings.refuse(By::Cloudflare, "the public key is malformed"),
    }
}

fn at_least(min: usize, bits: usize, kind: &str, findings: &mut Findings) {
    if bits >= min {
        findings.ok(By::Cloudflare, format!("a key of {bits} bits, {kind}"));
    } else {
        findings.refuse(
            By::Cloudflare,
            format!("a key of {bits} bits, {kind}: {min} are the least; issue it for a larger one"),
        );
    }
}

fn check_dates(leaf: &X509Certificate<'_>, now: Moment, findings: &mut Findings) {
    let (begin, end) = (certificate::not_before(leaf), certificate::not_after(leaf));
    let days = now.days_until(end);
    let until = format!("valid until {}, {days} days", end.date());
    if end < now {
        findings.refuse(By::Cloudflare, format!("expired on {}: issue a new one", end.date()));
    } else if begin > now {
        findings.refuse(
            By::Cloudflare,
            format!("not valid before {}: is this clock right?", begin.date()),
        );
    } else if days < MIN_DAYS {
        findings.refuse(
            By::Cloudflare,
            format!("{until}: {MIN_DAYS} are the least for an upload; issue a new one"),
        );
    } else if days < SOON_DAYS {
        findings.warn(By::Cloudflare, format!("{until}: issue a new one soon"));
    } else {
        findings.ok(By::Cloudflare, until);
    }
}

/// The parser's own count takes the first byte for the sign, whether it is zero or not.
fn rsa_bits(key: &RSAPublicKey<'_>) -> usize {
    let modulus = without_zeros(key.modulus);
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    let unused = usize::try_from(unused).unwrap_or(0);
    modulus.len().saturating_mul(8).saturating_sub(unused)
}

const DER_SEQUENCE: u8 = 0x30;
const MIN_RSA_BITS: usize = 2048;
const MIN_EC_BITS: usize = 225;
const MIN_DAYS: i64 = 14;
/// When Cloudflare writes its first mail about a certificate that ends.
const SOON_DAYS: i64 = 30;
