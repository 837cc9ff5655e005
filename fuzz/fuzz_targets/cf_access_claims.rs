//! Any bytes as claims, signed: what is accepted says all that the identity says, and once.

#![no_main]

use std::time::{Duration, SystemTime};

use cf_access::{Principal, TokenPart, VerifyError};
use edgeproof_fuzz::{ACCESS, Members, copy_member};
use libfuzzer_sys::{fuzz_crossover, fuzz_target};
use serde_json::Value;

fuzz_target!(|payload: &[u8]| {
    let header = format!(r#"{{"alg":"RS256","kid":"{}","typ":"JWT"}}"#, ACCESS.kid);
    let token = ACCESS.issuer.sign(header.as_bytes(), payload);
    let identity = match ACCESS.verifier.verify(&token, at(NOW)) {
        Ok(identity) => identity,
        Err(error) => return assert!(!is_about_the_token(error), "a genuine one: {error}"),
    };
    let claims = Members::read(payload).expect("a JSON object");
    identity.claims::<Value>().expect("claims that can be read");

    assert_eq!(claims.text("iss"), Some(ACCESS.issuer.team().issuer()));
    let audience = ACCESS.issuer.audience();
    assert_eq!(identity.audience(), audience);
    match claims.get("aud") {
        Some(Value::String(aud)) => assert_eq!(aud, audience.as_str()),
        Some(Value::Array(aud)) => {
            assert!(aud.iter().all(Value::is_string));
            assert!(aud.iter().any(|aud| aud == audience.as_str()));
        }
        other => panic!("`aud`: {other:?}"),
    }
    assert!(matches!(claims.text("type"), None | Some("app")));

    let date = |name| claims.get(name).map(|date| date.as_u64().expect("a date"));
    let (exp, iat) = (date("exp").expect("`exp`"), date("iat").expect("`iat`"));
    assert!(exp + LEEWAY > NOW);
    assert!(iat <= NOW + LEEWAY);
    assert!(date("nbf").is_none_or(|nbf| nbf <= NOW + LEEWAY));
    assert_eq!(identity.expires_at(), at(exp));
    assert_eq!(identity.issued_at(), at(iat));

    let (sub, email) = (claims.text("sub"), claims.text("email"));
    let common_name = claims.text("common_name");
    let names_a_machine = common_name.is_some_and(|name| name.ends_with(".access"));
    assert_eq!(identity.email(), email);
    match identity.principal() {
        Principal::User(user) => {
            assert_eq!((sub, email), (Some(user.id()), Some(user.email())));
            assert!(!user.id().is_empty() && !user.email().is_empty() && !names_a_machine);
        }
        Principal::ServiceToken(client_id) => {
            assert_eq!((sub, email), (Some(""), None));
            assert_eq!(common_name, Some(client_id.as_str()));
            assert!(names_a_machine);
        }
        other => panic!("neither a person nor a service token: {other:?}"),
    }
    assert_eq!(identity.country(), claims.text("country"));
    for exposed in [sub, email, common_name, identity.country()] {
        assert!(!exposed.is_some_and(|text| text.contains(char::is_control)));
    }
});

fuzz_crossover!(|into: &[u8], from: &[u8], out: &mut [u8], seed: u32| {
    copy_member(from, into, out, seed)
});

/// What cannot be wrong with a token that the issuer signed, other than its length.
fn is_about_the_token(error: VerifyError) -> bool {
    matches!(
        error,
        VerifyError::Malformed(TokenPart::Compact | TokenPart::Header)
            | VerifyError::UnsupportedAlg
            | VerifyError::CriticalHeader
            | VerifyError::MissingKid
            | VerifyError::UnknownKid
            | VerifyError::BadSignature
    )
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

const NOW: u64 = 1_790_000_000;
const LEEWAY: u64 = 30;
