//! Any bytes as PEM, in which `$ANCHOR`, `$CLIENT` and `$KEY` stand for an authority's certificate, a
//! client's, and its key: what is read is what stands in the blocks, all of it, and no private key.

#![no_main]

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use libfuzzer_sys::fuzz_target;
use origin_mtls::testing::{ClientCertificate, EphemeralCa};
use origin_mtls::{ConfigError, Crls, OriginPullPolicy, ServerCertificate, SpkiPin, TrustAnchors};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

fuzz_target!(|input: &[u8]| {
    let text = filled(input);
    check_anchors(&text);
    check_lists(&text);
    check_server(&text);
});

fn check_anchors(text: &[u8]) {
    let read = TrustAnchors::from_pem(text);
    // Whoever reads keys finds none.
    if PrivateKeyDer::pem_slice_iter(text).any(|key| key.is_ok()) || has_key_line(text) {
        assert_eq!(read.err(), Some(ConfigError::PrivateKey));
        return;
    }
    let Ok(anchors) = read else { return };
    let blocks = blocks(text, "CERTIFICATE").expect("blocks of base64");
    let pins = blocks.iter().map(|der| SpkiPin::of(&CertificateDer::from(&**der)).expect("a pin"));
    let pins: BTreeSet<String> = pins.map(|pin| pin.to_string()).collect();
    let shown = format!("{anchors:?}");
    let shown: Vec<_> = shown.trim_matches(['{', '}']).split(", ").map(str::to_owned).collect();
    // A block that is there twice counts once.
    assert_eq!(shown.len(), blocks.iter().collect::<BTreeSet<_>>().len());
    assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), pins);
    assert!(OriginPullPolicy::from_pem(text, algorithms()).is_ok());
}

fn check_lists(text: &[u8]) {
    if let Ok(lists) = Crls::from_pem(text) {
        let blocks = blocks(text, "X509 CRL").expect("blocks of base64");
        assert!((1..=64).contains(&blocks.len()));
        assert!(format!("{lists:?}").contains(&format!("lists: {}", blocks.len())));
    }
}

/// There is one key that belongs to a certificate here.
fn check_server(text: &[u8]) {
    if ServerCertificate::from_pem(text, text, PROVIDER.clone()).is_ok() {
        let blocks = blocks(text, "CERTIFICATE").expect("blocks of base64");
        let first = CertificateDer::from(&*blocks[0]);
        assert_eq!(SpkiPin::of(&first), SpkiPin::of(&CLIENT.chain()[0]));
        assert!(has_key_line(text));
    }
    let other = ServerCertificate::from_pem(text, &*OTHER_KEY, PROVIDER.clone());
    assert!(other.is_err(), "a key that is not the certificate's");
}

fn has_key_line(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| b"\r\n".contains(byte));
    lines.any(|line| line.starts_with(b"-----BEGIN ") && line.ends_with(b" PRIVATE KEY-----"))
}

/// What stands between the lines that begin and end a block of this kind, by RFC 7468 §2, if all of it
/// is base64. What stands between the blocks is text.
fn blocks(text: &[u8], kind: &str) -> Option<Vec<Vec<u8>>> {
    let begin = format!("-----BEGIN {kind}-----");
    let text = String::from_utf8_lossy(text).replace('\r', "\n");
    let mut blocks = Vec::new();
    let mut open = None;
    for line in text.lines() {
        if line.starts_with("-----BEGIN ") {
            // rustls-pki-types goes on with what it has of a block that begins anew.
            let inner = open.take().map_or_else(String::new, |(_, inner)| inner);
            open = Some((line.trim_end() == begin, inner));
        } else if line.starts_with("-----END ") {
            if let Some((true, inner)) = open.take() {
                blocks.push(BASE64.decode(inner).ok()?);
            }
        } else if let Some((_, inner)) = &mut open {
            inner.extend(line.split_whitespace());
        }
    }
    Some(blocks)
}

/// With the certificates and the key where the marks are.
fn filled(input: &[u8]) -> Vec<u8> {
    let mut filled = Vec::new();
    let mut rest = input;
    while let Some(at) = rest.iter().position(|byte| *byte == b'$') {
        let (before, behind) = rest.split_at(at);
        filled.extend_from_slice(before);
        let mark = MARKS.iter().find(|(mark, _)| behind.starts_with(mark.as_bytes()));
        let (length, text) = mark.map_or((1, "$"), |(mark, text)| (mark.len(), &**text));
        filled.extend_from_slice(text.as_bytes());
        rest = &behind[length..];
    }
    filled.extend_from_slice(rest);
    filled
}

fn algorithms() -> &'static [&'static dyn rustls::pki_types::SignatureVerificationAlgorithm] {
    aws_lc_rs::default_provider().signature_verification_algorithms.all
}

/// As rustls-pki-types reads it: whoever is lenient about the end reads the same bytes.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));

static CA: LazyLock<EphemeralCa> = LazyLock::new(EphemeralCa::new);

static CLIENT: LazyLock<ClientCertificate> = LazyLock::new(|| CA.client());

static OTHER_KEY: LazyLock<String> = LazyLock::new(|| CA.client().key_pem());

static MARKS: LazyLock<[(&'static str, String); 3]> = LazyLock::new(|| {
    [
        ("$ANCHOR", CA.certificate_pem()),
        ("$CLIENT", CLIENT.certificate_pem().to_owned()),
        ("$KEY", CLIENT.key_pem()),
    ]
});
