//! The claims of a token whose signature holds: their form, issuer, audience and type.

use cf_access::{CfAccess, TokenPart, VerifyError};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{ISSUER, access, builder, now, other_audience, user, verify};

fn refusal(name: &'static str, value: Value) -> Option<VerifyError> {
    verify(&user().claim(name, value)).err()
}

/// A genuine header and signature over these bytes.
fn with_payload(payload: &[u8]) -> Option<VerifyError> {
    let token = user().token();
    let header = token.split('.').next().unwrap();
    use base64::Engine;
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    access().verify(ISSUER.sign(&header, payload), now()).err()
}

#[test]
fn refuses_a_token_of_another_application_of_the_team() {
    let refused = verify(&user().audience(&other_audience())).err();
    assert_eq!(refused, Some(VerifyError::WrongAudience));
}

#[test]
fn compares_the_audience_as_a_whole() {
    let aud = ISSUER.audience().as_str();
    for other in [
        format!("{aud}0"),
        format!("0{aud}"),
        aud[1..].to_owned(),
        aud.to_uppercase(),
        format!("{aud},{aud}"),
        format!(" {aud}"),
        String::new(),
    ] {
        assert_eq!(refusal("aud", json!([other])), Some(VerifyError::WrongAudience), "{other}");
        assert_eq!(refusal("aud", json!(other)), Some(VerifyError::WrongAudience), "{other}");
    }
    assert_eq!(refusal("aud", json!([])), Some(VerifyError::WrongAudience));
}

#[test]
fn accepts_an_audience_as_text_and_among_others() {
    let aud = ISSUER.audience().as_str();
    for value in [json!(aud), json!([aud]), json!(["other", aud]), json!([aud, "other"])] {
        assert_eq!(refusal("aud", value.clone()), None, "{value}");
    }
}

#[test]
fn refuses_an_audience_of_another_form() {
    let aud = ISSUER.audience().as_str();
    for value in [
        json!(1),
        json!(null),
        json!({ "aud": aud }),
        json!([[aud]]),
        json!([aud, 1]),
        json!([1, aud]),
        json!([aud, null]),
    ] {
        assert_eq!(
            refusal("aud", value.clone()),
            Some(VerifyError::InvalidClaim("aud")),
            "{value}"
        );
    }
    let missing = verify(&user().without_claim("aud")).err();
    assert_eq!(missing, Some(VerifyError::MissingClaim("aud")));
}

#[test]
fn says_which_of_several_audiences_matched() {
    let audiences = [ISSUER.audience().clone(), other_audience()];
    let access = CfAccess::builder(ISSUER.keys(), audiences.clone()).build().unwrap();
    for audience in audiences {
        let identity = access.verify(user().audience(&audience).token(), now()).unwrap();
        assert_eq!(*identity.audience(), audience);
    }
    let third = user().audience(&"third".parse().unwrap()).token();
    assert_eq!(access.verify(third, now()).err(), Some(VerifyError::WrongAudience));
}

#[test]
fn refuses_another_issuer_to_the_letter() {
    let iss = ISSUER.team().issuer();
    for other in [
        format!("{iss}/"),
        format!("{iss}.evil.example"),
        iss.replace("https", "http"),
        iss.to_uppercase(),
        iss.replace("edgeproof", "other"),
        iss.replace("https://", "https://user@"),
        format!(" {iss}"),
        String::new(),
    ] {
        assert_eq!(refusal("iss", json!(other)), Some(VerifyError::WrongIssuer), "{other}");
    }
    assert_eq!(refusal("iss", json!([iss])), Some(VerifyError::InvalidClaim("iss")));
    assert_eq!(refusal("iss", json!(null)), Some(VerifyError::InvalidClaim("iss")));
    let missing = verify(&user().without_claim("iss")).err();
    assert_eq!(missing, Some(VerifyError::MissingClaim("iss")));
}

#[test]
fn accepts_a_renamed_team_only_while_it_is_configured() {
    let renamed = user().claim("iss", "https://renamed.cloudflareaccess.com").token();
    assert_eq!(access().verify(&renamed, now()).err(), Some(VerifyError::WrongIssuer));
    let access = builder().extra_issuer("renamed".parse().unwrap()).build().unwrap();
    assert!(access.verify(&renamed, now()).is_ok());
    assert!(access.verify(user().token(), now()).is_ok());
    let third = user().claim("iss", "https://third.cloudflareaccess.com").token();
    assert_eq!(access.verify(third, now()).err(), Some(VerifyError::WrongIssuer));
}

#[test]
fn refuses_every_type_but_app() {
    for other in ["org", "APP", "app ", ""] {
        assert_eq!(refusal("type", json!(other)), Some(VerifyError::WrongType), "{other}");
    }
    assert_eq!(refusal("type", json!(1)), Some(VerifyError::InvalidClaim("type")));
    assert_eq!(refusal("type", json!(["app"])), Some(VerifyError::InvalidClaim("type")));
    assert_eq!(refusal("type", json!(null)), Some(VerifyError::InvalidClaim("type")));
}

