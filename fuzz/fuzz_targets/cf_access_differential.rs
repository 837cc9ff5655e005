//! Any header and claims, signed: what we accept, `jsonwebtoken` accepts under its strictest
//! settings, and reads the same claims from.
//!
//! The input is the header, a zero byte, and the claims. In the header, `$KID` stands for the `kid`
//! of the key, which is another one in each run.

#![no_main]

use std::sync::LazyLock;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cf_access::VerifyError;
use edgeproof_fuzz::{ACCESS, Members, copy_member};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use libfuzzer_sys::{fuzz_crossover, fuzz_target};
use serde_json::Value;

fuzz_target!(|input: &[u8]| {
    let Some(zero) = input.iter().position(|byte| *byte == 0) else {
        return;
    };
    let (header, claims) = (with_kid(&input[..zero]), &input[zero + 1..]);
    // Dates are no matter of this target: the seeds' claims expire in the year 9999.
    #[expect(clippy::disallowed_methods, reason = "the oracle reads the clock, and takes no other")]
    let now = SystemTime::now();
    // Signing takes most of the time. Most headers are refused without a look at the signature.
    let unsigned = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    match ACCESS.verifier.verify(unsigned + ".AAAA", now) {
        Ok(_) | Err(VerifyError::BadSignature) => {}
        Err(_) => return,
    }
    let token = ACCESS.issuer.sign(&header, claims);
    let Ok(identity) = ACCESS.verifier.verify(&token, now) else {
        return;
    };

    // What the oracle does not look at.
    let members = Members::read(&header).expect("a JSON object");
    assert!(header.len() <= 1024);
    assert_eq!(members.text("alg"), Some("RS256"));
    assert_eq!(members.text("kid"), Some(ACCESS.kid.as_str()));
    assert!(members.get("crit").is_none() && members.get("b64").is_none());
    assert!(members.text("typ").is_none_or(|typ| typ.eq_ignore_ascii_case("JWT")));

    match jsonwebtoken::decode_header(&token) {
        Ok(header) => assert_eq!(header.kid.as_deref(), Some(ACCESS.kid.as_str())),
        // The oracle wants these in their form, once each. We use none of them, and step over all.
        Err(_) if STEPPED_OVER.iter().any(|name| members.has(name)) => return,
        Err(error) => panic!("its header is refused: {error}"),
    }
    let oracle = jsonwebtoken::decode::<Value>(&token, &ORACLE.key, &ORACLE.validation);
    let oracle = oracle.expect("the oracle accepts it too");
    assert_eq!(oracle.claims, identity.claims::<Value>().unwrap());
    assert_eq!(oracle.claims["email"].as_str(), identity.email());
});

fuzz_crossover!(|into: &[u8], from: &[u8], out: &mut [u8], seed: u32| {
    copy_member(from, into, out, seed)
});

fn with_kid(header: &[u8]) -> Vec<u8> {
    let mut filled = Vec::with_capacity(header.len() + ACCESS.kid.len());
    let mut rest = header;
    while let Some((first, others)) = rest.split_first() {
        if let Some(others) = rest.strip_prefix(b"$KID") {
            filled.extend_from_slice(ACCESS.kid.as_bytes());
            rest = others;
        } else {
            filled.push(*first);
            rest = others;
        }
    }
    filled
}

struct Oracle {
    key: DecodingKey,
    validation: Validation,
}

static ORACLE: LazyLock<Oracle> = LazyLock::new(|| {
    let keys: JwkSet = serde_json::from_str(&ACCESS.issuer.certs()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[ACCESS.issuer.audience()]);
    validation.set_issuer(&[ACCESS.issuer.team()]);
    validation.set_required_spec_claims(&["aud", "exp", "iss"]);
    validation.validate_nbf = true;
    validation.leeway = 30;
    Oracle { key: DecodingKey::from_jwk(keys.find(&ACCESS.kid).unwrap()).unwrap(), validation }
});

/// The members of a header to which `jsonwebtoken` gives a type, less those that we read.
const STEPPED_OVER: [&str; 11] =
    ["cty", "enc", "jku", "jwk", "nonce", "url", "x5c", "x5t", "x5t#S256", "x5u", "zip"];
