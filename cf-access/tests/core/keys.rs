//! Key sets: which keys are used, and that an odd one never spoils the others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cf_access::testing::Issuer;
use cf_access::{CfAccess, KeySet, KeySetError, SkipReason, TeamKeys, VerifyError};
use serde_json::{Value, json};

use crate::{ISSUER, now, user};

/// The key that signs.
fn jwk() -> Value {
    let certs: Value = serde_json::from_str(&ISSUER.certs()).unwrap();
    certs["keys"][1].clone()
}

/// A key that signs nothing here.
fn other_jwk() -> Value {
    let certs: Value = serde_json::from_str(&ISSUER.certs()).unwrap();
    certs["keys"][0].clone()
}

fn with(member: &str, value: Value) -> Value {
    let mut jwk = jwk();
    jwk[member] = value;
    jwk
}

fn without(member: &str) -> Value {
    let mut jwk = jwk();
    jwk.as_object_mut().unwrap().remove(member);
    jwk
}

fn set(keys: &[Value]) -> Result<KeySet, KeySetError> {
    KeySet::from_json(json!({ "keys": keys }).to_string().as_bytes())
}

/// Why this key is not used, though the others beside it are.
fn skipped(key: Value) -> Option<SkipReason> {
    let other = other_jwk();
    let set = set(&[key, other.clone()]).unwrap();
    let kids: Vec<&str> = set.kids().collect();
    assert!(kids.contains(&other["kid"].as_str().unwrap()));
    let mut reasons = set.skipped().map(|(_, reason)| reason);
    let reason = reasons.next();
    assert_eq!(kids.len(), if reason.is_some() { 1 } else { 2 });
    assert_eq!(reasons.next(), None);
    reason
}

fn verifies(keys: KeySet) -> bool {
    let keys = TeamKeys::fixed(ISSUER.team().clone(), keys);
    let access = CfAccess::builder(keys, [ISSUER.audience().clone()]).build().unwrap();
    access.verify(user().token(), now()).is_ok()
}

#[test]
fn reads_the_document_that_access_publishes() {
    let keys = KeySet::from_json(ISSUER.certs().as_bytes()).unwrap();
    let expected = [other_jwk(), jwk()].map(|jwk| jwk["kid"].as_str().unwrap().to_owned());
    assert_eq!(keys.kids().collect::<Vec<_>>(), expected);
    assert_eq!(keys.skipped().count(), 0);
    assert!(verifies(keys));
}

#[test]
fn the_test_issuer_publishes_the_exact_shape() {
    let ours: Value = serde_json::from_str(&ISSUER.certs()).unwrap();
    let captured: Value = serde_json::from_str(include_str!("../vectors/certs.json")).unwrap();
    fn shape(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), shape(value))).collect()
            }
            Value::Array(elements) => elements.iter().map(shape).collect(),
            Value::String(text) if text.starts_with("-----BEGIN CERTIFICATE-----") => {
                json!("certificate")
            }
            Value::String(text) if text.len() == 64 => json!("kid"),
            Value::String(text) if text.len() == 342 => json!("modulus"),
            other => other.clone(),
        }
    }
    assert_eq!(shape(&ours), shape(&captured));
}

#[test]
fn ignores_the_order_of_the_keys_and_public_cert() {
    for document in [
        json!({ "keys": [jwk(), other_jwk()] }),
        json!({ "keys": [other_jwk(), jwk()], "public_cert": { "kid": "x", "cert": "not PEM" } }),
        json!({ "public_certs": 1, "public_cert": null, "keys": [jwk()] }),
    ] {
        assert!(
            verifies(KeySet::from_json(document.to_string().as_bytes()).unwrap()),
            "{document}"
        );
    }
    let only_public_cert =
        json!({ "keys": [other_jwk()], "public_cert": { "kid": jwk()["kid"], "cert": "" } });
    assert!(!verifies(KeySet::from_json(only_public_cert.to_string().as_bytes()).unwrap()));
}