#[test]
fn accepts_a_missing_type_unless_it_is_required() {
    let token = user().without_claim("type").token();
    assert!(access().verify(&token, now()).is_ok());
    let strict = builder().require_type().build().unwrap();
    assert_eq!(strict.verify(&token, now()).err(), Some(VerifyError::MissingClaim("type")));
    assert!(strict.verify(user().token(), now()).is_ok());
}

#[test]
fn checks_the_claims_in_the_documented_order() {
    // Each claim is wrong, and is mended in turn: the next one is named.
    let wrong = user()
        .claim("iss", "x")
        .claim("aud", "x")
        .claim("type", "org")
        .claim("exp", 0)
        .claim("sub", "")
        .claim("country", "\n");
    let mended = wrong.clone();
    assert_eq!(verify(&mended).err(), Some(VerifyError::WrongIssuer));
    let mended = mended.claim("iss", ISSUER.team().issuer());
    assert_eq!(verify(&mended).err(), Some(VerifyError::WrongAudience));
    let mended = mended.audience(ISSUER.audience());
    assert_eq!(verify(&mended).err(), Some(VerifyError::WrongType));
    let mended = mended.claim("type", "app");
    assert_eq!(verify(&mended).err(), Some(VerifyError::Expired));
    let mended = mended.claim("exp", 1_790_003_600);
    assert_eq!(verify(&mended).err(), Some(VerifyError::AmbiguousIdentity));
    let mended = mended.claim("sub", "7335d417-61da-459d-899c-0a01c76a2f94");
    assert_eq!(verify(&mended).err(), Some(VerifyError::InvalidClaim("country")));
    assert!(verify(&mended.claim("country", "US")).is_ok());
}

#[test]
fn refuses_a_claim_that_is_there_twice() {
    let token = user().token();
    use base64::Engine;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: serde_json::Map<String, Value> = serde_json::from_slice(&payload).unwrap();
    assert_eq!(with_payload(&payload), None);
    let members = |extra: &str| {
        let text = String::from_utf8(payload.clone()).unwrap();
        format!("{{{extra},{}", &text[1..])
    };
    for name in
        ["aud", "common_name", "country", "email", "exp", "iat", "iss", "nbf", "sub", "type"]
    {
        let Some(value) = claims.get(name) else {
            let twice = members(&format!(r#""{name}":"x","{name}":"x""#));
            assert_eq!(
                with_payload(twice.as_bytes()),
                Some(VerifyError::Malformed(TokenPart::Claims))
            );
            continue;
        };
        let twice = members(&format!(r#""{name}":{value}"#));
        let refused = with_payload(twice.as_bytes());
        assert_eq!(refused, Some(VerifyError::Malformed(TokenPart::Claims)), "{name}");
    }
    // Two spellings are one name; and what is not read may be there twice.
    let escaped = members(r#""\u0065mail":"mallory@example.com""#);
    assert_eq!(with_payload(escaped.as_bytes()), Some(VerifyError::Malformed(TokenPart::Claims)));
    assert_eq!(with_payload(members(r#""x":1,"x":2"#).as_bytes()), None);
}

#[test]
fn refuses_a_payload_that_is_no_json_object() {
    let deep = |depth: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    for payload in [
        "",
        "null",
        "1",
        "[]",
        "\"x\"",
        "{",
        "{}x",
        "{}{}",
        "\u{feff}{}",
        "{\"x\":NaN}",
        "{\"x\":1e999}",
        "{\"x\":\"\\ud800\"}",
        "{'x':1}",
        "{\"x\":1,}",
        &deep(127),
        &deep(2800),
    ] {
        let refused = with_payload(payload.as_bytes());
        assert_eq!(refused, Some(VerifyError::Malformed(TokenPart::Claims)), "{payload:.40}");
    }
    assert_eq!(with_payload(deep(126).as_bytes()), Some(VerifyError::MissingClaim("iss")));
    for invalid_utf8 in [&b"{\"x\":\"\xff\"}"[..], b"{\"\xff\":1}", b"{}\xff"] {
        assert_eq!(with_payload(invalid_utf8), Some(VerifyError::Malformed(TokenPart::Claims)));
    }
    // An array whose elements have the types of the claims, in the order of their declaration.
    let array = json!([
        [ISSUER.audience().as_str()],
        "a.access",
        "US",
        "a@example.com",
        1,
        1,
        "x",
        1,
        "x",
        "app"
    ]);
    let refused = with_payload(array.to_string().as_bytes());
    assert_eq!(refused, Some(VerifyError::Malformed(TokenPart::Claims)));
}

proptest! {
    #[test]
    fn names_the_configured_issuer_and_audience_whenever_it_accepts(
        iss in prop_oneof![Just(ISSUER.team().issuer().to_owned()), ".*"],
        aud in prop_oneof![Just(ISSUER.audience().to_string()), ".*"],
    ) {
        let accepted = verify(&user().claim("iss", iss.clone()).claim("aud", aud.clone())).is_ok();
        prop_assert_eq!(accepted, iss == ISSUER.team().issuer() && aud == ISSUER.audience().as_str());
    }
}
