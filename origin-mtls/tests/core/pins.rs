//! Pins of keys: as text, and as what is asked of a client.

use std::collections::HashSet;

use origin_mtls::{ConfigError, SpkiPin, VerifyError};
use rcgen::PublicKeyData as _;
use sha2::{Digest as _, Sha256};

use crate::pki::{
    DAY, INTERMEDIATE, LEAF, NOW, ROOT, intermediate, key, leaf, leaf_of_intermediate, root,
};
use crate::{profiles, trusting_root, verify};

const TEXT: &str = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn parse(text: &str) -> Result<SpkiPin, ConfigError> {
    text.parse()
}

fn pin_of(leaf: &crate::pki::Cert) -> SpkiPin {
    SpkiPin::of(&leaf.signed_by(&ROOT)).unwrap()
}

#[test]
fn base64_and_hexadecimal_digits_in_either_case_are_the_same_pin() {
    let expected: [u8; 32] = Sha256::digest(b"").into();
    for text in [TEXT, HEX, &HEX.to_uppercase()] {
        assert_eq!(parse(text).unwrap().as_bytes(), &expected, "{text}");
    }
}

#[test]
fn is_written_as_it_is_read() {
    for bytes in [[0; 32], [0xff; 32], [0xfb; 32], Sha256::digest(b"pin").into()] {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let pin = parse(&hex).unwrap();
        let text = pin.to_string();
        assert!(text.starts_with("sha256/") && text.len() == 51, "{text}");
        assert_eq!(parse(&text), Ok(pin));
        assert_eq!(format!("{pin:?}"), text);
        assert_eq!(pin.as_bytes(), &bytes);
    }
    assert_eq!(parse(HEX).unwrap().to_string(), TEXT);
}

#[test]
fn refuses_what_is_no_pin() {
    let base64 = &TEXT[7..];
    for text in [
        "",
        "sha256/",
        base64,
        &TEXT[..50],
        &TEXT[..49],
        &format!("{TEXT}="),
        &format!("{TEXT}A"),
        &format!("{TEXT}\n"),
        &format!(" {TEXT}"),
        &TEXT.replace("sha256/", "sha1/"),
        &TEXT.replace("sha256/", "SHA256/"),
        &TEXT.replace("sha256/", "sha256:"),
        &TEXT.replace("sha256/", "sha256//"),
        &TEXT.replace('+', "-"),
        &TEXT.replace('=', "A"),
        // Bits that no byte holds.
        &TEXT.replace("FU=", "FV="),
        &HEX[..62],
        &HEX[..63],
        &format!("{HEX}0"),
        &format!("{HEX}00"),
        &format!("0x{}", &HEX[2..]),
        &HEX.replace('e', "g"),
        &HEX.replace("e3", "+3"),
        &HEX.replace("e3b0", "e3:b0"),
        &HEX.replace("e3", "\u{e9}"),
        &format!("sha256/{HEX}"),
    ] {
        assert_eq!(parse(text), Err(ConfigError::Pin), "{text:?}");
    }
}

#[test]
fn every_hexadecimal_digit_counts_where_it_stands() {
    for place in 0..64 {
        let mut digits = HEX.as_bytes().to_vec();
        digits[place] = if digits[place] == b'0' { b'1' } else { b'0' };
        let text = String::from_utf8(digits).unwrap();
        assert_ne!(parse(&text), parse(HEX), "{place}");
        let hex: String =
            parse(&text).unwrap().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, text);
    }
}

#[test]
fn is_the_hash_of_the_key_as_it_stands_in_the_certificate() {
    let expected: [u8; 32] = Sha256::digest(LEAF.subject_public_key_info()).into();
    assert_eq!(pin_of(&leaf()).as_bytes(), &expected);
    // The same in every certificate for the key.
    assert_eq!(pin_of(&leaf().serial(&[9]).valid(NOW, NOW + DAY)), pin_of(&leaf()));
    assert_ne!(pin_of(&leaf().key(&key())), pin_of(&leaf()));
}

#[test]
fn there_is_none_of_what_is_no_certificate() {
    let der = leaf().signed_by(&ROOT);
    assert_eq!(SpkiPin::of(&Vec::new().into()), Err(VerifyError::BadEncoding));
    let trailing = [&der[..], &[0]].concat().into();
    assert_eq!(SpkiPin::of(&trailing), Err(VerifyError::BadEncoding));
    let version_1 = leaf().version(Some(1)).signed_by(&ROOT);
    assert_eq!(SpkiPin::of(&version_1), Err(VerifyError::UnsupportedVersion));
}

#[test]
fn only_pinned_keys_are_accepted_and_without_a_pin_all() {
    let [good, other] = [leaf(), leaf().key(&key())];
    let mismatch = Some(VerifyError::PinMismatch);
    let verdicts = |pins: &[SpkiPin]| {
        let policy = pins.iter().fold(trusting_root(), |policy, pin| policy.pin(*pin));
        let [default, strict] = profiles(&policy).map(|policy| {
            [&good, &other].map(|leaf| verify(&policy, &[leaf.signed_by(&ROOT)]).err())
        });
        assert_eq!(default, strict);
        default
    };
    let [of_good, of_other] = [pin_of(&good), pin_of(&other)];
    assert_eq!(verdicts(&[]), [None, None]);
    assert_eq!(verdicts(&[of_good]), [None, mismatch]);
    assert_eq!(verdicts(&[of_other]), [mismatch, None]);
    // Both, while the client certificate rotates.
    assert_eq!(verdicts(&[of_good, of_other]), [None, None]);
    assert_eq!(verdicts(&[of_other, of_good]), [None, None]);
    assert_eq!(verdicts(&[pin_of(&root())]), [mismatch, mismatch]);
}

#[test]
fn a_pin_is_of_the_client_s_key_and_not_of_an_authority_s() {
    let chain = [leaf_of_intermediate().signed_by(&INTERMEDIATE), intermediate().signed_by(&ROOT)];
    for (pinned, expected) in [
        (&chain[0], None),
        (&chain[1], Some(VerifyError::PinMismatch)),
        (&root().signed_by(&ROOT), Some(VerifyError::PinMismatch)),
    ] {
        let policy = trusting_root().pin(SpkiPin::of(pinned).unwrap()).build().unwrap();
        assert_eq!(verify(&policy, &chain).err(), expected);
    }
}

#[test]
fn a_pinned_key_alone_is_no_trust() {
    let forged = leaf().signed_by(&key());
    let policy = trusting_root().pin(SpkiPin::of(&forged).unwrap()).build().unwrap();
    assert_eq!(verify(&policy, &[forged]).unwrap_err(), VerifyError::BadSignature);
}

#[test]
fn pins_can_be_counted_by() {
    let pins: HashSet<SpkiPin> = [TEXT, HEX].iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(pins.len(), 1);
    assert!(parse(&"0".repeat(64)).unwrap() < parse(&"f".repeat(64)).unwrap());
}
