//! Any bytes as PEM, and as the answer of Kick's endpoint, in which `$KEY` stands for a good block,
//! `$ESCAPED` for it as JSON writes it, and `$DER` for its base64: what is read is the key in the one
//! block, and verifies what that key signed, or it is another key.

#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use kick_hmac::testing::KickSigner;
use kick_hmac::{KeyError, KickPublicKey};
use libfuzzer_sys::fuzz_target;
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use sha2::{Digest, Sha256};

use edgeproof_fuzz::kick_hmac::{NOW, at, filled, only_member};
use edgeproof_fuzz::origin_mtls::der;

fuzz_target!(|input: &[u8]| {
    let text = filled(input, &*MARKS);
    check_pem(&text);
    check_endpoint(&text);
});

fn check_pem(text: &[u8]) {
    let read = KickPublicKey::from_pem(text);
    let lines = String::from_utf8_lossy(text).replace("\\n", "\n").replace('\r', "\n");
    let Ok(key) = read else {
        let good: Vec<_> = SubjectPublicKeyInfoDer::pem_slice_iter(lines.as_bytes()).collect();
        let is_good = matches!(&good[..], [Ok(der)] if **der == *KEY.der);
        let is_alone = ["-----BEGIN ", "-----END "].iter().all(|it| lines.matches(it).count() == 1);
        let is_alone = is_alone && text.len() <= MOST;
        let is_refused = !is_good || !is_alone || str::from_utf8(text).is_err();
        return assert!(is_refused, "the good key, and nothing besides");
    };
    assert!(text.len() <= MOST);
    let der = only_block(&lines).expect("one block, and no other");
    assert_eq!(key.fingerprint(), hex(&Sha256::digest(&der)));
    let bits = modulus_bits(&der).expect("an RSA key");
    assert!((2048..=8192).contains(&bits), "{bits} bits");

    let is_good = der == KEY.der;
    assert_eq!(key == KEY.key, is_good);
    assert_eq!(key.verifies(&KEY.signed, &KEY.signature), is_good);
    // In one line it is the same.
    let again = format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(&der));
    assert_eq!(KickPublicKey::from_pem(again), Ok(key));
}

fn check_endpoint(text: &[u8]) {
    let read = KickPublicKey::from_endpoint(text);
    let data = only_member(text, "data");
    let pem = data.and_then(|data| only_member(data.get().as_bytes(), "public_key"));
    let pem = pem.and_then(|pem| serde_json::from_str::<String>(pem.get()).ok());
    match pem.filter(|_| text.len() <= MOST) {
        Some(pem) => {
            assert_eq!(read, KickPublicKey::from_pem(&pem));
            if let Ok(value) = serde_json::from_slice::<Value>(text) {
                assert_eq!(value["data"]["public_key"], *pem);
            }
        }
        // What is no text outside of the key, a reader that looks at the key alone does not see.
        None if str::from_utf8(text).is_err() => {}
        None => assert!(matches!(read, Err(KeyError::Document | KeyError::TooLarge)), "{read:?}"),
    }
}

/// What stands in the only block of whatever label, by RFC 7468 §2, if it is a public key.
fn only_block(lines: &str) -> Option<Vec<u8>> {
    let is_begin = |line: &&str| line.starts_with("-----BEGIN ");
    let mut lines = lines.lines().skip_while(|line| !is_begin(line));
    let begin = lines.next()?;
    let inner: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with(END)).collect();
    let base64: String = inner.iter().flat_map(|line| line.split_whitespace()).collect();
    let is_only = begin.trim_end() == BEGIN && !lines.any(|line| is_begin(&line));
    BASE64.decode(base64).ok().filter(|_| is_only)
}

/// Of an RSA key in the form SubjectPublicKeyInfo: RFC 8017 §A.1.1 in RFC 5280 §4.1.
fn modulus_bits(spki: &[u8]) -> Option<usize> {
    let (spki, []) = der::first(spki)? else { return None };
    let [algorithm, key] = der::all(spki.content)?[..] else { return None };
    let (0, key) = key.content.split_first()? else { return None };
    let (key, []) = der::first(key)? else { return None };
    let [modulus, _] = der::all(key.content)?[..] else { return None };
    let zeros = modulus.content.iter().take_while(|byte| **byte == 0).count();
    let digits = &modulus.content[zeros..];
    let bits = digits.len() * 8 - digits.first()?.leading_zeros() as usize;
    (algorithm.content == RSA_ENCRYPTION).then_some(bits)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What stands between the first line and the last one.
fn base64_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

struct Key {
    key: KickPublicKey,
    pem: String,
    der: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

static KEY: LazyLock<Key> = LazyLock::new(|| {
    let signer = KickSigner::new();
    let pem = signer.pem();
    let der = STANDARD.decode(base64_of(&pem)).unwrap();
    let headers = signer.event("channel.followed", BODY).sent_at(at(NOW)).headers();
    let text = |name: &str| headers[name].to_str().unwrap();
    let id_and_time = [text("kick-event-message-id"), text("kick-event-message-timestamp")];
    let signed = [id_and_time[0], id_and_time[1], BODY].join(".").into_bytes();
    let signature = STANDARD.decode(text("kick-event-signature")).unwrap();
    Key { key: signer.public_key(), pem, der, signed, signature }
});

static MARKS: LazyLock<[(&str, String); 3]> = LazyLock::new(|| {
    [
        ("$KEY", KEY.pem.clone()),
        ("$ESCAPED", KEY.pem.replace('\n', "\\n")),
        ("$DER", base64_of(&KEY.pem)),
    ]
});

const BODY: &str = "{}";
const MOST: usize = 16 << 10;
const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// 1.2.840.113549.1.1.1 and NULL.
const RSA_ENCRYPTION: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

/// As rustls-pki-types reads it: whoever is lenient about the end reads the same bytes.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
