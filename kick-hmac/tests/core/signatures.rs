//! The signature's text: the one way to write as many bytes as a signature by the key has.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use http::HeaderValue;
use kick_hmac::{Broadcasters, KickHmac, KickKeys, KickPublicKey, Replays, VerifyError};
use serde::Deserialize;

use crate::{BROADCASTER, OTHER, RELAY, genuine, of_kick, parts, sent};

const MALFORMED: Option<VerifyError> = Some(VerifyError::MalformedSignature);
const BAD: Option<VerifyError> = Some(VerifyError::BadSignature);

fn with_key(key: KickPublicKey) -> KickHmac {
    let ours = Broadcasters::only([BROADCASTER]);
    KickHmac::builder(KickKeys::new(key), ours, Replays::single_process()).build().unwrap()
}

/// What is said of the genuine delivery with this signature, and whether it takes a body to say it.
fn with_signature(text: &[u8]) -> Option<VerifyError> {
    let kick = with_key(KickPublicKey::published());
    let mut headers = genuine::headers();
    headers.insert("kick-event-signature", HeaderValue::from_bytes(text).unwrap());
    let refused = kick.verify(&headers, genuine::body(), sent()).err();
    let begun = kick.begin(kick.headers(&headers).unwrap(), sent()).map(drop).err();
    assert_eq!(begun, refused.filter(|error| *error == VerifyError::MalformedSignature));
    refused
}

fn bytes() -> Vec<u8> {
    STANDARD.decode(genuine::signature()).unwrap()
}