#[test]
fn honours_use_key_ops_and_alg() {
    for usable in [
        jwk(),
        without("use"),
        without("alg"),
        with("use", json!(null)),
        with("key_ops", json!(["verify"])),
        with("key_ops", json!(["sign", "verify"])),
        with("x5t", json!("unknown members are stepped over")),
    ] {
        assert_eq!(skipped(usable.clone()), None, "{usable}");
        assert!(verifies(set(&[usable]).unwrap()));
    }
    for (member, value, reason) in [
        ("use", json!("enc"), SkipReason::NotForSignatures),
        ("use", json!(""), SkipReason::NotForSignatures),
        ("key_ops", json!(["encrypt"]), SkipReason::NotForSignatures),
        ("key_ops", json!([]), SkipReason::NotForSignatures),
        ("alg", json!("RS512"), SkipReason::NotRs256),
        ("alg", json!("PS256"), SkipReason::NotRs256),
        ("alg", json!("HS256"), SkipReason::NotRs256),
        ("alg", json!("rs256"), SkipReason::NotRs256),
        ("kty", json!("EC"), SkipReason::NotRsa),
        ("kty", json!("oct"), SkipReason::NotRsa),
        ("kty", json!("rsa"), SkipReason::NotRsa),
        ("d", json!("AQAB"), SkipReason::Private),
    ] {
        assert_eq!(skipped(with(member, value.clone())), Some(reason), "{member}: {value}");
    }
}

#[test]
fn steps_over_what_is_no_key() {
    for odd in [
        json!(null),
        json!(1),
        json!("key"),
        json!([]),
        json!({}),
        without("kty"),
        without("kid"),
        with("kid", json!(1)),
        with("kid", json!("")),
        with("kid", json!("a b")),
        with("kid", json!("é")),
        with("kid", json!("a".repeat(129))),
        with("use", json!(1)),
        with("alg", json!(["RS256"])),
        with("key_ops", json!("verify")),
        with("n", json!(1)),
        // The members in the order of their declaration: an array is not an object.
        json!(["RSA", "kid", "sig", ["verify"], "RS256", jwk()["n"], "AQAB", null]),
    ] {
        assert_eq!(skipped(odd.clone()), Some(SkipReason::Malformed), "{odd}");
    }
    assert_eq!(skipped(with("kid", json!("a".repeat(128)))), None);
}

#[test]
fn says_which_keys_it_left_out() {
    let keys = set(&[with("use", json!("enc")), other_jwk(), json!(1)]).unwrap();
    let kid = jwk()["kid"].as_str().unwrap().to_owned();
    let expected =
        [(Some(kid.as_str()), SkipReason::NotForSignatures), (None, SkipReason::Malformed)];
    assert_eq!(keys.skipped().collect::<Vec<_>>(), expected);
}

#[test]
fn takes_moduli_of_2048_to_4096_bits() {
    let modulus = |bits: usize| {
        let mut n = vec![0xff_u8; bits.div_ceil(8)];
        if !bits.is_multiple_of(8) {
            n[0] = 0xff >> (8 - bits % 8);
        }
        with("n", json!(URL_SAFE_NO_PAD.encode(n)))
    };
    for bits in [2048, 2049, 3072, 4095, 4096] {
        assert_eq!(skipped(modulus(bits)), None, "{bits}");
    }
    for bits in [8, 1024, 2047, 4097, 8192, 16384] {
        assert_eq!(skipped(modulus(bits)), Some(SkipReason::Size), "{bits}");
    }
}

#[test]
fn refuses_a_modulus_or_exponent_that_is_no_rsa_key() {
    let n = URL_SAFE_NO_PAD.decode(jwk()["n"].as_str().unwrap()).unwrap();
    let mut even = n.clone();
    *even.last_mut().unwrap() &= 0xfe;
    let mut padded_with_zero = vec![0];
    padded_with_zero.extend(&n);
    for (member, value) in [
        ("n", json!(URL_SAFE_NO_PAD.encode(even))),
        ("n", json!(URL_SAFE_NO_PAD.encode(padded_with_zero))),
        ("n", json!(format!("{}=", jwk()["n"].as_str().unwrap()))),
        ("n", json!("+/+/")),
        ("n", json!("")),
        ("n", json!(null)),
        ("e", json!("")),
        ("e", json!(null)),
        ("e", json!("AQ")),
        ("e", json!("Ag")),
        ("e", json!("AAEAAQ")),
        ("e", json!("AQAB=")),
        ("e", json!("_".repeat(40))),
    ] {
        assert_eq!(
            skipped(with(member, value.clone())),
            Some(SkipReason::Invalid),
            "{member}: {value}"
        );
    }
}

