//! The compact form, the header and the signature.

use cf_access::{TokenPart, VerifyError};
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use crate::{ISSUER, access, now, user, verify};

const MALFORMED: VerifyError = VerifyError::Malformed(TokenPart::Compact);
const MALFORMED_HEADER: VerifyError = VerifyError::Malformed(TokenPart::Header);

/// A genuine token, signed once for the tests that change it a thousand times.
static GENUINE: LazyLock<String> = LazyLock::new(|| user().token());

fn refusal(token: impl AsRef<[u8]>) -> Option<VerifyError> {
    access().verify(token, now()).err()
}

/// Signs a header as it is, with claims that would pass.
fn with_header(header: &str) -> Option<VerifyError> {
    let token = user().token();
    let payload = token.split('.').nth(1).unwrap();
    refusal(ISSUER.sign(header.as_bytes(), &decode(payload)))
}

fn decode(part: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()
}

fn kid() -> String {
    let header: serde_json::Value =
        serde_json::from_slice(&decode(user().token().split('.').next().unwrap())).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[test]
fn accepts_a_genuine_token_as_text_and_as_bytes() {
    let token = user().token();
    assert!(refusal(&token).is_none());
    assert!(refusal(token.as_bytes()).is_none());
}

#[test]
fn accepts_a_header_in_another_order_and_with_other_members() {
    let kid = kid();
    for header in [
        format!(r#"{{"typ":"JWT","kid":"{kid}","alg":"RS256"}}"#),
        format!(r#"{{ "alg" : "RS256" , "kid" : "{kid}" }}"#),
        format!(
            r#"{{"alg":"RS256","kid":"{kid}","typ":"jwt","jwk":{{"kty":"RSA"}},"x5c":["a"],"x":null}}"#
        ),
    ] {
        assert_eq!(with_header(&header), None, "{header}");
    }
}

#[test]
fn refuses_all_but_three_parts() {
    let token = user().token();
    let parts: Vec<&str> = token.split('.').collect();
    for hostile in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        parts[0].to_owned(),
        parts[..2].join("."),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{}", parts[2]),
        format!(".{}.{}", parts[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
    ] {
        assert_eq!(refusal(&hostile), Some(MALFORMED), "{hostile}");
    }
}

#[test]
fn refuses_a_byte_outside_of_the_alphabet_in_any_part() {
    let token = &*GENUINE;
    for (at, part) in token.split('.').enumerate() {
        for byte in (0..=255_u8).filter(|byte| *byte != b'.') {
            if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
                continue;
            }
            let mut bytes = token.clone().into_bytes();
            let start = token.split('.').take(at).map(|part| part.len() + 1).sum::<usize>();
            bytes[start + part.len() / 2] = byte;
            assert_eq!(refusal(&bytes), Some(MALFORMED), "{byte:#x} in part {at}");
        }
    }
}

#[test]
fn refuses_padding_and_a_last_symbol_with_stray_bits() {
    let token = user().token();
    assert_eq!(refusal(format!("{token}=")), Some(MALFORMED));
    assert_eq!(refusal(format!("{token}==")), Some(MALFORMED));
    // 256 bytes leave four bits of the last symbol, which must be zero.
    let (rest, last) = token.split_at(token.len() - 1);
    let twin = match last {
        "A" => "B",
        "Q" => "R",
        "g" => "h",
        "w" => "x",
        other => panic!("not a last symbol of 256 bytes: {other}"),
    };
    assert_eq!(refusal(format!("{rest}{twin}")), Some(MALFORMED));
}

#[test]
fn refuses_a_token_over_8_kib() {
    let token = |length: usize| {
        let token = user().claim("x", "").token();
        // Three more bytes make four more symbols.
        let filler = "x".repeat((length - token.len()) / 4 * 3);
        user().claim("x", filler).token()
    };
    let longest = token(8192);
    assert!((8188..=8192).contains(&longest.len()));
    assert_eq!(refusal(&longest), None);
    let over = token(8192 + 8);
    assert!((8193..=8200).contains(&over.len()));
    assert_eq!(refusal(&over), Some(VerifyError::TooLarge));
    assert_eq!(refusal("A".repeat(8193)), Some(VerifyError::TooLarge));
    assert_eq!(refusal("A".repeat(8192)), Some(MALFORMED));
}

#[test]
fn refuses_a_header_over_1_kib() {
    let kid = kid();
    let header = |length: usize| {
        let header = format!(r#"{{"alg":"RS256","kid":"{kid}","x":""}}"#);
        let filler = "x".repeat(length - header.len());
        format!(r#"{{"alg":"RS256","kid":"{kid}","x":"{filler}"}}"#)
    };
    assert_eq!(with_header(&header(1024)), None);
    assert_eq!(with_header(&header(1025)), Some(VerifyError::TooLarge));
}

#[test]
fn refuses_every_algorithm_but_rs256() {
    for alg in [
        "none", "None", "", "rs256", "RS256 ", "HS256", "HS384", "HS512", "RS384", "RS512",
        "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "RSA1_5",
    ] {
        assert_eq!(
            verify(&user().header("alg", alg)).err(),
            Some(VerifyError::UnsupportedAlg),
            "{alg}"
        );
    }
    assert_eq!(verify(&user().header("alg", 256)).err(), Some(MALFORMED_HEADER));
    assert_eq!(verify(&user().header("alg", json!(["RS256"]))).err(), Some(MALFORMED_HEADER));
    assert_eq!(verify(&user().without_header("alg")).err(), Some(MALFORMED_HEADER));
}

#[test]
fn refuses_crit_and_b64_whatever_they_say() {
    for crit in [json!([]), json!(["exp"]), json!(["b64"]), json!("b64"), json!(null)] {
        let refused = verify(&user().header("crit", crit.clone())).err();
        assert_eq!(refused, Some(VerifyError::CriticalHeader), "{crit}");
    }
    for b64 in [json!(true), json!(false)] {
        assert_eq!(verify(&user().header("b64", b64)).err(), Some(VerifyError::CriticalHeader));
    }
}

#[test]
fn refuses_another_typ() {
    for typ in ["at+jwt", "JWE", "", "JWT ", "application/jwt", "JWTS"] {
        assert_eq!(verify(&user().header("typ", typ)).err(), Some(VerifyError::WrongType), "{typ}");
    }
    assert_eq!(verify(&user().header("typ", 1)).err(), Some(MALFORMED_HEADER));
    assert!(verify(&user().header("typ", "jwt")).is_ok());
    assert!(verify(&user().without_header("typ")).is_ok());
}

#[test]
fn refuses_a_missing_kid_and_one_that_the_team_does_not_have() {
    let kid = kid();
    assert_eq!(verify(&user().without_header("kid")).err(), Some(VerifyError::MissingKid));
    assert_eq!(verify(&user().header("kid", "")).err(), Some(VerifyError::MissingKid));
    for unknown in [kid.to_uppercase(), format!("{kid} "), kid[1..].to_owned(), "f".repeat(64)] {
        let refused = verify(&user().header("kid", unknown.clone())).err();
        assert_eq!(refused, Some(VerifyError::UnknownKid), "{unknown}");
    }
    assert_eq!(verify(&user().header("kid", 1)).err(), Some(MALFORMED_HEADER));
    assert_eq!(verify(&user().header("kid", json!(null))).err(), Some(MALFORMED_HEADER));
}

#[test]
fn refuses_a_header_with_a_member_twice_or_an_escape_sequence() {
    let kid = kid();
    for header in [
        format!(r#"{{"alg":"RS256","kid":"{kid}","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"none","alg":"RS256","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","\u006bid":"other"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","x":"\u0061"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}"}}x"#),
        format!(r#"[{{"alg":"RS256","kid":"{kid}"}}]"#),
        "null".to_owned(),
        "{}".to_owned(),
    ] {
        assert_eq!(with_header(&header), Some(MALFORMED_HEADER), "{header}");
    }
}

#[test]
fn refuses_the_signature_of_another_key_of_the_same_set() {
    let kids = ISSUER.certs();
    let certs: serde_json::Value = serde_json::from_str(&kids).unwrap();
    let previous = certs["keys"][0]["kid"].as_str().unwrap();
    assert_ne!(previous, kid());
    assert_eq!(verify(&user().header("kid", previous)).err(), Some(VerifyError::BadSignature));
}

#[test]
fn refuses_a_signature_of_another_length() {
    let token = user().token();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut longer = signature.to_owned();
    longer.insert_str(0, "AAAA");
    for signature in
        [&signature[4..], &longer, "AAAA", &"A".repeat(342), &"A".repeat(684), &"A".repeat(7000)]
    {
        let refused = refusal(format!("{signed}.{signature}"));
        assert_eq!(refused, Some(VerifyError::BadSignature), "{} symbols", signature.len());
    }
}

#[test]
fn looks_at_no_claim_before_the_signature_holds() {
    let token = user().claim("exp", 0).claim("iss", "https://evil.example").token();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", "A".repeat(342));
    assert_eq!(refusal(forged), Some(VerifyError::BadSignature));
}

proptest! {
    #[test]
    fn never_accepts_a_token_with_one_bit_flipped(at: prop::sample::Index, bit in 0..8_u8) {
        let mut token = GENUINE.clone().into_bytes();
        let at = at.index(token.len());
        token[at] ^= 1 << bit;
        prop_assert!(access().verify(&token, now()).is_err());
    }

    #[test]
    fn never_accepts_a_token_with_one_symbol_replaced(at: prop::sample::Index, symbol in "[A-Za-z0-9_.-]") {
        let token = &*GENUINE;
        let at = at.index(token.len());
        prop_assume!(token[at..=at] != symbol);
        let hostile = format!("{}{symbol}{}", &token[..at], &token[at + 1..]);
        prop_assert!(access().verify(&hostile, now()).is_err());
    }

    #[test]
    fn never_accepts_a_token_cut_short_or_extended(at: prop::sample::Index, symbol in "[A-Za-z0-9_.=-]") {
        let token = &*GENUINE;
        let at = at.index(token.len());
        prop_assert!(access().verify(&token[..at], now()).is_err());
        let hostile = format!("{}{symbol}{}", &token[..at], &token[at..]);
        prop_assert!(access().verify(&hostile, now()).is_err());
    }

    #[test]
    fn never_panics_on_any_bytes(bytes: Vec<u8>) {
        prop_assert!(access().verify(&bytes, now()).is_err());
    }

    #[test]
    fn never_panics_on_any_signed_header_and_payload(header: Vec<u8>, payload: Vec<u8>) {
        prop_assert!(access().verify(ISSUER.sign(&header, &payload), now()).is_err());
    }
}
