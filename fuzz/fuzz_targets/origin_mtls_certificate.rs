//! Any bytes as a certificate: what has a pin is one certificate, and the pin is that of its key; what
//! is an anchor is an authority's, by a second reader's account, none of Cloudflare's, and no client's.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};
use origin_mtls::{OriginPullPolicy, SpkiPin, TrustAnchors};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};

use edgeproof_fuzz::origin_mtls::der::{
    BASIC_CONSTRAINTS, CERT_SIGN, CLIENT_AUTH, COMMON_NAME, Certificate, EXTENDED_KEY_USAGE,
    KEY_USAGE, ORGANIZATIONAL_UNIT, SUBJECT_KEY_IDENTIFIER, Value,
};
use edgeproof_fuzz::origin_mtls::mutate::Form;
use edgeproof_fuzz::origin_mtls::pki::{ANY, NOW, at};
use edgeproof_fuzz::origin_mtls::{der, mutate};

fuzz_target!(|bytes: &[u8]| {
    let der = CertificateDer::from(bytes.to_vec());
    let pin = SpkiPin::of(&der).ok();
    if pin.is_some() {
        assert!(der::first(bytes).is_some_and(|(_, behind)| behind.is_empty()), "one, and no more");
    }
    let read = pin.and(Certificate::read(bytes));
    if let (Some(pin), Some(read)) = (pin, &read) {
        // The crate's reader, unlike webpki, is content with whatever has this value.
        let version = der::first(read.version).map(|(version, _)| version.content);
        assert_eq!(version.and_then(|version| version.last()), Some(&2));
        let ids: HashSet<_> = read.extensions.iter().map(|extension| extension.id).collect();
        assert_eq!(ids.len(), read.extensions.len(), "an extension twice");
        assert_eq!(pin.as_bytes()[..], Sha256::digest(read.spki.whole)[..]);
    }

    let Ok(anchors) = TrustAnchors::from_der([der.clone(), der.clone()]) else { return };
    let read = read.expect("a certificate");
    check_authority(&read);
    check_cloudflare(&read, pin.unwrap());
    // There twice, counted once.
    assert_eq!(format!("{anchors:?}"), format!("{{{}}}", pin.unwrap()));

    let policy = OriginPullPolicy::builder(anchors, ANY);
    let strict = policy.clone().strict().build();
    if strict.is_ok() {
        check_strict(&read);
    }
    for policy in [policy.build().ok(), strict.ok()].into_iter().flatten() {
        let refused = policy.verify(std::slice::from_ref(&der), at(NOW));
        assert!(refused.is_err(), "an authority as a client");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(Form::Bare, data, size, max_size, seed)
});

fuzz_crossover!(|into: &[u8], from: &[u8], out: &mut [u8], seed: u32| {
    mutate::cross(Form::Bare, into, from, out, seed)
});

/// RFC 5280 §4.2.1.9, §4.2.1.3 and §4.2.1.12, and what webpki knows of an anchor.
fn check_authority(read: &Certificate<'_>) {
    assert!(read.is_ca());
    assert!(read.key_usage().is_none_or(|usage| usage & CERT_SIGN != 0));
    assert!(read.purposes().is_none_or(|ids| ids.contains(&CLIENT_AUTH)));
    assert!(read.has_key(2048));
    let known = [BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, NAME_CONSTRAINTS];
    for extension in read.extensions.iter().filter(|extension| extension.is_critical) {
        assert!(known.iter().any(|id| extension.id == [0x55, 0x1d, *id]), "{:x?}", extension.id);
    }
}

/// RFC 5280 §4.1.2.2, §4.1.2.6, §4.2.1.2 and §4.2.1.9.
fn check_strict(read: &Certificate<'_>) {
    assert!(read.serial.len() <= 20 && read.serial[0] < 0x80);
    assert!(read.serial.iter().any(|byte| *byte != 0));
    assert!(!read.subject.content.is_empty() && !read.issuer.content.is_empty());
    assert!(!read.extension(SUBJECT_KEY_IDENTIFIER).expect("a key identifier").is_critical);
    assert!(read.extension(BASIC_CONSTRAINTS).unwrap().is_critical);
}

fn check_cloudflare(read: &Certificate<'_>, pin: SpkiPin) {
    assert!(!CLOUDFLARE.contains(&&*pin.to_string()));
    for (id, names) in [(COMMON_NAME, &[SHARED][..]), (ORGANIZATIONAL_UNIT, &[RSA, ECC][..])] {
        for value in read.subject(id) {
            let text = text(value).to_lowercase();
            let words: Vec<_> = text.split_whitespace().collect();
            assert!(!names.contains(&&*words.join(" ")), "{text}");
        }
    }
}

/// Of wide characters the last byte, if the others are zero.
fn text(value: Value<'_>) -> String {
    let width = match value.tag {
        0x1e => 2,
        0x1c => 4,
        _ => return String::from_utf8_lossy(value.content).into_owned(),
    };
    let letter = |letter: &[u8]| match letter.split_last() {
        Some((last, zeros)) if zeros.iter().all(|byte| *byte == 0) => char::from(*last),
        _ => '?',
    };
    value.content.chunks_exact(width).map(letter).collect()
}

const NAME_CONSTRAINTS: u8 = 30;

const SHARED: &str = "origin-pull.cloudflare.net";
const RSA: &str = "cloudflare origin ssl certificate authority";
const ECC: &str = "cloudflare origin ssl ecc certificate authority";

/// Their keys.
const CLOUDFLARE: [&str; 3] = [
    "sha256/4u+f6FrDn1Itx3NQXzmYdap1rBDEl2bKiZ+PmbB9o0w=",
    "sha256/kRSzkWtkV9vxm2/ATqa2GqM6mGaOcaAbpgwI+KUWfV4=",
    "sha256/tujIykx8peaTTv6gMTZJJ7v+3whiKUmaYNg7XVhyIrc=",
];