#[test]
fn refuses_both_keys_of_a_kid_that_two_have() {
    let mut twin = other_jwk();
    twin["kid"] = jwk()["kid"].clone();
    assert_eq!(set(&[jwk(), twin.clone()]).err(), Some(KeySetError::NoUsableKey));
    assert_eq!(set(&[jwk(), twin.clone(), jwk()]).err(), Some(KeySetError::NoUsableKey));
    let keys = set(&[jwk(), other_jwk(), twin]).unwrap();
    assert_eq!(keys.kids().collect::<Vec<_>>(), [other_jwk()["kid"].as_str().unwrap()]);
    let duplicates = keys.skipped().filter(|(_, reason)| *reason == SkipReason::DuplicateKid);
    assert_eq!(duplicates.count(), 2);
    assert!(!verifies(keys));
}

#[test]
fn takes_the_same_key_twice_for_one() {
    let keys = set(&[jwk(), jwk(), other_jwk()]).unwrap();
    assert_eq!(keys.kids().count(), 2);
    assert_eq!(keys.skipped().count(), 0);
    assert!(verifies(keys));
    // The same modulus under two names is two keys.
    assert_eq!(set(&[jwk(), with("kid", json!("x"))]).unwrap().kids().count(), 2);
}

#[test]
fn refuses_a_document_that_is_none() {
    for document in [
        "",
        "null",
        "[]",
        "{}",
        "1",
        "{\"keys\":null}",
        "{\"keys\":{}}",
        "{\"keys\":\"\"}",
        "{\"keys\":[]",
        "{\"keys\":[]}x",
        "{\"keys\":[],\"keys\":[]}",
        "<html>",
        "{\"keys\":[{]}",
        "[[]]",
    ] {
        assert_eq!(
            KeySet::from_json(document.as_bytes()).err(),
            Some(KeySetError::Malformed),
            "{document}"
        );
    }
    assert_eq!(
        KeySet::from_json(b"{\"keys\":[],\"x\":\"\xff\"}").err(),
        Some(KeySetError::Malformed)
    );
    assert_eq!(KeySet::from_json(b" {\"keys\":[]}").err(), Some(KeySetError::NoUsableKey));
}

#[test]
fn refuses_a_document_over_128_kib_or_16_keys() {
    let document = |length: usize| {
        let document = json!({ "keys": [jwk()], "x": "" }).to_string();
        let filler = "x".repeat(length - document.len());
        json!({ "keys": [jwk()], "x": filler }).to_string()
    };
    assert!(KeySet::from_json(document(128 * 1024).as_bytes()).is_ok());
    let over = KeySet::from_json(document(128 * 1024 + 1).as_bytes());
    assert_eq!(over.err(), Some(KeySetError::TooLarge));

    let keys: Vec<Value> = (0..17).map(|n| with("kid", json!(format!("k{n}")))).collect();
    assert_eq!(set(&keys[..16]).unwrap().kids().count(), 16);
    assert_eq!(set(&keys).err(), Some(KeySetError::TooLarge));
}

#[test]
fn follows_a_rotation_when_the_document_is_read_again() {
    let mut issuer = Issuer::new();
    let access = |issuer: &Issuer| {
        CfAccess::builder(issuer.keys(), [issuer.audience().clone()]).build().unwrap()
    };
    let token =
        |issuer: &Issuer| issuer.user("alice@example.com").lifetime(now(), crate::HOUR).token();
    let (before, first) = (access(&issuer), token(&issuer));
    issuer.rotate();
    let (after, second) = (access(&issuer), token(&issuer));
    assert_eq!(before.verify(&second, now()).err(), Some(VerifyError::UnknownKid));
    assert!(after.verify(&second, now()).is_ok());
    assert!(after.verify(&first, now()).is_ok(), "the previous key stays valid");
    issuer.rotate();
    assert_eq!(access(&issuer).verify(&first, now()).err(), Some(VerifyError::UnknownKid));
}

#[cfg(feature = "jsonwebtoken")]
#[test]
fn takes_the_key_set_of_jsonwebtoken() {
    use jsonwebtoken::jwk::JwkSet;

    let read: JwkSet = serde_json::from_str(&ISSUER.certs()).unwrap();
    assert!(verifies(KeySet::try_from(&read).unwrap()));
    let enc: JwkSet =
        serde_json::from_value(json!({ "keys": [with("use", json!("enc"))] })).unwrap();
    assert_eq!(KeySet::try_from(&enc).err(), Some(KeySetError::NoUsableKey));
}
