//! The keys of sessions, and their ring.

use siwe_session::{ConfigError, KeyRing, SessionError, SessionKey};

use crate::forge::{E1, H1, tokens_of};
use crate::forge::{
    OTHER_PUBLIC, PRIVATE, PUBLIC, SECRET, by_e1, by_h1, claims, eddsa, eddsa_public, hs256,
};
use crate::now;

#[test]
fn a_secret_has_32_bytes() {
    assert!(SessionKey::hs256("a", [7; 32]).is_ok());
    assert!(SessionKey::hs256("a", [7; 33]).is_ok());
    assert!(SessionKey::hs256("a", [7; 4096]).is_ok());
    for length in [0, 1, 31] {
        let refused = SessionKey::hs256("a", vec![7; length]).unwrap_err();
        assert_eq!(refused, ConfigError::SecretTooShort, "{length}");
    }
}

type Make = fn(&str) -> Result<SessionKey, ConfigError>;

#[test]
fn a_name_is_64_letters_digits_and_two_signs() {
    let long = "k".repeat(65);
    let make: [Make; 3] = [
        |kid| SessionKey::hs256(kid, SECRET),
        |kid| SessionKey::eddsa_from_pem(kid, PRIVATE),
        |kid| SessionKey::eddsa_public_from_pem(kid, PUBLIC),
    ];
    for make in make {
        for kid in ["k", "2026-11_A", "-", &long[1..]] {
            assert_eq!(make(kid).unwrap().kid(), kid);
        }
        for kid in ["", " ", "a b", "../key", "a/b", "a.b", "a\"b", "a\\", "a\n", "\0", "é", &long]
        {
            assert_eq!(make(kid).unwrap_err(), ConfigError::Kid, "{kid}");
        }
    }
}

#[test]
fn a_private_key_is_that_of_ed25519_in_pem() {
    assert!(SessionKey::eddsa_from_pem("a", PRIVATE).is_ok());
    let body = PRIVATE.lines().nth(1).unwrap();
    for other in [
        "",
        body,
        PUBLIC,
        X25519,
        P256,
        &PRIVATE.replace("PRIVATE", "ED25519 PRIVATE"),
        &PRIVATE.replace("-----END", "----END"),
        // cut off, and one character that is none of base64
        &PRIVATE.replace("BB0v", ""),
        &PRIVATE.replace("BB0v", "BB0*"),
    ] {
        let refused = SessionKey::eddsa_from_pem("a", other).unwrap_err();
        assert_eq!(refused, ConfigError::Ed25519, "{other}");
    }
}

#[test]
fn a_public_key_is_that_of_ed25519_in_pem_and_strong() {
    assert!(SessionKey::eddsa_public_from_pem("a", PUBLIC).is_ok());
    let body = PUBLIC.lines().nth(1).unwrap();
    // The points of small order: 1 itself, and that of order 2; and what is no point.
    let one = PUBLIC.replace(body, "MCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let two = PUBLIC.replace(body, "MCowBQYDK2VwAyEA7P///////////////////////////////////////38=");
    let none = PUBLIC.replace(body, "MCowBQYDK2VwAyEAAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    for other in ["", body, PRIVATE, &one, &two, &none, &PUBLIC.replace("l7Y=", "")] {
        let refused = SessionKey::eddsa_public_from_pem("a", other).unwrap_err();
        assert_eq!(refused, ConfigError::Ed25519, "{other}");
    }
}

#[test]
fn a_ring_has_from_1_to_8_keys_of_different_names() {
    let numbered = |count: u8| {
        (0..count).map(|number| SessionKey::hs256(&format!("k{number}"), [number; 32]).unwrap())
    };
    for count in [1, 2, 8] {
        assert!(KeyRing::new(numbered(count)).is_ok(), "{count}");
    }
    for count in [0, 9] {
        assert_eq!(KeyRing::new(numbered(count)).unwrap_err(), ConfigError::KeyCount, "{count}");
    }
    let twin = SessionKey::eddsa_from_pem("k0", PRIVATE).unwrap();
    let refused = KeyRing::new(numbered(2).chain([twin])).unwrap_err();
    assert_eq!(refused, ConfigError::KidTwice);
    // Names have a case.
    let upper = SessionKey::hs256("K0", [9; 32]).unwrap();
    assert!(KeyRing::new(numbered(2).chain([upper])).is_ok());
}

#[test]
fn the_first_key_of_a_ring_signs() {
    assert_eq!(KeyRing::new([eddsa_public()]).unwrap_err(), ConfigError::PublicKeySigns);
    assert_eq!(KeyRing::new([eddsa_public(), hs256()]).unwrap_err(), ConfigError::PublicKeySigns);
    assert!(KeyRing::new([eddsa()]).is_ok());
    // Behind it, a public key verifies.
    let tokens = tokens_of(KeyRing::new([hs256(), eddsa_public()]).unwrap());
    let claims = claims(now()).to_string();
    assert!(tokens.verify(&by_e1(E1, &claims), now()).is_ok());
    let other = SessionKey::eddsa_public_from_pem("e1", OTHER_PUBLIC).unwrap();
    let tokens = tokens_of(KeyRing::new([hs256(), other]).unwrap());
    let refused = tokens.verify(&by_e1(E1, &claims), now());
    assert_eq!(refused.unwrap_err(), SessionError::BadSignature);
}

#[test]
fn keys_are_replaced_for_every_clone_or_not_at_all() {
    let keys = KeyRing::new([hs256()]).unwrap();
    let tokens = tokens_of(keys.clone());
    let claims = claims(now()).to_string();
    let of_h1 = by_h1(H1, &claims);
    let of_e1 = by_e1(E1, &claims);
    let check = |token: &str| tokens.verify(token, now()).map(|_| ());
    for (refused, error) in [
        (vec![], ConfigError::KeyCount),
        (vec![eddsa_public(), hs256()], ConfigError::PublicKeySigns),
        (vec![eddsa(), eddsa_public()], ConfigError::KidTwice),
    ] {
        assert_eq!(keys.reload(refused).unwrap_err(), error);
        assert_eq!(check(&of_h1), Ok(()), "{error}");
        assert_eq!(check(&of_e1), Err(SessionError::UnknownKey), "{error}");
    }
    keys.reload([eddsa()]).unwrap();
    assert_eq!(check(&of_h1), Err(SessionError::UnknownKey));
    assert_eq!(check(&of_e1), Ok(()));
}

#[test]
fn debug_shows_names_and_no_key() {
    let keys = KeyRing::new([hs256(), eddsa()]).unwrap();
    assert_eq!(
        format!("{keys:?} {:?}", eddsa_public()),
        r#"[SessionKey { kid: "h1", algorithm: Hs256, can_sign: true, .. }, "#.to_owned()
            + r#"SessionKey { kid: "e1", algorithm: EdDsa, can_sign: true, .. }] "#
            + r#"SessionKey { kid: "e1", algorithm: EdDsa, can_sign: false, .. }"#
    );
}

const X25519: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIKCHbmKFnLQu65ERnv9iBcoQ0ocyfVtBHdS0X0gdYRRN
-----END PRIVATE KEY-----
";

const P256: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBBNEG0KRgZ5gPllS
K7hsiNYtToHrdMMhWsTB9PaHrnyhRANCAATlZd2sebPf8FJWZHs0DJNpoxbjZ3M0
D61aAtOHlFW7xDDCR+LPoLKlGwOpIKl6T1pcxa/HKvbi5nEeIvISyg7y
-----END PRIVATE KEY-----
";
