//! Tokens that our keys did not sign, or that are written otherwise.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{SigningKey, Verifier};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use siwe_session::{Claims, KeyRing, SessionError, SessionKey};

use crate::forge::{
    E1, H1, OTHER_PRIVATE, PRIVATE, PUBLIC, SECRET, by_e1, by_h1, claims, ed25519, eddsa, encode,
    hmac, hs256, login, parts, tokens, tokens_of,
};
use crate::now;
use crate::tokens_hostile::{Hostile, check, named};

/// With other keys, or signatures that are not whole.
pub(crate) fn signatures(now: SystemTime) -> Vec<Hostile> {
    use SessionError::{BadSignature, Malformed};
    let payload = claims(now).to_string();
    let signed = parts(H1, &payload);
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(signed.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let (of_h1, of_e1) = (by_h1(H1, &payload), by_e1(E1, &payload));
    let other_payload = encode(payload.replace("plue.dev", "evil.dev"));
    let changed = |token: &str| {
        let (head, signature) = token.rsplit_once('.').unwrap();
        let header = head.split_once('.').unwrap().0;
        format!("{header}.{other_payload}.{signature}")
    };
    // s + L: the same signature to who does not look (RFC 8032 §5.1.7).
    let unreduced = {
        let (head, signature) = of_e1.rsplit_once('.').unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let mut carry = 0;
        for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        format!("{head}.{}", encode(bytes))
    };
    let with_signature = |bytes: &[u8]| format!("{signed}.{}", encode(bytes));
    let eddsa_with = |bytes: &[u8]| format!("{}.{}", parts(E1, &payload), encode(bytes));
    named([
        ("the empty secret", hmac(b"", &signed), BadSignature),
        ("another secret", hmac(&[8; 32], &signed), BadSignature),
        ("zeros for a secret", hmac(&[0; 32], &signed), BadSignature),
        ("the name for a secret", hmac(b"h1", &signed), BadSignature),
        ("another private key", ed25519(OTHER_PRIVATE, &parts(E1, &payload)), BadSignature),
        ("HMAC by the name of a public key", hmac(SECRET, &parts(E1, &payload)), BadSignature),
        ("HMAC with a public key", hmac(PUBLIC.as_bytes(), &parts(E1, &payload)), BadSignature),
        ("Ed25519 by the name of a secret", by_e1(H1, &payload), BadSignature),
        ("another payload", changed(&of_h1), BadSignature),
        ("another payload of Ed25519", changed(&of_e1), BadSignature),
        ("another header", of_h1.replace(&encode(H1), &encode(format!("{H1} "))), BadSignature),
        ("an unreduced scalar", unreduced, BadSignature),
        ("no signature", with_signature(b""), BadSignature),
        ("no signature of Ed25519", eddsa_with(b""), BadSignature),
        ("zeros", with_signature(&[0; 32]), BadSignature),
        ("zeros of Ed25519", eddsa_with(&[0; 64]), BadSignature),
        ("a byte less", with_signature(&bytes[..31]), BadSignature),
        ("half of it", with_signature(&bytes[..16]), BadSignature),
        ("one byte of it", with_signature(&bytes[..1]), BadSignature),
        ("a byte more", with_signature(&[&bytes[..], &[0]].concat()), BadSignature),
        ("twice", with_signature(&[&bytes[..], &bytes[..]].concat()), BadSignature),
        ("a byte over the longest", with_signature(&[0; 65]), Malformed),
        ("much more", with_signature(&[0; 2000]), Malformed),
        ("half of Ed25519", eddsa_with(&[7; 32]), BadSignature),
        ("a byte more of Ed25519", eddsa_with(&[7; 65]), Malformed),
    ])
}

/// The order of the group, with its lowest byte first.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// In another writing than the one of RFC 7515 §7.1.
pub(crate) fn forms(now: SystemTime) -> Vec<Hostile> {
    use SessionError::{BadSignature, Malformed};
    // As long as leaves bits over, in each part.
    let payload = [" ", "  ", "   "]
        .map(|end| claims(now).to_string() + end)
        .into_iter()
        .find(|payload| encode(payload).len() % 4 == 2)
        .unwrap();
    let header = [H1.to_owned(), format!("{H1} "), format!("{H1}  ")]
        .into_iter()
        .find(|header| encode(header).len() % 4 == 2)
        .unwrap();
    let (header64, payload64) = (encode(&header), encode(&payload));
    let token = by_h1(&header, &payload);
    let signature = token.rsplit_once('.').unwrap().1;
    // The next letter: what is left over is one bit more.
    let next = |text: &str| {
        let (start, last) = text.split_at(text.len() - 1);
        let last = last.bytes().next().unwrap();
        let at = LETTERS.iter().position(|letter| *letter == last).unwrap();
        format!("{start}{}", char::from(LETTERS[at + 1]))
    };
    let sign = |header: &str, payload: &str| hmac(SECRET, &format!("{header}.{payload}"));
    let head = format!("{header64}.{payload64}");
    let padded = |text: &str| URL_SAFE.encode(text);
    named([
        ("bits left over in the header", sign(&next(&header64), &payload64), Malformed),
        ("bits left over in the payload", sign(&header64, &next(&payload64)), Malformed),
        ("bits left over in the signature", format!("{head}.{}", next(signature)), Malformed),
        ("a padded header", sign(&padded(&header), &payload64), Malformed),
        ("a padded payload", sign(&header64, &padded(&payload)), Malformed),
        ("a padded signature", format!("{token}="), Malformed),
        ("a space before", format!(" {token}"), Malformed),
        ("a space behind", format!("{token} "), Malformed),
        ("a new line behind", format!("{token}\n"), Malformed),
        ("a space in the payload", sign(&header64, &format!("{payload64} ")), Malformed),
        ("a new line in the payload", sign(&header64, &format!("\n{payload64}")), Malformed),
        ("a zero byte", format!("{token}\0"), Malformed),
        ("quotes", format!("\"{token}\""), Malformed),
        ("letters that are none", format!("{head}.é"), Malformed),
        ("the standard's letters", format!("{head}.++//"), Malformed),
        ("a part less of a letter", sign(&header64, &payload64[..payload64.len() - 1]), Malformed),
        ("nothing", String::new(), Malformed),
        ("one part", header64.clone(), Malformed),
        ("two parts", head.clone(), Malformed),
        ("one point", ".".to_owned(), Malformed),
        ("two points", "..".to_owned(), Malformed),
        ("three points", "...".to_owned(), Malformed),
        ("no header", format!(".{payload64}.{signature}"), Malformed),
        ("no payload", format!("{header64}..{signature}"), BadSignature),
        ("no payload, signed", sign(&header64, ""), Malformed),
        ("four parts", format!("{token}.{signature}"), Malformed),
        ("four parts, signed", hmac(SECRET, &format!("{head}.{payload64}")), Malformed),
        ("four parts, one empty", format!("{token}."), Malformed),
        ("five parts", format!("{header64}.AA.AA.{payload64}.{signature}"), Malformed),
        ("five parts, signed", hmac(SECRET, &format!("{head}.AA.AA")), Malformed),
        ("a cookie with its name", format!("__Host-siwe={token}"), Malformed),
        ("4001 bytes", filled(now, 4001), Malformed),
        ("many bytes", "A".repeat(100_000), Malformed),
    ])
}

/// A good token of this length: JSON may have spaces in it.
pub(crate) fn filled(now: SystemTime, length: usize) -> String {
    let payload = claims(now).to_string();
    let fill = |header: usize| {
        let header = H1.to_owned() + &" ".repeat(header);
        let bare = by_h1(&header, &payload).len();
        let spaces = (length - bare) * 3 / 4;
        let mut tokens = (spaces - 1..spaces + 2)
            .map(|spaces| by_h1(&header, &(payload.clone() + &" ".repeat(spaces))));
        tokens.find(|token| token.len() == length)
    };
    (0..3).find_map(fill).unwrap()
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[test]
fn a_signature_is_whole_and_of_the_key_that_is_named() {
    check(signatures(now()));
}

#[test]
fn a_token_has_one_writing() {
    check(forms(now()));
}

#[test]
fn the_same_name_with_another_algorithm_is_refused() {
    let payload = claims(now()).to_string();
    let secret = tokens_of(KeyRing::new([hs256()]).unwrap());
    let pair = SessionKey::eddsa_from_pem("h1", PRIVATE).unwrap();
    let pair = tokens_of(KeyRing::new([pair]).unwrap());
    let by_pair = by_e1(&E1.replace("e1", "h1"), &payload);
    assert!(secret.verify(&by_h1(H1, &payload), now()).is_ok());
    assert!(pair.verify(&by_pair, now()).is_ok());
    for (tokens, token) in [(&secret, &by_pair), (&pair, &by_h1(H1, &payload))] {
        assert_eq!(tokens.verify(token, now()).unwrap_err(), SessionError::WrongAlgorithm);
    }
}

#[test]
fn no_key_but_the_one_that_is_named_is_tried() {
    let payload = claims(now()).to_string();
    let other = SessionKey::hs256("h2", [8; 32]).unwrap();
    let keys = KeyRing::new([hs256(), eddsa(), other]).unwrap();
    let tokens = tokens_of(keys);
    let as_other = H1.replace("h1", "h2");
    assert!(tokens.verify(&hmac(&[8; 32], &parts(&as_other, &payload)), now()).is_ok());
    for token in [by_h1(&as_other, &payload), hmac(&[8; 32], &parts(H1, &payload))] {
        assert_eq!(tokens.verify(&token, now()).unwrap_err(), SessionError::BadSignature);
    }
}

#[test]
fn no_token_is_taken_after_a_byte_of_it_has_changed() {
    let of_h1 = tokens();
    let of_e1 = tokens_of(KeyRing::new([eddsa()]).unwrap());
    // Ed25519 takes its time without optimization.
    for (tokens, step) in [(&of_h1, 1), (&of_e1, 11)] {
        let (_, token) = tokens.issue(&login(), Claims::new(), [5; 16], now()).unwrap();
        for at in (0..token.len()).step_by(step) {
            for to in ["A", "B", "-", ".", "=", ""] {
                let mut changed = token.clone();
                changed.replace_range(at..=at, to);
                let refused = tokens.verify(&changed, now()).is_err();
                assert!(refused || changed == token, "{at} {to}");
            }
        }
    }
}

/// Of the type of the first.
fn number<T: From<u64>>(_: &T, number: u64) -> T {
    T::from(number)
}

#[test]
fn who_has_the_private_key_makes_one_signature_of_a_token() {
    let tokens = tokens();
    let signed = parts(E1, &claims(now()).to_string());
    assert!(tokens.verify(&ed25519(PRIVATE, &signed), now()).is_ok());
    // With the neutral point for `R`, which RFC 8032 §5.1.7 does not refuse, `s` is the hash by the key.
    let key = SigningKey::from_pkcs8_pem(PRIVATE).unwrap();
    let public = key.verifying_key();
    let mut point = [0; 32];
    point[0] = 1;
    let hash = Sha512::new().chain_update(point).chain_update(public.as_bytes());
    let hash = hash.chain_update(&signed).finalize();
    let scalar = key.to_scalar();
    let hash = hash.iter().rev().fold(number(&scalar, 0), |sum, byte| {
        sum * number(&scalar, 256) + number(&scalar, u64::from(*byte))
    });
    let twin = [point, (hash * scalar).to_bytes()].concat();
    let signature = twin.as_slice().try_into().unwrap();
    assert!(public.verify(signed.as_bytes(), &signature).is_ok());
    let refused = tokens.verify(&format!("{signed}.{}", encode(twin)), now());
    assert_eq!(refused.unwrap_err(), SessionError::BadSignature);
}
