//! `jsonwebtoken` as the oracle: what is accepted here, it accepts too under strict settings.

use std::sync::LazyLock;
use std::time::SystemTime;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{CLIENT_ID, ISSUER, OTHER_AUDIENCE, access};

static KEYS: LazyLock<JwkSet> = LazyLock::new(|| serde_json::from_str(&ISSUER.certs()).unwrap());

/// The oracle reads the system's clock, so both do.
#[expect(clippy::disallowed_methods, reason = "the oracle takes no time as an argument")]
fn clock() -> SystemTime {
    SystemTime::now()
}

fn oracle(token: &str) -> jsonwebtoken::errors::Result<Value> {
    let mut strict = Validation::new(Algorithm::RS256);
    strict.leeway = 30;
    strict.validate_nbf = true;
    strict.set_audience(&[ISSUER.audience().as_str()]);
    strict.set_issuer(&[ISSUER.team().issuer()]);
    strict.set_required_spec_claims(&["exp", "aud", "iss"]);
    let kid = decode_header(token)?.kid.unwrap_or_default();
    let key = DecodingKey::from_jwk(KEYS.find(&kid).expect("a key of the set"))?;
    Ok(decode(token, &key, &strict)?.claims)
}

/// A genuine value most of the time, a near miss or anything otherwise; or none.
fn claim(genuine: Vec<Value>) -> BoxedStrategy<Option<Value>> {
    let odd = prop_oneof![
        Just(json!(null)),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([1, "a"])),
        Just(json!(OTHER_AUDIENCE)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,8}".prop_map(|text| json!(text)),
    ];
    prop_oneof![
        12 => prop::sample::select(genuine).prop_map(Some),
        2 => odd.prop_map(Some),
        1 => Just(None),
    ]
    .boxed()
}

fn seconds(offset: i64) -> Value {
    let now = clock().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    json!(now.checked_add_signed(offset).unwrap())
}

prop_compose! {
    fn claims()(
        aud in claim(vec![json!([ISSUER.audience().as_str()]), json!(ISSUER.audience().as_str()), json!(["x", ISSUER.audience().as_str()])]),
        iss in claim(vec![json!(ISSUER.team().issuer())]),
        exp in claim(vec![seconds(3600), seconds(-10), seconds(-60), json!(253_402_300_799_u64)]),
        nbf in claim(vec![seconds(-60), seconds(10), seconds(60)]),
        iat in claim(vec![seconds(-60), seconds(10)]),
        sub in claim(vec![json!("id"), json!("")]),
        email in claim(vec![json!("alice@example.com")]),
        common_name in claim(vec![json!(CLIENT_ID)]),
        kind in claim(vec![json!("app")]),
        is_person: bool,
    ) -> Map<String, Value> {
        let (sub, email, common_name) = match is_person {
            true => (sub.map(|_| json!("id")), email, None),
            false => (sub.map(|_| json!("")), None, common_name),
        };
        [("aud", aud), ("iss", iss), ("exp", exp), ("nbf", nbf), ("iat", iat), ("sub", sub),
         ("email", email), ("common_name", common_name), ("type", kind)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

prop_compose! {
    fn header()(
        kid in prop::sample::select(KEYS.keys.iter().map(|jwk| jwk.common.key_id.clone().unwrap()).collect::<Vec<_>>()),
        alg in prop_oneof![9 => Just("RS256"), 1 => prop::sample::select(vec!["none", "HS256", "RS512", "PS256"])],
        typ in prop_oneof![4 => Just(Some("JWT")), 1 => Just(None), 1 => Just(Some("at+jwt"))],
        crit in prop_oneof![9 => Just(None), 1 => Just(Some(json!(["exp"])))],
        other in prop_oneof![4 => Just(None), 1 => prop_oneof![Just(json!(1)), Just(json!([{"a": null}])), ".{0,8}".prop_map(|text| json!(text))].prop_map(Some)],
    ) -> Map<String, Value> {
        [("kid", Some(json!(kid))), ("alg", Some(json!(alg))), ("typ", typ.map(|typ| json!(typ))), ("crit", crit), ("other", other)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

proptest! {
    #[test]
    fn accepts_nothing_that_jsonwebtoken_refuses(header in header(), claims in claims()) {
        let token = ISSUER.sign(json!(header).to_string().as_bytes(), json!(claims).to_string().as_bytes());
        if let Ok(identity) = access().verify(&token, clock()) {
            let theirs = oracle(&token);
            prop_assert!(theirs.is_ok(), "accepted, and refused by the oracle: {:?}", theirs.err());
            let theirs = theirs.unwrap();
            prop_assert_eq!(identity.email(), theirs["email"].as_str());
            prop_assert_eq!(identity.claims::<Value>().unwrap(), theirs);
        }
    }
}

#[test]
fn both_accept_a_person_and_a_service_token() {
    for token in [
        ISSUER.user("alice@example.com").token(),
        ISSUER.service_token(&CLIENT_ID.parse().unwrap()).token(),
    ] {
        assert!(access().verify(&token, clock()).is_ok());
        assert!(oracle(&token).is_ok());
    }
}
