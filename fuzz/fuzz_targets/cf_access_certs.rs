//! Any bytes as a certs document: each key that is used is one that the document offers for
//! RS256 signatures, by another reader's account.

#![no_main]

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cf_access::KeySet;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|certs: &[u8]| {
    let Ok(set) = KeySet::from_json(certs) else {
        return;
    };
    let kids: Vec<&str> = set.kids().collect();
    assert!(!kids.is_empty());
    assert!(kids.len() + set.skipped().count() <= 16);
    assert_eq!(kids.iter().collect::<HashSet<_>>().len(), kids.len());
    for kid in &kids {
        assert!((1..=128).contains(&kid.len()));
        assert!(kid.bytes().all(|byte| byte.is_ascii_graphic()));
    }

    let document: Value = match serde_json::from_slice(certs) {
        Ok(document) => document,
        Err(error) if is_stepped_over(&error) => return,
        Err(error) => panic!("not JSON: {error}"),
    };
    let keys = document["keys"].as_array().expect("an array of keys");
    for kid in kids {
        let mut named = keys.iter().filter(|key| key["kid"] == *kid);
        assert!(named.any(verifies_rs256), "`{kid}`");
    }
});

/// RFC 7517 §4: what `use`, `key_ops` and `alg` say is binding, if they are there.
fn verifies_rs256(key: &Value) -> bool {
    let is_absent_or = |name: &str, text: &str| key[name].is_null() || key[name] == text;
    let verifies = match &key["key_ops"] {
        Value::Null => true,
        Value::Array(ops) => ops.iter().any(|op| op == "verify"),
        _ => false,
    };
    let n = key["n"].as_str().and_then(|n| URL_SAFE_NO_PAD.decode(n).ok());
    key["kty"] == "RSA"
        && key["d"].is_null()
        && is_absent_or("use", "sig")
        && is_absent_or("alg", "RS256")
        && verifies
        && n.is_some_and(|n| has_2048_to_4096_bits(&n))
}

fn has_2048_to_4096_bits(n: &[u8]) -> bool {
    match n.first() {
        None | Some(0) => false,
        Some(0x80..) => (256..=512).contains(&n.len()),
        Some(_) => (257..=512).contains(&n.len()),
    }
}

/// A certs document is read for its keys. The rest is only followed to its end, while the oracle
/// makes values of it, and so refuses what no value can hold.
fn is_stepped_over(error: &serde_json::Error) -> bool {
    let error = error.to_string();
    [
        "recursion limit exceeded",
        "number out of range",
        "lone leading surrogate",
        "unexpected end of hex escape",
    ]
    .iter()
    .any(|reason| error.starts_with(reason))
}
