use x509_parser::asn1_rs::{Oid, Tag};
use x509_parser::oid_registry::{OID_X509_COMMON_NAME, OID_X509_ORGANIZATIONAL_UNIT};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::certificate::Certificate;
use crate::{ConfigError, SpkiPin};

/// Refuses the authorities of Cloudflare's own whose certificates prove no zone, by their keys, and by
/// their names for when they are issued anew: the shared one ends in 2029.
pub(super) fn refuse(anchor: &Certificate<'_>) -> Result<(), ConfigError> {
    let pin = *SpkiPin::of_spki(anchor.public_key().raw).as_bytes();
    let subject = anchor.subject();
    let unit = |expected| has(subject, &OID_X509_ORGANIZATIONAL_UNIT, expected);
    if pin == SHARED || has(subject, &OID_X509_COMMON_NAME, "origin-pull.cloudflare.net") {
        return Err(ConfigError::CloudflareSharedCa);
    }
    if ORIGIN_CA.contains(&pin)
        || unit("cloudflare origin ssl certificate authority")
        || unit("cloudflare origin ssl ecc certificate authority")
    {
        return Err(ConfigError::CloudflareOriginCa);
    }
    Ok(())
}

/// Compares as RFC 5280 §7.1 wants names compared: without case, and any run of spaces is one.
fn has(name: &X509Name<'_>, oid: &Oid<'_>, expected: &str) -> bool {
    let is_expected = |value: &AttributeTypeAndValue<'_>| {
        let text = decode(value).to_lowercase();
        text.split_whitespace().eq(expected.split(' '))
    };
    name.iter_attributes().filter(|value| value.attr_type() == oid).any(is_expected)
}

/// The text of whatever kind of string it is.
fn decode(value: &AttributeTypeAndValue<'_>) -> String {
    let bytes = value.as_slice();
    match value.attr_value().tag() {
        Tag::BmpString => {
            let (units, _) = bytes.as_chunks();
            char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        Tag::UniversalString => {
            let (units, _) = bytes.as_chunks();
            let unit = |unit: &[u8; 4]| char::from_u32(u32::from_be_bytes(*unit));
            units.iter().map(|bytes| unit(bytes).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Of "Cloudflare Origin Pull" (`authenticated_origin_pull_ca.pem`).
const SHARED: [u8; 32] = [
    0xe2, 0xef, 0x9f, 0xe8, 0x5a, 0xc3, 0x9f, 0x52, 0x2d, 0xc7, 0x73, 0x50, 0x5f, 0x39, 0x98, 0x75,
    0xaa, 0x75, 0xac, 0x10, 0xc4, 0x97, 0x66, 0xca, 0x89, 0x9f, 0x8f, 0x99, 0xb0, 0x7d, 0xa3, 0x4c,
];

/// Of the roots of "Cloudflare Origin CA": ECC, and RSA.
const ORIGIN_CA: [[u8; 32]; 2] = [
    [
        0x91, 0x14, 0xb3, 0x91, 0x6b, 0x64, 0x57, 0xdb, 0xf1, 0x9b, 0x6f, 0xc0, 0x4e, 0xa6, 0xb6,
        0x1a, 0xa3, 0x3a, 0x98, 0x66, 0x8e, 0x71, 0xa0, 0x1b, 0xa6, 0x0c, 0x08, 0xf8, 0xa5, 0x16,
        0x7d, 0x5e,
    ],
    [
        0xb6, 0xe8, 0xc8, 0xca, 0x4c, 0x7c, 0xa5, 0xe6, 0x93, 0x4e, 0xfe, 0xa0, 0x31, 0x36, 0x49,
        0x27, 0xbb, 0xfe, 0xdf, 0x08, 0x62, 0x29, 0x49, 0x9a, 0x60, 0xd8, 0x3b, 0x5d, 0x58, 0x72,
        0x22, 0xb7,
    ],
];
