//! A relay's tag as text: base64 or hexadecimal, in one form each, and all of it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use kick_hmac::testing::RelaySigner;
use kick_hmac::{Broadcasters, KickHmac, RelayKeys, Replays, TagEncoding, VerifyError};
use sha2::Sha256;

use crate::{BROADCASTER, FOLLOWED, KICK, genuine, parts, secret, sent};

const MALFORMED: Option<VerifyError> = Some(VerifyError::MalformedSignature);
const BAD: Option<VerifyError> = Some(VerifyError::BadSignature);

fn keys(encoding: TagEncoding) -> RelayKeys {
    RelayKeys::kick_relay([secret(7)]).unwrap().encoding(encoding)
}

/// A message under the headers of Kick's genuine one, whose tag the crate `hmac` made.
fn tag() -> Vec<u8> {
    let mut mac: Hmac<Sha256> = KeyInit::new_from_slice(&[7; 32]).unwrap();
    mac.update(b"01JQR5KV0QC94HMETWYNBWRW4Z.2025-04-01T07:56:19Z.");
    mac.update(FOLLOWED.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is said of it with this text, and whether it takes a body to say it.
fn with_tag(encoding: TagEncoding, text: &[u8]) -> Option<VerifyError> {
    let ours = Broadcasters::only([BROADCASTER]);
    let kick = KickHmac::builder(keys(encoding), ours, Replays::single_process()).build().unwrap();
    let mut headers: HeaderMap = genuine::headers();
    headers.insert("kick-event-signature", HeaderValue::from_bytes(text).unwrap());
    let refused = kick.verify(&headers, FOLLOWED, sent()).err();
    let begun = kick.begin(kick.headers(&headers).unwrap(), sent()).map(drop).err();
    assert_eq!(begun, refused.filter(|error| *error == VerifyError::MalformedSignature));
    refused
}

#[test]
fn base64_is_the_default_and_has_one_form() {
    let with_tag = |text: &str| with_tag(TagEncoding::default(), text.as_bytes());
    assert_eq!(TagEncoding::default(), TagEncoding::Base64);
    let good = STANDARD.encode(tag());
    assert_eq!((with_tag(&good), good.len()), (None, 44));
    for text in [
        STANDARD_NO_PAD.encode(tag()),
        hex(&tag()),
        String::new(),
        format!("sha256={good}"),
        format!("v1,{good}"),
        format!("{good} "),
        format!(" {good}"),
        format!("{good}="),
        format!("{}=", STANDARD_NO_PAD.encode(tag()) + "="),
        format!("{} {}", &good[..20], &good[20..]),
        // In the place of the padding one more letter.
        STANDARD_NO_PAD.encode(tag()) + "A",
        format!("{}==", &good[..42]),
        "=".repeat(44),
    ] {
        assert_eq!(with_tag(&text), MALFORMED, "{text}");
    }
    // A tag that is full of the two letters in which the alphabets differ.
    assert_eq!(with_tag(&URL_SAFE.encode([0xFB; 32])), MALFORMED);
    assert_eq!(with_tag(&STANDARD.encode([0xFB; 32])), BAD);
}

#[test]
fn the_bits_behind_the_last_byte_are_zero() {
    let good = STANDARD.encode([0xFF; 32]);
    assert!(good.ends_with("/8="));
    let with = |letter: &str| {
        with_tag(TagEncoding::Base64, format!("{}{letter}=", &good[..42]).as_bytes())
    };
    assert_eq!(with("8"), BAD);
    for letter in ["9", "+", "/"] {
        assert_eq!(with(letter), MALFORMED, "{letter}");
    }
}

#[test]
fn hexadecimal_digits_are_64_and_in_lower_case() {
    let with_tag = |text: &str| with_tag(TagEncoding::Hex, text.as_bytes());
    let good = hex(&tag());
    assert_eq!((with_tag(&good), good.len()), (None, 64));
    for text in [
        good.to_uppercase(),
        good.replacen(|digit: char| digit.is_ascii_lowercase(), "A", 1),
        STANDARD.encode(tag()),
        String::new(),
        good[..63].to_owned(),
        good[..62].to_owned(),
        format!("{good}0"),
        format!("{good}00"),
        format!("0x{}", &good[2..]),
        format!("0x{good}"),
        format!("sha256={good}"),
        format!(" {}", &good[1..]),
        format!("{} ", &good[..63]),
    ] {
        assert_eq!(with_tag(&text), MALFORMED, "{text}");
    }
    assert_eq!(with_tag(&"0".repeat(64)), BAD);
}

#[test]
fn each_hexadecimal_digit_is_one_of_the_16() {
    let good = hex(&tag()).into_bytes();
    for place in [0, 1, 62, 63] {
        for digit in 0x20..=0xFF_u8 {
            if digit == 0x7F {
                continue;
            }
            let mut text = good.clone();
            text[place] = digit;
            let is_digit = digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
            let expected = match (digit == good[place], is_digit) {
                (true, _) => None,
                (false, true) => BAD,
                (false, false) => MALFORMED,
            };
            assert_eq!(with_tag(TagEncoding::Hex, &text), expected, "{place} {digit}");
        }
    }
}

#[test]
fn a_truncated_tag_is_none() {
    for length in (0..32).chain(33..70) {
        let mut other = tag();
        other.resize(length, 0);
        let text = STANDARD.encode(&other);
        assert_eq!(with_tag(TagEncoding::Base64, text.as_bytes()), MALFORMED, "{length}");
        let text = hex(&other);
        assert_eq!(with_tag(TagEncoding::Hex, text.as_bytes()), MALFORMED, "{length}");
    }
}

#[test]
fn every_bit_of_the_tag_counts() {
    for place in 0..32 {
        for bit in 0..8 {
            let mut other = tag();
            other[place] ^= 1 << bit;
            let text = STANDARD.encode(&other);
            assert_eq!(with_tag(TagEncoding::Base64, text.as_bytes()), BAD);
            assert_eq!(with_tag(TagEncoding::Hex, hex(&other).as_bytes()), BAD);
        }
    }
}

#[test]
fn a_signature_of_kick_s_is_no_tag() {
    let text = genuine::signature().as_bytes();
    for encoding in [TagEncoding::Base64, TagEncoding::Hex] {
        assert_eq!(with_tag(encoding, text), MALFORMED);
        let (headers, _) = parts(&KICK.event("channel.followed", FOLLOWED));
        assert_eq!(with_tag(encoding, headers["kick-event-signature"].as_bytes()), MALFORMED);
    }
}

#[test]
fn a_signer_writes_what_a_verifier_of_its_encoding_reads() {
    for encoding in [TagEncoding::Base64, TagEncoding::Hex] {
        let signer = RelaySigner::with(keys(encoding));
        let id = "01JQR5KV0QC94HMETWYNBWRW4Z".parse().unwrap();
        let message = signer.event("channel.followed", FOLLOWED).id(id).sent_at(sent());
        let (headers, _) = parts(&message);
        let written = headers["kick-event-signature"].to_str().unwrap();
        let expected = match encoding {
            TagEncoding::Hex => hex(&tag()),
            _ => STANDARD.encode(tag()),
        };
        assert_eq!(written, expected);
        assert_eq!(with_tag(encoding, written.as_bytes()), None);
    }
}