#[test]
fn accepts_the_canonical_text_and_no_other() {
    assert_eq!(with_signature(genuine::signature().as_bytes()), None);
    let good = genuine::signature();
    for text in [
        STANDARD_NO_PAD.encode(bytes()),
        URL_SAFE.encode(bytes()),
        good.trim_end_matches('=').to_owned() + "=",
        format!("{good}="),
        format!("{good}===="),
        format!("={good}"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\t"),
        format!("{} {}", &good[..76], &good[76..]),
        format!("sha256={good}"),
        format!("v1,{good}"),
        format!("\"{good}\""),
        bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
        good.to_uppercase(),
    ] {
        let expected = if text.len() == good.len() && text != URL_SAFE.encode(bytes()) {
            // In its form, but other bytes.
            BAD
        } else {
            MALFORMED
        };
        assert_eq!(with_signature(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(with_signature(b""), MALFORMED);
}

#[test]
fn a_signature_has_as_many_bytes_as_the_key() {
    let good = bytes();
    for length in (0..=520).chain([1023, 1024, 1025, 4096, 30_000]) {
        let mut other = good.clone();
        other.resize(length, 0);
        let expected = match length {
            256 => None,
            _ => MALFORMED,
        };
        assert_eq!(with_signature(STANDARD.encode(other).as_bytes()), expected, "{length}");
    }
    // The same number, in a byte more.
    let leading_zero = [&[0], &good[..]].concat();
    assert_eq!(with_signature(STANDARD.encode(leading_zero).as_bytes()), MALFORMED);
}

#[test]
fn the_bits_behind_the_last_byte_are_zero() {
    let good = genuine::signature();
    // Of the last letter, `Q`, four bits are of no byte.
    assert!(good.ends_with("ZQ=="));
    for letter in "RSTUVWXYZabcdef".chars() {
        let text = format!("{}{letter}==", &good[..good.len() - 3]);
        assert_eq!(with_signature(text.as_bytes()), MALFORMED, "{letter}");
    }
    // The letters that leave them zero are other bytes.
    let text = format!("{}g==", &good[..good.len() - 3]);
    assert_eq!(with_signature(text.as_bytes()), BAD);
}

#[test]
fn each_letter_is_one_of_the_64() {
    let good = genuine::signature().as_bytes();
    for letter in 0x20..=0xFF_u8 {
        if letter == 0x7F {
            continue;
        }
        let mut text = good.to_vec();
        text[100] = letter;
        let is_of_them = letter.is_ascii_alphanumeric() || letter == b'+' || letter == b'/';
        let expected = match (letter == good[100], is_of_them) {
            (true, _) => None,
            (false, true) => BAD,
            (false, false) => MALFORMED,
        };
        assert_eq!(with_signature(&text), expected, "{letter}");
    }
}

#[test]
fn padding_stands_at_the_end_alone() {
    let good = genuine::signature().as_bytes();
    for place in [0, 1, 100, 338, 339, 340, 341] {
        let mut text = good.to_vec();
        text[place] = b'=';
        assert_eq!(with_signature(&text), MALFORMED, "{place}");
    }
    assert_eq!(with_signature("=".repeat(344).as_bytes()), MALFORMED);
    assert_eq!(with_signature(b"===="), MALFORMED);
    assert_eq!(with_signature(b"=="), MALFORMED);
}

#[test]
fn a_signature_by_another_key_or_over_nothing_does_not_hold() {
    let other = OTHER.event("livestream.status.updated", genuine::body()).sent_at(sent());
    let (headers, _) = parts(&other);
    assert_eq!(with_signature(headers["kick-event-signature"].as_bytes()), BAD);
    for byte in [0, 1, 0xFF] {
        let text = STANDARD.encode([byte; 256]);
        assert_eq!(with_signature(text.as_bytes()), BAD, "{byte}");
    }
}

#[test]
fn a_relay_s_tag_is_no_signature_of_kick_s() {
    let (headers, body) = parts(&RELAY.event("channel.followed", crate::FOLLOWED).sent_at(sent()));
    let kick = of_kick().build().unwrap();
    assert_eq!(kick.verify(&headers, body, sent()).err(), MALFORMED);
}

#[derive(Deserialize)]
struct Set {
    message_id: String,
    timestamp: String,
    body: String,
    signed: Vec<Signed>,
}

#[derive(Deserialize)]
struct Signed {
    bits: usize,
    pem: String,
    signature: String,
}

/// One message, signed by keys of 3072, 4096 and 8192 bits.
fn set() -> Set {
    serde_json::from_str(include_str!("../vectors/keys.json")).unwrap()
}

#[test]
fn larger_keys_have_longer_signatures() {
    let set = set();
    for of_key in &set.signed {
        let key = KickPublicKey::from_pem(&of_key.pem).unwrap();
        let kick = with_key(key.clone());
        assert_eq!(of_key.signature.len(), (of_key.bits / 8).div_ceil(3) * 4);
        for signed in &set.signed {
            let mut headers = genuine::headers();
            for (name, value) in [
                ("kick-event-message-id", &set.message_id),
                ("kick-event-message-timestamp", &set.timestamp),
                ("kick-event-signature", &signed.signature),
            ] {
                headers.insert(name, value.parse().unwrap());
            }
            let verdict = kick.verify(&headers, set.body.clone(), sent()).err();
            let expected = if signed.bits == of_key.bits { None } else { MALFORMED };
            assert_eq!(verdict, expected, "{} under {}", signed.bits, of_key.bits);
        }
        // A bit of the signature, and one of its length.
        let mut bytes = STANDARD.decode(&of_key.signature).unwrap();
        let text = format!("{}.{}.{}", set.message_id, set.timestamp, set.body);
        assert!(key.verifies(text.as_bytes(), &bytes));
        bytes[7] ^= 1;
        assert!(!key.verifies(text.as_bytes(), &bytes));
        bytes[7] ^= 1;
        assert!(!key.verifies(text.as_bytes(), &bytes[1..]));
        bytes.push(0);
        assert!(!key.verifies(text.as_bytes(), &bytes));
    }
    assert_eq!(set.signed.len(), 3);
}

#[test]
fn a_key_says_of_a_text_whether_it_signed_it() {
    let key = KickPublicKey::published();
    let text = genuine::signed_text();
    assert!(key.verifies(text.as_bytes(), &bytes()));
    assert!(!key.verifies(&text.as_bytes()[1..], &bytes()));
    assert!(!key.verifies(format!("{text}\n").as_bytes(), &bytes()));
    assert!(!key.verifies(b"", &bytes()));
    assert!(!key.verifies(text.as_bytes(), &[]));
    // Not the body alone, as of an early form of Kick's documentation, nor without the dots.
    assert!(!key.verifies(genuine::body().as_bytes(), &bytes()));
    assert!(!key.verifies(text.replacen('.', "", 2).as_bytes(), &bytes()));
}
