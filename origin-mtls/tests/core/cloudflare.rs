//! Cloudflare's own authorities are none of yours, however their certificates are written.
//! `third_party.rs` has the certificates themselves.

use origin_mtls::ConfigError;

use crate::no_anchor;
use crate::pki::{
    BMP, COMMON_NAME, IA5, ORGANIZATION, ORGANIZATIONAL_UNIT, OTHER_ROOT, PRINTABLE, ROOT, TELETEX,
    UNIVERSAL, UTF8, authority, rdns, root,
};

const SHARED: &str = "origin-pull.cloudflare.net";
const RSA: &str = "CloudFlare Origin SSL Certificate Authority";
const ECC: &str = "CloudFlare Origin SSL ECC Certificate Authority";

/// Every kind of string with this text in it.
fn encodings(text: &str) -> Vec<(u8, Vec<u8>)> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let utf32: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    let plain = [UTF8, PRINTABLE, TELETEX, IA5].map(|tag| (tag, text.as_bytes().to_vec()));
    plain.into_iter().chain([(BMP, utf16), (UNIVERSAL, utf32)]).collect()
}

/// An authority with another key, and with this attribute in its subject.
fn refusal(id: &str, tag: u8, value: &[u8]) -> Option<ConfigError> {
    let subject = rdns(&[
        (ORGANIZATION, UTF8, b"CloudFlare, Inc."),
        (id, tag, value),
        (ORGANIZATIONAL_UNIT, UTF8, b"Origin Pull"),
    ]);
    no_anchor(authority(subject, &OTHER_ROOT).signed_by(&OTHER_ROOT))
}

fn refusal_of_text(id: &str, text: &str) -> Option<ConfigError> {
    refusal(id, UTF8, text.as_bytes())
}

#[test]
fn by_subject_in_every_kind_of_string_whatever_the_key() {
    for (tag, value) in encodings(SHARED) {
        let refused = Some(ConfigError::CloudflareSharedCa);
        assert_eq!(refusal(COMMON_NAME, tag, &value), refused, "{tag:#x}");
    }
    for text in [RSA, ECC] {
        for (tag, value) in encodings(text) {
            let refused = Some(ConfigError::CloudflareOriginCa);
            assert_eq!(refusal(ORGANIZATIONAL_UNIT, tag, &value), refused, "{tag:#x}");
        }
    }
}

#[test]
fn without_case_and_with_any_run_of_spaces() {
    for text in [
        "Origin-Pull.CloudFlare.net",
        "ORIGIN-PULL.CLOUDFLARE.NET",
        " origin-pull.cloudflare.net  ",
        "origin-pull.cloudflare.net\t",
    ] {
        let refused = Some(ConfigError::CloudflareSharedCa);
        assert_eq!(refusal_of_text(COMMON_NAME, text), refused, "{text:?}");
    }
    for text in [
        "cloudflare origin ssl certificate authority",
        "CLOUDFLARE ORIGIN SSL ECC CERTIFICATE AUTHORITY",
        "  CloudFlare  Origin SSL   Certificate Authority ",
        "CloudFlare Origin SSL ECC\u{a0}Certificate Authority",
    ] {
        let refused = Some(ConfigError::CloudflareOriginCa);
        assert_eq!(refusal_of_text(ORGANIZATIONAL_UNIT, text), refused, "{text:?}");
    }
}

#[test]
fn names_that_are_only_near_to_theirs_are_yours() {
    for text in [
        "origin-pull.cloudflare.net.plue.dev",
        "my.origin-pull.cloudflare.net",
        "origin-pull.cloudflare.com",
        "origin pull.cloudflare.net",
        "Cloudflare Origin Pull",
        "",
    ] {
        assert_eq!(refusal_of_text(COMMON_NAME, text), None, "{text:?}");
    }
    for text in [
        "Plue's CloudFlare Origin SSL Certificate Authority",
        "CloudFlare Origin SSL",
        "CloudFlareOriginSSLCertificateAuthority",
    ] {
        assert_eq!(refusal_of_text(ORGANIZATIONAL_UNIT, text), None, "{text:?}");
    }
    // Theirs, and in another attribute.
    assert_eq!(refusal_of_text(ORGANIZATIONAL_UNIT, SHARED), None);
    assert_eq!(refusal_of_text(COMMON_NAME, RSA), None);
}

#[test]
fn strings_that_are_none_in_their_encoding_are_nobody_s() {
    for (tag, value) in [
        (UTF8, &b"origin-pull\xff.cloudflare.net"[..]),
        (BMP, &[0xd8, 0x00, 0x00, 0x41]),
        (BMP, &[0x41]),
        (UNIVERSAL, &[0xff, 0xff, 0xff, 0xff]),
        (UNIVERSAL, &[0, 0]),
    ] {
        // x509-parser may refuse them too; what matters is that nothing panics.
        let refusal = refusal(COMMON_NAME, tag, value);
        assert!(matches!(refusal, None | Some(ConfigError::AnchorMalformed)), "{refusal:?}");
    }
}

#[test]
fn one_of_several_attributes_is_enough() {
    let subject = rdns(&[(COMMON_NAME, UTF8, b"Plue"), (COMMON_NAME, UTF8, SHARED.as_bytes())]);
    let anchor = authority(subject, &ROOT).signed_by(&ROOT);
    assert_eq!(no_anchor(anchor), Some(ConfigError::CloudflareSharedCa));
}

#[test]
fn they_are_told_from_other_refusals_first() {
    // Neither an authority's, nor of a key that is supported.
    let subject = rdns(&[(COMMON_NAME, UTF8, SHARED.as_bytes())]);
    let anchor = root().subject(subject).without(crate::pki::BASIC_CONSTRAINTS);
    assert_eq!(no_anchor(anchor.signed_by(&ROOT)), Some(ConfigError::CloudflareSharedCa));
}

#[test]
fn one_beside_your_own_is_refused_as_well() {
    let subject = rdns(&[(COMMON_NAME, UTF8, SHARED.as_bytes())]);
    let theirs = authority(subject, &OTHER_ROOT).signed_by(&OTHER_ROOT);
    let yours = root().signed_by(&ROOT);
    for anchors in [[yours.clone(), theirs.clone()], [theirs, yours]] {
        let refusal = origin_mtls::TrustAnchors::from_der(anchors).err();
        assert_eq!(refusal, Some(ConfigError::CloudflareSharedCa));
    }
}
